"""One run of the soak: members, releases, failures and restarts, all at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench.load import Load, LoadServer, Words
from bot.store.archive import Archive
from soak.figures import PRELUDE, Life, Slope, slope
from tests.announce.show import Show, announced
from tests.wire.process import BotProcess
from tests.wire.state import Channel, Kind

WORKERS = 4  # members who do something at any time
PAUSE = 0.4  # seconds that each waits in between
SAMPLE = 1.0  # seconds between looks at the process
PATIENCE = 60.0  # seconds that the last announcements may take
FIRST = 5001  # the number of the first episode that comes out


@dataclass
class Pace:
    """Seconds between events."""

    restart: float = 120.0
    drop: float = 35.0
    release: float = 20.0
    change: float = 15.0


@dataclass
class Outcome:
    """What happened, and what was wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    interactions: int = 0
    disturbed: int = 0  # interactions under way while the bot was away
    unanswered: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)

    @property
    def slope(self) -> Slope | None:
        """How memory grows."""
        return slope(self.lives)

    def growth(self, what: str) -> int:
        """The most that any process held more of at its end."""
        return max((life.growth(what) for life in self.lives), default=0)

    @property
    def leaks(self) -> list[str]:
        """What grows with a process's age, in words."""
        # A connection or a thread may be opened for the first time late in a life.
        allowed = {"tasks": 0, "files": 0, "connections": 2}
        grown = {what: self.growth(what) for what in allowed}
        return [f"{count} more {what}" for what, count in grown.items() if count > allowed[what]]

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, unanswered or left over."""
        return not (self.unanswered or self.errors or self.lost or self.doubled or self.leaks)


class Soak:
    """A show, a local Discord, and a bot that is not left in peace."""

    def __init__(self, episodes: Path, folder: Path, seed: int, pace: Pace) -> None:
        self._episodes = episodes
        self._folder = folder
        self._chance = random.Random(seed)
        self._pace = pace
        self._show = Show(folder / "show")
        self._tasks = folder / "tasks.json"
        self._calm = asyncio.Event()
        self._disturbances = 0
        self._disturbing = asyncio.Lock()
        self._released = 0
        self._troubles = cycle(["lost", "asked to reconnect", "closed", "session invalid"])
        self._ends = cycle(["killed (SIGKILL)", "stopped (SIGTERM)"])
        self.outcome = Outcome()

    async def run(self, seconds: float) -> Outcome:
        """Go on for so long; in the second half, the bot is not restarted any more."""
        for path in self._episodes.glob("*.md"):
            shutil.copy(path, self._show.episodes)
        await self._show.prepare()
        async with await Archive.open(self._show.archive) as archive:
            words = await Words.of(archive, self._chance)
        async with LoadServer() as server:
            self._server = server
            self._load = Load(server, words, self._chance)
            guild = server.world.add_guild("Readers")
            self._places = [
                guild.add_channel("news"),
                guild.add_channel("forum", Kind.FORUM),
                guild.add_channel("talked-about"),
            ]
            self._show.subscribe(*self._places[:2])
            self._show.subscribe(self._places[2], thread=True)
            self._bot = await self._started()
            try:
                await self._bot.line("first look", 60)
                await self._all_at_once(seconds)
                await self._finish()
                await self._stop()
            finally:
                await self._bot.kill()
            server.check_all()
            self.outcome.errors += [*server.violations, *self._load.errors]
        return self.outcome

    async def _all_at_once(self, seconds: float) -> None:
        work = [self._member(words=n == 0) for n in range(WORKERS)]
        work += [
            self._every(SAMPLE, self._look, seconds),
            self._every(self._pace.release, self._release, seconds),
            self._every(self._pace.change, self._change, seconds),
            self._every(self._pace.drop, self._disturb_gateway, seconds),
            self._every(self._pace.restart, self._restart, seconds / 2),
        ]
        tasks = [asyncio.create_task(one) for one in work]
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def _every(
        self, pause: float, act: Callable[[], Awaitable[None]], seconds: float
    ) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() + pause < until:
            await asyncio.sleep(pause)
            await act()

    # Members.

    async def _member(self, *, words: bool) -> None:
        while True:
            await self._calm.wait()
            left = self._load.words
            if words and min(len(left.asked), len(left.lines)) < 100:
                await self._refill()
            before, failed = self._disturbances, len(self._load.unanswered)
            await self._load.one()
            self.outcome.interactions += 1
            told, self._load.unanswered[failed:] = self._load.unanswered[failed:], []
            if before != self._disturbances:
                self.outcome.disturbed += 1
            else:
                self.outcome.unanswered += told
            await asyncio.sleep(PAUSE)

    async def _refill(self) -> None:
        async with await Archive.open(self._show.archive) as archive:
            self._load.words = await Words.of(archive, self._chance)

    # The source.

    async def _release(self) -> None:
        """A new episode is there."""
        self._released += 1
        number = FIRST + self._released
        self._show.write(number, self._title(number))
        self.outcome.counts["episodes released"] += 1

    @staticmethod
    def _title(number: int) -> str:
        return f"Release {number} of the soak"

    async def _change(self) -> None:
        """An old episode is corrected, renamed, or leaves and comes back."""
        old = sorted(self._show.episodes.glob("episode-?-*.md"))
        path = self._chance.choice(old)
        what = self._chance.choice(["corrected", "renamed", "removed for a moment"])
        if what == "corrected":
            text = path.read_text(encoding="utf-8")
            path.write_text(f"{text}\nCorrected {time.time()}.\n", encoding="utf-8")
        elif what == "renamed":
            stem = path.stem.partition("-renamed")[0]
            path.rename(path.with_stem(f"{stem}-renamed-{self._chance.randrange(99)}"))
        else:
            away = path.with_suffix(".away")
            path.rename(away)
            await asyncio.sleep(1)
            away.rename(path)
        self.outcome.counts[f"episodes {what}"] += 1

    # Failures.

    @asynccontextmanager
    async def _disturbance(self) -> AsyncGenerator[None]:
        """The bot is away: members wait, and what is under way may stay unanswered."""
        async with self._disturbing:
            self._calm.clear()
            self._disturbances += 1
            try:
                yield
            finally:
                self._disturbances += 1
                self._calm.set()

    async def _disturb_gateway(self) -> None:
        gateway = self._server.gateway
        what = next(self._troubles)
        async with self._disturbance():
            back = gateway.readies + gateway.resumes
            if what == "asked to reconnect":
                await gateway.reconnect()
            elif what == "closed":
                await gateway.close(4000)
            elif what == "lost":
                gateway.drop()
            else:
                await gateway.invalidate()
            await self._server.until(
                lambda: gateway.readies + gateway.resumes > back and gateway.connected,
                60,
                "the bot to come back",
            )
        self.outcome.counts[f"gateway {what}"] += 1

    async def _restart(self) -> None:
        how = next(self._ends)
        async with self._disturbance():
            if how.startswith("killed"):
                await self._bot.kill()
                self._note_errors()
            else:
                await self._stop()
            self._bot = await self._started()
        self.outcome.counts[how] += 1

    async def _started(self) -> BotProcess:
        bot = self._show.bot(
            self._server,
            SOAK_TASKS=str(self._tasks),
            WATCH_SECONDS="1",
            LOG_LEVEL="WARNING" if self.outcome.lives else "INFO",
            PYTHONPATH=os.getcwd(),  # noqa: PTH109
        )
        bot._command[2] = PRELUDE + bot._command[2]
        self._tasks.unlink(missing_ok=True)
        await bot.start()
        self.outcome.lives.append(Life(bot.pid, time.monotonic()))
        await bot.ready(60)
        self._calm.set()
        return bot

    async def _stop(self) -> None:
        if code := await self._bot.terminate(15):
            self.outcome.errors.append(f"SIGTERM ended it with code {code}")
        self._note_errors()

    def _note_errors(self) -> None:
        lines = self._bot.stderr.splitlines()
        self.outcome.errors += [line for line in lines if " ERROR " in line or "Traceback" in line]

    # The figures.

    async def _look(self) -> None:
        self.outcome.lives[-1].look(time.monotonic(), self._tasks)

    async def _finish(self) -> None:
        """Let the bot send what is left, and count."""
        titles = [self._title(FIRST + n + 1) for n in range(self._released)]

        def missing() -> list[tuple[Channel, str]]:
            return [(p, t) for p in self._places for t in titles if not announced(p, t)]

        with contextlib.suppress(TimeoutError):
            await self._server.until(lambda: not missing(), PATIENCE, "the last announcements")
        self.outcome.lost = [f"{title} in #{place.name}" for place, title in missing()]
        self.outcome.doubled = [
            f"{title} in #{place.name}"
            for place in self._places
            for title in titles
            if len(announced(place, title)) > 1
        ]
        self.outcome.counts["announcements due"] = len(titles) * len(self._places)
