"""Figures: how good a ranking is, how sure a mean, whether two systems differ."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

from evaluation.questions import Question

RESAMPLES = 10_000
DEPTH = 10  # places looked at

Ranking = Sequence[int | None]  # episode numbers, the best first; None for one without


def success(question: Question, ranking: Ranking) -> float:
    """Success@1: whether the first place has the highest grade."""
    return float(bool(ranking) and ranking[0] in question.best)


def reciprocal_rank(question: Question, ranking: Ranking) -> float:
    """1 over the place of the first result of the highest grade, 0 where none is seen."""
    for place, number in enumerate(ranking[:DEPTH], start=1):
        if number in question.best:
            return 1 / place
    return 0.0


def ndcg(question: Question, ranking: Ranking) -> float:
    """Normalised discounted cumulative gain, with 2^grade - 1 as gain."""
    grades = [question.relevant.get(n, 0) if n is not None else 0 for n in ranking[:DEPTH]]
    ideal = sorted(question.relevant.values(), reverse=True)[:DEPTH]
    return _gain(grades) / (_gain(ideal) or 1.0)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def threshold(confidences: Sequence[float], share: float) -> float:
    """The highest threshold that at least this share of the confidences reaches."""
    kept = math.ceil(share * len(confidences) - 1e-9)
    return sorted(confidences, reverse=True)[kept - 1] if kept else math.inf


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


class Interval(NamedTuple):
    """A 95 % bootstrap interval."""

    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of a mean (percentile bootstrap).

    Where all values are equal it has no width, which says nothing: of n right answers out
    of n, the true share may well be as low as 1 - 3/n.
    """
    return _interval(_resampled(values))


class Difference(NamedTuple):
    """By how much a mean is higher than another's, its 95 % interval, the chance of it."""

    mean: float
    interval: Interval
    p: float


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Compare two systems on the same questions (paired bootstrap, two-sided)."""
    gains = [a - b for a, b in zip(ours, theirs, strict=True)]
    means = _resampled(gains)
    worse = sum(m <= 1e-12 for m in means)
    better = sum(m >= -1e-12 for m in means)
    p = min(1.0, 2 * (min(worse, better) + 1) / (len(means) + 1))
    return Difference(mean(gains), _interval(means), p)


def holm(chances: Sequence[float]) -> list[float]:
    """The chances corrected for having made so many comparisons (Holm)."""
    corrected = [0.0] * len(chances)
    highest = 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        highest = max(highest, min(1.0, chances[at] * (len(chances) - rank)))
        corrected[at] = highest
    return corrected


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else math.nan


def _resampled(values: Sequence[float]) -> list[float]:
    if not values:
        return [0.0]
    chance = random.Random(7)
    size = len(values)
    return sorted(sum(chance.choices(values, k=size)) / size for _ in range(RESAMPLES))


def _interval(means: Sequence[float]) -> Interval:
    return Interval(means[int(0.025 * len(means))], means[int(0.975 * len(means))])
