"""Deciding whether and when an episode is announced in a channel, with the reasons.

Pure functions of an episode, a subscription and the time; ``/announcements why`` shows what they
say, and the watcher does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot import categories
from bot.announce.options import Options


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that a show's episodes are announced in, automatically from ``since`` on."""

    guild_id: int
    channel_id: int
    automatic: bool
    options: Options
    user_id: int
    since: datetime
    show: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What planning has to know of an episode.

    ``released`` is when it became public, None where it is not, and ``noticed`` when the bot saw
    that; ``before`` says that it was public when its source was loaded for the first time.
    """

    draft: bool
    published: datetime | None
    released: datetime | None
    noticed: datetime | None
    before: bool
    gone: bool
    categories: Sequence[str]


class Stage(NamedTuple):
    """One step of the decision: what was looked at, whether it lets pass, and why."""

    name: str
    passed: bool
    why: str


class Verdict(NamedTuple):
    """The decision: ``due`` is None where nothing is announced."""

    stages: tuple[Stage, ...]
    due: datetime | None


def decide(
    episode: Candidate,
    subscription: Subscription | None,
    now: datetime,
    *,
    longest_missed: timedelta,
    announced: str | None = None,
) -> Verdict:
    """Decide on the automatic announcement of an episode in a channel.

    Args:
        episode: What to announce.
        subscription: Where, None for a channel that was not set up.
        now: The time of the decision.
        longest_missed: How old a release may be that was missed.
        announced: How this episode was announced here before, in words, if it was.
    """
    stages = (
        _there(episode),
        _public(episode, now),
        _subscribed(episode, subscription),
        Stage("new", not episode.before, _known(before=episode.before)),
        _recent(episode, now, longest_missed),
        _wanted(episode, subscription.options if subscription else Options()),
        Stage(
            "once", announced is None, announced or "it was not announced in this channel before"
        ),
    )
    if not all(stage.passed for stage in stages) or subscription is None:
        return Verdict(stages, None)
    due = after_quiet(now, subscription.options)
    when = "now" if due == now else f"at the end of the quiet hours, {due:%Y-%m-%d %H:%M} UTC"
    return Verdict((*stages, Stage("time", True, when)), due)


def _there(episode: Candidate) -> Stage:
    if episode.gone:
        return Stage("source", False, "its file is not in the source any more")
    return Stage("source", True, "its file is in the source")


def _public(episode: Candidate, now: datetime) -> Stage:
    if episode.draft:
        return Stage("public", False, "it is a draft")
    if episode.published and episode.published > now:
        return Stage("public", False, f"its date is {episode.published:%Y-%m-%d %H:%M:%S} UTC")
    return Stage("public", True, "it is public")


def _subscribed(episode: Candidate, subscription: Subscription | None) -> Stage:
    if subscription is None:
        return Stage("set up", False, "this channel is not set up: /announcements setup")
    if not subscription.automatic:
        return Stage("set up", False, "automatic announcements are switched off here")
    if episode.noticed and episode.noticed < subscription.since:
        return Stage("set up", False, "it came out before this channel was set up or switched on")
    return Stage("set up", True, "new episodes are announced here automatically")


def _known(*, before: bool) -> str:
    if before:
        return "it was public already when the archive was loaded for the first time"
    return "it became public after the archive was loaded for the first time"


def _recent(episode: Candidate, now: datetime, longest: timedelta) -> Stage:
    age = now - (episode.released or now)
    if age > longest:
        return Stage(
            "recent",
            False,
            f"it became public {age.days} days ago, and what was missed is announced for "
            f"{longest.days} days (MISSED_DAYS)",
        )
    return Stage("recent", True, "it is recent")


def _wanted(episode: Candidate, options: Options) -> Stage:
    keys = {categories.key(name): name for name in episode.categories}
    if hit := [keys[key] for key in options.exclude if key in keys]:
        return Stage("categories", False, f"{hit[0]} is excluded here")
    if options.include and not any(key in keys for key in options.include):
        return Stage("categories", False, "it has none of the categories chosen for this channel")
    return Stage("categories", True, "its categories are welcome here")


def after_quiet(moment: datetime, options: Options) -> datetime:
    """The first moment from ``moment`` on (in UTC) that is outside the quiet hours.

    The hours are those of clocks on the wall: on the day of a change they are as much longer or
    shorter as the night is.
    """
    if options.quiet is None:
        return moment
    zone = ZoneInfo(options.zone)
    start, end = options.quiet
    here = moment.astimezone(zone)
    minute = here.hour * 60 + here.minute
    quiet = start <= minute < end if start < end else minute >= start or minute < end
    if not quiet:
        return moment
    day = here.date() + timedelta(days=1) if start > end and minute >= start else here.date()
    over = _at(day, end, zone)
    # An hour that the clocks repeat may be over and come back.
    return over if over > moment else _at(day, end, zone, fold=1)


def _at(day: date, minute: int, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """The moment in UTC that clocks show a minute of a day, or would if it were not skipped."""
    return datetime(
        day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone, fold=fold
    ).astimezone(UTC)
