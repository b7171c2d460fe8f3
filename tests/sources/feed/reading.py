"""Reading a feed given as text, as the source does it from its folder."""

from __future__ import annotations

from pathlib import Path

from bot.episode import Episode, Problem
from bot.sources.feed import item, show, xml
from bot.sources.feed.element import Element, Feed
from bot.sources.feed.show import Show

ADDRESS = "https://show.example/feed.xml"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:psc="http://podlove.org/simple-chapters" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(*items: str, channel: str = "<title>Show</title><link>https://show.example</link>") -> str:
    inner = "".join(f"\n<item>{one}</item>" for one in items)
    return f'<?xml version="1.0"?>\n<rss {NAMESPACES}><channel>{channel}{inner}\n</channel></rss>'


def elements(folder: Path, text: str | bytes) -> tuple[list[Element], Feed, Show]:
    path = folder / "feed.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    feed = Feed()
    found = list(xml.items(path, ADDRESS, feed))
    return found, feed, show.read(feed.channel, ADDRESS)


def episodes(folder: Path, text: str | bytes) -> list[Episode]:
    found, _, whose = elements(folder, text)
    return [item.parse(one, whose, ADDRESS).episode for one in found]


def episode(folder: Path, inner: str) -> Episode:
    [one] = episodes(folder, rss(inner))
    return one


def problems(folder: Path, inner: str) -> list[Problem]:
    [one], _, whose = elements(folder, rss(inner))
    return list(item.parse(one, whose, ADDRESS).problems)
