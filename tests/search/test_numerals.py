from __future__ import annotations

import pytest

from bot.search import numerals


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ("forty", ("40",)),
        ("40", ("forty",)),
        ("seventeen", ("17",)),
        ("3", ("three",)),
        ("eighties", ("80s",)),
        ("80s", ("eighties",)),
        ("45", ("forty", "five")),
        ("21", ("twenty", "one")),
        ("1", ()),
        ("05", ()),
        ("100", ()),
        ("fort", ()),
        ("", ()),
    ],
)
def test_numbers_are_written_otherwise(written: str, otherwise: tuple[str, ...]) -> None:
    assert numerals.otherwise(written) == otherwise
