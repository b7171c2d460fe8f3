"""Telling whether a file of the source is an episode that is known already.

Titles, dates, numbers, slugs and paths all change in the life of an archive; no single one of
them is an identity. Files are copied, too, and for a while two of them claim one number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from rapidfuzz import fuzz

_ALIKE = 85  # likeness of titles, 0 to 100
_NEW_STORY = 60  # below it, titles tell of different things


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An episode as a look at the archive finds it.

    ``audio`` is its file or address; ``body`` what an announcement shows besides, fit for JSON.
    """

    path: str
    episode_id: int | None
    slug: str
    number: int | None
    title: str
    url: str | None
    audio: str | None
    published: datetime | None
    draft: bool
    transcript: bool
    body: dict[str, Any]

    @property
    def facts(self) -> str:
        """What tells it from other episodes, as text."""
        published = self.published and self.published.isoformat()
        return json.dumps([self.number, self.title, published, self.audio, self.slug])

    def public(self, now: datetime) -> bool:
        """Whether it may be shown: no draft, and its date has come."""
        return not self.draft and (self.published is None or self.published <= now)


@dataclass(frozen=True, slots=True)
class Known:
    """An episode as it is remembered, by the ``id`` of its release."""

    id: int
    seen: Seen
    released: datetime | None


class Recognised(NamedTuple):
    """What of a look is known: ``same`` by release id; ``new`` ones, the oldest first.

    ``copies`` are files beside one that is there already, ``missing`` releases of no file.
    """

    same: dict[int, Seen]
    new: list[Seen]
    copies: list[Seen]
    missing: list[int]


def recognise(
    known: Sequence[Known], found: Sequence[Seen], copies: Mapping[str, str] | None = None
) -> Recognised:
    """Tell which release each of the files is.

    ``copies`` holds the facts, by path, of files that were copies at the last look: until they
    change they are no news, however the episode itself was corrected meanwhile.
    """
    left = {seen.path: seen for seen in found}
    same: dict[int, Seen] = {}
    for one in known:
        seen = left.get(one.seen.path)
        if seen and not _another_story(one, seen):
            same[one.id] = left.pop(one.seen.path)
    missing = {one.id: one for one in known if one.id not in same}
    scored = [
        (score, -one.id, seen.path)
        for seen in left.values()
        for one in missing.values()
        if (score := _moved(one.seen, seen))
    ]
    for _, number, path in sorted(scored, reverse=True):
        if path in left and -number in missing:
            same[-number] = left.pop(path)
            del missing[-number]
    new: list[Seen] = []
    beside: list[Seen] = []
    # Where two new files are one episode, whichever sorts first is the one that counts.
    there = [(seen.title.casefold(), seen) for seen in same.values()]
    for seen in sorted(left.values(), key=_age):
        title = seen.title.casefold()
        unchanged = (copies or {}).get(seen.path) == seen.facts
        if unchanged or any(_copy(other, title_of, seen, title) for title_of, other in there):
            beside.append(seen)
        else:
            new.append(seen)
            there.append((title, seen))
    return Recognised(same, new, beside, sorted(missing))


def _age(seen: Seen) -> tuple[float, int, str]:
    moment = seen.published.timestamp() if seen.published else float("inf")
    return moment, seen.number or 0, seen.path


def _another_story(one: Known, now: Seen) -> bool:
    """Whether the file of an announced episode was used again for a different one."""
    was = one.seen
    return (
        one.released is not None
        and _differ(was.number, now.number)
        and _differ(was.audio, now.audio)
        and _differ(was.published, now.published)
        and fuzz.ratio(was.title.casefold(), now.title.casefold()) < _NEW_STORY
    )


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _agree(one: object, other: object) -> bool:
    return one is not None and one == other


def _moved(was: Seen, now: Seen) -> int:
    """How surely a file that appeared is the one that vanished; 0: it is not."""
    likeness = fuzz.ratio(was.title.casefold(), now.title.casefold())
    dated = _agree(was.published, now.published)
    if _differ(was.number, now.number) and _differ(was.audio, now.audio) and likeness < 100:
        return 0  # "Part 1" left as "Part 2" came
    score = (
        4 * _agree(was.audio, now.audio)
        + 4 * _agree(was.number, now.number)
        + 3 * (was.slug == now.slug or _agree(was.url, now.url))
        + (3 if likeness == 100 else 2 if likeness >= _ALIKE else 0)
        + dated
    )
    return score if score >= 3 else 0


def _copy(one: Seen, title: str, other: Seen, its_title: str) -> bool:
    """Whether two files that are both there are one episode.

    A number alone does not tell, nor an audio file: a new episode's file is often made from
    the one before, and for some minutes keeps what should have been changed.
    """
    signs = (
        _agree(one.number, other.number) or _agree(one.audio, other.audio),
        _agree(one.published, other.published),
        one.slug == other.slug or _agree(one.url, other.url),
    )
    if not any(signs):
        return False
    alike = fuzz.ratio(title, its_title) >= _ALIKE
    if _differ(one.number, other.number):  # "Part 1" and "Part 2" of one day
        return alike and _agree(one.audio, other.audio)
    return alike or sum(signs) >= 2
