"""Announcing over the wire: the unmodified bot, a folder of episodes, and a local Discord."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import shutil
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.announce.dispatcher import AT_ONCE
from crash.crowd import release

from ..announce.show import Show, announced
from ..sources.repository import Repository
from .messages import CROSSPOSTED
from .permissions import EVERYONE, P
from .process import BotProcess
from .server import DiscordServer
from .shown import Shown
from .state import Channel, Guild, Kind, User


@pytest.fixture
def mod(guild: Guild) -> User:
    return guild.owner


def other(guild: Guild) -> User:
    """A further moderator: one alone may not press that often."""
    role = guild.add_role("mods", int(P.MANAGE_GUILD))
    return guild.add_member(guild.world.add_user("other"), role).user


@pytest.fixture
async def show(tmp_path: Path) -> Show:
    made = Show(tmp_path / "show")
    made.write(1, date=datetime.now(UTC) - timedelta(days=30))
    await made.prepare()
    return made


async def ready(bot: BotProcess) -> None:
    await bot.ready()
    await bot.line("first look")


async def comes(server: DiscordServer, channel: Channel, title: str = "", count: int = 1) -> None:
    await server.until(lambda: len(announced(channel, title)) >= count, 15, f"{title} announced")
    await server.settle()


async def state_is(show: Show, server: DiscordServer, *wanted: str) -> None:
    for _ in range(200):
        if show.states() == list(wanted):
            return
        await asyncio.sleep(0.05)  # the ledger is another process's file
    raise AssertionError(f"{show.states()} and not {list(wanted)}")


async def test_a_new_file_is_announced_once(
    server: DiscordServer, guild: Guild, news: Channel, show: Show, mod: User
) -> None:
    fans = guild.add_role("fans", mentionable=True)
    forum = guild.add_channel("forum", Kind.FORUM, tags=["show"], requires_tag=True)
    paper = guild.add_channel("paper", Kind.ANNOUNCEMENT)
    show.subscribe(news, role=fans.id, thread=True)
    show.subscribe(forum)
    show.subscribe(paper, crosspost=True)
    async with show.bot(server) as bot:
        await ready(bot)
        assert announced(news) == []  # the first load plans nothing
        show.write(2, "Watts <@1> @everyone", image="https://show.example/2.png")
        for place in (news, forum, paper):
            await comes(server, place)
        [message] = announced(news)
        assert message.pings == {fans.mention}
        assert "#2 Watts" in Shown(message).text
        await server.until(lambda: message.thread)
        await server.until(lambda: announced(paper)[0].flags & CROSSPOSTED)
        await state_is(show, server, "sent", "sent", "sent")
        seen = await server.press(mod, message, "More")
        assert seen.ephemeral
        assert "About machines." in seen.text
        assert await bot.terminate() == 0
    async with show.bot(server) as bot:  # nothing is repeated after a restart
        await bot.ready()
        await asyncio.sleep(1)  # several looks at the folder
        await server.settle()
        assert [len(announced(place)) for place in (news, forum, paper)] == [1, 1, 1]
        assert (await server.press(mod, message, "More")).ephemeral


async def test_a_new_file_is_seen_at_once(server: DiscordServer, news: Channel, show: Show) -> None:
    show.subscribe(news)
    async with show.bot(server, WATCH_SECONDS="3600") as bot:
        await ready(bot)
        show.write(2, "Watts")
        await comes(server, news, "Watts")
        (show.episodes / "episode-3").mkdir()  # what was not there at start is watched, too
        show.write(3, "Volts", name="episode-3/index")
        await comes(server, news, "Volts")


async def test_a_file_that_is_being_written(
    server: DiscordServer, news: Channel, show: Show
) -> None:
    """Nothing is announced of a half-written file, and what was there stays."""
    show.subscribe(news)
    whole = show.write(2, "Watts").read_text()
    (show.episodes / "episode-2.md").unlink()
    async with show.bot(server, WATCH_SECONDS="0.1") as bot:
        await ready(bot)
        for path in (show.episodes / "episode-2.md", show.episodes / "episode-1.md"):
            with path.open("w") as file:
                for half in (whole[:10], whole[10:40]):  # slower than anybody waits
                    file.write(half)
                    file.flush()
                    await bot.line(f"not loaded: {path.name}")
                    assert announced(news) == []
                    bot.stderr = ""
            assert announced(news) == []
        show.write(1, date=datetime.now(UTC) - timedelta(days=30))
        (show.episodes / "episode-2.md").write_text(whole)
        await comes(server, news, "Watts")
        await state_is(show, server, "sent")


async def test_a_correction_edits_and_a_vanished_episode_is_reported(
    server: DiscordServer, news: Channel, show: Show, mod: User
) -> None:
    show.subscribe(news, user=mod)
    async with show.bot(server) as bot:
        await ready(bot)
        path = show.write(2, "A tpyo")
        await comes(server, news)
        show.write(2, "A typo", date=datetime(2026, 11, 1, tzinfo=UTC))
        await server.until(lambda: announced(news, "A typo"))
        assert len(announced(news)) == 1
        path.unlink()
        await server.until(lambda: server.world.dm(mod).last, 15)
        [report] = server.world.dm(mod).messages.values()
        assert "not in the source any more" in Shown(report).text
        assert len(announced(news)) == 1
        show.write(2, "A typo", name="somewhere-else")
        await server.settle()
        assert len(announced(news)) == 1


async def test_drafts_and_dates(server: DiscordServer, news: Channel, show: Show) -> None:
    show.subscribe(news)
    async with show.bot(server, WATCH_SECONDS="0.5") as bot:
        await ready(bot)
        at = (datetime.now(UTC) + timedelta(seconds=3)).replace(microsecond=0)
        show.write(3, "At its second", date=at.astimezone())
        show.write(2, "A draft", draft=True)
        await comes(server, news, "At its second")
        [message] = announced(news)
        assert 0 <= message.created - at.timestamp() < 1
        show.write(2, "A draft")
        await comes(server, news, "A draft")
        assert len(announced(news)) == 2


async def test_missed_releases_come_oldest_first(
    server: DiscordServer, news: Channel, show: Show
) -> None:
    show.subscribe(news)
    async with show.bot(server) as bot:
        await ready(bot)
        await bot.kill()
    now = datetime.now(UTC)
    for number, days in ((2, 20), (5, 1), (3, 3), (4, 2)):
        show.write(number, date=now - timedelta(days=days))
    async with show.bot(server) as bot:
        await comes(server, news, count=3)
        await server.settle()
    found = [re.findall(r"#(\d)", Shown(message).text)[0] for message in announced(news)]
    assert found == ["3", "4", "5"]


async def test_a_missing_permission_holds_one_channel_and_one_click_mends_it(
    server: DiscordServer, guild: Guild, news: Channel, show: Show, mod: User
) -> None:
    closed = guild.add_channel("closed")
    closed.overwrite(server.world.bot, deny=P.SEND_MESSAGES)
    show.subscribe(closed, news, user=mod)
    async with show.bot(server) as bot:
        await ready(bot)
        show.write(2)
        await comes(server, news)
        await state_is(show, server, "sent", "held", "sent")  # the last one is the report
        assert "Send Messages" in Shown(next(iter(server.world.dm(mod).messages.values()))).text
        seen = await server.slash(mod, news, "announcements list")
        assert "I miss Send Messages there" in seen.text
        closed.overwrite(server.world.bot)
        await seen.press("Try again")
        await comes(server, closed)
        assert len(announced(news)) == 1
        assert len(show.rows("SELECT * FROM subscription")) == 2


async def test_a_refusal_on_the_wire_holds(
    server: DiscordServer, news: Channel, show: Show, mod: User
) -> None:
    show.subscribe(news, user=mod)
    async with show.bot(server) as bot:
        await ready(bot)
        body = {"message": "Missing Access", "code": 50001}
        server.inject("POST", "/messages$", status=403, body=body)
        show.write(2)
        await state_is(show, server, "held", "sent")
        seen = await server.slash(mod, news, "announcements list")
        await seen.press("Try again")
        await comes(server, news)


async def test_what_cannot_be_proved_is_held(
    server: DiscordServer, guild: Guild, show: Show, mod: User
) -> None:
    forum = guild.add_channel("forum", Kind.FORUM)
    talk = guild.add_channel("talk")
    show.subscribe(forum, user=mod)
    forum.overwrite(server.world.bot, deny=P.READ_MESSAGE_HISTORY)
    async with show.bot(server) as bot:
        await ready(bot)
        server.inject("POST", "/threads$", drop=True)
        show.write(2)
        await state_is(show, server, "held", "sent")
        assert announced(forum) == []
        seen = await server.slash(mod, talk, "announcements list")
        assert "it may be there already" in seen.text
        await seen.press("It is not there: post it")
        await comes(server, forum)


@pytest.mark.parametrize("place", [Kind.TEXT, Kind.FORUM])
async def test_a_failure_after_it_was_done(
    server: DiscordServer, guild: Guild, show: Show, place: Kind
) -> None:
    channel = guild.add_channel("there", place)
    show.subscribe(channel)
    async with show.bot(server) as bot:
        await ready(bot)
        server.inject("POST", f"/channels/{channel.id}/", status=502, after=True)
        show.write(2)
        await comes(server, channel)
        await state_is(show, server, "sent")
        assert len(announced(channel)) == 1


async def test_long_after_the_nonce_is_forgotten_the_history_tells(
    server: DiscordServer, news: Channel, show: Show, mod: User
) -> None:
    show.subscribe(news)
    async with show.bot(server) as bot:
        await ready(bot)
        fault = server.inject("POST", "/messages$", drop=True, hold=True, after=True)
        show.write(2)
        await server.until(lambda: fault.hits and fault.hits[0].carried_out)
        await bot.kill()
        fault.release()
    for number in range(150):
        server.say(mod, news, f"chatter {number}")
    server.world.skip(3600)
    async with show.bot(server) as bot:
        await bot.ready()
        await state_is(show, server, "sent")
    assert len(announced(news)) == 1
    assert not [e for e in server.find("POST", "/messages$") if e is not fault.hits[0]]


async def test_two_processes_never_both_send(
    server: DiscordServer, news: Channel, show: Show
) -> None:
    show.subscribe(news)
    async with show.bot(server) as one, show.bot(server) as other:
        await asyncio.gather(one.line("first look|looking|Connected"), other.line("Connected"))
        for number in range(2, 6):
            show.write(number)
        await comes(server, news, count=4)
        await asyncio.sleep(1.2)  # long enough for the other to look at the ledger
        senders = [bot for bot in (one, other) if "is sent as message" in bot.stderr]
        assert len(senders) == 1
        await senders[0].kill()
        show.write(6)
        await comes(server, news, count=5)
    assert len(announced(news)) == 5
    assert len(server.find("POST", "/messages$")) == 5


async def test_setup_and_explanations(
    server: DiscordServer, guild: Guild, news: Channel, show: Show, mod: User
) -> None:
    fans = guild.add_role("fans")
    async with show.bot(server) as bot:
        await ready(bot)
        options = {
            "channel": news,
            "ping": fans,
            "quiet": "22:00-7:00",
            "zone": "Europe/Berlin",
            "exclude": "machines",
        }
        seen = await server.slash(mod, news, "announcements setup", options)
        assert seen.ephemeral
        assert "22:00 to 07:00 (Europe/Berlin)" in seen.text
        assert "Mention @everyone, @here and All Roles" in seen.text
        opened = await seen.press("Edit the text")
        done = await opened.submit({"Text": "{ping} **{title}**, {duration}\n{url}"})
        assert "**Episode number 1**" in done.message.text
        opened = await seen.press("Edit the text")
        wrong = await opened.submit({"Text": "{tilte}"})
        assert "There is no {tilte}" in wrong.text
        await seen.press("Ping nobody")
        assert "pings nobody" in seen.message.text
        await seen.press("Switch automatic off")
        assert "automatic: off" in seen.message.text
        await seen.press("Switch automatic on")
        show.write(2)
        await bot.line("1 episodes became public")
        mod = other(guild)
        why = await server.slash(mod, news, "announcements why", {"episode": "2"})
        assert "❌ **categories**: Machines is excluded here" in why.text
        why = await server.slash(mod, news, "announcements why", {"episode": "1"})
        assert "❌ **new**" in why.text
        bad = await server.slash(mod, news, "announcements setup", {"crosspost": True})
        assert "Only announcement channels" in bad.text
        bad = await server.slash(mod, news, "announcements setup", {"zone": "Mars"})
        assert "no time zone" in bad.text
        test = await server.slash(mod, news, "announcements test")
        assert test.ephemeral
        assert "**Episode number 1**" in test.text or "Episode number 2" in test.text
        log = await server.slash(mod, news, "announcements log")
        assert "setup" in log.text
        assert "test" in log.text
    assert announced(news) == []


async def test_announcing_by_hand(
    server: DiscordServer, guild: Guild, news: Channel, show: Show, mod: User
) -> None:
    fans = guild.add_role("fans", mentionable=True)
    async with show.bot(server) as bot:
        await ready(bot)
        options = {"episode": "1", "message": "Look!", "ping": fans}
        seen = await server.slash(mod, news, "announce", options)
        assert seen.ephemeral
        preview = seen.message.components
        pressed = seen.message
        await seen.press("Announce")
        await comes(server, news)
        [message] = announced(news)
        assert message.pings == {fans.mention}
        assert Shown(message).text in "\n".join(_texts(preview))
        again = await server.slash(mod, news, "announce", {"episode": "1"})
        assert "It is there already" in again.text
        await again.press("Cancel")
        assert "Nothing is announced" in again.text
        assert pressed.deleted is False
        later = await server.slash(mod, news, "announce", {"episode": "1", "when": "in 2 h"})
        await later.press("Schedule")
        mod = other(guild)
        assert show.states() == ["sent", "planned"]
        listed = await server.slash(mod, news, "announcements list")
        assert listed.text.count("Episode number 1") == 2
        found = await server.autocomplete(
            mod, news, "announcements withdraw", {"announcement": ""}, "announcement"
        )
        for choice in found:
            await server.slash(mod, news, "announcements withdraw", {"announcement": choice.value})
        await server.until(lambda: not announced(news))
        await state_is(show, server, "withdrawn", "withdrawn")
        resent = await server.slash(
            mod, news, "announcements resend", {"announcement": found[-1].value}
        )
        await resent.press("Announce")
        await comes(server, news)
        member = guild.add_member(server.world.add_user("ann")).user
        with pytest.raises(LookupError):
            await server.slash(member, news, "announce", {"episode": "1"})


def _texts(components: list[dict]) -> list[str]:
    found: list[str] = []
    for one in components:
        if one["type"] == 10:
            found.append(one["content"])
        found += _texts(one.get("components", []))
    return found


async def test_following(server: DiscordServer, guild: Guild, news: Channel, show: Show) -> None:
    ann, bea, cat = (guild.add_member(server.world.add_user(n)).user for n in ("ann", "bea", "cat"))
    bea.accepts_dms = False
    show.subscribe(news, thread=True)
    async with show.bot(server) as bot:
        await ready(bot)
        await server.slash(ann, news, "follow topic", {"topic": "solar panels"})
        await server.slash(bea, news, "follow person", {"name": "Ines Albrecht"})
        await server.slash(
            cat, news, "follow category", {"category": "machines", "where": "thread"}
        )
        show.write(2, "Sun", text="We put a solar panel on the roof.")
        await comes(server, news)
        await server.until(lambda: server.world.dm(ann).last)
        letter = Shown(server.world.dm(ann).last)  # type: ignore[arg-type]
        assert "**solar panel**" in letter.text
        [message] = announced(news)
        await server.until(lambda: message.thread and message.thread.messages)
        [mention] = message.thread.messages.values()  # type: ignore[union-attr]
        assert mention.pings == {cat.mention}
        await server.until(lambda: show.rows("SELECT 1 FROM follow WHERE trouble IS NOT NULL"))
        seen = await server.slash(bea, news, "following")
        assert "I could not write to you" in seen.text
        # A transcript announces nothing, and is offered to whom it is news.
        await server.slash(bea, news, "follow topic", {"topic": "lightning"})
        bea.accepts_dms = True
        await server.slash(ann, news, "follow topic", {"topic": "lightning"})
        spoken = "We put a solar panel on the roof.\n\n"
        spoken += '{{< transcript "INES: And then lightning struck the shed, twice." >}}'
        show.write(2, "Sun", text=spoken)
        await server.until(lambda: server.world.dm(bea).last)
        assert "lightning" in Shown(server.world.dm(bea).last).text  # type: ignore[arg-type]
        await server.settle()
        assert len(server.world.dm(ann).messages) == 1
        assert len(announced(news)) == 1
        listed = await server.slash(ann, news, "following")
        left = await listed.choose("Stop following", "topic: lightning")
        assert "lightning" not in left.text
        await server.slash(ann, news, "forget")
        assert "You follow nothing" in (await server.slash(ann, news, "following")).text


async def test_the_command_line_only_plans(
    server: DiscordServer, guild: Guild, news: Channel, show: Show
) -> None:
    env = {"ARCHIVE": str(show.archive), "EPISODES": str(show.episodes)}
    where = ["--guild", str(guild.id), "--channel", str(news.id)]

    async def announce(*args: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "announce", *args, *where, env=env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    code, said = await announce("1", "--dry-run")
    assert (code, "NO   set up" in said) == (0, True)
    async with show.bot(server) as bot:
        await bot.ready()
        code, said = await announce("1", "--json")
        assert (code, json.loads(said)["state"]) == (0, "planned")
        await comes(server, news)
        code, said = await announce("1")
        assert code == 1
        assert "is sent there already" in said
        assert (await announce("1", "--again"))[0] == 0
        await comes(server, news, count=2)
        assert (await announce("99"))[0] == 2


async def test_the_webhook_refuses_forgery_and_replay(
    server: DiscordServer, guild: Guild, news: Channel, show: Show
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = "0123456789abcdef"
    async with (
        show.bot(server, WEBHOOK_PORT=str(port), WEBHOOK_SECRET=secret) as bot,
        aiohttp.ClientSession() as session,
    ):
        await ready(bot)
        await bot.line("listening for releases")

        async def post(body: object, key: str = secret, **headers: str) -> int:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            sign = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature-256": f"sha256={sign}", **headers}
            url = f"http://127.0.0.1:{port}/announce"
            async with session.post(url, data=raw, headers=headers) as answer:
                return answer.status

        wish = {"episode": "1", "guild": str(guild.id), "channel": str(news.id)}
        assert await post(wish, "another secret!!") == 401
        assert await post(wish) == 202
        assert await post(wish) == 409
        assert await post({**wish, "message": "again?"}) == 200
        assert await post({**wish, "episode": "77"}) == 422
        assert await post(b"{") == 400
        assert await post({}, **{"X-GitHub-Event": "push"}) == 202
        assert await post({}, **{"X-GitHub-Event": "ping"}) == 200
        await comes(server, news)
    assert len(announced(news)) == 1


async def test_a_push_is_announced(server: DiscordServer, news: Channel, show: Show) -> None:
    """From a repository: at once when the push is told, with the good copy while it is away."""
    repository = Repository(show.folder)
    first = show.write(1, date=datetime.now(UTC) - timedelta(days=30)).read_text()
    repository.commit({"content/1.md": first})
    show.subscribe(news)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    secret = "0123456789abcdef"
    settings = {
        "EPISODES": f"{repository.url}#main:content",
        "WATCH_SECONDS": "3600",
        "WEBHOOK_PORT": port,
        "WEBHOOK_SECRET": secret,
    }

    async def push() -> None:
        sign = hmac.new(secret.encode(), b"{}", hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={sign}", "X-GitHub-Event": "push"}
        url = f"http://127.0.0.1:{port}/announce"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=b"{}", headers=headers) as answer,
        ):
            assert answer.status == 202

    async with show.bot(server, **settings) as bot:
        await bot.ready()
        await bot.line("listening for releases")
        await bot.line("first look|1 episodes")
        await asyncio.sleep(0.5)
        repository.commit({"content/2.md": show.write(2, "Watts").read_text()})
        await push()
        await comes(server, news, "Watts")
        repository.bare.rename(show.folder / "away")
        await push()
        await bot.line("not loaded: .*there is no such repository.*last good copy is used")
        await bot.kill()
    async with show.bot(server, **settings) as bot:  # it starts without the repository
        await bot.ready()
        await bot.line("not loaded: .*there is no such repository.*last good copy is used")
        (show.folder / "away").rename(repository.bare)
        repository.commit({"content/3.md": show.write(3, "Volts").read_text()})
        await push()
        await comes(server, news, "Volts")
    assert len(announced(news)) == 2


async def test_invite_asks_for_what_announcing_needs(server: DiscordServer, show: Show) -> None:
    async with show.bot(server) as bot:
        asked = int((await bot.line(r"permissions=(\d+)"))[1])
    need = P.VIEW_CHANNEL | P.SEND_MESSAGES | P.SEND_MESSAGES_IN_THREADS
    need |= P.CREATE_PUBLIC_THREADS | P.READ_MESSAGE_HISTORY
    assert asked == need
    assert asked & ~EVERYONE == 0


async def test_the_sample_show_and_a_new_file(
    server: DiscordServer, news: Channel, mod: User, tmp_path: Path
) -> None:
    """As anybody would try it: the sample archive, `/announcements setup`, and a file more."""
    shutil.copytree(Path(__file__).parents[2] / "data", tmp_path / "data")
    show = Show(tmp_path / "data")
    async with show.bot(server) as bot:
        await ready(bot)
        await server.slash(mod, news, "announcements setup", {"channel": news})
        show.write(15, "A File More", categories=["Home Servers"])
        await comes(server, news)
        await bot.terminate()
    async with show.bot(server) as bot:
        await bot.ready()
        await server.settle()
    [message] = announced(news)
    assert "#15 A File More" in Shown(message).text


async def test_waits_for_the_audio(
    server: DiscordServer, news: Channel, show: Show, mod: User
) -> None:
    there = False

    async def serve(_: web.Request) -> web.Response:
        return web.Response(status=200 if there else 404, body=b"x")

    app = web.Application()
    app.router.add_get("/2.mp3", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    audio = f"http://127.0.0.1:{runner.addresses[0][1]}/2.mp3"
    show.subscribe(news, wait_for_audio=True)
    async with show.bot(server) as bot:
        await ready(bot)
        show.write(2, audioFile=audio)
        await reason(show, "its audio does not answer yet")
        assert announced(news) == []
        there = True
        with show.open() as db:  # the minute until the next try is over
            db.execute("UPDATE delivery SET due = 0")
        db.close()
        await comes(server, news)
    await runner.cleanup()


async def reason(show: Show, wanted: str) -> None:
    for _ in range(200):
        if any(row[0] == wanted for row in show.rows("SELECT reason FROM delivery")):
            return
        await asyncio.sleep(0.05)  # the ledger is another process's file
    raise AssertionError([tuple(row) for row in show.rows("SELECT state, reason FROM delivery")])


async def test_quiet_hours_put_off(server: DiscordServer, news: Channel, show: Show) -> None:
    now = datetime.now(UTC)
    minute = now.hour * 60 + now.minute
    show.subscribe(news, quiet=((minute - 60) % 1440, (minute + 60) % 1440))
    async with show.bot(server) as bot:
        await ready(bot)
        show.write(2)
        await bot.line("1 episodes became public")
        await server.settle()
        [row] = show.rows("SELECT state, due FROM delivery")
        assert row["state"] == "planned"
        assert 3_500 < row["due"] - now.timestamp() < 3_700
    assert announced(news) == []


async def test_trouble_on_the_wire(server: DiscordServer, guild: Guild, show: Show) -> None:
    paper = guild.add_channel("paper", Kind.ANNOUNCEMENT)
    show.subscribe(paper, crosspost=True)
    async with show.bot(server) as bot:
        await ready(bot)
        server.inject("POST", "/messages$", status=429)
        server.inject("POST", "/crosspost$", drop=True, after=True)
        show.write(2)
        await bot.line("became public")
        await server.gateway.close(4000)
        await comes(server, paper)
        await server.request("POST", "/crosspost$", count=2)
        await state_is(show, server, "sent")
        for _ in range(100):
            if show.rows("SELECT 1 FROM chore WHERE state = 'done'"):
                break
            await asyncio.sleep(0.05)
        assert [row[0] for row in show.rows("SELECT state FROM chore")] == ["done"]
    assert len(announced(paper)) == 1


async def test_many_servers_at_once() -> None:
    measured = await release(60)
    assert (measured.wrong, measured.refused) == (0, 0)
    # In the order of the plan, but for those that are under way at once.
    assert measured.displaced < AT_ONCE
    assert measured.planned < 1
    assert measured.busiest <= 50
    assert measured.slowest_answer < 1
