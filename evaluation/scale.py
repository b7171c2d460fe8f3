"""Measure the search on an archive many times as large: ``python -m evaluation.scale``.

The reference archive (the sample where that is absent) is loaded and asked as it is, beside
invented archives in its manner (see ``evaluation.invented``) of its own size and of a
multiple. Each step runs in a process of its own, so that its memory can be told.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from bot import loading
from bot.search import words
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from evaluation import questions
from evaluation.invented import invent
from evaluation.measure import BARE_ALL, BARE_TELLING, longest_pause
from evaluation.metrics import percentile
from evaluation.questions import Collection
from evaluation.systems import Bare, Ours, milliseconds, telling

_DRAWN = 100  # questions made of the archive's own words, beside the judged ones
_OPENINGS = ("", "which episode covered", "the one about", "")
_WATCHED = 50  # questions during which the event loop is watched
_PATIENCE = 90  # seconds after which no more bare queries of one sort are sent
_LOADS = 3  # times that a small archive is loaded; the best counts
_SMALL = 1000  # episodes

_Result = TypeVar("_Result")


@dataclass(slots=True)
class Measured:
    """What was measured of an archive."""

    name: str
    figures: dict[str, float] = field(default_factory=dict[str, float])


def load(folder: Path, path: Path) -> dict[str, float]:
    """Load a folder into a new archive."""

    async def fill() -> dict[str, float]:
        async with await Archive.open(path) as archive:
            started = time.perf_counter()
            report = await loading.load(archive, FolderSource(folder))
            seconds = time.perf_counter() - started
        return {
            "episodes": report.episodes,
            "load, s": seconds,
            "load, episodes/s": report.episodes / seconds,
        }

    figures = asyncio.run(fill())
    text = sum(file.stat().st_size for file in folder.rglob("*.md")) / 1e6
    database = sqlite3.connect(path)
    # An FTS5 index named x keeps its words in x_data.
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
    index = sum(
        database.execute(f"SELECT sum(length(block)) FROM {name}").fetchone()[0]
        for name in tables
        if name.endswith("_data") and name.removesuffix("_data") in tables
    )
    [(passages,)] = database.execute("SELECT count(*) FROM passage")
    database.close()
    return figures | {
        "passages": passages,
        "text, MB": text,
        "archive / text": path.stat().st_size / 1e6 / text,
        "word index / text": index / 1e6 / text,
        "memory of loading, MB": _memory(),
    }


def asking(path: Path, asked: Sequence[str]) -> dict[str, float]:
    """Ask everything once, then some with an eye on the event loop."""

    async def all_of_it() -> dict[str, float]:
        async with await Archive.open(path) as archive:
            ours = Ours(archive)
            started = time.perf_counter()
            await ours.episodes("warm the vocbulary")
            first = milliseconds(started)
            taken: list[float] = []
            for question in asked:
                started = time.perf_counter()
                await ours.episodes(question)
                taken.append(milliseconds(started))
            some = asked[:: max(len(asked) // _WATCHED, 1)]
            pause = await longest_pause(ours, some)
        return {
            "first answer, ms": first,
            **_percentiles("ask", taken),
            "event loop's longest pause, ms": pause,
        }

    return asyncio.run(all_of_it()) | {"memory of asking, MB": _memory()}


def asking_bare(path: Path, asked: Sequence[str]) -> dict[str, float]:
    """Send bare FTS5 queries for the same words."""
    bare = Bare(path)
    figures: dict[str, float] = {}
    bare.query(["warm"])
    chosen: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
        (BARE_ALL, words.words),
        (BARE_TELLING, telling),
    )
    for name, words_of in chosen:
        taken: list[float] = []
        begun = time.perf_counter()
        for question in random.Random(7).sample(asked, len(asked)):
            if time.perf_counter() - begun > _PATIENCE:
                break
            started = time.perf_counter()
            bare.query(words_of(question))
            taken.append(milliseconds(started))
        figures |= {f"{name}, questions": len(taken)} | _percentiles(name, taken)
    return figures


def asking_tantivy(path: Path, asked: Sequence[str]) -> dict[str, float]:
    """Index the passages with tantivy and ask for the same words; nothing where it is absent."""
    if find_spec("tantivy") is None:
        return {}
    tantivy = import_module("tantivy")
    schema = tantivy.SchemaBuilder().add_integer_field("id", stored=True)
    schema = schema.add_text_field("text", stored=False).build()
    folder = path.with_suffix(".tantivy")
    folder.mkdir()
    index = tantivy.Index(schema, str(folder))
    writer = index.writer(200_000_000, 1)
    started = time.perf_counter()
    database = sqlite3.connect(path)
    for id_, text in database.execute("SELECT id, text FROM passage"):
        writer.add_document(tantivy.Document(id=id_, text=text))
    writer.commit()
    writer.wait_merging_threads()
    database.close()
    seconds = time.perf_counter() - started
    index.reload()
    searcher = index.searcher()
    taken: list[float] = []
    for question in asked:
        started = time.perf_counter()
        words_of = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", word))
            for word in dict.fromkeys(telling(question))
        ]
        for _, address in searcher.search(tantivy.Query.boolean_query(words_of), 10).hits:
            searcher.doc(address)
        taken.append(milliseconds(started))
    size = sum(file.stat().st_size for file in folder.rglob("*")) / 1e6
    return {"tantivy: built in, s": seconds, "tantivy: index, MB": size} | _percentiles(
        "tantivy OR, telling words", taken
    )


def _percentiles(name: str, taken: Sequence[float]) -> dict[str, float]:
    return {f"{name}, p{n}, ms": percentile(taken, n / 100) for n in (50, 95, 99)}


def _memory() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drawn(path: Path) -> list[str]:
    """Questions of two to six telling words in a row of the archive's, every fourth misspelled."""
    chance = random.Random(7)
    database = sqlite3.connect(path)
    ids = [row[0] for row in database.execute("SELECT id FROM passage WHERE length(text) > 40")]
    made: list[str] = []
    while len(made) < _DRAWN:
        [(text,)] = database.execute("SELECT text FROM passage WHERE id = ?", [chance.choice(ids)])
        told = [word for word in telling(text) if len(word) > 2]
        size = chance.randint(2, 6)
        start = chance.randrange(max(len(told) - size, 1))
        part = told[start : start + size]
        if len(part) < 2:
            continue
        if len(made) % 4 == 0:
            at = max(range(len(part)), key=lambda i: len(part[i]))
            part[at] = part[at][:1] + part[at][2:3] + part[at][1:2] + part[at][3:]
        made.append(f"{_OPENINGS[len(made) % len(_OPENINGS)]} {' '.join(part)}".strip())
    database.close()
    return made


def apart(do: Callable[..., _Result], *arguments: object) -> _Result:
    """Call a function in a new process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(do, *arguments).result()


def measure(name: str, folder: Path, work: Path, judged: Sequence[str]) -> Measured:
    """Load a folder and ask, next to bare FTS5."""
    path = work / f"{name}.sqlite3"
    measured = Measured(name, apart(load, folder, path))
    for _ in range(1, _LOADS if measured.figures["episodes"] < _SMALL else 1):
        path.unlink()
        again = apart(load, folder, path)
        if again["load, s"] < measured.figures["load, s"]:
            measured.figures = again
    _say(f"{name}: loaded")
    asked = [*judged, *drawn(path)]
    measured.figures |= apart(asking, path, asked)
    _say(f"{name}: asked {len(asked)} questions")
    measured.figures |= apart(asking_bare, path, asked)
    _say(f"{name}: sent them to bare FTS5")
    measured.figures |= apart(asking_tantivy, path, asked)
    return measured


def table(columns: Sequence[Measured]) -> None:
    """Print what was measured, an archive a column."""
    print(f"\n{'':38}" + "".join(f"{column.name:>16}" for column in columns))
    for row in columns[0].figures:
        cells = (column.figures.get(row, math.nan) for column in columns)
        print(f"{row:38}" + "".join(f"{value:16,.{_digits(value)}f}" for value in cells))
    *_, once, many = columns
    print(
        f"\n{many.name} against {once.name}: load rate "
        f"{many.figures['load, episodes/s'] / once.figures['load, episodes/s']:.2f}x, ask p95 "
        f"{many.figures['ask, p95, ms'] / once.figures['ask, p95, ms']:.1f}x "
        f"(against {columns[0].name}: "
        f"{many.figures['load, episodes/s'] / columns[0].figures['load, episodes/s']:.2f}x, "
        f"{many.figures['ask, p95, ms'] / columns[0].figures['ask, p95, ms']:.1f}x)"
    )


def _digits(value: float) -> int:
    return 0 if value >= 1000 else 2 if value < 10 else 1


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.scale", description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="how many times as large")
    parser.add_argument("--shared", type=Path, help="folder of the reference data")
    options = parser.parse_args()
    like: Collection = (
        questions.reference(options.shared or questions.shared_folder()) or questions.sample()
    )
    judged = [question.text for question in like.questions]
    print(
        f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, like {like.name}; "
        f"{os.cpu_count()} processors, {os.getloadavg()[0]:.1f} of them busy before"
    )
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        columns = [measure(like.name, like.folder, work, judged)]
        size = round(columns[0].figures["episodes"])
        for times in (1, options.times):
            folder = work / f"{times}" / "episodes"
            started = time.perf_counter()
            invent(like.folder, folder, times * size)
            _say(f"invented {times * size:,} episodes in {time.perf_counter() - started:.0f} s")
            columns.append(measure(f"invented x{times}", folder, work, judged))
        table(columns)


if __name__ == "__main__":
    main()
