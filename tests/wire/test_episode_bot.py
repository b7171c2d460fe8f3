"""The unmodified bot over the wire, with the sample show: what members get, whatever happens."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.announce import follows
from tests.conftest import ROOT

from .client import Conversation
from .commands import UnavailableError
from .options import RefusedError
from .permissions import P
from .process import BotProcess
from .server import TOKEN, DiscordServer
from .shown import Control, Shown
from .state import Channel, Guild, Kind, User

Start = Callable[..., Awaitable[BotProcess]]
Change = Callable[[DiscordServer], Awaitable[None]]

OTHER_TOKEN = TOKEN.replace("Gabcde", "Gwrong")
KEYS = {"question": "which episode covered API keys"}
LINE = {"text": "you have not got a backup until you have restored it"}
FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 429},
    {"drop": True},
    {"drop": True, "after": True},
]
COMMANDS: list[tuple[str, dict[str, Any], str]] = [
    ("ask", KEYS, "#5 Rate Limits and Good Neighbours"),
    ("ask", {"question": "zeppelin maintenance in Antarctica"}, "No episode covers that"),
    ("quote", LINE, "#2 Backups You Can Restore"),
    ("quote", LINE | {"speaker": "Nobody Known"}, "Nobody said anything like it"),
    ("episode", {"episode": "mail that arrives"}, "#13 Mail That Arrives"),
    ("latest", {}, "The newest episodes"),
    ("random", {}, "### ["),
    ("browse", {"person": "Ines Albrecht", "year": 2025}, "1 to 10 of"),
    ("person", {"name": "ines"}, "Ines Albrecht"),
    ("help", {}, "What I can do"),
]
SUGGESTIONS = [
    ("episode", {"episode": "bakups"}, "episode", "#2 Backups You Can Restore"),
    ("quote", {"text": "x", "speaker": "dani"}, "speaker", "Daniel"),
    ("browse", {"category": ""}, "category", "Home"),
    ("browse", {"year": "20"}, "year", "2025"),
    ("person", {"name": ""}, "name", "Ines Albrecht"),
]


@pytest.fixture
async def start(server: DiscordServer, archive: Path) -> AsyncIterator[Start]:
    """Make bot processes that end with the test; none of them may print a traceback."""
    bots: list[BotProcess] = []
    async with AsyncExitStack() as stack:

        async def started(cwd: Path = archive.parent, **env: str) -> BotProcess:
            settings = {
                "DISCORD_TOKEN": TOKEN,
                "ARCHIVE": str(archive),
                "EPISODES": str(ROOT / "data" / "episodes"),
                "DEV_GUILD_ID": "",
                "LOG_LEVEL": "INFO",
                "PYTHONPATH": str(ROOT),
            }
            process = BotProcess(server, "bot", "run", env=settings | env, cwd=cwd)
            bots.append(await stack.enter_async_context(process))
            return process

        yield started
    for bot in bots:
        assert "Traceback" not in bot.stderr, bot.stderr


@pytest.fixture
async def bot(start: Start, guild: Guild) -> BotProcess:
    running = await start()
    await running.ready()
    return running


def puts(server: DiscordServer) -> int:
    """How often commands were registered."""
    return len(server.find("PUT", "/commands$"))


def newcomer(guild: Guild) -> User:
    """Somebody who has not asked anything yet, and is not refused for asking too often."""
    return guild.add_member(guild.world.add_user(f"fan{len(guild.members)}")).user


async def works(server: DiscordServer, channel: Channel, user: User) -> None:
    seen = await server.slash(user, channel, "ask", KEYS)
    assert "Rate Limits and Good Neighbours" in seen.text
    assert seen.seconds < 1


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Write to a database for as long as the context lasts, so that others must wait."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


async def deferred(
    server: DiscordServer, guild: Guild, channel: Channel, archive: Path
) -> tuple[Conversation, Any]:
    """Have an answer put off, by a state that cannot be written to, until the return is closed."""
    busy = AsyncExitStack()
    busy.enter_context(writing(archive.with_name("state.sqlite3")))
    seen = await server.slash(guild.owner, channel, "answers", {"private": True}, wait=False)
    assert seen.kind == "deferred"
    assert seen.message.loading
    return seen, busy


async def comes(server: DiscordServer, seen: Conversation) -> None:
    await server.until(lambda: not seen.message.loading, what="the deferred answer")
    assert "shown to the asker alone" in seen.text


# Starting


async def test_start(server: DiscordServer, bot: BotProcess, guild: Guild) -> None:
    link = await bot.line(r"Connected as bot\. Invite it with: (https://discord\.com/\S+)")
    assert f"client_id={server.world.bot.id}&scope=bot+applications.commands" in link[1]
    assert link[0] in bot.stdout
    assert [str(exchange) for exchange in server.requests] == [
        "GET /users/@me -> 200",
        "GET /oauth2/applications/@me -> 200",
        f"PUT /applications/{server.world.bot.id}/commands -> 200",
        "GET /gateway/bot -> 200",
    ]
    [(_, identify)] = server.gateway.log
    assert identify["intents"] == 1  # guilds: neither messages nor members


async def test_commands_are_registered_when_they_change(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User, tmp_path: Path
) -> None:
    for _ in range(2):
        bot = await start()
        await bot.ready()
        assert puts(server) == 1
        await works(server, channel, ann)
        assert await bot.terminate() == 0
    # A package of the same name before it on the path, with one module that is broken.
    broken = tmp_path / "elsewhere" / "cogs"
    broken.mkdir(parents=True)
    broken.joinpath("__init__.py").write_text(f"__path__.append({str(ROOT / 'cogs')!r})")
    broken.joinpath("people.py").write_text("raise RuntimeError('broken on purpose')")
    bot = await start(cwd=broken.parent)
    await bot.ready()
    assert puts(server) == 2
    said = await bot.line("cogs.people cannot be loaded and is left out: .*")
    assert "broken on purpose" in said[0]
    await works(server, channel, ann)
    with pytest.raises(UnavailableError, match="no command 'person'"):
        await server.slash(ann, channel, "person", {"name": "ines"})
    assert await bot.terminate() == 0
    await (await start()).ready()
    assert puts(server) == 3
    await server.slash(ann, channel, "person", {"name": "ines"})


async def test_development_guild(
    server: DiscordServer, start: Start, guild: Guild, channel: Channel, ann: User
) -> None:
    bot = await start(DEV_GUILD_ID=str(guild.id))
    await bot.ready()
    assert server.find("PUT", f"/guilds/{guild.id}/commands$")
    assert server.commands.registered[None] == {}
    await works(server, channel, ann)
    await server.message_command(ann, server.say(ann, channel, "API keys?"), "Find the episode")
    assert await bot.terminate() == 0
    await (await start(DEV_GUILD_ID=str(guild.id))).ready()
    assert puts(server) == 1


async def test_a_development_guild_that_the_bot_is_not_in(
    server: DiscordServer, start: Start, guild: Guild
) -> None:
    bot = await start(DEV_GUILD_ID="123456789012345678")
    await bot.ready()
    await bot.line("the commands cannot be registered: 403")
    assert await bot.terminate() == 0


# Answering


async def test_every_command(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel
) -> None:
    for private in (None, True, False):
        for name, options, text in COMMANDS:
            given = options if private is None or name == "help" else options | {"private": private}
            seen = await server.slash(newcomer(guild), channel, name, given)
            assert text in seen.text, name
            assert seen.ephemeral is (name == "help" or private is True), name
    asked = server.say(newcomer(guild), channel, "Does anybody know which one had API keys?")
    seen = await server.message_command(newcomer(guild), asked, "Find the episode")
    assert "#5 Rate Limits" in seen.text and seen.ephemeral
    assert all(seconds < 1 for _, seconds in server.timings), server.timings


async def test_every_suggestion(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    for name, options, focused, text in SUGGESTIONS:
        found = await server.autocomplete(ann, channel, name, options, focused)
        assert any(text in choice.name for choice in found), found
    assert all(seconds < 1 for _, seconds in server.timings)


def kind(control: Control) -> str:
    """What a control is for: the part of its custom id before the fields, and its label."""
    return f"{(control.custom_id or '').partition(':')[0]} {control.label}"


async def test_every_button_and_menu(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel
) -> None:
    """Press whatever is shown, and whatever that shows, each kind of control a few times."""
    used: dict[str, int] = {}
    shown: list[tuple[User, Shown]] = []
    for name, options, _ in COMMANDS:
        for private in (True, False):
            user = newcomer(guild)
            given = options if name == "help" else options | {"private": private}
            shown.append((user, (await server.slash(user, channel, name, given)).message))
    for user, message in shown:
        for control in reversed(message.controls):
            if control.custom_id is None or used.get(kind(control), 0) == 3:
                continue
            if control not in message.controls:
                continue  # the card was turned meanwhile
            used[kind(control)] = used.get(kind(control), 0) + 1
            presser = user if message.ephemeral else newcomer(guild)
            if control.options:
                value = control.options[-1]["value"]
                seen = await server.choose(presser, message, control, [value])
            else:
                seen = await server.press(presser, message, control)
            assert seen.text and "Something went wrong" not in seen.text, (str(control), seen.text)
            if "One moment" not in seen.text:
                shown.append((presser, seen.messages[-1]))
    names = {name.partition(" ")[0] for name in used}
    assert names >= {"context", "more", "share", "sharequote", "walk"}
    assert names >= {"open", "section", "read", "leaf"}
    assert all(seconds < 1 for _, seconds in server.timings)


async def test_a_card_is_turned_by_who_asked_and_copied_for_others(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "browse")
    first = seen.text
    copy = await server.press(newcomer(guild), seen.message, "Older")
    assert (copy.kind, copy.ephemeral, seen.text) == ("message", True, first)
    turned = await seen.press("Older")
    assert (turned.kind, turned.text) == ("update", copy.text)
    assert seen.text == copy.text != first


async def test_too_often(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    for _ in range(8):
        await server.slash(ann, channel, "latest")
    refused = await server.slash(ann, channel, "latest")
    assert refused.text.startswith("One moment, please")
    assert refused.ephemeral
    assert await server.autocomplete(ann, channel, "person", {"name": "i"}, "name")


async def test_german(server: DiscordServer, bot: BotProcess) -> None:
    registered = {c["name"]: c for c in server.commands.registered[None].values()}
    ask, find = registered["ask"], registered["Find the episode"]
    assert ask["name_localizations"] == {"de": "frage"}
    assert ask["description_localizations"]["de"].startswith("In welcher Folge")
    assert ask["options"][0]["name_localizations"] == {"de": "frage"}
    assert find["name_localizations"] == {"de": "Folge suchen"}
    fans = server.world.add_guild("Fans in Wien", locale="de")
    place, user = fans.add_channel("plausch"), newcomer(fans)
    seen = await server.slash(user, place, "ask", KEYS, locale="de")
    assert "Rate Limits" in seen.text
    assert await server.autocomplete(
        user, place, "episode", {"episode": ""}, "episode", locale="de"
    )
    assert (await seen.press("In context")).ephemeral


async def test_private_messages(
    server: DiscordServer, bot: BotProcess, guild: Guild, ann: User
) -> None:
    place = server.world.dm(ann)
    seen = await server.slash(ann, place, "ask", KEYS)
    assert not seen.ephemeral
    assert "Rate Limits" in seen.text
    await seen.press("In context")
    with pytest.raises(UnavailableError):
        await server.slash(ann, place, "answers", {"private": True})


async def test_where_only_the_member_has_it(
    server: DiscordServer, bot: BotProcess, guild: Guild
) -> None:
    user = server.world.add_user("zoe", installed=True)
    elsewhere = server.world.add_guild("Elsewhere", permissions=None)
    elsewhere.add_member(user)
    place = elsewhere.add_channel("talk")
    seen = await server.slash(user, place, "ask", KEYS)
    assert seen.ephemeral
    assert (await seen.press("In context")).ephemeral
    assert not (await server.slash(user, place, "ask", KEYS | {"private": False})).ephemeral
    message = server.say(user, place, "the one about backups")
    found = await server.message_command(user, message, "Find the episode")
    assert "Backups" in found.text
    group = server.world.dm(user, Kind.GROUP)
    assert "Rate Limits" in (await server.slash(user, group, "ask", KEYS)).text
    with pytest.raises(UnavailableError):
        await server.slash(user, place, "answers", {"private": True})


async def test_answers_is_for_moderators_and_outlives_a_restart(
    server: DiscordServer, bot: BotProcess, start: Start, guild: Guild, channel: Channel, ann: User
) -> None:
    with pytest.raises(UnavailableError, match="MANAGE_GUILD"):
        await server.slash(ann, channel, "answers", {"private": True})
    guild.members[ann.id].roles.append(guild.add_role("mods", int(P.MANAGE_GUILD)))
    seen = await server.slash(ann, channel, "answers", {"private": True})
    assert "shown to the asker alone" in seen.text
    for _ in range(2):
        assert (await server.slash(ann, channel, "ask", KEYS)).ephemeral
        assert not (await server.slash(ann, channel, "ask", KEYS | {"private": False})).ephemeral
        await bot.kill()
        await server.until(lambda: not server.gateway.connected)
        bot = await start()
        await bot.ready()


async def test_another_process_writes(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, archive: Path
) -> None:
    with writing(archive), writing(archive.with_name("state.sqlite3")):
        await works(server, channel, ann)


# Interruptions


async def test_buttons_outlive_a_crash(
    server: DiscordServer, bot: BotProcess, start: Start, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "ask", KEYS)
    page = await server.slash(ann, channel, "browse")
    alone = await server.slash(ann, channel, "quote", LINE | {"private": True})
    await bot.kill()
    await server.until(lambda: not server.gateway.connected)
    await (await start()).ready()
    assert "API key" in (await seen.press("In context")).text
    assert (await page.press("Older")).kind == "update"
    value = seen.message.selects[0].options[0]["value"]
    assert (await seen.choose("Open an episode", value)).ephemeral
    assert not (await alone.press("Share with the channel")).ephemeral
    assert puts(server) == 1


async def opcode_7(server: DiscordServer) -> None:
    await server.gateway.reconnect()


async def opcode_9(server: DiscordServer) -> None:
    await server.gateway.invalidate(resumable=True)


async def code_4000(server: DiscordServer) -> None:
    await server.gateway.close(4000)


async def code_1000(server: DiscordServer) -> None:
    await server.gateway.close(1000)


async def dropped(server: DiscordServer) -> None:
    server.gateway.drop()


async def outage(server: DiscordServer) -> None:
    await server.stop()
    await asyncio.sleep(0.2)
    await server.start()


@pytest.mark.parametrize(
    "happens", [opcode_7, opcode_9, code_4000, code_1000, dropped, outage], ids=lambda f: f.__name__
)
async def test_connection_is_interrupted(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, happens: Change
) -> None:
    seen = await server.slash(ann, channel, "ask", KEYS)
    await happens(server)
    gateway = server.gateway
    await server.until(lambda: gateway.resumes + gateway.readies == 2, 20, "the bot to come back")
    await works(server, channel, ann)
    assert (await seen.press("In context")).ephemeral
    # Whom it cannot reach for a while, discord.py greets anew.
    assert gateway.resumes == (happens is not outage)


async def test_session_is_invalid(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    await server.gateway.invalidate()
    # discord.py waits five seconds before it identifies again.
    await server.until(lambda: server.gateway.readies == 2)
    await server.settle()
    await works(server, channel, ann)
    assert puts(server) == 1


async def test_first_answer_goes_wrong_at_first(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel, ann: User
) -> None:
    page = await server.slash(ann, channel, "browse")
    for fault in FAULTS:
        injected = server.inject("POST", "/callback$", **fault)
        seen = await server.slash(newcomer(guild), channel, "ask", KEYS)
        assert "Rate Limits" in seen.text, fault
        turns = server.inject("POST", "/callback$", **fault)
        page = await page.press("Newer" if "Newer" in str(page) else "Older")
        assert page.kind == "update", fault
        assert (len(injected.hits), len(turns.hits), len(seen.messages)) == (1, 1, 1), fault


async def test_deferred_answer_goes_wrong_at_first(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel, archive: Path
) -> None:
    for fault in FAULTS:
        injected = server.inject("*", "/webhooks/", **fault)
        seen, busy = await deferred(server, guild, channel, archive)
        await busy.aclose()
        await comes(server, seen)
        assert (len(injected.hits), len(seen.messages)) == (1, 1), fault


async def test_deferred_refusal_goes_wrong_at_first(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, archive: Path
) -> None:
    state = sqlite3.connect(archive.with_name("state.sqlite3"))
    with state:
        for n in range(follows.MOST):
            follows.add(state, ann.id, 0, "topic", f"topic {n}", datetime.now(UTC))
    state.close()
    for status in (500, 429):
        injected = server.inject("*", "/webhooks/", times=2, status=status)
        with writing(archive.with_name("state.sqlite3")):
            seen = await server.slash(ann, channel, "follow topic", {"topic": "x"}, wait=False)
            assert seen.kind == "deferred"
        await server.until(lambda seen=seen: "already" in seen.text, what=f"{status} to be mended")
        assert len(injected.hits) == 2
        assert all(message.ephemeral for message in seen.messages)


async def test_discord_takes_no_answer_at_all(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    server.inject("POST", "/callback$", drop=True, times=2)
    seen = await server.slash(ann, channel, "ask", KEYS)
    assert seen.text == "Discord did not take my answer. Please try again."
    assert seen.ephemeral
    await bot.line("/ask was not answered: ServerDisconnectedError")
    await works(server, channel, ann)


# Stopping


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
async def test_stop(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, stop: signal.Signals
) -> None:
    await works(server, channel, ann)
    bot.process.send_signal(stop)
    assert await bot.wait(within=5) == 0
    assert not server.gateway.connected


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
async def test_stop_while_an_answer_is_under_way(
    server: DiscordServer,
    bot: BotProcess,
    guild: Guild,
    channel: Channel,
    archive: Path,
    ann: User,
    stop: signal.Signals,
) -> None:
    late, busy = await deferred(server, guild, channel, archive)
    callback = server.inject("POST", "/callback$", hold=True)
    asked = asyncio.create_task(server.slash(ann, channel, "ask", KEYS, wait=False))
    edit = server.inject("PATCH", "/webhooks/", hold=True)
    await server.until(lambda: callback.hits)
    bot.process.send_signal(stop)
    await server.until(lambda: not server.gateway.connected)
    await busy.aclose()
    await server.until(lambda: edit.hits)
    assert bot.running
    callback.release()
    edit.release()
    assert await bot.wait(within=5) == 0
    await comes(server, late)
    assert "Rate Limits" in (await asked).text


async def test_stop_does_not_wait_for_ever(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel, archive: Path
) -> None:
    held = server.inject("PATCH", "/webhooks/", hold=True)
    _, busy = await deferred(server, guild, channel, archive)
    await busy.aclose()
    await server.until(lambda: held.hits)
    assert await bot.terminate(within=5) == 0
    assert "1 answers took too long and were cut off" in bot.stderr
    held.release()


async def test_stop_while_it_starts(server: DiscordServer, start: Start, guild: Guild) -> None:
    for method, path in (("GET", "/users/@me"), ("PUT", "/commands$"), ("GET", "/gateway/bot")):
        held = server.inject(method, path, hold=True)
        bot = await start()
        await server.until(lambda held=held: held.hits)
        assert await bot.terminate(within=5) == 0
        held.release()


async def test_stop_while_the_gateway_is_away(
    server: DiscordServer, bot: BotProcess, guild: Guild
) -> None:
    await server.stop()
    await bot.line("Attempting a reconnect")
    assert await bot.terminate(within=5) == 0


# What ends it


def complaint(bot: BotProcess) -> str:
    """The one line that says why the bot ended, beside those of the log."""
    [line] = [line for line in bot.stderr.splitlines() if line.startswith("episode-bot: ")]
    assert bot.stderr.splitlines()[-1] == line
    return line


async def test_wrong_token(server: DiscordServer, start: Start) -> None:
    bot = await start(DISCORD_TOKEN=OTHER_TOKEN)
    assert await bot.wait() == 2
    assert complaint(bot).startswith("episode-bot: DISCORD_TOKEN: Discord does not accept this")
    assert OTHER_TOKEN not in bot.output


async def test_token_is_withdrawn(server: DiscordServer, bot: BotProcess) -> None:
    await server.gateway.close(4004)
    assert await bot.wait() == 2
    assert "DISCORD_TOKEN" in complaint(bot)


async def test_unreachable(server: DiscordServer, start: Start) -> None:
    await server.stop()
    bot = await start()
    assert await bot.wait() == 3
    assert complaint(bot).startswith("episode-bot: Discord cannot be reached: Cannot connect")


@pytest.mark.parametrize("path", ["/users/@me", "/gateway/bot"])
async def test_out_of_order(server: DiscordServer, start: Start, path: str) -> None:
    page = "<html>\n<title>503</title>\n" + "Service Unavailable " * 50
    server.inject("GET", path, status=503, body=page)
    bot = await start()
    assert await bot.wait() == 3
    line = complaint(bot)
    assert line.startswith("episode-bot: Discord cannot be reached: ")
    assert len(line) < 300


async def test_gateway_is_unreachable(server: DiscordServer, start: Start) -> None:
    limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    body = {"url": "ws://127.0.0.1:9", "shards": 1, "session_start_limit": limits}
    server.inject("GET", "/gateway/bot", status=200, body=body)
    bot = await start()
    await bot.line("Failed to connect for shard_id: 0. Retrying")
    assert await bot.terminate(within=5) == 0


async def test_archive_is_no_database(start: Start, archive: Path) -> None:
    archive.write_bytes(b"no database at all " * 100)
    bot = await start()
    assert await bot.wait() == 3
    assert "no usable SQLite database" in complaint(bot)


async def test_a_control_that_leads_away_sends_nothing(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "ask", KEYS)
    with pytest.raises(RefusedError, match="leads away"):
        await seen.press("Listen")


async def test_stopped_while_it_connects_anew(
    server: DiscordServer, bot: BotProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = asyncio.Event()

    async def hold(_: Any) -> Any:
        arrived.set()
        await asyncio.sleep(600)

    monkeypatch.setattr(server.gateway, "handle", hold)
    server.gateway.drop()
    await asyncio.wait_for(arrived.wait(), 20)
    assert await bot.terminate() == 0
