"""Measure loading and asking: ``python -m bench [FOLDER]``.

Loading is compared with the bare cost of reading the same files and parsing their front
matter, asking with one bare FTS5 ``OR`` query for the same words. Timings of loading are the
best of several runs, each in a process of its own; "cold" means that the operating system's
cache holds none of the files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot import loading
from bot.passages import Kind, first_id
from bot.search import ask, quote, words
from bot.sources import frontmatter
from bot.sources.folder import FolderSource
from bot.store.archive import Archive

RUNS = 5
QUESTIONS = 100
OPENINGS = ("which episode covered", "what was the one where they talked about", "", "when did")
SAMPLE = Path("data/episodes")


def forget(folder: Path) -> None:
    """Drop the folder's files from the operating system's cache."""
    for path in folder.rglob("*.md"):
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def baseline(folder: Path) -> dict[str, float]:
    """Read every file and parse its front matter, nothing else."""
    started = time.perf_counter()
    for file in FolderSource(folder).files():
        text = (folder / file.path).read_text("utf-8", "replace")
        frontmatter.split(text, file.path)
    return {"seconds": time.perf_counter() - started}


def load(folder: Path) -> dict[str, float]:
    """Load the folder into a new archive, then again without a change."""

    async def both(path: Path) -> dict[str, float]:
        async with await Archive.open(path) as archive:
            started = time.perf_counter()
            report = await loading.load(archive, FolderSource(folder))
            loaded = time.perf_counter()
            again = await loading.load(archive, FolderSource(folder))
            reloaded = time.perf_counter()
            assert again.unchanged == report.episodes
            return {
                "seconds": loaded - started,
                "reload": reloaded - loaded,
                "episodes": report.episodes,
                "turns": report.turns,
            }

    with tempfile.TemporaryDirectory() as temporary:
        result = asyncio.run(both(Path(temporary) / "archive.sqlite3"))
    kilobytes = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return result | {"peak_mb": kilobytes / 1024}


def measured(what: str, folder: Path, *, cold: bool) -> dict[str, float]:
    """Run ``what`` in a new process several times; the smallest of each figure."""
    results: list[dict[str, float]] = []
    for _ in range(RUNS):
        if cold:
            forget(folder)
        output = subprocess.run(
            [sys.executable, "-m", "bench", "--only", what, str(folder)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        results.append(json.loads(output))
    return {key: min(result[key] for result in results) for key in results[0]}


def spoil(word: str, chance: random.Random) -> str:
    """Swap two letters of a word."""
    if len(word) < 5:
        return word
    at = chance.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


async def questions(
    archive: Archive, chance: random.Random, count: int = QUESTIONS
) -> tuple[list[str], list[str]]:
    """Varied questions and half-remembered lines, drawn from the archive itself."""
    notes = [
        text
        for (text,) in await archive.rows(
            "SELECT text FROM passage WHERE id % 1000000 BETWEEN ? AND ? AND length(text) > 12 "
            "ORDER BY id",
            (first_id(0, Kind.NOTE), first_id(0, Kind.TRANSCRIPT) - 1),
        )
    ]
    spoken = [
        text
        for (text,) in await archive.rows(
            "SELECT text FROM passage WHERE id % 1000000 >= ? AND length(text) > 200 ORDER BY id",
            (first_id(0, Kind.TRANSCRIPT),),
        )
    ]
    asked: list[str] = []
    lines: list[str] = []
    for number in range(count):
        source = words.words(chance.choice(notes if number % 2 else spoken))
        size = chance.randint(1, 9)
        start = chance.randrange(max(len(source) - size, 1))
        part = source[start : start + size]
        if number % 4 == 3:
            part = [spoil(word, chance) for word in part]
        asked.append(f"{chance.choice(OPENINGS)} {' '.join(part)}".strip())
        source = chance.choice(spoken).split()
        size = chance.randint(5, 24)
        start = chance.randrange(max(len(source) - size, 1))
        part = [word for word in source[start : start + size] if chance.random() > 0.2]
        lines.append(" ".join(part) or source[0])
    return asked, lines


async def timed(ask_one: Callable[[str], Awaitable[object]], asked: list[str]) -> list[float]:
    times: list[float] = []
    for question in asked:
        started = time.perf_counter()
        await ask_one(question)
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def percentiles(times: list[float]) -> tuple[float, float, float]:
    return tuple(times[min(int(len(times) * p), len(times) - 1)] for p in (0.5, 0.95, 0.99))  # pyright: ignore[reportReturnType]


async def asking(folder: Path) -> None:
    """Print the table of asking and quoting against a bare FTS5 query."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "archive.sqlite3"
        async with await Archive.open(path) as archive:
            await loading.load(archive, FolderSource(folder))
            asked, lines = await questions(archive, random.Random(7))
            bare = sqlite3.connect(path)
            bare.execute("CREATE VIRTUAL TABLE bare USING fts5 (text, tokenize = 'unicode61')")
            bare.execute("INSERT INTO bare (rowid, text) SELECT id, text FROM passage")
            bare.execute("INSERT INTO bare (bare) VALUES ('optimize')")
            bare.commit()

            async def plain(question: str) -> object:
                match = " OR ".join(f'"{word}"' for word in dict.fromkeys(words.words(question)))
                return bare.execute(
                    "SELECT rowid, text, bm25(bare) FROM bare WHERE bare MATCH ? "
                    "ORDER BY rank LIMIT 10",
                    (match,),
                ).fetchall()

            await ask(archive, "warm the vocbulary")
            print(f"\n{'':24}{'p50':>9}{'p95':>9}{'p99':>9}   ms, {QUESTIONS} questions")
            for name, ours, texts in (
                ("ask", lambda q: ask(archive, q), asked),
                ("quote", lambda q: quote(archive, q), lines),
            ):
                await timed(plain, texts)
                theirs = percentiles(await timed(plain, texts))
                mine = percentiles(await timed(ours, texts))
                print(f"{'bare FTS5 OR, bm25':24}" + "".join(f"{t:9.2f}" for t in theirs))
                ratio = mine[1] / theirs[1]
                verdict = judged(ratio, 1, "x")
                print(f"{name:24}" + "".join(f"{t:9.2f}" for t in mine) + f"   p95 {verdict}")
            bare.close()


def judged(value: float, goal: float, unit: str) -> str:
    outcome = "met" if value <= goal else "MISSED"
    return f"{value:.2f}{unit} (goal: at most {goal:g}{unit}, {outcome})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="episodes (default: the sample's)")
    parser.add_argument("--only", choices=("baseline", "load"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = options.folder or SAMPLE
    if options.only:
        print(json.dumps({"baseline": baseline, "load": load}[options.only](folder)))
        return
    print(f"{folder}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    for cold in (True, False):
        state = "cold" if cold else "warm"
        bare = measured("baseline", folder, cold=cold)["seconds"]
        loaded = measured("load", folder, cold=cold)
        print(f"\nfiles {state}: {loaded['episodes']:.0f} episodes, {loaded['turns']:.0f} turns")
        print(f"  read, parse front matter {bare * 1000:9.1f} ms")
        ratio = judged(loaded["seconds"] / bare, 8, "x")
        print(f"  load into a new archive  {loaded['seconds'] * 1000:9.1f} ms   {ratio}")
        share = judged(100 * loaded["reload"] / loaded["seconds"], 5, " %")
        print(f"  load it again, unchanged {loaded['reload'] * 1000:9.1f} ms   {share}")
        print(f"  peak memory              {judged(loaded['peak_mb'], 300, ' MB')}")
    asyncio.run(asking(folder))


if __name__ == "__main__":
    main()
