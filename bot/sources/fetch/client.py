"""Fetching files over HTTP: asked for only where they changed, within limits of size and time."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp

from bot.errors import SourceError
from bot.sources.fetch import retry
from bot.sources.fetch.addresses import ForbiddenAddressError, PublicResolver, check
from bot.sources.fetch.cache import Cache, Record

log = logging.getLogger(__name__)

_AGENT = "episode-bot (podcast archive for Discord)"
_REDIRECTS = 8
_CHUNK = 2**16
_PERMANENT, _TEMPORARY = (301, 308), (302, 303, 307)
_CONNECT_SECONDS = 15.0
_SILENT_SECONDS = 30.0


class Limits(NamedTuple):
    """The most that a file may take: bytes after decompression, and seconds in all."""

    size: int
    seconds: float = 120.0


class Fetched(NamedTuple):
    """A file as it is kept. ``changed`` says whether its bytes are others than before."""

    path: Path
    changed: bool
    record: Record


class FetchError(SourceError):
    """A file that cannot be had just now; ``gone`` where its server says that it never will."""

    gone = False


class Client:
    """Fetches files into a cache. Use it with ``async with``.

    Args:
        cache: Where files are kept, with what their servers said.
        private_hosts: Names or numbers of hosts that may be off the public internet.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        private_hosts: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cache = cache
        self._private_hosts = private_hosts
        self._clock = clock
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=PublicResolver(self._private_hosts), limit=8),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip, deflate"},
            auto_decompress=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        limits: Limits,
        accept: Callable[[Path], None] = lambda _: None,
    ) -> Fetched:
        """Bring the kept copy of a file up to date.

        Args:
            url: Its address, as the operator or a feed writes it.
            limits: Of size and time.
            accept: Looks at new bytes in a thread, before they replace the old; raises
                ``SourceError`` where the old ones should stay.

        Raises:
            FetchError: Where it cannot be had now, or not yet be asked for again.
            SourceError: As ``accept`` raises it.
        """
        record = await asyncio.to_thread(self._cache.record, url)
        now = self._clock()
        if now < record.not_before:
            raise FetchError(shown(url), 1, f"{record.reason}; asked again later")
        try:
            async with asyncio.timeout(limits.seconds):
                return await self._get(record, limits, accept)
        except _Refused as refused:
            raise await self._failed(record, refused.reason, refused.after, refused.gone) from None
        except TimeoutError:
            reason = f"took longer than {limits.seconds:g} seconds; its server is too slow"
            raise await self._failed(record, reason) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise await self._failed(record, _told(error)) from None
        except SourceError as error:
            await self._failed(record, error.reason)
            raise
        finally:
            await asyncio.to_thread(self._cache.drop, url)

    async def _failed(
        self, record: Record, reason: str, after: str | None = None, gone: bool = False
    ) -> FetchError:
        retry.put_off(record, self._clock(), reason, after=after, gone=gone)
        record.moved = None  # perhaps it has moved back
        await asyncio.to_thread(self._cache.save, record)
        error = FetchError(shown(record.url), 1, reason)
        error.gone = gone
        return error

    async def _get(self, record: Record, limits: Limits, accept: Callable[[Path], None]) -> Fetched:
        path = self._cache.body(record.url)
        async with self._response(record) as response:
            now = self._clock()
            changed = False
            if response.status == 200:
                digest = await self._save(response, record.url, limits.size)
                if changed := digest != record.digest:
                    await asyncio.to_thread(accept, self._cache.part(record.url))
                    await asyncio.to_thread(self._cache.keep, record.url)
                    record.digest, record.fetched = digest, now
                record.etag = response.headers.get("ETag")
                record.modified = response.headers.get("Last-Modified")
            record.checked = now
            record.failures, record.not_before, record.reason = 0, 0.0, None
            await asyncio.to_thread(self._cache.save, record)
            return Fetched(path, changed, record)

    @asynccontextmanager
    async def _response(self, record: Record) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer with the file, or that it is as before; redirects are followed."""
        headers = {"If-None-Match": record.etag} if record.etag else {}
        if record.modified:
            headers["If-Modified-Since"] = record.modified
        url, permanently = record.moved or record.url, True
        moved = record.moved
        for _ in range(_REDIRECTS):
            check(url, self._private_hosts)
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
            )
            async with self._session.get(
                url, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                if response.status in _PERMANENT + _TEMPORARY and "Location" in response.headers:
                    url = urljoin(url, response.headers["Location"])
                    permanently = permanently and response.status in _PERMANENT
                    if permanently:
                        moved = url
                    continue
                if response.status == 200 or (response.status == 304 and record.digest):
                    if moved != record.moved:
                        log.warning("%s has moved to %s for good", shown(record.url), shown(url))
                        record.moved = moved
                    yield response
                    return
                raise _Refused(response)
        raise _Refused(None, f"redirects more than {_REDIRECTS} times; its server is set up wrong")

    async def _save(self, response: aiohttp.ClientResponse, url: str, most: int) -> str:
        """Write an answer's bytes to disk as they come, and return their SHA-256."""
        digest = hashlib.sha256()
        size = 0
        path = self._cache.part(url)
        with path.open("wb") as file:
            async for chunk in _decompressed(response):
                size += len(chunk)
                if size > most:
                    raise _Refused(None, f"is larger than {most >> 20} MB; left out")
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()


class _Refused(Exception):  # noqa: N818  (an answer that is no file, of whatever kind)
    def __init__(self, response: aiohttp.ClientResponse | None, reason: str = "") -> None:
        self.after = response.headers.get("Retry-After") if response else None
        self.gone = response is not None and response.status == 410
        self.reason = reason
        if response:
            what = "cannot be fetched now"
            if self.gone:
                what = "is gone for good; take it out, or give its new address"
            elif 400 <= response.status < 500 and response.status != 429:
                what = "cannot be fetched; check the address"
            self.reason = f"{what} (HTTP {response.status} {response.reason or ''}".rstrip() + ")"
        super().__init__(self.reason)


async def _decompressed(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The bytes of an answer in chunks of a limited size, however far they were compressed."""
    encoding = response.headers.get("Content-Encoding", "").strip().casefold()
    if encoding in ("", "identity"):
        async for chunk in response.content.iter_chunked(_CHUNK):
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise _Refused(None, f"is compressed as {encoding[:20]!r}, which was not asked for")
    window = zlib.MAX_WBITS | 16 if "gzip" in encoding else zlib.MAX_WBITS
    unpack = zlib.decompressobj(window)
    first = True
    try:
        async for packed in response.content.iter_chunked(_CHUNK):
            if first and encoding == "deflate" and packed[0] & 0x0F != 8:
                unpack = zlib.decompressobj(-zlib.MAX_WBITS)  # without a header, as many send it
            first = False
            while packed:
                yield unpack.decompress(packed, _CHUNK)
                packed = unpack.unconsumed_tail
                await asyncio.sleep(0)
        yield unpack.flush(_CHUNK)
    except zlib.error as error:
        raise _Refused(None, f"is damaged ({error})") from None
    if not unpack.eof:
        raise _Refused(None, "ends in the middle of its compressed data")


def _told(error: BaseException) -> str:
    """What went wrong with a connection, without its technicalities."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ForbiddenAddressError):
            return str(inner)
        inner = inner.__cause__ or getattr(inner, "os_error", None)
    said = str(error) or type(error).__name__
    return f"cannot be fetched ({said[:200]}); check the address and the connection"


def shown(url: str) -> str:
    """An address as it may be logged: without a name and a password."""
    try:
        parts = urlsplit(url)
        if "@" not in parts.netloc:
            return url
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return url
