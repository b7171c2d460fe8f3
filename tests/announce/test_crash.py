"""A short crash test, and that it would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from crash.trial import Trial

NAIVE = str(Path(__file__).parent.parent.parent / "crash" / "naive.py")


async def test_nothing_is_lost_or_doubled() -> None:
    tally = await Trial(11).run(14)
    assert tally.kills.total() == 14
    assert tally.clean, tally


@pytest.mark.parametrize(
    ("order", "step", "damage"),
    [
        ("mark", "before the request arrives", "lost"),
        ("send", "carried out, no reply yet", "duplicated"),
    ],
)
async def test_naive_orders_are_caught(order: str, step: str, damage: str) -> None:
    tally = await Trial(5, program=NAIVE, env={"NAIVE": order}).run(3, steps=(step,))
    assert getattr(tally, damage) > 0, tally
