from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.search import conditions, question
from bot.search.cast import Cast
from bot.search.conditions import Known, narrowed
from bot.store.archive import Entry
from tests.search.lexicons import vocabulary

WORDS = vocabulary(
    dict.fromkeys(
        "kubernetes myths spanner terraform intel devops report stories will with".split(), 9
    ),
    passages=1000,
)
ENTRY = Entry(
    id=0,
    slug="",
    number=0,
    title="",
    url=None,
    published=None,
    date_only=False,
    draft=False,
    duration=None,
    audio_url=None,
    blurb=None,
    turns=1,
    mentions=0,
    hosts=(),
    guests=(),
    categories=(),
)
ENTRIES = {
    number: replace(
        ENTRY,
        id=number,
        number=number,
        title=title,
        published=datetime(year, month, 9, tzinfo=UTC),
        categories=tuple(filed.split()),
    )
    for number, title, year, month, filed in (
        (1, "We have a show", 2016, 1, ""),
        (2, "Next '17, Day 1", 2017, 3, "Next"),
        (3, "Kubernetes", 2018, 5, "kubernetes cloud"),
        (4, "Intel", 2018, 9, "hardware"),
        (5, "Goodbye", 2019, 2, ""),
    )
}
CAST = Cast(
    [
        (1, "host", "Francesc Campoy"),
        (1, "host", "Mark Mandel"),
        (2, "host", "Francesc Campoy"),
        (3, "guest", "Mark Chmarny"),
        (3, "host", "Emma Haruka Iwao"),
        (4, "host", "Emma Haruka Iwao"),
        (4, "host", "Mark Mandel"),
        (5, "speaker", "Will Curran"),
    ]
)
KNOWN = Known(ENTRIES, CAST, WORDS.counts, date(2026, 11, 24))


def understand(text: str) -> question.Question:
    return question.understand(text, WORDS, KNOWN)


@pytest.mark.parametrize(
    ("text", "label", "episodes", "rest"),
    [
        ("kubernetes in 2018", "in 2018", {3, 4}, "kubernetes"),
        ("kubernetes before Next '17", "before Next '17 (before 9 March 2017)", {1}, "kubernetes"),
        ("spanner last year", "last year (in 2025)", set[int](), "spanner"),
        ("episodes 2 to 3 about spanner", "episodes 2 to 3", {2, 3}, "spanner"),
        ("spanner after episode 3", "after episode 3", {4, 5}, "spanner"),
        ("spanner in the Cloud category", "in the category Cloud", {3}, "spanner"),
        ("the intel one hosted by Emma", "hosted by Emma Haruka Iwao", {3, 4}, "intel"),
        ("devops report that Emma hosted", "hosted by Emma Haruka Iwao", {3, 4}, "devops report"),
        (
            "intel with emma and mark as hosts",
            "hosted by Emma Haruka Iwao and Mark Chmarny or Mark Mandel",
            {4},
            "intel",
        ),
        ("Frncesc hosted spanner", "hosted by Francesc Campoy", {1, 2}, "spanner"),
        ("Mark said terraform", "said by Mark Chmarny or Mark Mandel", {1, 3, 4}, "terraform"),
        ("what did mark chmarny say about terraform", "said by Mark Chmarny", {3}, "terraform"),
        ("according to Mark Mandel, terraform", "said by Mark Mandel", {1, 4}, "terraform"),
        ("spanner with Mark Chmarny", "with Mark Chmarny", {3}, "spanner mark chmarny"),
    ],
)
def test_a_condition_is_understood(text: str, label: str, episodes: set[int], rest: str) -> None:
    asked = understand(text)
    assert [one.label for one in asked.conditions] == [label]
    assert narrowed(asked.conditions, ENTRIES) == episodes
    assert " ".join(term.word for term in asked.terms) == rest


@pytest.mark.parametrize(
    "text",
    [
        "spanner, not the kubernetes one",
        "spanner but not the one about kubernetes",
        "spanner except kubernetes",
        "spanner other than the kubernetes episodes",
        "spanner, not about kubernetes",
    ],
)
def test_what_is_not_meant(text: str) -> None:
    asked = understand(text)
    assert [one.unmeant for one in asked.conditions] == [("kubernetes",)]
    assert [term.word for term in asked.terms] == ["spanner"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("the very first episode", True),
        ("the latest kubernetes episode", False),
        ("the last one about kubernetes", False),
        ("earliest interview", True),
    ],
)
def test_an_order(text: str, first: bool) -> None:
    [one] = understand(text).conditions
    assert (one.kind, one.first) == ("order", first)
    assert one.episodes is None


def test_several_together() -> None:
    asked = understand("Francesc's last show as a host before 2018, not the Next one")
    assert [one.kind for one in asked.conditions] == ["except", "period", "host", "order"]
    assert narrowed(asked.conditions, ENTRIES) == {1, 2}
    assert asked.terms == []


@pytest.mark.parametrize(
    "text",
    [
        "how did the 1999 bug go",  # no year of the show
        "with kubernetes",
        "will spanner host itself",  # "Will" hosts nothing
        "the lights would not switch on",
        "not working",
        "first results show",
        "the last word",
        "in the zebra category",
        "what was episode 3 about",
        "a line from episode 3",
        "mark your calendar",
    ],
)
def test_other_words_are_no_conditions(text: str) -> None:
    assert understand(text).conditions == []


@pytest.mark.parametrize(
    "text",
    [
        "kubernetes in 2018",
        "kubernetes before Next '17",
        "the intel episode hosted by Emma and Mark",
        "what did mark chmarny say about terraform",
        "spanner with Mark Chmarny in the cloud category",
        "the last one before May 2019, not the intel one",
        "episodes 2 to 3 about spanner",
        'the "kubernetes spanner" thing from last year',
        "question of the week about spanner",
        "what was episode 3 about",
    ],
)
def test_what_decides_is_understood_the_same_when_asked_again(text: str) -> None:
    asked = understand(text)
    again = understand(asked.asked())
    assert again.asked() == asked.asked()
    assert {(one.kind, one.episodes) for one in again.conditions} == {
        (one.kind, one.episodes) for one in asked.conditions
    }
    assert {term.word for term in again.terms} == {term.word for term in asked.terms}
    for one in asked.conditions:
        left = understand(asked.asked(without=one)).conditions
        assert {other.kind for other in left} == {c.kind for c in asked.conditions if c is not one}


def test_a_text_that_folds_to_another_length_names_nobody() -> None:
    assert conditions.read("Emma hosted a\u0301 cafe\u0301", KNOWN)[1] == []
