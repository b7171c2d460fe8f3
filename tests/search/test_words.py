from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search import words


def test_words_keep_what_makes_a_language_a_language() -> None:
    assert words.words("C++ and C#, not .NET or Node.js!") == [
        *("c++", "and", "c#", "not", "net", "or", "node", "js"),
    ]


def test_diacritics_and_case_are_folded() -> None:
    assert words.words("Björn MARTÍNEZ’s café") == ["bjorn", "martinez", "s", "cafe"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Über API-keys", ["Über", "keys"]),
        ("Keys, API keys", ["Keys", "keys"]),
        ("I\u0307 uber U\u0308ber ÜBER", ["uber", "ÜBER"]),  # marks of their own part words
    ],
)
def test_places_of_words(text: str, found: list[str]) -> None:
    assert [text[a:b] for a, b in words.places(text, {"uber", "keys"})] == found


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_the_cut_is_that_of_the_index(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE t USING fts5 "
        "(text, tokenize = \"unicode61 remove_diacritics 2 tokenchars '+#'\")"
    )
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, 'row')")
    db.execute("INSERT INTO t VALUES (?)", (text.replace("\0", ""),))
    indexed = {term for (term,) in db.execute("SELECT term FROM v")}
    db.close()
    ours = set(words.words(text.replace("\0", "")))
    assert {w for w in ours if w.isascii()} == {w for w in indexed if w.isascii()}
