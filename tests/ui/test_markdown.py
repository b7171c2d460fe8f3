from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.episode import Link, Note
from bot.excerpt import clean
from bot.ui import limits
from bot.ui.markdown import clock, day, escape, link, linked, quoted, shorten, tail, web

_HOSTILE = (
    "@everyone @here <@1234> <@!1> <@&5> <#77> </ask:12> <:blob:123> <a:x:1> <t:1700000000:R> "
    "<id:home> * ** *** _ __ ~~ || ` ``` # ## ### -# > >>> - + 1. 12) [a](https://x.example) [ ] "
    "( ) https://x.example http:// <https://x.example> steam://run :smile: a::b \\ \\\\ \u200b "
    "\u202e \r \n \x00 ..."
)
hostile = st.lists(
    st.sampled_from([*_HOSTILE.split(" "), " ", "\n", "word", "Kitten"]) | st.text(max_size=8),
    max_size=12,
).map("".join) | st.lists(st.sampled_from(_HOSTILE.split(" ")), max_size=8).map(" ".join)

_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")  # what Discord takes for itself, without the backslash
_ACTIVE = re.compile(
    r"[*_~|`<>\[\]\\]"  # formatting, spoilers, code, every mention but two
    r"|@(?:everyone|here)"
    r"|\w://\S"
    r"|:[\w+-]+:"
    r"|^(?:#{1,3}|-#|[-+]|\d+[.)])\s"
)


def active(text: str) -> list[str]:
    """Whatever Discord would not show as it is written."""
    return _ACTIVE.findall(_ESCAPED.sub("\ue000", text))


def shown(text: str) -> str:
    """What a member reads."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text).replace("\u200b", "")


def plain(text: str) -> str:
    return " ".join(clean(text).split()).replace("\u200b", "")


@pytest.mark.fuzz
@given(hostile)
def test_escaped_text_is_shown_as_it_is_written(text: str) -> None:
    assert active(escape(text)) == []
    assert shown(escape(text)) == plain(text)
    assert len(escape(text)) <= 2 * len(text) + 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("-# small", r"\-# small"),
        ("1. one", r"1\. one"),
        ("## big", r"\## big"),
        ("#5 is an episode", "#5 is an episode"),
        ("C++ and 1.5", "C++ and 1.5"),
        ("snake_case", r"snake\_case"),
        (":smile: at 10:30", r"\:smile: at 10:30"),
        ("see https://x.example", "see https:\u200b//x.example"),
        ("@everyone", "@\u200beveryone"),
        ("two\nlines", "two lines"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.fuzz
@given(hostile, st.integers(2, 300))
def test_shortened_text_fits(text: str, length: int) -> None:
    for cut in (shorten(text, length), tail(text, length)):
        assert len(cut) <= length
        assert "\n" not in cut
    whole = " ".join(clean(text).split())
    if len(whole) <= length:
        assert shorten(text, length) == tail(text, length) == whole


def test_shorten_cuts_between_words() -> None:
    assert shorten("Closed eyes. And then some", 14) == "Closed eyes…"
    assert tail("And then some closed eyes", 12) == "…closed eyes"


@st.composite
def highlighted(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    text = draw(hostile)
    words = [match.span() for match in re.finditer(r"\S+", text)]
    marked = draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    return text, sorted(marked)


@pytest.mark.fuzz
@given(highlighted(), st.integers(1, 40), st.integers(20, 400))
def test_quoted_text_has_only_its_highlights_in_bold(
    found: tuple[str, list[tuple[int, int]]], words: int, length: int
) -> None:
    text, spans = found
    marked = quoted(text, spans, words, length)
    assert len(marked) <= length
    bare = _ESCAPED.sub("\ue000", marked)
    assert bare.count("**") % 2 == 0
    assert active(bare.replace("**", "\ue001")) == []
    assert "\n" not in marked


def test_quoted() -> None:
    assert quoted("- an API_key is", [(5, 12)], 20) == r"\- an **API\_key** is"
    assert quoted("*" * 50, [(0, 50)], 20, length=40) == r"\*" * 19 + "…"


@pytest.mark.fuzz
@given(hostile, st.text() | st.from_regex(r"https?://[a-z]+\.example/\S*", fullmatch=True))
def test_a_link_is_one_link_or_plain(text: str, url: str) -> None:
    made = link(text, url)
    if not web(url):
        assert active(made) == []
        return
    found = re.fullmatch(r"\[(.*)\]\((https?://[^\s()<>\\]+)\)", made, re.I)
    assert found
    assert active(found[1]) == []
    assert "[" not in shown(found[1])


def test_links_stand_where_they_stood() -> None:
    links = (
        Link("https://kaggle.example", "homepage", "Kaggle"),
        Link("https://blog.example/a_(b)", "blog", "Kaggle"),
        Link("mailto:a@b.example", "mail", "Kaggle"),
        Link("https://img.example", "", "a picture"),
    )
    assert linked(Note("Kaggle homepage, *blog* and mail", links, 1), 200) == (
        "Kaggle [homepage](https://kaggle.example), \\*[blog](https://blog.example/a_%28b%29)\\* "
        "and mail [a picture](https://img.example)"
    )
    assert (
        linked(Note("", (Link("https://a.example", "", ""),)), 200) == "[link](https://a.example)"
    )


@pytest.mark.fuzz
@given(st.text() | st.from_regex(r"https?://\S*") | st.from_regex(r"https?://\w+\.\w+[/?#:]?.*"))
def test_whatever_counts_as_an_address_is_accepted_by_discord(url: str) -> None:
    if web(url):
        button = {"type": 2, "style": 5, "label": "Listen", "url": url}
        body = {"flags": 1 << 15, "components": [{"type": 1, "components": [button]}]}
        assert limits.violations(body, kind="message") == []


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "/images/a.png", "ftp://a.example", "javascript:alert(1)", "https://"),
        *(
            "http://localhost:1313/a",
            "https://a.example/\n",
            "https://[a.example/",
            "https://a b.c",
        ),
        "https://a.example/" + "a" * 500,
    ],
)
def test_what_is_no_address_on_the_web(url: str | None) -> None:
    assert not web(url)


def test_clock_and_day() -> None:
    assert [clock(75, True), clock(3_675.4, False), clock(None, True)] == ["1:15", "≈ 1:01:15", ""]
    assert day(datetime(2017, 4, 5, 23, 0)) == "5 April 2017"  # noqa: DTZ001
    assert day(None) == ""
