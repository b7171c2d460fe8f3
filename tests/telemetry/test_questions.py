"""The record of what was asked: what is written, what is made of it, and what never gets there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.results import Answer
from bot.store.engine import Connection
from bot.store.server import Server
from bot.store.state import State
from bot.telemetry import questions
from bot.telemetry.questions import OUTCOMES, Asked, Often
from bot.telemetry.recorder import Recorder, normalised

TODAY = date(2026, 11, 24)
GUILD = 7


def asked(
    words: str, outcome: str = "answered", *, day: date = TODAY, search: str = "ask"
) -> Asked:
    return Asked(GUILD, day, search, outcome, words)


def answer(*words: str, **understood: Any) -> Answer:
    return Answer("?", True, 1.0, {"words": list(words), **understood}, ())


@pytest.fixture
async def state(place: Path | Server) -> AsyncIterator[State]:
    opened = await State.open(place)
    yield opened
    await opened.close()


class Question:
    """As much of an interaction as the recorder looks at."""

    type = discord.InteractionType.application_command

    def __init__(self, guild_id: int | None = GUILD, *, invited: bool = True) -> None:
        self.guild_id = guild_id
        self.is_guild_integration = lambda: invited


def recorder(state: State, *, words: bool = True) -> Any:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Recorder(state, days=90, words=words, clock=lambda: now)


async def rows(state: State) -> list[tuple[Any, ...]]:
    def read(db: Connection) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in db.execute("SELECT * FROM question ORDER BY 1, 2, 4, 5")]

    return await state.run(read)


# What is made of it


def test_overview() -> None:
    yesterday = TODAY - timedelta(1)
    found = questions.overview(
        [
            (asked("api keys", day=yesterday), 2),
            (asked("keys api"), 1),
            (asked("api key", "closest"), 1),
            (asked("zeppelins", "nothing"), 4),
            (asked("zeppelin", "closest", day=yesterday), 1),
            (asked(""), 5),
            (asked("", search="quote"), 3),
        ],
        yesterday,
        TODAY,
    )
    assert found.asked == 14
    assert found.outcomes == {"answered": 8, "closest": 2, "nothing": 4}
    assert found.days == {
        yesterday: {"answered": 2, "closest": 1},
        TODAY: {"answered": 6, "closest": 1, "nothing": 4},
    }
    assert found.most == (Often("zeppelins", 5), Often("api keys", 4))
    assert found.missing == (Often("zeppelins", 5), Often("api key", 1))
    assert (found.counted, found.quotes) == (5, 3)


@given(
    st.lists(
        st.tuples(
            st.builds(
                Asked,
                st.just(GUILD),
                st.dates(TODAY - timedelta(9), TODAY),
                st.sampled_from(["ask", "quote"]),
                st.sampled_from(OUTCOMES),
                st.text(max_size=9),
            ),
            st.integers(1, 9),
        )
    )
)
def test_no_question_is_counted_twice_or_lost(found: list[tuple[Asked, int]]) -> None:
    made = questions.overview(found, TODAY, TODAY)
    times = sum(times for one, times in found if one.search == "ask")
    assert made.asked == times == made.counted + sum(n for _, n in made.most)
    assert times == sum(sum(day.values()) for day in made.days.values())
    assert made.quotes == sum(n for _, n in found) - times
    missing = sum(n for one, n in found if one.search == "ask" and one.outcome != "answered")
    assert sum(n for _, n in made.missing) <= missing


# What gets into it


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (answer("api", "keys"), "api keys"),
        (answer("paskeys", corrections={"paskeys": "passkeys"}), "passkeys"),
        (answer(episode=5), "episode 5"),
        (answer("wifi", conditions={"people": "with Ines Albrecht"}), "wifi, with Ines Albrecht"),
        (answer("81384788765712384", "said", "2024"), "said 2024"),
        (answer("+49301234567"), ""),
        (answer(*["word"] * 30), " ".join(["word"] * 20)),
    ],
)
def test_normalised(found: Answer, words: str) -> None:
    assert normalised(found) == words


async def test_words_are_kept_where_they_may_be(state: State) -> None:
    made = recorder(state)
    for interaction in (Question(), Question()):
        made.asked(interaction, answer("api"), alone=False)
    made.asked(Question(), answer("secret"), alone=True)
    made.asked(Question(None), answer("secret"), alone=False)
    made.asked(Question(9, invited=False), answer("secret"), alone=False)
    pressed = Question()
    pressed.type = discord.InteractionType.component
    made.asked(pressed, answer("api"), alone=False)
    assert await rows(state) == []
    await made.flush()
    day = "2026-11-24"
    assert await rows(state) == [
        (0, day, "ask", "answered", "", 2),
        (GUILD, day, "ask", "answered", "", 1),
        (GUILD, day, "ask", "answered", "api", 2),
    ]


async def test_operator_and_moderators_may_have_questions_only_counted(state: State) -> None:
    counting = recorder(state, words=False)
    counting.asked(Question(), answer("secret"), alone=False)
    await counting.flush()
    made = recorder(state)
    await made.keep_words(GUILD, False)
    made.asked(Question(), answer("secret"), alone=False)
    await made.flush()
    # It is known again after a restart.
    again = recorder(state)
    await again.start()
    again.asked(Question(), answer("secret"), alone=False)
    await again.stop()
    assert await rows(state) == [(GUILD, "2026-11-24", "ask", "answered", "", 3)]
    await again.keep_words(GUILD, True)
    again.asked(Question(), answer("api"), alone=False)
    await again.flush()
    assert (await rows(state))[1][4:] == ("api", 1)


async def test_what_is_old_is_forgotten(state: State) -> None:
    old = Counter({asked("old", day=TODAY - timedelta(n)): 1 for n in (89, 90, 91, 400)})
    await state.run(questions.add, old)
    made = recorder(state)
    await made.start()
    for _ in range(5):
        await asyncio.sleep(0)  # until it has begun: what is read next comes after it
    assert [row[1] for row in await rows(state)] == ["2026-08-26", "2026-08-27"]
    await made.stop()


async def test_a_state_that_cannot_be_written_to_loses_nothing(state: State) -> None:
    made = recorder(state)
    made.asked(Question(), answer("api"), alone=False)
    await state.run(lambda db: db.execute("ALTER TABLE question RENAME TO away"))
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        await made.flush()
    made.asked(Question(), answer("api"), alone=False)
    await state.run(lambda db: db.execute("ALTER TABLE away RENAME TO question"))
    await made.flush()
    await made.flush()
    assert [row[4:] for row in await rows(state)] == [("api", 2)]


async def test_forgetting_a_guild(state: State) -> None:
    made = recorder(state)
    for guild in (GUILD, 8):
        made.asked(Question(guild), answer("api"), alone=False)
        await made.flush()
        made.asked(Question(guild), answer("api"), alone=False)
    await made.forget(GUILD)
    assert [row[0] for row in await rows(state)] == [8]


async def test_no_column_could_hold_a_member(tmp_path: Path) -> None:
    state = await State.open(tmp_path / "state.sqlite3")

    def columns(db: Connection) -> list[str]:
        return [row[1] for row in db.execute("PRAGMA table_info(question)")]

    found = await state.run(columns)
    await state.close()
    assert found == ["guild_id", "day", "search", "outcome", "words", "times"]
