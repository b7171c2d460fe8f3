from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .client import NoAnswerError
from .commands import UnavailableError
from .conftest import Api
from .interactions import AUTOCOMPLETE, COMPONENT, INVOKED, SUBMITTED, Interaction
from .messages import EPHEMERAL, LOADING
from .options import RefusedError
from .permissions import EVERYONE, P
from .schema import OpenAPI
from .server import DiscordServer
from .state import Channel, Guild, Kind, User
from .traffic import REALISTIC

Register = Callable[[Any], Awaitable[None]]

V2 = 1 << 15
ROW = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}


def errors(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


# Messages


async def test_message_lives_and_dies(server: DiscordServer, api: Api, channel: Channel) -> None:
    messages = f"/channels/{channel.id}/messages"
    status, made = await api("POST", messages, {"content": "one", "components": [ROW]})
    assert (status, made["content"]) == (200, "one")
    assert made["components"][0]["components"][0]["id"] == 2
    status, edited = await api("PATCH", f"{messages}/{made['id']}", {"content": "two"})
    assert (status, edited["content"], edited["components"]) == (200, "two", made["components"])
    assert edited["edited_timestamp"]
    assert (await api("GET", f"{messages}/{made['id']}"))[1] == edited
    assert await api("DELETE", f"{messages}/{made['id']}") == (204, None)
    assert errors(await api("GET", f"{messages}/{made['id']}")) == (404, 10008)
    assert [e.method for e in server.requests] == ["POST", "PATCH", "GET", "DELETE", "GET"]
    assert server.requests[0].body == {"content": "one", "components": [ROW]}


@pytest.mark.violates
async def test_history(api: Api, channel: Channel, ann: User) -> None:
    made = [channel.world.post(channel, ann, {"content": str(n)}) for n in range(10)]

    async def contents(**query: Any) -> str:
        _, found = await api("GET", f"/channels/{channel.id}/messages", params=query)
        return "".join(message["content"] for message in found)

    assert await contents() == "9876543210"
    assert await contents(limit=3) == "987"
    assert await contents(before=made[5].id, limit=2) == "43"
    assert await contents(after=made[5].id, limit=2) == "76"
    assert await contents(around=made[5].id, limit=3) == "654"
    path = f"/channels/{channel.id}/messages?limit=101"
    assert errors(await api("GET", path)) == (400, 50035)


async def test_nonce(server: DiscordServer, api: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    _, first = await api("POST", path, body)
    _, second = await api("POST", path, body)
    assert first["id"] == second["id"]
    assert first["nonce"] == "n1"
    assert "nonce" not in (await api("GET", path))[1][0]
    _, careless = await api("POST", path, {"content": "again", "nonce": "n1"})
    assert careless["id"] != first["id"]
    server.world.skip(server.nonce_window + 1)
    _, later = await api("POST", path, body)
    assert later["id"] not in (first["id"], careless["id"])
    assert len(channel.messages) == 3


@pytest.mark.parametrize(
    ("content", "more", "pings"),
    [
        ("@everyone <@&{role}> <@{ann}>", {}, {"@everyone", "<@{ann}>"}),
        ("@here", {"allowed_mentions": {"parse": []}}, set()),
        ("<@{ann}>", {"allowed_mentions": {"parse": ["roles"]}}, set()),
        ("<@{ann}>", {"allowed_mentions": {"parse": [], "users": ["{ann}"]}}, {"<@{ann}>"}),
        ("<@&{loud}> <@&{role}>", {"allowed_mentions": {"parse": ["roles"]}}, {"<@&{loud}>"}),
        ("reply", {"message_reference": {"message_id": "{hers}"}}, {"<@{ann}>"}),
        (
            "reply",
            {"message_reference": {"message_id": "{hers}"}, "allowed_mentions": {"parse": []}},
            set(),
        ),
    ],
)
async def test_mentions(
    api: Api, guild: Guild, ann: User, content: str, more: Any, pings: set[str]
) -> None:
    channel = guild.add_channel("loud")
    role, loud = guild.add_role("quiet"), guild.add_role("loud", mentionable=True)
    hers = guild.world.post(channel, ann, {"content": "hers"})
    names = {"ann": ann.id, "role": role.id, "loud": loud.id, "hers": hers.id}
    assert guild.bot_role
    if "@everyone" in content:
        guild.edit_role(guild.bot_role, EVERYONE | P.MENTION_EVERYONE)
        pings |= {"<@&{role}>"}
    body = json.dumps({"content": content} | more)
    for name, number in names.items():
        body = body.replace(f"{{{name}}}", str(number))
    await api("POST", f"/channels/{channel.id}/messages", json.loads(body))
    assert channel.last
    assert channel.last.pings == {ping.format(**names) for ping in pings}


@pytest.mark.violates
async def test_files(server: DiscordServer, api: Api, channel: Channel) -> None:
    def form(url: str) -> aiohttp.FormData:
        body = {
            "flags": V2,
            "components": [{"type": 13, "file": {"url": url}}],
            "attachments": [{"id": 0, "filename": "a.txt", "description": "notes"}],
        }
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("payload_json", json.dumps(body))
        data.add_field("files[0]", b"hello", filename="a.txt", content_type="text/plain")
        return data

    path = f"/channels/{channel.id}/messages"
    status, made = await api("POST", path, data=form("attachment://a.txt"))
    assert status == 200
    assert made["attachments"][0]["description"] == "notes"
    url = made["components"][0]["file"]["url"]
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert await answer.text() == "hello"
    assert server.requests[0].files == ["a.txt"]
    status, refused = await api("POST", path, data=form("attachment://b.txt"))
    assert (status, refused["code"]) == (400, 50035)
    assert "b.txt" in server.violations[0]


@pytest.mark.violates
async def test_invalid_body(server: DiscordServer, api: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    body = {"embeds": [{"title": "t" * 257}], "content": "x" * 2_001}
    status, refused = await api("POST", path, body)
    assert (status, refused["code"], refused["message"]) == (400, 50035, "Invalid Form Body")
    assert set(refused["errors"]) == {"content", "embeds"}
    assert refused["errors"]["embeds"]["0"]["title"]["_errors"][0]["message"].startswith("257")
    assert [line.partition(" $")[0] for line in server.violations] == [f"POST {path}"] * 2
    assert errors(await api("POST", path, {"content": " "})) == (400, 50006)
    assert not channel.messages


@pytest.mark.violates
async def test_description_counts_too(
    server: DiscordServer, api: Api, channel: Channel, openapi: OpenAPI
) -> None:
    body = {"embeds": [{"title": "t", "timestamp": "yesterday"}]}
    answer = await api("POST", f"/channels/{channel.id}/messages", body)
    assert errors(answer) == (400, 50035)
    assert "'yesterday' is not a 'date-time'" in server.violations[0]


async def test_no_json(server: DiscordServer, api: Api, channel: Channel) -> None:
    path, headers = f"/channels/{channel.id}/messages", {"Content-Type": "application/json"}
    assert errors(await api("POST", path, data="{", headers=headers)) == (400, 50109)


async def test_a_fault_of_the_bench_comes_out(description: Path | None) -> None:
    with pytest.raises(TypeError):
        async with DiscordServer(description) as server, aiohttp.ClientSession() as session:
            server.world.bot.payload = None  # type: ignore[method-assign]
            headers = {"Authorization": f"Bot {server.token}"}
            async with session.get(server.api_url + "/users/@me", headers=headers) as answer:
                assert answer.status == 501


@pytest.mark.violates
async def test_components_v2_stays(api: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    text = {"type": 10, "content": "text"}
    _, made = await api("POST", path, {"flags": V2, "components": [text]})
    path += f"/{made['id']}"
    status, edited = await api("PATCH", path, {"components": [text, text]})
    assert (status, edited["flags"]) == (200, V2)
    assert errors(await api("PATCH", path, {"content": "x"})) == (400, 50035)
    _, made = await api("POST", f"/channels/{channel.id}/messages", {"content": "x"})
    path = f"/channels/{channel.id}/messages/{made['id']}"
    assert errors(await api("PATCH", path, {"flags": V2, "components": [text]})) == (400, 50035)
    body = {"flags": V2, "components": [text], "content": None}
    assert (await api("PATCH", path, body))[0] == 200
    assert errors(await api("PATCH", path, {"components": []})) == (400, 50006)


async def test_crosspost(api: Api, guild: Guild, channel: Channel, ann: User) -> None:
    news = guild.add_channel("news", Kind.ANNOUNCEMENT)
    _, made = await api("POST", f"/channels/{news.id}/messages", {"content": "news"})
    path = f"/channels/{news.id}/messages/{made['id']}/crosspost"
    status, published = await api("POST", path)
    assert (status, published["flags"] & 1) == (200, 1)
    assert errors(await api("POST", path)) == (400, 40033)
    _, made = await api("POST", f"/channels/{channel.id}/messages", {"content": "talk"})
    path = f"/channels/{channel.id}/messages/{made['id']}/crosspost"
    assert errors(await api("POST", path)) == (400, 50024)
    other = guild.world.post(news, ann, {"content": "hers"})
    path = f"/channels/{news.id}/messages/{other.id}/crosspost"
    assert errors(await api("POST", path)) == (403, 50013)


# Threads


async def test_thread_from_message(api: Api, guild: Guild, channel: Channel) -> None:
    _, made = await api("POST", f"/channels/{channel.id}/messages", {"content": "episode"})
    path = f"/channels/{channel.id}/messages/{made['id']}/threads"
    status, thread = await api("POST", path, {"name": "Spoilers"})
    assert (status, thread["id"], thread["parent_id"]) == (201, made["id"], str(channel.id))
    assert errors(await api("POST", path, {"name": "Spoilers"})) == (400, 160004)
    assert (await api("POST", f"/channels/{thread['id']}/messages", {"content": "in it"}))[0] == 200
    _, active = await api("GET", f"/guilds/{guild.id}/threads/active")
    assert [found["name"] for found in active["threads"]] == ["Spoilers"]
    found = guild.channels[int(thread["id"])]
    assert found.thread
    found.thread.archived = found.thread.locked = True
    answer = await api("POST", f"/channels/{found.id}/messages", {"content": "late"})
    assert errors(answer) == (400, 50083)
    found.thread.locked = False
    assert (await api("POST", f"/channels/{found.id}/messages", {"content": "late"}))[0] == 200
    assert not found.thread.archived


@pytest.mark.violates
async def test_forum(api: Api, guild: Guild) -> None:
    forum = guild.add_channel("forum", Kind.FORUM, tags=["new"], requires_tag=True)
    path = f"/channels/{forum.id}/threads"
    post = {"name": "Episode 1", "message": {"content": "listen"}}
    assert errors(await api("POST", path, post)) == (400, 40067)
    assert errors(await api("POST", path, post | {"applied_tags": ["1"]})) == (400, 50035)
    assert errors(await api("POST", path, {"name": "x"})) == (400, 50035)
    tags = {"applied_tags": [forum.tags[0]["id"]]}
    status, made = await api("POST", path, post | tags)
    assert (status, made["message"]["id"], made["message"]["content"]) == (
        201,
        made["id"],
        "listen",
    )
    answer = await api("POST", f"/channels/{forum.id}/messages", {"content": "x"})
    assert errors(answer) == (400, 50008)
    path = f"/channels/{made['id']}"
    _, edited = await api("PATCH", path, {"archived": True, "name": "Old"})
    assert (edited["name"], edited["thread_metadata"]["archived"]) == ("Old", True)
    _, archived = await api("GET", f"/channels/{forum.id}/threads/archived/public")
    assert [found["id"] for found in archived["threads"]] == [made["id"]]


# Permissions


EMBED = {"embeds": [{"title": "t"}]}
FILE = {"attachments": [{"id": 0, "filename": "a"}]}


@pytest.mark.violates
@pytest.mark.parametrize(
    ("denied", "method", "path", "body", "code"),
    [
        (P.VIEW_CHANNEL, "POST", "/messages", {"content": "x"}, 50001),
        (P.VIEW_CHANNEL, "GET", "", None, 50001),
        (P.VIEW_CHANNEL, "GET", "/messages", None, 50001),
        (P.SEND_MESSAGES, "POST", "/messages", {"content": "x"}, 50013),
        (P.EMBED_LINKS, "POST", "/messages", EMBED, 50013),
        (P.SEND_MESSAGES, "POST", "/messages", EMBED, 50013),
        (P.ATTACH_FILES, "POST", "/messages", FILE, 50013),
        (P.SEND_TTS_MESSAGES, "POST", "/messages", {"content": "x", "tts": True}, 50013),
        (P.READ_MESSAGE_HISTORY, "GET", "/messages/{ann}", None, 50013),
        (P.MANAGE_MESSAGES, "DELETE", "/messages/{ann}", None, 50013),
        (P.CREATE_PUBLIC_THREADS, "POST", "/messages/{ann}/threads", {"name": "x"}, 50013),
        (P.CREATE_PUBLIC_THREADS, "POST", "/threads", {"name": "x", "type": 11}, 50013),
        (P.MANAGE_CHANNELS, "PATCH", "", {"name": "x"}, 50013),
        (P.MANAGE_CHANNELS, "DELETE", "", None, 50013),
        (0, "PATCH", "/messages/{ann}", {"content": "x"}, 50005),
    ],
)
async def test_permissions(
    api: Api, guild: Guild, ann: User, denied: int, method: str, path: str, body: Any, code: int
) -> None:
    channel = guild.add_channel("limited")
    assert guild.bot_role
    message = guild.world.post(channel, ann, {"content": "hers"})
    channel.overwrite(guild.bot_role, deny=denied)
    full = f"/channels/{channel.id}{path.format(ann=message.id)}"
    assert errors(await api(method, full, body)) == (403, code)
    # Administrators pass whatever the overwrites say.
    guild.edit_role(guild.bot_role, P.ADMINISTRATOR)
    status, answer = await api(method, full, body)
    assert status < 300 or answer["code"] in (50005, 50035)


async def test_history_without_permission_is_empty(
    api: Api, guild: Guild, channel: Channel
) -> None:
    guild.world.post(channel, guild.owner, {"content": "x"})
    channel.overwrite(guild.everyone, deny=P.READ_MESSAGE_HISTORY)
    assert await api("GET", f"/channels/{channel.id}/messages") == (200, [])
    body = {"content": "x", "message_reference": {"message_id": "1"}}
    assert errors(await api("POST", f"/channels/{channel.id}/messages", body)) == (400, 160002)


def test_overwrites(guild: Guild, channel: Channel, ann: User) -> None:
    member, role = guild.members[ann.id], guild.add_role("listeners")
    assert channel.permissions(ann) & P.SEND_MESSAGES
    channel.overwrite(guild.everyone, deny=P.SEND_MESSAGES)
    assert not channel.permissions(ann) & (P.SEND_MESSAGES | P.EMBED_LINKS)
    member.roles.append(role)
    channel.overwrite(role, allow=P.SEND_MESSAGES)
    assert channel.permissions(ann) & P.EMBED_LINKS
    channel.overwrite(ann, deny=P.VIEW_CHANNEL)
    assert channel.permissions(ann) == 0
    assert channel.permissions(guild.owner) & P.ADMINISTRATOR
    stranger = guild.world.add_user("bob")
    assert channel.permissions(stranger) == 0


@pytest.mark.violates
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/channels/1", 404, 10003),
        ("/channels/x", 400, 50035),
        ("/guilds/1", 404, 10004),
        ("/users/1", 404, 10013),
        ("/guilds/{guild}/members/1", 404, 10013),
        ("/guilds/{guild}/members/{bob}", 404, 10007),
        ("/guilds/{other}", 403, 50001),
        ("/guilds/{other}/channels", 403, 50001),
        ("/applications/1/commands", 404, 10002),
        ("/applications/{bot}/commands/1", 404, 10063),
        ("/applications/{bot}/guilds/{other}/commands", 403, 50001),
        ("/nonsense", 404, 0),
    ],
)
async def test_unknown(
    server: DiscordServer, api: Api, guild: Guild, path: str, status: int, code: int
) -> None:
    world = server.world
    names = {"guild": guild, "other": world.add_guild(permissions=None)}
    names |= {"bob": world.add_user("bob"), "bot": world.bot}
    full = path.format(**{name: found.id for name, found in names.items()})
    assert errors(await api("GET", full)) == (status, code)
    assert bool(server.violations) == (code in (0, 50035))


async def test_private_channels(api: Api, guild: Guild, ann: User) -> None:
    _, made = await api("POST", "/users/@me/channels", {"recipient_id": str(ann.id)})
    assert made["type"] == 1
    path = f"/channels/{made['id']}/messages"
    assert (await api("POST", path, {"content": "psst"}))[0] == 200
    ann.accepts_dms = False
    assert errors(await api("POST", path, {"content": "psst"})) == (403, 50007)


async def test_token(server: DiscordServer, api: Api) -> None:
    answer = await api("GET", "/users/@me", headers={"Authorization": "Bot wrong"})
    assert answer == (401, {"message": "401: Unauthorized", "code": 0})


# Commands

FIND = {"name": "find", "description": "Find it"}


@pytest.mark.violates
async def test_commands(server: DiscordServer, api: Api, guild: Guild) -> None:
    path = f"/applications/{server.world.bot.id}/commands"
    menu = {"name": "Find it", "type": 3}
    localized = FIND | {"name_localizations": {"de": "finden"}}
    _, first = await api("PUT", path, [localized, menu])
    _, second = await api("PUT", path, [FIND | {"description": "Find them"}])
    assert [c["name"] for c in second] == ["find"]
    assert (second[0]["id"], second[0]["description"]) == (first[0]["id"], "Find them")
    status, _ = await api("POST", path, localized)
    assert status == 200
    assert "name_localizations" not in (await api("GET", path))[1][0]
    _, listed = await api("GET", path, params={"with_localizations": "true"})
    assert listed[0]["name_localizations"] == {"de": "finden"}
    one = f"{path}/{listed[0]['id']}"
    assert (await api("PATCH", one, {"description": "Look"}))[1]["description"] == "Look"
    assert await api("DELETE", one) == (204, None)
    assert await api("GET", path) == (200, [])
    inside = f"/applications/{server.world.bot.id}/guilds/{guild.id}/commands"
    status, made = await api("POST", inside, FIND)
    assert (status, made["guild_id"]) == (201, str(guild.id))
    assert errors(await api("PUT", path, [FIND, FIND])) == (400, 50035)


@pytest.fixture
def register(server: DiscordServer, api: Api) -> Register:
    async def registered(body: Any) -> None:
        status, _ = await api("POST", f"/applications/{server.world.bot.id}/commands", body)
        assert status == 201

    return registered


@pytest.mark.parametrize(
    ("command", "where", "allowed"),
    [
        ({}, "guild", True),
        ({}, "elsewhere", False),
        ({}, "dm", True),
        ({}, "private", False),
        ({"contexts": [0]}, "dm", False),
        ({"contexts": [1]}, "guild", False),
        ({"integration_types": [1]}, "guild", False),
        ({"integration_types": [1]}, "installed elsewhere", True),
        ({"integration_types": [1], "contexts": [2]}, "installed private", True),
        ({"integration_types": [0], "contexts": [2]}, "installed private", False),
        ({"default_member_permissions": str(int(P.MANAGE_GUILD))}, "guild", False),
        ({"default_member_permissions": str(int(P.MANAGE_GUILD))}, "managed", True),
        ({"default_member_permissions": "0"}, "managed", False),
        ({"default_member_permissions": "0"}, "owned", True),
        ({}, "forbidden", False),
    ],
)
async def test_who_may_use_a_command(
    server: DiscordServer,
    register: Register,
    guild: Guild,
    channel: Channel,
    ann: User,
    command: Any,
    where: str,
    allowed: bool,
) -> None:
    await register(FIND | command)
    user = guild.owner if where == "owned" else ann
    user.installed = where.startswith("installed")
    if where == "managed":
        guild.members[ann.id].roles.append(guild.add_role("staff", P.MANAGE_GUILD))
    elif where == "forbidden":
        channel.overwrite(ann, deny=P.USE_APPLICATION_COMMANDS)
    elif where.endswith("elsewhere"):
        other = server.world.add_guild(permissions=None)
        other.add_member(ann)
        channel = other.add_channel("talk")
    elif where == "dm":
        channel = server.world.dm(ann)
    elif where.endswith("private"):
        channel = server.world.dm(ann, Kind.GROUP)
    if allowed:
        assert server.commands.find(user, channel, "find")[1]
    else:
        with pytest.raises(UnavailableError):
            server.commands.find(user, channel, "find")


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("lost", {}, "no command 'lost'"),
        ("find", {}, "needs a subcommand"),
        ("find it", {}, "has no subcommand it"),
        ("find all", {}, "text is required"),
        ("find all", {"text": "x", "more": 1}, "no such options: more"),
        ("find all", {"text": 1}, "does not fit an option of type 3"),
        ("find all", {"text": "long"}, "the length of 'long' is not within"),
        ("find all", {"text": "x", "count": True}, "does not fit an option of type 4"),
        ("find all", {"text": "x", "count": 10}, "the value of 10 is not within"),
        ("find all", {"text": "x", "order": "up"}, "'up' is not among the choices"),
        ("find all", {"text": "x", "who": "ann"}, "does not fit an option of type 6"),
        ("find all", {"text": "x", "where": "channel"}, "channels of type"),
    ],
)
async def test_what_the_client_refuses(
    server: DiscordServer,
    register: Register,
    channel: Channel,
    ann: User,
    name: str,
    options: dict[str, Any],
    complaint: str,
) -> None:
    def option(name: str, kind: int, **more: Any) -> Any:
        return {"name": name, "type": kind, "description": "d"} | more

    everything = [
        option("text", 3, required=True, max_length=3),
        option("count", 4, min_value=1, max_value=9),
        option("order", 3, choices=[{"name": "Newest", "value": "new"}]),
        option("who", 6),
        option("where", 7, channel_types=[5]),
    ]
    await register(FIND | {"options": [option("all", 1, options=everything)]})
    options = {k: channel if v == "channel" else v for k, v in options.items()}
    with pytest.raises((RefusedError, UnavailableError), match=complaint):
        await server.slash(ann, channel, name, options)


# Interactions


def ask(
    server: DiscordServer, channel: Channel, user: User, kind: int = INVOKED, **more: Any
) -> Interaction:
    data = {"id": "1", "name": "find", "type": 1}
    known = {"name": "/find", "locale": "en-US", "guild_locale": "en-US"}
    known |= {"owners": {"0": str(channel.guild.id if channel.guild else 0)}}
    return server.interactions.create(kind, user, channel, data, **(known | more))


def callback(interaction: Interaction) -> str:
    return f"/interactions/{interaction.id}/{interaction.token}/callback"


def webhook(server: DiscordServer, interaction: Interaction, more: str = "") -> str:
    return f"/webhooks/{server.world.bot.id}/{interaction.token}{more}"


SAY = {"type": 4, "data": {"content": "found"}}


async def test_one_answer(server: DiscordServer, api: Api, channel: Channel, ann: User) -> None:
    asked = ask(server, channel, ann)
    status, made = await api("POST", callback(asked), SAY, params={"with_response": "1"})
    assert (status, made["resource"]["message"]["content"]) == (200, "found")
    assert made["resource"]["message"]["interaction_metadata"]["id"] == str(asked.id)
    assert errors(await api("POST", callback(asked), SAY)) == (400, 40060)
    assert await api("POST", callback(ask(server, channel, ann)), SAY) == (204, None)
    assert [name for name, _ in server.timings] == ["/find", "/find"]
    assert [m.content for m in channel.messages.values()] == ["found", "found"]
    unknown = f"/interactions/{asked.id}/nothing/callback"
    assert errors(await api("POST", unknown, SAY)) == (404, 10062)


async def test_late_answer(server: DiscordServer, api: Api, channel: Channel, ann: User) -> None:
    server.answer_within = 0.0
    asked = ask(server, channel, ann)
    assert errors(await api("POST", callback(asked), SAY)) == (404, 10062)
    assert errors(await api("POST", webhook(server, asked), {"content": "x"})) == (404, 10015)


@pytest.mark.violates
async def test_answers_of_the_wrong_type(
    server: DiscordServer, api: Api, channel: Channel, ann: User
) -> None:
    field = {"type": 4, "style": 1, "custom_id": "f"}
    label = {"type": 18, "label": "L", "component": field}
    modal = {"type": 9, "data": {"custom_id": "m", "title": "M", "components": [label]}}
    source = server.world.post(channel, server.world.bot, {"content": "x"})
    for kind, answer, more in (
        (INVOKED, {"type": 6}, {}),
        (INVOKED, {"type": 8, "data": {"choices": []}}, {}),
        (AUTOCOMPLETE, SAY, {}),
        (SUBMITTED, modal, {}),
        (SUBMITTED, {"type": 7, "data": {"content": "x"}}, {}),
        (COMPONENT, {"type": 8, "data": {"choices": []}}, {"source": source}),
    ):
        asked = ask(server, channel, ann, kind, **more)
        assert errors(await api("POST", callback(asked), answer)) == (400, 50035)
    assert len(server.violations) == 6


async def test_followups(server: DiscordServer, api: Api, channel: Channel, ann: User) -> None:
    asked = ask(server, channel, ann)
    path = webhook(server, asked)
    assert errors(await api("POST", path, {"content": "early"})) == (404, 10015)
    assert errors(await api("GET", path + "/messages/@original")) == (404, 10015)
    await api("POST", callback(asked), SAY)
    _, more = await api("POST", path, {"content": "more", "flags": EPHEMERAL})
    assert more["flags"] == EPHEMERAL
    assert [m.content for m in asked.messages] == ["found", "more"]
    assert [m.content for m in channel.messages.values()] == ["found"]
    one = f"{path}/messages/{more['id']}"
    assert (await api("PATCH", one, {"content": "most"}))[1]["content"] == "most"
    assert (await api("GET", one))[1]["flags"] == EPHEMERAL
    assert await api("DELETE", one) == (204, None)
    assert errors(await api("GET", one)) == (404, 10008)
    assert (await api("GET", path + "/messages/@original"))[1]["content"] == "found"
    server.world.skip(901)
    assert errors(await api("POST", path, {"content": "late"})) == (401, 50027)


async def test_deferred(server: DiscordServer, api: Api, channel: Channel, ann: User) -> None:
    asked = ask(server, channel, ann)
    await api("POST", callback(asked), {"type": 5, "data": {"flags": EPHEMERAL}})
    assert asked.original
    assert asked.original.flags == EPHEMERAL | LOADING
    path = webhook(server, asked)
    _, first = await api("POST", path, {"content": "first"})
    assert (first["id"], first["flags"]) == (str(asked.original.id), EPHEMERAL)
    _, second = await api("POST", path, {"content": "second"})
    assert second["flags"] == 0
    assert await api("DELETE", path + "/messages/@original") == (204, None)
    answer = await api("PATCH", path + "/messages/@original", {"content": "x"})
    assert errors(answer) == (404, 10008)


async def test_component_update(
    server: DiscordServer, api: Api, channel: Channel, ann: User
) -> None:
    source = server.world.post(
        channel, server.world.bot, {"flags": V2, "components": [{"type": 10, "content": "old"}]}
    )
    new = {"components": [{"type": 10, "content": "new"}]}
    asked = ask(server, channel, ann, COMPONENT, source=source)
    assert await api("POST", callback(asked), {"type": 7, "data": new}) == (204, None)
    assert source.components[0]["content"] == "new"
    asked = ask(server, channel, ann, COMPONENT, source=source)
    await api("POST", callback(asked), {"type": 6})
    newer = {"components": [{"type": 10, "content": "newer"}]}
    await api("PATCH", webhook(server, asked, "/messages/@original"), newer)
    assert source.components[0]["content"] == "newer"
    assert len(source.edits) == 2


async def test_answers_mention_users_only(
    server: DiscordServer, api: Api, guild: Guild, channel: Channel, ann: User
) -> None:
    role = guild.add_role("loud", mentionable=True)
    asked = ask(server, channel, ann)
    content = f"{ann.mention} {role.mention} @everyone"
    await api("POST", callback(asked), {"type": 4, "data": {"content": content}})
    assert asked.original
    assert asked.original.pings == {ann.mention}


async def test_user_installs(server: DiscordServer, api: Api, ann: User) -> None:
    guild = server.world.add_guild(permissions=None, everyone=EVERYONE & ~P.USE_EXTERNAL_APPS)
    guild.add_member(ann)
    channel = guild.add_channel("talk")
    asked = ask(server, channel, ann, owners={"1": str(ann.id)})
    await api("POST", callback(asked), SAY)
    assert asked.original
    assert asked.original.ephemeral_to is ann
    path = webhook(server, asked)
    for _ in range(5):
        assert (await api("POST", path, {"content": "x"}))[0] == 200
    assert errors(await api("POST", path, {"content": "x"})) == (400, 40094)


async def test_no_bot_no_answer(
    server: DiscordServer, register: Register, channel: Channel, ann: User
) -> None:
    await register(FIND)
    with pytest.raises(NoAnswerError):
        await server.slash(ann, channel, "find")


# Faults and limits


async def test_injected_status(server: DiscordServer, api: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    fault = server.inject("POST", r"/messages$", status=503, times=2)
    assert (await api("POST", path, {"content": "1"}))[0] == 503
    assert (await api("GET", path))[0] == 200
    assert (await api("POST", path, {"content": "2"}))[0] == 503
    assert (await api("POST", path, {"content": "3"}))[0] == 200
    assert [exchange.body["content"] for exchange in fault.hits] == ["1", "2"]
    server.inject("POST", path, status=500, after=True)
    assert (await api("POST", path, {"content": "4"}))[0] == 500
    assert [m.content for m in channel.messages.values()] == ["3", "4"]
    assert [e.carried_out for e in server.find("POST")] == [False, False, True, True]


@pytest.mark.parametrize("after", [False, True])
async def test_dropped_connection(
    server: DiscordServer, api: Api, channel: Channel, after: bool
) -> None:
    path = f"/channels/{channel.id}/messages"
    server.inject("POST", path, drop=True, after=after)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await api("POST", path, {"content": "x"})
    assert len(channel.messages) == after
    assert (await server.request("POST", path)).status == 0


async def test_held_request(server: DiscordServer, api: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    fault = server.inject("POST", path, hold=True, after=True)
    sending = asyncio.ensure_future(api("POST", path, {"content": "x"}))
    await server.until(lambda: channel.messages)
    assert not sending.done()
    fault.release()
    assert (await sending)[0] == 200


async def test_delay(server: DiscordServer, api: Api) -> None:
    loop = asyncio.get_running_loop()
    server.inject("GET", "/users/@me", delay=0.05)
    start = loop.time()
    assert (await api("GET", "/users/@me"))[0] == 200
    assert loop.time() - start >= 0.05


async def test_injected_html(server: DiscordServer) -> None:
    server.inject("*", "/users/@me", status=502, body="<h1>Bad gateway</h1>")
    url = server.api_url + "/users/@me"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")


async def test_rate_limit() -> None:
    rules = {r"GET /users/@me$": (2, 60.0)} | dict(REALISTIC)
    async with DiscordServer(rate_limits=rules) as server, aiohttp.ClientSession() as session:
        server.inject("GET", "/gateway", status=429, retry_after=2.5)
        seen = []
        for path in ("/users/@me", "/users/@me", "/users/@me", "/gateway"):
            headers = {"Authorization": f"Bot {server.token}"}
            async with session.get(server.api_url + path, headers=headers) as answer:
                seen.append((answer.status, answer.headers, await answer.json()))
        assert [status for status, _, _ in seen] == [200, 200, 429, 429]
        assert [h["X-RateLimit-Remaining"] for _, h, _ in seen[:3]] == ["1", "0", "0"]
        assert seen[0][1]["Content-Type"] == "application/json"
        _, headers, body = seen[2]
        assert headers["Via"] and 59 <= int(headers["Retry-After"]) <= 60
        assert 59 < body["retry_after"] <= 60 and body["global"] is False
        assert seen[3][2]["retry_after"] == 2.5


async def test_global_rate_limit() -> None:
    async with DiscordServer(global_limit=3) as server, aiohttp.ClientSession() as session:
        bodies = []
        for _ in range(4):
            headers = {"Authorization": f"Bot {server.token}"}
            async with session.get(server.api_url + "/users/@me", headers=headers) as answer:
                bodies.append((answer.status, await answer.json()))
        assert [status for status, _ in bodies] == [200, 200, 200, 429]
        assert bodies[3][1]["global"] is True


async def test_answers_fit_the_description(
    server: DiscordServer, api: Api, guild: Guild, channel: Channel, ann: User, openapi: OpenAPI
) -> None:
    news = guild.add_channel("news", Kind.ANNOUNCEMENT)
    forum = guild.add_channel("forum", Kind.FORUM, tags=["new"])
    messages, bot = f"/channels/{channel.id}/messages", server.world.bot.id
    select = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]}
    picture = {"media": {"url": "https://example.com/a.png"}}
    section = {"type": 9, "components": [{"type": 10, "content": "x"}]}
    card = {"type": 17, "components": [
        section | {"accessory": {"type": 11} | picture},
        section | {"accessory": {"type": 2, "style": 5, "label": "L", "url": "https://a.example/"}},
        {"type": 12, "items": [picture]},
        {"type": 14},
        {"type": 1, "components": [select]},
        {"type": 1, "components": [{"type": 8, "custom_id": "c"}]},
        ROW,
    ]}  # fmt: skip
    embed = {
        "title": "t",
        "description": "d",
        "url": "https://example.com/",
        "author": {"name": "a"},
        "footer": {"text": "f"},
        "fields": [{"name": "n", "value": "v"}],
        "image": {"url": "https://example.com/a.png"},
        "timestamp": "2026-01-01T00:00:00+00:00",
    }
    _, made = await api("POST", messages, {"content": ann.mention, "embeds": [embed], "nonce": "1"})
    reply = {"message_reference": {"message_id": made["id"]}}
    await api("POST", messages, {"flags": V2, "components": [card]} | reply)
    await api("POST", f"{messages}/{made['id']}/threads", {"name": "thread"})
    _, made = await api("POST", f"/channels/{news.id}/messages", {"content": "news"})
    await api("POST", f"/channels/{news.id}/messages/{made['id']}/crosspost")
    post = {"name": "post", "message": {"content": "x"}, "applied_tags": [forum.tags[0]["id"]]}
    await api("POST", f"/channels/{forum.id}/threads", post)
    await api("POST", "/users/@me/channels", {"recipient_id": str(ann.id)})
    menu = {"name": "Menu", "type": 3}
    option = {"name": "o", "description": "d", "type": 3, "choices": [{"name": "n", "value": "v"}]}
    await api("PUT", f"/applications/{bot}/commands", [FIND | {"options": [option]}, menu])
    for path in (
        "/gateway",
        "/gateway/bot",
        "/users/@me",
        f"/users/{ann.id}",
        "/users/@me/guilds",
        "/applications/@me",
        "/oauth2/applications/@me",
        f"/applications/{bot}/commands?with_localizations=true",
        f"/guilds/{guild.id}",
        f"/guilds/{guild.id}/channels",
        f"/guilds/{guild.id}/roles",
        f"/guilds/{guild.id}/members?limit=10",
        f"/guilds/{guild.id}/members/{ann.id}",
        f"/guilds/{guild.id}/threads/active",
        f"/channels/{channel.id}",
        f"/channels/{forum.id}",
        messages,
    ):
        await api("GET", path)
    asked = ask(server, channel, ann)
    await api("POST", callback(asked), SAY, params={"with_response": "true"})
    await api("POST", webhook(server, asked), {"content": "x", "flags": EPHEMERAL})
    await api("GET", webhook(server, asked, "/messages/@original"))
    wrong = [
        f"{exchange.method} {exchange.route} {line}"
        for exchange in server.requests
        for line in openapi.response(
            exchange.method, exchange.route, exchange.status or 0, exchange.response
        )
    ]
    assert wrong == []
    assert all(exchange.status in (200, 201, 204) for exchange in server.requests)
