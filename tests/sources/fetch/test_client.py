"""The fetcher against a server that misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import SourceError
from bot.sources.fetch.cache import Cache
from bot.sources.fetch.client import Client, FetchError, Limits
from tests.sources.fetch.server import Server

LIMITS = Limits(2**20, 5.0)
HOST = frozenset({"127.0.0.1"})


class Clock:
    """Seconds since 1970, as a test says."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def fetching(
    folder: Path, hosts: frozenset[str] = HOST, clock: Clock | None = None
) -> AsyncGenerator[Client]:
    async with Client(Cache(folder), private_hosts=hosts, clock=clock or Clock()) as client:
        yield client


async def refused(client: Client, url: str, limits: Limits = LIMITS) -> FetchError:
    with pytest.raises(FetchError) as raised:
        await client.get(url, limits)
    return raised.value


async def test_it_is_asked_for_only_where_it_changed(tmp_path: Path, server: Server) -> None:
    async def answer(request: web.Request) -> web.Response:
        same = request.headers.get("If-None-Match") == '"v1"'
        same = same and request.headers.get("If-Modified-Since") == "then"
        if same:
            return web.Response(status=304)
        return web.Response(body=b"one", headers={"ETag": '"v1"', "Last-Modified": "then"})

    server.answers["/a"] = answer
    async with fetching(tmp_path) as client:
        first = await client.get(server.url("/a"), LIMITS)
        again = await client.get(server.url("/a"), LIMITS)
    assert (first.changed, first.path.read_bytes()) == (True, b"one")
    assert not again.changed
    assert len(server.asked) == 2
    first.path.unlink()
    async with fetching(tmp_path) as client:  # what is lost is fetched without conditions
        assert (await client.get(server.url("/a"), LIMITS)).changed
    assert "If-None-Match" not in server.asked[-1].headers


async def test_the_same_bytes_are_no_change(tmp_path: Path, server: Server) -> None:
    server.answers["/a"] = b"one"
    async with fetching(tmp_path) as client:
        assert (await client.get(server.url("/a"), LIMITS)).changed
        assert not (await client.get(server.url("/a"), LIMITS)).changed
        server.answers["/a"] = b"two"
        assert (await client.get(server.url("/a"), LIMITS)).changed


async def test_what_is_not_accepted_replaces_nothing(tmp_path: Path, server: Server) -> None:
    server.answers["/a"] = b"good"

    def accept(path: Path) -> None:
        if path.read_bytes() != b"good":
            raise SourceError("a", 1, "bad")

    clock = Clock()
    async with fetching(tmp_path, clock=clock) as client:
        fetched = await client.get(server.url("/a"), LIMITS, accept)
        server.answers["/a"] = b"evil"
        with pytest.raises(SourceError, match="bad"):
            await client.get(server.url("/a"), LIMITS, accept)
        assert fetched.path.read_bytes() == b"good"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw"])
async def test_compression(tmp_path: Path, server: Server, encoding: str) -> None:
    text = b"many words " * 20_000
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw": zlib.compress(text)[2:-4],
    }[encoding]
    header = {"Content-Encoding": "deflate" if encoding == "raw" else encoding}
    server.answers["/a"] = web.Response(body=packed, headers=header)
    async with fetching(tmp_path) as client:
        assert (await client.get(server.url("/a"), LIMITS)).path.read_bytes() == text


async def test_a_decompression_bomb(tmp_path: Path, server: Server) -> None:
    bomb = gzip.compress(bytes(200 * 2**20), 9)
    server.answers["/a"] = web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    async with fetching(tmp_path) as client:
        error = await refused(client, server.url("/a"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.reason == "is larger than 1 MB; left out"
    assert peak < 8 * 2**20
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (b"no gzip", "gzip", "is damaged"),
        (gzip.compress(b"x" * 9999, mtime=0)[:-20], "gzip", "ends in the middle"),
        (b"x", "br", "is compressed as 'br'"),
    ],
)
async def test_broken_compression(
    tmp_path: Path, server: Server, body: bytes, encoding: str, reason: str
) -> None:
    server.answers["/a"] = web.Response(body=body, headers={"Content-Encoding": encoding})
    async with fetching(tmp_path) as client:
        assert reason in (await refused(client, server.url("/a"))).reason


async def test_an_endless_body(tmp_path: Path, server: Server) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 2**16)

    server.answers["/a"] = answer
    async with fetching(tmp_path) as client:
        assert (await refused(client, server.url("/a"))).reason == "is larger than 1 MB; left out"


async def test_a_slow_server(tmp_path: Path, server: Server) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.02)

    server.answers["/a"] = answer
    async with fetching(tmp_path) as client:
        error = await refused(client, server.url("/a"), Limits(2**20, 0.3))
    assert error.reason == "took longer than 0.3 seconds; its server is too slow"


async def test_a_body_that_is_cut_off(tmp_path: Path, server: Server) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"x" * 50)
        assert request.transport
        request.transport.close()
        return response

    server.answers["/a"] = answer
    async with fetching(tmp_path) as client:
        assert "cannot be fetched" in (await refused(client, server.url("/a"))).reason


def redirect(status: int, to: str) -> web.Response:
    return web.Response(status=status, headers={"Location": to})


async def test_permanent_redirects_are_remembered(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers |= {"/a": redirect(301, "/b"), "/b": redirect(308, "/c"), "/c": b"here"}
    async with fetching(tmp_path) as client:
        fetched = await client.get(server.url("/a"), LIMITS)
        assert fetched.record.moved == server.url("/c")
        assert "has moved to" in caplog.text
        await client.get(server.url("/a"), LIMITS)
    assert server.paths == ["/a", "/b", "/c", "/c"]


async def test_temporary_redirects_are_not(tmp_path: Path, server: Server) -> None:
    server.answers |= {"/a": redirect(301, "/b"), "/b": redirect(302, "/c"), "/c": b"here"}
    async with fetching(tmp_path) as client:
        fetched = await client.get(server.url("/a"), LIMITS)
        assert fetched.record.moved == server.url("/b")
        await client.get(server.url("/a"), LIMITS)
    assert server.paths == ["/a", "/b", "/c", "/b", "/c"]


async def test_where_the_new_place_fails_the_old_one_is_asked(
    tmp_path: Path, server: Server
) -> None:
    server.answers |= {"/a": redirect(301, "/b"), "/b": b"here"}
    clock = Clock()
    async with fetching(tmp_path, clock=clock) as client:
        await client.get(server.url("/a"), LIMITS)
        server.answers["/b"] = web.Response(status=404)
        await refused(client, server.url("/a"))
        clock.now += 3600
        server.answers["/a"] = b"back"
        assert (await client.get(server.url("/a"), LIMITS)).path.read_bytes() == b"back"


async def test_redirects_in_a_circle(tmp_path: Path, server: Server) -> None:
    server.answers |= {"/a": redirect(302, "/b"), "/b": redirect(301, "/a")}
    async with fetching(tmp_path) as client:
        assert "redirects more than 8 times" in (await refused(client, server.url("/a"))).reason
    assert len(server.asked) == 8


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1:{port}/secret", "http://[::1]/", "file:///etc/passwd", "//127.0.0.1/x"],
)
async def test_redirects_to_private_machines(tmp_path: Path, server: Server, to: str) -> None:
    server.answers |= {
        "/a": redirect(302, to.format(port=server.port)),
        "/secret": b"secret",
    }
    async with fetching(tmp_path, frozenset({"localhost"})) as client:
        error = await refused(client, server.url("/a", "localhost"))
    assert server.paths == ["/a"]
    assert "not on the public internet" in error.reason or "only addresses" in error.reason


async def test_private_machines_are_not_asked(tmp_path: Path, server: Server) -> None:
    async with fetching(tmp_path, frozenset()) as client:
        for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"):
            await refused(client, server.url("/a", host))
    assert server.asked == []


async def test_what_is_gone_is_told(tmp_path: Path, server: Server) -> None:
    server.answers["/a"] = web.Response(status=410)
    async with fetching(tmp_path) as client:
        error = await refused(client, server.url("/a"))
        assert error.gone
        assert (
            error.reason == "is gone for good; take it out, or give its new address (HTTP 410 Gone)"
        )
        await refused(client, server.url("/a"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after(tmp_path: Path, server: Server, status: int) -> None:
    clock = Clock()
    server.answers["/a"] = web.Response(status=status, headers={"Retry-After": "120"})
    async with fetching(tmp_path, clock=clock) as client:
        assert f"HTTP {status}" in (await refused(client, server.url("/a"))).reason
        clock.now += 119
        assert "asked again later" in (await refused(client, server.url("/a"))).reason
        assert len(server.asked) == 1
        clock.now += 2
        server.answers["/a"] = b"well again"
        assert (await client.get(server.url("/a"), LIMITS)).changed


async def test_retry_after_a_date(tmp_path: Path, server: Server) -> None:
    clock = Clock()
    date = "Mon, 12 Jan 1970 13:48:20 GMT"  # 100 seconds after the clock's start
    server.answers["/a"] = web.Response(status=429, headers={"Retry-After": date})
    async with fetching(tmp_path, clock=clock) as client:
        await refused(client, server.url("/a"))
    assert Cache(tmp_path).record(server.url("/a")).not_before == clock.now + 100


async def test_failures_put_off_longer_and_longer(tmp_path: Path, server: Server) -> None:
    clock = Clock()
    server.answers["/a"] = web.Response(status=500)
    waits: list[float] = []
    for _ in range(12):
        async with fetching(tmp_path, clock=clock) as client:
            await refused(client, server.url("/a"))
        record = Cache(tmp_path).record(server.url("/a"))
        waits.append(record.not_before - clock.now)
        clock.now = record.not_before + 1
    assert 30 <= waits[0] <= 60
    assert all(30 * 2**n <= wait <= 60 * 2**n for n, wait in enumerate(waits[:8]))
    assert all(3 * 3600 <= wait <= 6 * 3600 for wait in waits[9:])
    server.answers["/a"] = b"well again"
    async with fetching(tmp_path, clock=clock) as client:
        await client.get(server.url("/a"), LIMITS)
    assert Cache(tmp_path).record(server.url("/a")).failures == 0


async def test_nobody_listens(tmp_path: Path) -> None:
    async with fetching(tmp_path) as client:
        assert "check the address" in (await refused(client, "http://127.0.0.1:1/a")).reason


async def test_a_password_is_not_told(tmp_path: Path, server: Server) -> None:
    async with fetching(tmp_path) as client:
        error = await refused(client, server.url("/a", "me:secret@127.0.0.1"))
    assert "secret" not in str(error)
    assert server.asked[0].headers["Authorization"].startswith("Basic ")


def test_damaged_records_know_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    record = cache.record("https://a.example")
    record.etag = "x"
    cache.save(record)
    assert cache.record("https://a.example").etag == "x"
    [path] = tmp_path.glob("*.json")
    for damaged in ("", "[]", "{", '{"url": "https://a.example", "failures": "x", "etag": 1}'):
        path.write_text(damaged, encoding="utf-8")
        assert cache.record("https://a.example") == type(record)("https://a.example")
