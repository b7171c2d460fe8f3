from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.episode import Episode
from bot.errors import SourceError
from bot.sources.audio import AudioFolderSource, Name, read_name

VTT = (
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann Lee>Hello.\n\n00:02.000 --> 01:02.500\n<v Bob>Hi.\n"
)
SRT = "1\n00:00:05,000 --> 00:00:06,000\nBob: Good evening.\n"
TIME = datetime(2020, 10, 9, 4, 30, tzinfo=UTC)


def write(folder: Path, **files: str) -> AudioFolderSource:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (TIME.timestamp(), TIME.timestamp()))
    return AudioFolderSource(folder)


def episodes(source: AudioFolderSource) -> list[Episode]:
    return [source.parse(file).episode for file in source.files()]


def test_audio_and_its_transcript(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        **{
            "0042 - Some title.mp3": "ID3 not decoded",
            "0042 - Some title.vtt": VTT,
            "notes.txt": "",
        },
    )
    source = pickle.loads(pickle.dumps(source))
    [one] = episodes(source)
    assert (one.path, one.audio_file, one.audio_size) == (
        "0042 - Some title.mp3",
        "0042 - Some title.mp3",
        15,
    )
    assert (one.number, one.title, one.slug) == (42, "Some title", "some-title")
    assert (one.published, one.date_only) == (TIME, False)
    assert one.duration == 62
    assert [(t.seconds, t.exact, t.label, t.speaker, t.text) for t in one.turns] == [
        (1.0, True, "Ann Lee", "Ann Lee", "Hello."),
        (2.0, True, "Bob", None, "Hi."),
    ]


def test_order_hash_and_what_is_no_episode(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        **{"10.mp3": "a", "9.ogg": "b", "s/8.M4A": "c", ".9.mp3": "", "x.png": "", "8.vtt": VTT},
    )
    found = {file.path: file.hash for file in source.files()}
    assert list(found) == ["8.vtt", "9.ogg", "10.mp3", "s/8.M4A"]
    write(tmp_path, **{"9.vtt": VTT})
    now = {file.path: file.hash for file in source.files()}
    assert [path for path in now if now[path] != found[path]] == ["9.ogg"]


def test_the_best_transcript_wins(tmp_path: Path) -> None:
    silent = '{"segments": [{"startTime": 9, "body": "Nobody says who."}]}'
    files = {"1.mp3": "", "1.txt": "Plain.", "1.srt": SRT, "1.vtt": VTT, "1.json": silent}
    [one] = episodes(write(tmp_path, **files))
    assert one.turns[0].label == "Ann Lee"
    spoken = silent.replace('"body"', '"speaker": "Eve", "body"')
    [one] = episodes(write(tmp_path, **{"1.json": spoken}))
    assert one.turns[0].label == "Eve"


def test_a_broken_transcript_gives_way_and_is_told(tmp_path: Path) -> None:
    source = write(tmp_path, **{"1.mp3": "", "1.mp3.vtt": "WEBVTT\n\nnothing", "1.srt": SRT})
    [file] = source.files()
    one, problems = source.parse(file)
    assert one.turns[0].label == "Bob"
    assert [problem.path for problem in problems] == ["1.mp3.vtt"]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("0042 - Some title", Name("Some title", 42)),
        ("Ep. 7: Cats_and_dogs", Name("Cats and dogs", 7)),
        ("#12 On", Name("On", 12)),
        ("episode-003", Name("Episode 3", 3)),
        ("S02E05 – Back", Name("Back", 5, 2)),
        ("2021-03-04 A day", Name("A day", None, None, datetime(2021, 3, 4, tzinfo=UTC))),
        ("20210304_12_noon", Name("noon", 12, None, datetime(2021, 3, 4, tzinfo=UTC))),
        ("12 - 2021.03.04 - A", Name("A", 12, None, datetime(2021, 3, 4, tzinfo=UTC))),
        ("12 - A (2021.03.04)", Name("A", 12, None, datetime(2021, 3, 4, tzinfo=UTC))),
        ("Title alone", Name("Title alone")),
        ("3rd time", Name("3rd time")),
        ("---", Name("---")),
    ],
)
def test_names(stem: str, name: Name) -> None:
    assert read_name(stem) == name


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    source = write(tmp_path, **{"1.mp3": "", "2.mp3": ""})
    (tmp_path / "1.vtt").symlink_to(tmp_path / "nowhere")
    assert [file.path for file in source.files()] == ["2.mp3"]
    assert [error.path for error in source.unreadable] == ["1.mp3"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist; expected a folder of audio files"):
        AudioFolderSource(tmp_path / "x")


async def test_a_folder_that_vanished(tmp_path: Path) -> None:
    source = write(tmp_path / "show", **{"1.mp3": ""})
    (tmp_path / "show").rename(tmp_path / "away")
    with pytest.raises(SourceError, match="does not exist"):
        await source.refresh()
    with pytest.raises(SourceError, match="does not exist"):
        list(source.files())


def test_links_lead_where_the_operator_wants(tmp_path: Path) -> None:
    """Whoever can write into the folder is trusted; of repositories links are unpacked as files."""
    write(tmp_path / "elsewhere", **{"talk.mp3": "ID3", "talk.vtt": VTT})
    (tmp_path / "show").mkdir()
    for ending in ("mp3", "vtt"):
        (tmp_path / f"show/7 - Linked.{ending}").symlink_to(tmp_path / f"elsewhere/talk.{ending}")
    [one] = episodes(AudioFolderSource(tmp_path / "show"))
    assert (one.number, one.audio_size, len(one.turns)) == (7, 3, 2)


def test_a_transcript_that_vanished_before_it_was_read(tmp_path: Path) -> None:
    source = write(tmp_path, **{"1.mp3": "", "1.vtt": VTT})
    [file] = source.files()
    (tmp_path / "1.vtt").unlink()
    with pytest.raises(SourceError, match=r"1\.vtt.*load again"):
        source.parse(file)


# While files are written.


def rewrite(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def quiet(source: AudioFolderSource) -> None:
    """Look until the file system's clock can tell one change from the next."""
    for _ in range(100):
        if not await source.refresh():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never was quiet")


@pytest.mark.parametrize("name", ["1.mp3", "1.vtt"])
async def test_an_episode_that_is_being_written_is_left_alone(name: str, tmp_path: Path) -> None:
    write(tmp_path, **{"1.mp3": "ID3", "1.vtt": VTT, "2.mp3": "ID3"})
    source = AudioFolderSource(tmp_path, settle=0.05)

    async def writing() -> None:
        while True:
            rewrite(tmp_path / name, VTT + "x" * (time.monotonic_ns() % 100_000))
            await asyncio.sleep(0.005)

    writer = asyncio.create_task(writing())
    await asyncio.sleep(0)
    assert await source.refresh()
    assert [file.path for file in source.files()] == ["2.mp3"]
    assert [(error.path, error.reason) for error in source.unreadable] == [
        ("1.mp3", "is being written; it is read when it is whole")
    ]
    writer.cancel()
    assert await source.refresh()
    assert [file.path for file in source.files()] == ["1.mp3", "2.mp3"]


async def test_an_episode_is_waited_for_while_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, **{"1.mp3": "", "1.vtt": VTT})
    source = AudioFolderSource(tmp_path, settle=0.1)

    async def writing() -> None:
        for n in range(6):
            await asyncio.sleep(0.05)
            rewrite(tmp_path / "1.vtt", VTT + "x" * n)

    writer = asyncio.create_task(writing())
    await asyncio.sleep(0.06)
    assert await source.refresh()
    assert writer.done()
    assert [file.path for file in source.files()] == ["1.mp3"]


async def test_only_what_changed_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path, **{"1.mp3": "", "1.vtt": VTT, "2.mp3": "", "2.vtt": VTT})
    await quiet(source)
    before = {file.path: file.hash for file in source.files()}
    read: list[str] = []
    digest = hashlib.file_digest

    def noted(file: Any, name: str) -> Any:
        read.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    assert not await source.refresh()
    assert {file.path: file.hash for file in source.files()} == before
    assert read == []
    rewrite(tmp_path / "2.vtt", VTT.replace("Hello", "Hallo"))
    assert await source.refresh()
    after = {file.path: file.hash for file in source.files()}
    assert [path for path in after if after[path] != before[path]] == ["2.mp3"]
    assert read == ["2.vtt"]
    other = AudioFolderSource(tmp_path)  # after a restart all is as it was
    assert {file.path: file.hash for file in other.files()} == after
