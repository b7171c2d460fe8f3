"""What the search gives back. ``to_json`` is the stable, documented form of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EpisodeHead:
    """What every result says of its episode."""

    id: int
    number: int | None
    slug: str
    title: str
    url: str | None
    published: datetime | None
    date_only: bool
    duration: int | None
    audio_url: str | None
    blurb: str | None

    @property
    def date(self) -> str | None:
        """The day of publication, as ISO 8601."""
        return self.published.date().isoformat() if self.published else None

    def to_json(self) -> dict[str, Any]:
        """Number, slug, title, url and date."""
        return {
            "number": self.number,
            "slug": self.slug,
            "title": self.title,
            "url": self.url,
            "date": self.date,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that prove an answer.

    ``kind`` is ``transcript``, ``note``, ``heading``, ``title``, ``description``,
    ``guests``, ``hosts`` or ``categories``. ``turn`` counts from 0; ``seconds`` is
    estimated unless ``exact``. ``section`` is the heading of the show notes it stands
    under. ``highlights`` are [start, end) offsets in ``text``.
    """

    kind: str
    text: str
    highlights: tuple[Span, ...] = ()
    speaker: str | None = None
    turn: int | None = None
    seconds: float | None = None
    exact: bool = False
    section: str | None = None
    score: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything but the score."""
        return {
            "kind": self.kind,
            "section": self.section,
            "speaker": self.speaker,
            "turn": self.turn,
            "seconds": self.seconds,
            "estimated": self.seconds is not None and not self.exact,
            "text": self.text,
            "highlights": [list(span) for span in self.highlights],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """An episode that may answer the question, with its evidence, the best first."""

    episode: EpisodeHead
    score: float
    evidence: tuple[Evidence, ...]

    def to_json(self) -> dict[str, Any]:
        """The episode, its score and its evidence."""
        return {
            **self.episode.to_json(),
            "score": round(self.score, 4),
            "evidence": [piece.to_json() for piece in self.evidence],
        }


class Understood(NamedTuple):
    """A condition of a question as it was understood, and the question without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: up to ten episodes, the best first.

    ``answered`` is False where none of them is likely to cover what was asked, ``closest``
    True where the first may do so all the same. ``understood`` says how the question was
    read, and ``searched`` how many episodes were looked through, of which
    ``without_transcript`` have only show notes. ``asked`` is the question in the words that
    decided; ``fulfilled`` is False where the best episode does not fulfil every one of its
    ``conditions``.
    """

    question: str
    answered: bool
    confidence: float
    understood: dict[str, Any]
    episodes: tuple[Found, ...]
    searched: int = 0
    without_transcript: int = 0
    asked: str = ""
    conditions: tuple[Understood, ...] = ()
    fulfilled: bool = True
    closest: bool = False

    def to_json(self) -> dict[str, Any]:
        """The documented form of an answer."""
        return {
            "question": self.question,
            "answered": self.answered,
            "closest": self.closest,
            "confidence": round(self.confidence, 3),
            "understood": self.understood,
            "episodes": [found.to_json() for found in self.episodes],
        }


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn of a transcript, as shown around a passage; ``speaker`` may be a bare label."""

    turn: int
    speaker: str | None
    text: str
    seconds: float | None
    exact: bool

    def to_json(self) -> dict[str, Any]:
        """Turn, speaker, seconds and text."""
        return {
            "turn": self.turn,
            "speaker": self.speaker,
            "seconds": self.seconds,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a transcript with the turns spoken before and after it."""

    episode: EpisodeHead
    turn: int
    speaker: str | None
    seconds: float | None
    exact: bool
    text: str
    highlights: tuple[Span, ...]
    score: float
    before: tuple[SpokenTurn, ...] = ()
    after: tuple[SpokenTurn, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The documented form of a passage."""
        return {
            **self.episode.to_json(),
            "turn": self.turn,
            "speaker": self.speaker,
            "seconds": self.seconds,
            "estimated": self.seconds is not None and not self.exact,
            "text": self.text,
            "highlights": [list(span) for span in self.highlights],
            "score": round(self.score, 4),
            "before": [turn.to_json() for turn in self.before],
            "after": [turn.to_json() for turn in self.after],
        }


@dataclass(frozen=True, slots=True)
class Quotes:
    """The passages that a remembered line may come from, the best first."""

    question: str
    passages: tuple[Passage, ...]
    searched: int = 0
    without_transcript: int = 0

    def to_json(self) -> dict[str, Any]:
        """The documented form of a search for a quote."""
        return {
            "question": self.question,
            "passages": [passage.to_json() for passage in self.passages],
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the episodes of a list, newest first, and how many there are in all."""

    episodes: tuple[EpisodeHead, ...]
    total: int
    filters: dict[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """Total, filters and episodes."""
        return {
            "total": self.total,
            **self.filters,
            "episodes": [episode.to_json() for episode in self.episodes],
        }
