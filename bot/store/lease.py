"""The lease: of all processes on one ledger, one plans, and one sends to each server.

The system lets go of it when the process ends, however it ends, so that there is no time to wait
out after a crash.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol


class Lease(Protocol):
    """A right that one process has at a time; not held until ``take`` says so.

    Attributes:
        tenure: How often it was taken by this process, so that a task can tell whether it was
            lost and taken again since it began.
        grace: Seconds after it was taken in which an earlier holder, which has lost it without
            ending, may still be at what it had begun.
    """

    tenure: int
    grace: float

    async def take(self) -> bool:
        """Take the lease, unless another process has it; return whether it is held.

        Raises:
            StateError: Where that cannot be found out now; it is not held then.
        """
        ...

    async def holds(self, tenure: int) -> bool:
        """Make sure that it is held, and was all the time of a tenure; never raises."""
        ...

    async def release(self) -> None:
        """Let another process have it."""
        ...


class FileLease:
    """A lock on a file beside another: a process that is only paused cannot lose it."""

    grace = 0.0

    def __init__(self, beside: Path) -> None:
        self._path = beside.with_name(f"{beside.name}-lease")
        self._db: sqlite3.Connection | None = None
        self.tenure = 0

    async def take(self) -> bool:
        """Take it, unless another process has it; return whether it is held."""
        if self._db is None:
            db = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, check_same_thread=False
            )
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                db.close()
                return False
            self._db = db
            self.tenure += 1
        return True

    async def holds(self, tenure: int) -> bool:
        """Whether it is held: nobody can have taken it away."""
        return self._db is not None and tenure == self.tenure

    async def release(self) -> None:
        """Let another process have it."""
        if self._db is not None:
            self._db.close()
            self._db = None
