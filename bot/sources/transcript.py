"""Transcripts: the shortcode that holds one, and the turns in it.

Form (from the show's theme): ``{{< transcript "LABEL: first line" >}}``, then paragraphs,
then ``{{< /transcript >}}``. A paragraph that starts with a label opens a turn; one without
goes on with the turn above. The quoted first line is the first turn.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from typing import NamedTuple

from bot.episode import Sound, Turn

_OPENING = re.compile(r"\{\{[<%]\s*transcript\b")
_CLOSING = re.compile(r"\{\{[<%]\s*/\s*transcript\s*[>%]\}\}")
_TAG = re.compile(r"\{\{[<%]\s*/?\s*transcript\b")
_TAG_END = re.compile(r"[>%]\}\}")
_QUOTE = re.compile(r"[\"`]")
_PARAMETER = re.compile(r"\w+\s*=")

_LONGEST_LABEL = 48
_LABEL_CHARACTERS = re.compile(r"[\w .,'’&/()+#-]+")
_MIXED_CASE_LABEL = re.compile(r"[^\W\d_a-z][\w'’.-]+(?: (?:[^\W\d_a-z][\w'’.-]*|\d+)){0,2}")
# "Question:" opens a paragraph in any prose; nobody is called so.
NEVER_A_NAME = {
    "answer",
    "chapter",
    "edit",
    "example",
    "note",
    "part",
    "question",
    "tip",
    "update",
}

_CLOCK = r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?"
_TIMESTAMP = re.compile(rf"[\[(]?{_CLOCK}[\])]?[ \t]*(?:[-–][ \t]*)?")
_TIMED_LABEL = re.compile(rf"([^\[(:]+?)[ \t]*[\[(]{_CLOCK}[\])][ \t]*:?")
_SOUNDING_LABEL = re.compile(r"([^\[:]+?)[ \t]*((?:\[[^\[\]:]*\][ \t]*)+):")
_BOLD_LABEL = re.compile(r"(\*\*|__)([^*_:]+)(?::\1|\1[ \t]*:)")

# [LAUGHTER] is a sound; [? Protos ?] is a word that the transcriber was not sure of.
_BRACKETS = re.compile(
    r"\[(\?)?([^\[\]\n]*?)(\?)?\]"
)  # with the blanks inside: else it could take for ever
_LABEL_WITHIN = re.compile(r"(?<=[.?!…\"”-]) +([^\W\d_a-z][^:a-z\n]*): ")


class Shortcode(NamedTuple):
    """A content file's body, taken apart.

    ``notes`` is the Markdown without the transcript, ``transcript`` its plain text with
    the quoted first line as first paragraph (None where there is no shortcode), and
    ``problems`` lists (offset in the body, message).
    """

    notes: str
    transcript: str | None
    problems: list[tuple[int, str]]


def take(body: str) -> Shortcode:
    """Separate the transcript shortcode, in any of its forms, from the show notes."""
    opening = _OPENING.search(body)
    if opening is None:
        return Shortcode(body, None, [])
    problems: list[tuple[int, str]] = []
    argument, start, ended = _argument(body, opening.end())
    if not ended:
        problems.append((opening.start(), "the transcript shortcode lacks its '>}}'; add it"))
    closing = _CLOSING.search(body, start)
    end, after = (closing.start(), body[closing.end() :]) if closing else (len(body), "")
    if again := _OPENING.search(after):
        problems.append((len(body) - len(after) + again.start(), "a second transcript is ignored"))
        after = after[: again.start()]
    lead = _unquoted(argument)
    text = f"{lead}\n{body[start:end]}" if lead else body[start:end]
    return Shortcode(body[: opening.start()] + after, text, problems)


def _argument(body: str, start: int) -> tuple[str, int, bool]:
    """What a tag holds, where it ends, and whether it does so with ``>}}``.

    A tag on one line ends at the first ``>}}`` that follows a quote, since authors forget
    to escape what is between the quotes. Without any it ends with its line.
    """
    next_tag = _TAG.search(body, start)
    limit = next_tag.start() if next_tag else len(body)
    line_end = body.find("\n", start, limit)
    line_end = limit if line_end < 0 else line_end
    if line_ends := list(_TAG_END.finditer(body, start, line_end)):
        quoted = (m for m in line_ends if body[start : m.start()].rstrip(" \t/")[-1:] in ('"', "`"))
        end = next(quoted, line_ends[0])
    elif (end := _TAG_END.search(body, line_end, limit)) is None:
        return body[start:line_end], line_end, False
    return body[start : end.start()], end.end(), True


def _unquoted(argument: str) -> str:
    """The words between the first and the last quote, or all of them where there is none."""
    argument = argument.strip().removesuffix("/").rstrip()
    opening = _QUOTE.search(argument)
    if opening is None:
        return "" if _PARAMETER.match(argument) else argument
    lead, last, _ = argument[opening.end() :].rpartition(opening[0])
    lead = lead if last else argument[opening.end() :]
    if opening[0] == '"':
        lead = re.sub(r"\\([\"\\])", r"\1", lead)
    return lead.strip()


def turns(text: str) -> list[Turn]:
    """Read the turns of a transcript; speakers are not resolved and positions not estimated."""
    reader = _Reader(frozenset())
    reader.read(text)
    mixed = frozenset(
        label
        for label, count in reader.mixed.items()
        if count > 1 and label.partition(" ")[0].casefold() not in NEVER_A_NAME
    )
    if mixed:
        reader = _Reader(mixed)
        reader.read(text)
    return reader.finish()


class _Draft:
    """A turn while its paragraphs come in."""

    __slots__ = ("clip", "label", "paragraphs", "seconds", "sounds")

    def __init__(self, label: str | None, paragraph: str = "", *, clip: bool = False) -> None:
        self.label = label
        self.clip = clip
        self.paragraphs: list[str] = [paragraph] if paragraph else []
        self.sounds: list[str] = []  # heard before any word, in order
        self.seconds: float | None = None


class Label(NamedTuple):
    """What a paragraph starts with; one in mixed case is not ``sure`` to name a speaker."""

    name: str
    words: str
    sure: bool
    seconds: float | None = None
    sounds: tuple[str, ...] = ()


def label_of(paragraph: str) -> Label | None:
    """The speaker that a paragraph names before a colon, if any."""
    colon = paragraph.find(":", 1, _LONGEST_LABEL + 12)
    if colon < 0 or paragraph.startswith("//", colon + 1):
        return None
    name = paragraph[:colon]
    sounds: tuple[str, ...] = ()
    if "[" in name or "(" in name:
        if timed := _TIMED_LABEL.match(paragraph):
            name, *clock = timed.groups()
            if name.isupper() or _MIXED_CASE_LABEL.fullmatch(name):
                words = paragraph[timed.end() :].lstrip()
                return Label(name.strip(), words, sure=True, seconds=_seconds(*clock))
        elif sounding := _SOUNDING_LABEL.match(paragraph):
            name = sounding[1]
            sounds = tuple(sound[2].strip(" \t") for sound in _BRACKETS.finditer(sounding[2]))
    sure = name.isupper()
    form = _LABEL_CHARACTERS if sure else _MIXED_CASE_LABEL
    if len(name) > _LONGEST_LABEL or not form.fullmatch(name):
        return None
    return Label(name.strip(), paragraph[colon + 1 :].lstrip(), sure, sounds=sounds)


class _Reader:
    """Reads a transcript paragraph by paragraph (every non-blank line is one)."""

    def __init__(self, mixed: frozenset[str]) -> None:
        self.drafts: list[_Draft] = []
        self.accepted = mixed
        self.mixed: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.in_clip = False
        self.waiting: list[str] = []  # sounds before the next turn's first word
        self.seconds: float | None = None

    def read(self, text: str) -> None:
        labels, drafts = self.labels, self.drafts
        for line in text.replace("\ufeff", "").split("\n"):
            paragraph = line.strip()
            if not paragraph:
                continue
            # The commonest form by far, "MARK: So...", is told here; all others below.
            label, colon, words = paragraph.partition(": ")
            if colon and label in labels and ":" not in words and not self.waiting:
                labels[label] += 1
                draft = _Draft(label, words.lstrip())
                draft.seconds, self.seconds = self.seconds, None
                drafts.append(draft)
            else:
                self._paragraph(paragraph)

    def _paragraph(self, paragraph: str) -> None:
        if paragraph[0] in "[(0123456789":
            paragraph = self._leading_marks(paragraph)
            if not paragraph:
                return
        if bold := _BOLD_LABEL.match(paragraph):
            paragraph = f"{bold[2]}:{paragraph[bold.end() :]}"
        found = label_of(paragraph)
        if found and self._accepts(found):
            self.waiting += found.sounds
            if found.seconds is not None:
                self.seconds = found.seconds
            self._open(found.name, found.words)
        elif self.in_clip:
            if paragraph.startswith("- ") or not self.drafts or not self.drafts[-1].clip:
                self._start(_Draft(None, clip=True))
                paragraph = paragraph.removeprefix("- ")
            self._go_on(paragraph)
        elif forgotten := self._label_without_colon(paragraph):
            self._open(forgotten, paragraph[len(forgotten) :].lstrip())
        else:
            if not self.drafts or self.drafts[-1].clip:
                self._start(_Draft(None))
            self._go_on(paragraph)

    def _leading_marks(self, paragraph: str) -> str:
        """Take timestamps and sounds off the start; note where a played-back clip begins."""
        while paragraph:
            if (stamp := _TIMESTAMP.match(paragraph)) and (
                paragraph[0] in "[("
                or ((found := label_of(paragraph[stamp.end() :])) and self._accepts(found))
            ):
                self.seconds = _seconds(*stamp.groups())
                paragraph = paragraph[stamp.end() :].lstrip()
                continue
            sound = _BRACKETS.match(paragraph)
            if sound is None or sound[1] or sound[3]:
                break
            name = sound[2].strip(" \t")
            self.waiting.append(name)
            if name.upper().endswith("PLAYBACK"):
                self.in_clip = not name.upper().startswith("END")
                if not self.in_clip:
                    self._keep_waiting_sounds()
            paragraph = paragraph[sound.end() :].lstrip()
        if not paragraph:
            self._keep_waiting_sounds()
        return paragraph

    def _keep_waiting_sounds(self) -> None:
        """Sounds alone in a paragraph were heard at the end of the turn above."""
        if self.drafts and self.waiting and not (self.in_clip and not self.drafts[-1].clip):
            self.drafts[-1].paragraphs.append(" ".join(f"[{name}]" for name in self.waiting))
            self.waiting = []

    def _accepts(self, found: Label) -> bool:
        if not found.sure:
            self.mixed[found.name] += 1
        return found.sure or found.name in self.accepted

    def _label_without_colon(self, paragraph: str) -> str | None:
        first, _, rest = paragraph.partition(" ")
        known = len(first) > 2 and first.isupper() and self.labels[first] > 1
        return first if known and rest[:1].isupper() else None

    def _open(self, label: str, words: str = "") -> None:
        self.labels[label] += 1
        self._start(_Draft(label))
        self._go_on(words, label)

    def _start(self, draft: _Draft) -> None:
        draft.sounds, self.waiting = self.waiting, []
        draft.seconds, self.seconds = self.seconds, None
        self.drafts.append(draft)

    def _go_on(self, paragraph: str, label: str | None = None) -> None:
        """Add a paragraph to the turn; ``label`` is what opened it just before, if anything."""
        start = 0
        if ": " in paragraph:
            # A change of speaker within a paragraph: "...at hand. FRANCESC: Yeah".
            for change in _LABEL_WITHIN.finditer(paragraph):
                if self.labels[change[1]] > 1:
                    self._add(paragraph[start : change.start()], label)
                    self._open(change[1])
                    start, label = change.end(), change[1]
        self._add(paragraph[start:], label)

    def _add(self, words: str, label: str | None) -> None:
        if label:
            # "MARK:: so" and "MARK: MARK: so" are slips of the pen.
            words = words.lstrip(": \t").removeprefix(f"{label}:")
        words = words.strip()
        if self.waiting:
            words = " ".join(f"[{name}]" for name in self.waiting) + " " + words
            self.waiting = []
        if words:
            self.drafts[-1].paragraphs.append(words)
            self.seconds = None  # a time within a turn is not that of the next

    def finish(self) -> list[Turn]:
        if self.waiting:
            if not self.drafts:
                self.drafts.append(_Draft(None))
            self.in_clip = False
            self._keep_waiting_sounds()
        return [_turn(draft) for draft in self.drafts]


def _turn(draft: _Draft) -> Turn:
    text = "\n".join(draft.paragraphs) if draft.paragraphs else ""
    sounds: list[Sound] = [Sound(0, name) for name in draft.sounds] if draft.sounds else []
    if "[" in text:
        text = take_sounds(text, sounds)
    elif "  " in text:
        text = re.sub(r"[ \t]{2,}", " ", text)
    at = draft.seconds
    return Turn(draft.label, text, tuple(sounds), draft.clip, None, at, at is not None)


def take_sounds(text: str, sounds: list[Sound]) -> str:
    """Move the sounds of ``text`` to ``sounds`` and return the words."""
    words = ""
    end = 0
    for match in _BRACKETS.finditer(text):
        words = _join(words, text[end : match.start()])
        end = match.end()
        if match[1] or match[3]:
            words = _join(words, match[2].strip(" \t"))
        else:
            sounds.append(Sound(len(words), match[2].strip(" \t")))
    words = _join(words, text[end:]).strip()
    sounds[:] = [Sound(min(offset, len(words)), name) for offset, name in sounds]
    return words


def _join(words: str, more: str) -> str:
    """Put together what brackets parted: by one blank, or by none where a mark follows."""
    more = re.sub(r"[ \t]{2,}", " ", more)
    if not words or words[-1].isspace():
        more = more.lstrip()
    elif words[-1].isalnum() and more[:1].isalnum():
        more = f" {more}"
    return words + more


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


def complete(turns: list[Turn], speakers: dict[str, str], duration: int | None) -> tuple[Turn, ...]:
    """Give each turn its speaker (by label) and, where none is stated, an estimated position.

    The estimate is the share of words spoken before the turn, times ``duration`` in
    seconds; between two stated positions it is spread over the words between them.
    """
    starts: list[int] = []
    total = 0
    for turn in turns:
        starts.append(total)
        if text := turn.text:
            total += text.count(" ") + text.count("\n") + 1
    positions = _positions([turn.seconds for turn in turns], starts, total, duration)
    return tuple(
        [
            Turn(label, text, sounds, clip, speakers.get(label or ""), position, exact)
            for (label, text, sounds, clip, _, _, exact), position in zip(
                turns, positions, strict=True
            )
        ]
    )


def _positions(
    stated: list[float | None], starts: list[int], total: int, duration: int | None
) -> list[float | None]:
    known = [(n, at) for n, at in zip(starts, stated, strict=True) if at is not None]
    if not known:
        if not duration or not total:
            return stated
        pace = duration / total
        return [round(start * pace, 1) for start in starts]
    if known[0][0]:
        known.insert(0, (0, 0.0))
    if duration and total > known[-1][0]:
        known.append((total, max(float(duration), known[-1][1])))
    return [
        at if at is not None else _between(known, start)
        for at, start in zip(stated, starts, strict=True)
    ]


def _between(known: list[tuple[int, float]], start: int) -> float | None:
    """Interpolate between the known (words before, seconds), which rise."""
    position = bisect_right(known, start, key=_words_before)
    if position == len(known):
        return None
    (words, seconds), (next_words, next_seconds) = known[position - 1], known[position]
    share = (start - words) / (next_words - words)
    return round(seconds + share * max(next_seconds - seconds, 0.0), 1)


def _words_before(known: tuple[int, float]) -> int:
    return known[0]
