"""A release while everybody watches: the sample show's newest episode comes out once more."""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import timedelta
from pathlib import Path

from bot.announce import deliveries
from bot.announce.clock import utc
from bot.announce.watcher import Watcher
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from tests.cogs.stage import Stage

SHOW = Path(__file__).parent.parent / "data"
NEWEST = "episode-13-mail-that-arrives.md"
_DATE = re.compile(r'^date = ".*"$', re.M)
_PATIENCE = 10.0  # seconds for what is sent


class Newsroom:
    """The show in a folder of its own, without its newest public episode until ``publish``."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._show = stage.settings.archive.parent / "show"
        bot = stage.bot
        shutil.copytree(SHOW, self._show)
        self._newest = self._show / "episodes" / NEWEST
        self._text = self._newest.read_text(encoding="utf-8")
        self._newest.unlink()
        self._watcher = Watcher(
            bot.state,
            stage.settings.archive,
            FolderSource(self._show / "episodes"),
            bot.planning,
            bot.planning,
            every=3600,
            longest_missed=timedelta(days=7),
            planned=bot.dispatcher.wake,
        )

    async def look(self) -> None:
        """Look at the folder, as the running bot does."""
        async with await Archive.open(self._stage.settings.archive) as archive:
            await self._watcher.look(archive)

    async def publish(self) -> None:
        """Let the newest episode come out now, and send all that follows from it."""
        dated = _DATE.sub(f'date = "{utc():%Y-%m-%dT%H:%M:%SZ}"', self._text, count=1)
        self._newest.write_text(dated, encoding="utf-8")
        await self.look()
        await self.send()

    async def send(self) -> None:
        """Send what is planned."""
        bot = self._stage.bot
        await bot.sending.take()
        bot.dispatcher.start()
        async with asyncio.timeout(_PATIENCE):
            while await bot.state.run(deliveries.next_due) is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await bot.dispatcher.stop()
        await bot.sending.release()


async def first_look(stage: Stage) -> Newsroom:
    """A show of which nothing is news yet."""
    room = Newsroom(stage)
    await stage.bot.planning.take()
    await room.look()
    return room
