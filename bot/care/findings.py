"""What the doctor finds, and how bad it is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple


class Level(IntEnum):
    """How bad a finding is: ``WARNING`` will hurt some day, ``WRONG`` hurts now."""

    FINE = 0
    NOTE = 1
    WARNING = 2
    WRONG = 3


class Finding(NamedTuple):
    """One thing that was looked at, what was seen, and the cure where one is needed."""

    level: Level
    about: str
    seen: str
    cure: str = ""

    def to_json(self) -> dict[str, Any]:
        """The documented form."""
        return self._asdict() | {"level": self.level.name.lower()}

    def lines(self) -> list[str]:
        """The finding for people."""
        name = self.level.name if self.level >= Level.WARNING else self.level.name.lower()
        first = f"{name:8} {self.about:10} {self.seen}"
        return [first, f"{'':19} → {self.cure}"] if self.cure else [first]


def worst(findings: Sequence[Finding]) -> Level:
    """The level of the worst finding."""
    return max((one.level for one in findings), default=Level.FINE)


def fine(about: str, seen: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Level.FINE, about, seen)


def note(about: str, seen: str, cure: str = "") -> Finding:
    """Something to know."""
    return Finding(Level.NOTE, about, seen, cure)


def warning(about: str, seen: str, cure: str) -> Finding:
    """Something that will hurt some day, or a part of the bot."""
    return Finding(Level.WARNING, about, seen, cure)


def wrong(about: str, seen: str, cure: str) -> Finding:
    """Something that keeps the bot from its work."""
    return Finding(Level.WRONG, about, seen, cure)
