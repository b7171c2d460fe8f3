"""Watching the source: the archive is kept in step, and what became public is planned."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bot.announce import follows, memory
from bot.announce.clock import Clock, utc
from bot.announce.memory import Observed
from bot.errors import EpisodeBotError
from bot.loading import load
from bot.search import encoder, semantic
from bot.sources.source import Source
from bot.sources.watching import changes
from bot.store.archive import Archive
from bot.store.lease import Lease
from bot.store.state import UNUSABLE, State

log = logging.getLogger(__name__)


class Watcher:
    """Looks at the source when it changes, and at the second an episode's date arrives.

    Where nobody tells of changes, every ``every`` seconds. Of the processes with one archive, the
    holder of ``loading`` loads it; of all processes, the holder of ``lease`` plans.
    """

    def __init__(
        self,
        state: State,
        archive: Path,
        source: Source,
        lease: Lease,
        loading: Lease,
        *,
        every: float,
        longest_missed: timedelta,
        show: str = "",
        clock: Clock = utc,
        planned: Callable[[], None] = lambda: None,
    ) -> None:
        self._state = state
        self._archive = archive
        self._source = source
        self._lease = lease
        self._loading = loading
        self._every = every
        self._longest_missed = longest_missed
        self._show = show
        self._clock = clock
        self._planned = planned
        self._woken = asyncio.Event()
        self._loaded = asyncio.Event()
        self._in_step = False
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; ``stop`` ends it."""
        self._tasks = [
            asyncio.create_task(self._run(), name="watcher"),
        ]
        if encoder.available():
            self._tasks.append(asyncio.create_task(self._learn(), name="learner"))
        if self._source.watched:
            self._tasks.append(asyncio.create_task(self._listen(), name="listener"))

    async def stop(self) -> None:
        """End it; a load that is under way goes on at the next start."""
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def alive(self) -> bool:
        """Whether it was started and goes on."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    def wake(self) -> None:
        """Look at the source now."""
        self._woken.set()

    async def _run(self) -> None:
        # A connection of its own: what is half loaded is seen by nobody else.
        async with await Archive.open(self._archive) as archive:
            while True:
                try:
                    if await self._loading.take():  # another process may be doing it
                        await self._load(archive)
                        if await self._lease.take():
                            await self._plan(archive)
                except EpisodeBotError as error:
                    log.error("the source cannot be looked at: %s", error)
                except Exception:  # (the next look may go well)
                    log.exception("looking at the source stumbled")
                await self._sleep()

    async def _listen(self) -> None:
        while not self._stopping.is_set():
            async for _ in changes(self._source.watched, self._stopping):
                self.wake()
            await asyncio.sleep(self._every)

    async def look(self, archive: Archive) -> Observed:
        """Bring the archive in step, and plan what is to be announced."""
        await self._load(archive)
        return await self._plan(archive)

    async def _load(self, archive: Archive) -> None:
        in_step, self._in_step = self._in_step, False
        report = await load(archive, self._source, always=not in_step)
        self._in_step = True
        for error in report.failed:
            log.warning("not loaded: %s", error)
        self._loaded.set()

    async def _plan(self, archive: Archive) -> Observed:
        source, found = await memory.look(archive)
        observed = await self._state.run(
            memory.observe,
            source,
            found,
            self._clock(),
            longest_missed=self._longest_missed,
            show=self._show,
        )
        if observed.first:
            log.info("first look at %s: %d episodes are known, none is news", source, len(found))
        if observed.broken:
            log.error("most episodes have vanished from %s; nothing is taken for gone", source)
        if observed.released:
            log.info("%d episodes became public", len(observed.released))
        await follows.offer(self._state, archive, self._clock(), self._show)
        self._planned()
        return observed

    async def _learn(self) -> None:
        """Learn what new passages mean. At first it takes minutes, for which nothing else waits."""
        while True:
            await self._loaded.wait()
            self._loaded.clear()
            try:
                async with await Archive.open(self._archive) as archive:
                    await semantic.learn(archive)
            except Exception:  # (such as an episode that has just left)
                log.exception("learning what episodes mean stumbled; the next look tries again")

    async def _sleep(self) -> None:
        now, date = self._clock(), None
        with contextlib.suppress(*UNUSABLE):  # (the next look may go well)
            date = await self._state.run(memory.next_date, now)
        seconds = self._every
        if date is not None:
            seconds = min(seconds, max((date - now).total_seconds(), 0.0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # (wait_for may swallow a cancellation)
                await self._woken.wait()
        self._woken.clear()
