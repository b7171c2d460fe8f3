"""The catalogue: what is kept in memory of every episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An episode in the catalogue: what ranking, browsing and every card need of it."""

    id: int
    slug: str
    number: int | None
    title: str
    url: str | None
    published: datetime | None
    date_only: bool
    draft: bool
    duration: int | None
    audio_url: str | None
    blurb: str | None
    turns: int
    mentions: int
    hosts: tuple[str, ...]
    guests: tuple[str, ...]
    categories: tuple[str, ...]

    def public(self, now: datetime) -> bool:
        """Whether the episode may be shown: no draft, and its date has come."""
        return not self.draft and (self.published is None or self.published <= now)


def entries(
    episodes: Iterable[Sequence[Any]],
    people: Iterable[Sequence[Any]],
    categories: Iterable[Sequence[Any]],
) -> tuple[Entry, ...]:
    """The catalogue, from rows of ``episode``, ``person`` and ``category``."""
    named: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for episode, role, name in people:
        named[episode, role].append(name)
    for episode, name in categories:
        named[episode, "category"].append(name)
    return tuple(
        Entry(
            id=row[0],
            slug=row[1],
            number=row[2],
            title=row[3],
            url=row[4],
            published=moment(row[5]),
            date_only=bool(row[6]),
            draft=bool(row[7]),
            duration=row[8],
            audio_url=row[9],
            blurb=row[10],
            turns=row[11],
            mentions=row[12],
            hosts=tuple(named.get((row[0], "host"), ())),
            guests=tuple(named.get((row[0], "guest"), ())),
            categories=tuple(named.get((row[0], "category"), ())),
        )
        for row in episodes
    )


def moment(seconds: int | None) -> datetime | None:
    """A time as it is stored: seconds since 1970."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
