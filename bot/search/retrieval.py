"""Retrieval: the passages that hold a question's words, by the index alone.

To read every row that holds any of the words takes too long where there are common ones. The
rarest words are looked up first; common ones only among the passages found so far. Where each
word by itself is too common, sets of them are looked up, and then everything in the episodes
that seem most promising.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import heappop, heappush, nlargest
from typing import Any, NamedTuple

from bot import passages
from bot.passages import Kind, first_id
from bot.search import vocabulary
from bot.search.question import Question, Term
from bot.search.shortlist import Hit, shortlist
from bot.store.archive import Archive

__all__ = ["Hit", "about", "retrieve"]

_BUDGET = 5000  # passages looked at for words that are looked up by themselves

# Where all words are common:
_SCANNED = 250_000  # rows of the index passed over
_NEWEST = 2000  # passages that hold a set of words; where there are more, the older are left out
_EPISODES = 40  # looked at closely then
_FEW = 0.5  # of all episodes; where fewer may answer, the others are left out at once

_SELECT = "SELECT rowid AS id, {bits} AS bits FROM passage_index WHERE passage_index MATCH ?"
_AMONG = " AND rowid / 1000000 IN (SELECT value FROM json_each(?))"
_NEWEST_FIRST = " ORDER BY rowid DESC LIMIT ?"
# Titles first, then descriptions and people; no notes, nothing that was said.
_NAMES_FIRST = (
    f" AND rowid % 1000000 < {first_id(0, Kind.HEADING)} "
    "ORDER BY rowid % 1000000, rowid DESC LIMIT ?"
)
_WITHIN = (
    "SELECT found.rowid AS id, {bits} AS bits FROM json_each(?) AS span CROSS JOIN "
    "passage_index AS found WHERE found.passage_index MATCH ? "
    "AND found.rowid >= json_extract(span.value, '$[0]') "
    "AND found.rowid < json_extract(span.value, '$[1]')"
)


class _Word(NamedTuple):
    """A term as it is looked up: how many passages hold it, its place among the terms, a query."""

    held: float
    bit: int
    query: str
    weight: float


async def retrieve(
    archive: Archive,
    terms: Sequence[Term],
    *,
    span: tuple[int, int] | None = None,
    allowed: Collection[int] | None = None,
) -> list[Hit]:
    """The passages that hold the most telling of the terms, with all the terms that they hold.

    Args:
        archive: Where to look.
        terms: What for; those that the archive does not know are passed over.
        span: Only passages with ids from the first up to, not including, the second.
        allowed: Only these episodes; passages of others may be among those found all the same.
    """
    entries = await archive.catalogue()
    share, among = 1.0, ""
    if allowed is not None and len(allowed) < _FEW * len(entries):
        share, among = len(allowed) / len(entries), json.dumps(list(allowed))
    known = sorted(
        _Word(term.count * share, bit, _either(term.forms), term.weight)
        for bit, term in enumerate(terms)
        if term.count
    )
    if not known:
        return []
    if span:
        return await _within(archive, known, [span])
    if allowed is not None and len(allowed) <= _EPISODES:
        return await _within(archive, known, map(passages.span, allowed))
    if known[0].held <= _BUDGET:
        return await _rare(archive, known, among)
    everything = (await vocabulary.of(archive)).passages * share
    found = await _common(archive, known, everything, among)
    public = {entry.id for entry in entries} if allowed is None else allowed
    spans = await asyncio.to_thread(_promising, found, terms, public)
    return await _within(archive, known, spans)


async def about(archive: Archive, terms: Sequence[Term]) -> set[int]:
    """The episodes that have all of these words in one title, name, description or heading."""
    if not terms or not all(term.count for term in terms):
        return set()
    rows = await archive.rows(
        "SELECT DISTINCT rowid / 1000000 FROM passage_index "
        "WHERE passage_index MATCH ? AND rowid % 1000000 < ?",
        (_all(_either(term.forms) for term in terms), first_id(0, Kind.NOTE)),
    )
    return {row[0] for row in rows}


async def _rare(archive: Archive, words: Sequence[_Word], among: str) -> list[Hit]:
    """The passages that hold a rare word."""
    selects = _Selects(among)
    telling: list[str] = []
    spent = 0.0
    for held, bit, query, _ in words:
        if spent + held <= _BUDGET:
            spent += held
            telling.append(query)
        else:
            query = _all((query, " OR ".join(telling)))
        selects.add(1 << bit, query)
    return await selects.hits(archive)


async def _common(
    archive: Archive, words: Sequence[_Word], everything: float, among: str
) -> list[Hit]:
    """Passages that hold many of the words.

    A passage may be among them several times, with different words.
    """
    selects = _Selects(among)
    for some, expected in _sets(words, everything):
        query = _all(word.query for word in some)
        bits = sum(1 << word.bit for word in some)
        selects.add(bits, query, _NEWEST_FIRST, _NEWEST)
        if expected > _NEWEST:
            selects.add(bits, query, _NAMES_FIRST, _NEWEST)
    return await selects.rows(archive)


def _sets(words: Sequence[_Word], everything: float) -> Iterator[tuple[tuple[_Word, ...], float]]:
    """Sets of words to look up, those first whose passages can hold most of the question.

    With each comes how many passages can be expected to hold it.

    A set that too many passages hold, were words independent of each other, is narrowed by
    one more word; what holds no more than the set itself has its turn later, if the budget
    lasts. At the head of the heap is what any passage not yet found can weigh at most.
    """
    after = [sum(word.weight for word in words[at:]) for at in range(len(words) + 1)]
    budget, scanned = float(_BUDGET), 0.0
    heap: list[tuple[float, tuple[int, ...], bool]] = []
    for at in range(len(words)):
        heappush(heap, (-after[at], (at,), True))
    while heap and budget > 0 and scanned < _SCANNED:
        _, some, may_grow = heappop(heap)
        expected = everything
        for at in some:
            expected *= words[at].held / everything
        weight = sum(words[at].weight for at in some)
        if may_grow and expected > budget and some[-1] + 1 < len(words):
            for at in range(some[-1] + 1, len(words)):
                heappush(heap, (-weight - after[at], (*some, at), True))
            heappush(heap, (-weight, some, False))
        else:
            budget -= expected
            scanned += words[some[0]].held
            yield tuple(words[at] for at in some), expected


def _promising(
    found: Iterable[Hit], terms: Sequence[Term], allowed: Collection[int]
) -> list[tuple[int, int]]:
    """The episodes that most can be expected of, as spans of ids."""
    held: dict[int, int] = {}
    for passage, bits in found:
        held[passage] = held.get(passage, 0) | bits
    question = Question("", list(terms))
    seen = shortlist(
        list(held.items()), question, allowed, {}, episodes=len(held), passages=len(Kind)
    )
    best = nlargest(_EPISODES, seen, key=lambda one: one.by_passages)
    return [passages.span(one.episode) for one in best]


async def _within(
    archive: Archive, words: Sequence[_Word], spans: Iterable[tuple[int, int]]
) -> list[Hit]:
    """All passages in these spans of ids that hold any of the words."""
    wanted = json.dumps(list(spans))
    selects = _Selects()
    for word in words:
        selects.add_as(_WITHIN, 1 << word.bit, wanted, word.query)
    return await selects.hits(archive)


class _Selects:
    """Queries of the index, to be run as one."""

    def __init__(self, among: str = "") -> None:
        self._among = among
        self._selects: list[str] = []
        self._parameters: list[object] = []

    def add(self, bits: int, query: str, more: str = "", *parameters: object) -> None:
        """Add a query that finds passages with these terms; ``more`` is SQL behind it."""
        if self._among:
            more = _AMONG + more
            parameters = (self._among, *parameters)
        self.add_as(_SELECT + more, bits, query, *parameters)

    def add_as(self, sql: str, bits: int, *parameters: object) -> None:
        """Add a query in SQL of its own."""
        self._selects.append(f"SELECT * FROM ({sql.format(bits=bits)})")
        self._parameters += parameters

    async def rows(self, archive: Archive) -> list[Hit]:
        """What each query finds."""
        return await self._rows(archive, "{}")

    async def hits(self, archive: Archive) -> list[Hit]:
        """Each passage once, where no two queries are for the same term."""
        return await self._rows(archive, "SELECT id, sum(bits) FROM ({}) GROUP BY id")

    async def _rows(self, archive: Archive, sql: str) -> list[Hit]:
        # Thousands of rows, as they come: to make anything of each would keep all others waiting.
        every = " UNION ALL ".join(self._selects)
        rows: list[Any] = await archive.rows(sql.format(every), self._parameters)
        return rows


def _either(forms: dict[str, float]) -> str:
    """An FTS5 query for any of these words; as strings, so that none is an operator."""
    return " OR ".join(f'"{form}"' for form in forms)


def _all(queries: Iterable[str]) -> str:
    """An FTS5 query for what each of these finds."""
    return " AND ".join(f"({query})" for query in queries)
