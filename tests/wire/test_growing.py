"""Two processes, each with a range of shards and an archive of its own, on one PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ..announce.show import Show, announced
from ..postgres import Postgres
from .process import BotProcess
from .server import DiscordServer
from .state import Channel, Guild, Kind


@pytest.fixture
async def show(tmp_path: Path, postgres: Postgres) -> Show:
    made = Show(tmp_path / "show", postgres.database())
    made.write(1, date=datetime.now(UTC) - timedelta(days=30))
    await made.prepare()
    return made


def guild_of(server: DiscordServer, shard: int) -> Guild:
    """A guild that is dealt out to a shard of two."""
    while True:
        guild = server.world.add_guild(f"Fans of {shard}")
        if (guild.id >> 22) % 2 == shard:
            return guild


def process(show: Show, server: DiscordServer, shard: int) -> BotProcess:
    folder = show.folder / f"process-{shard}"
    folder.mkdir(exist_ok=True)
    archive = str(folder / "archive.sqlite3")
    return show.bot(server, ARCHIVE=archive, SHARDS=f"{shard}/2", LOG_LEVEL="INFO")


async def everywhere(server: DiscordServer, places: list[Channel], title: str) -> None:
    await server.until(lambda: all(announced(place, title) for place in places), 40, title)


async def test_each_process_serves_its_own_and_nothing_is_sent_twice(
    server: DiscordServer, show: Show
) -> None:
    guilds = [guild_of(server, shard) for shard in (0, 1)]
    news = [guild.add_channel("news") for guild in guilds]
    forums = [guild.add_channel("forum", Kind.FORUM) for guild in guilds]
    places = [*news, *forums]
    show.subscribe(*places)
    first, second = process(show, server, 0), process(show, server, 1)
    async with first:
        await first.ready()
        await first.line("first look")
        async with second:
            await second.ready()
            await second.line("connected as")
            show.write(2, "Watts")
            await everywhere(server, places, "Watts")
            # Each answers in its own servers, from its own archive.
            for place in news:
                seen = await server.press(place.guild.owner, announced(place)[0], "More")  # type: ignore
                assert "About machines." in seen.text
            # One is killed when its post is out and it does not know it.
            lost = server.inject(
                "POST", rf"/channels/{news[1].id}/messages$", hold=True, drop=True, after=True
            )
            show.write(3, "Volts")
            await server.until(lambda: lost.hits and lost.hits[0].carried_out, 30, "a post")
            await second.kill()
            lost.times = 0
            lost.release()
            await everywhere(server, [news[0], forums[0]], "Volts")
        # The one that plans is killed: the other takes that over, and its part waits for it.
        async with process(show, server, 1) as second:
            await second.ready()
            await everywhere(server, places, "Volts")
            await first.kill()
            show.write(4, "Ohms")
            await everywhere(server, [news[1], forums[1]], "Ohms")
            assert announced(news[0], "Ohms") == announced(forums[0], "Ohms") == []
            async with process(show, server, 0) as again:
                await again.ready()
                await everywhere(server, places, "Ohms")
                await asyncio.sleep(2)  # several looks, by both
                await server.settle()
                for title in ("Watts", "Volts", "Ohms"):
                    assert [len(announced(place, title)) for place in places] == [1] * 4, title
                assert show.states() == ["sent"] * 12
                assert await again.terminate() == 0
            assert await second.terminate() == 0
