from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.excerpt import Span, clean, excerpt

NUMBERED = " ".join(f"w{i}" for i in range(200))


def span(text: str, words: str) -> Span:
    start = text.index(words)
    return start, start + len(words)


def test_a_short_text_is_left_alone() -> None:
    text = "  Two words \n here. "
    assert excerpt(text, [(2, 5)]) == (text, ((2, 5),))
    assert excerpt("", []) == ("", ())


def test_the_words_around_a_highlight() -> None:
    text, highlights = excerpt(NUMBERED, [span(NUMBERED, "w100")], 11)
    assert text == "… w95 w96 w97 w98 w99 w100 w101 w102 w103 w104 w105 …"
    assert [text[a:b] for a, b in highlights] == ["w100"]


def test_without_highlights_the_beginning() -> None:
    assert excerpt(NUMBERED, [], 3) == ("w0 w1 w2 …", ())


def test_at_the_end_nothing_is_wasted() -> None:
    text, _ = excerpt(NUMBERED, [span(NUMBERED, "w199")], 4)
    assert text == "… w196 w197 w198 w199"


def test_the_densest_group_of_highlights_wins() -> None:
    spans = [span(NUMBERED, word) for word in ("w10", "w150", "w152", "w190")]
    text, highlights = excerpt(NUMBERED, spans, 5)
    assert text == "… w149 w150 w151 w152 w153 …"
    assert [text[a:b] for a, b in highlights] == ["w150", "w152"]


def test_cuts_fall_between_sentences() -> None:
    text = (
        "Nothing here matters at all to anyone. So, what is WAL? It is a second file. "
        "After that they talk on about a dog that swims and swims in the sea."
    )
    shown, highlights = excerpt(text, [span(text, "WAL")], 12)
    assert shown == "… So, what is WAL? It is a second file. …"
    assert [shown[a:b] for a, b in highlights] == ["WAL"]


def test_a_highlight_longer_than_the_limit_is_shortened() -> None:
    text, highlights = excerpt(NUMBERED, [(0, len(NUMBERED))], 3)
    assert text == "w0 w1 w2 …"
    assert highlights == ((0, 8),)


@pytest.mark.parametrize("text", ["x" * 5000, "語" * 5000])
def test_a_text_without_blanks_is_cut_too(text: str) -> None:
    shown, highlights = excerpt(text, [(3000, 3004)], 10)
    assert len(shown) <= 10 * 40 + 4
    assert [shown[a:b] for a, b in highlights] == [text[:4]]


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text of words that all differ, so that an excerpt of it stands in one place only."""
    ending = st.text(st.sampled_from("abé語😀.?!\"”'"), max_size=20)
    blank = st.sampled_from([" ", " ", "  ", "\n", "\u2003", ". "])
    parts = draw(st.lists(st.tuples(ending, blank), max_size=60))
    text = "".join(f"{i:03}{word}{blank}" for i, (word, blank) in enumerate(parts))
    offset = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(offset, offset), max_size=8))
    return text, [(a, b) for a, b in spans if a < b]


@pytest.mark.fuzz
@given(marked_texts(), st.integers(1, 30))
def test_highlights_mark_the_same_words_as_before(
    marked: tuple[str, list[Span]], limit: int
) -> None:
    text, highlights = marked
    shown, kept = excerpt(text, highlights, limit)
    body = shown.removeprefix("… ").removesuffix(" …")
    begin = text.index(body)
    end = begin + len(body)
    shift = shown.index(body) - begin
    assert kept == tuple(
        (max(a, begin) + shift, min(b, end) + shift) for a, b in highlights if a < end and b > begin
    )
    for start, stop in kept:
        assert shown[start:stop] == text[start - shift : stop - shift]
    if any(text[a:b].strip() for a, b in highlights):
        assert kept


@pytest.mark.fuzz
@given(marked_texts(), st.integers(1, 30))
def test_the_limit_is_kept_and_every_cut_marked(marked: tuple[str, list[Span]], limit: int) -> None:
    text, highlights = marked
    shown, _ = excerpt(text, highlights, limit)
    body = shown.removeprefix("… ").removesuffix(" …")
    assert len(body.split()) <= limit
    before, after = text.split(body, 1) if body else ("", "")
    assert shown.startswith("… ") == bool(before.strip())
    assert shown.endswith(" …") == bool(after.strip())


@pytest.mark.fuzz
@given(st.text())
def test_cleaning_keeps_every_offset(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert all(c == "\n" or c.isprintable() or ord(c) >= 0xA0 for c in cleaned)
    assert all(a == b for a, b in zip(text, cleaned, strict=True) if a.isalnum())
