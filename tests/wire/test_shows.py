"""Several shows in one process, over the wire: started, announced and asked side by side."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.announce.subscriptions import save
from bot.store.state import State

from ..announce.show import SETUP, Show, announced
from ..sources.repository import Repository
from .process import BotProcess
from .server import DiscordServer
from .state import Channel, Guild

SECRET = "0123456789abcdef"


class Two:
    """A show from a folder, and another one from a repository, of one bot."""

    def __init__(self, folder: Path) -> None:
        self.first = Show(folder / "first")
        self.first.write(1, "Machines one", date="2020-01-01T00:00:00Z")
        self.garden = Show(folder / "garden")
        (folder / "origin").mkdir()
        self.repository = Repository(folder / "origin")
        self.plant(1, "Garden one", date="2020-01-01T00:00:00Z")
        self.settings = folder / "shows.toml"
        self.settings.write_text(
            f'[machines]\nname = "Small Machines"\nsources = ["{self.first.episodes}"]\n'
            '[garden]\nname = "The Garden"\ncolour = "#445566"\n'
            f'sources = ["{self.repository.url}#main:content"]\nwatch_seconds = 0.3\n'
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def plant(self, number: int, title: str, **more: Any) -> None:
        """Push an episode of the other show; of the same numbers as the first one's."""
        text = self.garden.write(number, title, **more).read_text()
        self.repository.commit({f"content/{number}.md": text})

    def bot(self, server: DiscordServer, **env: str) -> BotProcess:
        return self.first.bot(
            server,
            SHOWS=str(self.settings),
            WATCH_SECONDS="3600",  # of the folder the system tells
            WEBHOOK_PORT=str(self.port),
            WEBHOOK_SECRET=SECRET,
            **env,
        )

    def subscribe(self, channel: Channel, show: str) -> None:
        assert channel.guild
        with self.first.open() as db:
            wanted = Subscription(
                guild_id=channel.guild.id,
                channel_id=channel.id,
                automatic=True,
                options=Options(),
                user_id=channel.guild.owner.id,
                since=SETUP,
                show=show,
            )
            save(db, wanted, SETUP)
        db.close()

    async def post(self, **wish: str) -> int:
        raw = json.dumps(wish).encode()
        sign = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.port}/announce",
                data=raw,
                headers={"X-Hub-Signature-256": f"sha256={sign}"},
            ) as answer,
        ):
            return answer.status


@pytest.fixture
async def two(tmp_path: Path) -> Two:
    made = Two(tmp_path)
    await made.first.prepare()
    return made


async def looked(bot: BotProcess) -> None:
    await bot.ready()
    for _ in range(2):
        await bot.line("first look")
    await asyncio.sleep(1)


async def comes(server: DiscordServer, channel: Channel, title: str) -> int:
    """Wait for an announcement; return the colour of its card."""
    await server.until(lambda: announced(channel, title), 15, f"{title} announced")
    [message] = announced(channel, title)
    [card] = [part for part in message.components if part["type"] == 17]
    return card["accent_color"]


async def test_each_show_is_announced_where_it_is_wanted(
    server: DiscordServer, guild: Guild, news: Channel, two: Two
) -> None:
    flowers, both = guild.add_channel("flowers"), guild.add_channel("both")
    two.subscribe(news, "")
    two.subscribe(both, "")
    two.subscribe(both, "garden")
    two.subscribe(flowers, "garden")
    async with two.bot(server) as bot:
        await looked(bot)
        two.plant(2, "Garden two")
        two.first.write(2, "Machines two")
        assert await comes(server, news, "Machines two") == 0x5865F2
        assert await comes(server, flowers, "Garden two") == 0x445566
        for title in ("Machines two", "Garden two"):
            await comes(server, both, title)
        await server.settle()
        assert [len(announced(place)) for place in (news, flowers, both)] == [1, 1, 2]
        seen = await server.press(guild.owner, announced(flowers)[0], "More")
        assert "Garden two" in seen.text
        wish = {"episode": "1", "guild": str(guild.id), "channel": str(flowers.id)}
        assert await two.post(**wish, show="garden") == 202
        await comes(server, flowers, "Garden one")
        assert await two.post(**wish, show="cooking") == 422
        found = await server.slash(guild.owner, news, "latest", {"show": "garden"})
        assert "Garden two" in found.text
        assert await bot.terminate() == 0
    async with two.bot(server) as bot:  # nothing is repeated after a restart
        await bot.ready()
        two.plant(3, "Garden three")
        await comes(server, flowers, "Garden three")
        assert len(announced(news)) == 1


async def test_a_channel_is_set_up_for_one_show(
    server: DiscordServer, guild: Guild, news: Channel, two: Two
) -> None:
    other = guild.add_channel("other")
    two.subscribe(other, "")
    async with two.bot(server) as bot:
        await looked(bot)
        seen = await server.slash(guild.owner, news, "announcements setup", {"show": "garden"})
        assert "The Garden" in seen.text
        assert "Garden one" in seen.text
        off = await seen.press("Switch automatic off")
        assert "automatic: off" in off.text
        await off.press("Switch automatic on")
        why = await server.slash(
            guild.owner, news, "announcements why", {"episode": "1", "show": "garden"}
        )
        assert "it came out before this channel was set up" in why.text
        two.plant(2, "Garden two")
        two.first.write(2, "Machines two")
        await comes(server, news, "Garden two")
        await comes(server, other, "Machines two")
        why = await server.slash(guild.owner, news, "announcements why", {"episode": "2"})
        assert "Machines two" in why.text
        assert "this channel is not set up" in why.text


async def test_a_broken_source_keeps_no_other_show_from_starting(
    server: DiscordServer, guild: Guild, news: Channel, two: Two
) -> None:
    two.subscribe(news, "")
    two.repository.bare.rename(two.repository.bare.with_name("away"))
    async with two.bot(server) as bot:
        await bot.ready()
        assert "there is no such repository" in bot.stderr
        await bot.line("first look")
        await asyncio.sleep(1)
        two.first.write(2, "Machines two")
        await comes(server, news, "Machines two")
        found = await server.slash(guild.owner, news, "latest", {"show": "garden"})
        assert "There is no episode yet" in found.text
        # When it comes back, it is read, and nothing of it is news.
        two.repository.bare.with_name("away").rename(two.repository.bare)
        await bot.line("first look at file:")
        found = await server.slash(guild.owner, news, "latest", {"show": "garden"})
        assert "Garden one" in found.text
        assert len(announced(news)) == 1


async def test_shows_may_not_change_places(server: DiscordServer, two: Two) -> None:
    async with two.bot(server) as bot:
        await bot.ready()
        await bot.terminate()
    first, garden = two.settings.read_text().split("[garden]")
    two.settings.write_text(f"[garden]{garden}{first}")
    async with two.bot(server) as bot:
        assert await bot.wait(20) == 2
        assert "'machines' was the first show until now" in bot.stderr
        assert "Traceback" not in bot.stderr


async def test_mistakes_are_told_at_once(server: DiscordServer, two: Two) -> None:
    two.settings.write_text('[a]\nsources = ["nowhere"]\n[B]\nsources = ["x.git#-x"]\n')
    async with two.bot(server) as bot:
        assert await bot.wait(20) == 2
        lines = bot.stderr.splitlines()
        assert len(lines) == 3
        assert all("shows.toml: " in line and "found " in line for line in lines)


ITEM = """<item><guid>{n}</guid><title>Feed {n}</title><pubDate>{date}</pubDate>
<enclosure url="https://show.example/{n}.mp3" type="audio/mpeg" length="1"/></item>"""
FEED = '<rss version="2.0"><channel><title>The Feed</title>{items}</channel></rss>'


async def test_a_feed(server: DiscordServer, news: Channel, tmp_path: Path) -> None:
    show = Show(tmp_path / "show")
    items = [ITEM.format(n=1, date=format_datetime(datetime(2020, 1, 1, tzinfo=UTC)))]

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=FEED.format(items="".join(items)), content_type="text/xml")

    app = web.Application()
    app.router.add_get("/feed.xml", serve)
    host = TestServer(app)
    await host.start_server()
    await (await State.open(show.ledger)).close()
    show.subscribe(news)
    async with show.bot(server, EPISODES=str(host.make_url("/feed.xml"))) as bot:
        await bot.ready()
        await bot.line("first look at .*: 1 episodes")
        await asyncio.sleep(0.5)
        items.insert(0, ITEM.format(n=2, date=format_datetime(datetime.now(UTC))))
        await comes(server, news, "Feed 2")
        await host.close()
        await bot.line("not loaded: ")
        found = await server.slash(news.guild.owner, news, "latest")  # type: ignore[union-attr]
        assert "Feed 1" in found.text
    assert "Traceback" not in bot.stderr
