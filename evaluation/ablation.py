"""What each idea gives: the search with one of them switched off from outside.

A switch replaces constants or functions of ``bot.search`` while its questions are asked.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.passages import Kind, kind_of
from bot.search import encoder
from bot.store.archive import Archive
from evaluation import measure, metrics
from evaluation.archives import archive_of
from evaluation.measure import Row
from evaluation.questions import Collection
from evaluation.systems import Ours


@dataclass(frozen=True, slots=True)
class Switch:
    """An idea, and what to put in the place of what to be without it.

    A name is "module:attribute" below ``bot.search``; the replacement is made from what
    was there.
    """

    idea: str
    replaced: dict[str, Callable[[Any], Any]]


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _only(keep: Callable[[int], bool]) -> Callable[[Any], Any]:
    """Retrieval that finds some kinds of passages alone."""

    def limited(retrieve: Callable[..., Any]) -> Callable[..., Any]:
        async def some(*args: Any, **named: Any) -> Any:
            return [hit for hit in await retrieve(*args, **named) if keep(kind_of(hit[0]))]

        return some

    return limited


async def _nothing_near(*_: Any) -> dict[int, Any]:
    return {}


SWITCHES = (
    Switch("semantic matching", {"semantic:near": _always(_nothing_near)}),
    Switch("typo correction", {"vocabulary:Vocabulary.corrections": _always(lambda *_: {})}),
    Switch(
        "inflections",
        {
            "vocabulary:Vocabulary.forms": _always(
                lambda self, word: {word: 1.0} if word in self.counts else {}
            )
        },
    ),
    Switch(
        "compounds",
        {
            "vocabulary:Vocabulary.split": _always(lambda *_: None),
            "question:pairwise": _always(lambda _: ()),
        },
    ),
    Switch("rarity of words", {"vocabulary:Vocabulary.weight": _always(lambda *_: 1.0)}),
    Switch("stop words", {"words:FILLERS": _always(frozenset())}),
    Switch("proximity", {"ranking:_PROXIMITY": _always(0.0)}),
    Switch("order of words", {"ranking:_IN_ORDER": _always(0.0)}),
    Switch("episode coverage", {"shortlist:_COVERAGE": _always(0.0)}),
    Switch("recurrence in an episode", {"shortlist:_RECURRENCE": _always(0.0)}),
    Switch(
        "support by more passages", {"shortlist:_SUPPORT": lambda s: (s[0], *(0.0 for _ in s[1:]))}
    ),
    Switch(
        "weights of kinds",
        {
            "ranking:KIND_WEIGHTS": lambda weights: dict.fromkeys(weights, 1.0),
            "shortlist:_KINDS": lambda weights: [1.0] * len(weights),
        },
    ),
    Switch("question of the week", {"ranking:_QUESTION_WEIGHT": _always(1.0)}),
    Switch("sections named", {"question:_section": _always(lambda text: (text, None))}),
    Switch("dates", {"conditions:_period": _always(lambda *_: None)}),
    Switch("hosts, guests, speakers", {"conditions:_PEOPLE": _always(())}),
    Switch("the first, the last", {"conditions:_order": _always(lambda *_: None)}),
    Switch("reviews are weak evidence", {"ask:_PASSING": _always(1.0)}),
    Switch("synonyms and acronyms", {"question:_also": _always(lambda *_: None)}),
    Switch("notes that ask alike", {"ranking:_ALIKE": _always(0.0)}),
    Switch("episode numbers", {"ask:_named": _always(lambda *_: [])}),
    Switch("notes (transcripts only)", {"ask:retrieve": _only(lambda k: k == Kind.TRANSCRIPT)}),
    Switch("transcripts (notes only)", {"ask:retrieve": _only(lambda k: k != Kind.TRANSCRIPT)}),
)


@contextmanager
def switched_off(switch: Switch) -> Iterator[None]:
    """The search without an idea.

    Raises:
        AttributeError: Where the search has no such constant or function any more.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, replacement in switch.replaced.items():
            owner, attribute = _place(name)
            before.append((owner, attribute, getattr(owner, attribute)))
            setattr(owner, attribute, replacement(before[-1][2]))
        yield
    finally:
        for owner, attribute, value in reversed(before):
            setattr(owner, attribute, value)


def _place(name: str) -> tuple[Any, str]:
    module, _, path = name.partition(":")
    owner: Any = importlib.import_module(f"bot.search.{module}")
    *outer, attribute = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    return owner, attribute


async def ablate(collection: Collection) -> None:
    """Print the change in figures without each idea."""
    path = await archive_of(collection.folder, collection.archive, meaning=encoder.available())
    columns = [(row, m) for row in ("ordinary", "mismatch") for m in ("Success@1", "MRR@10")]
    whole = await _figures(collection, path)
    print(f"\n{collection.name}, points{'':12}" + "".join(f"{' '.join(c):>21}" for c in columns))
    shown = (100 * metrics.mean(whole[row][metric]) for row, metric in columns)
    print(f"{'everything':29}" + "".join(f"{value:21.1f}" for value in shown))
    for switch in SWITCHES:
        with switched_off(switch):
            without = await _figures(collection, path)
        cells = ""
        for row, metric in columns:
            difference = metrics.paired(without[row][metric], whole[row][metric])
            cells += f"{100 * difference.mean:+13.1f} p={difference.p:.3f}"
        print(f"- {switch.idea:27}{cells}")


async def _figures(collection: Collection, path: Path) -> dict[str, dict[str, list[float]]]:
    async with await Archive.open(path) as archive:  # anew, so that nothing is remembered
        ours = Ours(archive)
        asked = replace(collection, quotes=())
        found: list[Row] = measure.rows(await measure.answers(ours, asked), asked)
    return {row.label: row.values for row in found}
