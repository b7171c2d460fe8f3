"""The forms of dates in feeds: RFC 822 as it should be, and as it is met in the wild."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from bot.sources import frontmatter

_LONGEST = 100
# "Fri, 9th October 2020 04:30:38 PM (UTC+02:00)", with or without most of it.
_WORDY = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+([^\W\d_]{3,12})\.?"
    r"|([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[\s-]+(\d{4}|\d{2})"
    r"(?:,?(?:\s+|T)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([AaPp][Mm])?\s*(.{0,40}))?",
)
_OFFSET = re.compile(r"(?:GMT|UTC?)?\s*([+-])(\d{1,2}):?(\d{2})?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen janv",
            "feb fév fev",
            "mar mär mrz",
            "apr avr abr",
            "may mai mag mei maj",
            "jun juin giu",
            "jul juil lug",
            "aug aoû ago",
            "sep set",
            "oct okt out ott",
            "nov",
            "dec dez dic déc",
        ),
        start=1,
    )
    for name in names.split()
}
# Hours from UTC of the names that RFC 822 has, and of others that are not ambiguous.
_ZONES = {
    "utc": 0,
    "gmt": 0,
    "ut": 0,
    "z": 0,
    "wet": 0,
    "bst": 1,
    "west": 1,
    "cet": 1,
    "cest": 2,
    "met": 1,
    "mest": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "jst": 9,
    "kst": 9,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
}


def parse(text: str) -> tuple[datetime, bool]:
    """Return a date as UTC datetime in whole seconds, and whether it had no time of day.

    Raises:
        ValueError: Where it cannot be read as a date.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        raise ValueError(text)
    try:
        found = _WORDY.fullmatch(text)
        return _of(found) if found else frontmatter.parse_date(text)
    except OverflowError:  # before the first year, or after the last
        raise ValueError(text) from None


def _of(found: re.Match[str]) -> tuple[datetime, bool]:
    day, month = found[1] or found[4], (found[2] or found[3]).casefold()
    number = _MONTHS.get(month[:4]) or _MONTHS.get(month[:3])
    if number is None:
        raise ValueError(found[0])
    year = int(found[5])
    if year < 100:
        year += 2000 if year < 70 else 1900
    date = datetime(year, number, int(day), tzinfo=UTC)
    if found[6] is None:
        return date, True
    hours, minutes, seconds = int(found[6]), int(found[7]), int(found[8] or 0)
    if found[9]:
        hours = hours % 12 + (12 if found[9].casefold() == "pm" else 0)
    if hours > 24 or minutes > 59 or seconds > 60:
        raise ValueError(found[0])
    date += timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59))
    return date.replace(tzinfo=_zone(found[10])).astimezone(UTC), False


def _zone(text: str) -> timezone:
    """What follows the time of day; what nobody knows is taken as UTC."""
    text = text.strip(" ()")
    if (offset := _OFFSET.match(text)) and int(offset[2]) < 24:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0) % 60)
        return timezone(-ahead if offset[1] == "-" else ahead)
    word = re.match(r"[A-Za-z]+", text)
    return timezone(timedelta(hours=_ZONES.get(word[0].casefold(), 0) if word else 0))
