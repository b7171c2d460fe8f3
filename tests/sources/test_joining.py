from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.episode import Episode, Note, Section, Turn
from bot.sources.joining import Sign, join, pairs

NOTES = (Section("Soil", 2, (Note("About soil."),)),)
CHAPTERS = (Section("Intro", 2, (), 0.0), Section("Roots", 2, (), 60.0))


def site(**more: object) -> Episode:
    values: dict[str, object] = {
        "path": "one.md",
        "slug": "one",
        "title": "One",
        "number": 1,
        "published": datetime(2025, 1, 1, tzinfo=UTC),
        "date_only": True,
        "hosts": ("Ina Oak",),
        "duration": 100,
        "audio_file": "one.mp3",
        "url": "https://show.example/one/",
        "sections": NOTES,
    }
    return Episode(**(values | more))  # type: ignore[arg-type]


def feed(**more: object) -> Episode:
    values: dict[str, object] = {
        "path": "guid-1",
        "slug": "feed-one",
        "title": "Show 1: One",
        "guid": "guid-1",
        "published": datetime(2025, 1, 1, 6, 30, tzinfo=UTC),
        "hosts": ("ina",),
        "guests": ("Tom Ash",),
        "duration": 123,
        "audio_size": 99,
        "audio_url": "https://cdn.example/x/one.mp3?from=feed",
        "image": "https://cdn.example/one.png",
        "sections": CHAPTERS,
    }
    return Episode(**(values | more))  # type: ignore[arg-type]


def test_each_contributes_what_it_knows_best() -> None:
    whole = join(site(), feed())
    assert (whole.path, whole.slug, whole.title, whole.number) == ("one.md", "one", "One", 1)
    assert whole.guid == "guid-1"
    assert (whole.published, whole.date_only) == (feed().published, False)
    assert (whole.hosts, whole.guests) == (("Ina Oak",), ("Tom Ash",))
    assert (whole.duration, whole.audio_size) == (123, 99)
    assert (whole.audio_url, whole.audio_file) == (feed().audio_url, "one.mp3")
    assert (whole.image, whole.url) == (feed().image, site().url)
    assert whole.sections == (*NOTES, *CHAPTERS)


def test_what_one_lacks_the_other_has() -> None:
    bare = Episode(path="one.md", slug="one", title="One")
    assert join(bare, feed()).sections == CHAPTERS
    assert join(bare, feed()).hosts == ("ina",)
    assert join(site(), Episode(path="x", slug="x", title="x")) == site()


def test_a_draft_stays_one_and_a_day_gives_way_to_a_time() -> None:
    assert join(site(draft=True), feed()).draft
    exact = site(published=datetime(2025, 1, 2, 3, tzinfo=UTC), date_only=False)
    assert join(exact, feed(date_only=True)).published == exact.published
    assert join(exact, feed()).published == feed().published
    assert join(exact, feed(published=None)).published == exact.published


# When things are said.


def spoken(*turns: tuple[str, str]) -> tuple[Turn, ...]:
    return tuple(
        Turn(label, text, speaker={"INA": "Ina Oak", "TOM": "Tom Ash"}[label], seconds=float(n))
        for n, (label, text) in enumerate(turns)
    )


def cues(*said: tuple[float, str]) -> tuple[Turn, ...]:
    return tuple(Turn(None, text, seconds=seconds, exact=True) for seconds, text in said)


TALK = spoken(
    ("INA", "Welcome to the garden, this is the show about soil and roots."),
    ("TOM", "Thank you, I have been looking forward to talking about tulips all week."),
    ("INA", "Hm."),
    ("TOM", "And when the frost comes you cover every bulb with straw, twice."),
)
CUES = cues(
    (10.0, "welcome to the garden this is the show"),
    (14.0, "about soil and roots"),
    (20.0, "thank you I have been looking forward"),
    (25.0, "to talking about tulips all week hm and when"),
    (31.0, "the frost comes you cover every bulb with straw twice"),
)


def test_captions_tell_when_a_turn_begins() -> None:
    turns = join(site(turns=TALK), feed(turns=CUES)).turns
    assert [(turn.label, turn.text, turn.speaker) for turn in turns] == [
        (turn.label, turn.text, turn.speaker) for turn in TALK
    ]
    assert [turn.exact for turn in turns[:2]] == [True, True]
    assert [turn.seconds for turn in turns[:2]] == [10.0, 20.0]
    last = turns[-1]
    assert last.seconds is not None
    assert 25 < last.seconds <= 31


def test_a_transcript_with_times_of_its_own_keeps_them() -> None:
    stated = (TALK[0]._replace(seconds=5.0, exact=True), *TALK[1:])
    assert join(site(turns=stated), feed(turns=CUES)).turns == stated


def test_another_talk_tells_nothing() -> None:
    other = cues((1.0, "something else entirely is being said in here"))
    assert join(site(turns=TALK), feed(turns=other)).turns == TALK


def test_without_a_transcript_the_captions_are_one() -> None:
    assert join(site(), feed(turns=CUES)).turns == CUES


@pytest.mark.fuzz
@given(st.integers(0, 10_000), st.integers(0, 40))
def test_positions_rise_and_are_near_the_truth(seed: int, slips: int) -> None:
    """Of a talk of 600 words at two words a second, cut differently, with words misheard."""
    dice = random.Random(seed)
    said = [f"w{dice.randrange(150)}" for _ in range(600)]
    turns: list[Turn] = []
    starts: list[int] = []
    at = 0
    while at < len(said):
        length = dice.randrange(1, 60)
        starts.append(at)
        turns.append(Turn("INA", " ".join(said[at : at + length])))
        at += length
    heard = list(said)
    for _ in range(slips):
        heard[dice.randrange(len(heard))] = "misheard"
    captions = cues(*((n / 2, " ".join(heard[n : n + 8])) for n in range(0, len(heard), 8)))
    timed = join(site(turns=tuple(turns)), feed(turns=captions, duration=300)).turns
    assert [turn.text for turn in timed] == [turn.text for turn in turns]
    known = [turn.seconds for turn in timed if turn.seconds is not None]
    assert known == sorted(known)
    for turn, start in zip(timed, starts, strict=True):
        if turn.exact:
            assert turn.seconds is not None
            assert abs(turn.seconds - start / 2) <= 1.5


# Which belong together.


def test_signs() -> None:
    assert Sign.of(site()) == Sign(1, None, "one.mp3")
    assert Sign.of(feed()) == Sign(None, "guid-1", "one.mp3")
    assert Sign.of(feed(audio_url="https://x/a%20b.MP3")).audio == "a b.mp3"


def test_pairs() -> None:
    ones = [Sign(1, None, "a.mp3"), Sign(2, "g", None), Sign(3, None, "c.mp3"), None]
    others = [None, Sign(1, None, "c.mp3"), Sign(1, "g", "x.mp3"), Sign(3, None, "a.mp3")]
    assert pairs(ones, others) == {0: 3, 1: 2, 2: 1}
    assert pairs([Sign(1, None, None)], [Sign(1, None, None)]) == {0: 0}


def test_what_several_have_in_common_tells_nothing() -> None:
    same = [Sign(1, None, "a.mp3"), Sign(1, None, "a.mp3")]
    assert pairs(same, same[:1]) == {}


signs = st.none() | st.builds(
    Sign,
    st.none() | st.integers(0, 5),
    st.sampled_from([None, "g", "h"]),
    st.sampled_from([None, "a"]),
)


@pytest.mark.fuzz
@given(st.lists(signs), st.lists(signs))
def test_nobody_is_paired_twice(ones: Sequence[Sign | None], others: Sequence[Sign | None]) -> None:
    found = pairs(ones, others)
    assert len(set(found.values())) == len(found)
    for one, other in found.items():
        here, there = ones[one], others[other]
        assert here
        assert there
        assert any(a is not None and a == b for a, b in zip(here, there, strict=True))
