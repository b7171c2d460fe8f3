"""Understanding a question: which words matter, what they may mean, what episodes it names."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from bot.errors import QuestionError
from bot.search import words
from bot.search.vocabulary import Vocabulary

LONGEST = 1000  # characters; Discord's options hold up to 6,000
_MOST_TERMS = 24

_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{3,}?)[\"“”«»„]")
_COUNTING: Sequence[str] = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_NUMBER = re.compile(
    r"\b(?:episodes?|eps?|shows?|number|no)\b\.?\s*#?\s*(\d{1,5}|"
    + "|".join(_COUNTING)
    + r")\b|(?:^|\s)#(\d{1,5})\b",
    re.I,
)
_SECTION = re.compile(
    r"\b((?:cool )?(?:question|thing|tip|commentary|pick)s?) of the (?:week|month|day)\b", re.I
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name} | {
    name.lower(): n for n, name in enumerate(calendar.month_abbr) if name
}
# A month's name on its own is too often another word ("may", "march of progress").
_MONTH_YEAR = re.compile(
    rf"\b({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?,?\s+(?:of\s+)?((?:19|20)\d\d)\b",
    re.I,
)


@dataclass(slots=True)
class Term:
    """A word to look for: the forms in which it may occur, with how much each counts.

    ``weight`` is the inverse passage frequency, ln(1 + (N - n + ½) / (n + ½)), as in
    Robertson and Sparck Jones' BM25; n is the number of passages that hold it.
    """

    word: str
    forms: dict[str, float]
    count: int
    weight: float
    corrected: str | None = None


@dataclass(slots=True)
class Question:
    """A question, understood."""

    text: str
    terms: list[Term]
    phrases: list[list[str]] = field(default_factory=list[list[str]])
    number: int | None = None
    since: date | None = None
    until: date | None = None
    section: str | None = None
    vague: bool = False  # nothing but words that a question is asked with

    @property
    def weight(self) -> float:
        """What a passage that holds every word would gain."""
        return sum(term.weight for term in self.terms)

    def understood(self) -> dict[str, Any]:
        """How the question was read, to be shown to whoever asked it."""
        said: dict[str, Any] = {"words": [term.word for term in self.terms]}
        corrections = {t.word: t.corrected for t in self.terms if t.corrected}
        if corrections:
            said["corrections"] = corrections
        unknown = [term.word for term in self.terms if not term.count]
        if unknown:
            said["unknown"] = unknown
        if self.phrases:
            said["phrases"] = [" ".join(phrase) for phrase in self.phrases]
        if self.number is not None:
            said["episode"] = self.number
        if self.section:
            said["section"] = self.section
        if self.since and self.until:
            said["from"], said["to"] = self.since.isoformat(), self.until.isoformat()
        return said


def check(text: str) -> str:
    """Return the text to search for, cleaned.

    Raises:
        QuestionError: Where nothing can be searched for; the message is for the asker.
    """
    text = " ".join(text.split())
    if not text:
        raise QuestionError("There is no question. Ask with a few words, such as: API keys")
    if len(text) > LONGEST:
        raise QuestionError(
            f"That is {len(text):,} characters long; a question may have {LONGEST:,}. "
            "A few telling words find more."
        )
    if not words.WORD.search(text):
        raise QuestionError("I need at least one word to look for.")
    return text


def understand(text: str, vocabulary: Vocabulary) -> Question:
    """Read a question in the archive's own vocabulary.

    Raises:
        QuestionError: As ``check`` does.
    """
    text = check(text)
    phrases = [words.words(m[1]) for m in _QUOTED.finditer(text)]
    rest = text
    number: int | None = None
    if match := _NUMBER.search(text):
        named = (match[1] or match[2]).casefold()
        number = int(named) if named.isdigit() else _COUNTING.index(named)
        rest = rest[: match.start()] + " " + rest[match.end() :]
    elif re.fullmatch(r"#?\d{1,5}", text):
        number = int(text.lstrip("#"))
    rest, section = _section(rest)
    undated, since, until = _period(rest)
    asked = words.words(rest)
    telling = [w for w in asked if w not in words.FILLERS]
    if since:  # the period is looked for in dates, not in what was said
        telling = [w for w in words.words(undated) if w not in words.FILLERS]
    vague = not telling and number is None and since is None
    return Question(
        text,
        terms(asked if vague else telling, vocabulary),
        [phrase for phrase in phrases if len(phrase) > 1],
        number,
        since,
        until,
        section,
        vague,
    )


def _section(text: str) -> tuple[str, str | None]:
    """Take a regular part of the show that the question names off it ("question of the week")."""
    match = _SECTION.search(text)
    if match is None:
        return text, None
    rest = text[: match.start()] + " " + text[match.end() :]
    return (rest, match[1].casefold()) if words.WORD.search(rest) else (text, None)


def terms(asked: list[str], vocabulary: Vocabulary) -> list[Term]:
    """Turn words into terms, each once: with inflections, corrections, and compounds.

    "big query" is found as "bigquery" too, and "appengine" as "app engine".
    """
    found: dict[str, Term] = {}
    asked = list(dict.fromkeys(asked))[: 4 * _MOST_TERMS]
    for word in asked:
        forms = vocabulary.forms(word)
        if forms:
            found[word] = _term(word, forms, vocabulary)
            continue
        corrections = vocabulary.corrections(word)
        halves = vocabulary.split(word)
        if halves and (not corrections or max(corrections.values()) < 0.85):
            for half in halves:
                found.setdefault(half, _term(half, vocabulary.forms(half), vocabulary, half))
        elif corrections:
            likely = max(corrections, key=lambda form: (corrections[form], vocabulary.counts[form]))
            forms = dict(corrections)
            for form, share in corrections.items():
                for other, weight in vocabulary.forms(form).items():
                    forms[other] = max(forms.get(other, 0.0), share * weight)
            found[word] = _term(word, forms, vocabulary, likely)
        else:
            found[word] = _term(word, {}, vocabulary)
    for first, second in pairwise(asked):
        if (joined := first + second) in vocabulary.counts:
            for word in (first, second):
                if word in found:
                    forms = found[word].forms | vocabulary.forms(joined)
                    found[word] = _term(word, forms, vocabulary, found[word].corrected)
    kept = sorted(found.values(), key=lambda term: -term.weight)[:_MOST_TERMS]
    return [term for term in found.values() if term in kept]


def _term(
    word: str, forms: dict[str, float], vocabulary: Vocabulary, corrected: str | None = None
) -> Term:
    count = vocabulary.count(forms)
    total = max(vocabulary.passages, count)
    weight = math.log(1 + (total - count + 0.5) / (count + 0.5))
    return Term(word, forms, count, weight, corrected if corrected != word else None)


def _period(text: str) -> tuple[str, date | None, date | None]:
    """The text without the period that it names, and the period's first and last day."""
    if match := _MONTH_YEAR.search(text):
        year, month = int(match[2]), _MONTHS[match[1].lower()]
        since, until = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    elif match := _YEAR.search(text):
        since, until = date(int(match[0]), 1, 1), date(int(match[0]), 12, 31)
    else:
        return text, None, None
    return text[: match.start()] + " " + text[match.end() :], since, until
