"""The lease on PostgreSQL: locks of the server's, held as long as a connection lives.

The server lets go of them when the connection ends. The process may live on then: whoever is
about to send asks whether it holds the lease still, and what is under way is ended within
seconds. For as long (``grace``), whoever takes the lease leaves alone what another had begun.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from bot.errors import StateError

_QUEUE = 0x65700000
_OTHERS = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = $1::bigint::oid AND objid <> $2::bigint::oid LIMIT 1"
)


class PostgresLease:
    """See ``Lease``. It is held when all of its locks are.

    Args:
        connect: Opens a connection, and raises StateError where it cannot.
        locks: Pairs of numbers; nobody else has one of them then.
        alike: A lock that others may have, too, but none with another second number: servers are
            dealt out to shards by how many there are, so that all must count alike.
    """

    grace = 8.0  # a look each second, five more until it is noticed that nobody answers

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        locks: Sequence[tuple[int, int]],
        *,
        alike: tuple[int, int] | None = None,
    ) -> None:
        self._connect = connect
        self._locks = locks
        self._alike = alike
        self._db: psycopg.Connection[Any] | None = None
        self._held = False
        self.tenure = 0
        self._thread = ThreadPoolExecutor(1, "lease")

    async def take(self) -> bool:
        """Take it, unless another process has it; return whether it is held.

        Raises:
            StateError: Where the server cannot be asked.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._take)

    async def holds(self, tenure: int) -> bool:
        """Ask the server whether it is held, and was all the time of a tenure."""
        if tenure != self.tenure:
            return False
        alive = await asyncio.get_running_loop().run_in_executor(self._thread, self._alive)
        return alive and tenure == self.tenure

    async def release(self) -> None:
        """Let another process have it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._release)

    def _release(self) -> None:
        if self._db is not None:
            with contextlib.suppress(psycopg.Error):  # at once, and not when the server notices
                self._db.execute("SELECT pg_advisory_unlock_all()")
        self._drop()

    def _take(self) -> bool:
        if self._held and self._alive():
            return True
        try:
            if self._db is None:
                self._db = self._connect()
            self._held = self._lock(self._db)
        except psycopg.Error as error:
            self._drop()
            raise StateError(f"the lease cannot be asked for ({error})".splitlines()[0]) from error
        self.tenure += self._held
        return self._held

    def _lock(self, db: psycopg.Connection[Any]) -> bool:
        with db.transaction():
            # One at a time, so that two who count differently see one another.
            db.execute("SELECT pg_advisory_xact_lock($1::int, 0)", (_QUEUE,))
            taken = [_try(db, "pg_try_advisory_lock", *one) for one in self._locks]
            if self._alike:
                taken.append(_try(db, "pg_try_advisory_lock_shared", *self._alike))
                taken.append(db.execute(_OTHERS, self._alike).fetchone() is None)
            if not all(taken):
                db.execute("SELECT pg_advisory_unlock_all()")
        return all(taken)

    def _alive(self) -> bool:
        if self._db is None or not self._held:
            return False
        try:
            self._db.execute("SELECT 1")
        except psycopg.Error:
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        self._held = False
        if self._db is not None:
            self._db.close()
            self._db = None


def _try(db: psycopg.Connection[Any], function: str, kind: int, number: int) -> bool:
    sql = f"SELECT {function}($1::int, $2::int)".encode()
    row = db.execute(sql, (kind, number)).fetchone()
    return bool(row and row[0])
