"""The cast: everyone who hosts, visits or speaks, found by any part of their name in a question."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.search import words
from bot.store.archive import Archive

_SLIP = 84.0  # likeness (0 to 100) of a word that nobody is called to one that somebody is
_SHORTEST = 5  # letters of a name that may be misspelled
_LONGEST = 4  # words of a name
_JOINED = re.compile(r"\s*(?:,|&|\band\b|,\s*and\b)\s*")


class Mention(NamedTuple):
    """People that a question names one after another; each of ``people`` may be one of several."""

    start: int
    end: int
    said: str
    people: tuple[frozenset[str], ...]
    whole: bool  # more than one word of each name is given


class Cast:
    """Who takes part in which episodes: rows of (episode, role, name)."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self.episodes: defaultdict[str, dict[str, set[int]]] = defaultdict(dict)
        for episode, role, name in rows:
            self.episodes[name].setdefault(role, set()).add(episode)
        self._called: defaultdict[str, set[str]] = defaultdict(set)
        for name in self.episodes:
            for word in words.words(name):
                if len(word) > 1:
                    self._called[word].add(name)

    def of(self, name: str, *roles: str) -> set[int]:
        """The episodes that a person takes part in, in these roles or in any."""
        known = self.episodes.get(name, {})
        return set[int]().union(*(known.get(role, ()) for role in roles or known))

    def mentions(self, text: str, common: Collection[str] = ()) -> list[Mention]:
        """Everyone who is named; those joined by "and" together.

        A word that is not ``common`` may be a name misspelled.
        """
        folded = words.fold(text)
        if len(folded) != len(text):  # offsets would be wrong
            return []
        found: list[Mention] = []
        tokens = list(words.WORD.finditer(folded))
        at = 0
        while at < len(tokens):
            count, people = self._longest(
                [token[0] for token in tokens[at : at + _LONGEST]], common
            )
            if not people:
                at += 1
                continue
            start, end = tokens[at].start(), tokens[at + count - 1].end()
            one = Mention(start, end, text[start:end], (people,), count > 1)
            if found and _JOINED.fullmatch(text, found[-1].end, start):
                before = found.pop()
                one = Mention(
                    before.start,
                    end,
                    text[before.start : end],
                    (*before.people, people),
                    before.whole and one.whole,
                )
            found.append(one)
            at += count
        return found

    def _longest(self, spelled: list[str], common: Collection[str]) -> tuple[int, frozenset[str]]:
        called = self._named(spelled[0], common)
        count = 1
        for word in spelled[1:]:
            both = called & self._named(word, common)
            if not both:
                break
            called, count = both, count + 1
        return count, frozenset(called)

    def _named(self, word: str, common: Collection[str]) -> set[str]:
        if word in self._called or len(word) < _SHORTEST or word in common:
            return self._called.get(word, set())
        slip = process.extractOne(word, list(self._called), scorer=fuzz.ratio, score_cutoff=_SLIP)
        return self._called[slip[0]] if slip else set()


async def of(archive: Archive) -> Cast:
    """The cast of an archive; read again only when the archive has changed."""
    return await archive.derived(_read)


async def _read(archive: Archive) -> Cast:
    rows = await archive.rows("SELECT episode_id, role, name FROM person")
    return await asyncio.to_thread(Cast, [tuple(row) for row in rows])
