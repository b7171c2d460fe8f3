"""Feeds as XML: what is broken stops nothing else, and what may do harm is not followed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.sources.feed.element import Element
from tests.sources.feed.reading import ADDRESS, elements, episodes, rss

GOOD = "<title>Good</title><guid>good</guid>"


def titles(folder: Path, text: str | bytes) -> list[str]:
    return [one.title for one in episodes(folder, text)]


def test_prefixes_whatever_they_are_called(tmp_path: Path) -> None:
    text = (
        '<rss xmlns:i="HTTP://www.itunes.com/DTDs/Podcast-1.0.dtd" '
        'xmlns:p="https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md">'
        '<channel><item><i:season>1</i:season><p:person xmlns:q="x:y" q:z="1">A</p:person>'
        "<x:undeclared>u</x:undeclared></item></channel></rss>"
    )
    [item], _, _ = elements(tmp_path, text)
    assert [tag.name for tag in item.elements] == [
        "itunes:season",
        "podcast:person",
        "x:undeclared",
    ]


def test_the_channel_may_come_after_its_items(tmp_path: Path) -> None:
    text = "<rss><channel><item><title>A</title></item><title>Late</title></channel></rss>"
    _, _, show = elements(tmp_path, text)
    assert show.title == "Late"


def test_rss_1(tmp_path: Path) -> None:
    text = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<channel><title>S</title></channel><item><title>A</title><link>https://a.example/1</link>"
        "<dc:date>2020-10-09</dc:date></item></rdf:RDF>"
    )
    [one] = episodes(tmp_path, text)
    assert (one.title, one.path, one.date_only) == ("A", "https://a.example/1", True)


@pytest.mark.parametrize(
    "broken",
    [
        "<title>A &nbsp; &eacute; B</title><guid>1</guid>",
        "<title>Rock & Roll</title><guid>1</guid>",
        "<title>A \x0b\x00 B</title><guid>1</guid>",
        "<title>A</title><guid>1</guid><description><p>One<br>two</description>",
        "<title>A</title><guid>1</guid><description>1 < 2</description>",
        "<title>A</title><guid>1</guid><link>https://a.example/?a=1&b=2</link>",
    ],
)
def test_a_broken_item_is_mended(tmp_path: Path, broken: str) -> None:
    found, feed, _ = elements(tmp_path, rss(GOOD, broken, GOOD))
    assert [item.all("guid")[0].text for item in found] == ["good", "1", "good"]
    assert feed.broken == []
    assert feed.whole


def test_what_was_mended_is_kept(tmp_path: Path) -> None:
    text = rss(
        "<title>Caf&eacute; &amp; B&nbsp;&c</title><guid>1</guid>"
        "<link><![CDATA[https://a.example/?a=1&b=2]]></link>"
        "<description><p>One<br>two & three</description>",
        GOOD,
    )
    one = episodes(tmp_path, text)[0]
    assert one.title == "Café & B &c"
    assert one.url == "https://a.example/?a=1&b=2"
    assert one.description == "One two & three"


def test_what_cannot_be_mended_stops_no_other(tmp_path: Path) -> None:
    text = rss(GOOD, "<title>A</title>\n<guid>bad one</guid><<>", GOOD)
    found, feed, _ = elements(tmp_path, text)
    assert len(found) == 2
    [(guid, error)] = feed.broken
    assert guid == "bad one"
    assert (error.path, error.line) == (ADDRESS, 5)
    assert re.match(r"this item is not well-formed XML \(.+\) and left out", error.reason)


def test_all_on_one_line(tmp_path: Path) -> None:
    text = rss(GOOD, "<title>B</title><guid></x></guid>", GOOD).replace("\n", " ")
    found, feed, _ = elements(tmp_path, text)
    assert len(found) == 2
    assert len(feed.broken) == 1


def test_a_broken_channel(tmp_path: Path) -> None:
    text = rss(GOOD, channel="<title>A & B</title><description><p>Hi</description>")
    found, feed, show = elements(tmp_path, text)
    assert len(found) == 1
    assert show.title == "A & B"
    assert feed.whole


def test_a_feed_that_is_cut_off(tmp_path: Path) -> None:
    text = rss(GOOD, GOOD, "<title>Last one</title><guid>last</guid>")
    found, feed, _ = elements(tmp_path, text[: text.index("</guid>", text.index("Last"))])
    assert [item.all("guid")[0].text for item in found] == ["good", "good"]
    assert not feed.whole
    assert feed.broken[0][0] == "last"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = rss("<title>Größe</title>").replace('"1.0"', f'"1.0" encoding="{declared}"', 1)
    assert titles(tmp_path, text.encode(encoding)) == ["Größe"]


def test_a_wrong_encoding_is_mended(tmp_path: Path) -> None:
    assert titles(tmp_path, rss("<title>Größe</title>").encode("latin-1")) == ["Größe"]
    text = rss("<title>Größe</title>").replace('"1.0"', '"1.0" encoding="x-none"', 1)
    assert titles(tmp_path, text) == ["Größe"]


def test_blank_lines_before_the_declaration(tmp_path: Path) -> None:
    assert titles(tmp_path, "\n \n" + rss("<title>A</title>")) == ["A"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the feed is empty"),
        ("<!doctype html><html><body>Not found</body></html>", "it starts with '<!doctype html>"),
        ("<html><head><meta></head></html>", "this is <html>, not a feed"),
        ('{"error": "no"}', 'this is no feed: it starts with \'{"error": "no"}\''),
        ("\x89PNG\r\n\x1a\n\0\0", "this is no feed"),
        ("<opml version='2.0'/>", "this is <opml>, not a feed"),
    ],
)
def test_what_is_no_feed(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SourceError) as raised:
        elements(tmp_path, text)
    assert raised.value.path == ADDRESS
    assert reason in raised.value.reason


BOMB = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "document_type",
    [
        f'<!DOCTYPE rss [<!ENTITY e0 "lol">{BOMB}]>',
        '<!DOCTYPE rss [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % e9 SYSTEM "http://127.0.0.1/x.dtd"> %e9;]>',
    ],
)
def test_entities_are_refused(tmp_path: Path, document_type: str) -> None:
    text = rss("<title>&e9;</title>").replace("<rss", f"{document_type}<rss", 1)
    with pytest.raises(SourceError, match="declares entities of its own"):
        elements(tmp_path, text)


def test_a_document_type_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    document_type = '<!DOCTYPE rss PUBLIC "-//N//DTD" "http://127.0.0.1:1/rss.dtd">'
    text = rss("<title>A&nbsp;&eacute;</title>").replace("<rss", f"{document_type}<rss", 1)
    assert titles(tmp_path, text) == ["A é"]


def test_endless_nesting(tmp_path: Path) -> None:
    [one] = episodes(tmp_path, rss("<title>A</title>" + "<a>" * 9999 + "x" + "</a>" * 9999))
    assert one.title == "A"


def test_json(tmp_path: Path) -> None:
    [item], _, _ = elements(tmp_path, rss('<a x="1">one<b/>two</a>'))
    assert Element.of_json(item.to_json()) == item
