from __future__ import annotations

import socket
from unittest.mock import patch

import pytest

from bot.sources.fetch.addresses import (
    ForbiddenAddressError,
    PublicResolver,
    check,
    is_local,
    is_public,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:192.168.1.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:db8::1", "2001:0:53aa:64c::1", "fec0::1", "localhost", "",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x", "file:///etc/passwd", "javascript:1", "//a.example", "", "http://",
        "http://[::1", "http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://a.example:x/",
        "http://u:p@169.254.169.254/latest",
    ],
)  # fmt: skip
def test_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        check(url, frozenset())


def test_allowed() -> None:
    check("https://a.example/x", frozenset())
    check("http://8.8.8.8/x", frozenset())
    check("http://127.0.0.1:80/x", frozenset({"127.0.0.1"}))


def test_names_that_only_their_own_network_knows() -> None:
    for host in ("localhost", "nas", "nas.local", "NAS.Home.arpa", "127.0.0.1", "::1"):
        assert is_local(host)
    for host in ("feeds.example.com", "local.example", "127.0.0.1.example.com"):
        assert not is_local(host)


async def test_a_name_is_judged_by_what_it_resolves_to() -> None:
    resolver = PublicResolver(frozenset())
    for name in ("localhost", "127.1", "0x7f000001", "2130706433"):
        with pytest.raises(ForbiddenAddressError, match="is not on the public internet"):
            await resolver.resolve(name, 80)
    await resolver.close()


async def test_a_named_host_may_be_private() -> None:
    resolver = PublicResolver(frozenset({"localhost"}))
    found = await resolver.resolve("localhost", 80, socket.AF_INET)
    assert [result["host"] for result in found] == ["127.0.0.1"]
    await resolver.close()


async def test_of_several_answers_only_the_public_are_used() -> None:
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80)) for host in ("10.0.0.1", "8.8.8.8")
    ]
    resolver = PublicResolver(frozenset())
    with patch("asyncio.base_events.socket.getaddrinfo", return_value=answers):
        found = await resolver.resolve("a.example", 80)
    assert [result["host"] for result in found] == ["8.8.8.8"]
    await resolver.close()
