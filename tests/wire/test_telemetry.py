"""What the unmodified bot tells its operator: its log, its metrics, its health."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import ROOT

from .process import BotProcess
from .server import TOKEN, DiscordServer
from .state import Channel, Guild, User
from .test_episode_bot import Start

RARE = ("zeppelin", "passkeys", "xylophone")


@pytest.fixture
async def start(server: DiscordServer, archive: Path, guild: Guild) -> AsyncIterator[Start]:
    """Make bot processes that are ready and end with the test."""
    async with AsyncExitStack() as stack:

        async def started(**env: str) -> BotProcess:
            settings = {
                "DISCORD_TOKEN": TOKEN,
                "ARCHIVE": str(archive),
                "EPISODES": str(ROOT / "data" / "episodes"),
                "DEV_GUILD_ID": "",
                "PYTHONPATH": str(ROOT),
            }
            process = BotProcess(server, "bot", "run", env=settings | env, cwd=archive.parent)
            await stack.enter_async_context(process)
            await process.ready()
            return process

        yield started


def lines(bot: BotProcess) -> list[dict[str, Any]]:
    """The log, line by line; what is no JSON fails the test."""
    return [json.loads(line) for line in bot.stderr.splitlines()]


async def converse(server: DiscordServer, guild: Guild, channel: Channel, ann: User) -> None:
    """Use what members have, with rare words: commands, buttons, suggestions, a message."""
    answered = await server.slash(ann, channel, "ask", {"question": "the passkeys keys one"})
    await answered.press("More candidates")
    unknown = await server.slash(ann, channel, "ask", {"question": "zeppelin xylophone"})
    assert "No episode covers that" in unknown.text
    await server.slash(ann, channel, "quote", {"text": "xylophone passkeys", "private": True})
    await server.autocomplete(ann, channel, "episode", {"episode": "passkeys"}, "episode")
    message = server.say(ann, channel, "did they talk of a zeppelin?")
    await server.message_command(ann, message, "Find the episode")


# The log


async def test_the_log_holds_neither_questions_nor_the_token(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User, archive: Path
) -> None:
    bot = await start(LOG_LEVEL="DEBUG")
    await converse(server, guild, channel, ann)
    await server.gateway.reconnect()
    await server.until(lambda: server.gateway.resumes == 1)
    # A fault whose error repeats what was asked for, in SQLite's own words.
    with sqlite3.connect(archive) as db:
        db.execute("DROP TABLE turn")
        db.execute("CREATE VIEW turn AS SELECT * FROM zeppelin")
    told = await server.slash(ann, channel, "quote", {"text": "backup zeppelin"})
    [fault] = re.findall(r"fault (\w{6})", told.text)
    assert await bot.terminate() == 0
    assert {line["level"] for line in lines(bot)} >= {"DEBUG", "INFO", "ERROR"}
    [line] = [line for line in lines(bot) if line["message"].startswith(f"fault {fault}")]
    assert line["interaction"] == fault
    assert line["error"].endswith("sqlite3.OperationalError: no such table: main.▮▮▮")
    written = bot.stderr.casefold()
    assert TOKEN.casefold() not in written
    for word in RARE:
        assert word not in written
    for interaction in server.interactions.all:
        assert interaction.token.casefold() not in written


async def test_one_id_from_the_event_to_the_reply(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User
) -> None:
    bot = await start(LOG_LEVEL="DEBUG", LOG_FORMAT="json")
    await server.slash(ann, channel, "ask", {"question": "passkeys"})
    await bot.line('"/ask answered')
    said = [line for line in lines(bot) if "interaction" in line]
    assert len({line["interaction"] for line in said}) == 1
    assert [line["message"].split(" in ")[0] for line in said] == [
        "received: /ask",
        "searched",
        next(line["message"].split(" in ")[0] for line in said if "/callback: " in line["message"]),
        "/ask answered",
    ]
    last = said[-1]
    assert last["guild"] == guild.id
    assert (last["command"], last["result"]) == ("/ask", "answered")
    assert 0 < last["first_response"] <= last["milliseconds"]


async def test_questions_are_logged_where_that_is_asked_for(
    server: DiscordServer, start: Start, channel: Channel, ann: User
) -> None:
    bot = await start(LOG_LEVEL="DEBUG", LOG_QUESTIONS="true")
    await server.slash(ann, channel, "ask", {"question": "zeppelin"})
    await bot.line('"/ask answered')
    assert any(line.get("typed") == "zeppelin" for line in lines(bot))
    assert any(line["logger"] == "discord.http" for line in lines(bot))
    assert TOKEN not in bot.stderr


async def test_the_log_for_people(
    server: DiscordServer, start: Start, channel: Channel, ann: User
) -> None:
    bot = await start(LOG_FORMAT="human")
    await server.slash(ann, channel, "ask", {"question": "zeppelin"})
    await bot.line(
        r"(?m)^\d{4}-\S+ \S+ INFO bot\.telemetry\.trace: /ask answered in \d+ ms \[\w{6}\]$"
    )


async def test_a_summary_at_the_start(
    server: DiscordServer, start: Start, guild: Guild, archive: Path
) -> None:
    bot = await start()
    await bot.line('"episode-bot ')
    [line] = [line for line in lines(bot) if line["logger"] == "bot.telemetry.summary"]
    assert re.fullmatch(
        r"episode-bot \S+: 1 shows with 14 episodes \(1 more unpublished\), \d+ turns; "
        r"1 servers, \d+ commands, 0 channels that hear of new episodes; "
        r"(no source looked at yet|\S+/data/episodes looked at \d s ago)",
        line["message"],
    )
    assert (line["servers"], line["episodes"]) == (1, 14)
    await server.gateway.invalidate()
    await server.until(lambda: server.gateway.readies == 2, 20)
    await server.settle()
    assert bot.stderr.count('"episode-bot ') == 1


# What was asked


async def test_stats_with_a_real_picture_and_real_files(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User
) -> None:
    bot = await start()
    await converse(server, guild, channel, ann)
    seen = await server.slash(guild.owner, channel, "stats")
    assert seen.ephemeral
    assert "**3** asked: 1 answered" in seen.text
    await seen.press("7 days")
    await server.until(lambda: "7 days in UTC" in seen.text, 20)
    [picture] = seen.message.message.attachments
    assert picture["filename"] == "questions.png"
    assert picture["size"] > 5_000
    # Killed, it loses nothing that was written, and its buttons work on.
    await bot.kill()
    await server.until(lambda: not server.gateway.connected)
    await start()
    await seen.press("30 days")
    await server.until(lambda: "30 days in UTC" in seen.text, 20)
    assert "**3** asked: 1 answered" in seen.text
    await (await seen.press("Delete the record")).press("Delete")
    assert seen.text.startswith("Deleted")


async def test_questions_are_written_when_it_stops(
    server: DiscordServer, start: Start, channel: Channel, ann: User, archive: Path
) -> None:
    bot = await start()
    await server.slash(ann, channel, "ask", {"question": "passkeys"})
    assert await bot.terminate() == 0
    with sqlite3.connect(archive.with_name("state.sqlite3")) as db:
        assert db.execute("SELECT outcome, words, times FROM question").fetchall() == [
            ("answered", "passkeys", 1)
        ]


async def test_a_server_that_throws_it_out_is_forgotten(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User, archive: Path
) -> None:
    bot = await start()
    await server.slash(ann, channel, "ask", {"question": "passkeys"})
    elsewhere = server.world.add_guild("Elsewhere")
    guild.remove_bot()
    # What is answered now was told after that.
    await server.slash(elsewhere.owner, elsewhere.add_channel("talk"), "ask", {"question": "dns"})
    assert await bot.terminate() == 0
    with sqlite3.connect(archive.with_name("state.sqlite3")) as db:
        assert db.execute("SELECT guild_id, words FROM question").fetchall() == [
            (elsewhere.id, "dns")
        ]


# Metrics and health


@pytest.fixture
async def watched(start: Start, unused_tcp_port: int) -> tuple[BotProcess, str]:
    """A bot that can be watched over, and the address to do it at."""
    bot = await start(METRICS_PORT=str(unused_tcp_port))
    return bot, f"http://127.0.0.1:{unused_tcp_port}"


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def samples(address: str) -> dict[tuple[str, ...], float]:
    """The metrics by name and the values of their labels."""
    status, text = await get(f"{address}/metrics")
    assert status == 200
    return {
        (sample.name.removeprefix("episode_bot_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def becomes(address: str, status: int) -> dict[str, Any]:
    """Wait for the health to be so; return what is said about it."""
    found, said = await get(f"{address}/healthz")
    for _ in range(1000):
        if found == status:
            return json.loads(said)
        await asyncio.sleep(0.02)
        found, said = await get(f"{address}/healthz")
    raise TimeoutError(f"{found}: {said}")


async def test_metrics(
    server: DiscordServer, watched: Any, guild: Guild, channel: Channel, ann: User, archive: Path
) -> None:
    bot, address = watched
    await converse(server, guild, channel, ann)
    with sqlite3.connect(archive) as db:
        db.execute("DROP TABLE turn")
    await server.slash(ann, channel, "quote", {"text": "you have not got a backup"})
    await server.slash(ann, channel, "episode", {"episode": "99"})
    await bot.line('"/episode refused')
    found = await samples(address)
    assert found["interactions_total", "/ask", "answered"] == 2
    assert found["interactions_total", "/quote", "fault"] == 1
    assert found["interactions_total", "/episode", "refused"] == 1
    assert found["interactions_total", "/episode suggestions", "answered"] == 1
    assert found["interactions_total", "component more", "answered"] == 1
    assert found["first_response_seconds_count", "/ask"] == 2
    assert found["first_response_seconds_bucket", "/ask", "+Inf"] == 2
    assert 0 < found["first_response_seconds_sum", "/ask"] < 6
    assert found["search_seconds_count", "ask"] == 4
    assert found["search_seconds_count", "quote"] == 2
    assert found["deliveries", "sent"] == 0
    assert found["gateway_connected", "0"] == 1
    assert 0 <= found["source_age_seconds", str(ROOT / "data" / "episodes")] < 60
    assert found["process_resident_memory_bytes",] > 10**7
    for word in RARE:
        assert word not in str(found)


async def test_the_event_loop_is_measured(watched: Any) -> None:
    _, address = watched
    for _ in range(200):
        if (await samples(address))["event_loop_lag_seconds_count",]:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError


async def test_health(server: DiscordServer, watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bot, address = watched
    said = await becomes(address, 200)
    assert said["status"] == "healthy"
    assert said["reasons"] == []
    handle, gate = server.gateway.handle, asyncio.Event()

    async def closed(request: Any) -> Any:
        await gate.wait()
        return await handle(request)

    monkeypatch.setattr(server.gateway, "handle", closed)
    server.gateway.drop()
    said = await becomes(address, 503)
    assert (said["status"], said["reasons"]) == ("unhealthy", ["shard 0 is not connected"])
    assert (await samples(address))["gateway_connected", "0"] == 0
    gate.set()
    assert (await becomes(address, 200))["gateway"].keys() == {"0"}
    await server.until(lambda: server.gateway.resumes == 1)
    assert (await get(f"{address}/"))[0] == 404
    assert await bot.terminate() == 0


async def test_health_before_discord_lets_it_in(
    server: DiscordServer, archive: Path, unused_tcp_port: int
) -> None:
    held = server.inject("GET", "/gateway/bot", hold=True)
    env = {"DISCORD_TOKEN": TOKEN, "ARCHIVE": str(archive), "METRICS_PORT": str(unused_tcp_port)}
    env |= {"EPISODES": str(ROOT / "data" / "episodes"), "PYTHONPATH": str(ROOT)}
    async with BotProcess(server, "bot", "run", env=env, cwd=archive.parent):
        await server.until(lambda: held.hits)
        said = await becomes(f"http://127.0.0.1:{unused_tcp_port}", 503)
        assert said["reasons"] == ["the gateway has not let the bot in yet"]
        held.release()
        await becomes(f"http://127.0.0.1:{unused_tcp_port}", 200)


async def test_a_port_that_is_taken(server: DiscordServer, start: Start, channel: Channel) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bot = await start(METRICS_PORT=str(taken.getsockname()[1]))
    said = await bot.line("metrics cannot be shown: .*")
    assert "in use" in said[0]


async def test_metrics_cost_nothing_where_nobody_wants_them(start: Start, archive: Path) -> None:
    """The library is not even loaded."""
    absent = archive.parent / "prometheus_client.py"
    absent.write_text("raise ImportError('not wanted')")
    await start()
    with pytest.raises(RuntimeError, match="not wanted"):
        await start(METRICS_PORT="9")
