"""Cues, the pieces in which captions are shown, put together to what each speaker says.

Captions are cut where a line is full, so that a sentence goes on in the next cue. They are
joined while one speaker goes on. What is long is cut again where a sentence ends, so that
whatever is found in it can be heard at the second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.episode import Sound, Turn
from bot.sources.notes import clean
from bot.sources.transcript import NEVER_A_NAME, Label, label_of, take_sounds

_TURN = 20.0  # seconds after which a turn may end with a sentence,
_SHORT_TURN = 5.0  # where a pause follows it,
_LONGEST_TURN = 60.0  # and wherever it is
_PAUSE = 1.0  # seconds
_ONE_BREATH = 12.0  # seconds of a cue within which a place is as good as exact
_PACE = 2.5  # words per second, where no time is stated

_SENTENCE_END = re.compile(r"(?<=[.?!…])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[^\W_])")
_ENDED = re.compile(r"[.?!…][\"”’')\]]*$")
_CLOSING = re.compile(r"[,.;:?!%)\]}…”’]|['’]\w{1,2}\b|n['’]t\b")  # joins without a blank
_CHANGE = re.compile(r"(?:>>+|[-–—](?=\s))\s*")  # of speaker, without a name

_ASIDE = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")

NOBODY = ""  # speaks: another than before, but nobody says who


class Cue(NamedTuple):
    """Some words with their place in the audio.

    ``start`` and ``end`` are in seconds, None where not stated. ``speaker`` is None where
    whoever spoke before goes on. Lines of ``text`` are separated by a newline.
    """

    start: float | None
    end: float | None
    text: str
    speaker: str | None = None


def turns(cues: Iterable[Cue]) -> list[Turn]:
    """Join cues to turns, in the order of their times; speakers are not resolved."""
    ordered = _in_order(list(cues))
    if not any(cue.speaker for cue in ordered):
        ordered = list(_by_prefixes(ordered))
    return _joined(ordered)


def _joined(cues: Iterable[Cue]) -> list[Turn]:
    joiner = _Joiner()
    for cue in cues:
        joiner.add(cue)
    return joiner.finish()


def shortened(whole: Sequence[Turn]) -> list[Turn]:
    """Turns without stated times, the long ones cut at sentence ends."""
    done: list[Turn] = []
    for turn in whole:
        if turn.clip or turn.text.count(" ") < _LONGEST_TURN * _PACE:
            done.append(turn)
            continue
        first, *rest = _joined([Cue(None, None, turn.verbatim(), turn.label)])
        done += [first._replace(seconds=turn.seconds, exact=turn.exact), *rest]
    return done


def _in_order(cues: list[Cue]) -> list[Cue]:
    if any(cue.start is None for cue in cues):
        return cues
    speaker = None
    named: list[Cue] = []
    for cue in cues:  # a speaker is carried along before the order changes
        speaker = cue.speaker if cue.speaker is not None else speaker
        named.append(cue._replace(speaker=speaker))
    return sorted(named, key=lambda cue: cue.start or 0.0)


def _by_prefixes(cues: list[Cue]) -> Iterator[Cue]:
    """Take "Name: " off the lines that open with the speaker, and ``>>`` where one changes."""
    names = _names(cues)
    ended = True
    for cue in cues:
        lines = [line for line in map(clean, cue.text.split("\n")) if line]
        length = sum(map(len, lines)) or 1
        offset = 0
        part: list[str] = []
        speaker: str | None = None
        start = cue.start
        for line in lines:
            words, who = line, None
            if change := _CHANGE.match(line):
                words, who = line[change.end() :], NOBODY
            label = label_of(words) if names else None
            if label and (label.name in names or (_once(label) and (ended or not offset))):
                words, who = label.words, label.name
            if who is not None:
                begin = _within(cue, offset / length)
                if part:
                    yield Cue(start, begin, "\n".join(part), speaker)
                part, speaker, start = [], who, begin
            if words:
                part.append(words)
            offset += len(line)
            ended = bool(_ENDED.search(line))
        yield Cue(start, cue.end, "\n".join(part), speaker)


def _names(cues: Sequence[Cue]) -> frozenset[str]:
    """The labels that surely name speakers; none where the cues are not labelled."""
    found: Counter[str] = Counter()
    sure: set[str] = set()
    first: Label | None = None
    spoken = False
    for cue in cues:
        for line in cue.text.split("\n"):
            line = _CHANGE.sub("", clean(line), count=1)
            if (label := label_of(line)) and (label.sure or _once(label)):
                found[label.name] += 1
                if label.sure:
                    sure.add(label.name)
                if not spoken:
                    first = label
            spoken = spoken or any(map(str.isalpha, _ASIDE.sub("", line)))
    often = {name for name, count in found.items() if count > 1} | sure
    if first:
        return frozenset({*often, first.name})
    return frozenset(often) if len(often) > 1 else frozenset()


def _once(label: Label) -> bool:
    """Whether a label may name a speaker though it stands but once."""
    return label.name.partition(" ")[0].casefold() not in NEVER_A_NAME


def _within(cue: Cue, share: float) -> float | None:
    if cue.start is None or cue.end is None or cue.end <= cue.start:
        return cue.start
    return round(cue.start + share * (cue.end - cue.start), 3)


@dataclass(slots=True)
class _Draft:
    label: str | None
    start: float | None
    exact: bool
    parts: list[str] = field(default_factory=list[str])
    words: int = 0


class _Joiner:
    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.label: str | None = None
        self.last: float | None = None  # when the last word was spoken

    def add(self, cue: Cue) -> None:
        text = clean(cue.text)
        if cue.speaker is not None and (cue.speaker or None) != self.label:
            self.label = cue.speaker or None
            self.drafts.append(self._draft(cue.start, exact=True))
        elif cue.speaker == NOBODY:  # unknown once more: nobody says that it is the same
            self.drafts.append(self._draft(cue.start, exact=True))
        at = 0
        for end in [*[match.end() for match in _SENTENCE_END.finditer(text)], len(text)]:
            if words := text[at:end].strip():
                self._go_on(words, cue, at / len(text))
            at = end
        self.last = cue.end if cue.end is not None else cue.start

    def _draft(self, start: float | None, *, exact: bool) -> _Draft:
        return _Draft(self.label, start, exact and start is not None)

    def _go_on(self, words: str, cue: Cue, share: float) -> None:
        place = _within(cue, share) if not share or cue.end is not None else None
        if not self.drafts or self._ends(place, first=not share):
            long = (cue.end or 0.0) - (cue.start or 0.0) > _ONE_BREATH
            stated = not share or (cue.end is not None and not long)
            self.drafts.append(self._draft(place, exact=stated))
        draft = self.drafts[-1]
        if draft.parts and _CLOSING.match(words):
            draft.parts[-1] += words
        else:
            draft.parts.append(words)
        draft.words += words.count(" ") + 1

    def _ends(self, place: float | None, *, first: bool) -> bool:
        """Whether the last turn has come to its end before what is spoken at ``place``."""
        draft = self.drafts[-1]
        if not draft.parts:
            return False
        seconds, pause = draft.words / _PACE, 0.0  # where no times tell
        if place is not None and draft.start is not None:
            seconds = place - draft.start
            if first and self.last is not None:
                pause = place - self.last
        if _ENDED.search(draft.parts[-1]):
            return seconds >= _TURN or (pause >= _PAUSE and seconds >= _SHORT_TURN)
        return seconds >= _LONGEST_TURN or (pause >= 3 * _PAUSE and seconds >= _TURN)

    def finish(self) -> list[Turn]:
        done: list[Turn] = []
        for draft in self.drafts:
            sounds: list[Sound] = []
            text = " ".join(draft.parts)
            if "[" in text:
                text = take_sounds(text, sounds)
            if text or sounds:
                seconds = draft.start if draft.exact else None
                done.append(
                    Turn(draft.label, text, tuple(sounds), seconds=seconds, exact=draft.exact)
                )
        return done
