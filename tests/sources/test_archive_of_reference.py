"""The reference archive: 329 real files, with all their oddities, and what is known of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.episode import Episode
from bot.sources.folder import FolderSource
from bot.sources.source import Parsed

# Where the reference says otherwise than the file itself: (episode, label) -> person found.
OTHERWISE = {
    # A voice that the hosts make up; its name is known from other episodes.
    (207, "DIGITAL VOICE"): None,
    # One host of two spellings; this file's list has this one.
    (207, "GABI"): "Gabi Ferrara",
    # The title's spelling of the guest, whose heading has a nickname as well.
    (233, "GURMEET"): "Gurmeet Goindi",
    # Surnames that stand in other episodes only.
    (233, "MAX"): None,
    (309, "Kelci"): None,
    # The reference knows nobody; the notes name the producer.
    (331, "KEVIN"): "Kevin McCormack",
}
# "MARK: MARK:" is written once.
DOUBLED = {38: ("MARK: MARK:", "MARK:")}


@cache
def parsed(folder: Path) -> dict[int, Parsed]:
    source = FolderSource(folder)
    found = {result.episode.number: result for result in map(source.parse, source.files())}
    assert source.unreadable == []
    return {number: result for number, result in found.items() if number is not None}


@pytest.fixture(scope="module")
def episodes(shared: Path) -> dict[int, Episode]:
    return {n: result.episode for n, result in parsed(shared / "archive/post").items()}


def raw_transcript(text: str) -> str:
    """What the shortcode holds, taken out by other means than the project's."""
    body = text.split("+++", 2)[2]
    tag = re.search(
        r'\{\{< transcript "(.*)" ?>\}\}(.*?)(?:\{\{< /transcript +>\}\}|\Z)', body, re.S
    )
    assert tag, text
    first, _, rest = tag[1].partition('" >}}\n')
    if not rest:
        first, _, rest = tag[1].partition('">}}\n')
    return first.replace('\\"', '"') + "\n" + rest + tag[2]


@pytest.fixture(scope="module")
def transcripts(shared: Path, episodes: dict[int, Episode]) -> dict[int, str]:
    return {
        number: raw_transcript((shared / "archive/post" / episode.path).read_text("utf-8"))
        for number, episode in episodes.items()
    }


@pytest.fixture(scope="module")
def golden(shared: Path) -> list[dict[str, Any]]:
    return json.loads((shared / "golden/dev.json").read_text("utf-8"))["files"]


def test_every_file_is_an_episode(shared: Path, episodes: dict[int, Episode]) -> None:
    assert len(episodes) == 329
    assert sorted(set(range(1, 332)) - set(episodes)) == [12, 73]
    assert [r.problems for r in parsed(shared / "archive/post").values() if r.problems] == []


def test_turns_and_clips(episodes: dict[int, Episode]) -> None:
    turns = [turn for episode in episodes.values() for turn in episode.turns]
    assert sum(not turn.clip for turn in turns) == 41_688
    assert sum(turn.clip for turn in turns) == 13
    assert all((turn.label is None) == turn.clip for turn in turns)


def test_every_word_is_there(episodes: dict[int, Episode], transcripts: dict[int, str]) -> None:
    assert sum(len(text.split()) for text in transcripts.values()) == 2_274_798
    for number, episode in episodes.items():
        raw = transcripts[number].replace(*DOUBLED.get(number, ("", "")))
        kept = " ".join(f"{turn.label or ''} {turn.verbatim()}" for turn in episode.turns)
        assert Counter(re.findall(r"\w+", raw)) == Counter(re.findall(r"\w+", kept)), number


def test_words_keep_their_order(episodes: dict[int, Episode], transcripts: dict[int, str]) -> None:
    for number, episode in episodes.items():
        raw = transcripts[number].replace(*DOUBLED.get(number, ("", "")))
        raw = re.sub(r"\[(?!\?)[^][]*(?<!\?)\]", " ", raw)
        kept = " ".join(f"{turn.label or ''} {turn.text}" for turn in episode.turns)
        assert re.findall(r"\w+", raw) == re.findall(r"\w+", kept), number


def test_sounds_stand_within_the_text(episodes: dict[int, Episode]) -> None:
    for episode in episodes.values():
        for turn in episode.turns:
            offsets = [sound.offset for sound in turn.sounds]
            assert offsets == sorted(offsets)
            assert all(0 <= offset <= len(turn.text) for offset in offsets)


def test_positions_rise(episodes: dict[int, Episode]) -> None:
    for episode in episodes.values():
        seconds = [turn.seconds for turn in episode.turns]
        if episode.duration is None:
            assert set(seconds) == {None}
        else:
            rising = [at for at in seconds if at is not None]
            assert len(rising) == len(seconds)
            assert rising == sorted(rising)
            assert rising[0] == 0
            assert rising[-1] <= episode.duration


def test_permalinks(shared: Path, episodes: dict[int, Episode]) -> None:
    permalinks = json.loads((shared / "golden/permalinks.json").read_text("utf-8"))
    assert {str(number): episode.url for number, episode in episodes.items()} == permalinks


def test_links_to_other_episodes(episodes: dict[int, Episode]) -> None:
    links = [
        link
        for episode in episodes.values()
        for section in episode.sections
        for link in section.links
    ]
    slugs = {episode.slug for episode in episodes.values()}
    leading = [link.episode for link in links if link.episode]
    assert len(leading) >= 290
    assert set(leading) <= slugs
    assert len(links) == 7_890


def test_front_matter(episodes: dict[int, Episode], golden: list[dict[str, Any]]) -> None:
    assert len(golden) == 20
    for wanted in golden:
        episode = episodes[wanted["episode"]]
        assert episode.published is not None
        assert {
            "title": episode.title,
            "date_utc": f"{episode.published:%Y-%m-%dT%H:%M:%SZ}",
            "date_only": episode.date_only,
            "description": episode.description,
            "duration_seconds": episode.duration,
            "audio_size": episode.audio_size,
            "audio_url": episode.audio_url,
            "page_url": episode.url,
            "hosts": list(episode.hosts),
            "categories": list(episode.categories),
        }.items() <= wanted.items()


def test_show_notes(episodes: dict[int, Episode], golden: list[dict[str, Any]]) -> None:
    for wanted in golden:
        sections = episodes[wanted["episode"]].sections
        assert [[s.heading, len(s.links)] for s in sections] == wanted["sections"]
        assert sum(len(section.links) for section in sections) == wanted["links"]


def test_transcripts(episodes: dict[int, Episode], golden: list[dict[str, Any]]) -> None:
    for wanted in golden:
        turns = episodes[wanted["episode"]].turns
        spoken = [turn for turn in turns if not turn.clip]
        assert Counter(turn.label for turn in spoken) == wanted["labels"]
        assert len(spoken) == wanted["turns"]
        assert sum(turn.spoken for turn in spoken) == wanted["turns_spoken"]
        assert sum(turn.clip for turn in turns) == wanted["clips"]
        assert turns[0].label == wanted["lead_speaker"]
        assert turns[0].text.startswith(wanted["lead_text_starts"])
        assert turns[0].text.endswith(wanted["lead_text_ends"])


def test_people(episodes: dict[int, Episode], golden: list[dict[str, Any]]) -> None:
    otherwise: dict[tuple[int, str], str | None] = {}
    for wanted in golden:
        number = wanted["episode"]
        speakers = {turn.label: turn.speaker for turn in episodes[number].turns}
        for label, person in wanted["people"].items():
            if speakers[label] != person["person"]:
                otherwise[number, label] = speakers[label]
    assert otherwise == OTHERWISE


@pytest.mark.parametrize(
    ("number", "label", "person"),
    [
        (9, "RAMANATHAN", "Ram Ramanathan"),
        (19, "FRANCES", "Frances Perry"),
        (19, "FRANCESC", "Francesc Campoy Flores"),
        (81, "FRANCES", "Frances Perry"),
        (84, "FRANSESC", "Francesc Campoy Flores"),
        (118, "MORGAN MCLEAN", "Morgan McLean"),
        (137, "PRAVEEN", "Pavan Srivastava"),
        (63, "JOHN", "Jon Wayne Parrott"),
        (65, "CLAIRE", "Clare Bayley"),
        (166, "JOHN", "Jon Foust"),
        (177, "JOHN", "John Bohannon"),
        (239, "JOHN", "Jon Foust"),
        (170, "BRIAN", "Brian Dorsey"),
        (170, "BRYAN", "Bryan Kokish"),
        (262, "GABE", "Gabe Weiss"),
        (284, "NATHAN", "Nathen Harvey"),
        (313, "BRYAN", "Brian Dorsey"),
    ],
)
def test_people_of_other_files(
    episodes: dict[int, Episode], number: int, label: str, person: str
) -> None:
    assert {turn.speaker for turn in episodes[number].turns if turn.label == label} == {person}


def test_nearly_all_turns_have_a_speaker(episodes: dict[int, Episode]) -> None:
    labelled = [turn for episode in episodes.values() for turn in episode.turns if turn.label]
    assert sum(turn.speaker is not None for turn in labelled) >= 0.985 * len(labelled)


def test_the_seed_is_an_earlier_version_of_its_file(
    shared: Path, episodes: dict[int, Episode]
) -> None:
    source = FolderSource(shared / "seed")
    [file] = source.files()
    seed = source.parse(file).episode
    for field in ("number", "title", "turns", "published", "hosts", "guests", "duration"):
        assert getattr(seed, field) == getattr(episodes[71], field)
    assert len(seed.turns) == 133
