"""The state in one file, which is all that a bot in one process needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.shards import Shards
from bot.store import database
from bot.store.engine import Connection
from bot.store.lease import FileLease, Lease

MIGRATIONS = Path(__file__).parent / "state_migrations"

# What is deleted is overwritten, so that it is not in the file any more.
_PRAGMAS = ("foreign_keys = ON", "busy_timeout = 10000", "synchronous = FULL", "secure_delete = ON")

_T = TypeVar("_T")


class Sqlite:
    """An open file; see ``Engine``."""

    shared = False

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        self._lease = FileLease(path)

    @classmethod
    async def open(cls, path: Path) -> Sqlite:
        """Open the file, made where there is none, at the newest version of its schema.

        Raises:
            ArchiveError: Where it cannot be opened; the message is for the operator.
        """
        await (await database.connect(path, MIGRATIONS, synchronous="FULL")).close()
        return cls(path)

    def transaction(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work``; whoever writes at the same time waits from its begin."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._db)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.rollback()
            raise
        return result

    def changes(self) -> int:
        """A number that is another one after a different process has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def compact(self) -> bool:
        """Write the file anew and empty its log, so that nothing deleted is left in either.

        False where somebody kept reading meanwhile: the log is emptied at the next start then.
        """
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA busy_timeout = 1000")
        return not self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def lease(self, what: str, shards: Shards | None) -> Lease:
        """The one lock beside the file, whatever it is for: who plans also sends."""
        return self._lease

    def close(self) -> None:
        """Close the file."""
        self._db.close()
