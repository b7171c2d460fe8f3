"""Whether the event loop comes round in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

_EVERY = 1.0  # seconds


class Pulse:
    """Beats once a second, and tells how late each beat was."""

    def __init__(self, lagged: Callable[[float], None]) -> None:
        self._lagged = lagged
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; ``stop`` ends it."""
        self._task = asyncio.create_task(self._beat(), name="pulse")

    async def stop(self) -> None:
        """End it."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def late(self) -> float:
        """How many seconds ago the next beat should have been."""
        return max(asyncio.get_running_loop().time() - self._due, 0.0)

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self._due = clock() + _EVERY
            await asyncio.sleep(_EVERY)
            self._lagged(self.late)
