"""States of every earlier version are brought up to date with nothing lost.

``state_versions/NNN_name.sql`` is what a bot at that migration had written. Whoever adds a
migration adds the dump of the version before it, if it is not there yet.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.announce import deliveries, follows, memory, subscriptions
from bot.errors import ArchiveError
from bot.store import database
from bot.store.state import MIGRATIONS, Registered, State

DUMPS = Path(__file__).parent / "state_versions"
GUILD, CHANNEL, MEMBER = 111111111111111111, 444444444444444444, 888888888888888888


def version(dump: Path) -> int:
    return int(dump.name[:3])


def written(dump: Path, path: Path) -> Path:
    db = sqlite3.connect(path)
    db.executescript(dump.read_text(encoding="utf-8"))
    db.close()
    return path


def contents(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        table: [dict(row) for row in db.execute(f'SELECT * FROM "{table}"')] for table in tables
    }
    db.close()
    return found


dumps = pytest.mark.parametrize("dump", sorted(DUMPS.glob("*.sql")), ids=lambda path: path.stem)


def test_every_earlier_version_is_kept() -> None:
    kept = {dump.stem for dump in DUMPS.glob("*.sql")}
    earlier = {path.stem for path in sorted(MIGRATIONS.glob("*.sql"))[:-1]}
    assert earlier <= kept


@dumps
async def test_rows_are_intact_after_the_upgrade(dump: Path, tmp_path: Path) -> None:
    path = written(dump, tmp_path / "state.sqlite3")
    before = contents(path)
    assert all(before.values())
    await (await State.open(path)).close()
    after = contents(path)
    for table, rows in before.items():
        if table == "sqlite_sequence":
            continue
        # A migration may add columns, and rows where it makes tables; it takes none away.
        assert len(after[table]) == len(rows), table
        for old in rows:
            assert any(old.items() <= new.items() for new in after[table]), (table, old)
    with database.look_at(path) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == database.newest(MIGRATIONS)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()


@dumps
async def test_an_upgraded_state_works(dump: Path, tmp_path: Path) -> None:
    state = await State.open(written(dump, tmp_path / "state.sqlite3"))
    assert await state.private_by_default(GUILD)
    assert await state.registered(0) == Registered("c0ffee", {"ask": 333333333333333333})
    if version(dump) >= 2:
        assert (await state.run(memory.release, 1)).name == "#1 The first"
        [where] = await state.run(subscriptions.all_of)
        assert (where.channel_id, where.options.thread) == (CHANNEL, True)
        due = await state.run(deliveries.due, datetime(2026, 6, 1, tzinfo=UTC))
        assert [(one.kind, one.channel_id) for one in due] == [("offer", MEMBER)]
        assert len(await state.run(follows.of_user, MEMBER)) == 2
    await state.run(follows.forget, MEMBER)
    await state.close()


async def test_a_newer_version_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    await (await State.open(path)).close()
    known = database.newest(MIGRATIONS)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {known + 1}")
    db.close()
    before = contents(path)
    with pytest.raises(ArchiveError) as refused:
        await State.open(path)
    assert str(refused.value) == (
        f"{path}: written by a newer version of episode-bot (schema {known + 1}, this one knows "
        f"{known}); update episode-bot"
    )
    assert contents(path) == before
