"""The record of what was asked: functions of the state's connection, and what is made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.search import words as language
from bot.store.engine import Connection
from bot.store.lexicon import stem

OUTCOMES = ("answered", "closest", "nothing")
COUNTED = ""  # in place of words that are not kept


class Asked(NamedTuple):
    """Questions that are counted together. ``guild`` is 0 where there is none to look at them."""

    guild: int
    day: date
    search: str
    outcome: str
    words: str


class Often(NamedTuple):
    """Words, and how often they were asked for."""

    words: str
    times: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What was asked in a guild, from the day ``since`` to the day ``until``.

    ``days`` counts by day and outcome, ``outcomes`` by outcome; ``most`` and ``missing`` are the
    words that were asked for, and those that were not answered, the most frequent first.
    ``counted`` is how many questions have no words here; ``quotes`` how many lines were looked for.
    """

    since: date
    until: date
    days: Mapping[date, Mapping[str, int]]
    outcomes: Mapping[str, int]
    most: tuple[Often, ...]
    missing: tuple[Often, ...]
    counted: int
    quotes: int

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return sum(self.outcomes.values())


def add(db: Connection, batch: Mapping[Asked, int]) -> None:
    """Count questions."""
    db.executemany(
        "INSERT INTO question (guild_id, day, search, outcome, words, times) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (guild_id, day, search, outcome, words) "
        "DO UPDATE SET times = question.times + excluded.times",
        [(one.guild, one.day.isoformat(), *one[2:], times) for one, times in batch.items()],
    )


def purge(db: Connection, before: date) -> int:
    """Forget what was asked before a day; return how many rows that were."""
    return db.execute("DELETE FROM question WHERE day < ?", (before.isoformat(),)).rowcount


def forget(db: Connection, guild_id: int) -> None:
    """Forget everything that was asked in a guild."""
    db.execute("DELETE FROM question WHERE guild_id = ?", (guild_id,))


def wordless(db: Connection) -> set[int]:
    """The guilds whose questions are only counted."""
    return {row[0] for row in db.execute("SELECT guild_id FROM wordless")}


def keep_words(db: Connection, guild_id: int, keep: bool) -> None:
    """Decide whether the words of a guild's questions are kept from now on."""
    if keep:
        db.execute("DELETE FROM wordless WHERE guild_id = ?", (guild_id,))
    else:
        db.execute("INSERT INTO wordless VALUES (?) ON CONFLICT DO NOTHING", (guild_id,))


def of_guild(db: Connection, guild_id: int, since: date, until: date) -> list[tuple[Asked, int]]:
    """What was asked in a guild, both days included."""
    rows = db.execute(
        "SELECT day, search, outcome, words, times FROM question "
        "WHERE guild_id = ? AND day BETWEEN ? AND ? ORDER BY day",
        (guild_id, since.isoformat(), until.isoformat()),
    )
    return [
        (Asked(guild_id, date.fromisoformat(day), search, outcome, words), times)
        for day, search, outcome, words, times in rows
    ]


def overview(found: Iterable[tuple[Asked, int]], since: date, until: date) -> Overview:
    """Put together what was asked."""
    days: dict[date, Counter[str]] = {}
    outcomes: Counter[str] = Counter()
    words: Counter[str] = Counter()
    unanswered: Counter[str] = Counter()
    quotes = 0
    for one, times in found:
        if one.search == "quote":
            quotes += times
            continue
        days.setdefault(one.day, Counter())[one.outcome] += times
        outcomes[one.outcome] += times
        words[one.words] += times
        if one.outcome != "answered":
            unanswered[one.words] += times
    counted = words.pop(COUNTED, 0)
    unanswered.pop(COUNTED, None)
    return Overview(
        since, until, days, outcomes, _together(words), _together(unanswered), counted, quotes
    )


def _together(words: Counter[str]) -> tuple[Often, ...]:
    """Count what differs in inflection or order as one, under its most frequent spelling."""
    groups: dict[frozenset[str], list[Often]] = {}
    for one in map(Often._make, words.items()):
        key = frozenset(map(stem, language.words(one.words)))
        groups.setdefault(key, []).append(one)
    merged = [
        Often(max(group, key=lambda one: (one.times, one.words)).words, sum(n for _, n in group))
        for group in groups.values()
    ]
    return tuple(sorted(merged, key=lambda one: (-one.times, one.words)))
