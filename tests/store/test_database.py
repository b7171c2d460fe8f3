from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.errors import ArchiveError
from bot.store import database

FIRST = """\
-- A remark; with a semicolon.
CREATE TABLE a (
    x TEXT DEFAULT ';'   -- here; too
);

CREATE TRIGGER t AFTER INSERT ON a BEGIN
    DELETE FROM a WHERE x = 'b';
    DELETE FROM a WHERE x = 'c';
END;
INSERT INTO a VALUES ('1');
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "001_first.sql").write_text(FIRST)
    (folder / "readme.sql").write_text("no migration")
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.sqlite3"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.01)


async def opened(path: Path, migrations: Path) -> tuple[int, list[tuple[object, ...]]]:
    """The version of the schema and the rows of its table."""
    db = await database.connect(path, migrations)
    try:
        [(version,)] = await db.execute_fetchall("PRAGMA user_version")
        rows = await db.execute_fetchall("SELECT x FROM a ORDER BY x")
        return version, [tuple(row) for row in rows]
    finally:
        await db.close()


async def test_new(path: Path, migrations: Path) -> None:
    assert await opened(path, migrations) == (1, [("1",)])
    assert await opened(path, migrations) == (1, [("1",)])


async def test_pragmas(path: Path, migrations: Path) -> None:
    db = await database.connect(path, migrations, synchronous="FULL")
    for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2)):
        [(found,)] = await db.execute_fetchall(f"PRAGMA {pragma}")
        assert found == value
    await db.close()


async def test_newer_migrations(path: Path, migrations: Path) -> None:
    await opened(path, migrations)
    (migrations / "002_second.sql").write_text("INSERT INTO a VALUES ('2');")
    (migrations / "003_third.sql").write_text(
        "INSERT INTO a VALUES ('3');\nINSERT INTO a VALUES ('4');"
    )
    assert await opened(path, migrations) == (3, [("1",), ("2",), ("3",), ("4",)])
    assert await opened(path, migrations) == (3, [("1",), ("2",), ("3",), ("4",)])


async def test_migration_that_fails_leaves_nothing(path: Path, migrations: Path) -> None:
    await opened(path, migrations)
    second = migrations / "002_second.sql"
    second.write_text("INSERT INTO a VALUES ('2');\nINSERT INTO missing VALUES (1);")
    with pytest.raises(ArchiveError, match="no such table: missing"):
        await opened(path, migrations)
    second.unlink()
    assert await opened(path, migrations) == (1, [("1",)])


async def test_written_by_a_newer_version(path: Path, migrations: Path) -> None:
    await opened(path, migrations)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(ArchiveError) as caught:
        await opened(path, migrations)
    assert str(caught.value) == (
        f"{path}: written by a newer version of episode-bot (schema 7, this one knows 1); "
        "update episode-bot"
    )


@pytest.mark.parametrize(
    "content", [b"This is a text, not a database, but long enough." * 99, b"x"]
)
async def test_no_database(path: Path, migrations: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        await opened(path, migrations)
    assert str(caught.value) == (
        f"{path}: this is no usable SQLite database (file is not a database); "
        "move it away and load again"
    )
    assert path.read_bytes() == content


async def test_damaged(path: Path, migrations: Path) -> None:
    await opened(path, migrations)
    content = bytearray(path.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="is no usable SQLite database"):
        await opened(path, migrations)


@pytest.mark.parametrize("place", ["missing/a.sqlite3", "file/a.sqlite3", "migrations"])
async def test_unwritable_place(tmp_path: Path, migrations: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="check the disk, and that its folder exists"):
        await opened(tmp_path / place, migrations)


@pytest.mark.usefixtures("impatient")
async def test_locked(path: Path, migrations: Path) -> None:
    await opened(path, migrations)
    (migrations / "002_second.sql").write_text("INSERT INTO a VALUES ('2');")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError) as caught:
        await opened(path, migrations)
    assert str(caught.value) == (
        f"{path}: another process is writing to it; try again when it is done"
    )
    other.execute("ROLLBACK")
    other.close()
    assert await opened(path, migrations) == (2, [("1",), ("2",)])
