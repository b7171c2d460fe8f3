"""Which addresses may be fetched from: those of the public internet.

Whoever writes a feed, or answers for a name, must not make the bot ask a machine that only
its own network reaches (OWASP: Server-Side Request Forgery Prevention). A name is judged by
what it resolves to at the very connection, so that a second answer can't be another one.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HINT = "add #private to the feed's address where this is your own"
# Names that the internet's own servers answer nothing for (RFC 6761, 6762, 8375).
_LOCAL = (".localhost", ".local", ".lan", ".internal", ".home.arpa")


class ForbiddenAddressError(OSError):
    """An address that must not be asked; an ``OSError``, as failed resolving is."""


def check(url: str, private_hosts: frozenset[str]) -> None:
    """Refuse an address that is none of the web, or that names a private machine by number.

    Raises:
        ForbiddenAddressError: The message says why, and what to do.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ForbiddenAddressError(f"this is no address ({error})") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ForbiddenAddressError("only addresses with http:// or https:// are fetched")
    if host in private_hosts:
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return  # a name: the resolver sees to it
    if not _is_public(address):
        raise ForbiddenAddressError(f"{host} is not on the public internet; {_HINT}")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        return _is_public(ipaddress.ip_address(address))
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Whether a host is a number, or has a name that only its own network knows."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.casefold().endswith(_LOCAL)
    return True


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only; ``private_hosts`` may be anywhere."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._inner = DefaultResolver()
        self._private_hosts = private_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name.

        Raises:
            OSError: Where nothing public answers to it.
        """
        found = await self._inner.resolve(host, port, family)
        if host.casefold().rstrip(".") in self._private_hosts:
            return found
        public = [result for result in found if is_public(result["host"])]
        if found and not public:
            raise ForbiddenAddressError(f"{host} is not on the public internet; {_HINT}")
        return public

    async def close(self) -> None:
        """Release what resolving holds."""
        await self._inner.close()
