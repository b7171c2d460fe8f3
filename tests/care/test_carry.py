"""A state in a file is carried over to PostgreSQL whole, once."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.announce import follows
from bot.cli import main
from bot.store.engine import PLANNING
from bot.store.server import Server
from bot.store.state import State, looking
from tests.postgres import Postgres
from tests.store.test_state_versions import DUMPS, GUILD, written

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def server(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An empty database that the settings name."""
    server = postgres.database()
    monkeypatch.setenv("STATE", server.url)
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive.sqlite3"))
    return server


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return written(max(DUMPS.glob("*.sql")), tmp_path / "state.sqlite3")


def contents(server: Server, tables: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    with looking(server) as (db, _):
        return {
            table: [tuple(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables
        }


async def follow(server: Server) -> bool:
    """Follow something; return what a server decided before."""
    state = await State.open(server)
    try:
        await state.run(follows.add, 7, 0, "topic", "kites", datetime.now(UTC), "")
        return await state.private_by_default(GUILD)
    finally:
        await state.close()


def test_all_is_brought_along(server: Server, copy: Path, capsys: Captured) -> None:
    with closing(sqlite3.connect(copy)) as db, db:  # nothing that has to be brought in step
        db.execute("UPDATE delivery SET due = 4e9 WHERE state = 'planned'")
        db.execute("UPDATE release SET offer = NULL")
    assert main(["restore", str(copy)]) == 0
    assert f"{copy} is now {server}." in capsys.readouterr().out
    with closing(sqlite3.connect(copy)) as db:
        found = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        tables = [row[0] for row in found]
        here = {table: set(db.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}
    assert all(here.values())
    there = contents(server, tables)
    # Truths are numbers in SQLite, and equal to them.
    assert {table: set(rows) for table, rows in there.items()} == here
    # What comes next is numbered behind it.
    assert asyncio.run(follow(server))
    numbers = [row[0] for row in contents(server, ["follow"])["follow"]]
    assert len(numbers) == len(set(numbers)) == len(here["follow"]) + 1


def test_what_may_have_been_posted_since_is_looked_for(
    server: Server, copy: Path, capsys: Captured
) -> None:
    assert main(["restore", str(copy)]) == 0
    assert "1 posts were due; the bot looks for each" in capsys.readouterr().out


def test_nothing_is_written_over(server: Server, copy: Path, capsys: Captured) -> None:
    assert not asyncio.run(follow(server))
    assert main(["restore", str(copy)]) == 3
    assert "holds a state already" in capsys.readouterr().err
    assert contents(server, ["audit"]) == {"audit": []}


async def test_not_beside_a_running_bot(server: Server, copy: Path, capsys: Captured) -> None:
    state = await State.open(server)
    lease = state.lease(PLANNING)
    assert await lease.take()
    assert await asyncio.to_thread(main, ["restore", str(copy)]) == 3
    assert "a bot is running with it" in capsys.readouterr().err
    await lease.release()
    await state.close()


def test_a_copy_that_is_none(server: Server, tmp_path: Path, capsys: Captured) -> None:
    none = tmp_path / "none.sqlite3"
    none.write_bytes(b"none of it")
    assert main(["restore", str(none)]) == 3
    assert "Traceback" not in capsys.readouterr().err
