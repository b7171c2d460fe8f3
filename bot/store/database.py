"""Opening an SQLite file: pragmas, and numbered migrations. No knowledge of what is in it."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import aiosqlite

from bot.errors import ArchiveError

_HEADER = 100  # bytes; no database is shorter
PATIENCE = 5.0  # seconds to wait for another process that writes

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32000",
)


async def connect(
    path: Path, migrations: Path, *, synchronous: str = "NORMAL", layout: Iterable[str] = ()
) -> aiosqlite.Connection:
    """Open ``path``, made where it is missing, at the newest version of its schema.

    ``migrations`` holds files ``001_name.sql``, each run in a transaction together with
    its record in ``PRAGMA user_version``. ``layout`` are pragmas that only a new file takes.

    Raises:
        ArchiveError: Where the file cannot be opened, is no database, or was written by a
            newer version of this program.
    """
    try:
        _probe(path)
    except (sqlite3.Error, OSError) as error:
        raise explained(path, error) from None
    if path.stat().st_size:
        layout = ()
    db = await aiosqlite.connect(path, isolation_level=None, timeout=PATIENCE)
    try:
        for pragma in (*layout, *_PRAGMAS, f"PRAGMA synchronous = {synchronous}"):
            await db.execute_fetchall(pragma)  # a cursor left open would keep COMMIT waiting
        await _migrate(db, path, migrations)
    except sqlite3.DatabaseError as error:
        await db.close()
        raise explained(path, error) from None
    except BaseException:
        await db.close()
        raise
    return db


def look_at(path: Path) -> sqlite3.Connection:
    """Open a database that must be there, for reading alone, as it is; to be closed.

    Raises:
        sqlite3.DatabaseError: Where it cannot be opened, or is no database.
    """
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)
    try:
        _check(db, path)
    except BaseException:
        db.close()
        raise
    db.row_factory = sqlite3.Row
    return db


def _probe(path: Path) -> None:
    """Fail before aiosqlite does, whose thread outlives that, and spare files of other kinds."""
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as db:
        _check(db, path)


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Fail where the file is no database.

    SQLite itself has to read it: whoever else closes a file gives up every lock that this process
    has on it, and another process then takes the log away from under its open connections.
    """
    db.execute("PRAGMA schema_version").fetchone()
    if 0 < path.stat().st_size < _HEADER:  # SQLite may take so few bytes for an empty database
        raise sqlite3.DatabaseError("file is not a database")


def newest(migrations: Path) -> int:
    """The version that a folder of migrations leads to."""
    return max((int(script.name[:3]) for script in scripts(migrations)), default=0)


def scripts(migrations: Path) -> list[Path]:
    """The files of a folder of migrations, in order."""
    return sorted(migrations.glob("[0-9][0-9][0-9]_*.sql"))


async def _migrate(db: aiosqlite.Connection, path: Path, migrations: Path) -> None:
    if (version := await _version(db)) > newest(migrations):
        raise newer(path, version, newest(migrations))
    for script in scripts(migrations):
        number = int(script.name[:3])
        if await _version(db) >= number:
            continue
        sql = script.read_text(encoding="utf-8")
        try:
            # Another process may have been quicker: whoever holds the lock looks again.
            await db.execute("BEGIN IMMEDIATE")
            if await _version(db) < number:
                for statement in _statements(sql):
                    await db.execute(statement)
                await db.execute(f"PRAGMA user_version = {number}")
            await db.execute("COMMIT")
        except BaseException:
            await db.rollback()
            raise


async def _version(db: aiosqlite.Connection) -> int:
    async with db.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _statements(sql: str) -> list[str]:
    """Split a script at the semicolons that end a statement."""
    statements: list[str] = []
    pending = ""
    for piece in re.split(r"(?<=;)\n", sql):
        pending += piece + "\n"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


def newer(path: object, version: int, known: int) -> ArchiveError:
    """What to do about a database of a schema that is not known yet."""
    return ArchiveError(
        f"{path}: written by a newer version of episode-bot (schema {version}, this one knows "
        f"{known}); update episode-bot"
    )


def explained(path: Path, error: sqlite3.Error | OSError) -> ArchiveError:
    """What went wrong with a database, and what to do about it."""
    if "locked" in str(error):
        what = "another process is writing to it; try again when it is done"
    elif isinstance(error, sqlite3.OperationalError | OSError):
        what = f"{error}; check the disk, and that its folder exists and you may write there"
    else:
        what = f"this is no usable SQLite database ({error}); move it away and load again"
    return ArchiveError(f"{path}: {what}")
