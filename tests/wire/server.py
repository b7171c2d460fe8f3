"""A local Discord: the HTTP API and the gateway on one port, with everything said over them kept.

>>> async with DiscordServer() as server:
...     guild = server.world.add_guild()
...     async with BotProcess(server, "bot", "run", env={"TOKEN": server.token}) as bot:
...         await bot.ready()
...         seen = await server.slash(guild.owner, guild.add_channel("talk"), "ping")
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from aiohttp import BodyPartReader, web

from bot.ui import limits

from .client import Driver
from .commands import Commands
from .errors import ApiError, invalid, known, plain
from .gateway import Gateway
from .interactions import Interactions
from .messages import Upload
from .rest import Rest
from .routing import Call
from .schema import load
from .state import World
from .traffic import GENEROUS, Exchange, Fault, RateLimits, too_many

Json = dict[str, Any]

PREFIX = "/api/v10"

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB"


class DiscordServer(Driver):
    """The whole of it; an async context manager, started on a free port of the loopback."""

    def __init__(
        self,
        openapi: Path | None = None,
        *,
        token: str = TOKEN,
        answer_within: float = 3.0,
        token_lifetime: float = 900.0,
        nonce_window: float = 300.0,
        rate_limits: Mapping[str, tuple[int, float]] = GENEROUS,
        global_limit: int | None = None,
        installable: tuple[int, ...] = (0, 1),
    ) -> None:
        self.token = token
        self.answer_within = answer_within
        self.token_lifetime = token_lifetime
        self.nonce_window = nonce_window
        self.installable = installable
        self.requests: list[Exchange] = []
        self.violations: list[str] = []
        """Everything that a limit or the description refused, and every route not known here."""
        self.timings: list[tuple[str, float]] = []
        """How many seconds every first answer to an interaction took, with what was done."""
        self.gateway = Gateway(self)
        self.world = World(self.gateway.dispatch)
        self.commands = Commands(self)
        self.interactions = Interactions(self)
        self.crashes: list[Exception] = []
        """Faults of the bench itself, raised on leaving it."""
        self._handlers = (Rest(self), self.commands, self.interactions)
        self._openapi = load(openapi) if openapi else None
        self._limits = RateLimits(rate_limits, global_limit)
        self._faults: list[Fault] = []
        self._in_flight = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._sender: asyncio.Task[None] | None = None
        self._port = 0

    # Running

    @property
    def api_url(self) -> str:
        """What takes the place of ``discord.http.Route.BASE``."""
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """What takes the place of ``DiscordWebSocket.DEFAULT_GATEWAY``."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        await self.stop()
        if self.crashes and kind is None:
            raise self.crashes[0]

    async def start(self) -> None:
        """Listen; after a stop on the same port again."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/gateway", self._serve_gateway)
        app.router.add_get("/attachments/{id}/{name}", self._serve_file)
        for owner in self._handlers:
            for name in dir(owner):
                for method, path, public in getattr(getattr(owner, name), "routes", ()):
                    self._add(app, method, path, getattr(owner, name), public=public)
        app.router.add_route("*", PREFIX + "/{tail:.*}", self._serve_unknown)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.world.files_url = f"http://127.0.0.1:{self._port}/attachments"
        self._sender = asyncio.create_task(self.gateway.run())

    async def stop(self) -> None:
        """Go away; requests that are held are let go."""
        for fault in self._faults:
            if fault.gate:
                fault.gate.set()
        if self._runner and self._site:
            # Nobody may slip in between the end of the connections and that of listening.
            await self._site.stop()
            await asyncio.sleep(0.01)
            await self.gateway.stop()
            await self._runner.cleanup()
            self._runner = self._site = None
        if self._sender:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender

    # Watching

    def pulse(self) -> None:
        """Say that something happened."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(
        self, predicate: Callable[[], Any], within: float = 10.0, what: str = "it"
    ) -> Any:
        """Wait until a condition on what the server knows holds; return what the predicate did."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while not (found := predicate()):
            future = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait_for(future, deadline - loop.time())
            except TimeoutError:
                raise TimeoutError(f"waited {within:g} s in vain for {what}") from None
            finally:
                self._waiting.discard(future)
        return found

    async def settle(self, rounds: int = 5, within: float = 30.0) -> None:
        """Wait until REST is quiet and the bot has worked through the last answers and events.

        What the bot does elsewhere, in a thread or a timer, is not seen: wait for its request.
        """
        async with asyncio.timeout(within):
            seen = -1
            while seen != len(self.requests) or self._in_flight:
                seen = len(self.requests)
                await self.until(lambda: not self._in_flight, within, "requests to be answered")
                for _ in range(rounds):
                    await self.gateway.ping()

    def find(self, method: str = "*", path: str = "") -> list[Exchange]:
        """Return the requests so far of a method, with a path that the expression is found in."""
        return [
            exchange
            for exchange in self.requests
            if method in ("*", exchange.method) and re.search(path, exchange.path)
        ]

    async def request(
        self, method: str, path: str, *, count: int = 1, within: float = 10.0
    ) -> Exchange:
        """Wait until so many such requests have been answered; return the last of them."""

        def answered() -> list[Exchange]:
            return [e for e in self.find(method, path) if e.status is not None]

        what = f"request {count} of {method} {path}"
        await self.until(lambda: len(answered()) >= count, within, what)
        return answered()[count - 1]

    # Interfering

    def inject(
        self,
        method: str,
        path: str,
        *,
        times: int = 1,
        status: int | None = None,
        drop: bool = False,
        after: bool = False,
        delay: float = 0.0,
        hold: bool = False,
        body: Any = None,
        retry_after: float = 0.05,
    ) -> Fault:
        """Let the next requests that match go wrong.

        They are answered with a status, or their connection is dropped; ``after`` having been
        carried out, otherwise instead. ``delay`` makes them wait, ``hold`` until the fault's
        ``release``; on their own these change nothing else. A ``body`` that is text is sent as
        HTML, the way a proxy in between would answer.
        """
        fault = Fault(
            method, re.compile(path), times, status, drop, after, delay, body, retry_after
        )
        fault.gate = asyncio.Event() if hold else None
        self._faults.append(fault)
        return fault

    def check(self, call: Call, kind: str | None = None, *, flags: int = 0) -> None:
        """Refuse a body that breaks a limit; ``flags`` are those of a message being edited."""
        body, v2 = call.body, flags & limits.COMPONENTS_V2
        if v2 and kind == "edit":
            body = body | {"flags": (body.get("flags") or 0) | v2}
        elif v2 and isinstance(data := body.get("data"), dict):
            body = body | {"data": data | {"flags": (data.get("flags") or 0) | v2}}
        lines = limits.violations(body, kind=kind) if kind else []
        if self._openapi:
            seen = {line.partition(": ")[0] for line in lines}
            found = self._openapi.request(call.exchange.method, call.exchange.route, call.body)
            lines += [line for line in found if line.partition(": ")[0] not in seen]
        if lines:
            raise invalid(lines)

    # Serving

    def _add(
        self, app: web.Application, method: str, path: str, handler: Any, *, public: bool
    ) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, path, handler, public=public)

        app.router.add_route(method, PREFIX + path, serve)

    async def _serve(
        self, request: web.Request, route: str, handler: Any, *, public: bool = False
    ) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        exchange = Exchange(
            request.method, path, route, dict(request.query), request.headers, self.world.now()
        )
        self.requests.append(exchange)
        self._in_flight += 1
        self.pulse()
        try:
            return await self._respond(request, exchange, handler, public=public)
        finally:
            self._in_flight -= 1
            self.pulse()

    async def _respond(
        self, request: web.Request, exchange: Exchange, handler: Any, *, public: bool
    ) -> web.StreamResponse:
        call = Call(exchange, dict(request.match_info))
        try:
            await _read(request, call)
        except ValueError:
            error = known(50109)
            return _response(exchange, error.status, error.body, {})
        fault = next((fault for fault in self._faults if fault.matches(exchange)), None)
        if fault:
            fault.hits.append(exchange)
            if not fault.after:
                await fault.wait()
                if fault.drop or fault.status:
                    return self._faulty(request, exchange, fault)
        passed, headers, refusal = self._limits.take(exchange, _major(call))
        status, body = 429, refusal
        if passed:
            status, body = await self._answer(call, handler, public=public)
        exchange.carried_out = status < 400
        if fault and fault.after:
            await fault.wait()
            if fault.drop or fault.status:
                return self._faulty(request, exchange, fault)
        return _response(exchange, status, body, headers)

    async def _answer(self, call: Call, handler: Any, *, public: bool) -> tuple[int, Any]:
        try:
            if not public and call.exchange.headers.get("Authorization") != f"Bot {self.token}":
                raise plain(401, "Unauthorized")
            if call.exchange.method in ("POST", "PATCH"):
                call.body = {} if call.body is None else call.body
                if not isinstance(call.body, dict):
                    raise invalid(["$: must be an object"])
            result = await handler(call)
        except ApiError as error:
            call.exchange.violations = error.lines
            self.violations += [f"{call.exchange.name} {line}" for line in error.lines]
            return error.status, error.body
        except Exception as error:  # noqa: BLE001 - a 500 would have the client try again and again
            self.crashes.append(error)
            return 501, {"message": f"{type(error).__name__}: {error}", "code": 0}
        if isinstance(result, tuple):
            return result
        return (204, None) if result is None else (200, result)

    def _faulty(self, request: web.Request, exchange: Exchange, fault: Fault) -> web.StreamResponse:
        if fault.drop:
            exchange.status = 0
            if request.transport:
                request.transport.abort()
            return web.Response()
        status, body, headers = fault.status or 500, fault.body, dict[str, str]()
        if status == 429:
            headers, refusal = too_many(fault.retry_after)
            body = refusal if body is None else body
        if body is None:
            body = {"message": f"{status}: injected", "code": 0}
        return _response(exchange, status, body, headers)

    async def _serve_gateway(self, request: web.Request) -> web.StreamResponse:
        return await self.gateway.handle(request)

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        data = self.world.files.get((request.match_info["id"], request.match_info["name"]))
        return web.Response(status=404) if data is None else web.Response(body=data)

    async def _serve_unknown(self, request: web.Request) -> web.StreamResponse:
        async def unknown(call: Call) -> None:
            self.violations.append(f"{call.exchange.name} is no route known here")
            raise plain(404, "Not Found")

        return await self._serve(request, request.path, unknown)


async def _read(request: web.Request, call: Call) -> None:
    """Take a body apart, whether it is JSON or a form with files."""
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            data, name = await part.read(decode=True), part.name or ""
            if name == "payload_json":
                call.body = json.loads(data)
            elif index := re.fullmatch(r"files\[(\d+)\]", name):
                kind = part.headers.get("Content-Type", "application/octet-stream")
                upload = Upload(part.filename or "file", kind, bytes(data))
                call.files[int(index[1])] = upload
                call.exchange.files.append(upload.name)
        call.body = call.body if call.body is not None else {}
        message = call.body
        for key in ("data", "message"):
            message = message[key] if isinstance(message.get(key), dict) else message
        listed = [{"id": n, "filename": upload.name} for n, upload in call.files.items()]
        message.setdefault("attachments", listed)
    elif request.body_exists:
        text = await request.text()
        call.body = json.loads(text) if text else None
    call.exchange.body = call.body


def _major(call: Call) -> str:
    keys = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
    return ":".join(call.parts.get(key, "") for key in keys)


def _response(
    exchange: Exchange, status: int, body: Any, headers: Mapping[str, str]
) -> web.Response:
    exchange.status, exchange.response = status, body
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, headers=headers, text=body, content_type="text/html")
    # A charset would keep discord.py from reading it as JSON.
    return web.Response(
        status=status,
        headers={**headers, "Content-Type": "application/json"},
        body=json.dumps(body).encode(),
    )
