from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from typing import Any, Self

import aiohttp
import pytest

from .server import TOKEN, DiscordServer
from .state import GUILD_MESSAGES, GUILDS, MESSAGE_CONTENT, Guild


class Client:
    """A bare client of the gateway, uncompressed unless asked otherwise."""

    def __init__(self, server: DiscordServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session
        self._inflate = zlib.decompressobj()

    async def open(self, compress: str | None = None) -> Self:
        url = self._server.gateway_url + (f"?compress={compress}" if compress else "")
        self.socket = await self._session.ws_connect(url)
        assert (await self.receive())["op"] == 10
        return self

    async def send(self, op: int, data: Any = None) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def receive(self) -> Any:
        message = await self.socket.receive(5)
        if message.type is aiohttp.WSMsgType.BINARY:
            return json.loads(self._inflate.decompress(message.data))
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    async def closed(self) -> int | None:
        await self.socket.receive(5)
        return self.socket.close_code

    async def identify(self, intents: int = GUILDS | GUILD_MESSAGES) -> str:
        await self.send(2, {"token": self._server.token, "intents": intents, "properties": {}})
        ready = await self.receive()
        assert (ready["t"], ready["s"]) == ("READY", 1)
        for _ in ready["d"]["guilds"]:
            assert (await self.receive())["t"] == "GUILD_CREATE"
        return ready["d"]["session_id"]

    async def resume(self, session: str, seq: int) -> None:
        data = {"token": self._server.token, "session_id": session, "seq": seq}
        await self.send(6, data)


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.world.add_guild()


@pytest.fixture
async def client(server: DiscordServer, guild: Guild) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)


async def test_heartbeat(client: Client) -> None:
    await client.open()
    await client.send(1, None)
    assert (await client.receive())["op"] == 11


async def test_compressed_stream(client: Client) -> None:
    await client.open("zlib-stream")
    assert await client.identify()


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 1}, 4004),
        (6, {"token": "wrong", "session_id": "x", "seq": 1}, 4004),
        (2, {"token": TOKEN, "intents": MESSAGE_CONTENT}, 4014),
        (3, {}, 4003),
    ],
)
async def test_refusals(client: Client, op: int, data: Any, code: int) -> None:
    await client.open()
    await client.send(op, data)
    assert await client.closed() == code


async def test_refusals_of_the_identified(client: Client) -> None:
    for op, code in ((2, 4005), (99, 4001)):
        await client.open()
        await client.identify()
        await client.send(op, {"token": TOKEN, "intents": 1})
        assert await client.closed() == code
    await client.open()
    await client.socket.send_str("{")
    assert await client.closed() == 4002


async def test_resume_sends_what_was_missed(
    server: DiscordServer, client: Client, guild: Guild
) -> None:
    channel = guild.add_channel("talk")
    await client.open()
    session = await client.identify()
    server.world.post(channel, guild.owner, {"content": "seen"})
    seen = await client.receive()
    assert (seen["t"], seen["s"], seen["d"]["content"]) == ("MESSAGE_CREATE", 3, "")
    server.gateway.drop()
    server.world.post(channel, guild.owner, {"content": "missed"})
    await client.open()
    await client.resume(session, 3)
    missed, resumed = await client.receive(), await client.receive()
    assert (missed["t"], missed["s"]) == ("MESSAGE_CREATE", 4)
    assert (resumed["t"], resumed["s"]) == ("RESUMED", 5)
    assert server.gateway.resumes == 1


async def test_resume_refused(client: Client) -> None:
    await client.open()
    await client.resume("unknown", 1)
    answer = await client.receive()
    assert (answer["op"], answer["d"]) == (9, False)
    session = await client.identify()
    await client.socket.close(code=4000)
    await client.open()
    await client.resume(session, 99)
    assert await client.closed() == 4007


async def test_a_clean_close_ends_the_session(client: Client) -> None:
    await client.open()
    session = await client.identify()
    await client.socket.close(code=1000)
    await client.open()
    await client.resume(session, 1)
    assert (await client.receive())["op"] == 9


async def test_invalid_session(server: DiscordServer, client: Client) -> None:
    await client.open()
    await client.identify()
    await server.gateway.invalidate(resumable=True)
    assert await client.receive() == {"op": 9, "d": True}
    await server.gateway.reconnect()
    assert await client.receive() == {"op": 7, "d": None}


async def test_intents_decide_what_is_sent(
    server: DiscordServer, client: Client, guild: Guild
) -> None:
    server.gateway.privileged_intents = MESSAGE_CONTENT
    channel = guild.add_channel("talk")
    await client.open()
    await client.identify(GUILDS | GUILD_MESSAGES | MESSAGE_CONTENT)
    hidden = guild.add_channel("hidden")
    hidden.overwrite(guild.everyone, deny=1 << 10)
    assert [(await client.receive())["t"] for _ in range(2)] == ["CHANNEL_CREATE", "CHANNEL_UPDATE"]
    server.world.post(hidden, guild.owner, {"content": "secret"})
    server.world.post(server.world.dm(guild.owner), guild.owner, {"content": "private"})
    server.world.post(channel, guild.owner, {"content": "open"})
    seen = await client.receive()
    assert (seen["t"], seen["d"]["content"]) == ("MESSAGE_CREATE", "open")


async def test_the_world_is_told(client: Client, guild: Guild) -> None:
    await client.open()
    await client.identify()
    channel = guild.add_channel("talk")
    channel.delete()
    role = guild.add_role("role")
    guild.edit_role(role, 8)
    guild.delete_role(role)
    guild.remove_bot()
    guild.add_channel("unseen")
    guild.add_bot()
    events = [(await client.receive())["t"] for _ in range(7)]
    assert events == [
        "CHANNEL_CREATE",
        "CHANNEL_DELETE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "GUILD_DELETE",
        "GUILD_CREATE",
    ]


async def test_members_on_request(client: Client, guild: Guild) -> None:
    guild.add_member(guild.world.add_user("ann"))
    await client.open()
    await client.identify()
    await client.send(8, {"guild_id": str(guild.id), "query": "an", "limit": 0, "nonce": "n"})
    chunk = await client.receive()
    assert chunk["t"] == "GUILD_MEMBERS_CHUNK"
    assert [member["user"]["username"] for member in chunk["d"]["members"]] == ["ann"]
