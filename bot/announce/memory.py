"""The memory of episodes: what is new since the last look, and what follows from it.

``observe`` takes a look's findings into the ledger and plans the deliveries that follow, in one
transaction: whatever happens, an episode is either still news or already planned.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.announce import deliveries, subscriptions
from bot.announce.identity import Known, Seen, recognise
from bot.announce.planning import Candidate, Subscription, decide
from bot.store.archive import Archive
from bot.store.engine import Connection

_FEW = 3  # so many episodes may vanish at once without the source being taken for broken


@dataclass(frozen=True, slots=True)
class Release:
    """An episode in the ledger."""

    id: int
    seen: Seen
    released: datetime | None
    noticed: datetime | None
    before: bool
    gone: datetime | None
    show: str = ""

    @property
    def shown(self) -> str:
        """What an announcement tells that is worth an edit when it changes."""
        seen = self.seen
        return json.dumps([seen.title, seen.number, seen.url, seen.body.get("audio_url")])

    @property
    def name(self) -> str:
        """Number and title."""
        number = f"#{self.seen.number} " if self.seen.number is not None else ""
        return number + self.seen.title

    def candidate(self) -> Candidate:
        """What planning has to know."""
        return Candidate(
            draft=self.seen.draft,
            published=self.seen.published,
            released=self.released,
            noticed=self.noticed,
            before=self.before,
            gone=self.gone is not None,
            categories=self.seen.body.get("categories", ()),
        )


class Observed(NamedTuple):
    """What a look brought: releases that became public, deliveries planned, posts to mend.

    ``first`` says that this was the first load, ``broken`` that so much had vanished that the
    source is taken for broken and nothing for gone.
    """

    released: tuple[int, ...] = ()
    planned: int = 0
    corrected: int = 0
    gone: tuple[int, ...] = ()
    first: bool = False
    broken: bool = False


async def look(archive: Archive) -> tuple[str, list[Seen]]:
    """The source of the archive and every episode in it, public or not."""
    rows = await archive.rows("SELECT id, path, audio_file, image FROM episode")
    places = {row[0]: tuple(row)[1:] for row in rows}
    found: list[Seen] = []
    for entry in await archive.catalogue():
        if entry.id not in places:
            continue
        path, audio_file, image = places[entry.id]
        found.append(
            Seen(
                path=path,
                episode_id=entry.id,
                slug=entry.slug,
                number=entry.number,
                title=entry.title,
                url=entry.url,
                audio=audio_file or entry.audio_url,
                published=entry.published,
                draft=entry.draft,
                transcript=entry.turns > 0,
                body={
                    "audio_url": entry.audio_url,
                    "duration": entry.duration,
                    "blurb": entry.blurb,
                    "image": image,
                    "date_only": entry.date_only,
                    "hosts": list(entry.hosts),
                    "guests": list(entry.guests),
                    "categories": list(entry.categories),
                },
            )
        )
    return await archive.source() or "", found


async def local_id(archive: Archive, release: Release) -> int | None:
    """The id of an episode in an archive, None where it is not there.

    The ledger's ``episode_id`` is that of whoever looked last: archives number what they load.
    """
    rows = await archive.rows("SELECT id FROM episode WHERE path = ?", (release.seen.path,))
    return next((int(row[0]) for row in rows), None)


def observe(
    db: Connection,
    source: str,
    found: Sequence[Seen],
    now: datetime,
    *,
    longest_missed: timedelta,
    show: str = "",
) -> Observed:
    """Take in what a look at a show found, and plan what follows.

    The first look at a source plans nothing. A source of another name that holds mostly known
    episodes is the same one, moved.
    """
    known = releases(db, show)
    by_id = {release.id: release for release in known}
    recalled = [Known(one.id, one.seen, one.released) for one in known]
    facts = recognise(recalled, found, _copies(db, show))
    _remember_copies(db, facts.copies, show)
    looked = _looked(db, show)
    first = source not in looked and len(facts.same) * 2 < max(len(found), 1)
    last_look = min(max(looked.values(), default=now), now)
    present = sum(release.gone is None for release in known)
    broken = not first and len(facts.missing) > max(_FEW, present // 2)
    news: list[Release] = []
    corrected = 0
    for number, seen in facts.same.items():
        was = by_id[number]
        released = was.released
        if released is None and seen.public(now):
            # Whatever its date says, at the last look it was not public.
            released = min(max(seen.published or last_look, last_look), now)
        corrected += _take_in(db, was, seen, released, now)
        if released is not None and was.released is None:
            news.append(release(db, number))
    for seen in facts.new:
        public = seen.public(now)
        released = min(seen.published or last_look, now) if public else None
        number = _remember(db, seen, released, now, before=first and public, show=show)
        if public and not first:
            news.append(release(db, number))
    news.sort(key=lambda one: (one.released or now, one.seen.number or 0, one.id))
    planned = _plan(db, news, now, longest_missed, show)
    gone = () if broken or first else _miss(db, [by_id[n] for n in facts.missing], now)
    db.execute(
        "INSERT INTO baseline VALUES (?, ?, ?) "
        "ON CONFLICT (show, source) DO UPDATE SET looked = excluded.looked",
        (show, source, now.timestamp()),
    )
    return Observed(tuple(one.id for one in news), planned, corrected, gone, first, broken)


def _copies(db: Connection, show: str) -> dict[str, str]:
    rows = db.execute("SELECT path, facts FROM copy WHERE show = ?", (show,))
    return {row[0]: row[1] for row in rows}


def _remember_copies(db: Connection, copies: Iterable[Seen], show: str) -> None:
    wanted = {seen.path: seen.facts for seen in copies}
    if wanted != _copies(db, show):
        db.execute("DELETE FROM copy WHERE show = ?", (show,))
        rows = [(show, path, facts) for path, facts in wanted.items()]
        db.executemany("INSERT INTO copy VALUES (?, ?, ?)", rows)


def _looked(db: Connection, show: str) -> dict[str, datetime]:
    rows = db.execute("SELECT source, looked FROM baseline WHERE show = ?", (show,))
    return {row[0]: moment(row[1]) for row in rows}


def _take_in(
    db: Connection, was: Release, seen: Seen, released: datetime | None, now: datetime
) -> int:
    """Note what changed of a known episode; return how many posts are to be mended."""
    there = was.gone is None
    if was.seen == seen and was.released == released and there:
        return 0
    spoken = seen.transcript and not was.seen.transcript and was.released is not None
    db.execute(
        "UPDATE release SET path = ?, episode_id = ?, slug = ?, number = ?, title = ?, url = ?, "
        "audio = ?, published = ?, draft = ?, transcript = ?, body = ?, public = ?, "
        "released = ?, noticed = coalesce(noticed, ?), gone = NULL, reported = FALSE, "
        "offer = coalesce(?, offer) WHERE id = ?",
        (
            *_columns(seen),
            seen.public(now),
            released and released.timestamp(),
            now.timestamp() if released else None,
            "transcript" if spoken else None,
            was.id,
        ),
    )
    if release(db, was.id).shown == was.shown:
        return 0
    return deliveries.mend(db, was.id, now)


def _remember(
    db: Connection,
    seen: Seen,
    released: datetime | None,
    now: datetime,
    *,
    before: bool,
    show: str,
) -> int:
    row = db.execute(
        "INSERT INTO release (path, episode_id, slug, number, title, url, audio, published, draft, "
        "transcript, body, public, released, noticed, before, show) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            *_columns(seen),
            seen.public(now),
            released and released.timestamp(),
            now.timestamp() if released else None,
            before,
            show,
        ),
    ).fetchone()
    return int(row[0])


def _columns(seen: Seen) -> tuple[object, ...]:
    return (
        seen.path,
        seen.episode_id,
        seen.slug,
        seen.number,
        seen.title,
        seen.url,
        seen.audio,
        seen.published and seen.published.timestamp(),
        seen.draft,
        seen.transcript,
        json.dumps(seen.body),
    )


def _plan(
    db: Connection,
    news: Sequence[Release],
    now: datetime,
    longest_missed: timedelta,
    show: str,
) -> int:
    """Plan the automatic deliveries of episodes that became public, the oldest first."""
    if not news:
        return 0
    everywhere = subscriptions.all_of(db, show=show)
    planned: list[tuple[Release, Subscription, datetime]] = []
    for one in news:
        candidate, by_hand = one.candidate(), deliveries.places(db, one.id)
        for where in everywhere:
            announced = "it was announced by hand" if where.channel_id in by_hand else None
            verdict = decide(
                candidate, where, now, longest_missed=longest_missed, announced=announced
            )
            if verdict.due:
                planned.append((one, where, verdict.due))
        if now - (one.released or now) <= longest_missed:
            db.execute("UPDATE release SET offer = 'release' WHERE id = ?", (one.id,))
    return deliveries.plan_all(db, planned, now)


def _miss(db: Connection, missing: Iterable[Release], now: datetime) -> tuple[int, ...]:
    """Note what vanished; what is still missed at the next look is reported to moderators."""
    gone: list[int] = []
    for one in missing:
        if one.gone is None:
            db.execute("UPDATE release SET gone = ? WHERE id = ?", (now.timestamp(), one.id))
        elif db.execute(
            "UPDATE release SET reported = TRUE WHERE id = ? AND NOT reported", (one.id,)
        ).rowcount:
            deliveries.report_gone(db, one.id, one.name, now)
            gone.append(one.id)
    return tuple(gone)


_SELECT = "SELECT * FROM release"


def releases(db: Connection, show: str = "") -> list[Release]:
    """Every episode of a show that was ever seen."""
    return [_release(row) for row in db.execute(f"{_SELECT} WHERE show = ? ORDER BY id", (show,))]


def release(db: Connection, number: int) -> Release:
    """One episode by its number in the ledger.

    Raises:
        KeyError: Where there is none.
    """
    row = db.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    return _release(row)


def of_episode(db: Connection, episode_id: int, slug: str, show: str = "") -> Release | None:
    """The release of an episode of the archive, None where it was not looked at yet."""
    row = db.execute(
        f"{_SELECT} WHERE episode_id = ? AND slug = ? AND show = ? AND gone IS NULL",
        (episode_id, slug, show),
    ).fetchone()
    return _release(row) if row else None


def next_date(db: Connection, now: datetime) -> datetime | None:
    """When the next episode becomes public by its date alone."""
    row = db.execute(
        "SELECT min(published) FROM release "
        "WHERE released IS NULL AND NOT draft AND gone IS NULL AND published > ?",
        (now.timestamp(),),
    ).fetchone()
    return None if row[0] is None else moment(row[0])


def _release(row: Any) -> Release:
    seen = Seen(
        path=row["path"],
        episode_id=row["episode_id"],
        slug=row["slug"],
        number=row["number"],
        title=row["title"],
        url=row["url"],
        audio=row["audio"],
        published=_maybe(row["published"]),
        draft=bool(row["draft"]),
        transcript=bool(row["transcript"]),
        body=json.loads(row["body"]),
    )
    return Release(
        id=row["id"],
        seen=seen,
        released=_maybe(row["released"]),
        noticed=_maybe(row["noticed"]),
        before=bool(row["before"]),
        gone=_maybe(row["gone"]),
        show=row["show"],
    )


def moment(seconds: float) -> datetime:
    """A moment as the ledger keeps it."""
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
