"""Carrying a state in a file over to a PostgreSQL server, for a bot that grows."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from bot.announce import restored
from bot.announce.restored import Adopted
from bot.care import backup
from bot.care.restore import looks
from bot.errors import ArchiveError, StateError
from bot.settings import Settings
from bot.store.engine import PLANNING, Connection
from bot.store.server import Server
from bot.store.state import State


class _Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


async def carry(settings: Settings, server: Server, copy: Path) -> Adopted:
    """Check a copy of a state in SQLite, bring it up to date, and fill an empty database with it.

    Raises:
        ArchiveError: Where the copy is damaged, no state or too new, the database holds a state
            already, or a bot is running with it; the database is as it was then.
    """
    with tempfile.TemporaryDirectory(prefix="episode-bot-") as folder:
        half = Path(folder) / "state.sqlite3"
        await asyncio.to_thread(backup.verify, copy)
        await asyncio.to_thread(backup.copy, copy, half)
        opened = await State.open(half)
        try:
            adopted = await opened.run(restored.adopt, await looks(settings), datetime.now(UTC))
        finally:
            await opened.close()
        tables = await asyncio.to_thread(_read, half)
    state = await State.open(server)
    lease = state.lease(PLANNING)
    try:
        if not await lease.take():
            raise ArchiveError(f"{server}: a bot is running with it; stop it, then restore")
        full = await state.run(_fill, tables)
    except StateError as error:
        raise ArchiveError(str(error)) from None
    finally:
        await lease.release()
        await state.close()
    if full:
        raise ArchiveError(f"{server}: holds a state already; restore into a new database")
    return adopted


def _read(path: Path) -> list[_Table]:
    """Every table with its rows, those that others refer to before these."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        names: dict[str, set[str]] = {
            name: {row[2] for row in db.execute(f"PRAGMA foreign_key_list({name})")}
            for (name,) in found
        }
        tables: list[_Table] = []
        for name in TopologicalSorter(names).static_order():
            rows = db.execute(f"SELECT * FROM {name}")
            columns = tuple(column[0] for column in rows.description)
            tables.append(_Table(name, columns, rows.fetchall()))
    return tables


def _fill(db: Connection, tables: Sequence[_Table]) -> bool:
    """Write all of it; nothing, and return true, where something is there already."""
    if any(db.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone() for table in tables):
        return True
    for name, columns, rows in tables:
        described = db.execute(
            "SELECT column_name, data_type, is_identity FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = ?",
            (name,),
        ).fetchall()
        kinds = {row[0]: row[1] for row in described}
        truths = [kinds[column] == "boolean" for column in columns]  # numbers in SQLite
        values = ", ".join("?" for _ in columns)
        db.executemany(
            f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})",
            [
                [
                    bool(value) if truth and value is not None else value
                    for value, truth in zip(row, truths, strict=True)
                ]
                for row in rows
            ],
        )
        for counted in (row[0] for row in described if row[2] == "YES"):
            # New ids go on behind those that were brought along.
            ids = f"pg_get_serial_sequence('{name}', '{counted}')"
            db.execute(
                f"SELECT setval({ids}, GREATEST(nextval({ids}), "
                f"(SELECT COALESCE(MAX({counted}), 0) FROM {name})))"
            )
    return False
