from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.episode import Episode, Link, Note, Section, Turn
from bot.passages import (
    FEWEST_WORDS,
    MOST_WORDS,
    Kind,
    Passage,
    episode_of,
    first_id,
    kind_of,
    passages,
    span,
    transcript_passages,
)
from bot.sources.folder import FolderSource


def say(label: str | None, words: int, word: str = "word", *, clip: bool = False) -> Turn:
    """A turn of so many words, a sentence to every ten."""
    said = [
        f"{word}." if n % 10 == 9 else word.title() if n % 10 == 0 else word for n in range(words)
    ]
    return Turn(label, " ".join(said), clip=clip)


def sizes(*turns: Turn) -> list[tuple[int | None, int]]:
    """(first turn, words) of each passage."""
    return [(p.turn, len(p.text.split())) for p in transcript_passages(turns)]


# Ids.


def test_ids() -> None:
    assert first_id(3) == span(3)[0]
    assert span(3)[1] == span(4)[0]
    for kind in Kind:
        for place in (0, 99_999):
            passage_id = first_id(3, kind) + place
            assert (episode_of(passage_id), kind_of(passage_id)) == (3, kind)
            assert span(3)[0] <= passage_id < span(3)[1]


# What there is beside the transcript.


def test_kinds() -> None:
    episode = Episode(
        path="a",
        slug="a",
        title="Storks",
        description="About storks.",
        guests=("Bo Wren",),
        hosts=("Ina Oak", "Tom Elm"),
        categories=("Birds", "Radio"),
        sections=(Section("", 0, (Note("Hi."),)), Section("Links", 5, (Note("A site", (), 1),))),
        turns=(Turn("INA", "So."),),
    )
    assert passages(episode) == [
        Passage(Kind.TITLE, "Storks"),
        Passage(Kind.DESCRIPTION, "About storks."),
        Passage(Kind.GUESTS, "Bo Wren"),
        Passage(Kind.HOSTS, "Ina Oak"),
        Passage(Kind.HOSTS, "Tom Elm"),
        Passage(Kind.CATEGORIES, "Birds, Radio"),
        Passage(Kind.HEADING, "Links", section="Links"),
        Passage(Kind.NOTE, "Hi."),
        Passage(Kind.NOTE, "A site", section="Links"),
        Passage(Kind.TRANSCRIPT, "So.", 0),
    ]


def test_bare_episode() -> None:
    assert passages(Episode(path="a", slug="a", title="A")) == [Passage(Kind.TITLE, "A")]


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (Note("See the first one", (Link("u", "first", "x", "one"),), 1), None),
        (Note("See the first one", (Link("u", "first", "x", "one"),)), "See the one"),
        (
            Note(
                "Stork cam, see the first one",
                (Link("u", "cam", "x"), Link("u", "one", "x", "o")),
                1,
            ),
            "Stork cam, see the first",
        ),
        (Note("Stork cam", (Link("u", "cam", "x"),), 1), "Stork cam"),
        (Note("", (Link("u", "", "u"),)), None),
        (Note("-"), None),
    ],
)
def test_a_note_that_leads_to_another_episode_says_nothing_of_this(
    note: Note, text: str | None
) -> None:
    episode = Episode(path="a", slug="a", title="A", sections=(Section("", 0, (note,)),))
    found = [passage.text for passage in passages(episode) if passage.kind == Kind.NOTE]
    assert found == ([text] if text else [])


# The transcript.


def test_a_turn_of_the_right_size_is_a_passage() -> None:
    assert sizes(say("INA", 60), say("TOM", 150), say("INA", 100)) == [(0, 60), (1, 150), (2, 100)]


def test_a_long_turn_is_cut_at_sentences_into_equal_pieces() -> None:
    found = transcript_passages([say("INA", 400)])
    assert [len(passage.text.split()) for passage in found] == [130, 140, 130]
    assert all(passage.turn == 0 and not passage.marks for passage in found)
    assert all(passage.text.endswith(".") for passage in found)
    assert " ".join(passage.text for passage in found) == say("INA", 400).text


def test_a_sentence_without_end_is_cut_between_words() -> None:
    assert [words for _, words in sizes(Turn("INA", "so " * 999 + "so"))] == [150] * 6 + [100]
    assert [words for _, words in sizes(Turn("INA", "so " * 249 + "so"))] == [250]


def test_marks_of_sentences() -> None:
    text = 'One two. "Three four?" ' * 40
    [first, *_] = transcript_passages([Turn("INA", text.strip())])
    assert first.text.endswith(('."', '?"', "."))
    # Neither an abbreviation before a small letter nor a version number ends one.
    lasting = Turn("INA", ("e.g. node.js 3.5 so " * 40).strip())
    assert len(transcript_passages([lasting])) == 1


def test_short_turns_go_with_what_they_belong_to() -> None:
    [passage] = transcript_passages([Turn("INA", "And why\nis that?"), say("TOM", 60, "nest")])
    assert passage.turn == 0
    assert passage.text.startswith("And why is that? Nest nest")
    assert passage.marks == ((0, 0), (1, 17))
    for turn, offset in passage.marks:
        assert passage.text[offset:].startswith(("And", "Nest")[turn])


def test_speakers_are_kept_apart() -> None:
    assert sizes(say("INA", 30), say("TOM", 30), say("INA", 30)) == [(0, 30), (1, 30), (2, 30)]
    assert sizes(say("INA", 30), say("TOM", 5), say("INA", 30)) == [(0, 65)]
    assert sizes(say("INA", 30), say("INA", 20), say("INA", 10)) == [(0, 60)]
    # Of two labels of one person one speaks.
    one, other = say("INA", 30)._replace(speaker="Ina Oak"), say("INA O", 30)
    assert sizes(one, other) == [(0, 30), (1, 30)]
    assert sizes(one, other._replace(speaker="Ina Oak")) == [(0, 60)]


def test_clips_stand_alone() -> None:
    found = sizes(
        say("INA", 10), say(None, 10, clip=True), say(None, 10, clip=True), say("TOM", 10)
    )
    assert found == [(0, 10), (1, 10), (2, 10), (3, 10)]


def test_turns_without_words_are_left_out() -> None:
    assert sizes(Turn("INA", ""), Turn("TOM", "--"), Turn("INA", "Hi"), Turn("TOM", "?!")) == [
        (2, 1)
    ]
    assert sizes() == []


TURNS = st.lists(
    st.builds(
        say,
        st.sampled_from(["INA", "TOM", None]),
        st.one_of(st.integers(1, 30), st.integers(1, 500)),
        st.sampled_from(["so", "word", "é"]),
        clip=st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.fuzz
@given(TURNS)
def test_every_word_is_in_one_passage(turns: list[Turn]) -> None:
    found = transcript_passages(turns)
    assert " ".join(passage.text for passage in found) == " ".join(turn.text for turn in turns)
    for passage in found:
        assert 1 <= len(passage.text.split()) <= MOST_WORDS
        marks = passage.marks or ((passage.turn, 0),)
        assert marks[0] == (passage.turn, 0)
        for turn, offset in marks:
            assert turn is not None
            # The piece from here on is the turn, or its end, where the turn was cut.
            words = passage.text[offset:].split()[:1]
            assert words[0] in turns[turn].text.split()
    for before, after in pairwise(found):
        assert before.turn is not None
        assert after.turn is not None
        assert before.turn <= after.turn


def test_sizes_over_the_reference_archive(shared: Path) -> None:
    source = FolderSource(shared / "archive/post")
    count = small = 0
    for file in source.files():
        turns = source.parse(file).episode.turns
        for passage in transcript_passages(turns):
            words = len(passage.text.split())
            count += 1
            small += words < FEWEST_WORDS
            assert words <= 2 * MOST_WORDS
            spoken = turns[passage.turn or 0].text.replace("\n", " ")
            assert passage.marks or passage.text in spoken
    assert 15_000 < count < 30_000
    assert small < count / 2
