"""The state: what cannot be rebuilt from the source. One file, durable before it counts."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, Self, TypeVar

from bot.store import database

_MIGRATIONS = Path(__file__).parent / "state_migrations"

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Registered(NamedTuple):
    """Commands as Discord has them: a hash of their definitions, and their ids by name."""

    hash: str
    ids: dict[str, int]


class State:
    """The open state. Use ``await State.open(path)``.

    What is done with it is a function of a connection, run by ``run`` as one transaction.
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self.path = path
        self._thread = ThreadPoolExecutor(1, "state")
        self._private: dict[int, bool] = {}

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the state at ``path``, made where there is none.

        Raises:
            ArchiveError: Where it cannot be opened; the message is for the operator.
        """
        await (await database.connect(path, _MIGRATIONS, synchronous="FULL")).close()
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        for pragma in ("foreign_keys = ON", "busy_timeout = 10000", "synchronous = FULL"):
            db.execute(f"PRAGMA {pragma}")
        state = cls(db, path)
        state._private = await state.run(_private)
        return state

    async def close(self) -> None:
        """Close the file, once what runs is done."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown(wait=False)

    async def run(
        self,
        work: Callable[Concatenate[sqlite3.Connection, _P], _T],
        /,
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run ``work`` on the connection, as a transaction that is on disk when this returns.

        An exception undoes all of it.
        """
        transaction = partial(self._transaction, partial(work, self._db, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    def _transaction(self, work: Callable[[], _T]) -> _T:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self._db.execute("COMMIT")
        except BaseException:
            self._db.rollback()
            raise
        return result

    async def changed_elsewhere(self) -> int:
        """A number that is another one after a different process has written."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: int(self._db.execute("PRAGMA data_version").fetchone()[0])
        )

    async def private_by_default(self, guild_id: int) -> bool:
        """Whether a guild's answers are shown to the asker alone unless asked otherwise.

        It is known by heart: no answer waits for another process that is writing.
        """
        return self._private.get(guild_id, False)

    async def set_private_by_default(self, guild_id: int, private: bool) -> None:
        """Decide how a guild's answers are shown unless asked otherwise."""
        await self.run(_set_private, guild_id, private)
        self._private[guild_id] = private

    async def registered(self, guild_id: int) -> Registered | None:
        """The commands last registered for a guild (0: for all)."""
        return await self.run(_registered, guild_id)

    async def set_registered(self, guild_id: int, registered: Registered) -> None:
        """Note what was registered."""
        await self.run(_set_registered, guild_id, registered)


def _private(db: sqlite3.Connection) -> dict[int, bool]:
    return {row[0]: bool(row[1]) for row in db.execute("SELECT * FROM guild_settings")}


def _set_private(db: sqlite3.Connection, guild_id: int, private: bool) -> None:
    db.execute(
        "INSERT INTO guild_settings (guild_id, private) VALUES (?, ?) "
        "ON CONFLICT DO UPDATE SET private = excluded.private",
        (guild_id, private),
    )


def _registered(db: sqlite3.Connection, guild_id: int) -> Registered | None:
    sql = "SELECT hash, ids FROM registered_commands WHERE guild_id = ?"
    rows = db.execute(sql, (guild_id,))
    return next((Registered(row[0], json.loads(row[1])) for row in rows), None)


def _set_registered(db: sqlite3.Connection, guild_id: int, registered: Registered) -> None:
    db.execute(
        "INSERT OR REPLACE INTO registered_commands VALUES (?, ?, ?)",
        (guild_id, registered.hash, json.dumps(registered.ids)),
    )
