"""Ranking: how well a passage proves that an episode covers what was asked.

A passage gains the weight of each term that it holds (inverse passage frequency), more where
they stand close together and in the question's order, and by what kind of passage it is. An
episode is as good as its best passage, with the rest supporting it, and the better the more of
its passages hold each term: a question in words of its own matches no passage well, but the
episode on its subject again and again.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz

from bot.passages import Kind, episode_of, kind_of
from bot.search import words
from bot.search.question import Question
from bot.search.results import Span
from bot.search.retrieval import Hit

# What a passage of each kind counts, by the order of ``Kind``.
KIND_WEIGHTS = {
    Kind.TITLE: 1.5,
    Kind.DESCRIPTION: 1.15,
    Kind.GUESTS: 1.5,
    Kind.HOSTS: 0.5,
    Kind.CATEGORIES: 1.1,
    Kind.HEADING: 1.0,
    Kind.NOTE: 1.2,
    Kind.TRANSCRIPT: 1.0,
}
_KINDS = [KIND_WEIGHTS[kind] for kind in Kind]
_QUESTION_SECTION = re.compile(r"\b(?:questions?|tips?) of the (?:week|day|month|episode)\b", re.I)
_QUESTION_WEIGHT = 1.3  # a note below "Question of the week" is what the hosts went on to answer

_NAMED_SECTION = 1.4  # for a note of the part of the show that the question names

_SUPPORT = (1.0, 0.25, 0.12, 0.06)  # of an episode's best, second, ... passage
_COVERAGE = 0.9  # of the weight of all terms that the episode holds anywhere
_ALIKE = 0.25  # at most, for being the question itself, fillers included
_RECURRENCE = 3.0  # of the weight of all terms, by how many passages hold each of them
# Robertson and Sparck Jones' BM25 with passages for occurrences: how many passages make half of
# the most that a term can gain, and how much a longer episode needs more of them.
_K1, _B = 8.0, 0.75
_NEAR = 8  # words; terms farther apart than this do not support each other
_PROXIMITY = 0.5
_IN_ORDER = 0.4


class Candidate(NamedTuple):
    """An episode as the index sees it.

    ``covered`` is the weight of all terms that it holds anywhere, ``noted`` of those that
    one passage outside the transcript holds, ``recurring`` the weight of all terms, each the
    less of it the fewer passages hold it; ``passages`` are its most promising ones.
    """

    episode: int
    score: float
    covered: float
    noted: float
    recurring: float
    passages: tuple[int, ...]


class Match(NamedTuple):
    """A passage read: its score, the share of the question's weight it holds, the words matched."""

    score: float
    coverage: float
    closeness: float


def shortlist(
    hits: Sequence[Hit],
    question: Question,
    allowed: set[int],
    lengths: Mapping[int, float],
    *,
    episodes: int,
    passages: int,
    besides: Container[int] = (),
) -> list[Candidate]:
    """The most promising episodes by the index alone, each with its most promising passages.

    Args:
        hits: What ``retrieve`` found.
        question: What for.
        allowed: The episodes that may be taken.
        lengths: How long each is, as a share of the average.
        episodes: How many to take at most.
        passages: How many of each to take at most.
        besides: Episodes to take beyond those.
    """
    weights = [term.weight for term in question.terms]
    total = question.weight or 1.0
    held: dict[int, float] = {}  # weight of the terms of a mask
    masks: defaultdict[int, Counter[int]] = defaultdict(Counter)  # passages of each, by episode
    noted: dict[int, float] = {}
    best: dict[int, list[tuple[float, int]]] = {}

    def weight_of(mask: int) -> float:
        weight = held.get(mask)
        if weight is None:
            held[mask] = weight = sum(w for bit, w in enumerate(weights) if mask >> bit & 1)
        return weight

    for hit_id, mask in hits:
        episode = episode_of(hit_id)
        if episode not in allowed:
            continue
        weight = weight_of(mask)
        kind = kind_of(hit_id)
        masks[episode][mask] += 1
        if kind != Kind.TRANSCRIPT and weight > noted.get(episode, 0.0):
            noted[episode] = weight
        gain = weight * (0.5 + 0.5 * weight / total) * _KINDS[kind]
        best.setdefault(episode, []).append((-gain, hit_id))
    candidates: list[Candidate] = []
    for episode, scored in best.items():
        top = sorted(scored)[:passages]
        covered, recurring = _held(masks[episode], weights, lengths.get(episode, 1.0))
        score = _total([-score for score, _ in top], covered, recurring)
        ids = tuple(passage for _, passage in top)
        noted_here = noted.get(episode, 0.0)
        candidates.append(Candidate(episode, score, covered, noted_here, recurring, ids))
    candidates.sort(key=lambda candidate: -candidate.score)
    also = [one for one in candidates[episodes:] if one.episode in besides]
    return candidates[:episodes] + also


def _held(masks: Counter[int], weights: Sequence[float], length: float) -> tuple[float, float]:
    """The weight of the terms that an episode holds, and by how many passages hold each."""
    enough = _K1 * (1 - _B + _B * length)
    covered = recurring = 0.0
    for bit, weight in enumerate(weights):
        if held := sum(count for mask, count in masks.items() if mask >> bit & 1):
            covered += weight
            recurring += weight * held / (held + enough)
    return covered, recurring


def _total(scores: Sequence[float], covered: float, recurring: float) -> float:
    best = sum(score * share for score, share in zip(scores, _SUPPORT, strict=False))
    return best + _COVERAGE * covered + _RECURRENCE * recurring


def episode_score(matches: Sequence[Match], candidate: Candidate) -> float:
    """The score of an episode from its passages', the best first, and all that it holds."""
    return _total([m.score for m in matches], candidate.covered, candidate.recurring)


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
        return Match(score * weight, coverage, closeness / self.total)

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
