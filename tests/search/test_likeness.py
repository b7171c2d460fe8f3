from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search import question, words
from bot.search.likeness import Line
from tests.search.lexicons import vocabulary

SAID = "The ferry leaves the harbour at dawn, and nobody on board has slept."
COUNTS = dict.fromkeys(words.words(SAID), 3) | {"other": 40, "talk": 60}
KNOWN = vocabulary(COUNTS, passages=100)


def line(text: str) -> Line:
    return Line(text, question.terms(words.words(text), KNOWN))


def test_a_line_as_it_was_said_is_most_like() -> None:
    parts = line(SAID).parts(SAID)
    assert parts.held == pytest.approx(1)
    assert parts.place == pytest.approx(1)
    assert parts.spelled == pytest.approx(1)
    assert parts.around == 0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (SAID, "The ferry leaves the harbour, and nobody has slept."),  # all of the words
        ("dawn harbour " + SAID, "slept board nobody dawn harbour leaves ferry"),  # their order
        (SAID, SAID.replace("at dawn", "talk " * 60)),  # in one place
    ],
)
def test_what_makes_a_turn_like(better: str, worse: str) -> None:
    remembered = line("ferry leaves the harbour at dawn nobody slept")
    assert remembered.parts(better).score > remembered.parts(worse).score


def test_what_was_said_around_counts_a_little() -> None:
    remembered = line("ferry leaves the harbour at dawn nobody slept")
    alone = remembered.parts("The ferry leaves.")
    others = (1 << len(remembered.terms)) - 1
    together = remembered.parts("The ferry leaves.", others)
    assert alone.around == 0 < together.around
    assert alone.score < together.score < remembered.parts(SAID).score


@given(st.text(min_size=1, max_size=60), st.text(max_size=200))
def test_every_part_is_a_share(asked: str, text: str) -> None:
    parts = line(asked).parts(text)
    assert all(part >= 0 for part in parts)
    assert max(parts.held, parts.place, parts.order, parts.spelled, parts.around) <= 1 + 1e-9
    assert parts.place <= parts.held + 1e-9
