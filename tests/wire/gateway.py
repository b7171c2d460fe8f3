"""The gateway: sessions over a websocket, which can be interrupted in every documented way."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from .state import GUILDS, MESSAGE_CONTENT

if TYPE_CHECKING:
    from .server import DiscordServer

Json = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 0, 1, 2, 3, 4, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
_OF_GUILDS = ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE")
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15


class Connection:
    """One websocket, compressed as a stream where the client asks for zlib."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._transport = request.transport
        self._deflate = None
        if request.query.get("compress") == "zlib-stream":
            self._deflate = zlib.compressobj()

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload, separators=(",", ":"))
        with contextlib.suppress(ConnectionError):
            if self._deflate is None:
                await self.socket.send_str(text)
            else:
                data = self._deflate.compress(text.encode())
                await self.socket.send_bytes(data + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()


@dataclass(eq=False)
class Session:
    """What outlives a connection: the numbered events, to be sent again on resuming."""

    intents: int
    shard: tuple[int, int] = (0, 1)
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    connection: Connection | None = None
    events: list[Json] = field(default_factory=list)

    def serves(self, guild_id: int) -> bool:
        """Whether a guild is dealt out to it; what is in none is 0."""
        number, count = self.shard
        return (guild_id >> 22) % count == number

    def add(self, event: str, data: Json) -> Json:
        payload = {"op": DISPATCH, "t": event, "s": len(self.events) + 1, "d": data}
        self.events.append(payload)
        return payload


class Gateway:
    """Accepts the bot's connections, dispatches events to them and breaks them on request."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._sessions: dict[str, Session] = {}
        self._outgoing: asyncio.Queue[tuple[Connection, Json]] = asyncio.Queue()
        self._pongs = 0
        self.heartbeat_interval = 41.25
        self.privileged_intents = 0
        self.log: list[tuple[str, Json]] = []
        """What the bot sent, as pairs of a name (identify, resume, presence...) and its data."""
        self.readies = 0
        self.resumes = 0
        self.heartbeats = 0

    @property
    def session(self) -> Session | None:
        """The session that is connected now."""
        return next((s for s in reversed(self._sessions.values()) if s.connection), None)

    @property
    def connected(self) -> bool:
        return self.session is not None

    @property
    def alive(self) -> bool:
        """Whether a session is connected, or could be resumed."""
        return bool(self._sessions)

    # What a test does to the connection

    async def reconnect(self) -> None:
        """Ask the bot to connect anew and resume (opcode 7)."""
        await self._op(RECONNECT, None)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Tell the bot that its session is invalid (opcode 9)."""
        session = self._current()
        if not resumable:
            self._sessions.pop(session.id)
        await self._op(INVALID_SESSION, resumable, session)

    async def close(self, code: int = 4000) -> None:
        """Close the connection with a code."""
        session = self._current()
        assert session.connection
        socket, session.connection = session.connection.socket, None
        await socket.close(code=code)

    def drop(self) -> None:
        """Lose the connection without a word."""
        session = self._current()
        assert session.connection
        session.connection.abort()
        session.connection = None

    async def ping(self) -> None:
        """Wait until the bot's event loop has come round to answering (no heartbeat is used up)."""
        session = self.session
        if session is None or session.connection is None:
            return
        await self._outgoing.join()
        before = self._pongs
        with contextlib.suppress(ConnectionError):
            await session.connection.socket.ping()
        await self._server.until(
            lambda: self._pongs > before or session.connection is None, 10, "a pong"
        )

    # What Discord does

    def dispatch(self, event: str, data: Json, intents: int = 0) -> None:
        """Send an event to every session that asked for such; store it where none is connected."""
        for session in self._sessions.values():
            if intents and not session.intents & intents:
                continue
            if not session.serves(int(data.get("id" if event in _OF_GUILDS else "guild_id") or 0)):
                continue
            self._event(session, event, self._visible(session, event, data))

    def _event(self, session: Session, event: str, data: Json) -> None:
        payload = session.add(event, data)
        if session.connection:
            self._outgoing.put_nowait((session.connection, payload))

    def _visible(self, session: Session, event: str, data: Json) -> Json:
        """Withhold a message's content from a bot without the intent for it."""
        bot = self._server.world.bot
        if event not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or session.intents & MESSAGE_CONTENT:
            return data
        mentioned = any(user["id"] == str(bot.id) for user in data["mentions"])
        if data["author"]["id"] == str(bot.id) or mentioned or "guild_id" not in data:
            return data
        return data | {"content": "", "embeds": [], "attachments": [], "components": []}

    async def run(self) -> None:
        """Send what is queued, in order."""
        while True:
            connection, payload = await self._outgoing.get()
            await connection.send(payload)
            self._outgoing.task_done()

    async def stop(self) -> None:
        """Close every connection; the sessions can be resumed after a new start."""
        for session in self._sessions.values():
            if session.connection:
                socket, session.connection = session.connection.socket, None
                await socket.close(code=WSCloseCode.GOING_AWAY)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        await connection.send(
            {"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)}}
        )
        session: Session | None = None
        try:
            async for message in socket:
                if message.type is WSMsgType.PONG:
                    self._pongs += 1
                    self._server.pulse()
                elif message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    session = await self._receive(connection, session, message.data)
                    self._server.pulse()
        finally:
            if session and session.connection is connection:
                session.connection = None
                if socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
                    self._sessions.pop(session.id, None)
            self._server.pulse()
        return socket

    async def _receive(
        self, connection: Connection, session: Session | None, text: str
    ) -> Session | None:
        socket = connection.socket
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, TypeError, KeyError):
            await socket.close(code=4002, message=b"Error while decoding payload.")
            return session
        if op == HEARTBEAT:
            self.heartbeats += 1
            await connection.send({"op": HEARTBEAT_ACK})
        elif op in (IDENTIFY, RESUME):
            self.log.append(("identify" if op == IDENTIFY else "resume", data))
            if session is not None:
                await socket.close(code=4005, message=b"Already authenticated.")
            elif data["token"] != self._server.token:
                await socket.close(code=4004, message=b"Authentication failed.")
            elif op == RESUME:
                return await self._resume(connection, data)
            elif data["intents"] & PRIVILEGED & ~self.privileged_intents:
                await socket.close(code=4014, message=b"Disallowed intent(s).")
            else:
                return self._identify(connection, data)
        elif session is None:
            await socket.close(code=4003, message=b"Not authenticated.")
        elif op == PRESENCE:
            self.log.append(("presence", data))
        elif op == REQUEST_MEMBERS:
            self._members(session, data)
        elif op != VOICE:
            await socket.close(code=4001, message=b"Unknown opcode.")
        return session

    def _identify(self, connection: Connection, data: Json) -> Session:
        world = self._server.world
        number, count = data.get("shard", [0, 1])
        session = Session(data["intents"], (number, count), connection=connection)
        self._sessions[session.id] = session
        guilds = [g for g in world.guilds.values() if world.bot.id in g.members]
        guilds = [guild for guild in guilds if session.serves(guild.id)]
        ready = {
            "v": 10,
            "user": world.bot.payload() | {"verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._server.gateway_url,
            "shard": data.get("shard", [0, 1]),
            "application": {"id": str(world.bot.id), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
        }
        self._event(session, "READY", ready)
        if session.intents & GUILDS:
            for guild in guilds:
                self._event(session, "GUILD_CREATE", guild.payload(created=True))
        self.readies += 1
        return session

    async def _resume(self, connection: Connection, data: Json) -> Session | None:
        session = self._sessions.get(data["session_id"])
        if session is None:
            await connection.send({"op": INVALID_SESSION, "d": False})
            return None
        if not 0 <= (data["seq"] or 0) <= len(session.events):
            await connection.socket.close(code=4007, message=b"Invalid seq.")
            return None
        if session.connection:
            session.connection.abort()
        session.connection = connection
        for payload in session.events[data["seq"] or 0 :]:
            self._outgoing.put_nowait((connection, payload))
        self._event(session, "RESUMED", {"_trace": []})
        self.resumes += 1
        return session

    def _members(self, session: Session, data: Json) -> None:
        guild = self._server.world.guilds[int(data["guild_id"])]
        wanted = data.get("user_ids")
        members = [
            member.payload()
            for user, member in guild.members.items()
            if (wanted is None or str(user) in map(str, wanted))
            and member.user.username.startswith(data.get("query") or "")
        ]
        chunk = {
            "guild_id": str(guild.id),
            "members": list(itertools.islice(members, data.get("limit") or None)),
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": data.get("nonce"),
        }
        self._event(session, "GUILD_MEMBERS_CHUNK", chunk)

    async def _op(self, op: int, data: Any, session: Session | None = None) -> None:
        connection = (session or self._current()).connection
        assert connection
        await connection.send({"op": op, "d": data})

    def _current(self) -> Session:
        session = self.session
        if session is None:
            raise RuntimeError("the bot is not connected")
        return session
