"""Understanding a question: which words matter, what they may mean, what episodes it names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any

from bot.errors import QuestionError
from bot.search import conditions, english, words
from bot.search.conditions import Condition, Known
from bot.search.synonyms import Synonyms, numeronym
from bot.search.vocabulary import Vocabulary

LONGEST = 1000  # characters; Discord's options hold up to 6,000
_MOST_TERMS = 24
_SYNONYM = 0.9  # what another word for the same counts
_PART = 0.7  # what the most telling of several such words counts
_RARE = 10  # passages; what is in fewer is looked for by a part of its synonym, too
_WORTH_COUNTING = 7  # letters from which on a word has a numeronym
_NUMERONYM = re.compile(r"([a-z])([1-9]\d?)([a-z])")

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


@dataclass(slots=True)
class Term:
    """A word to look for: the forms in which it may occur, with how much each counts.

    ``count`` is the number of passages that hold it, ``weight`` what it is worth by that.
    """

    word: str
    forms: dict[str, float]
    count: int
    weight: float
    corrected: str | None = None


@dataclass(slots=True)
class Question:
    """A question, understood. ``rest`` is what is left of it without its conditions."""

    text: str
    terms: list[Term]
    rest: str = ""
    phrases: list[list[str]] = field(default_factory=list[list[str]])
    conditions: list[Condition] = field(default_factory=list[Condition])
    number: int | None = None
    section: str | None = None
    vague: bool = False  # nothing but words that a question is asked with

    @property
    def weight(self) -> float:
        """What a passage that holds every word would gain."""
        return sum(term.weight for term in self.terms)

    def asked(self, *, without: Condition | None = None) -> str:
        """The question in the words that decide its answer, and without one of its conditions.

        Asked again, it is understood the same.
        """
        if self.number is not None:
            return f"episode {self.number}"
        said = [f'"{" ".join(phrase)}"' for phrase in self.phrases]
        said += [one.said for one in self.conditions if one is not without]
        if self.section:
            said.append(f"{self.section} of the week")
        told = {word for phrase in self.phrases for word in phrase}
        for one in self.conditions:
            if one.kind == "guest":  # whose name is looked for, too
                told.update(words.words(one.said))
        said += [" ".join(term.word for term in self.terms if term.word not in told)]
        return ", ".join(filter(None, said))

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
        if self.conditions:
            said["conditions"] = {one.kind: one.label for one in self.conditions}
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


def understand(
    text: str,
    vocabulary: Vocabulary,
    known: Known | None = None,
    synonyms: Iterable[Synonyms] = (),
) -> Question:
    """Read a question in the archive's own vocabulary, its conditions by what is ``known``.

    Raises:
        QuestionError: As ``check`` does.
    """
    text = check(text)
    phrases = [words.words(m[1]) for m in _QUOTED.finditer(text)]
    rest, narrowing = conditions.read(text, known) if known else (text, [])
    number: int | None = None
    if match := _NUMBER.search(rest):
        named = (match[1] or match[2]).casefold()
        number = int(named) if named.isdigit() else _COUNTING.index(named)
        rest = rest[: match.start()] + " " + rest[match.end() :]
    elif re.fullmatch(r"#?\d{1,5}", text):
        number = int(text.lstrip("#"))
    rest, section = _section(rest)
    asked = words.words(rest)
    telling = [word for word in asked if word not in words.FILLERS]
    vague = not telling and number is None and not narrowing
    return Question(
        text,
        terms(asked if vague else telling, vocabulary, synonyms),
        " ".join(rest.split()),
        [phrase for phrase in phrases if len(phrase) > 1],
        narrowing,
        number,
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


def terms(
    asked: list[str], vocabulary: Vocabulary, synonyms: Iterable[Synonyms] = ()
) -> list[Term]:
    """Turn words into terms, each once: with inflections, corrections, compounds and synonyms.

    "big query" is found as "bigquery" too, "appengine" as "app engine", "kubernetes" as "k8s".
    A frequent word of English is no misspelling of another that the archive happens to have.
    """
    found: dict[str, Term] = {}
    asked = list(dict.fromkeys(asked))[: 4 * _MOST_TERMS]
    for word in asked:
        forms = vocabulary.forms(word)
        if forms:
            found[word] = _term(word, forms, vocabulary)
            continue
        corrections = {} if word in english.words() else vocabulary.corrections(word)
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
        _also(found, (first, second), first + second, 1.0, vocabulary)
    for word in asked:
        if len(word) >= _WORTH_COUNTING:
            _also(found, (word,), numeronym(word), _SYNONYM, vocabulary)
        elif counted := _NUMERONYM.fullmatch(word):
            for meant in vocabulary.shaped(counted[1], int(counted[2]), counted[3]):
                _also(found, (word,), meant, _SYNONYM, vocabulary)
    for meant, other in chain.from_iterable(one.of(asked) for one in synonyms):
        if len(other) == 1:
            _also(found, meant, other[0], _SYNONYM, vocabulary)
        elif vocabulary.count(meant) < _RARE:  # or one of the words would be found everywhere
            rarest = min(other, key=lambda word: vocabulary.count([word]) or math.inf)
            _also(found, meant, rarest, _PART, vocabulary)
    kept = sorted(found.values(), key=lambda term: -term.weight)[:_MOST_TERMS]
    return [term for term in found.values() if term in kept]


def _also(
    found: dict[str, Term],
    asked: Iterable[str],
    form: str,
    share: float,
    vocabulary: Vocabulary,
) -> None:
    """Let words be found in another form as well, if the archive knows it."""
    if not vocabulary.count([form]):
        return
    forms = {known: share * weight for known, weight in vocabulary.forms(form).items()}
    for word in asked:
        if term := found.get(word):
            found[word] = _term(word, forms | term.forms, vocabulary, term.corrected)


def _term(
    word: str, forms: dict[str, float], vocabulary: Vocabulary, corrected: str | None = None
) -> Term:
    count = vocabulary.count(forms)
    corrected = corrected if corrected != word else None
    return Term(word, forms, count, vocabulary.weight(count), corrected)
