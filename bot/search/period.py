"""Periods: which days "spring 2019", "before June 2017" or "two years ago" stand for."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_NAMES = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS = _NAMES | {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month
_PARTS = {"early": 1, "beginning": 1, "start": 1, "mid": 5, "middle": 5, "late": 9, "end": 9}
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4}
_UNITS = {"week": 7, "month": 30, "year": 365}  # days
_SLACK = timedelta(3)  # around a day that is named: nobody remembers it so exactly

_YEAR = r"(?:19|20)\d\d(?![\d%]|[.,]\d)"
_ANY_YEAR = rf"(?:{_YEAR}|[’']\d\d\b)"
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_SEASON = rf"(?:{'|'.join(_SEASONS)})\b"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_POINT = (
    rf"(?:{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_ANY_YEAR}|{_MONTH}\s+{_DAY},?\s+{_ANY_YEAR}"
    rf"|{_YEAR}-\d\d(?:-\d\d)?|(?:{_MONTH}|{_SEASON}),?\s+(?:of\s+)?{_ANY_YEAR}"
    rf"|q[1-4]\s+(?:of\s+)?{_ANY_YEAR}"
    rf"|(?:the\s+)?(?:{'|'.join(_PARTS)})(?:\s+of|\s+in)?[\s-]+{_ANY_YEAR}|{_YEAR})"
)
_IN = r"(?:(?:some\s?time\s+|back\s+)?(?:in|from|during|around)\s+(?:the\s+)?)"
# What may follow a month or a season without a year: else "spring" is a framework.
_CLOSED = r"(?=\s*(?:$|[,.;:?!)]|episodes?\b|shows?\b|when\b|where\b|with\b|about\b|on\b))"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``since`` to ``until``, both included, without a bound where None.

    Where ``months`` are given, only days in these months of any year.
    """

    since: date | None = None
    until: date | None = None
    months: frozenset[int] = frozenset()

    def holds(self, day: date) -> bool:
        """Whether a day is in the period."""
        return (
            (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
            and (not self.months or day.month in self.months)
        )

    def __str__(self) -> str:
        """The period in words: "in 2019", "from 1 March to 31 May 2019", "before 2 May 2017"."""
        if self.months and (self.since is None or self.until is None):
            return f"in {' or '.join(calendar.month_name[month] for month in sorted(self.months))}"
        if self.since is None or self.until is None:
            if self.until:
                return f"before {_day(self.until + timedelta(1))}"
            return f"from {_day(self.since)} on" if self.since else "at any time"
        year = self.since.year
        if self == _months(year, 1, 12):
            return f"in {year}"
        if self == _months(year, self.since.month, 1):
            return f"in {self.since:%B %Y}"
        return f"from {_day(self.since)} to {_day(self.until)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def find(text: str, today: date) -> tuple[re.Match[str], Period] | None:
    """The first period that a text names, with the match that holds its words."""
    for form, read in _FORMS:
        for match in form.finditer(text):
            try:
                return match, read(match, today)
            except (ValueError, OverflowError):  # such as the 31st of February
                continue
    return None


def year_of(text: str) -> int:
    """The year that "2017" or "'17" stands for."""
    return int(text) if len(text) == 4 else 2000 + int(text[-2:])


def point(text: str) -> Period:
    """The period that a date, month, season, quarter, part of a year or year stands for.

    Raises:
        ValueError: Where there is no such day.
    """
    words = re.findall(r"[a-z]+|[’']?\d+(?=-|\b|st|nd|rd|th)", text.lower())
    if re.fullmatch(rf"{_YEAR}-\d\d-\d\d", text):
        return _around(date.fromisoformat(text))
    year = year_of(words[0] if "-" in text and words[0].isdigit() else words[-1])
    if re.fullmatch(rf"{_YEAR}-\d\d", text):
        return _months(year, int(words[1]), 1)
    if first := next((_PARTS[word] for word in words if word in _PARTS), None):
        return _months(year, first, 4)
    if first := next((_SEASONS[word] for word in words if word in _SEASONS), None):
        # "Winter 2018" may be the one before or after.
        since = date(year, 1, 1) if first == 12 else date(year, first, 1)
        months = frozenset((first + i - 1) % 12 + 1 for i in range(3))
        return Period(since, _months(year, first, 3).until, months)
    if quarter := re.match(r"q([1-4])", text, re.I):
        return _months(year, 3 * int(quarter[1]) - 2, 3)
    if month := next((_MONTHS[word] for word in words if word in _MONTHS), None):
        day = next((int(word) for word in words[:-1] if word.isdigit()), None)
        return _around(date(year, month, day)) if day else _months(year, month, 1)
    return _months(year, 1, 12)


def _around(day: date) -> Period:
    return Period(day - _SLACK, day + _SLACK)


def _months(year: int, first: int, count: int) -> Period:
    since = date(year, first, 1)
    year, month = divmod(first + count - 2, 12)
    year, month = since.year + year, month + 1
    return Period(since, date(year, month, calendar.monthrange(year, month)[1]))


def _between(match: re.Match[str], _: date) -> Period:
    first, last = point(match[1]), point(match[2])
    if first.since and last.until and first.since > last.until:
        raise ValueError
    return Period(first.since, last.until)


def _before(match: re.Match[str], _: date) -> Period:
    named = point(match[2])
    if match[1].lower() in ("before", "prior to"):
        return Period(None, named.since and named.since - timedelta(1))
    return Period(None, named.until)


def _after(match: re.Match[str], _: date) -> Period:
    named = point(match[2])
    if match[1].lower() == "after":
        return Period(named.until and named.until + timedelta(1), None)
    return Period(named.since, None)


def _at(match: re.Match[str], _: date) -> Period:
    return point(match[1])


def _last(match: re.Match[str], today: date) -> Period:
    which, unit = match[1].lower(), match[2].lower()
    back = which != "this"
    if unit == "year":
        return _months(today.year - back, 1, 12)
    if unit == "month":
        first = today.replace(day=1) - timedelta(back)
        return _months(first.year, first.month, 1)
    if unit == "week":
        monday = today - timedelta(today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(6))
    first, count = (_SEASONS[unit], 3) if unit in _SEASONS else (_MONTHS[unit.rstrip(".")], 1)
    year = today.year
    # The latest that has begun, or where it is said to be over, has ended.
    while date(year, first, 1) > today or (
        back and (_months(year, first, count).until or today) >= today
    ):
        year -= 1
    return _months(year, first, count)


def _count(text: str) -> int:
    words = text.lower().replace(" of", "").split()
    return int(words[-1]) if words[-1].isdigit() else _COUNTS.get(words[-1], 1)


def _ago(match: re.Match[str], today: date) -> Period:
    unit = _UNITS[match[2].lower()]
    middle = today - timedelta(_count(match[1]) * unit)
    return Period(middle - timedelta(unit // 2 + 1), middle + timedelta(unit // 2 + 1))


def _lately(match: re.Match[str], today: date) -> Period:
    days = _count(match[1] or "one") * _UNITS[match[2].lower()]
    return Period(today - timedelta(days + 1), today)


def _yearly(match: re.Match[str], _: date) -> Period:
    name = match[1].lower().rstrip(".")
    first, count = (_SEASONS[name], 3) if name in _SEASONS else (_MONTHS[name], 1)
    return Period(months=frozenset((first + i - 1) % 12 + 1 for i in range(count)))


_NUMBER = rf"\d{{1,3}}|(?:a\s+)?(?:{'|'.join(_COUNTS)})(?:\s+of)?"
_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], Period]]] = [
    (re.compile(form, re.I), read)
    for form, read in (
        (
            rf"\b(?:between|from)\s+({_POINT})\s+(?:and|to|until|till|through)\s+({_POINT})",
            _between,
        ),
        (rf"\b({_POINT})\s*(?:-|–|\bto\b)\s*({_POINT})", _between),
        (rf"\b(before|prior\s+to|until|till|up\s+to)\s+(?:the\s+)?({_POINT}|[’']\d\d\b)", _before),
        (rf"\b(after|since)\s+(?:the\s+)?({_POINT}|[’']\d\d\b)", _after),
        (rf"{_IN}({_POINT}|[’']\d\d\b)", _at),
        (rf"(?<![\w.,-])({_POINT})(?![\w-])", _at),
        (
            rf"\b(?:in\s+)?(last|this|previous)\s+(year|month|week|{_SEASON}|{'|'.join(_NAMES)})\b"
            r"(?![’']s\b)",
            _last,
        ),
        (rf"\b({_NUMBER})\s+({'|'.join(_UNITS)})s?\s+(?:ago|back)\b", _ago),
        (
            rf"\b(?:in|over|during|within)\s+the\s+(?:last|past)\s+(?:({_NUMBER})\s+)?"
            rf"({'|'.join(_UNITS)})s?\b",
            _lately,
        ),
        (rf"\b(?:in|from|during|last|every)\s+(?:the\s+)?({_SEASON}|{_MONTH}){_CLOSED}", _yearly),
        # A day of no year: its month is told apart well enough.
        (rf"\b(?:on\s+)?({_MONTH})\s+(?:the\s+)?{_DAY}\b(?![.,:]\d)", _yearly),
        (rf"\b(?:on\s+)?(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)\s+(?:of\s+)?({_MONTH})", _yearly),
    )
]
