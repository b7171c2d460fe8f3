"""Reading when something is to be announced: "in 2 h", "18:00", "2026-12-01 18:00"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import QuestionError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "s": "hours", "t": "days"}
_LATEST = timedelta(days=366)


def moment(text: str, zone: str, now: datetime) -> datetime:
    """The moment that is meant, in UTC; clock times are those of ``zone``.

    Raises:
        QuestionError: Where it cannot be read, or lies in the past or too far ahead.
    """
    found = _read(text.strip(), ZoneInfo(zone), now)
    if found is None:
        raise QuestionError(
            f"I cannot read {text[:40]!r} as a time. Write for example: in 2 h, 18:00, or "
            "2026-12-01 18:00."
        )
    if found < now - timedelta(minutes=1):
        raise QuestionError("That moment is over already.")
    if found > now + _LATEST:
        raise QuestionError("That is more than a year ahead.")
    return max(found, now)


def _read(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if not text or text.casefold() == "now":
        return now
    if stamp := re.fullmatch(r"<t:(\d{9,11})(?::[a-zA-Z])?>", text):
        return datetime.fromtimestamp(int(stamp[1]), UTC)
    if delay := re.fullmatch(r"(?:in\s+)?(\d{1,4})\s*(m|h|d)[a-z]*\.?", text, re.I):
        return now + timedelta(**{_UNITS[delay[2].lower()]: int(delay[1])})
    here = now.astimezone(zone)
    if clock := re.fullmatch(r"(tomorrow\s+)?(\d{1,2}):(\d\d)", text, re.I):
        try:
            at = time(int(clock[2]), int(clock[3]))
        except ValueError:
            return None
        day = here.date() + timedelta(days=bool(clock[1]))
        found = datetime.combine(day, at, zone).astimezone(UTC)
        if not clock[1] and found < now:
            found = datetime.combine(day + timedelta(days=1), at, zone).astimezone(UTC)
        return found
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
