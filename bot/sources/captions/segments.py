"""JSON transcripts: a list of segments, each a word, a sentence or a paragraph.

Form: https://github.com/Podcastindex-org/podcast-namespace (docs/examples/transcripts); the
keys of Whisper's output (``start``, ``end``, ``text``) are taken, too.
"""

from __future__ import annotations

import json
import math
from typing import Any, cast

from bot.errors import SourceError
from bot.sources.captions.cues import NOBODY, Cue
from bot.sources.frontmatter import parse_clock

_LONGEST = 10**6  # seconds


def read(text: str, path: str) -> tuple[list[Cue], list[tuple[int, str]]]:
    """The segments as cues, and mistakes as (line, message).

    Raises:
        SourceError: Where it is no JSON, or holds no segments.
    """
    try:
        whole: object = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise SourceError(
            path, error.lineno, f"this is not valid JSON: {error.msg}; export it again"
        ) from None
    except (RecursionError, ValueError) as error:
        raise SourceError(path, 1, f"this is not valid JSON: {error}") from None
    if isinstance(whole, dict):
        table = cast("dict[str, object]", whole)
        whole = table.get("segments") or table.get("results") or table.get("cues")
    if not isinstance(whole, list):
        raise SourceError(path, 1, 'holds no list of "segments"; expected a podcast transcript')
    cues: list[Cue] = []
    left_out = 0
    for segment in cast("list[object]", whole):
        cue = _cue(cast("dict[str, Any]", segment)) if isinstance(segment, dict) else None
        if cue is None:
            left_out += 1
        else:
            cues.append(cue)
    if not cues:
        raise SourceError(path, 1, 'none of its segments has a "body"; export it again')
    message = f"{left_out} of the segments hold no text; left out"
    return cues, [(1, message)] if left_out else []


def _cue(segment: dict[str, Any]) -> Cue | None:
    body = next((segment[key] for key in ("body", "text") if isinstance(segment.get(key), str)), "")
    if not body.strip():
        return None
    start, end = (
        next((at for key in keys if (at := _seconds(segment.get(key))) is not None), None)
        for keys in (("startTime", "start"), ("endTime", "end"))
    )
    if start is not None and end is not None and end < start:
        end = start
    return Cue(start, end, body, _speaker(segment))


def _speaker(segment: dict[str, Any]) -> str | None:
    """Whoever is named; where a segment says that it has none, nobody is."""
    if "speaker" not in segment:
        return None
    speaker = segment["speaker"]
    if isinstance(speaker, dict):
        speaker = cast("dict[str, object]", speaker).get("name")
    if isinstance(speaker, int) and not isinstance(speaker, bool):
        return f"Speaker {speaker}"
    name = " ".join(speaker.split()).rstrip(": ") if isinstance(speaker, str) else ""
    return name[:200] or NOBODY


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = parse_clock(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value < _LONGEST else None
