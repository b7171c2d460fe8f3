from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.announce.options import Options, quiet_hours, time_zone
from bot.announce.planning import Candidate, Subscription, after_quiet, decide
from bot.announce.template import PLACEHOLDERS, check, fill
from bot.announce.when import moment
from bot.errors import QuestionError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")

moments = st.integers(1_704_067_200, 1_861_920_000).map(lambda at: datetime.fromtimestamp(at, UTC))
minutes = st.integers(0, 24 * 60 - 1)

EPISODE = Candidate(
    draft=False,
    published=NOW,
    released=NOW,
    noticed=NOW,
    before=False,
    gone=False,
    categories=["Big Query", "Data"],
)
PLACE = Subscription(1, 2, True, Options(), 3, NOW - WEEK)


def due(episode: Candidate = EPISODE, place: Subscription | None = PLACE, **more: str):
    return decide(episode, place, NOW, longest_missed=WEEK, **more)


def failing(*args: object, **more: str) -> list[str]:
    verdict = due(*args, **more)  # type: ignore[arg-type]
    assert verdict.due is None
    return [stage.name for stage in verdict.stages if not stage.passed]


def test_each_stage_can_say_no() -> None:
    assert due().due == NOW
    assert failing(replace(EPISODE, draft=True)) == ["public"]
    assert failing(replace(EPISODE, published=NOW + timedelta(seconds=1))) == ["public"]
    assert failing(replace(EPISODE, before=True)) == ["new"]
    assert failing(replace(EPISODE, gone=True)) == ["source"]
    assert failing(replace(EPISODE, released=NOW - WEEK - timedelta(seconds=1))) == ["recent"]
    assert failing(replace(EPISODE, noticed=NOW - 2 * WEEK)) == ["set up"]
    assert failing(EPISODE, None) == ["set up"]
    assert failing(EPISODE, replace(PLACE, automatic=False)) == ["set up"]
    assert failing(announced="it is sent here") == ["once"]


@pytest.mark.parametrize(
    ("options", "welcome"),
    [
        (Options(include=("bigquery",)), True),
        (Options(include=("other",)), False),
        (Options(exclude=("data",)), False),
        (Options(include=("bigquery",), exclude=("data",)), False),
        (Options(exclude=("other",)), True),
    ],
)
def test_categories(options: Options, welcome: bool) -> None:
    assert (due(EPISODE, replace(PLACE, options=options)).due is not None) is welcome


@given(moments, minutes, minutes, st.sampled_from(ZONES))
@example(datetime(2026, 10, 25, 0, 10, tzinfo=UTC), 60, 150, "Europe/Berlin")  # an hour repeated
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 60, 150, "Europe/Berlin")  # an hour skipped
@example(datetime(2028, 2, 29, 23, 0, tzinfo=UTC), 22 * 60, 7 * 60, "UTC")  # a leap day
def test_quiet_hours_end(now: datetime, start: int, end: int, zone: str) -> None:
    if start == end:
        return
    options = Options(quiet=(start, end), zone=zone)
    loud = after_quiet(now, options)
    assert now <= loud <= now + timedelta(hours=25)
    assert after_quiet(loud, options) == loud
    here = loud.astimezone(ZoneInfo(zone))
    minute = here.hour * 60 + here.minute
    assert not (start <= minute < end if start < end else minute >= start or minute < end)


@given(moments, st.sampled_from(ZONES))
def test_times_are_read_in_the_zone(now: datetime, zone: str) -> None:
    assert moment("now", zone, now) == now
    assert moment("in 2 h", zone, now) == now + timedelta(hours=2)
    at = moment("18:00", zone, now)
    assert now <= at <= now + timedelta(hours=49)
    here = at.astimezone(ZoneInfo(zone))
    assert (here.hour, here.minute) == (18, 0)


def test_times_that_are_none() -> None:
    for text in ("soon", "25:00", "2026-13-01", "2025-01-01", "9999 d", "2030-01-01 10:00"):
        with pytest.raises(QuestionError):
            moment(text, "UTC", NOW)
    assert moment("2026-03-02 09:00", "Europe/Berlin", NOW).hour == 8
    assert moment("<t:1772366400:F>", "UTC", NOW) == NOW


@given(minutes, minutes)
def test_quiet_hours_are_read(start: int, end: int) -> None:
    text = f"{start // 60}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    if start == end:
        with pytest.raises(QuestionError):
            quiet_hours(text)
    else:
        assert quiet_hours(text) == (start, end)


def test_zones_and_quiet_hours_are_checked() -> None:
    assert quiet_hours("off") is None
    assert quiet_hours("22-7") == (22 * 60, 7 * 60)
    assert time_zone("Europe/Berlin") == "Europe/Berlin"
    for text in ("Mars", "", "../../etc/passwd"):
        with pytest.raises(QuestionError):
            time_zone(text)
    with pytest.raises(QuestionError):
        quiet_hours("25-7")


def test_options_survive_being_kept() -> None:
    options = Options(role=5, include=("a", "b"), quiet=(1, 2), zone="Europe/Berlin", thread=True)
    assert Options.from_json(options.to_json()) == options
    assert Options.from_json('{"unknown": 1}') == Options()


def test_templates() -> None:
    assert fill("{ping} {title}\n{guests}\n\nend", {"title": "T"}) == "T\n\nend"
    assert fill("{x} {title}", {"title": "{ping}"}) == "{x} {ping}"
    for name in PLACEHOLDERS:
        check(f"{{{name}}}")
    with pytest.raises(QuestionError):
        check("{nope}")
    with pytest.raises(QuestionError):
        check("x" * 1_001)
