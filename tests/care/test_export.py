from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bot.care import export
from bot.cli import main
from bot.episode import Episode
from bot.store.archive import Archive
from tests.announce.show import Show
from tests.conftest import ROOT

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def surroundings(
    sample_archive_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.delenv("EPISODES", raising=False)
    monkeypatch.setenv("ARCHIVE", str(sample_archive_path))


@pytest.fixture
def episodes(sample_archive_path: Path) -> list[Episode]:
    """What the archive holds, in the order of their ids."""

    async def read() -> list[Episode]:
        async with await Archive.open(sample_archive_path) as archive:
            ids = sorted(entry.id for entry in await archive.catalogue())
            return [await archive.episode(number) for number in ids]

    return asyncio.run(read())


def lines(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_episodes(episodes: list[Episode], capsys: Captured) -> None:
    assert main(["export", "episodes", "out.jsonl"]) == 0
    assert capsys.readouterr().out == f"{len(episodes)} episodes in out.jsonl\n"
    found = {row["slug"]: row for row in lines("out.jsonl")}
    assert len(found) == len(episodes)
    for episode in episodes:
        row = found[episode.slug]
        assert row["title"] == episode.title
        assert row["hosts"] == list(episode.hosts)
        assert row["guests"] == list(episode.guests)
        assert row["categories"] == list(episode.categories)
        assert row["links"] == episode.links
        assert row["turns"] == len(episode.turns)
        assert row["draft"] is episode.draft


def test_turns(episodes: list[Episode]) -> None:
    assert main(["export", "turns", "out.jsonl"]) == 0
    found = lines("out.jsonl")
    turns = [(e.slug, n, turn) for e in episodes for n, turn in enumerate(e.turns)]
    assert len(found) == len(turns)
    for row, (slug, number, turn) in zip(found, turns, strict=True):
        assert (row["slug"], row["turn"], row["text"]) == (slug, number, turn.text)
        assert (row["speaker"], row["label"]) == (turn.speaker, turn.label)
        assert row["estimated"] is (turn.seconds is not None and not turn.exact)
        assert row["clip"] is turn.clip


def test_notes(episodes: list[Episode]) -> None:
    assert main(["export", "notes", "out.jsonl"]) == 0
    found = lines("out.jsonl")
    texts = [
        (episode.slug, text)
        for episode in episodes
        for section in episode.sections
        for text in (section.heading, *(note.text for note in section.notes))
    ]
    assert [(row["slug"], row["text"]) for row in found] == texts
    links = [link for row in found for link in row["links"]]
    assert {"url", "text", "label", "episode"} == set(links[0])


@pytest.mark.parametrize("what", export.WHAT)
def test_csv_holds_the_same(what: str) -> None:
    assert main(["export", what, "out.jsonl"]) == 0
    assert main(["export", what, "out.CSV"]) == 0
    with Path("out.CSV").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    for row, line in zip(table, lines("out.jsonl"), strict=True):
        assert list(row) == list(line)
        for key, value in line.items():
            if isinstance(value, list | dict):
                assert json.loads(row[key]) == value
            elif isinstance(value, str):
                assert row[key] == value
            else:
                assert row[key] == ("" if value is None else str(value).lower())


def test_standard_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    show, title = Show(tmp_path), "Zwölf Boxkämpfer — 日本"
    show.write(1, title)
    asyncio.run(show.prepare())
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ARCHIVE": str(show.archive)}
    env |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "bot", "export", "episodes", "-"]
    done = subprocess.run([*command, "--format", "csv"], env=env, capture_output=True, check=True)
    [row] = csv.DictReader(io.StringIO(done.stdout.decode("utf-8"), newline=""))
    assert row["title"] == title
    done = subprocess.run(command, env=env, capture_output=True, check=True)
    assert json.loads(done.stdout.decode("utf-8"))["title"] == title


def test_a_reader_that_has_seen_enough() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = f"{sys.executable} -m bot export turns - | head -n 1"
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, check=False)
    assert json.loads(done.stdout)["turn"] == 0
    assert done.stderr == b""


def test_mistakes(capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["export", "turns", "out.xlsx"]) == 2
    assert "let it end in .jsonl or .csv" in capsys.readouterr().err
    assert main(["export", "turns", "gone/out.csv"]) == 3
    assert main(["export", "people", "out.csv"]) == 2
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "none.sqlite3"))
    assert main(["export", "turns", "out.csv"]) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    spoilt = tmp_path / "spoilt.sqlite3"
    spoilt.write_text("no database")
    monkeypatch.setenv("ARCHIVE", str(spoilt))
    assert main(["export", "turns", "out.csv"]) == 3
    assert out.read_text() == "before"
    assert not list(tmp_path.glob("*.part"))


def test_it_streams(sample_archive_path: Path) -> None:
    """What is held in memory at once is a small part of what is written."""
    written = 0

    class Sink(io.StringIO):
        def write(self, text: str) -> int:
            nonlocal written
            written += len(text)
            return len(text)

    tracemalloc.start()
    try:
        export.write_jsonl(Sink(), export.rows(sample_archive_path, "turns"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 200_000
    assert peak < written / 4
