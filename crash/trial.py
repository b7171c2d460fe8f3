"""One worker of the crash test: a server, a show, and a bot that is killed again and again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.store.server import Server
from tests.announce.show import Show, announced
from tests.wire.messages import CROSSPOSTED
from tests.wire.process import BotProcess
from tests.wire.server import DiscordServer
from tests.wire.state import Channel, Kind
from tests.wire.traffic import Fault

PATIENCE = 60.0  # seconds until a delivery that is not done counts as unfinished

POST_STEPS = (
    "before the request arrives",
    "request arrives after the death",
    "carried out, no reply yet",
    "just replied",
)
CHORES = ("crosspost", "thread")
TROUBLES = (
    "500 instead",
    "500 after it was done",
    "502 after it was done",
    "429",
    "connection dropped before",
    "connection dropped after it was done",
    "gateway closed",
    "gateway lost",
    "session invalid",
)


@dataclass
class Tally:
    """What happened: kills and troubles by name, posts that should be there, and what was wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    lost: int = 0
    duplicated: int = 0
    unfinished: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether every delivery ended as exactly one message."""
        return not (self.lost or self.duplicated or self.unfinished)

    def add(self, other: Tally) -> None:
        """Take in another worker's."""
        self.kills += other.kills
        self.troubles += other.troubles
        self.deliveries += other.deliveries
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.unfinished += other.unfinished
        self.slowest = max(self.slowest, other.slowest)


class Trial:
    """Announces one episode after another to four kinds of places, killing the bot meanwhile.

    The ledger is a file, or a database on PostgreSQL.
    """

    def __init__(
        self,
        seed: int,
        *,
        program: str = "bot",
        env: dict[str, str] | None = None,
        database: Server | None = None,
    ):
        self._database = database
        self._random = random.Random(seed)
        self._program = program
        # A naive dispatcher knows text channels only, and no chores.
        self._chores = CHORES if program == "bot" else ()
        self._env = env or {}
        self._episode = 1
        self.tally = Tally()

    async def run(self, kills: int, *, steps: tuple[str, ...] | None = None) -> Tally:
        """Go on until the bot was killed so many times; ``steps`` chooses among the steps."""
        with tempfile.TemporaryDirectory(prefix="crash-") as folder:
            async with DiscordServer() as server:
                await self._set_up(server, Path(folder))
                try:
                    while self.tally.kills.total() < kills:
                        await self._round(kills, steps)
                finally:
                    if self._bot:
                        await self._bot.kill()
        return self.tally

    async def _set_up(self, server: DiscordServer, folder: Path) -> None:
        self._server = server
        self._show = Show(folder, self._database)
        self._show.write(self._episode)
        self._guild = server.world.add_guild()
        await self._show.prepare()
        self._move()
        self._bot: BotProcess | None = None
        bot = await self._start()
        await bot.line("first look")

    def _move(self) -> None:
        """Announce in new channels: in one, no more than ten posts an hour are published."""
        self._text = self._guild.add_channel("text")
        self._news = self._guild.add_channel("news", Kind.ANNOUNCEMENT)
        self._forum = self._guild.add_channel("forum", Kind.FORUM)
        self._plain = self._guild.add_channel("plain")
        self._channels = [self._text, self._plain]
        if self._chores:
            self._channels += [self._news, self._forum]
        with self._show.open() as db:
            db.execute("DELETE FROM subscription")
        db.close()
        self._show.subscribe(self._text, thread=bool(self._chores))
        self._show.subscribe(self._plain)
        if self._chores:
            self._show.subscribe(self._news, crosspost=True)
            self._show.subscribe(self._forum)

    async def _start(self) -> BotProcess:
        if self._bot is None:
            self._bot = self._show.bot(self._server, self._program, **self._env)
            await self._bot.start()
        return self._bot

    async def _kill(self, step: str) -> None:
        if self._bot:
            await self._bot.kill()
            self._bot = None
            self.tally.kills[step] += 1

    async def _round(self, kills: int, steps: tuple[str, ...] | None) -> None:
        """Release an episode, kill the bot some times on the way, and count the posts."""
        self._episode += 1
        if self._episode % 8 == 0:
            self._move()
        title = f"Episode {self._episode} of {self._random.randrange(10**6)}"
        if self._random.random() < 0.5:
            await self._start()
        self._show.write(self._episode, title)
        for _ in range(self._random.randint(2, 7)):
            if self.tally.kills.total() >= kills:
                break
            if not await self._one_kill(title, steps):
                break
        if steps is None:
            await self._trouble(title)
        await self._finish(title)

    async def _one_kill(self, title: str, steps: tuple[str, ...] | None) -> bool:
        """Kill the bot at a step that is still to come; False where nothing is."""
        waiting = [place for place in self._channels if not announced(place, title)]
        choices = list(POST_STEPS) * bool(waiting) + ["at a random instant", "while settling"]
        choices += [kind for kind in self._chores if not self._chore_done(kind, title)]
        if steps is not None:
            choices = [step for step in choices if step in steps]
        if not choices or (steps is not None and not waiting):
            return False
        step = self._random.choice(choices)
        if step == "at a random instant":
            await self._start()
            await asyncio.sleep(self._random.uniform(0, 1.3))
            await self._kill(step)
            return True
        fault, after = self._fault(step, self._random.choice(waiting) if waiting else self._text)
        await self._start()
        hit = await self._hit(fault, title, carried_out=after)
        if hit and step == "just replied":
            fault.release()
            await asyncio.sleep(self._random.uniform(0, 0.01))
        if hit:
            await self._kill(step)
        fault.times = 0
        fault.release()
        await self._server.until(lambda: not self._server._in_flight, 30)
        return hit

    def _fault(self, step: str, place: Channel) -> tuple[Fault, bool]:
        """What holds the bot at a step, and whether the request was carried out by then."""
        ends = "threads$" if place is self._forum else "messages$"
        path = rf"/channels/{place.id}/{ends}"
        inject = self._server.inject
        match step:
            case "before the request arrives":
                return inject("POST", path, hold=True, drop=True), False
            case "request arrives after the death":
                return inject("POST", path, hold=True), False
            case "carried out, no reply yet":
                return inject("POST", path, hold=True, drop=True, after=True), True
            case "just replied":
                return inject("POST", path, hold=True, after=True), True
            case "while settling":
                path = r"/messages(/\d+)?$|/threads/(active|archived/public)$"
                return inject("GET", path, hold=True), False
        route = "/crosspost$" if step == "crosspost" else r"/messages/\d+/threads$"
        after = self._random.random() < 0.5
        return inject("POST", route, hold=True, drop=True, after=after), after

    async def _hit(self, fault: Fault, title: str, *, carried_out: bool) -> bool:
        """Wait until the bot is at the step; False where it is past it."""

        def there() -> bool:
            hits = fault.hits
            return bool(hits) and (not carried_out or hits[0].carried_out)

        def over() -> bool:
            return all(announced(place, title) for place in self._channels) and all(
                self._chore_done(kind, title) for kind in self._chores
            )

        with contextlib.suppress(TimeoutError):
            await self._server.until(lambda: there() or over(), 15 if self._chores else 3)
        return there()

    def _chore_done(self, kind: str, title: str) -> bool:
        found = announced(self._news if kind == "crosspost" else self._text, title)
        if not found:
            return False
        return bool(found[0].flags & CROSSPOSTED) if kind == "crosspost" else bool(found[0].thread)

    async def _trouble(self, title: str) -> None:
        """Let the server fail in one way while the bot goes on."""
        trouble = self._random.choice(TROUBLES)
        waiting = [place for place in self._channels if not announced(place, title)]
        self.tally.troubles[trouble] += 1
        if trouble.startswith(("gateway", "session")):
            bot = await self._start()
            with contextlib.suppress(TimeoutError, RuntimeError, AssertionError):
                await self._server.until(lambda: self._server.gateway.connected, 10)
                gateway = self._server.gateway
                match trouble:
                    case "gateway closed":
                        await gateway.close(4000)
                    case "gateway lost":
                        gateway.drop()
                    case _:
                        await gateway.invalidate()
            assert bot.running, bot.output
            return
        place = self._random.choice(waiting) if waiting else self._text
        path = rf"/channels/{place.id}/{'threads' if place is self._forum else 'messages'}$"
        after = "done" in trouble
        if trouble[0].isdigit():
            self._server.inject("POST", path, status=int(trouble[:3]), after=after)
        else:
            self._server.inject("POST", path, drop=True, after=after)

    async def _finish(self, title: str) -> None:
        """Let the bot finish, and count."""
        bot = await self._start()
        started = time.monotonic()
        while not self._settled():
            if time.monotonic() - started > PATIENCE:
                self.tally.unfinished.append(f"{title}: {self._show.states()[-4:]}\n{bot.output}")
                break
            assert bot.running, bot.output
            await asyncio.sleep(0.03)
        for fault in self._server._faults:
            fault.times = 0
        self.tally.slowest = max(self.tally.slowest, time.monotonic() - started)
        for place in self._channels:
            count = len(announced(place, title))
            self.tally.deliveries += 1
            self.tally.lost += count == 0
            self.tally.duplicated += max(count - 1, 0)
        undone = [kind for kind in self._chores if not self._chore_done(kind, title)]
        if undone:
            self.tally.unfinished.append(f"{title}: {undone} not done")

    def _settled(self) -> bool:
        """Whether the ledger says that this episode is announced everywhere, chores and all."""
        sent = self._show.rows("SELECT count(*) FROM delivery WHERE state = 'sent'")[0][0]
        chores = self._show.rows("SELECT count(*) FROM chore WHERE state = 'planned'")[0][0]
        return sent >= (self._episode - 1) * len(self._channels) and not chores
