"""Conditions: what of a question narrows the search, beside the words to look for.

"The last one that Emma hosted before 2019, not about GKE" names a host, a period, an order and
a topic that is not meant. None is applied silently: each condition says how it was understood,
and the question can be asked again without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from bot import categories
from bot.search import period, words
from bot.search.cast import Cast, Mention
from bot.search.period import Period
from bot.store.archive import Entry

_AROUND = 10  # episodes to either side of "around episode 100"
_EVER = 10**6  # a number that no episode has

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """What narrows a search.

    Attributes:
        kind: ``period``, ``numbers``, ``category``, ``host``, ``guest``, ``speaker``,
            ``except`` or ``order``.
        said: Words that mean it, to ask with again.
        label: How it was understood, to be shown: "hosted by Emma Haruka Iwao".
        episodes: The ids of those that fulfil it; None where it leaves none out by itself.
        speakers: Who must have said it.
        unmeant: Words of what the episode must not be about.
        first: Of an order: whether the first episode comes first, or the last.
    """

    kind: str
    said: str
    label: str
    episodes: frozenset[int] | None = None
    speakers: frozenset[str] = frozenset()
    unmeant: tuple[str, ...] = ()
    first: bool = False


class Known(NamedTuple):
    """What a question is read against; ``words`` are no misspelled names."""

    entries: Mapping[int, Entry]
    cast: Cast
    words: Collection[str]
    today: date


class _Read(NamedTuple):
    """A condition, and the parts of the text that are no words to look for."""

    condition: Condition
    spans: list[Span]


def read(text: str, known: Known) -> tuple[str, list[Condition]]:
    """The text without its conditions, and these."""
    found: list[Condition] = []
    for reader in (_except, _numbers, _period, _category, *_PEOPLE, _order):
        if one := reader(text, known):
            found.append(one.condition)
            text = _without(text, one.spans)
    return text, found


def _without(text: str, spans: Iterable[Span]) -> str:
    for start, end in spans:  # the length stays, so that the other spans fit
        text = text[:start] + ",".ljust(end - start) + text[end:]
    return text


def _entries(known: Known, fits: Callable[[Entry], bool]) -> frozenset[int]:
    return frozenset(key for key, entry in known.entries.items() if fits(entry))


# Not the one about this.

_TOPIC = r"(.+?)(?=[,.;?!]|$)"
_ABOUT = r"(?:about|with|on|from|where|of)"
_EXCEPT = re.compile(
    rf"\b(?:but\s+)?not\s+(?:the\s+)?(?:one|episode|show)s?\s+{_ABOUT}\s+{_TOPIC}"
    r"|\b(?:but\s+)?not\s+the\s+((?:[\w+#./-]+\s+){1,5}?)(?:one|episode|show)s?\b"
    r"|\b(?:except|excluding|other\s+than|apart\s+from)\s+(?:for\s+)?(?:the\s+)?"
    rf"(?:(?:one|episode|show)s?\s+)?(?:{_ABOUT}\s+)?{_TOPIC}"
    rf"|\b(?:but\s+)?not\s+about\s+{_TOPIC}",
    re.I,
)


def _except(text: str, _: Known) -> _Read | None:
    match = _EXCEPT.search(text)
    if match is None:
        return None
    named = next(group for group in match.groups() if group)
    unmeant = tuple(word for word in words.words(named) if word not in words.FILLERS)
    if not unmeant:
        return None
    topic = " ".join(unmeant)
    condition = Condition("except", f"not the {topic} one", f"not about {topic}", unmeant=unmeant)
    return _Read(condition, [match.span()])


# Numbers of episodes.

_COUNTED = r"(?:episodes?|eps?\.?|shows?|numbers?|no\.?|#)\s*#?"
_RANGE = re.compile(
    rf"\b(?:between\s+)?{_COUNTED}\s*(\d{{1,5}})\s*(?:-|–|\bto\b|\bthrough\b|\band\b)\s*#?(\d{{1,5}})\b"
    rf"|\b(before|until|after|since|around|near)\s+(?:the\s+)?{_COUNTED}\s*(\d{{1,5}})\b",
    re.I,
)


def _numbers(text: str, known: Known) -> _Read | None:
    match = _RANGE.search(text)
    if match is None:
        return None
    if match[1]:
        first, last = sorted((int(match[1]), int(match[2])))
    else:
        number = int(match[4])
        first, last = {
            "before": (0, number - 1),
            "until": (0, number),
            "after": (number + 1, _EVER),
            "since": (number, _EVER),
        }.get(match[3].lower(), (number - _AROUND, number + _AROUND))
    numbered = _entries(known, lambda e: e.number is not None and first <= e.number <= last)
    condition = Condition("numbers", match[0].strip(), match[0].strip().lower(), numbered)
    return _Read(condition, [match.span()])


# When it was published.

_EVENT = re.compile(
    r"\b(before|after|since|until)\s+((?:[\w:./-]+\s+){1,4}?)(?:[’'](\d\d)|((?:19|20)\d\d))\b", re.I
)


def _period(text: str, known: Known) -> _Read | None:
    event = _event(text, known)
    named = event or period.find(text, known.today)
    if named is None:
        return None
    match, meant = named
    said = match[0].strip()
    dated = _entries(known, lambda e: e.published is not None and meant.holds(e.published.date()))
    if said.isdigit() and not dated:  # no year of the show, but a word to look for
        return None
    plain = not event and any(map(str.isdigit, said))
    label = said if plain else f"{said} ({meant})"
    return _Read(Condition("period", said, label, dated), [match.span()])


def _event(text: str, known: Known) -> tuple[re.Match[str], Period] | None:
    """The time before or after the episodes of a year that are called by a name ("Next '17")."""
    for match in _EVENT.finditer(text):
        asked = {word for word in words.words(match[2]) if word not in words.FILLERS}
        year = period.year_of(match[3] or match[4])
        days = [
            entry.published.date()
            for entry in known.entries.values()
            if entry.published
            and entry.published.year == year
            and asked <= {*words.words(entry.title), *words.words(" ".join(entry.categories))}
        ]
        if not asked or not days:
            continue
        if match[1].lower() in ("before", "until"):
            return match, Period(None, min(days) - timedelta(1))
        return match, Period(max(days) + timedelta(1), None)
    return None


# The category it is filed under.

_CATEGORY = re.compile(
    r"\b(?:in|under|from)\s+(?:the\s+)?(\S.{1,40}?)\s+category\b|\bcategory\s*:?\s*(\S.{1,40})$"
    r"|\btagged\s+(?:as\s+|with\s+)?(\S.{1,40})$",
    re.I,
)


def _category(text: str, known: Known) -> _Read | None:
    match = _CATEGORY.search(text)
    if match is None:
        return None
    name = next(group for group in match.groups() if group).strip()
    wanted = categories.key(name)
    filed = _entries(known, lambda e: wanted in map(categories.key, e.categories))
    if not filed:
        return None
    label = f"in the category {name}"
    return _Read(Condition("category", f"in the {name} category", label, filed), [match.span()])


# Who hosts it, visits, or said it.

_SAID = re.compile(
    r"\s+(?:(?:once|first|also|ever|really|actually)\s+)?(?:sa(?:id|ys?|ying)|t(?:old|ells?)"
    r"|(?:talk(?:s|ed|ing)?|joke[sd]?|rant(?:s|ed)?|complain(?:s|ed)?)\s+(?:about|of|on)"
    r"|(?:mention|explain|claim|recall|recommend|rant|ask)(?:s|ed|ing)?|discuss(?:es|ed)?"
    r"|describe[sd]?|compare[sd]?|argue[sd]?|confess(?:es|ed)?|admit(?:s|ted)?"
    r"|thinks?|thought)\b",
    re.I,
)
_ACCORDING = re.compile(r"\baccording\s+to\s+$", re.I)
_HOSTED_BY = re.compile(
    r"\b(?:co-?)?(?:hosted\s+by|hosts?(?:\s*:|\s+(?:is|was|were|are))?)\s+$", re.I
)
_HOSTED = re.compile(r"\s+(?:(?:was|were|is|are)\s+)?(?:co-?)?host(?:s|ed|ing)?\b", re.I)
_AS_HOST = re.compile(
    r"(?:[’']s?)?\s+(?:[\w-]+\s+){0,3}?(as\s+(?:a\s+|the\s+)?(?:co-?)?hosts?)\b", re.I
)
_WITH = re.compile(
    r"\b(?:with|guests?|feat(?:\.|uring)?|interview(?:s|ed)?(?:\s+(?:with|of))?)\s+$", re.I
)
_VISITED = re.compile(
    r"\s+(?:as\s+(?:a|the)\s+guests?|(?:was|were|is)\s+(?:a\s+|the\s+|our\s+)?guests?"
    r"|appear(?:s|ed)|came\s+on|visit(?:s|ed)|join(?:s|ed))\b|(?:[’']s)?\s+interview\b",
    re.I,
)


def _hosts(text: str, known: Known) -> _Read | None:
    for who in known.cast.mentions(text, known.words):
        if match := _HOSTED_BY.search(text, 0, who.start):
            spans = [(match.start(), who.end)]
        elif match := _AS_HOST.match(text, who.end):
            spans = [(who.start, who.end), match.span(1)]
        elif match := _HOSTED.match(text, who.end):
            spans = [(who.start, match.end())]
        else:
            continue
        if theirs := _with(who, known, "host"):
            said, label = f"hosted by {who.said}", f"hosted by {_names(who)}"
            return _Read(Condition("host", said, label, theirs), spans)
    return None


def _speakers(text: str, known: Known) -> _Read | None:
    for who in known.cast.mentions(text, known.words):
        if match := _ACCORDING.search(text, 0, who.start):
            span = match.start(), who.end
        elif match := _SAID.match(text, who.end):
            span = who.start, match.end()
        else:
            continue
        if theirs := _with(who, known):
            said, label = f"{who.said} said", f"said by {_names(who)}"
            them = frozenset[str]().union(*who.people)
            return _Read(Condition("speaker", said, label, theirs, speakers=them), [span])
    return None


def _guests(text: str, known: Known) -> _Read | None:
    for who in known.cast.mentions(text, known.words):
        # A first name alone is too often another word. The name stays one to look for, too.
        if not (who.whole or who.said[:1].isupper()):
            continue
        if not (_WITH.search(text, 0, who.start) or _VISITED.match(text, who.end)):
            continue
        if theirs := _with(who, known):
            label = f"with {_names(who)}"
            return _Read(Condition("guest", f"with {who.said}", label, theirs), [])
    return None


def _names(who: Mention) -> str:
    return " and ".join(" or ".join(sorted(people)[:4]) for people in who.people)


def _with(who: Mention, known: Known, *roles: str) -> frozenset[int]:
    """The episodes in which everyone named takes part."""
    together = set(known.entries)
    for people in who.people:
        together &= set[int]().union(*(known.cast.of(name, *roles) for name in people))
    return frozenset(together)


# Which of several.

_ORDER = re.compile(
    r"\b(?:very\s+)?(first|earliest|oldest|last|final|latest|newest|most\s+recent)\s+"
    r"(?:(?!(?:week|month|year)\b)[\w+#-]+\s+(?=episode|one|interview))?"
    r"(episodes?|shows?|ones?|interviews?)\b",
    re.I,
)
_FIRST = ("first", "earliest", "oldest")


def _order(text: str, _: Known) -> _Read | None:
    match = _ORDER.search(text)
    if match is None:
        return None
    first = match[1].lower() in _FIRST
    which = "first" if first else "last"
    condition = Condition("order", f"{which} episode", f"the {which} of them", first=first)
    return _Read(condition, [match.span(1), match.span(2)])


_PEOPLE = (_hosts, _speakers, _guests)


def narrowed(conditions: Iterable[Condition], entries: Mapping[int, Entry]) -> set[int]:
    """The ids of the episodes that fulfil every condition."""
    fulfil = set(entries)
    for condition in conditions:
        if condition.episodes is not None:
            fulfil &= condition.episodes
    return fulfil
