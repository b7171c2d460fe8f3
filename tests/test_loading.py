from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import tempfile
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import loading
from bot.errors import ArchiveError, SourceError
from bot.loading import LoadReport
from bot.sources import hugo
from bot.sources.audio import AudioFolderSource
from bot.sources.folder import FolderSource
from bot.sources.site import Site
from bot.sources.source import File, Parsed
from bot.store import database
from bot.store.archive import Archive

ROOT = Path(__file__).parent.parent


async def load(archive: Archive, folder: Path, **options: Any) -> LoadReport:
    return await loading.load(archive, FolderSource(folder), **options)


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncGenerator[Archive]:
    async with await Archive.open(tmp_path / "a.sqlite3") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "episodes"
    path.mkdir()
    return path


def text(number: int | None, title: str = "Storks", more: str = "") -> str:
    numbered = f"episodeNumber = {number}\n" if number is not None else 'audioFile = "a.mp3"\n'
    return (
        f'+++\n{numbered}title = "{title}"\nhosts = ["Ina Oak"]\n{more}+++\n\nNotes.\n\n'
        f'{{{{< transcript "INA: We talk of {title}." >}}}}\nTOM: Number {number}.\n'
    )


PAGE = '+++\ntitle = "About"\n+++\n\nWe are two.\n'
BROKEN = '+++\ntitle = "About\n+++\n'


def write(folder: Path, **files: str) -> None:
    """Write ``name.md`` for each name."""
    for name, content in files.items():
        (folder / f"{name}.md").write_text(content, encoding="utf-8")


def did(report: LoadReport) -> dict[str, int]:
    """The figures of a report that are not 0."""
    names = ("added", "changed", "renamed", "removed", "unchanged", "episodes")
    return {name: figure for name in names if (figure := getattr(report, name))}


async def titles(archive: Archive) -> dict[str, str]:
    return {row[0]: row[1] for row in await archive.rows("SELECT path, title FROM episode")}


async def ids(archive: Archive) -> dict[str, int]:
    return {row[0]: row[1] for row in await archive.rows("SELECT path, id FROM episode")}


async def dump(path: Path) -> list[Any]:
    """Everything an archive holds, but for its ids and how often it changed."""
    async with await Archive.open(path) as archive:
        stored = await archive.stored()
        content: list[Any] = [await archive.problems(), await archive.skipped()]
        for name, known in sorted(stored.items()):
            content.append((name, known.hash, known.number))
            if known.id is not None:
                content.append(await archive.episode(known.id))
                content += map(
                    tuple,
                    await archive.rows(
                        "SELECT id - ?, turn, marks, section, text FROM passage "
                        "WHERE id / 1000000 = ? ORDER BY id",
                        (known.id * 1_000_000, known.id),
                    ),
                )
        words = await archive.rows("SELECT term, doc FROM vocabulary ORDER BY term")
        counted = await archive.rows("SELECT word, passages FROM word ORDER BY word")
        assert list(map(tuple, counted)) == list(map(tuple, words))
        content += map(tuple, words)
    check_index(path)
    return content


def check_index(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO passage_index (passage_index, rank) VALUES ('integrity-check', 1)")
    db.close()


# What becomes of files.


async def test_new_files(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2, "Herons"))
    report = await load(archive, folder)
    assert did(report) == {"added": 2, "episodes": 2}
    assert (report.turns, report.problems, report.failed, report.replaced) == (4, (), (), None)
    assert await titles(archive) == {"one.md": "Storks", "two.md": "Herons"}
    assert await archive.source() == str(folder)


async def test_samples(sample_archive_path: Path) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        report = await load(archive, ROOT / "data" / "episodes")
    assert did(report) == {"unchanged": report.episodes, "episodes": report.episodes}
    assert (report.failed, report.skipped) == ((), ())


async def test_changed(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    before = await ids(archive)
    write(folder, one=text(1, "Herons"))
    assert did(await load(archive, folder)) == {"changed": 1, "unchanged": 1, "episodes": 2}
    assert await titles(archive) == {"one.md": "Herons", "two.md": "Storks"}
    assert await ids(archive) == before
    check_index(archive.path)


async def test_configuration_of_the_site_changed(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1))
    await load(archive, folder)
    (folder.parent / "config.toml").write_text('baseURL = "https://show.example"')
    assert did(await load(archive, folder)) == {"changed": 1, "episodes": 1}
    assert (await archive.catalogue())[0].url == "https://show.example/episodes/one/"


async def test_renamed_keeps_its_id(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    before = await ids(archive)
    (folder / "three").mkdir()
    (folder / "one.md").rename(folder / "three" / "index.md")
    assert did(await load(archive, folder)) == {"renamed": 1, "unchanged": 1, "episodes": 2}
    assert await ids(archive) == {"three/index.md": before["one.md"], "two.md": before["two.md"]}
    check_index(archive.path)


async def test_renamed_and_changed_at_once(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    before = await ids(archive)
    (folder / "one.md").unlink()
    write(folder, three=text(1, "Herons"), two=text(2, "Gulls"))
    assert did(await load(archive, folder)) == {"renamed": 1, "changed": 1, "episodes": 2}
    assert (await ids(archive))["three.md"] == before["one.md"]
    assert await titles(archive) == {"three.md": "Herons", "two.md": "Gulls"}


async def test_swapped_names(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1, "Herons"), two=text(2, "Gulls"))
    await load(archive, folder)
    write(folder, one=text(2, "Gulls"), two=text(1, "Herons"))
    assert did(await load(archive, folder)) == {"changed": 2, "episodes": 2}
    assert await titles(archive) == {"one.md": "Gulls", "two.md": "Herons"}


async def test_without_a_number_a_renamed_file_is_another(archive: Archive, folder: Path) -> None:
    write(folder, one=text(None))
    await load(archive, folder)
    (folder / "one.md").rename(folder / "two.md")
    assert did(await load(archive, folder)) == {"added": 1, "removed": 1, "episodes": 1}


async def test_removed(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    (folder / "one.md").unlink()
    assert did(await load(archive, folder)) == {"removed": 1, "unchanged": 1, "episodes": 1}
    assert await titles(archive) == {"two.md": "Storks"}
    check_index(archive.path)


async def test_an_id_is_not_given_twice_at_once(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    (folder / "two.md").unlink()
    write(folder, three=text(3), four=text(4), one=text(1, "Gulls"))
    assert did(await load(archive, folder)) == {
        "added": 2,
        "changed": 1,
        "removed": 1,
        "episodes": 3,
    }
    assert len(set((await ids(archive)).values())) == 3
    assert set(await titles(archive)) == {"one.md", "three.md", "four.md"}


async def test_drafts_and_future_episodes_are_stored(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1, more="draft = true\n"), two=text(2, more="date = 2999-01-01\n"))
    await load(archive, folder)
    counts = await archive.counts()
    assert (counts.episodes, counts.public) == (2, 0)
    write(folder, one=text(1, more="draft = false\n"))
    assert did(await load(archive, folder)) == {"changed": 1, "unchanged": 1, "episodes": 2}
    assert (await archive.counts()).public == 1


async def test_two_files_of_one_number_are_both_kept(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), copy=text(1), two=text(2))
    for _ in range(2):
        report = await load(archive, folder)
        assert report.episodes == 3
        assert [str(problem) for problem in report.problems] == [
            "one.md:1: claims number 1, as copy.md does; both are kept"
        ]
    (folder / "copy.md").unlink()
    report = await load(archive, folder)
    assert did(report) == {"removed": 1, "unchanged": 2, "episodes": 2}
    assert report.problems == ()


# Seasons.


def season_file(folder: Path, season: int | None, number: int, title: str) -> None:
    name = f"{number:02}" if season is None else f"s{season:02}e{number:02}"
    (folder / f"{name} - {title}.vtt").write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{title}.\n")


async def test_seasons_that_count_anew_have_no_twins(archive: Archive, folder: Path) -> None:
    for season in (1, 2):
        for number in (1, 2):
            season_file(folder, season, number, f"Storks {season} {number}")
    season_file(folder, 2, 2, "Herons")
    report = await loading.load(archive, AudioFolderSource(folder))
    assert [str(problem) for problem in report.problems] == [
        "s02e02 - Storks 2 2.vtt:1: claims number 2 of season 2, as s02e02 - Herons.vtt does; "
        "both are kept"
    ]
    season_file(folder, None, 1, "Gulls")  # it may be any season's
    report = await loading.load(archive, AudioFolderSource(folder))
    assert "s01e01 - Storks 1 1.vtt:1: claims number 1" in " ".join(map(str, report.problems))


@given(
    seasons=st.lists(st.integers(1, 4), min_size=2, max_size=2, unique=True),
    number=st.integers(1, 3),
)
def test_a_file_of_another_season_is_not_the_one_that_left(seasons: list[int], number: int) -> None:
    async def run(place: Path) -> None:
        folder = place / "episodes"
        folder.mkdir()
        async with await Archive.open(place / "a.sqlite3") as archive:
            season_file(folder, seasons[0], number, "Storks")
            source = AudioFolderSource(folder)
            await loading.load(archive, source)
            [gone] = folder.iterdir()
            gone.unlink()
            season_file(folder, seasons[1], number, "Storks")
            assert did(await loading.load(archive, source)) == {
                "added": 1,
                "removed": 1,
                "episodes": 1,
            }

    with tempfile.TemporaryDirectory() as place:
        asyncio.run(run(Path(place)))


@pytest.mark.parametrize(("before", "after"), [(2, 2), (None, 2), (2, None)])
async def test_a_renamed_file_may_leave_its_season_open(
    archive: Archive, folder: Path, before: int | None, after: int | None
) -> None:
    season_file(folder, 1, 3, "Herons")
    season_file(folder, before, 3, "Storks")
    source = AudioFolderSource(folder)
    await loading.load(archive, source)
    known = await titles(archive)
    old = next(path for path, title in known.items() if title == "Storks")
    was = (await ids(archive))[old]
    (folder / old).unlink()
    season_file(folder, after, 3, "Gulls")
    assert did(await loading.load(archive, source)) == {
        "renamed": 1,
        "unchanged": 1,
        "episodes": 2,
    }
    new = next(path for path, title in (await titles(archive)).items() if title == "Gulls")
    assert (await ids(archive))[new] == was


# Memory.


class Heavy:
    """A source whose files are all content, as those of a feed are."""

    name, watched = "heavy", ()
    files_, each = 300, 200_000

    def __init__(self) -> None:
        self.unreadable: list[SourceError] = []

    async def refresh(self) -> bool:
        return True

    def files(self) -> Iterator[File]:
        for number in range(self.files_):
            yield File(f"{number}.md", bytes([number % 256, number // 256]), b"x" * self.each)

    def parse(self, file: File) -> Parsed:
        number = int(file.path.removesuffix(".md"))
        return hugo.parse(text(number, str(len(file.content))).encode(), file.path, Site())


async def test_what_is_to_be_read_is_not_held_at_once(archive: Archive) -> None:
    source = Heavy()
    tracemalloc.start()
    try:
        report = await loading.load(archive, source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert did(report) == {"added": source.files_, "episodes": source.files_}
    assert set((await titles(archive)).values()) == {str(source.each)}  # each had its content
    assert peak < source.files_ * source.each / 2


# What cannot be read.


async def test_broken_file_beside_good_ones(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=BROKEN, three=text(3))
    for figures in ({"added": 2, "episodes": 2}, {"unchanged": 2, "episodes": 2}):
        report = await load(archive, folder)
        assert (report.failed[0].path, report.failed[0].line) == ("two.md", 2)
        assert {k: v for k, v in did(report).items() if k != "unchanged"} == {
            k: v for k, v in figures.items() if k != "unchanged"
        }
    write(folder, two=text(2))
    report = await load(archive, folder)
    assert (report.added, report.failed) == (1, ())


async def test_an_episode_stays_while_its_file_is_broken(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    write(folder, one=BROKEN)
    for _ in range(2):
        report = await load(archive, folder)
        assert [error.path for error in report.failed] == ["one.md"]
        assert report.episodes == 2
        assert (report.changed, report.removed) == (0, 0)
    assert (await archive.catalogue())[-1].title == "Storks"
    write(folder, one=text(1, "Herons"))
    assert did(await load(archive, folder)) == {"changed": 1, "unchanged": 1, "episodes": 2}


async def test_unreadable_file_keeps_its_episode(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2))
    await load(archive, folder)
    (folder / "one.md").unlink()
    (folder / "one.md").symlink_to(folder / "missing")
    report = await load(archive, folder)
    assert [error.path for error in report.failed] == ["one.md"]
    assert did(report) == {"unchanged": 1, "episodes": 2}


async def test_unreadable_folder_keeps_its_episodes(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    write(folder, one=text(1))
    write(folder / "sub", two=text(2))
    await load(archive, folder)
    scandir = os.scandir

    def denied(path: Path) -> object:
        if path.name == "sub":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    report = await load(archive, folder)
    assert [error.path for error in report.failed] == ["sub/"]
    assert did(report) == {"unchanged": 1, "episodes": 2}


async def test_name_that_is_not_utf_8(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1))
    Path(os.fsdecode(os.fsencode(folder) + b"/\xe9.md")).write_text(text(2))
    report = await load(archive, folder)
    assert [str(error) for error in report.failed] == [
        "\\udce9.md:1: the file's name is not UTF-8; rename it"
    ]
    assert report.episodes == 1


async def test_folder_whose_name_is_not_utf_8(archive: Archive, folder: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/\xe9"))
    strange.mkdir()
    write(strange, one=text(1))
    assert did(await load(archive, strange)) == {"added": 1, "episodes": 1}
    assert (await load(archive, strange)).replaced is None


async def test_no_folder(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1))
    await load(archive, folder)
    with pytest.raises(SourceError, match="does not exist"):
        await load(archive, folder / "missing")
    assert (await archive.counts()).episodes == 1


# Pages that are no episodes.


async def test_pages_are_skipped(archive: Archive, folder: Path) -> None:
    write(folder, about=PAGE, one=text(1))
    report = await load(archive, folder)
    assert did(report) == {"added": 1, "episodes": 1}
    assert report.failed == report.problems == ()
    assert [str(problem) for problem in report.skipped] == [
        "about.md:1: is a page, not an episode: no episodeNumber, audioFile or transcript"
    ]


async def test_a_page_is_read_again_only_when_it_changes(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    parse = hugo.parse

    def noted(content: bytes, path: str, *rest: Any) -> Any:
        read.append(path)
        return parse(content, path, *rest)

    monkeypatch.setattr(hugo, "parse", noted)
    write(folder, about=PAGE)
    for _ in range(2):
        assert len((await load(archive, folder)).skipped) == 1
    assert read == ["about.md"]
    write(folder, about=PAGE + "More.\n")
    assert len((await load(archive, folder)).skipped) == 1
    assert read == ["about.md"] * 2


async def test_an_episode_becomes_a_page_and_an_episode_again(
    archive: Archive, folder: Path
) -> None:
    write(folder, one=text(1))
    await load(archive, folder)
    write(folder, one=PAGE)
    report = await load(archive, folder)
    assert did(report) == {"removed": 1}
    assert len(report.skipped) == 1
    check_index(archive.path)
    write(folder, one=text(1))
    report = await load(archive, folder)
    assert did(report) == {"added": 1, "episodes": 1}
    assert report.skipped == ()


async def test_a_page_that_breaks_or_goes(archive: Archive, folder: Path) -> None:
    write(folder, about=PAGE, search=PAGE)
    await load(archive, folder)
    write(folder, about=BROKEN)
    (folder / "search.md").unlink()
    report = await load(archive, folder)
    assert [error.path for error in report.failed] == ["about.md"]
    assert report.skipped == ()
    assert did(report) == {}


# Loading again.


async def test_unchanged_writes_nothing(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=text(2), copy=text(2), about=PAGE, broken=BROKEN)
    first = await load(archive, folder)
    async with await Archive.open(archive.path) as observer:
        before = await observer.rows("PRAGMA data_version"), archive.path.read_bytes()
        log = archive.path.with_name(archive.path.name + "-wal").read_bytes()
        report = await load(archive, folder)
        assert (await observer.rows("PRAGMA data_version"), archive.path.read_bytes()) == before
    assert archive.path.with_name(archive.path.name + "-wal").read_bytes() == log
    assert did(report) == {"unchanged": 4, "episodes": 3}
    assert report.problems == first.problems
    assert report.skipped == first.skipped
    assert [str(error) for error in report.failed] == [str(error) for error in first.failed]


async def test_another_folder_replaces(archive: Archive, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(folder, one=text(1), two=text(2))
    write(other, one=text(1), three=text(3))
    await load(archive, folder)
    report = await load(archive, other)
    assert report.replaced == str(folder)
    assert did(report) == {"added": 1, "removed": 1, "unchanged": 1, "episodes": 2}
    assert set(await titles(archive)) == {"one.md", "three.md"}
    assert (await load(archive, other)).replaced is None


async def test_progress(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), two=BROKEN, three=PAGE)
    told: list[tuple[int, int]] = []
    await load(archive, folder, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    told.clear()
    await load(archive, folder, progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 3)]


async def test_report_as_json(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1), copy=text(1), about=PAGE, broken=BROKEN)
    report = json.loads(json.dumps((await load(archive, folder)).to_json()))
    assert report.pop("seconds") > 0
    assert report == {
        "added": 2,
        "changed": 0,
        "renamed": 0,
        "removed": 0,
        "unchanged": 0,
        "episodes": 2,
        "turns": 4,
        "problems": [
            {
                "path": "one.md",
                "line": 1,
                "message": "claims number 1, as copy.md does; both are kept",
            }
        ],
        "skipped": [
            {
                "path": "about.md",
                "line": 1,
                "message": "is a page, not an episode: no episodeNumber, audioFile or transcript",
            }
        ],
        "failed": [
            {"path": "broken.md", "line": 2, "message": report["failed"][0]["message"]},
        ],
        "replaced": None,
    }


async def test_problems_of_a_file_are_told_at_every_load(archive: Archive, folder: Path) -> None:
    write(folder, one=text(1, more='date = "soon"\n'))
    first = await load(archive, folder)
    assert [problem.line for problem in first.problems] == [5]
    assert (await load(archive, folder)).problems == first.problems
    write(folder, one=text(1))
    assert (await load(archive, folder)).problems == ()


# Many files, other processes.


def many(folder: Path, count: int = 100) -> None:
    for number in range(count):
        write(folder, **{f"episode-{number}": text(number, f"Bird {number}")})
    write(folder, about=PAGE, broken=BROKEN)


async def test_many_files_are_read_as_few_are(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(folder)
    async with await Archive.open(tmp_path / "a.sqlite3") as archive:
        report = await load(archive, folder)
    assert did(report) == {"added": 100, "episodes": 100}
    assert [error.path for error in report.failed] == ["broken.md"]
    assert [problem.path for problem in report.skipped] == ["about.md"]
    monkeypatch.setattr("bot.loading._WORTH_A_PROCESS", 1000)
    async with await Archive.open(tmp_path / "b.sqlite3") as archive:
        await load(archive, folder)
    assert await dump(tmp_path / "a.sqlite3") == await dump(tmp_path / "b.sqlite3")


KILLED = """\
import asyncio, os, signal, sys
from pathlib import Path
from bot.loading import load
from bot.sources.folder import FolderSource
from bot.store.archive import Archive

def stop(done, total):
    if done == 75:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with await Archive.open(Path(sys.argv[1])) as archive:
        await load(archive, FolderSource(Path(sys.argv[2])), progress=stop)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_killed_half_way(folder: Path, tmp_path: Path) -> None:
    many(folder)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    path = tmp_path / "a.sqlite3"
    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        *(script, path, folder),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):  # the process that reads has the same output: it ends as well
        await killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    check_index(path)
    async with await Archive.open(path) as archive:
        assert (await archive.counts()).episodes == 63  # and a page, in two batches
        report = await load(archive, folder)
    assert did(report) == {"added": 37, "unchanged": 64, "episodes": 100}
    async with await Archive.open(tmp_path / "b.sqlite3") as archive:
        await load(archive, folder)
    assert await dump(path) == await dump(tmp_path / "b.sqlite3")


async def test_cancelled_half_way(folder: Path, tmp_path: Path) -> None:
    many(folder)
    path = tmp_path / "a.sqlite3"
    async with await Archive.open(path) as archive:

        def stop(done: int, _: int) -> None:
            if done == 40:
                task.cancel()

        task = asyncio.create_task(load(archive, folder, progress=stop))
        with pytest.raises(asyncio.CancelledError):
            await task
        # 31: a file was being written, its batch is undone; 38: none was.
        assert (await archive.counts()).episodes in (31, 38)
        assert (await load(archive, folder)).episodes == 100
    async with await Archive.open(tmp_path / "b.sqlite3") as archive:
        await load(archive, folder)
    assert await dump(path) == await dump(tmp_path / "b.sqlite3")


@pytest.mark.parametrize("count", [1, 100])
async def test_another_process_writes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    many(folder, count)
    path = tmp_path / "a.sqlite3"
    async with await Archive.open(path) as archive:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError) as caught:
            await load(archive, folder)
        assert str(caught.value) == (
            f"{path}: another process is writing to it; try again when it is done"
        )
        other.execute("ROLLBACK")
        other.close()
        assert (await load(archive, folder)).added == count


async def test_reference_archive(reference_archive_path: Path) -> None:
    async with await Archive.open(reference_archive_path) as archive:
        counts = await archive.counts()
        assert (counts.episodes, counts.turns, counts.without_transcript) == (329, 41_688, 0)
        assert await archive.problems() == await archive.skipped() == ()
    check_index(reference_archive_path)


# What sources say of themselves.


class Distant(FolderSource):
    """A folder that stands for the local copy of something that has to be fetched."""

    changes = True
    broken = False

    async def refresh(self) -> bool:
        if self.broken:
            raise SourceError("https://show.example", 1, "does not answer")
        return self.changes


async def test_the_last_good_copy_is_loaded_where_the_source_does_not_answer(
    archive: Archive, folder: Path
) -> None:
    write(folder, one=text(1))
    source = Distant(folder)
    source.broken = True
    report = await loading.load(archive, source)
    assert did(report) == {"added": 1, "episodes": 1}
    assert [str(error) for error in report.failed] == ["https://show.example:1: does not answer"]
    report = await loading.load(archive, source, always=False)
    assert did(report) == {"unchanged": 1, "episodes": 1}
    assert [str(error) for error in report.failed] == ["https://show.example:1: does not answer"]


async def test_nothing_is_read_where_the_source_says_that_nothing_changed(
    archive: Archive, folder: Path
) -> None:
    write(folder, one=text(1))
    source = Distant(folder)
    await loading.load(archive, source)
    source.changes = False
    write(folder, one=text(1, "Herons"))
    assert did(await loading.load(archive, source, always=False)) == {
        "unchanged": 1,
        "episodes": 1,
    }
    assert (await archive.catalogue())[0].title == "Storks"
    assert did(await loading.load(archive, source)) == {"changed": 1, "episodes": 1}
