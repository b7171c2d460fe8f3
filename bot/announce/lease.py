"""The lease: of all processes on one ledger, one watches the source and sends.

It is a lock on a file beside the ledger, held for as long as the process lives. The system lets
go of it when the process ends, however it ends, so that there is no time to wait out after a
crash, and a process that is only paused cannot lose it to another one and then wake up sending.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class Lease:
    """The right to send; not held until ``take`` says so."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(f"{ledger.name}-lease")
        self._db: sqlite3.Connection | None = None

    @property
    def held(self) -> bool:
        """Whether this process may send."""
        return self._db is not None

    def take(self) -> bool:
        """Take the lease, unless another process has it; return whether it is held."""
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
        return True

    def release(self) -> None:
        """Let another process send."""
        if self._db is not None:
            self._db.close()
            self._db = None
