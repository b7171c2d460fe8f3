"""A very short soak has some of everything, and comes out clean."""

from __future__ import annotations

from pathlib import Path

from soak.run import Pace, Soak
from tests.conftest import ROOT


async def test_a_short_soak(tmp_path: Path) -> None:
    pace = Pace(restart=6, drop=4, release=3, change=3)
    outcome = await Soak(ROOT / "data" / "episodes", tmp_path, 5, pace).run(20)
    assert outcome.clean, outcome
    assert outcome.interactions
    assert outcome.counts["announcements due"]
    assert outcome.counts["killed (SIGKILL)"] + outcome.counts["stopped (SIGTERM)"]
    assert len(outcome.lives) > 1
