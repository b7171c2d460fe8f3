"""When to ask again a server that did not answer as it should."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime

from bot.sources.fetch.cache import Record

_FIRST = 60.0  # seconds after the first failure, doubled with each
_LONGEST = 6 * 3600.0
_PATIENCE = 86_400.0  # the longest that a server may ask for
_GONE = 86_400.0


def put_off(record: Record, now: float, reason: str, *, after: str | None, gone: bool) -> None:
    """Note a failure, and when the next attempt is due.

    Args:
        record: Of the address that failed.
        now: In seconds since 1970.
        reason: What went wrong.
        after: The server's ``Retry-After``: seconds, or a date (RFC 9110, 10.2.3).
        gone: Whether it is gone for good (410).
    """
    record.failures += 1
    record.reason = reason
    seconds = _stated(after, now)
    if seconds is None:
        seconds = _GONE if gone else min(_FIRST * 2 ** min(record.failures - 1, 20), _LONGEST)
        # Scattered, so that many that failed together don't come back together.
        seconds *= random.uniform(0.5, 1.0)  # noqa: S311
    record.not_before = now + seconds


def _stated(after: str | None, now: float) -> float | None:
    if not after:
        return None
    try:
        seconds = float(after) if after.strip().isdecimal() else _until(after, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 1.0), _PATIENCE)


def _until(date: str, now: float) -> float:
    return parsedate_to_datetime(date).timestamp() - now
