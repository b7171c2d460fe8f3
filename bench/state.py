"""What a transaction of the state costs in either store: ``python -m bench.state``.

Each is on disk when it counts, so that it takes as long as the disk does. PostgreSQL is started on
this machine, for the time of the measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.__main__ import percentiles
from bot.announce import deliveries, memory, subscriptions
from bot.announce.identity import Seen
from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.store.server import Server
from bot.store.state import State
from tests.postgres import missing, running

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GUILDS = 1000


def place_of(text: str) -> Path | Server:
    return Server(text) if "://" in text else Path(text)


async def writing(place: Path | Server, times: int) -> list[float]:
    """Milliseconds of each of some transactions that write a row."""
    state = await State.open(place)
    took: list[float] = []
    for n in range(times):
        started = time.perf_counter()
        await state.run(deliveries.record, n, n, "announce", "#1", NOW)
        took.append((time.perf_counter() - started) * 1000)
    await state.close()
    return took


async def together(place: Path | Server, processes: int, times: int) -> float:
    """Transactions a second of several processes that write at once."""
    command = [sys.executable, "-m", "bench.state", "--write", str(times), "--place"]
    text = place.url if isinstance(place, Server) else str(place)
    started = [
        await asyncio.create_subprocess_exec(*command, text, stdout=asyncio.subprocess.PIPE)
        for _ in range(processes)
    ]
    told = [await process.communicate() for process in started]
    spans = [[float(one) for one in out.split()] for out, _ in told]
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return processes * times / seconds


async def planning(place: Path | Server) -> float:
    """Milliseconds in which a release is planned for many servers."""
    state = await State.open(place)

    def subscribe(db: Any) -> None:
        for n in range(1, GUILDS + 1):
            subscriptions.save(db, Subscription(n, n, True, Options(), 7, NOW), NOW)

    await state.run(subscribe)
    look: Callable[..., Any] = memory.observe
    week = timedelta(days=7)
    await state.run(look, "here", [], NOW, longest_missed=week)
    one = Seen(path="1.md", episode_id=1, slug="one", number=1, title="One", url=None, audio=None,
               published=NOW, draft=False, transcript=False, body={})  # fmt: skip
    started = time.perf_counter()
    found = await state.run(look, "here", [one], NOW + timedelta(hours=1), longest_missed=week)
    took = (time.perf_counter() - started) * 1000
    assert found.planned == GUILDS
    await state.close()
    return took


async def measure(name: str, place: Path | Server, times: int) -> None:
    half, most, _ = percentiles(sorted(await writing(place, times)))
    print(f"{name}, a transaction that writes a row: {half:.1f} ms, 95 % within {most:.1f} ms")
    for processes in (1, 4):
        rate = await together(place, processes, times)
        print(f"{name}, {processes} processes at once: {rate:,.0f} transactions/s")
    print(f"{name}, a release planned for {GUILDS:,} servers: {await planning(place):.0f} ms")


async def write(place: Path | Server, times: int) -> None:
    begin = time.time()
    await writing(place, times)
    print(begin, time.time())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.state", description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=place_of, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        asyncio.run(write(args.place, args.write))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", Path(folder, "state.sqlite3"), args.times))
    if reason := missing():
        print(f"PostgreSQL was left out: {reason}")
        return
    with running(durable=True) as server:
        asyncio.run(measure("PostgreSQL", server.database(), args.times))


if __name__ == "__main__":
    main()
