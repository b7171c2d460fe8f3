"""Announcing from outside: what the command line and the webhook ask for is only planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.announce import deliveries, memory, subscriptions
from bot.announce.choosing import choose
from bot.announce.deliveries import Delivery
from bot.announce.memory import Release
from bot.announce.options import Options
from bot.announce.planning import Verdict, decide
from bot.announce.when import moment
from bot.errors import QuestionError
from bot.store.archive import Archive
from bot.store.engine import Connection
from bot.store.state import State


@dataclass(frozen=True, slots=True)
class Wish:
    """An episode to be announced in a channel of a server.

    ``again`` asks for a further post where there is one already; ``when`` is read in the
    channel's time zone. ``show`` is a show's key or name, where there are several.
    """

    episode: str
    guild_id: int
    channel_id: int
    message: str = ""
    when: str = ""
    again: bool = False
    show: str = ""

    @classmethod
    def from_json(cls, body: Any) -> Wish:
        """Read a request's body.

        Raises:
            QuestionError: Where something is missing or of the wrong form.
        """
        if not isinstance(body, dict):
            raise QuestionError("The body must be a JSON object.")
        values: dict[str, Any] = {str(key): value for key, value in body.items()}  # pyright: ignore
        unknown = set(values) - {"episode", "guild", "channel", "message", "when", "again", "show"}
        if unknown:
            raise QuestionError(f"{sorted(unknown)[0]}: there is no such key.")
        if not str(values.get("episode") or "").strip():
            raise QuestionError("episode: its number, slug or title is needed.")
        return cls(
            episode=str(values["episode"]),
            guild_id=_id(values, "guild"),
            channel_id=_id(values, "channel"),
            message=str(values.get("message") or "")[:1_000],
            when=str(values.get("when") or ""),
            again=values.get("again") is True,
            show=str(values.get("show") or ""),
        )


def _id(values: dict[str, Any], key: str) -> int:
    text = str(values.get(key) or "")
    if not (text.isdecimal() and 15 <= len(text) <= 19):
        raise QuestionError(f"{key}: an id of 15 to 19 digits is needed.")
    return int(text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: the delivery, and whether it was planned just now.

    In a dry run there is no delivery, and ``verdict`` tells what announcing by itself would do.
    """

    release: Release
    planned: bool
    delivery: Delivery | None
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """The documented form."""
        one = self.delivery
        return {
            "episode": {"number": self.release.seen.number, "title": self.release.seen.title},
            "planned": self.planned,
            "delivery": one.id if one else None,
            "state": one.state if one else None,
            "due": one.due.isoformat().replace("+00:00", "Z") if one else None,
            "message": one.link if one else None,
            "stages": [stage._asdict() for stage in self.verdict.stages],
        }

    def lines(self, *, dry_run: bool) -> list[str]:
        """The outcome for people: what was planned, or each stage of the decision."""
        one, name = self.delivery, self.release.name
        if dry_run:
            stages = [
                f"  {'yes' if stage.passed else 'NO '}  {stage.name}: {stage.why}"
                for stage in self.verdict.stages
            ]
            by_itself = "is" if self.verdict.due else "is not"
            return [f"{name} {by_itself} announced there by itself:", *stages]
        if one is None:
            return []
        if not self.planned:
            told = f": {one.reason}" if one.reason else f" ({one.link})" if one.link else ""
            return [f"{name} is {one.state} there already{told}; --again announces it once more."]
        return [f"{name} is planned for {one.due:%Y-%m-%d %H:%M:%S} UTC; the running bot posts it."]


async def ask_for(
    state: State,
    archive: Archive,
    wish: Wish,
    now: datetime,
    *,
    longest_missed: timedelta,
    by: str,
    dry_run: bool = False,
    show: str = "",
) -> Outcome:
    """Plan what is wished for of a show; what was planned or posted already is only told.

    Raises:
        QuestionError: Where there is no such episode, or it is not public.
    """
    # Where others have archives of their own, this one may be a moment behind: it must not undo
    # what they saw. An episode that only this one has is taken in all the same.
    if not (state.shared and await state.run(_known, wish.episode, show)):
        source, found = await memory.look(archive)
        await state.run(
            memory.observe, source, found, now, longest_missed=longest_missed, show=show
        )
    return await state.run(
        _plan, wish, now, longest_missed=longest_missed, by=by, dry_run=dry_run, show=show
    )


def _known(db: Connection, episode: str, show: str) -> bool:
    try:
        choose(memory.releases(db, show), episode)
    except QuestionError:
        return False
    return True


def _plan(
    db: Connection,
    wish: Wish,
    now: datetime,
    *,
    longest_missed: timedelta,
    by: str,
    dry_run: bool,
    show: str,
) -> Outcome:
    release = choose(memory.releases(db, show), wish.episode)
    where = subscriptions.of(db, wish.channel_id, show)
    known = deliveries.of_place(db, release.id, wish.channel_id)
    verdict = decide(
        release.candidate(),
        where,
        now,
        longest_missed=longest_missed,
        announced=f"it is {known[0].state} here" if known else None,
    )
    if dry_run:
        return Outcome(release, planned=False, delivery=next(iter(known), None), verdict=verdict)
    if release.seen.draft:
        raise QuestionError(f"{release.name} is a draft; it can be announced once it is public.")
    if not wish.again and wish.channel_id in deliveries.places(db, release.id):
        return Outcome(release, planned=False, delivery=known[0], verdict=verdict)
    options = (where.options if where else Options()).but(message=wish.message)
    number = deliveries.plan(
        db,
        kind="episode",
        release_id=release.id,
        guild_id=wish.guild_id,
        channel_id=wish.channel_id,
        options=options,
        now=now,
        due=moment(wish.when, options.zone, now),
        turn=None if wish.again else "0",
    )
    if number is None:
        # Withdrawn or not, the one that is there keeps its place.
        return Outcome(release, planned=False, delivery=next(iter(known), None), verdict=verdict)
    deliveries.record(db, wish.guild_id, None, f"announce ({by})", release.name, now)
    return Outcome(release, planned=True, delivery=deliveries.one(db, number), verdict=verdict)
