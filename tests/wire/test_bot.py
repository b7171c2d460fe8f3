"""The unmodified discord.py against the server, in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from .client import Choice, NoAnswerError
from .options import RefusedError
from .permissions import P
from .process import BotProcess
from .server import DiscordServer
from .state import Channel, Guild, User

Start = Callable[..., Awaitable[BotProcess]]

SAMPLE = str(Path(__file__).with_name("sample_bot.py"))


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.world.add_guild("Fans", locale="de")


@pytest.fixture
async def start(server: DiscordServer) -> AsyncIterator[Start]:
    """Make bot processes that end with the test."""
    async with AsyncExitStack() as stack:

        async def started(token: str | None = None) -> BotProcess:
            env = {"SAMPLE_TOKEN": token or server.token}
            return await stack.enter_async_context(BotProcess(server, SAMPLE, env=env))

        yield started


@pytest.fixture
async def bot(start: Start, guild: Guild) -> BotProcess:
    running = await start()
    await running.ready()
    return running


async def test_starts_and_syncs(server: DiscordServer, bot: BotProcess) -> None:
    await bot.line("ready")
    assert [str(exchange) for exchange in server.requests] == [
        "GET /users/@me -> 200",
        "GET /oauth2/applications/@me -> 200",
        f"PUT /applications/{server.world.bot.id}/commands -> 200",
    ]
    names = [command["name"] for command in server.commands.registered[None].values()]
    assert {"bug", "post", "Shout it"} <= set(names)
    assert await bot.terminate() == -15


async def test_slash_command(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "bug", {"name": "ant"}, locale="fr")
    assert (seen.kind, seen.text, seen.ephemeral) == ("message", "ant: six legs (fr)", False)
    assert channel.last is seen.message.message
    assert 0 < seen.seconds < 1
    found = await server.autocomplete(ann, channel, "bug", {"name": "be"}, "name")
    assert found == [Choice("Bee", "bee"), Choice("Beetle", "beetle")]
    assert [name for name, _ in server.timings] == ["/bug", "/bug name…"]


async def test_deferred_answer(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "think", {"private": True})
    assert seen.kind == "deferred"
    assert [(m.text, m.ephemeral) for m in seen.messages] == [("thought", True), ("and more", True)]
    assert seen.followups[0].files["source.py"] == Path(SAMPLE).read_bytes()
    fault = server.inject("POST", "/webhooks/", hold=True)
    seen = await server.slash(ann, channel, "think", wait=False)
    assert seen.message.loading
    fault.release()
    await server.until(lambda: seen.followups)
    assert seen.message.text == "thought"


async def test_controls(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "controls", locale="fr")
    assert [b.label for b in seen.message.buttons] == ["Next", "Rename"]
    assert (await seen.press("Next")).kind == "update"
    assert seen.message.content == "page 2"
    chosen = await seen.choose("Colour", "blue")
    assert (chosen.kind, chosen.followups[0].text) == ("deferred update", "chose blue")
    opened = await seen.press("Rename")
    assert (opened.kind, opened.modal["title"]) == ("modal", "Rename")
    assert opened.interaction.locale == "fr"
    with pytest.raises(RefusedError, match="at most 20"):
        await opened.submit({"Name": "z" * 21})
    with pytest.raises(RefusedError, match="at least 1"):
        await opened.submit()
    with pytest.raises(RefusedError, match="does not offer 'green'"):
        await seen.choose("Colour", "green")
    with pytest.raises(LookupError, match="Nothing"):
        await seen.press("Nothing")
    renamed = await opened.submit({"Name": "zoe"})
    assert (renamed.kind, seen.message.content) == ("update", "now zoe")


async def test_components_v2(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "card")
    assert seen.message.v2
    assert seen.text == "# A card\nwith a link\nbelow"
    assert seen.control("Open").url == "https://example.com/"
    with pytest.raises(RefusedError, match="leads away"):
        await seen.press("Open")
    await seen.press("Votes: 0")
    await seen.press("Votes: 1")
    assert [b.label for b in seen.message.buttons] == ["Votes: 2"]


async def test_context_menus(
    server: DiscordServer, bot: BotProcess, channel: Channel, guild: Guild, ann: User
) -> None:
    message = server.say(ann, channel, "quiet")
    assert (await server.message_command(ann, message, "Shout it")).text == "QUIET"
    guild.members[ann.id].nick = "Annie"
    seen = await server.user_command(guild.owner, channel, ann, "Who is it")
    assert (seen.text, seen.ephemeral) == ("Annie", True)


async def test_persistent_views_after_a_crash(
    server: DiscordServer,
    bot: BotProcess,
    start: Start,
    channel: Channel,
    ann: User,
) -> None:
    await server.slash(ann, channel, "post kept", {"channel": channel})
    kept, card, _ = channel.messages.values()
    await bot.kill()
    await server.until(lambda: not server.gateway.connected)
    again = await start()
    await again.ready()
    seen = await server.press(ann, kept, "Again")
    assert (seen.text, seen.ephemeral) == ("still here", True)
    with pytest.raises(RefusedError, match="somebody else"):
        await server.press(server.world.owner, seen.message, "Again")
    await server.press(ann, card, "Votes: 0")
    assert len(server.find("PUT", "/commands")) == 2


@pytest.mark.parametrize("how", ["opcode 7", "opcode 9", "code 4000", "code 1000", "lost"])
async def test_reconnects_and_resumes(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, how: str
) -> None:
    gateway = server.gateway
    match how.split():
        case ["opcode", "7"]:
            await gateway.reconnect()
        case ["opcode", "9"]:
            await gateway.invalidate(resumable=True)
        case ["code", code]:
            await gateway.close(int(code))
        case _:
            gateway.drop()
    await bot.line("resumed")
    assert (gateway.resumes, gateway.readies) == (1, 1)
    assert (await server.slash(ann, channel, "bug", {"name": "bee"})).text.startswith("bee")


async def test_missed_interaction_comes_after_resuming(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    message = server.say(ann, channel, "while away")
    server.gateway.drop()
    assert not server.gateway.connected
    assert (await server.message_command(ann, message, "Shout it")).text == "WHILE AWAY"
    assert server.gateway.resumes == 1


async def test_outage(server: DiscordServer, bot: BotProcess, channel: Channel, ann: User) -> None:
    await server.stop()
    await server.start()
    await bot.line("resumed")
    assert (await server.slash(ann, channel, "bug", {"name": "bee"})).text.startswith("bee")


async def test_invalid_session(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    await server.gateway.invalidate()
    # The client waits five seconds before it identifies again.
    await server.until(lambda: server.gateway.readies == 2)
    await server.settle()
    assert (await server.slash(ann, channel, "bug", {"name": "bee"})).text.startswith("bee")
    assert [name for name, _ in server.gateway.log] == ["identify", "identify"]


async def test_wrong_token(server: DiscordServer, start: Start) -> None:
    refused = await start("wrong")
    assert await refused.wait() == 1
    assert "LoginFailure" in refused.stderr
    with pytest.raises(RuntimeError, match="ended with 1 before READY"):
        await refused.ready()


async def test_authentication_failed(server: DiscordServer, bot: BotProcess) -> None:
    await server.gateway.close(4004)
    assert await bot.wait() == 1
    assert "closed with 4004" in bot.stderr


async def test_retries(server: DiscordServer, bot: BotProcess, channel: Channel, ann: User) -> None:
    path = rf"/channels/{channel.id}/messages$"
    server.inject("POST", path, status=500)
    server.inject("POST", path, status=429)
    seen = await server.slash(ann, channel, "post text", {"channel": channel, "text": "x"})
    assert channel.last
    assert seen.text == str(channel.last.id)
    assert [exchange.status for exchange in server.find("POST", path)] == [500, 429, 200]


@pytest.mark.parametrize(("status", "said"), [(503, "503 0"), (404, "404 0")])
async def test_does_not_retry(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User, status: int, said: str
) -> None:
    server.inject("POST", f"/channels/{channel.id}/messages", status=status)
    seen = await server.slash(ann, channel, "post text", {"channel": channel, "text": "x"})
    assert seen.text == said


async def test_nonce_after_a_lost_answer(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    server.inject("POST", f"/channels/{channel.id}/messages", drop=True, after=True)
    options = {"channel": channel, "text": "once", "nonce": "n1"}
    seen = await server.slash(ann, channel, "post text", options)
    assert seen.text == "ServerDisconnectedError"
    seen = await server.slash(ann, channel, "post text", options)
    assert [str(number) for number in channel.messages] == [seen.text]


async def test_missing_permission(
    server: DiscordServer, bot: BotProcess, guild: Guild, channel: Channel, ann: User
) -> None:
    other = guild.add_channel("closed")
    other.overwrite(guild.everyone, deny=P.SEND_MESSAGES)
    options = {"channel": other, "text": "x"}
    assert (await server.slash(ann, channel, "post text", options)).text == "403 50013"
    other.overwrite(guild.everyone, deny=P.VIEW_CHANNEL)
    assert (await server.slash(ann, channel, "post text", options)).text == "403 50001"
    other.delete()


async def test_blocked_event_loop(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    seen = await server.slash(ann, channel, "stall")
    assert seen.seconds >= 0.5
    server.answer_within = 0.2
    with pytest.raises(NoAnswerError, match=r"/stall: no answer within 0\.2 s"):
        await server.slash(ann, channel, "stall")
    late = await server.request("POST", "/callback", count=2)
    assert late.response["code"] == 10062


@pytest.mark.violates
async def test_bot_breaks_the_rules(
    server: DiscordServer, bot: BotProcess, channel: Channel, ann: User
) -> None:
    server.answer_within = 0.3
    with pytest.raises(NoAnswerError):
        await server.slash(ann, channel, "break", {"how": "long"})
    assert server.violations[0].endswith("$.data.content: 2001 characters, at most 2000")
    with pytest.raises(NoAnswerError):
        await server.slash(ann, channel, "break", {"how": "early"})
    assert server.requests[-1].response["code"] == 10015
    await server.slash(ann, channel, "break", {"how": "twice"}, wait=False)
    await bot.line("40060")


async def test_rate_limits_are_heeded(description: Path | None) -> None:
    rules = {r"POST /channels/\d+/messages$": (2, 0.3)}
    async with DiscordServer(description, rate_limits=rules) as server:
        guild = server.world.add_guild()
        channel = guild.add_channel("talk")
        async with BotProcess(server, SAMPLE, env={"SAMPLE_TOKEN": server.token}) as bot:
            await bot.ready()
            options = {"channel": channel, "text": "x"}
            for _ in range(5):
                await server.slash(guild.owner, channel, "post text", options)
        sent = server.find("POST", "/channels/")
        assert [exchange.status for exchange in sent] == [200] * 5
        assert sent[-1].at - sent[0].at > 0.5
