from __future__ import annotations

import pytest

from bot.search.vocabulary import Vocabulary
from tests.search import lexicons

COUNTS = {
    "container": 40,
    "containers": 30,
    "contain": 20,
    "key": 9,
    "keys": 7,
    "query": 5,
    "queries": 5,
    "kubernetes": 50,
    "app": 60,
    "engine": 55,
    "malware": 3,
    "virustotal": 4,
}


@pytest.fixture
def vocabulary() -> Vocabulary:
    return lexicons.vocabulary(COUNTS, passages=1000)


def test_a_plural_counts_in_full_and_another_form_less(vocabulary: Vocabulary) -> None:
    forms = vocabulary.forms("container")
    assert forms["container"] == forms["containers"] == 1.0
    assert 0 < forms["contain"] < 1.0
    assert vocabulary.forms("queries") == {"query": 1.0, "queries": 1.0}


def test_an_unknown_word_has_no_form(vocabulary: Vocabulary) -> None:
    assert vocabulary.forms("zebra") == {}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kubernets", "kubernetes"),
        ("kubenretes", "kubernetes"),
        ("ukbernetes", "kubernetes"),
        ("malwear", "malware"),
        ("viurstotal", "virustotal"),
    ],
)
def test_a_misspelled_word_is_corrected(vocabulary: Vocabulary, typed: str, meant: str) -> None:
    assert meant in vocabulary.corrections(typed)


@pytest.mark.parametrize("typed", ["kez", "zebra", "1.30", "x" * 200, "kubernetesengineering"])
def test_what_is_short_or_far_from_anything_is_not_corrected(
    vocabulary: Vocabulary, typed: str
) -> None:
    assert vocabulary.corrections(typed) == {}


def test_words_written_together_are_split(vocabulary: Vocabulary) -> None:
    assert vocabulary.split("appengine") == ("app", "engine")
    assert vocabulary.split("kubernetes") is None


@pytest.mark.parametrize(
    ("typed", "known"),
    [("centre", "center"), ("colours", "colors"), ("organise", "organize"), ("dialog", "dialogue")],
)
def test_either_side_of_the_atlantic_is_understood(typed: str, known: str) -> None:
    assert lexicons.vocabulary({known: 3}, passages=10).forms(typed) == {known: 1.0}
