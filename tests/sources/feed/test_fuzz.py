"""Whatever a feed holds, it becomes episodes or errors that say where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.sources.feed import item
from tests.sources.feed.reading import ADDRESS, NAMESPACES, elements, rss
from tests.sources.feed.test_item import ATOM
from tests.sources.test_fuzz import check_rows, check_turns

pytestmark = pytest.mark.fuzz
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
SEEDS = [
    ATOM.encode(),
    rss(
        "<title>A</title><guid>1</guid><pubDate>Fri, 09 Oct 2020 04:30:38 GMT</pubDate>"
        "<description><![CDATA[<p>Hi <a href='x'>y</a></p>]]></description>",
        '<enclosure url="https://a.example/a.mp3" length="1" type="audio/mpeg"/>'
        "<podcast:person>Ann Lee</podcast:person><itunes:duration>1:02</itunes:duration>",
    ).encode(),
    *(path.read_bytes()[8000:14000] for path in SHARED.glob("podcasting20/example.xml")),
]
PIECES = [
    *(b"<", b">", b"&", b"&amp;", b"&nbsp;", b"&#0;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"'"),
    *(b"<item>", b"</item>", b"<entry>", b"<title>", b"</title>", b"<description>", b"<p>", b"/>"),
    *(b"<guid>", b"</channel>", b"</rss>", b"<?x", b"<!DOCTYPE", b"\x00", b"\xff\xfe", b"\xe9"),
    *(
        b'"',
        b" xmlns='x'",
        b" url='http://['",
        b"itunes:",
        b"99999999999999999999",
        b"http://[",
        b"\n",
    ),
]


def check(folder: Path, content: bytes) -> None:
    lines = content.count(b"\n") + content.count(b"\r") + 1
    try:
        found, feed, whose = elements(folder, content)
    except SourceError as error:
        assert error.path == ADDRESS
        assert 1 <= error.line <= lines
        return
    for guid, error in feed.broken:
        assert guid is None or guid
        assert 1 <= error.line <= lines
    for element in found:
        item.links_of(element, whose, ADDRESS)
        one, problems = item.parse(element, whose, ADDRESS)
        assert one.path == item.path_of(element)
        assert all(1 <= problem.line <= lines for problem in problems)
        check_turns(one.turns)
        check_rows(one)


@same_folder
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    check(tmp_path, content)
    check(tmp_path, f"<rss {NAMESPACES}><channel><item>".encode() + content)


@same_folder
@given(st.sampled_from(SEEDS), st.data())
def test_mutations(tmp_path: Path, seed: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(seed)))
        cut = data.draw(st.integers(0, 20))
        seed = seed[:at] + data.draw(st.sampled_from(PIECES)) + seed[at + cut :]
    check(tmp_path, seed)


@same_folder
@given(st.text(max_size=60), st.text(max_size=100), st.text(max_size=60))
def test_any_text_in_a_field(tmp_path: Path, title: str, notes: str, number: str) -> None:
    def data(text: str) -> str:
        return f"<![CDATA[{text}]]>"

    check(
        tmp_path,
        rss(
            f"<title>{data(title)}</title><content:encoded>{data(notes)}</content:encoded>"
            f"<itunes:episode>{data(number)}</itunes:episode><pubDate>{data(number)}</pubDate>"
            f"<link>{data(title)}</link><itunes:duration>{data(number)}</itunes:duration>"
        ).encode(errors="replace"),
    )


@same_folder
@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_a_broken_item_never_stops_the_others(tmp_path: Path, broken: list[bool]) -> None:
    text = rss(
        *(
            f"<guid>{n}</guid><link></x></link>" if bad else f"<guid>{n}</guid>"
            for n, bad in enumerate(broken)
        )
    )
    found, feed, _ = elements(tmp_path, text)
    assert [item.path_of(one) for one in found] == [str(n) for n, b in enumerate(broken) if not b]
    assert [guid for guid, _ in feed.broken] == [str(n) for n, b in enumerate(broken) if b]


@pytest.mark.parametrize(
    "inner",
    [
        "<a>" * 100_000,
        "<item>" * 100_000,
        "<description>" + "<p>" * 100_000,
        "<description>" + "&" * 300_000 + "</description>",
        "<description>" + "&lt;div&gt;" * 100_000 + "</description>",
        "<description>" + "&lt;!--" * 100_000 + "</description>",
        "<description><![CDATA[" * 30_000,
        "<title>" * 50_000,
        "<title " * 50_000,
        "<title>x" + "</title" * 50_000,
        "<guid " * 50_000,
        "<podcast:person>x</podcast:person>" * 20_000,
        "<description>" + "http://a.example/" * 30_000 + "</description>",
        "<description>" + "https://" + "a." * 200_000 + "</description>",
        "<category>x</category>" * 20_000,
        "<itunes:keywords>" + "a," * 100_000 + "</itunes:keywords>",
        '<x y="' + "z" * 500_000,
        "<psc:chapters>" + '<psc:chapter start="1" title="a"/>' * 20_000 + "</psc:chapters>",
        "<author>" + "a and " * 100_000 + "</author>",
        "<author>" + "A@" * 100_000 + "</author>",
        "<title>with " + "A B, " * 50_000 + "</title>",
        "<pubDate>" + "1 " * 100_000 + "</pubDate>",
    ],
    ids=lambda inner: repr(inner[:30]),
)
def test_no_form_takes_more_than_linear_time(tmp_path: Path, inner: str) -> None:
    check(tmp_path, rss(inner).encode())
