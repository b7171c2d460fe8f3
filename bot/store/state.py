"""The state: what cannot be rebuilt from the source. One file, durable before it counts."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, Self, TypeVar

from bot.errors import SettingsError
from bot.store import database

MIGRATIONS = Path(__file__).parent / "state_migrations"

# What is deleted is overwritten, so that it is not in the file any more.
_PRAGMAS = ("foreign_keys = ON", "busy_timeout = 10000", "synchronous = FULL", "secure_delete = ON")

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
        self._guilds: dict[int, tuple[bool, str | None]] = {}

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the state at ``path``, made where there is none.

        Raises:
            ArchiveError: Where it cannot be opened; the message is for the operator.
        """
        await (await database.connect(path, MIGRATIONS, synchronous="FULL")).close()
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        state = cls(db, path)
        state._guilds = await state.run(_guilds)
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

    async def compact(self) -> bool:
        """Write the file anew and empty its log, so that nothing deleted is left in either.

        False where somebody kept reading meanwhile: the log is emptied at the next start then.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._compact)

    def _compact(self) -> bool:
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA busy_timeout = 1000")
        return not self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    async def changed_elsewhere(self) -> int:
        """A number that is another one after a different process has written."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: int(self._db.execute("PRAGMA data_version").fetchone()[0])
        )

    async def private_by_default(self, guild_id: int) -> bool:
        """Whether a guild's answers are shown to the asker alone unless asked otherwise.

        It is known by heart: no answer waits for another process that is writing.
        """
        return self._guilds.get(guild_id, (False, None))[0]

    def show_by_default(self, guild_id: int) -> str | None:
        """The id of the show that a guild asks about, None where it decided for none."""
        return self._guilds.get(guild_id, (False, None))[1]

    async def set_private_by_default(self, guild_id: int, private: bool) -> None:
        """Decide how a guild's answers are shown unless asked otherwise."""
        await self.run(_set, guild_id, "private", private)
        self._guilds[guild_id] = (private, self.show_by_default(guild_id))

    async def set_show_by_default(self, guild_id: int, show: str) -> None:
        """Decide which show a guild asks about unless it says otherwise."""
        await self.run(_set, guild_id, "show", show)
        self._guilds[guild_id] = (await self.private_by_default(guild_id), show)

    async def keep_first(self, key: str, keys: Collection[str]) -> None:
        """Note which show is the first: what was there before there were others belongs to it.

        Args:
            key: Its key.
            keys: The keys of all shows.

        Raises:
            SettingsError: Where another one of them was the first until now.
        """
        was = await self.run(_first_show)
        if was in keys and was != key:
            raise SettingsError(
                [
                    f"SHOWS: {was!r} was the first show until now and has to stay the first: what "
                    f"was announced and set up belongs to it; put it above {key!r}"
                ]
            )
        if key and was != key:
            await self.run(_set_first_show, key)

    async def registered(self, guild_id: int) -> Registered | None:
        """The commands last registered for a guild (0: for all)."""
        return await self.run(_registered, guild_id)

    async def set_registered(self, guild_id: int, registered: Registered) -> None:
        """Note what was registered."""
        await self.run(_set_registered, guild_id, registered)


def _guilds(db: sqlite3.Connection) -> dict[int, tuple[bool, str | None]]:
    rows = db.execute("SELECT guild_id, private, show FROM guild_settings")
    return {row[0]: (bool(row[1]), row[2]) for row in rows}


def _set(db: sqlite3.Connection, guild_id: int, name: str, value: bool | str) -> None:
    db.execute(
        f"INSERT INTO guild_settings (guild_id, {name}) VALUES (?, ?) "
        f"ON CONFLICT DO UPDATE SET {name} = excluded.{name}",
        (guild_id, value),
    )


def _first_show(db: sqlite3.Connection) -> str | None:
    row = db.execute("SELECT key FROM first_show").fetchone()
    return row[0] if row else None


def _set_first_show(db: sqlite3.Connection, key: str) -> None:
    db.execute("INSERT OR REPLACE INTO first_show VALUES (1, ?)", (key,))


def _registered(db: sqlite3.Connection, guild_id: int) -> Registered | None:
    sql = "SELECT hash, ids FROM registered_commands WHERE guild_id = ?"
    rows = db.execute(sql, (guild_id,))
    return next((Registered(row[0], json.loads(row[1])) for row in rows), None)


def _set_registered(db: sqlite3.Connection, guild_id: int, registered: Registered) -> None:
    db.execute(
        "INSERT OR REPLACE INTO registered_commands VALUES (?, ?, ?)",
        (guild_id, registered.hash, json.dumps(registered.ids)),
    )
