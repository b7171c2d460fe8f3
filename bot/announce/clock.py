"""The time, as an argument: whoever decides by it is told how to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)
