"""Measure how well the search finds: ``python -m evaluation``.

Every judged question is asked of the project's own search and, in the same process, of the
searches that its users could have had instead. The run fails where a figure drops by more
than one point under the committed one (``evaluation/expected.json``).
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from bot.search import encoder
from bot.store.archive import Archive
from evaluation import ablation, expected, measure, questions, report
from evaluation.archives import archive_of
from evaluation.questions import Collection
from evaluation.systems import (
    Bare,
    Fuse,
    Fuzzy,
    Ours,
    Passages,
    System,
    UnavailableError,
    WholeEpisodes,
    documents,
)


async def evaluate(collection: Collection, *, failures: bool) -> dict[str, expected.Figures]:
    """Print all tables of a collection; return the figures, without and with semantic matching."""
    async with AsyncExitStack() as stack:
        plain = await archive_of(collection.folder, collection.archive)
        archive = await stack.enter_async_context(await Archive.open(plain))
        ours = {collection.name: Ours(archive)}
        if encoder.available():
            path = await archive_of(collection.folder, collection.archive, meaning=True)
            embedded = await stack.enter_async_context(await Archive.open(path))
            best = Ours(embedded, "episode-bot, semantic")
            ours = {f"{collection.name}, semantic": best} | ours
        read = await documents(archive)
        bare = Bare(plain, read)
        print(
            f"\n{collection.name}: {len(read)} episodes, {len(collection.questions)} questions, "
            f"{len(collection.quotes)} quotes"
        )
        baselines: list[System] = []
        if collection.quotes:  # of questions alone there are too many to wait for the slow ones
            baselines += [WholeEpisodes(bare, read), Passages(bare, read), Fuzzy(read)]
            try:
                baselines.append(stack.enter_context(Fuse(read)))
            except UnavailableError as error:
                print(f"{Fuse.name} is left out: {error}")
        systems = [*ours.values(), *baselines]
        answered = [await measure.answers(system, collection) for system in systems]
        tables = [(results, measure.rows(results, collection)) for results in answered]
        for results, rows in tables[: len(ours)]:
            report.own(results.system, rows)
            if failures:
                report.failures(results, collection)
        report.beside(tables)
        report.compared(tables)
        asked = [question.text for question in collection.questions]
        times = await measure.times(list(ours.values()), bare, asked)
        pauses = {one.name: await measure.longest_pause(one, asked) for one in ours.values()}
        report.timing(times, pauses)
    return {name: expected.figures(rows) for name, (_, rows) in zip(ours, tables, strict=False)}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("--shared", type=Path, help="folder of the reference data")
    parser.add_argument("--update", action="store_true", help="commit the figures measured")
    parser.add_argument("--ablate", action="store_true", help="what each idea gives")
    parser.add_argument("--failures", action="store_true", help="list every wrong answer")
    options = parser.parse_args()
    shared: Path = options.shared or questions.shared_folder()
    reference = questions.reference(shared)
    collections = [c for c in (reference, questions.own(shared), questions.sample()) if c]
    print(f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    if reference is None:
        print(f"No reference data in {shared}: the project's own questions only.")
    if options.ablate:
        for collection in collections:
            asyncio.run(ablation.ablate(collection))
        return 0
    measured: dict[str, expected.Figures] = {}
    for collection in collections:
        measured |= asyncio.run(evaluate(collection, failures=options.failures))
    return judge(measured, update=options.update)


def judge(measured: dict[str, expected.Figures], *, update: bool) -> int:
    """Compare with the committed figures, or commit these; return the exit code."""
    committed = expected.read()
    print()
    worse = False
    for name, figures in measured.items():
        before = committed.get(name, {})
        if not before:
            print(f"{name}: {'new' if update else 'nothing committed; --update does'}")
            continue
        compare = expected.changes if update else expected.worse
        for line in compare(figures, before):
            print(f"{name}: {line}", file=sys.stdout if update else sys.stderr)
            worse = not update
    if update:
        expected.write(measured)
        print(f"Written to {expected.PATH.name}.")
    elif worse:
        print("Worse than committed; --update commits these figures.", file=sys.stderr)
    else:
        print("No figure is more than one point under the committed one.")
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
