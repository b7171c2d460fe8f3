"""Copies of the state: made while the bot runs, whole, checked, and only the newest kept."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from bot.errors import ArchiveError
from bot.store import database, state

_NAME = re.compile(r"state-\d{8}T\d{6}\.\d{6}Z\.sqlite3")
_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite may leave beside a database


class Backup(NamedTuple):
    """A copy that was made, its size in bytes, and older ones that left for it."""

    path: Path
    size: int
    removed: tuple[Path, ...]


def back_up(source: Path, folder: Path, *, keep: int, now: datetime | None = None) -> Backup:
    """Copy the state to a new file in ``folder``, and keep the ``keep`` newest copies there.

    The file has its name once all of it is on disk and was found to be sound.

    Raises:
        ArchiveError: Where the copy cannot be made, or is damaged as the state itself is; no
            earlier copy leaves then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"state-{now or datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.sqlite3"
        copy(source, target)
        removed = tuple(copies(folder)[:-keep])
        for old in removed:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise ArchiveError(f"{folder}: no copy could be made ({error.strerror})") from None
    return Backup(target, target.stat().st_size, removed)


def copies(folder: Path) -> list[Path]:
    """The copies in a folder, the oldest first; other files are nobody's business."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def copy(source: Path, target: Path) -> None:
    """Copy a state, also one that is in use, to a single file that is sound and on disk.

    Raises:
        ArchiveError: Where that cannot be done; ``target`` is as before then.
    """
    half = target.with_name(f"{target.name}.part")
    discard(half)  # a crash may have left it
    try:
        with closing(database.look_at(source)) as there, closing(sqlite3.connect(half)) as here:
            os.chmod(half, 0o600)  # noqa: PTH101  (it tells what members follow)
            # In one go: the copy is of one moment, and nobody who writes is kept waiting.
            there.backup(here)
            here.execute("PRAGMA journal_mode = DELETE").fetchone()
        verify(half, called=source)
        sync(half)
        half.replace(target)
        sync(target.parent)
    except sqlite3.Error as error:
        raise ArchiveError(f"{source}: cannot be copied ({error})") from None
    finally:
        discard(half)


def discard(path: Path) -> None:
    """Delete a database that nobody uses, where there is one."""
    for part in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
        part.unlink(missing_ok=True)


def stream(source: Path, target: BinaryIO) -> None:
    """Write a copy to a stream, once it was found to be sound.

    Raises:
        ArchiveError: Where that cannot be done; nothing was written then.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, source.name)
        copy(source, made)
        with made.open("rb") as file:
            shutil.copyfileobj(file, target)
        target.flush()


def verify(path: Path, *, called: Path | None = None) -> int:
    """Make sure that a file is a state that this version can use; return its schema's version.

    Raises:
        ArchiveError: Where it is not; ``called`` names it in the message.
    """
    called = called or path
    known = database.newest(state.MIGRATIONS)
    if not path.is_file():
        raise ArchiveError(f"{called}: there is no such file")
    try:
        with closing(database.look_at(path)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if version > known:
                raise database.newer(called, version, known)
            faults = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            strays = db.execute("PRAGMA foreign_key_check").fetchall()
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{called}: is no usable SQLite database ({error})") from None
    if not version or "guild_settings" not in tables:
        raise ArchiveError(f"{called}: is no state of episode-bot")
    if faults or strays:
        what = faults[0] if faults else f"{len(strays)} rows refer to nothing"
        raise ArchiveError(f"{called}: is damaged ({what})")
    return version


def sync(path: Path) -> None:
    """Have a file's content, or a folder's names, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot, for folders
            os.fsync(handle)
    finally:
        os.close(handle)
