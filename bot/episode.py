"""What an episode is: the one shape that every source yields and the store keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Link(NamedTuple):
    """A link of the show notes.

    ``text`` is what was clickable, ``label`` the words of the list item around it
    ("Kaggle" for ``Kaggle [homepage](...)``), because half of all link texts are
    only "site" or "blog". ``episode`` is the slug of another episode of the same
    show, where the link leads to one.
    """

    url: str
    text: str
    label: str
    episode: str | None = None


class Note(NamedTuple):
    """A paragraph (``depth`` 0) or a list item (its nesting, from 1) of the show notes."""

    text: str
    links: tuple[Link, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the show notes under one heading; the first one may have none ("").

    A chapter of the audio is a section that starts at ``seconds``.
    """

    heading: str
    level: int
    notes: tuple[Note, ...] = ()
    seconds: float | None = None

    @property
    def text(self) -> str:
        """The paragraphs, a line each."""
        return "\n".join(note.text for note in self.notes if note.text and not note.depth)

    @property
    def items(self) -> list[Note]:
        """The list items."""
        return [note for note in self.notes if note.depth]

    @property
    def links(self) -> list[Link]:
        """Every link of the section, in order."""
        return [link for note in self.notes for link in note.links]


class Sound(NamedTuple):
    """Something heard that is not speech, e.g. ``LAUGHTER``, at an offset of the turn's text."""

    offset: int
    name: str


class Turn(NamedTuple):
    """What one speaker says until another speaks.

    ``label`` is the transcript's own ("YUFENG"), ``speaker`` the person it was resolved
    to ("Yufeng Guo"), or None. Paragraphs of ``text`` are separated by a newline. A clip
    that is played back has neither label nor speaker. ``seconds`` is the position in the
    audio: as the source states it, or estimated (``exact`` is False) as the share of the
    words spoken before times the duration; None where the duration is unknown.
    """

    label: str | None
    text: str
    sounds: tuple[Sound, ...] = ()
    clip: bool = False
    speaker: str | None = None
    seconds: float | None = None
    exact: bool = False

    @property
    def spoken(self) -> bool:
        """Whether any word was said."""
        return any(character.isalnum() for character in self.text)

    def verbatim(self) -> str:
        """The text with the sounds put back in brackets, where they were heard."""
        parts: list[str] = []
        start = 0
        for offset, name in self.sounds:
            parts += [self.text[start:offset].strip(), f"[{name}]"]
            start = offset
        parts.append(self.text[start:].strip())
        return " ".join(part for part in parts if part)


class Problem(NamedTuple):
    """Something odd in a source file that did not stop it from loading."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode, as its source has it.

    ``path`` (relative to the source) is its identity for reloading; ``number`` and
    ``slug`` are what people call it, where a ``season`` may begin to count anew. ``guid``
    is what the show's feed identifies it by. ``published`` is in UTC and None when undated.
    ``duration`` is in seconds and ``audio_size`` in bytes, None when unknown.
    ``summary`` is the text before the ``<!--more-->`` mark; ``blurb`` is what to show.
    ``links`` holds the front matter's own links by key, ``extra`` the keys that this
    program does not know.
    """

    path: str
    slug: str
    title: str
    number: int | None = None
    season: int | None = None
    guid: str | None = None
    published: datetime | None = None
    date_only: bool = False
    draft: bool = False
    linked: bool = False
    description: str | None = None
    summary: str | None = None
    duration: int | None = None
    audio_size: int | None = None
    audio_file: str | None = None
    audio_url: str | None = None
    url: str | None = None
    image: str | None = None
    hosts: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict[str, str])
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    sections: tuple[Section, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def blurb(self) -> str | None:
        """The description, or where it is empty the summary."""
        return self.description or self.summary

    def public(self, now: datetime | None = None) -> bool:
        """Whether the episode may be shown: no draft, and its date has come."""
        now = now or datetime.now(UTC)
        return not self.draft and (self.published is None or self.published <= now)

    def spoken_words(self) -> Iterator[tuple[str | None, int]]:
        """Yield each turn's speaker, or label where unresolved, and its number of words."""
        for turn in self.turns:
            yield turn.speaker or turn.label, len(turn.text.split())
