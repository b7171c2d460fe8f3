"""Ranking: how well a passage proves that an episode covers what was asked.

A passage gains the weight of each term that it holds (inverse passage frequency), more where
they stand close together and in the question's order, and by what kind of passage it is.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz

from bot.passages import Kind
from bot.search import words
from bot.search.question import Question
from bot.search.results import Span
from bot.search.shortlist import KIND_WEIGHTS

_QUESTION_SECTION = re.compile(r"\b(?:questions?|tips?) of the (?:week|day|month|episode)\b", re.I)
_QUESTION_WEIGHT = 1.3  # a note below "Question of the week" is what the hosts went on to answer

_NAMED_SECTION = 1.4  # for a note of the part of the show that the question names

_ALIKE = 0.25  # at most, for being the question itself, fillers included
_NEAR = 8  # words; terms farther apart than this do not support each other
_PROXIMITY = 0.5
_IN_ORDER = 0.4


class Match(NamedTuple):
    """A passage read: its score, and the share of the question's weight that it holds."""

    score: float
    coverage: float


class Reader:
    """Reads passages with a question in mind."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.total = question.weight or 1.0
        self._asked = words.words(question.text)
        # A form may stand for several terms, as "bigquery" does for "big query".
        self.terms: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, term in enumerate(question.terms):
            for form, weight in term.forms.items():
                self.terms[form].append((index, weight))

    def match(self, kind: Kind, text: str, section: str | None) -> Match:
        """Score a passage by the words in it."""
        terms = self.terms
        found = words.words(text)
        places = [
            (at, *term) for at, word in enumerate(found) if word in terms for term in terms[word]
        ]
        gains: dict[int, float] = {}
        for _, index, weight in places:
            gains[index] = max(gains.get(index, 0.0), weight)
        asked = self.question.terms
        covered = sum(asked[index].weight * weight for index, weight in gains.items())
        repeated = math.log1p(max(len(places) - len(gains), 0)) * 0.05
        closeness = self._closeness(places)
        coverage = min(covered / self.total, 1.0)
        score = covered * (0.5 + 0.5 * coverage) * (1 + repeated) + _PROXIMITY * closeness
        weight = KIND_WEIGHTS[kind]
        if kind is Kind.TITLE or kind is Kind.GUESTS:
            # A title that says little else is the episode's subject; its guests aside.
            subject = found[: found.index("with")] if "with" in found[1:] else found
            told = [word for word in subject if word not in words.FILLERS]
            weight *= 0.7 + 0.5 * min(len(places) / max(len(told), 1), 1.0)
        elif section and _QUESTION_SECTION.search(section):
            weight = max(weight, _QUESTION_WEIGHT if kind is Kind.NOTE else weight)
        if section and self.question.section and self.question.section in section.casefold():
            weight *= _NAMED_SECTION
        if kind is not Kind.TRANSCRIPT:  # of notes with the same words, the one that is asked alike
            score *= 1 + _ALIKE * fuzz.ratio(self._asked, found) / 100
        for phrase in self.question.phrases:
            if f" {' '.join(phrase)} " in f" {' '.join(found)} ":
                score *= 1.5
        return Match(score * weight, coverage)

    def _closeness(self, places: Sequence[tuple[int, int, float]]) -> float:
        """The weight of terms that stand close to another term; more in the question's order."""
        asked = self.question.terms
        best: dict[tuple[int, int], float] = {}
        for (at, one, _), (then, other, _) in pairwise(places):
            distance = then - at
            if one == other or not 0 < distance <= _NEAR:
                continue
            gain = min(asked[one].weight, asked[other].weight) / distance
            if other == one + 1:
                gain *= 1 + _IN_ORDER
            pair = (min(one, other), max(one, other))
            best[pair] = max(best.get(pair, 0.0), gain)
        return sum(best.values())

    def highlights(self, text: str) -> tuple[Span, ...]:
        """Where the question's words stand in a text; neighbours are joined."""
        spans: list[Span] = []
        for start, end in words.places(text, self.terms):
            if spans and text[spans[-1][1] : start].strip(" -'’./") == "":
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return tuple(spans)
