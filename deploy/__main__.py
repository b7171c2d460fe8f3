"""``python -m deploy``: carry out the Dockerfile without Docker, and run what it makes.

The same steps in a new virtual environment, then the same entry point as a user without rights
on a tree that nobody may write to, against a local Discord: does it start, answer, count as
healthy, keep its data where the volume is, and stop when it is told to?
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.dockerfile import Image, build
from tests.wire.process import BotProcess
from tests.wire.server import DiscordServer

ROOT = Path(__file__).parent.parent
GRACE = 15.0  # seconds, as docker-compose.yml has it

# Points discord.py at the local Discord, before the image's own code runs.
REDIRECT = """
import os, discord.gateway, discord.http, yarl
discord.http.Route.BASE = os.environ["WIRE_API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["WIRE_GATEWAY"])
"""


class Container(BotProcess):
    """The image's entry point, as its user, with nothing but its own environment."""

    def __init__(self, server: DiscordServer, image: Image, redirect: Path) -> None:
        super().__init__(server, "bot", cwd=Path(image.cwd))
        self._env = {
            **image.env,
            "WIRE_API": server.api_url,
            "WIRE_GATEWAY": server.gateway_url,
            "PYTHONPATH": str(redirect),
            "DISCORD_TOKEN": server.token,
        }
        self._image = image
        self._command = self.within(image.command)

    def within(self, command: list[str]) -> list[str]:
        """A command as the image's user, who gets no further rights."""
        if os.getuid():
            return command
        user = str(self._image.user)
        groups = ["--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
        return ["setpriv", *groups, *command]

    def healthy(self) -> bool:
        """What the image's health check says."""
        checked = subprocess.run(
            self.within(self._image.health), env=self._env, cwd=self._image.cwd, check=False
        )
        return checked.returncode == 0


def protect(image: Image, volume: Path) -> None:
    """Take everybody's right to write, except below the volume."""
    for folder, _, files in os.walk(image.root):
        if Path(folder) == volume or volume in Path(folder).parents:
            continue
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        Path(folder).chmod(0o555)


async def run(image: Image, redirect: Path) -> list[str]:
    """Run the image; return what is wrong with it."""
    wrong: list[str] = []

    def check(what: str, fine: bool) -> None:
        print(f"  {'fine' if fine else 'WRONG'}: {what}", flush=True)
        if not fine:
            wrong.append(what)

    [volume] = [Path(image.inside(place)) for place in image.volumes]
    check(f"the user is not root ({image.user})", image.user != 0)
    check("the volume is the user's own", volume.stat().st_uid == image.user)
    check("nobody else may look into it", volume.stat().st_mode & 0o077 == 0)
    async with DiscordServer(token="dry.run.token") as server:
        guild = server.world.add_guild("Fans")
        talk = guild.add_channel("talk")
        async with Container(server, image, redirect) as bot:
            await bot.line("Connected", 60)
            await bot.ready()
            seen = await server.slash(guild.owner, talk, "ask", {"question": "API keys"})
            check("it answers", "Rate Limits" in seen.text)
            check("it counts as healthy", await asyncio.to_thread(bot.healthy))
            check("it stops in time, with code 0", await bot.terminate(GRACE) == 0)
            check("it counts as healthy no longer", not await asyncio.to_thread(bot.healthy))
            check("it complains of nothing", " ERROR " not in bot.stderr)
    kept = {path.name for path in volume.iterdir()}
    check("its data is in the volume", {"archive.sqlite3", "state.sqlite3"} <= kept)
    return wrong


def main() -> int:
    """Build, protect, run; 1 where something is wrong."""
    with tempfile.TemporaryDirectory(prefix="image-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        redirect = folder / "redirect"
        redirect.mkdir()
        (redirect / "sitecustomize.py").write_text(REDIRECT)
        print("Building:")
        image = build(ROOT / "Dockerfile", folder / "image", user=os.getuid() or None)
        protect(image, Path(image.inside(image.volumes[0])))
        print("Running:")
        wrong = asyncio.run(run(image, redirect))
        for path in image.root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)  # so that it can be removed again
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
