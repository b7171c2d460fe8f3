"""The seam between the state and what stores it: SQLite in a file, or PostgreSQL.

What is done with the state is a function of a ``Connection``. It may use no more of it than this,
and SQL that both understand: ``?`` or ``?1`` for values, ``RETURNING``, ``ON CONFLICT`` with its
columns named, ``TRUE`` and ``FALSE``; the columns of a table before those of ``excluded`` are
qualified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from bot.shards import Shards
from bot.store.lease import Lease

T = TypeVar("T")

PLANNING, SENDING = "planning", "sending"  # what there is a lease for


class Cursor(Protocol):
    """What a statement found; rows can be asked by place and by name."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What a function of the state is given: one transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Run a statement for each of some rows."""
        ...


class Engine(Protocol):
    """A store that is open. Whatever waits for it does so in a thread of the state's own.

    Attributes:
        shared: Whether processes on several machines may use it, each with an archive of its own.
    """

    shared: bool

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` alone, as if there were no other process; it is on disk on return.

        An exception undoes all of it.

        Raises:
            StateError, sqlite3.Error: Where the store cannot be used now.
        """
        ...

    def changes(self) -> int:
        """A number that is another one after a different process has written."""
        ...

    def compact(self) -> bool:
        """Let nothing deleted be left; False where somebody kept that from being done at once."""
        ...

    def lease(self, what: str, shards: Shards | None) -> Lease:
        """The right to plan for all, or to send for the servers of some shards."""
        ...

    def close(self) -> None:
        """Close it."""
        ...
