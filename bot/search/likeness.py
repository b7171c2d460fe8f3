"""Likeness: how much a turn of a transcript is like a line as it is remembered.

A line may come from anywhere in a long turn, in words that have changed on the way. So all
of its words count, each by its rarity (inverse passage frequency): those that the turn holds,
those that it holds in one place about as long as the line, and there in the line's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from bot.search import words
from bot.search.question import Term

_LONGER = 1.6  # the place in a turn may be as much longer than the line, and by
_WORDS_MORE = 4
_CLOSE = 8  # words; those farther apart do not support each other
_IN_ORDER = 0.4  # gained by two words that stand next to each other in the line


class Parts(NamedTuple):
    """What likeness is made of, each from 0 to about 1."""

    held: float  # of the line's weight, by the turn
    place: float  # of the line's weight, by the best place in the turn
    order: float  # of the line's words, in that place in the line's order
    close: float  # weight of words that stand close together
    spelled: float  # letters in a row
    around: float  # of the line's weight, by what is said before and after alone

    @property
    def score(self) -> float:
        """The likeness, from 0 to about 1."""
        return sum(share * part for share, part in zip(_SHARES, self, strict=True))


_SHARES = (0.25, 0.22, 0.2, 0.16, 0.12, 0.05)


class Line:
    """A line that is remembered, to compare with."""

    def __init__(self, text: str, terms: Sequence[Term]) -> None:
        self.text = text
        self.terms = terms
        self._folded = words.fold(text)
        self._words = words.words(text)
        self._total = sum(term.weight for term in terms) or 1.0
        self._forms: dict[str, tuple[int, float]] = {}
        for index, term in enumerate(terms):
            for form, share in term.forms.items():
                if share > self._forms.get(form, (0, 0.0))[1]:
                    self._forms[form] = (index, share)
        self._asked = [self._forms[word][0] for word in self._words if word in self._forms]

    def weight(self, mask: int) -> float:
        """The weight of some terms: bit i of the mask for the i-th."""
        return sum(term.weight for bit, term in enumerate(self.terms) if mask >> bit & 1)

    def parts(self, text: str, around: int = 0) -> Parts:
        """Compare with a turn; ``around`` is the mask of the terms said before and after it."""
        spoken = words.words(text)
        places = [(at, *self._forms[word]) for at, word in enumerate(spoken) if word in self._forms]
        gains: dict[int, float] = {}
        for _, index, share in places:
            gains[index] = max(gains.get(index, 0.0), share * self.terms[index].weight)
        best, first, last = self._place(places, gains)
        there = [index for _, index, _ in places[first:last]]
        spelled = fuzz.partial_ratio(self._folded, words.fold(text)) / 100
        return Parts(
            sum(gains.values()) / self._total,
            best / self._total,
            LCSseq.similarity(self._asked, there) / max(len(self._words), 1),
            self._close(places) / self._total,
            spelled * min(1.0, len(text) / len(self._folded)),
            self.weight(around & ~sum(1 << index for index in gains)) / self._total,
        )

    def _place(
        self, places: Sequence[tuple[int, int, float]], gains: dict[int, float]
    ) -> tuple[float, int, int]:
        """The most weight that words in one place hold, and which of ``places`` they are."""
        room = _LONGER * len(self._words) + _WORDS_MORE
        best = (0.0, 0, 0)
        counts = [0] * len(self.terms)
        held = 0.0
        first = 0
        for last, (at, index, _) in enumerate(places, start=1):
            if not counts[index]:
                held += gains[index]
            counts[index] += 1
            while places[first][0] <= at - room:
                left = places[first][1]
                counts[left] -= 1
                if not counts[left]:
                    held -= gains[left]
                first += 1
            if held > best[0]:
                best = (held, first, last)
        return best

    def _close(self, places: Sequence[tuple[int, int, float]]) -> float:
        best: dict[tuple[int, int], float] = {}
        for (at, one, _), (then, other, _) in pairwise(places):
            if one == other or then - at > _CLOSE:
                continue
            gain = min(self.terms[one].weight, self.terms[other].weight) / (then - at)
            if other == one + 1:
                gain *= 1 + _IN_ORDER
            pair = (min(one, other), max(one, other))
            best[pair] = max(best.get(pair, 0.0), gain)
        return sum(best.values())
