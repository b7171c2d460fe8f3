"""The state: what cannot be rebuilt from the source, durable before it counts.

It is one file, or a database on a PostgreSQL server that several processes share.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, Self, TypeVar

from bot.errors import SettingsError, StateError
from bot.shards import Shards
from bot.store import database
from bot.store.engine import Connection, Engine
from bot.store.lease import Lease
from bot.store.server import Server
from bot.store.sqlite import MIGRATIONS, Sqlite

UNUSABLE = (sqlite3.Error, StateError)  # what is raised where it cannot be used now

Place = Path | Server

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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "state")
        self._guilds: dict[int, tuple[bool, str | None]] = {}

    @classmethod
    async def open(cls, place: Place) -> Self:
        """Open the state, made where there is none.

        Raises:
            ArchiveError: Where it cannot be opened; the message is for the operator.
            SettingsError: Where what PostgreSQL needs is not installed.
        """
        if isinstance(place, Server):
            engine = await asyncio.to_thread(_postgres().Postgres.open, place)
        else:
            engine = await Sqlite.open(place)
        state = cls(engine)
        state._guilds = await state.run(_guilds)
        return state

    async def close(self) -> None:
        """Close it, once what runs is done."""
        await self._aside(self._engine.close)
        self._thread.shutdown(wait=False)

    @property
    def shared(self) -> bool:
        """Whether processes may share it that have archives of their own."""
        return self._engine.shared

    def lease(self, what: str, shards: Shards | None = None) -> Lease:
        """The right to do something alone: see ``bot.store.engine``."""
        return self._engine.lease(what, shards)

    async def run(
        self,
        work: Callable[Concatenate[Connection, _P], _T],
        /,
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Run ``work`` on the connection, as a transaction that is on disk when this returns.

        An exception undoes all of it.

        Raises:
            StateError, sqlite3.Error: ``UNUSABLE``, where the state cannot be used now. Where a
                server was lost at the very end, it may have been done all the same.
        """
        return await self._aside(
            lambda: self._engine.transaction(lambda db: work(db, *args, **kwargs))
        )

    async def _aside(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def compact(self) -> bool:
        """Let nothing be left of what was deleted.

        False where somebody kept reading meanwhile: a file's log is emptied at the next start then.
        """
        return await self._aside(self._engine.compact)

    async def changed_elsewhere(self) -> int:
        """A number that is another one after a different process has written."""
        return await self._aside(self._engine.changes)

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


def newest() -> int:
    """The version of the schema that this program makes, in either store."""
    return database.newest(MIGRATIONS)


@contextmanager
def looking(place: Place) -> Generator[tuple[Connection, int]]:
    """The state as it is, changing nothing, and the version of its schema.

    Raises:
        sqlite3.Error, StateError: Where it cannot be read.
        SettingsError: Where what PostgreSQL needs is not installed.
    """
    if isinstance(place, Server):
        with _postgres().looking(place) as found:
            yield found
    else:
        with closing(database.look_at(place)) as db:
            yield db, int(db.execute("PRAGMA user_version").fetchone()[0])


def _postgres() -> Any:
    try:
        from bot.store import postgres  # an extra that SQLite does not need
    except ImportError:
        raise SettingsError(
            ["STATE: PostgreSQL needs a package more: .venv/bin/pip install '.[postgres]'"]
        ) from None
    return postgres


def _guilds(db: Connection) -> dict[int, tuple[bool, str | None]]:
    rows = db.execute("SELECT guild_id, private, show FROM guild_settings")
    return {row[0]: (bool(row[1]), row[2]) for row in rows}


def _set(db: Connection, guild_id: int, name: str, value: bool | str) -> None:
    db.execute(
        f"INSERT INTO guild_settings (guild_id, {name}) VALUES (?, ?) "
        f"ON CONFLICT (guild_id) DO UPDATE SET {name} = excluded.{name}",
        (guild_id, value),
    )


def _first_show(db: Connection) -> str | None:
    row = db.execute("SELECT key FROM first_show").fetchone()
    return row[0] if row else None


def _set_first_show(db: Connection, key: str) -> None:
    db.execute(
        "INSERT INTO first_show VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET key = excluded.key",
        (key,),
    )


def _registered(db: Connection, guild_id: int) -> Registered | None:
    sql = "SELECT hash, ids FROM registered_commands WHERE guild_id = ?"
    rows = db.execute(sql, (guild_id,))
    return next((Registered(row[0], json.loads(row[1])) for row in rows), None)


def _set_registered(db: Connection, guild_id: int, registered: Registered) -> None:
    db.execute(
        "INSERT INTO registered_commands VALUES (?, ?, ?) "
        "ON CONFLICT (guild_id) DO UPDATE SET hash = excluded.hash, ids = excluded.ids",
        (guild_id, registered.hash, json.dumps(registered.ids)),
    )
