"""WebVTT (https://www.w3.org/TR/webvtt1/) and SRT: cues under a line that states their times.

One reader takes both, since many files mix them: commas for points, numbers in WebVTT,
markup in SRT. In WebVTT a blank line ends a cue; in SRT it may be part of one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from bot.errors import SourceError
from bot.sources.captions.cues import Cue

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,9}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,200})?[ \t]+([^<>\n]{1,300})>")
_TAG = re.compile(
    r"</?(?:c|i|b|u|v|s|ruby|rt|lang|font|span)(?:[.\s][^<>]{0,300})?>|<\d[\d:.]{0,20}>"
    r"|\{\\[^{}]{0,100}\}",
    re.I,
)
_ROLLING = 0.06  # seconds: a cue so short only shows once more what stands already


def read(text: str, path: str) -> tuple[list[Cue], list[tuple[int, str]]]:
    """The cues of a file with plain newlines, and its mistakes as (line, message).

    Raises:
        SourceError: Where there is not a single cue.
    """
    lines = text.split("\n")
    webvtt = text.lstrip("\ufeff \t\n").startswith("WEBVTT")
    mistakes: list[tuple[int, str]] = []
    timings: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(lines):
        if "-->" not in line:
            continue
        if timing := _TIMING.match(line):
            timings.append((number, timing))
        else:
            mistakes.append((number + 1, f"{line.strip()!r:.60} states no times; left out"))
    cues: list[Cue] = []
    for position, (number, timing) in enumerate(timings):
        next_number = timings[position + 1][0] if position + 1 < len(timings) else None
        payload = _payload(lines[number + 1 : next_number], webvtt, last=next_number is None)
        start, end = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:])
        if end < start:
            mistakes.append((number + 1, "the cue ends before it starts; its start is kept"))
            end = start
        cues += _voices(start, end, payload)
    if not cues:
        line = mistakes[0][0] if mistakes else 1
        raise SourceError(
            path, line, "holds no cue such as '00:01.000 --> 00:04.000'; export it again"
        )
    return list(_once(cues)), mistakes


def _payload(lines: Sequence[str], webvtt: bool, *, last: bool) -> str:
    kept = [line.strip() for line in lines]
    if webvtt:
        kept = kept[: kept.index("")] if "" in kept else kept
    while kept and not kept[-1]:
        kept.pop()
    # What numbers the next cue; a number alone in its line may be spoken as well.
    if not last and kept and kept[-1].isdigit() and (len(kept) == 1 or not kept[-2] or webvtt):
        numbered = not webvtt or "" not in [line.strip() for line in lines]
        kept = kept[:-1] if numbered else kept
    return "\n".join(line for line in kept if line and "-->" not in line)


def _voices(start: float, end: float, payload: str) -> Iterator[Cue]:
    """A cue for each voice of one; their times are shares of the words."""
    before, *voiced = _VOICE.split(payload)
    parts: list[tuple[str | None, str]] = [(None, before.strip())] if before.strip() else []
    parts += [
        (html.unescape(name).strip() or None, words.strip())
        for name, words in zip(voiced[::2], voiced[1::2], strict=True)
    ]
    whole = sum(len(words) for _, words in parts) or 1
    done = 0
    for speaker, words in parts:
        first = start + (end - start) * done / whole
        done += len(words)
        last = start + (end - start) * done / whole
        yield Cue(round(first, 3), round(last, 3), html.unescape(_TAG.sub("", words)), speaker)


def _once(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Leave out lines that roll up: shown before, and once more above the next."""
    shown: list[str] = []
    until = 0.0
    for cue in cues:
        lines = [line.strip() for line in cue.text.split("\n") if line.strip()]
        new = lines
        start, end = cue.start or 0.0, cue.end or 0.0
        if shown and lines and lines[0] == shown[-1] and abs(start - until) <= _ROLLING:
            if len(lines) > 1:
                new = lines[1:]
            elif end - start <= _ROLLING:
                new = []
        if lines:
            shown, until = lines, end
        yield cue._replace(text="\n".join(new))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)
