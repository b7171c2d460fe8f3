"""Putting a copy of the state in the place of the state."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bot.announce import memory, restored
from bot.announce.identity import Seen
from bot.announce.restored import Adopted
from bot.care import backup
from bot.errors import ArchiveError
from bot.settings import Settings
from bot.store.archive import Archive
from bot.store.lease import FileLease
from bot.store.state import State

_BESIDE = ("", "-wal", "-shm")  # what a database may consist of


class Restored(NamedTuple):
    """Where the replaced state is kept, None where there was none, and what was adopted."""

    aside: Path | None
    adopted: Adopted


async def restore(settings: Settings, state: Path, copy: Path) -> Restored:
    """Check a copy, bring it up to date, and put it in the place of ``state``.

    Raises:
        ArchiveError: Where the copy is damaged, no state or too new, or a bot is running; the
            state is as it was then.
    """
    now = datetime.now(UTC)
    async with _alone(state):
        half = state.with_name(f"{state.name}.restoring")
        backup.discard(half)
        try:
            await asyncio.to_thread(backup.verify, copy)
            await asyncio.to_thread(backup.copy, copy, half)
            opened = await State.open(half)
            try:
                adopted = await opened.run(restored.adopt, await looks(settings), now)
            finally:
                await opened.close()
            await asyncio.to_thread(_settle, half)
            aside = await asyncio.to_thread(_replace, state, half, now)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ArchiveError(f"{state}: cannot be replaced ({reason})") from None
        finally:
            backup.discard(half)
    return Restored(aside, adopted)


@contextlib.asynccontextmanager
async def _alone(state: Path) -> AsyncGenerator[None]:
    """Hold the lease, so that no bot runs, nor begins to send meanwhile."""
    lease = FileLease(state)
    try:
        taken = await lease.take()
    except sqlite3.Error as error:
        raise ArchiveError(f"{state}: cannot be locked ({error})") from None
    if not taken:
        raise ArchiveError(f"{state}: a bot is running with it; stop it, then restore")
    try:
        yield
    finally:
        await lease.release()


async def looks(settings: Settings) -> dict[str, tuple[str, list[Seen]]]:
    """What the archive of each show knows; one that is not there, or not readable, is left out."""
    found: dict[str, tuple[str, list[Seen]]] = {}
    for show in settings.every_show:
        path = settings.archive_of(show)
        if path.exists():
            with contextlib.suppress(ArchiveError, sqlite3.Error):
                async with await Archive.open(path) as archive:
                    if await archive.source():
                        found[show.id] = await memory.look(archive)
    return found


def _replace(state: Path, half: Path, now: datetime) -> Path | None:
    """Put ``half`` there; at every moment, one of the two is there, whole."""
    aside = None
    if state.exists():
        with contextlib.suppress(sqlite3.Error, OSError):  # it may be what is to be mended
            _settle(state)
        aside = state.with_name(f"{state.stem}-replaced-{now:%Y%m%dT%H%M%SZ}{state.suffix}")
        for ending in _BESIDE:
            if (part := state.with_name(state.name + ending)).exists():
                shutil.copy2(part, aside.with_name(aside.name + ending))
        backup.sync(aside)
    for ending in _BESIDE[1:]:  # they belong to the old file
        state.with_name(state.name + ending).unlink(missing_ok=True)
    backup.sync(half)
    half.replace(state)
    backup.sync(state.parent)
    return aside


def _settle(path: Path) -> None:
    """Bring all of a database into its one file."""
    with closing(sqlite3.connect(path, timeout=5)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
