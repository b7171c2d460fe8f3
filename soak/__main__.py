"""``python -m soak``: run it, print what came of it, fail if it was not clean."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from bench.load import ROOT
from soak.run import Outcome, Pace, Soak


def report(outcome: Outcome, seconds: float) -> None:
    """Print the figures."""
    lives = outcome.lives
    print(f"{seconds / 60:.1f} minutes, {len(lives)} processes")
    for what, count in sorted(outcome.counts.items()):
        print(f"  {count:6} {what}")
    print(f"  {outcome.interactions:6} interactions, {outcome.disturbed} of them cut across")
    print(f"lost announcements      {len(outcome.lost)} (goal: 0)")
    print(f"doubled announcements   {len(outcome.doubled)} (goal: 0)")
    print(f"unanswered              {len(outcome.unanswered)} (goal: 0, apart from restarts)")
    print(f"errors and violations   {len(outcome.errors)} (goal: 0)")
    samples = [sample for life in lives for sample in life.samples]
    if samples:
        print(f"memory                  at most {max(one.memory for one in samples):.0f} MB")
        for what in ("tasks", "files", "connections", "threads"):
            most = max(getattr(one, what) for one in samples)
            grown = outcome.growth(what)
            print(
                f"{what:23} at most {most}; {grown:+} at most from the middle to the end of a life"
            )
    if found := outcome.slope:
        verdict = "within noise" if found.noise else "MORE THAN NOISE"
        error = f"± {2 * found.error:.1f}"
        span = f"in {found.seconds / 60:.1f} minutes of warm processes"
        print(
            f"memory slope            {found.per_hour:+.1f} {error} MB an hour, {span} ({verdict})"
        )
    for leak in outcome.leaks:
        print(f"LEAK: {leak}; the tasks at the end: {dict(lives[-1].tasks)}")
    wrong = [*outcome.lost, *outcome.doubled, *outcome.unanswered, *outcome.errors]
    for line in wrong[:20]:
        print(f"  {line[:300]}")


def main() -> int:
    """Run and report; 1 where something was lost, doubled, unanswered or left over."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--episodes", type=Path, default=ROOT / "data" / "episodes")
    args = parser.parse_args()
    seconds = args.minutes * 60
    # The short form has some of everything, too.
    pace = Pace() if seconds >= 600 else Pace(restart=seconds / 5, drop=7, release=5, change=4)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        outcome = asyncio.run(Soak(args.episodes, Path(folder), args.seed, pace).run(seconds))
    report(outcome, time.monotonic() - started)
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
