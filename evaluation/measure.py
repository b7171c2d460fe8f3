"""Asking every judged question, and what comes of it as figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.search import words
from evaluation import metrics
from evaluation.questions import NATURAL, Collection, Question, Quote
from evaluation.systems import Bare, Ours, Ranked, Said, System, milliseconds, telling

ROUNDS = 3  # times that each question is asked when time is measured
FALSE = "false answers"
BARE_ALL, BARE_TELLING = "bare FTS5 OR, all words", "bare FTS5 OR, telling words"
_TICK = 0.001  # seconds between two looks at the event loop

_Asked = TypeVar("_Asked", Question, Quote)


@dataclass(frozen=True, slots=True)
class Results:
    """What a system answered, by the id of the question."""

    system: str
    ranked: dict[str, Ranked]
    said: dict[str, list[Said]] | None
    times: list[float] = field(default_factory=list[float])  # milliseconds, of questions


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: for each metric its value for each question."""

    label: str
    values: dict[str, list[float]]


async def answers(system: System, collection: Collection) -> Results:
    """Ask a system everything."""
    ranked: dict[str, Ranked] = {}
    times: list[float] = []
    for question in collection.questions:
        started = time.perf_counter()
        ranked[question.id] = await system.episodes(question.text)
        times.append(milliseconds(started))
    said: dict[str, list[Said]] | None = {}
    for line in collection.quotes:
        passages = await system.passages(line.text)
        if passages is None:
            said = None
            break
        said[line.id] = passages
    return Results(system.name, ranked, said, times)


def rows(results: Results, collection: Collection) -> list[Row]:
    """Every figure of a system."""
    found = [
        *_by_kind("ordinary", collection.ordinary, lambda some: _found(results, some)),
        Row("mismatch", _found(results, collection.mismatch)),
    ]
    if results.said is not None:
        exact = [line for line in collection.quotes if line.kind != NATURAL]
        loose = [line for line in collection.quotes if line.kind == NATURAL]
        found += _by_kind("quotes, generated", exact, lambda some: _quoted(results, some))
        found.append(Row("quotes, natural", _quoted(results, loose)))
    found += _honesty(results, collection)
    return [row for row in found if any(row.values.values())]


def _by_kind(
    label: str,
    asked: Sequence[_Asked],
    figures: Callable[[Sequence[_Asked]], dict[str, list[float]]],
) -> list[Row]:
    """One row for all, one for each kind."""
    kinds = dict.fromkeys(one.kind for one in asked)
    return [
        Row(label, figures(asked)),
        *(Row(f"{label}: {k}", figures([one for one in asked if one.kind == k])) for k in kinds),
    ]


def _found(results: Results, asked: Iterable[Question]) -> dict[str, list[float]]:
    pairs = [(question, results.ranked[question.id].numbers) for question in asked]
    return {
        "Success@1": [metrics.success(*pair) for pair in pairs],
        "MRR@10": [metrics.reciprocal_rank(*pair) for pair in pairs],
        "nDCG@10": [metrics.ndcg(*pair) for pair in pairs],
    }


def _quoted(results: Results, lines: Iterable[Quote]) -> dict[str, list[float]]:
    places = [place(line, (results.said or {}).get(line.id, [])) for line in lines]
    return {
        "hit@1": [float(at == 1) for at in places],
        "hit@5": [float(at is not None and at <= 5) for at in places],
    }


def place(line: Quote, said: Sequence[Said]) -> int | None:
    """The place, from 1, of the first passage of the episode that holds the sentence."""
    sentence = " ".join(line.sentence.split())
    for at, passage in enumerate(said, start=1):
        if passage.number == line.episode and sentence in " ".join(passage.text.split()):
            return at
    return None


def _honesty(results: Results, collection: Collection) -> list[Row]:
    """False answers where a share of the answerable questions is kept, and as shipped."""

    def sure(asked: Iterable[Question]) -> list[float]:
        return [results.ranked[question.id].confidence for question in asked]

    ordinary, mismatch = sure(collection.ordinary), sure(collection.mismatch)
    unanswerable = sure(collection.unanswerable)
    at_95 = metrics.threshold(ordinary, 0.95)
    at_90 = metrics.threshold(ordinary + mismatch, 0.9)
    found = [
        Row(f"unanswerable, {label}", {FALSE: [float(c >= at) for c in unanswerable]})
        for label, at in (("95 % of ordinary kept", at_95), ("90 % of all kept", at_90))
    ]
    if any(ranked.answered is None for ranked in results.ranked.values()):
        return found
    answered = {
        name: [float(results.ranked[question.id].answered or 0) for question in asked]
        for name, asked in (
            ("ordinary", collection.ordinary),
            ("mismatch", collection.mismatch),
            ("unanswerable", collection.unanswerable),
        )
    }
    return [
        *found,
        Row("unanswerable, as shipped", {FALSE: answered.pop("unanswerable")}),
        *(Row(f"{name}, as shipped", {"answered": values}) for name, values in answered.items()),
    ]


async def times(
    systems: Sequence[Ours], bare: Bare, asked: Sequence[str], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Milliseconds of every question, of ours and of one bare FTS5 OR query, turn by turn."""
    taken: dict[str, list[float]] = {system.name: [] for system in systems}
    taken |= {BARE_ALL: [], BARE_TELLING: []}
    for system in systems:
        await system.episodes("warm the vocbulary")
    bare.query(["warm"])
    for _ in range(rounds):
        for question in asked:
            for system in systems:
                started = time.perf_counter()
                await system.episodes(question)
                taken[system.name].append(milliseconds(started))
            for name, words_of in ((BARE_ALL, words.words), (BARE_TELLING, telling)):
                started = time.perf_counter()
                bare.query(words_of(question))
                taken[name].append(milliseconds(started))
    return taken


async def longest_pause(system: Ours, asked: Iterable[str]) -> float:
    """For how many milliseconds, at most, questions keep all else in the event loop waiting."""
    pauses = [0.0]

    async def watch() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(_TICK)
            pauses.append(milliseconds(started) - 1000 * _TICK)

    watching = asyncio.create_task(watch())
    for question in asked:
        await system.episodes(question)
    watching.cancel()
    return max(pauses)
