"""What is news: releases replayed look by look, with a simulated clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announce import deliveries, memory, subscriptions
from bot.announce.identity import Seen
from bot.announce.memory import Observed
from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.store.engine import Connection

START = datetime(2026, 2, 27, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def seen(which: int, /, **more: Any) -> Seen:
    body = {"audio_url": f"https://show.example/{which}.mp3", "categories": ["Machines"]}
    known: dict[str, Any] = {
        "path": f"{which}.md",
        "episode_id": which,
        "slug": f"episode-{which}",
        "number": which,
        "title": _words(which),
        "url": f"https://show.example/{which}/",
        "audio": f"show-{which}.mp3",
        "published": START + timedelta(days=which),
        "draft": False,
        "transcript": False,
        "body": body,
    }
    return Seen(**{**known, **more})


def _words(number: int) -> str:
    pick = random.Random(number).sample("apple brick cloud drum eagle fern glass harp".split(), 3)
    return f"{' '.join(pick)} {number}"


class Source:
    """A ledger that looks at a list of episodes, on a clock of its own."""

    def __init__(self, db: Connection, *places: int) -> None:
        self.db = db
        self.now = START
        for place in places or (1,):
            self.subscribe(place)

    def subscribe(self, place: int, **options: Any) -> None:
        wanted = Subscription(9, place, True, Options(**options), 7, self.now)
        subscriptions.save(self.db, wanted, self.now)

    def look(self, *found: Seen, at: datetime | None = None, source: str = "here") -> Observed:
        self.now = at or self.now + timedelta(minutes=1)
        return memory.observe(self.db, source, found, self.now, longest_missed=WEEK)

    def planned(self, kind: str = "episode") -> list[tuple[str, int]]:
        rows = self.db.execute(
            "SELECT title, channel_id FROM delivery JOIN release ON release.id = release_id "
            "WHERE kind = ? ORDER BY delivery.id",
            (kind,),
        )
        return [tuple(row) for row in rows]

    def send_all(self) -> None:
        self.db.execute("UPDATE delivery SET state = 'sent', message_id = id")


@pytest.fixture
def source(ledgers: Callable[[], Connection]) -> Source:
    return Source(ledgers())


def test_the_first_load_plans_nothing(source: Source) -> None:
    observed = source.look(*(seen(n, published=START - timedelta(days=n)) for n in range(300)))
    assert observed.first
    assert source.planned() == []


def test_the_first_episode_of_an_empty_source_is_news(source: Source) -> None:
    source.look()
    source.look(seen(0))
    assert len(source.planned()) == 1


def test_drafts_dates_and_twice_the_same(source: Source) -> None:
    source.look(seen(0, draft=True), seen(1))
    assert source.planned() == []
    source.look(seen(0), seen(1))
    assert len(source.planned()) == 1
    source.look(seen(0), seen(1), at=seen(1).published - timedelta(seconds=1))  # type: ignore
    assert len(source.planned()) == 1
    assert memory.next_date(source.db, source.now) == seen(1).published
    source.look(seen(0), seen(1), at=seen(1).published)
    assert [title for title, _ in source.planned()] == [seen(0).title, seen(1).title]
    source.look(seen(0, draft=True), seen(1))
    source.look(seen(0), seen(1))
    assert len(source.planned()) == 2


def test_a_clock_that_jumps_back_announces_nothing_again(source: Source) -> None:
    source.look()
    source.look(seen(0))
    source.look(seen(0), at=START - timedelta(days=400))
    source.look(seen(0), at=START + timedelta(days=1))
    assert len(source.planned()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title altogether"},
        {"number": 77},
        {"published": START - timedelta(days=3)},
        {"path": "elsewhere/index.md", "episode_id": 99},
        {"path": "elsewhere/index.md", "slug": "new", "url": None, "episode_id": 99},
        {"audio": "other.mp3"},
        {"url": "http://show.example/0/", "slug": "x"},
        {"number": 77, "title": "Another", "published": START - timedelta(days=2)},
    ],
)
def test_what_changes_is_the_same_episode(source: Source, change: dict[str, Any]) -> None:
    source.look()
    source.look(seen(0))
    source.look(seen(0, **change))
    source.look(seen(0))
    assert len(source.planned()) == 1


def test_copies_of_one_number(source: Source) -> None:
    source.look()
    copy = seen(0, path="0 copy/index.md", episode_id=50, slug="0-copy", url="https://x.example/")
    source.look(copy, seen(0))
    source.look(copy)
    source.look(replace(copy, title="Mended"))
    assert len(source.planned()) == 1


def test_a_new_episode_that_still_has_the_number_of_the_last_one(source: Source) -> None:
    source.look()
    source.look(seen(0))
    wrong = seen(1, number=0, audio="show-0.mp3", published=START)
    source.look(seen(0), wrong)
    source.look(seen(0), replace(wrong, number=1))
    source.look(seen(0), seen(1, published=START))
    assert [title for title, _ in source.planned()] == [seen(0).title, seen(1).title]


def test_two_parts_on_one_day_are_two_episodes(source: Source) -> None:
    source.look()
    source.look(
        seen(0, title="Time Zones, Part 1", published=START),
        seen(1, title="Time Zones, Part 2", published=START),
    )
    assert len(source.planned()) == 2


def test_an_id_that_is_used_again_is_another_episode(source: Source) -> None:
    source.look(seen(0))
    source.look()
    source.look(seen(1, episode_id=0, published=START))
    assert [title for title, _ in source.planned()] == [seen(1).title]


def test_downtime_is_caught_up_oldest_first_up_to_an_age(source: Source) -> None:
    source.look(seen(0))
    found = [seen(n) for n in (0, 5, 3, 1, 30, 26)]
    source.look(*found, at=START + timedelta(days=31))
    assert [title for title, _ in source.planned()] == [seen(26).title, seen(30).title]


def test_an_undrafted_episode_of_old_date_is_news(source: Source) -> None:
    old = START - timedelta(days=60)
    source.look(seen(0, draft=True, published=old))
    source.look(seen(0, published=old))
    assert len(source.planned()) == 1
    source.look(seen(0, published=old), seen(-5, published=old))  # a file of long ago
    assert len(source.planned()) == 1


def test_corrections_mend_what_was_posted(source: Source) -> None:
    source.look()
    source.look(seen(0))
    source.send_all()
    assert source.look(seen(0, title="Better")).corrected == 1
    assert source.look(seen(0, title="Better")).corrected == 0
    [chore] = deliveries.due_chores(source.db, source.now)
    assert chore.kind == "edit"
    assert source.look(seen(0, title="Better", body={**seen(0).body, "blurb": "x"})).corrected == 0


def test_a_vanished_episode_is_reported_once_and_nothing_is_deleted(source: Source) -> None:
    source.look()
    source.look(seen(0), seen(1, published=START))
    source.send_all()
    assert source.look(seen(1, published=START)).gone == ()  # it may be on its way elsewhere
    assert len(source.look(seen(1, published=START)).gone) == 1
    assert source.look(seen(1, published=START)).gone == ()
    assert len(source.planned("report")) == 1
    source.look(seen(0), seen(1, published=START))
    assert len(source.planned()) == 2


def test_a_source_that_lost_nearly_everything_is_taken_for_broken(source: Source) -> None:
    found = [seen(-n) for n in range(1, 21)]
    source.look(*found)
    assert source.look(found[0]).broken
    assert source.look(found[0]).gone == ()
    source.look(*found)
    assert source.planned() == []


def test_the_folder_moves(source: Source) -> None:
    found = [seen(-n) for n in range(1, 21)]
    source.look(*found)
    source.look(*found, seen(0), source="there")
    assert [title for title, _ in source.planned()] == [seen(0).title]


def test_another_show_is_a_first_load(source: Source) -> None:
    source.look(*(seen(-n) for n in range(1, 21)))
    shift = [seen(-n, published=START) for n in range(100, 140)]
    assert source.look(*shift, source="there").first
    assert source.planned() == []


def test_transcripts_announce_nothing_and_are_offered(source: Source) -> None:
    source.look()
    source.look(seen(0))
    source.db.execute("UPDATE release SET offer = NULL")
    source.look(seen(0, transcript=True))
    assert len(source.planned()) == 1
    assert [row[0] for row in source.db.execute("SELECT offer FROM release")] == ["transcript"]


def test_what_was_announced_by_hand_is_not_announced_again(source: Source) -> None:
    source.look()
    source.look(seen(1))
    deliveries.plan(
        source.db, kind="episode", release_id=1, guild_id=9, channel_id=1,
        options=Options(), now=source.now,
    )  # fmt: skip
    source.look(seen(1), at=START + timedelta(days=1))
    assert len(source.planned()) == 1


def test_a_thousand_servers_are_planned_within_a_second(
    ledgers: Callable[[], Connection],
) -> None:
    source = Source(ledgers(), *range(1, 1001))
    source.look(*(seen(-n) for n in range(1, 331)))
    started = datetime.now(UTC)
    source.look(*(seen(-n) for n in range(1, 331)), seen(0))
    assert datetime.now(UTC) - started < timedelta(seconds=1)
    assert [place for _, place in source.planned()] == list(range(1, 1001))


_CHANGES = ("title", "number", "date", "path", "twin", "untwin", "draft", "away", "transcript")


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(_CHANGES)), max_size=25), st.data())
def test_whatever_happens_each_episode_is_planned_at_most_once(
    ledgers: Callable[[], Connection], steps: list[tuple[int, str]], data: st.DataObject
) -> None:
    """One thing changes from look to look; the clock jumps; nothing is announced twice."""
    source = Source(ledgers())
    there = {n: seen(n, published=START, path=f"a{n}.md") for n in range(6)}
    twins: dict[int, Seen] = {}
    source.look()
    source.look(*there.values())
    fresh = 1000
    away: set[int] = set()
    for n, change in steps:
        fresh += 1
        one = there[n]
        match change:
            case "title":
                there[n] = replace(one, title=_words(fresh))
            case "number":
                there[n] = replace(one, number=fresh)
            case "date":
                there[n] = replace(one, published=START - timedelta(days=fresh % 5))
            case "path":
                there[n] = replace(one, path=f"{fresh}.md", episode_id=fresh)
            case "twin":
                twins[n] = replace(one, path=f"{fresh} copy.md", episode_id=fresh)
            case "untwin":
                twins.pop(n, None)
            case "draft":
                there[n] = replace(one, draft=not one.draft)
            case "away":
                away ^= {n}
            case _:
                there[n] = replace(one, transcript=True)
        jump = data.draw(st.integers(-3_000, 3_000))
        now = source.now + timedelta(minutes=jump)
        source.look(*(one for n, one in there.items() if n not in away), *twins.values(), at=now)
    rows = source.db.execute("SELECT count(*) FROM delivery GROUP BY release_id")
    assert all(row[0] == 1 for row in rows)
    assert len(source.planned()) == 6
