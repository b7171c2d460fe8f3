"""``python -m crash.crowd``: one release for many servers, within Discord's limit on requests."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.announce.show import Show, announced
from tests.wire.server import DiscordServer
from tests.wire.traffic import REALISTIC


@dataclass
class Crowd:
    """What was measured.

    Seconds, the most requests that a second saw, and by how many turns a post was off the plan.
    """

    planned: float
    delivered: float
    busiest: int
    slowest_answer: float
    refused: int
    displaced: int
    wrong: int


async def release(guilds: int) -> Crowd:
    """Announce one episode to many servers, and ask the bot something all the while."""
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        show = Show(Path(folder))
        show.write(1)
        limits = {**REALISTIC, ".*": (10_000, 1.0)}
        async with DiscordServer(global_limit=50, rate_limits=limits) as server:
            places = [
                server.world.add_guild(f"Guild {n}").add_channel("news") for n in range(guilds)
            ]
            await show.prepare()
            show.subscribe(*places)
            async with show.bot(server) as bot:
                await bot.line("first look", 60)
                await bot.ready(60)
                await asyncio.sleep(1)
                return await _measure(show, server, places)


async def _measure(show: Show, server: DiscordServer, places: list) -> Crowd:
    asker = places[0].guild.owner
    show.write(2, "For everybody")
    slowest = 0.0
    started = time.monotonic()
    while not (count := show.rows("SELECT count(*) FROM delivery")[0][0]):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    # All in one transaction: when the first is there, so is the last.
    noticed = show.rows("SELECT max(noticed) FROM release")[0][0]
    planned = max(time.time() - noticed, 0.0)
    assert count == len(places)
    while not all(announced(place) for place in places):
        if time.monotonic() - started > 60 + len(places) / 10:
            break
        seen = await server.slash(asker, places[0], "latest", wait=False)
        slowest = max(slowest, seen.seconds)
        await asyncio.sleep(2.5)
    delivered = time.monotonic() - started
    posts = [e for e in server.find("POST", r"/channels/\d+/messages$") if e.carried_out]
    order = [int(e.path.split("/")[2]) for e in posts]
    turns = {place.id: n for n, place in enumerate(places)}
    seconds = [int(e.at) for e in server.requests]
    return Crowd(
        planned=planned,
        delivered=delivered,
        busiest=max(map(seconds.count, set(seconds))),
        slowest_answer=slowest,
        refused=sum(e.status == 429 for e in server.requests),
        displaced=max(abs(turns[channel] - n) for n, channel in enumerate(order)),
        wrong=sum(len(announced(place)) != 1 for place in places),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m crash.crowd", description=__doc__)
    parser.add_argument("--guilds", type=int, default=1_000)
    print(asyncio.run(release(parser.parse_args().guilds)))
