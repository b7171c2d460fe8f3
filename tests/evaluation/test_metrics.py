from __future__ import annotations

import math

import pytest

from evaluation import metrics
from evaluation.questions import Question

ASKED = Question("1", "topical", "keys", {5: 2, 3: 1})


@pytest.mark.parametrize(
    ("ranking", "success", "reciprocal"),
    [
        ([5, 3], 1.0, 1.0),
        ([3, 5], 0.0, 0.5),
        ([None, 3, 9, 5], 0.0, 0.25),
        ([3], 0.0, 0.0),
        ([*range(20, 30), 5], 0.0, 0.0),
        ([], 0.0, 0.0),
    ],
)
def test_only_the_highest_grade_is_success(
    ranking: list[int | None], success: float, reciprocal: float
) -> None:
    assert metrics.success(ASKED, ranking) == success
    assert metrics.reciprocal_rank(ASKED, ranking) == reciprocal


def test_ndcg_weighs_grades_and_places() -> None:
    ideal = 3 + 1 / math.log2(3)
    assert metrics.ndcg(ASKED, [5, 3]) == 1
    assert metrics.ndcg(ASKED, [3, 5]) == pytest.approx((1 + 3 / math.log2(3)) / ideal)
    assert metrics.ndcg(ASKED, [9, 8, 5]) == pytest.approx(1.5 / ideal)
    assert metrics.ndcg(ASKED, []) == 0


def test_a_threshold_keeps_the_share_asked_for() -> None:
    confidences = [n / 20 for n in range(1, 21)]
    assert metrics.threshold(confidences, 0.95) == 0.1
    assert metrics.threshold(confidences, 1.0) == 0.05
    assert metrics.threshold([0.5], 0.9) == 0.5
    assert metrics.threshold([], 0.95) == math.inf


def test_an_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = metrics.interval([0.0, 1.0] * 5), metrics.interval([0.0, 1.0] * 100)
    assert few.low < 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    assert metrics.interval([1.0] * 10) == (1.0, 1.0)


def test_what_is_always_better_is_significant_and_what_is_the_same_is_not() -> None:
    better = metrics.paired([1.0] * 20, [0.0] * 15 + [1.0] * 5)
    assert better.mean == 0.75
    assert better.p < 0.001
    assert better.interval.low > 0
    same = metrics.paired([1.0, 0.0], [1.0, 0.0])
    assert (same.mean, same.p) == (0.0, 1.0)
    chance = metrics.paired([1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0])
    assert chance.p > 0.5


def test_holm_corrects_the_smallest_most() -> None:
    assert metrics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert metrics.holm([0.9, 0.8]) == [1.0, 1.0]


def test_percentiles() -> None:
    assert metrics.percentile(list(range(100)), 0.95) == 95
    assert metrics.percentile([3.0], 0.5) == 3.0
    assert math.isnan(metrics.percentile([], 0.5))
