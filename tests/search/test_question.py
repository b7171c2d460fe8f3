from __future__ import annotations

import pytest

from bot.errors import QuestionError
from bot.search import question
from tests.search.lexicons import vocabulary

VOCABULARY = vocabulary(
    {"api": 40, "keys": 20, "key": 30, "bigquery": 50, "big": 90, "query": 70, "halloween": 2},
    passages=1000,
)


def understand(text: str) -> question.Question:
    return question.understand(text, VOCABULARY)


def test_question_words_fall_away() -> None:
    asked = understand("Which was the episode where they talked about API keys?")
    assert [term.word for term in asked.terms] == ["api", "keys"]
    assert set(asked.terms[1].forms) == {"key", "keys"}


def test_a_rare_word_weighs_more() -> None:
    weights = {term.word: term.weight for term in understand("halloween api").terms}
    assert weights["halloween"] > weights["api"] > 0


def test_two_words_are_found_as_one() -> None:
    first, second = understand("big query").terms
    assert "bigquery" in first.forms
    assert "bigquery" in second.forms


def test_a_typo_is_corrected_and_said() -> None:
    assert understand("bigqeury").understood()["corrections"] == {"bigqeury": "bigquery"}


def test_an_unknown_word_is_said() -> None:
    assert understand("zebra keys").understood()["unknown"] == ["zebra"]


@pytest.mark.parametrize(
    "text", ["episode 43", "what was ep. #43 about", "#43", "43", "show no 43"]
)
def test_an_episode_can_be_named_by_its_number(text: str) -> None:
    assert understand(text).number == 43


def test_a_number_may_be_a_word() -> None:
    assert understand("episode thirteen").number == 13


@pytest.mark.parametrize("text", ["99.99% availability", "43 ways to fail", "in 1999"])
def test_not_every_number_names_an_episode(text: str) -> None:
    assert understand(text).number is None


def test_a_quoted_phrase_is_kept_as_one() -> None:
    assert understand('"big query" keys').phrases == [["big", "query"]]


@pytest.mark.parametrize("text", ["", "   ", "?!…", "😀😀", "“”", '"', "\n\t"])
def test_what_has_no_word_is_refused(text: str) -> None:
    with pytest.raises(QuestionError):
        understand(text)


def test_a_giant_question_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match="1,000"):
        understand("keys " * 500)


def test_only_question_words_are_searched_for_but_vague() -> None:
    asked = understand("what is it about")
    assert asked.vague
    assert asked.terms
