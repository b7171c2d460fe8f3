from __future__ import annotations

from bot.search import english, question
from tests.search import lexicons


def test_frequent_words_are_known_and_names_of_programs_are_not() -> None:
    assert {"morning", "moaning", "prayer"} <= english.words()
    assert not {"kubernetes", "bigqeury", "##ing", "[CLS]", "20"} & english.words()


def test_what_is_spelled_right_is_not_taken_for_another_word() -> None:
    vocabulary = lexicons.vocabulary({"morning": 40, "weather": 9, "proof": 9}, passages=1000)
    moaning, mistyped = question.terms(["moaning", "mornign"], vocabulary)
    assert (moaning.forms, moaning.corrected) == ({}, None)
    assert mistyped.corrected == "morning"
    halves = question.terms(["weatherproof"], vocabulary)
    assert [term.word for term in halves] == ["weather", "proof"]
