"""Reading passages and turns for results, once ranking has chosen them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bot.passages import Kind, episode_of, kind_of, span
from bot.search.results import EpisodeHead, Span
from bot.store.archive import Archive, Entry


class Read(NamedTuple):
    """A passage as it is stored; ``marks`` are (turn, offset) of each turn in it."""

    id: int
    kind: Kind
    text: str
    section: str | None
    marks: tuple[tuple[int, int], ...]

    def turn_at(self, spans: Sequence[Span]) -> tuple[int, int, int] | None:
        """The (turn, start, end) of the passage that holds most of ``spans``."""
        if not self.marks:
            return None
        ends = [start - 1 for _, start in self.marks[1:]] + [len(self.text)]
        held = [
            sum(end - start for start, end in spans if first <= start < last)
            for (_, first), last in zip(self.marks, ends, strict=True)
        ]
        place = held.index(max(held))
        turn, start = self.marks[place]
        return turn, start, ends[place]

    def only(self, turns: Container[tuple[int, int]]) -> Read | None:
        """The passage with those of its turns alone, given as (episode, number)."""
        ends = [start - 1 for _, start in self.marks[1:]] + [len(self.text)]
        texts: list[str] = []
        marks: list[tuple[int, int]] = []
        offset = 0
        for (turn, start), end in zip(self.marks, ends, strict=True):
            if (episode_of(self.id), turn) in turns:
                texts.append(self.text[start:end])
                marks.append((turn, offset))
                offset += end - start + 1
        return self._replace(text=" ".join(texts), marks=tuple(marks)) if texts else None


async def read(archive: Archive, ids: Iterable[int]) -> dict[int, Read]:
    """Read passages by id."""
    wanted = list(ids)
    rows = await archive.rows(
        "SELECT id, text, section, turn, marks FROM passage "
        f"WHERE id IN ({','.join('?' * len(wanted))})",
        wanted,
    )
    return {
        row[0]: Read(
            row[0],
            Kind(kind_of(row[0])),
            row[1],
            row[2],
            tuple((turn, offset) for turn, offset in json.loads(row[4]))
            if row[4]
            else ((row[3], 0),)
            if row[3] is not None
            else (),
        )
        for row in rows
    }


class Voice(NamedTuple):
    """Who speaks a turn, and when."""

    speaker: str | None
    seconds: float | None
    exact: bool


async def voices(
    archive: Archive, turns: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Voice]:
    """Who speaks the turns given as (episode, number): the person, or the bare label."""
    ids = {span(episode)[0] + number: (episode, number) for episode, number in turns}
    rows = await archive.rows(
        "SELECT id, coalesce(speaker, label), seconds, exact FROM turn "
        f"WHERE id IN ({','.join('?' * len(ids))})",
        list(ids),
    )
    return {ids[row[0]]: Voice(row[1], row[2], bool(row[3])) for row in rows}


def head(entry: Entry) -> EpisodeHead:
    """What a result says of its episode."""
    return EpisodeHead(
        id=entry.id,
        number=entry.number,
        slug=entry.slug,
        title=entry.title,
        url=entry.url,
        published=entry.published,
        date_only=entry.date_only,
        duration=entry.duration,
        audio_url=entry.audio_url,
        blurb=entry.blurb,
    )


async def public_entries(archive: Archive) -> dict[int, Entry]:
    """The episodes that may be shown now, newest first, by id; to be read only."""
    now = datetime.now(UTC)
    public = await archive.derived(_public)
    if public.until is None or now < public.until:
        return public.entries
    return _public_at(now, await archive.catalogue()).entries


class _Public(NamedTuple):
    """The episodes that may be shown, and until when that holds."""

    entries: dict[int, Entry]
    until: datetime | None


async def _public(archive: Archive) -> _Public:
    return await asyncio.to_thread(_public_at, datetime.now(UTC), await archive.catalogue())


def _public_at(now: datetime, entries: Sequence[Entry]) -> _Public:
    coming = [e.published for e in entries if e.published and e.published > now and not e.draft]
    return _Public({e.id: e for e in entries if e.public(now)}, min(coming, default=None))


async def lengths(archive: Archive) -> dict[int, float]:
    """How long each episode is, as a share of the average."""
    return await archive.derived(_lengths)


async def _lengths(archive: Archive) -> dict[int, float]:
    rows = await archive.rows("SELECT id, passages FROM episode WHERE passages")
    mean = sum(count for _, count in rows) / max(len(rows), 1)
    return {episode: count / mean for episode, count in rows}
