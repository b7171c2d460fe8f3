"""Measure a start on an archive that is loaded: ``python -m bench.start [FOLDER]``.

From the start of the process until a member has the first answer, over a local Discord; beside it
a program that imports discord.py and connects, which nobody can be faster than. The two take turns,
and the best of several runs counts: the machine is not alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.__main__ import SAMPLE, judged
from bench.load import ROOT
from bench.loaded import PLAIN, load
from tests.wire.process import BotProcess
from tests.wire.server import TOKEN, DiscordServer

RUNS = 7
IMPORTS = 12  # of the slowest to name

BARE = """
import os
import discord
client = discord.AutoShardedClient(intents=discord.Intents(guilds=True))
client.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""


class Plain(BotProcess):
    """The bot without the optional extra, as its lock file installs it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._command[2] = PLAIN + self._command[2]


class Start(NamedTuple):
    """Seconds from the start of the process."""

    ready: float
    answered: float


async def bare(server: DiscordServer, program: Path) -> float:
    """How long discord.py alone takes to connect."""
    began, readies = time.monotonic(), server.gateway.readies
    async with BotProcess(server, str(program), env={"DISCORD_TOKEN": TOKEN}):
        await server.until(lambda: server.gateway.readies > readies, 60, "READY")
        return time.monotonic() - began


async def start(
    server: DiscordServer, env: dict[str, str], folder: Path, kind: type[BotProcess]
) -> Start:
    """How long the bot takes to connect, and to answer."""
    [guild] = server.world.guilds.values()
    [channel] = guild.channels.values()
    began, readies = time.monotonic(), server.gateway.readies
    async with kind(server, "bot", "run", env=env, cwd=folder) as bot:
        await server.until(lambda: server.gateway.readies > readies, 60, "READY")
        ready = time.monotonic() - began
        await server.slash(guild.owner, channel, "ask", {"question": "backups"}, wait=False)
        answered = time.monotonic() - began
        await bot.terminate()
    return Start(ready, answered)


async def measure(folder: Path, temporary: Path, kind: type[BotProcess]) -> None:
    """Start both again and again, and print the best."""
    env = {
        "DISCORD_TOKEN": TOKEN,
        "ARCHIVE": str(temporary / "archive.sqlite3"),
        "EPISODES": str(folder.resolve()),
        "DEV_GUILD_ID": "",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    program = temporary / "bare.py"
    program.write_text(BARE)
    async with DiscordServer() as server:
        server.world.add_guild("Fans").add_channel("talk")
        await start(server, env, temporary, kind)  # the first registers the commands
        alone: list[float] = []
        ours: list[Start] = []
        for _ in range(RUNS):
            alone.append(await bare(server, program))
            ours.append(await start(server, env, temporary, kind))
    least, ready = min(alone), min(one.ready for one in ours)
    answered = min(one.answered for one in ours)
    print(f"{folder}, Python {sys.version.split()[0]}, load before {os.getloadavg()[0]:.1f}")
    print(f"best of {RUNS}, from the start of the process:")
    print(f"  discord.py alone, connected  {least:.2f} s")
    print(f"  the bot, connected           {ready:.2f} s")
    print(f"  the bot, first answer        {judged(answered, 2, ' s')}")
    print(f"    beside discord.py alone    {judged(answered / least, 1.5, 'x')}")


def imports() -> None:
    """Print which of the bot's imports take longest, what they import not counted."""
    command = [sys.executable, "-X", "importtime", "-c", "import bot.client"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    rows = [line.removeprefix("import time:").split("|") for line in told.stderr.splitlines()[1:]]
    times = sorted(((int(row[0]), row[2].strip()) for row in rows if len(row) == 3), reverse=True)
    print(f"\nimports, ms by themselves ({sum(time for time, _ in times) / 1000:.0f} in all):")
    for microseconds, name in times[:IMPORTS]:
        print(f"  {microseconds / 1000:6.1f}  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--semantic", action="store_true", help="with the optional extra")
    options = parser.parse_args()
    kind = BotProcess if options.semantic else Plain
    with tempfile.TemporaryDirectory() as temporary:
        load(options.folder, Path(temporary) / "archive.sqlite3", learn=False)
        asyncio.run(measure(options.folder, Path(temporary), kind))
    imports()


if __name__ == "__main__":
    main()
