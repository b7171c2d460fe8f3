"""Shortlisting: which episodes are worth reading, by the index alone.

A passage gains the weight of each term that it holds (inverse passage frequency), more where it
holds much of the question, and by what kind of passage it is. An episode is as good as its best
passage, with the rest supporting it, and the better the more of its passages hold each term: a
question in words of its own matches no passage well, but the episode on its subject again and
again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from bot.passages import Kind, episode_of, kind_of
from bot.search.question import Question

Hit = tuple[int, int]  # a passage's id, and which terms it holds: bit i for the i-th

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
_SUPPORT = (1.0, 0.25, 0.12, 0.06)  # of an episode's best, second, ... passage
_COVERAGE = 0.9  # of the weight of all terms that the episode holds anywhere
_RECURRENCE = 3.0  # of the weight of all terms, by how many passages hold each of them
# Robertson and Sparck Jones' BM25 with passages for occurrences: how many passages make half of
# the most that a term can gain, and how much a longer episode needs more of them.
_K1, _B = 8.0, 0.75


class Candidate(NamedTuple):
    """An episode as the index sees it.

    ``covered`` is the weight of all terms that it holds anywhere, ``recurring`` the weight of
    all terms, each the less of it the fewer passages hold it; ``passages`` are its most
    promising ones.
    """

    episode: int
    score: float
    covered: float
    recurring: float
    passages: tuple[int, ...]

    @property
    def by_passages(self) -> float:
        """The score without how often terms recur, which only all of the hits tell."""
        return self.score - _RECURRENCE * self.recurring


def shortlist(
    hits: Sequence[Hit],
    question: Question,
    allowed: Container[int],
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
        masks[episode][mask] += 1
        gain = weight * (0.5 + 0.5 * weight / total) * _KINDS[kind_of(hit_id)]
        best.setdefault(episode, []).append((-gain, hit_id))
    candidates: list[Candidate] = []
    for episode, scored in best.items():
        top = sorted(scored)[:passages]
        covered, recurring = _held(masks[episode], weights, lengths.get(episode, 1.0))
        score = _total([-score for score, _ in top], covered, recurring)
        ids = tuple(passage for _, passage in top)
        candidates.append(Candidate(episode, score, covered, recurring, ids))
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


def episode_score(scores: Sequence[float], candidate: Candidate) -> float:
    """The score of an episode from its passages', the best first, and all that it holds."""
    return _total(scores, candidate.covered, candidate.recurring)
