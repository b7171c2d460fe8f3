"""Joining what two sources know of one episode: the site's content file and the feed's item."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bot.episode import Episode, Section, Turn
from bot.sources.transcript import complete

_WORD = re.compile(r"\w+")
_RUN = 4  # words in a row that tell a place in a transcript
_NEAR = 12  # words from the beginning of a turn in which its place must be told
_SAME = 2  # words that two transcripts may differ in where a turn begins


class Sign(NamedTuple):
    """What an episode is recognised by in another source."""

    number: int | None
    guid: str | None
    audio: str | None

    @classmethod
    def of(cls, episode: Episode) -> Sign:
        """The signs of an episode; of its audio it is the name of the file."""
        audio = episode.audio_file or episode.audio_url or ""
        name = unquote(urlsplit(audio).path).rpartition("/")[2].casefold()
        return cls(episode.number, episode.guid, name or None)


def pairs(ones: Sequence[Sign | None], others: Sequence[Sign | None]) -> dict[int, int]:
    """Which of ``others`` is the same episode, by position in ``ones``.

    By the guid, else by the audio file, else by the number; what several episodes of a source
    have in common tells nothing.
    """
    found: dict[int, int] = {}
    taken: set[int] = set()
    for name in ("guid", "audio", "number"):
        here, there = _unique(ones, name), _unique(others, name)
        for value, position in here.items():
            other = there.get(value)
            if other is not None and position not in found and other not in taken:
                found[position] = other
                taken.add(other)
    return found


def _unique(signs: Sequence[Sign | None], name: str) -> dict[object, int]:
    values = [getattr(sign, name, None) for sign in signs]
    often = Counter(values)
    return {v: n for n, v in enumerate(values) if v is not None and often[v] == 1}


def join(one: Episode, other: Episode) -> Episode:
    """One episode of both, each contributing what it knows best.

    Args:
        one: As the site has it: its identity, title, show notes, people, and a transcript with
            names. A draft stays one.
        other: As the feed has it: the audio, the date, how long it is, the image, chapters, and
            when things are said.
    """
    dated = other if other.published and (one.published is None or not other.date_only) else one
    duration = other.duration or one.duration
    return replace(
        one,
        number=one.number if one.number is not None else other.number,
        season=one.season if one.season is not None else other.season,
        guid=other.guid or one.guid,
        published=dated.published,
        date_only=dated.date_only,
        description=one.description or other.description,
        summary=one.summary or other.summary,
        duration=duration,
        audio_size=other.audio_size or one.audio_size,
        audio_url=other.audio_url or one.audio_url,
        url=one.url or other.url,
        image=other.image or one.image,
        hosts=one.hosts or other.hosts,
        guests=one.guests or other.guests,
        categories=one.categories or other.categories,
        links=other.links | one.links,
        extra=other.extra | one.extra,
        sections=_sections(one, other),
        turns=_timed(one.turns, other.turns, duration) if one.turns else other.turns,
    )


def _sections(one: Episode, other: Episode) -> tuple[Section, ...]:
    """The site's show notes and the feed's chapters; without show notes all that the feed has."""
    if not one.sections:
        return other.sections
    if any(section.seconds is not None for section in one.sections):
        return one.sections
    return (*one.sections, *(part for part in other.sections if part.seconds is not None))


# When things are said.


def _timed(
    turns: tuple[Turn, ...], captions: tuple[Turn, ...], duration: int | None
) -> tuple[Turn, ...]:
    """The turns at the positions that the captions state for the same words."""
    if any(turn.exact for turn in turns) or not any(turn.exact for turn in captions):
        return turns
    text, starts = _words(turns)
    heard, cues = _words(captions)
    known = _anchors(text, heard)
    places = [place for place, _ in known]
    placed: list[Turn] = []
    for turn, start in zip(turns, starts, strict=True):
        at = bisect_left(places, start)
        position = None, False
        if at < len(known) and known[at][0] - start < _NEAR:
            place, there = known[at]
            position = _position(there - (place - start), captions, cues)
        placed.append(turn._replace(seconds=position[0], exact=position[1]))
    if not any(turn.exact for turn in placed):
        return turns
    speakers = {turn.label or "": turn.speaker or "" for turn in turns if turn.speaker}
    return complete(placed, speakers, duration)


def _words(turns: Sequence[Turn]) -> tuple[list[str], list[int]]:
    """The words of a transcript, and with which of them each turn begins."""
    text: list[str] = []
    starts: list[int] = []
    for turn in turns:
        starts.append(len(text))
        text += _WORD.findall(turn.text.casefold())
    return text, starts


def _anchors(text: list[str], heard: list[str]) -> list[tuple[int, int]]:
    """Places of runs of words that both have once, rising in both (patience diff)."""
    here, there = _runs(text), _runs(heard)
    common = sorted((place, there[run]) for run, place in here.items() if run in there)
    # The longest rising series: piles of the lowest ends, with a way back.
    ends: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(common):
        pile = bisect_left(ends, place)
        ends[pile : pile + 1] = [place]
        piles[pile : pile + 1] = [number]
        before.append(piles[pile - 1] if pile else -1)
    rising: list[tuple[int, int]] = []
    number = piles[-1] if piles else -1
    while number >= 0:
        rising.append(common[number])
        number = before[number]
    return rising[::-1]


def _runs(words: list[str]) -> dict[tuple[str, ...], int]:
    runs = [tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]
    often = Counter(runs)
    return {run: place for place, run in enumerate(runs) if often[run] == 1}


def _position(
    word: int, captions: Sequence[Turn], cues: Sequence[int]
) -> tuple[float | None, bool]:
    """When a word of the captions is said, and whether that is stated rather than estimated."""
    stated = [(start, turn.seconds) for start, turn in zip(cues, captions, strict=True)]
    stated = [(start, at) for start, at in stated if at is not None]
    if not stated:
        return None, False
    number = max(bisect_left(stated, (word + _SAME + 1,)) - 1, 0)  # type: ignore[arg-type]
    start, at = stated[number]
    if abs(word - start) <= _SAME:
        return at, True
    for (first, begin), (last, end) in pairwise(stated[number : number + 2]):
        share = min(max((word - first) / max(last - first, 1), 0.0), 1.0)
        return round(begin + share * max(end - begin, 0.0), 1), False
    return None, False
