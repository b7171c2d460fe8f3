"""Passages: the pieces of an episode that can be found, and that prove an answer.

A transcript is cut into passages of 60 to 150 words that keep to one speaker; only short
turns ("Right, and why is that?") are put together with what they belong to. Titles, people,
categories and each note of the show notes are passages of their own, so that a word of the
title never counts as one that was spoken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from bot.episode import Episode, Note, Turn

FEWEST_WORDS, MOST_WORDS = 60, 150
_TINY = 25  # a turn of fewer words may share a passage with another speaker

_SHORT = 12  # characters; what is longer surely holds a word

_EPISODE, _KIND = 1_000_000, 100_000
_SENTENCE_END = re.compile(r"([.?!][\"”’')]*)\s+(?=[\"“‘(]?[^\W_a-z])")


class Kind(IntEnum):
    """What a passage is of."""

    TITLE = 0
    DESCRIPTION = 1
    GUESTS = 2
    HOSTS = 3
    CATEGORIES = 4
    HEADING = 5
    NOTE = 6
    TRANSCRIPT = 7


class Passage(NamedTuple):
    """A piece of an episode; ``marks`` says at which offsets its turns begin."""

    kind: Kind
    text: str
    turn: int | None = None
    marks: tuple[tuple[int, int], ...] = ()
    section: str | None = None


def first_id(episode_id: int, kind: Kind = Kind.TITLE) -> int:
    """The smallest id that a passage of this episode and kind can have."""
    return episode_id * _EPISODE + kind * _KIND


def span(episode_id: int) -> tuple[int, int]:
    """The first id of an episode's passages (and turns), and the first of the next one's."""
    return episode_id * _EPISODE, (episode_id + 1) * _EPISODE


def episode_of(passage_id: int) -> int:
    """The episode that a passage belongs to."""
    return passage_id // _EPISODE


def kind_of(passage_id: int) -> int:
    """The kind of a passage, as a number of ``Kind``."""
    return passage_id % _EPISODE // _KIND


def passages(episode: Episode) -> list[Passage]:
    """All passages of an episode, those of one kind in their order."""
    found = [Passage(Kind.TITLE, episode.title)]
    if episode.description:
        found.append(Passage(Kind.DESCRIPTION, episode.description))
    found += [Passage(Kind.GUESTS, name) for name in episode.guests]
    found += [Passage(Kind.HOSTS, name) for name in episode.hosts]
    if episode.categories:
        found.append(Passage(Kind.CATEGORIES, ", ".join(episode.categories)))
    headings = [s.heading for s in episode.sections if s.heading]
    found += [Passage(Kind.HEADING, heading, section=heading) for heading in headings]
    for section in episode.sections:
        for note in section.notes:
            if (text := _own_words(note)) and len(text) > 1:
                found.append(Passage(Kind.NOTE, text, section=section.heading or None))
    found += transcript_passages(episode.turns)
    return found


def _own_words(note: Note) -> str:
    """What a note says of its own episode: a list item that leads to another says nothing."""
    elsewhere = [link for link in note.links if link.episode]
    if not elsewhere:
        return note.text
    if note.depth and len(elsewhere) == len(note.links):
        return ""
    text = note.text
    for link in elsewhere:
        text = text.replace(link.text, " ", 1)
    return " ".join(text.split())


def transcript_passages(turns: Sequence[Turn]) -> list[Passage]:
    """Cut a transcript into passages."""
    done: list[Passage] = []
    parts: list[tuple[int, str]] = []  # (turn, words of it) that the next passage will hold
    size = 0  # words in parts
    voice: str | None = None  # who speaks in parts, tiny turns aside

    for number, (label, text, _, clip, speaker, _, _) in enumerate(turns):
        if not text or (len(text) < _SHORT and not any(map(str.isalnum, text))):
            continue
        if "\n" in text:
            text = text.replace("\n", " ")
        words = text.count(" ") + 1
        tiny = words < _TINY and not clip
        speaker = speaker or label
        if parts and (
            size + words > MOST_WORDS or clip or not (tiny or voice is None or voice == speaker)
        ):
            done.append(_passage(parts))
            parts, size, voice = [], 0, None
        if words > MOST_WORDS:
            *whole, text = _pieces(text)
            done += [Passage(Kind.TRANSCRIPT, piece, number) for piece in whole]
            words = text.count(" ") + 1
        parts.append((number, text))
        size += words
        if size >= FEWEST_WORDS or clip:
            done.append(_passage(parts))
            parts, size, voice = [], 0, None
        elif not tiny:
            voice = speaker
    if parts:
        done.append(_passage(parts))
    return done


def _passage(parts: list[tuple[int, str]]) -> Passage:
    turn, text = parts[0]
    if len(parts) == 1:
        return Passage(Kind.TRANSCRIPT, text, turn)
    marks: list[tuple[int, int]] = []
    offset = 0
    for number, words in parts:
        marks.append((number, offset))
        offset += len(words) + 1
    return Passage(Kind.TRANSCRIPT, " ".join([w for _, w in parts]), turn, tuple(marks))


def _pieces(text: str) -> list[str]:
    """Cut a long turn at sentence ends into about equal pieces within the limits."""
    count = -(-(text.count(" ") + 1) // MOST_WORDS)
    goal = (text.count(" ") + 1) / count
    pieces: list[str] = []
    start = words = done = 0
    cut = 0
    for sentence in [*_SENTENCE_END.finditer(text), None]:
        end = sentence.end(1) if sentence else len(text)
        length = text.count(" ", cut, end) + (cut == 0)
        middle = done + words + length / 2
        if words and (words + length > MOST_WORDS or middle > goal * (len(pieces) + 1)):
            pieces.append(text[start:cut].strip())
            start, done, words = cut, done + words, 0
        words += length
        cut = end
    pieces.append(text[start:].strip())
    return [part for piece in pieces for part in _by_words(piece)]


def _by_words(piece: str) -> list[str]:
    """A sentence that never ends is cut between words after all."""
    words = piece.split(" ")
    if len(words) <= 2 * MOST_WORDS:
        return [piece]
    return [" ".join(words[i : i + MOST_WORDS]) for i in range(0, len(words), MOST_WORDS)]
