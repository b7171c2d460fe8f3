from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.sources.address import FeedAddress, address_of
from bot.sources.opening import source_at
from tests.sources.feed.reading import rss
from tests.sources.fetch.server import serving


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example/feed", FeedAddress("https://a.example/feed")),
        ("https://a.example/feed#private", FeedAddress("https://a.example/feed", private=True)),
        ("https://a.example/feed#x", FeedAddress("https://a.example/feed")),
    ],
)
def test_addresses_of_feeds(text: str, address: FeedAddress) -> None:
    assert address_of(text) == address


async def test_a_feed_in_the_own_network(tmp_path: Path) -> None:
    async with serving() as server:
        server.answers["/feed.xml"] = rss("<title>A</title>").encode()
        source = source_at(FeedAddress(server.url("/feed.xml")), tmp_path / "archive.sqlite3")
        assert await source.refresh()
        [file] = source.files()
        assert source.parse(file).episode.title == "A"


@pytest.mark.parametrize("private", [False, True])
async def test_a_name_of_the_internet_that_leads_into_the_own_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    async with serving() as server:
        server.answers["/feed.xml"] = rss("<title>A</title>").encode()
        address = FeedAddress(server.url("/feed.xml", "feeds.example.com"), private=private)
        answer = (2, 1, 6, "", ("127.0.0.1", server.port))
        monkeypatch.setattr("asyncio.base_events.socket.getaddrinfo", lambda *_, **__: [answer])
        source = source_at(address, tmp_path / "archive.sqlite3")
        if private:
            assert await source.refresh()
        else:
            with pytest.raises(SourceError, match="add #private to the feed's address"):
                await source.refresh()
            assert server.asked == []
