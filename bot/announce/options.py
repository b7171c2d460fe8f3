"""What moderators choose for the announcements of a channel."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import time
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot.announce.template import STANDARD
from bot.errors import QuestionError


@dataclass(frozen=True, slots=True)
class Options:
    """How an announcement is made.

    ``quiet`` holds the beginning and the end of the quiet hours in ``zone``, as minutes of the
    day. ``include`` and ``exclude`` are keys of categories.
    """

    template: str = STANDARD
    message: str = ""
    role: int | None = None
    crosspost: bool = False
    thread: bool = False
    wait_for_audio: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    quiet: tuple[int, int] | None = None
    zone: str = "UTC"
    text: str = ""

    def to_json(self) -> str:
        """What differs from the defaults, as kept in the ledger."""
        standard = asdict(Options())
        return json.dumps({k: v for k, v in asdict(self).items() if v != standard[k]})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote; what an older version kept besides is passed over."""
        known = {one.name for one in fields(cls)}
        kept: dict[str, Any] = json.loads(text)
        values = {k: v for k, v in kept.items() if k in known}
        values |= {k: tuple(values[k]) for k in ("include", "exclude", "quiet") if values.get(k)}
        return cls(**values)

    def but(self, **changes: Any) -> Self:
        """These options with some changed."""
        return replace(self, **changes)


def quiet_hours(text: str) -> tuple[int, int] | None:
    """Read "22:00-07:00"; "off" is None.

    Raises:
        QuestionError: Where it is neither; the message shows the form.
    """
    if text.strip().casefold() in ("off", "none", "no", "-", "aus"):
        return None
    found = re.fullmatch(r"\s*(\d{1,2})(?::(\d\d))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d\d))?\s*", text)
    try:
        if not found:
            raise ValueError
        start, end = (time(int(found[n]), int(found[n + 1] or 0)) for n in (1, 3))
    except ValueError:
        raise QuestionError(
            f"{text[:40]!r} are no quiet hours; write for example 22:00-07:00, or off."
        ) from None
    if start == end:
        raise QuestionError("Quiet hours that never end would announce nothing; use two times.")
    return start.hour * 60 + start.minute, end.hour * 60 + end.minute


def time_zone(text: str) -> str:
    """Check the name of a time zone.

    Raises:
        QuestionError: Where there is none of that name.
    """
    try:
        return ZoneInfo(text.strip()).key
    except (ValueError, OSError, KeyError):
        raise QuestionError(
            f"There is no time zone {text[:40]!r}; write for example Europe/Berlin or UTC."
        ) from None
