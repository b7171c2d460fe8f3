"""Whatever an archive holds, Discord accepts the card, and nothing on it is cut off silently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import pytest
from discord import ui
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.episode import Episode, Link, Note, Section
from bot.search.person import Profile
from bot.search.results import (
    Answer,
    EpisodeHead,
    Evidence,
    Found,
    Page,
    Passage,
    SpokenTurn,
    Understood,
)
from bot.search.transcript import Window
from bot.ui import cards, limits
from bot.ui.items import away, listen
from cogs.ask import Context, More, Share
from cogs.episodes import Leaf, OpenMenu, Read, SectionMenu

pytestmark = pytest.mark.fuzz

# A card takes a while to make up.
slowly = settings(
    max_examples=max(settings().max_examples // 10, 50),
    suppress_health_check=[HealthCheck.too_slow],
)

words = st.sampled_from(
    [
        *(
            "word",
            "`code`",
            "```",
            "**",
            "@everyone",
            "<@123>",
            "[a](https://b.example)",
            "||",
            "\\",
        ),
        *("#", "-#", "1.", "\n", "\x00", "Żółw", "漢字", "👩‍🚀", "https://a.example/b", "x" * 400),
    ]
)
texts = st.builds(
    lambda some, times: " ".join(some * times),
    st.lists(words, min_size=1, max_size=6),
    st.sampled_from([1, 1, 1, 40, 600]),  # a turn of 3,000 words and more
)
names = st.lists(words, min_size=1, max_size=30).map(" ".join)
addresses = st.none() | st.sampled_from(
    [
        *("https://a.example/" + "b" * 400, "https://a.example/(b)", "/relative", "not an address"),
        *(
            "https://a.example/" + "b" * 600,
            "javascript:alert(1)",
            "https://[",
            "https://a.example",
        ),
    ]
)
numbers = st.none() | st.integers(0, 2**40)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
seconds = st.none() | st.floats(0, 1e6)

heads = st.builds(
    EpisodeHead,
    id=st.integers(1, 2**62),
    number=numbers,
    slug=names,
    title=names,
    url=addresses,
    published=moments,
    date_only=st.booleans(),
    duration=st.none() | st.integers(0, 10**6),
    audio_url=addresses,
    blurb=st.none() | texts,
)


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[tuple[int, int], ...]:
    edges = draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True).map(sorted))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    text = draw(texts)
    return Evidence(
        kind=draw(st.sampled_from(["transcript", "note", "title", "guests", "description"])),
        text=text,
        highlights=draw(spans(text)),
        speaker=draw(st.none() | names),
        turn=draw(st.none() | st.integers(0, 5000)),
        seconds=draw(seconds),
        exact=draw(st.booleans()),
        section=draw(st.none() | names),
    )


turns = st.builds(
    SpokenTurn, st.integers(0, 5000), st.none() | names, texts, seconds, st.booleans()
)


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    text = draw(texts)
    around = st.lists(turns, max_size=2).map(tuple)
    return Passage(
        episode=draw(heads),
        turn=draw(st.integers(0, 5000)),
        speaker=draw(st.none() | names),
        seconds=draw(seconds),
        exact=draw(st.booleans()),
        text=text,
        highlights=draw(spans(text)),
        score=1.0,
        before=draw(around),
        after=draw(around),
    )


answers = st.builds(
    Answer,
    question=texts,
    answered=st.booleans(),
    closest=st.booleans(),
    fulfilled=st.booleans(),
    conditions=st.lists(st.builds(Understood, texts, texts), max_size=9).map(tuple),
    confidence=st.just(0.5),
    understood=st.dictionaries(
        st.just("corrections"), st.dictionaries(names, names, max_size=8), max_size=1
    ),
    episodes=st.lists(
        st.builds(Found, heads, st.just(1.0), st.lists(evidence(), max_size=3).map(tuple)),
        min_size=1,
        max_size=10,
    ).map(tuple),
    searched=st.integers(0, 10**9),
    without_transcript=st.integers(0, 10**9),
)
links = st.builds(Link, url=addresses.map(str), text=names | st.just(""), label=names)
notes = st.builds(Note, texts, st.lists(links, max_size=4).map(tuple), st.integers(0, 3))
sections = st.builds(
    Section,
    names | st.sampled_from(["", "Question of the week"]),
    st.just(2),
    st.lists(notes, max_size=4).map(tuple),
)
episodes = st.builds(
    Episode,
    path=st.just("a.md"),
    slug=names,
    title=names,
    description=st.none() | texts,
    image=addresses,
    hosts=st.lists(names, max_size=30).map(tuple),
    guests=st.lists(names, max_size=3).map(tuple),
    categories=st.lists(names, max_size=30).map(tuple),
    sections=st.lists(sections, max_size=3).map(tuple)
    | st.lists(sections, min_size=1, max_size=3).map(lambda some: tuple(some * 20)),
)


def check(view: ui.LayoutView) -> list[dict[str, Any]]:
    """Judge a card, and return all that is on it."""
    components = view.to_components()
    body = {"components": components, "flags": limits.COMPONENTS_V2}
    assert limits.violations(body, kind="message") == []
    [container] = components
    return container["components"]


def written(components: Sequence[dict[str, Any]]) -> str:
    return "\n".join(str(part.get("content", "")) for part in components)


@slowly
@given(answers, st.booleans())
async def test_answer(found: Answer, alone: bool) -> None:
    best = found.episodes[0].episode
    asked = " ".join(["word"] * 40)
    heads = [one.episode for one in found.episodes]
    parts = check(
        cards.answer(
            0x123456,
            found,
            [
                Context(2**62, 5000, asked),
                listen(best.audio_url, 1e5),
                away("Show notes", best.url),
                Share(asked) if alone else None,
            ],
            [More(2**63, 4, asked)],
            OpenMenu(choices=cards.options(heads), placeholder="Open an episode"),
        )
    )
    assert ("No episode covers that" in written(parts)) is not (found.answered or found.closest)
    assert written(parts).count("###") >= 1


@slowly
@given(answers, st.integers(0, 9))
async def test_candidates(found: Answer, offset: int) -> None:
    back = More(2**63, 0, "words", label="Back")
    check(cards.candidates(0, found, offset, [back], None))


@slowly
@given(passages(), st.lists(passages(), max_size=4))
async def test_passage(found: Passage, others: list[Passage]) -> None:
    parts = check(cards.passage(0, found, [], others=others))
    assert "> " in written(parts)


@slowly
@given(heads, st.lists(turns, max_size=6), st.data())
async def test_transcript(head: EpisodeHead, said: list[SpokenTurn], data: st.DataObject) -> None:
    marked = data.draw(st.sampled_from(said)) if said else None
    highlights = data.draw(spans(marked.text)) if marked else ()
    window = Window(head, tuple(said), earlier=True, later=True, highlights=highlights)
    check(cards.transcript(0, window, [Read(1)], marked=marked.turn if marked else None))


@slowly
@given(heads, episodes)
async def test_episode(head: EpisodeHead, whole: Episode) -> None:
    sections = cards.section_options(whole)
    menu = SectionMenu(head.id, choices=sections) if sections else None
    buttons = [listen(head.audio_url), away("Show notes", head.url), Read(head.id)]
    check(cards.episode(0, head, whole, buttons, menu))
    for number in range(min(len(whole.sections), 3)):
        check(cards.section(0, head, whole, number, [away("Show notes", head.url)]))


@slowly
@given(st.lists(heads, min_size=1, max_size=10), names)
async def test_listing(page: list[EpisodeHead], filtered: str) -> None:
    older = Leaf(2**63, 10, 9999, filtered, label="Older")
    menu = OpenMenu(choices=cards.options(page))
    found = Page(tuple(page), 10**6)
    parts = check(cards.listing(0, "Episodes", found, 10, [older], menu))
    assert "of 1,000,000" in written(parts)


@slowly
@given(
    st.builds(
        Profile,
        name=names,
        hosted=st.integers(0, 500),
        guested=st.integers(0, 500),
        total=st.integers(0, 1000),
        words=st.integers(0, 10**9),
        share=st.floats(0, 1),
        topics=st.lists(names, max_size=6).map(tuple),
        episodes=st.lists(
            st.tuples(heads, st.sampled_from(["host", "guest", "speaker"])), max_size=12
        ).map(tuple),
    )
)
async def test_person(profile: Profile) -> None:
    check(cards.person(0, profile, 5, [], None))


@given(texts)
async def test_notice(text: str) -> None:
    check(cards.notice(0, f"Sorry: {text}"))


async def test_an_answer_that_is_nothing_but_its_title_says_what_the_episode_is_about() -> None:
    head = EpisodeHead(
        1, 4, "a", "Passkeys", "https://a.example/", None, False, None, None, "All about keys."
    )
    only_title = Found(head, 1.0, (Evidence(kind="title", text="Passkeys", highlights=((0, 8),)),))
    found = Answer("passkeys", True, 0.9, {}, (only_title,), 14, 1)
    text = written(check(cards.answer(0, found, [], [])))
    assert "### [#4 Passkeys](https://a.example/)\n" in text + "\n"
    assert "> All about keys." in text


async def test_what_does_not_fit_is_left_out_whole() -> None:
    card = cards.Card(0)
    assert card.text("a" * 3_000)
    assert not card.text("b" * 900)
    assert card.text("c" * 700)
    card.texts(["- one", "- " + "d" * 200, "- two"])
    assert [part["content"][:6] for part in check(card.view())] == ["aaaaaa", "cccccc", "- one"]


def test_counts() -> None:
    assert cards.searched(1, 0) == "1 episode"
    assert cards.searched(1_400, 2) == "1,400 episodes, 2 of them without a transcript"


@pytest.mark.parametrize(
    ("exact", "audio", "url", "shown"),
    [
        (True, "https://a.example/1.mp3#x", None, "[1:01:05](https://a.example/1.mp3#t=3665)"),
        (True, None, "https://a.example/1", "[1:01:05](https://a.example/1#t=3665)"),
        (True, None, None, "1:01:05"),
        (False, "https://a.example/1.mp3", None, "≈ 1:01:06"),
    ],
)
def test_what_is_known_to_the_second_can_be_heard_from_there(
    exact: bool, audio: str | None, url: str | None, shown: str
) -> None:
    head = EpisodeHead(1, 2, "s", "T", url, None, False, None, audio, None)
    piece = Evidence("transcript", "word", speaker="Ann", seconds=3665.9, exact=exact)
    assert cards.evidence(piece, head, words=9).endswith(f"— Ann · {shown}")
    found = Passage(head, 1, "Ann", 3665.9, exact, "word", (), 1.0)
    assert f"**Ann** · {shown}" in str(cards.passage(0, found, []).to_components())
    window = Window(head, (SpokenTurn(1, "Ann", "word", 3665.9, exact),), False, False)
    assert f"**Ann** · {shown}" in str(cards.transcript(0, window, []).to_components())


def test_chapters_open_and_say_where_they_start() -> None:
    head = EpisodeHead(1, 2, "s", "T", None, None, False, None, "https://a.example/1.mp3", None)
    parts = (Section("Links", 2), Section("Hearing Aids", 2, (), 168.0))
    whole = Episode(path="p", slug="s", title="T", sections=parts)
    [option] = cards.section_options(whole)
    assert (option.label, option.description, option.value) == ("Hearing Aids", "2:48", "1")
    shown = str(cards.section(0, head, whole, 1, []).to_components())
    assert "Hearing Aids" in shown
    assert "[2:48](https://a.example/1.mp3#t=168)" in shown
