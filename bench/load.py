"""Put a load on the bot over a local Discord: ``python -m bench.load [FOLDER]``.

The bot runs unmodified in a process of its own, on an archive that was loaded beforehand; the
local Discord runs in this one. What the bot sends is checked against Discord's limits, and its
OpenAPI description where it is at hand, when all is over: both processes share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.__main__ import SAMPLE, percentiles, questions
from bench.loaded import load
from bot.search.reading import public_entries
from bot.store.archive import Archive
from tests.wire.client import Conversation, NoAnswerError
from tests.wire.errors import ApiError
from tests.wire.interactions import DEFER, DEFER_UPDATE
from tests.wire.process import BotProcess
from tests.wire.routing import Call
from tests.wire.server import TOKEN, DiscordServer
from tests.wire.state import Channel, User

INTERACTIONS = 2000
AT_ONCE = 100
MEMBERS = 1000  # so many that none of them is refused for asking too often
ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
DESCRIPTION = SHARED / "discord-api" / "openapi.json"

# Runs in the bot's event loop beside the bot: how late is it each time that it wants to wake?
WATCHER = """
import asyncio, os, sys, time
if "LOAD_PLAIN" in os.environ:
    sys.modules["onnxruntime"] = None
plain_run = asyncio.run
async def watch(lags):
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.002)
        lags.write(f"{before} {time.monotonic() - before - 0.002}\\n")
def watched_run(main, **options):
    async def both():
        with open(os.environ["LOAD_LAGS"], "w") as lags:
            watcher = asyncio.create_task(watch(lags))
            try:
                return await main
            finally:
                watcher.cancel()
    return plain_run(both(), **options)
asyncio.run = watched_run
"""

# The same in a process that does nothing else: how late does the machine itself make it?
IDLE = """
import sys, time
with open(sys.argv[1], "w") as lags:
    try:
        while True:
            before = time.monotonic()
            time.sleep(0.002)
            lags.write(f"{before} {time.monotonic() - before - 0.002}\\n")
    except KeyboardInterrupt:
        pass
"""


class WatchedProcess(BotProcess):
    """The bot with a watcher in its event loop."""

    def __init__(self, server: DiscordServer, *args: str, lags: Path, **more: Any) -> None:
        super().__init__(server, *args, **more)
        self._command[2] = WATCHER + self._command[2]
        self._env["LOAD_LAGS"] = str(lags)

    def memory(self, what: str) -> float:
        """A figure of the kernel's about the process, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition(f"{what}:")[2].split()[0]) / 1024

    def seconds(self) -> float:
        """The processor time it has used, in user and system mode."""
        times = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


class LoadServer(DiscordServer):
    """A local Discord that spends little time while it is measured with."""

    def __init__(self) -> None:
        super().__init__(DESCRIPTION if DESCRIPTION.is_file() else None)
        self._unchecked: list[tuple[Call, str | None, int]] = []

    def check(self, call: Call, kind: str | None = None, *, flags: int = 0) -> None:
        self._unchecked.append((call, kind, flags))

    def check_all(self) -> None:
        """Check what ``check`` has put off."""
        for call, kind, flags in self._unchecked:
            try:
                super().check(call, kind, flags=flags)
            except ApiError as error:
                self.violations += [f"{call.exchange} {line}" for line in error.lines]

    async def until(
        self, predicate: Callable[[], Any], within: float = 10.0, what: str = "it"
    ) -> Any:
        """Look again and again: to wake everybody whenever something happens costs more."""
        deadline = time.monotonic() + within
        while not (found := predicate()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {within:g} s in vain for {what}")
            await asyncio.sleep(0.005)
        return found

    async def settle(self, rounds: int = 5, within: float = 30.0) -> None:
        """There is no quiet under load."""


class Words:
    """What members type, drawn from the archive itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.lines: list[str] = []
        self.people: list[str] = []
        self.titles: list[str] = []
        self.categories: list[str] = []

    @classmethod
    async def of(cls, archive: Archive, chance: random.Random) -> Words:
        words = cls()
        words.asked, words.lines = await questions(archive, chance, INTERACTIONS)
        entries = list((await public_entries(archive)).values())
        words.people = sorted({name for e in entries for name in (*e.hosts, *e.guests)})
        words.titles = [entry.title for entry in entries]
        words.categories = sorted({name for entry in entries for name in entry.categories})
        return words


class Load:
    """Members, and what they do: 70 % commands, 20 % autocompletions, 10 % buttons and menus."""

    def __init__(self, server: LoadServer, words: Words, chance: random.Random) -> None:
        guild = server.world.add_guild("Fans")
        self._server = server
        self.words = words
        self._chance = chance
        self._channels = [guild.add_channel(f"talk-{n}") for n in range(10)]
        members = [guild.add_member(server.world.add_user(f"fan{n}")) for n in range(MEMBERS)]
        self._users = cycle([member.user for member in members])
        self._shown: list[Conversation] = []
        self._acts = [self._command] * 70 + [self._suggest] * 20 + [self._use] * 10
        self.times: list[float] = []
        """How many ms each took until all of its answer was there."""
        self.unanswered: list[str] = []
        self.errors: list[str] = []

    async def one(self) -> None:
        """Do one thing at random."""
        await self._one(self._chance.choice(self._acts))

    async def run(self) -> None:
        """Do everything, so much at once."""
        acts = self._acts
        todo = [acts[n % 100] for n in range(INTERACTIONS)]
        self._chance.shuffle(todo)
        left = iter(todo)

        async def member() -> None:
            for act in left:
                await self._one(act)

        await asyncio.gather(*(member() for _ in range(AT_ONCE)))

    async def _one(self, act: Callable[[User, Channel], Awaitable[Conversation | None]]) -> None:
        user, channel = next(self._users), self._chance.choice(self._channels)
        started = time.monotonic()
        try:
            seen = await act(user, channel)
        except (NoAnswerError, TimeoutError) as error:
            self.unanswered.append(str(error))
            return
        self.times.append((time.monotonic() - started) * 1000)
        if seen is None:
            return
        if "Something went wrong on my side" in seen.text or "One moment" in seen.text:
            self.errors.append(seen.text)
        if seen.messages and not seen.ephemeral:
            self._shown.append(seen)

    async def _command(self, user: User, channel: Channel) -> Conversation:
        name, option, texts = self._chance.choice(
            [("ask", "question", self.words.asked), ("quote", "text", self.words.lines)]
        )
        return await self._server.slash(user, channel, name, {option: texts.pop()})

    async def _suggest(self, user: User, channel: Channel) -> None:
        name, option, texts = self._chance.choice(
            [
                ("quote", "speaker", self.words.people),
                ("episode", "episode", self.words.titles),
                ("browse", "category", self.words.categories),
                ("person", "name", self.words.people),
            ]
        )
        typed = self._chance.choice(texts)
        typed = typed[: self._chance.randint(0, len(typed))]
        await self._server.autocomplete(user, channel, name, {option: typed}, option)

    async def _use(self, user: User, channel: Channel) -> Conversation:
        while self._shown:
            message = self._chance.choice(self._shown).message
            if message.selects and self._chance.random() < 0.3:
                control = message.selects[0]
                value = self._chance.choice(control.options)["value"]
                return await self._server.choose(user, message, control, [value])
            if found := [button for button in message.buttons if button.custom_id]:
                return await self._server.press(user, message, self._chance.choice(found))
        return await self._command(user, channel)


async def measure(folder: Path, temporary: Path, *, extra: bool) -> None:
    """Run it, and print the figures."""
    chance = random.Random(11)
    path = temporary / "archive.sqlite3"
    async with await Archive.open(path) as archive:
        counts = await archive.counts()
        words = await Words.of(archive, chance)
    print(f"{folder}: {counts.episodes} episodes, {counts.turns} turns")
    before = f"load before {os.getloadavg()[0]:.1f}"
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {before}")
    env = {
        "DISCORD_TOKEN": TOKEN,
        "ARCHIVE": str(path),
        "EPISODES": str(folder.resolve()),
        "DEV_GUILD_ID": "",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
        **({} if extra else {"LOAD_PLAIN": "1"}),
    }
    async with LoadServer() as server:
        load = Load(server, words, chance)
        lags = temporary / "lags"
        async with WatchedProcess(server, "bot", "run", lags=lags, env=env, cwd=temporary) as bot:
            await bot.line("Connected", 60)
            used, own, began = bot.seconds(), time.process_time(), time.monotonic()
            idle = await asyncio.create_subprocess_exec(
                sys.executable, "-c", IDLE, temporary / "idle"
            )
            await load.run()
            idle.send_signal(signal.SIGINT)
            await idle.wait()
            ended, used, own = time.monotonic(), bot.seconds() - used, time.process_time() - own
            peak, now = bot.memory("VmHWM"), bot.memory("VmRSS")
            code = await bot.terminate()
        server.check_all()
    errors = load.errors + [line for line in bot.stderr.splitlines() if " ERROR " in line]
    errors += [f"exit code {code}"] * bool(code)
    first = sorted(seconds * 1000 for _, seconds in server.timings)
    deferred = sum(one.answer in (DEFER, DEFER_UPDATE) for one in server.interactions.all)
    late, alone = late_between(lags, began, ended), late_between(temporary / "idle", began, ended)
    print(f"\n{INTERACTIONS} interactions, {AT_ONCE} at once, in {ended - began:.1f} s")
    print(f"  unanswered         {judged(len(load.unanswered), 0)}")
    print(f"  errors             {judged(len(errors), 0)}")
    print(f"  violations         {judged(len(server.violations), 0)}")
    print(f"  first response     {spread(first)}; {deferred} were deferred")
    print(f"    p99              {judged(percentiles(first)[2], 1000, ' ms')}")
    print(f"  whole answer       {spread(sorted(load.times))}")
    print(f"  event loop late    {spread(late)}")
    print(f"    blocked at most  {judged(late[-1], 50, ' ms')}")
    print(f"    an idle process  {spread(alone)}")
    print(f"  memory             {now:.0f} MB at the end, peak {judged(peak, 250, ' MB')}")
    print(f"  processor time     {used:.1f} s of the bot, {own:.1f} s of the local Discord")
    for line in [*load.unanswered, *errors, *server.violations][:20]:
        print(f"  {line[:300]}")
    print(bot.stderr[-5000:], file=sys.stderr)


def late_between(lags: Path, since: float, until: float) -> list[float]:
    """How late a watcher woke, in ms, in a span of time."""
    pairs = [tuple(map(float, line.split())) for line in lags.read_text().splitlines()]
    return sorted(lag * 1000 for at, lag in pairs if since <= at <= until)


def spread(times: list[float]) -> str:
    middle, most, nearly_all = percentiles(times)
    return f"p50 {middle:.0f}, p95 {most:.0f}, p99 {nearly_all:.0f}, max {times[-1]:.0f} ms"


def judged(value: float, goal: float, unit: str = "") -> str:
    outcome = "met" if value <= goal else "MISSED"
    return f"{value:.0f}{unit} (goal: at most {goal:g}{unit}, {outcome})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--semantic", action="store_true", help="with the optional extra")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "archive.sqlite3"
        load(options.folder, path, learn=options.semantic)
        asyncio.run(measure(options.folder, Path(temporary), extra=options.semantic))


if __name__ == "__main__":
    main()
