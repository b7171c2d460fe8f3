from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

from soak.figures import Life, Sample, slope
from soak.run import Outcome


def life(*, rate: float = 0.0, tasks: int = 0, noise: float = 0.0, level: float = 100.0) -> Life:
    """A life of two minutes: ``rate`` MB an hour are added, and a task every ``tasks`` s."""
    chance = random.Random(3)
    found = Life(1, 0.0)
    for age in range(120):
        memory = level + rate * age / 3600 + chance.gauss(0, noise)
        left = age // tasks if tasks else 0
        found.samples.append(Sample(age, memory, 9 + left + chance.randint(0, 4), 12, 5, 8))
    return found


def test_a_slope_is_found_in_noise_over_lives_of_other_levels() -> None:
    lives = [life(rate=60, noise=0.2, level=level) for level in (90, 110, 130)]
    found = slope(lives, warm=20)
    assert found
    assert found.per_hour == pytest.approx(60, abs=3 * found.error)
    assert not found.noise


def test_what_does_not_grow_is_noise() -> None:
    found = slope([life(noise=1.0), life(noise=1.0, level=130)], warm=20)
    assert found
    assert found.noise


def test_too_little_is_no_slope() -> None:
    assert slope([]) is None
    assert slope([Life(1, 0.0, [Sample(330, 100, 1, 1, 1, 1)])]) is None
    assert slope([life(rate=60)]) is None  # so young, it may be warming up


def test_memory_that_wanders_is_not_taken_for_memory_that_grows() -> None:
    def wandering(seed: int) -> Life:
        chance, found, away = random.Random(seed), life(), 0.0
        for at, sample in enumerate(found.samples):
            away = 0.9 * away + chance.gauss(0, 0.5)
            found.samples[at] = sample._replace(memory=100 + away)
        return found

    found = [slope([wandering(seed)], warm=0) for seed in range(40)]
    assert sum(not one.noise for one in found if one) <= 4


def test_what_is_left_over_is_a_leak_and_what_is_under_way_is_none() -> None:
    assert Outcome(lives=[life()]).clean
    leaking = Outcome(lives=[life(), life(tasks=10)])
    assert not leaking.clean
    assert "more tasks" in leaking.leaks[0]


def test_a_process_is_looked_at(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.json"
    tasks.write_text(json.dumps({"Watcher._run": 1, "Client.connect": 2}))
    this = Life(os.getpid(), time.monotonic())
    with (tmp_path / "open").open("w"):
        this.look(time.monotonic(), tasks)
    this.look(time.monotonic(), tasks)
    [first, second] = this.samples
    assert (first.tasks, first.files - second.files) == (3, 1)
    assert first.memory > 10


def test_a_process_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    gone = Life(2**22 + 1, 0.0)
    gone.look(1.0, tmp_path / "none")
    assert gone.samples == []
