"""Files that somebody may be writing: waiting for them, and telling whether any changed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

WRITING = "is being written; it is read when it is whole"
_PATIENCE = 10  # times that files which are being written are waited for
_COARSE = 2.0  # seconds within which a file system may give two changes one time


class Stamp(NamedTuple):
    """What changes with a file; times are in nanoseconds. Of a file that is not there: -1, 0, 0."""

    size: int
    written: int
    moved: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of the file at ``path``."""
        try:
            status = os.stat(path)  # noqa: PTH116  (a third faster)
        except OSError:  # whoever reads it will say so
            return cls(-1, 0, 0)
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def sure(self) -> bool:
        """Whether a further change would give another stamp."""
        return time.time() - max(self.written, self.moved) / 1e9 > _COARSE


Look = Callable[[], tuple[object, dict[str, Stamp]]]


class Settling:
    """What the files of a folder were at the last look.

    A file that is being written is waited for, until nothing was added to it for ``settle``
    seconds; ``writing`` are those that never came to an end.
    """

    def __init__(self, settle: float) -> None:
        self.writing: set[str] = set()
        self._settle = settle
        self._known: tuple[object, dict[str, Stamp]] | None = None

    async def changed(self, look: Look) -> bool:
        """Wait for files that are being written; tell whether any is another than last time.

        Args:
            look: What is there: what decides how the files are read, and the stamp of each.
        """
        before = self._known[1] if self._known else None
        shape, stamps = await asyncio.to_thread(look)
        self.writing = self._recent(stamps, before) if self._settle else set()
        for _ in range(_PATIENCE):
            if not self.writing:
                break
            await asyncio.sleep(self._settle)
            last = stamps
            shape, stamps = await asyncio.to_thread(look)
            self.writing = {path for path, stamp in stamps.items() if last.get(path) != stamp}
        changed = self._known != (shape, stamps)
        # What changes at the very time of a look may look the same at the next.
        sure = not self.writing and all(stamp.sure for stamp in stamps.values())
        self._known = (shape, stamps) if sure else None
        return changed or not sure

    def _recent(self, stamps: dict[str, Stamp], before: dict[str, Stamp] | None) -> set[str]:
        """The files that somebody may be writing just now."""
        if before is not None:
            return {path for path, stamp in stamps.items() if before.get(path) != stamp}
        since = (time.time() - self._settle) * 1e9
        return {path for path, stamp in stamps.items() if stamp.written > since}


def stamps(root: Path, paths: Iterable[str]) -> dict[str, Stamp]:
    """The stamps of files below ``root``."""
    return {path: Stamp.of(root / path) for path in paths}
