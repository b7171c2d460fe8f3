"""Which kinds of transcript there are, which is the best, and reading any of them."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from bot.episode import Problem, Turn
from bot.errors import SourceError
from bot.sources import transcript
from bot.sources.captions import cues, page, segments, subtitles
from bot.sources.encoding import decode

LARGEST = 16 * 2**20  # bytes
_MOST_TURNS = 99_999  # the archive counts them in five digits


class Kind(IntEnum):
    """The kinds of transcript, the best first."""

    JSON = 0
    WEBVTT = 1
    SRT = 2
    HTML = 3
    TEXT = 4


class Transcript(NamedTuple):
    """The turns of a file, what is odd about it, and when its last cue ends, in seconds."""

    turns: list[Turn]
    problems: list[Problem]
    end: float | None = None


_BY_TYPE = {
    "application/json": Kind.JSON,
    "text/json": Kind.JSON,
    "text/vtt": Kind.WEBVTT,
    "application/vtt": Kind.WEBVTT,
    "application/srt": Kind.SRT,
    "application/x-subrip": Kind.SRT,
    "application/x-srt": Kind.SRT,
    "text/srt": Kind.SRT,
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/plain": Kind.TEXT,
}
BY_ENDING = {
    ".json": Kind.JSON,
    ".vtt": Kind.WEBVTT,
    ".srt": Kind.SRT,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".txt": Kind.TEXT,
}
_TIMED = re.compile(r"^[ \t]{0,80}[\d:.,]{1,40}[ \t]{0,80}-->[ \t]{0,80}\d", re.M)
_PAGE = re.compile(r"<(?:!doctype|html|body|cite|p|div|time)\b", re.I)


def kind_of(name: str, media_type: str = "") -> Kind:
    """The kind that a name or address and a media type promise; TEXT where neither says."""
    stated = _BY_TYPE.get(media_type.partition(";")[0].strip().casefold())
    ending = re.search(r"\.[a-z]+$", re.split(r"[?#]", name, maxsplit=1)[0].casefold())
    named = BY_ENDING.get(ending[0]) if ending else None
    if stated is None or (stated is Kind.TEXT and named is not None):
        return named if named is not None else Kind.TEXT
    return stated


def read(content: bytes, path: str) -> Transcript:
    """Read a transcript of any kind. What it holds decides, not what it is called.

    Raises:
        SourceError: Where nothing spoken can be read from it; says on which line, and what
            to do.
    """
    if len(content) > LARGEST:
        raise SourceError(path, 1, "is larger than 16 MB; no transcript is, left out")
    text, undecoded = decode(content, path)
    kind = _kind(text)
    end = None
    mistakes: list[tuple[int, str]] = []
    if kind is Kind.HTML:
        turns = page.turns(text)
    elif kind is Kind.TEXT:
        turns = cues.shortened(transcript.turns(text))
    else:
        found, mistakes = (segments if kind is Kind.JSON else subtitles).read(text, path)
        turns = cues.turns(found)
        end = max((cue.end or cue.start or 0.0 for cue in found), default=0.0) or None
    if not any(turn.spoken for turn in turns):
        raise SourceError(path, 1, "holds no spoken word; replace it or take it out")
    if len(turns) > _MOST_TURNS:
        raise SourceError(path, 1, f"holds more than {_MOST_TURNS} turns; split it")
    problems = [undecoded] if undecoded else []
    return Transcript(turns, problems + [Problem(path, *mistake) for mistake in mistakes], end)


def _kind(text: str) -> Kind:
    start = text[:4096].lstrip("\ufeff \t\n")
    if start.startswith("WEBVTT"):
        return Kind.WEBVTT
    if start.startswith("{") or re.match(r"\[\s*[{\]]", start):
        return Kind.JSON
    if _TIMED.search(text):
        return Kind.SRT
    return Kind.HTML if start.startswith("<") or _PAGE.search(start) else Kind.TEXT
