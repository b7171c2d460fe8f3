"""``python -m crash``: kill the bot many times, print what came of it, fail if it was not clean."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import time

from crash.trial import Tally, Trial
from tests.postgres import Postgres, running


async def run(kills: int, workers: int, seed: int, postgres: Postgres | None = None) -> Tally:
    """Spread the kills over workers, each with its own server."""
    shares = [kills // workers + (n < kills % workers) for n in range(workers)]
    trials = [
        Trial(seed * 1000 + n, database=postgres.database() if postgres else None)
        for n, share in enumerate(shares)
        if share
    ]
    total = Tally()
    for tally in await asyncio.gather(
        *(trial.run(share) for trial, share in zip(trials, shares, strict=False))
    ):
        total.add(tally)
    return total


def main() -> int:
    """Run and report; 1 where a post was lost, doubled or never finished."""
    parser = argparse.ArgumentParser(prog="python -m crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 2, 8))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="keep the ledger in PostgreSQL")
    args = parser.parse_args()
    started = time.monotonic()
    with running() if args.postgres else contextlib.nullcontext() as postgres:
        tally = asyncio.run(run(args.kills, args.workers, args.seed, postgres))
    print(f"{tally.kills.total()} kills (SIGKILL) in {time.monotonic() - started:.0f} s")
    for what, counted in (("killed", tally.kills), ("server", tally.troubles)):
        for name, count in sorted(counted.items()):
            print(f"  {count:5} {what}: {name}")
    print(f"{tally.deliveries} deliveries, the slowest done {tally.slowest:.1f} s after the last")
    print(f"{tally.lost} lost, {tally.duplicated} duplicated, {len(tally.unfinished)} unfinished")
    for one in tally.unfinished[:3]:
        print(one)
    return 0 if tally.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
