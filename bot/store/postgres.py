"""The state on a PostgreSQL server, for a bot of several processes. Needs the extra ``postgres``.

Every transaction begins by waiting for one lock of the whole database, so that they follow one
another as those of SQLite do. That is what makes the ledger's steps right without a thought for
what else runs: between two statements of one transaction, nobody else has changed anything. Being
few and short, they need not run side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus

from bot.errors import ArchiveError, StateError
from bot.shards import ALL, Shards
from bot.store import database
from bot.store.engine import SENDING, Connection
from bot.store.lease import Lease
from bot.store.postgres_lease import PostgresLease
from bot.store.server import Server

MIGRATIONS = Path(__file__).parent / "postgres_migrations"

# The first number of advisory locks: what they are for.
TURN, PLAN, SEND, COUNT = 0x65700001, 0x65700002, 0x65700003, 0x65700004

_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({TURN}, 0)".encode()
_LISTEN = b"LISTEN episode_bot"
_COMMIT_AND_TELL = b"NOTIFY episode_bot; COMMIT"  # the other processes look what there is to do
_SETUP = (
    "SET synchronous_commit = on; "  # on disk before it counts, whatever the server's default
    "SET lock_timeout = '10s'; "  # as long as SQLite waits for another process that writes
    # A process that hangs, or is gone without a word, must not keep the others waiting.
    "SET idle_in_transaction_session_timeout = '30s'; SET tcp_keepalives_idle = 15; "
    "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)

_T = TypeVar("_T")


class _Row(tuple[Any, ...]):
    """A row that can be asked by place and by name."""

    names: dict[str, int]

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.names[key] if isinstance(key, str) else key)


def _rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], _Row]:
    names = {column.name: place for place, column in enumerate(cursor.description or ())}
    kind = type("Row", (_Row,), {"names": names})
    return lambda values: kind(values)


@cache
def translated(sql: str) -> bytes:
    """A statement with its values written ``$1`` in place of ``?`` or ``?1``."""
    highest = 0

    def number(match: re.Match[str]) -> str:
        nonlocal highest
        this = int(match[1]) if match[1] else highest + 1
        highest = max(highest, this)
        return f"${this}"

    return re.sub(r"\?(\d*)", number, sql).encode()


class Seam:
    """A connection as the functions of the state want it; see ``Connection``."""

    def __init__(self, db: psycopg.Connection[_Row]) -> None:
        self._db = db
        self.wrote = False

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> psycopg.Cursor[_Row]:
        """Run a statement."""
        self.wrote |= not sql.startswith("SELECT")
        return self._db.execute(translated(sql), _storable(parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> psycopg.Cursor[_Row]:
        """Run a statement for each of some rows, without waiting for each."""
        self.wrote = True
        cursor = self._db.cursor()
        cursor.executemany(translated(sql), [_storable(one) for one in parameters])
        return cursor


def _storable(values: Sequence[Any]) -> list[Any]:
    # No text of PostgreSQL holds the character 0.
    return [value.replace("\0", "") if isinstance(value, str) else value for value in values]


def connect(server: Server, **more: Any) -> psycopg.Connection[_Row]:
    """Connect; a statement is a transaction of its own unless one is begun.

    Raises:
        StateError: Where that cannot be done; the message is for the operator.
    """
    try:
        db = psycopg.connect(
            server.url,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            row_factory=_rows,
            application_name="episode-bot",
            connect_timeout=10,
            **more,
        )
        db.execute(_SETUP)
    except psycopg.ProgrammingError:  # (what it says may hold the address)
        raise StateError("STATE: that is no address PostgreSQL understands") from None
    except psycopg.Error as error:
        raise StateError(_explained(server, error)) from None
    return cast("psycopg.Connection[_Row]", db)


def _explained(server: Server, error: Exception) -> str:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    for secret in server.secrets:
        said = said.replace(secret, "▮▮▮")
    return f"{server}: cannot be used ({said}); check STATE, and that the server runs"


@contextmanager
def _explaining(server: Server) -> Generator[None]:
    """Tell what a server cannot do now from what is wrong with a statement."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StateError(_explained(server, error)) from error


class Postgres:
    """A database on a server; see ``Engine``. A connection that was lost is opened anew."""

    shared = True

    def __init__(self, server: Server) -> None:
        self._server = server
        self._db: psycopg.Connection[_Row] | None = None
        self._heard = 0
        self._listens = False

    @classmethod
    def open(cls, server: Server) -> Postgres:
        """Connect, and bring the schema up to date.

        Raises:
            ArchiveError: Where that cannot be done; the message is for the operator.
        """
        engine = cls(server)
        try:
            with _explaining(server):
                _migrate(engine._connected(), server)
        except StateError as error:
            engine.close()
            raise ArchiveError(str(error)) from None
        except psycopg.Error as error:  # such as rights that are missing
            engine.close()
            raise ArchiveError(_explained(server, error)) from None
        except BaseException:
            engine.close()
            raise
        return engine

    def transaction(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work``; every other transaction waits from its begin."""
        with _explaining(self._server):
            db = self._connected()
            seam = Seam(db)
            try:
                db.execute(_BEGIN)
                result = work(seam)
                if db.info.transaction_status != TransactionStatus.INTRANS:
                    raise AssertionError("a statement failed and its error was swallowed")
                db.execute(_COMMIT_AND_TELL if seam.wrote else b"COMMIT")
            except BaseException:
                _undo(db)
                raise
        return result

    def changes(self) -> int:
        """A number that is another one after a different process has written."""
        with _explaining(self._server):
            db = self._connected()
            if not self._listens:
                db.execute(_LISTEN)
                self._listens = True
            db.execute("SELECT 1")  # what was heard comes with the answer
        return self._heard

    def compact(self) -> bool:
        """Have deleted rows overwritten; dumps and the server's own log are not ours."""
        with _explaining(self._server):
            self._connected().execute("VACUUM")
        return True

    def lease(self, what: str, shards: Shards | None) -> Lease:
        """A lock of the server's, on a connection of its own."""
        if what == SENDING:
            some = shards or ALL
            return PostgresLease(
                lambda: connect(self._server, tcp_user_timeout=5_000),
                [(SEND, number) for number in some.ids],
                alike=(COUNT, some.count),
            )
        return PostgresLease(lambda: connect(self._server, tcp_user_timeout=5_000), [(PLAN, 0)])

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _connected(self) -> psycopg.Connection[_Row]:
        if self._db is None or self._db.closed:
            self._db = db = connect(self._server)
            own = db.info.backend_pid

            def heard(notify: psycopg.Notify) -> None:
                self._heard += notify.pid != own

            db.add_notify_handler(heard)
            self._listens = False
            self._heard += 1  # who knows what was missed
        return self._db


def _undo(db: psycopg.Connection[_Row]) -> None:
    """Roll back; a connection that cannot is of no use any more."""
    try:
        if db.info.transaction_status != TransactionStatus.IDLE:
            db.execute("ROLLBACK")
    except psycopg.Error:
        db.close()


@contextmanager
def looking(server: Server) -> Generator[tuple[Connection, int]]:
    """The database as it is, and the version of its schema (0: none), for reading alone.

    Raises:
        StateError: Where it cannot be reached.
    """
    db = connect(server)
    try:
        with _explaining(server):
            db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield Seam(db), _version(db)
    finally:
        db.close()


def _migrate(db: psycopg.Connection[_Row], server: Server) -> None:
    known = database.newest(MIGRATIONS)
    try:
        db.execute(_BEGIN)  # of two processes that start at once, one finds it done
        if (version := _version(db)) > known:
            raise database.newer(server, version, known)
        for script in database.scripts(MIGRATIONS):
            if int(script.name[:3]) > version:
                db.execute(script.read_bytes())
        if version < known:
            db.execute("DELETE FROM schema_version")
            db.execute("INSERT INTO schema_version VALUES ($1)", (known,))
        db.execute("COMMIT")
    except BaseException:
        _undo(db)
        raise


def _version(db: psycopg.Connection[_Row]) -> int:
    if db.execute("SELECT to_regclass('schema_version')").fetchall()[0][0] is None:
        return 0
    row = db.execute("SELECT version FROM schema_version").fetchone()
    return int(row[0]) if row else 0
