"""The bot in a process of its own, pointed at the local server, its code untouched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from .server import DiscordServer

BOOTSTRAP = """
import os, runpy, sys
import discord.gateway, discord.http, yarl
discord.http.Route.BASE = os.environ["WIRE_API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["WIRE_GATEWAY"])
del sys.argv[0]
if sys.argv[0].endswith(".py"):
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


class BotProcess:
    """One run of a bot; an async context manager that leaves no process behind.

    What to run is the name of a module, as after ``python -m``, or a path that ends in .py.
    """

    def __init__(
        self,
        server: DiscordServer,
        module: str,
        *args: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._server = server
        self._command = [sys.executable, "-c", BOOTSTRAP, module, *args]
        self._env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
            "WIRE_API": server.api_url,
            "WIRE_GATEWAY": server.gateway_url,
            **(env or {}),
        }
        self._cwd = cwd
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._readies = 0
        self.stdout = ""
        self.stderr = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process, "not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def output(self) -> str:
        """Both streams, for messages of failed tests."""
        return f"--- stdout\n{self.stdout}--- stderr\n{self.stderr}"

    async def start(self) -> None:
        self._readies = self._server.gateway.readies
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._env,
            cwd=self._cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._tasks = [
            asyncio.create_task(self._read("stdout", self._process.stdout)),
            asyncio.create_task(self._read("stderr", self._process.stderr)),
            asyncio.create_task(self._watch()),
        ]

    async def ready(self, within: float = 20.0) -> None:
        """Wait until the gateway has said READY to this process and REST is quiet."""
        gateway = self._server.gateway
        await self._until(lambda: gateway.readies > self._readies, within, "READY")
        await self._server.settle()

    async def line(self, pattern: str, within: float = 10.0) -> re.Match[str]:
        """Wait until a regular expression is found in what the process has written."""
        found: list[re.Match[str]] = []

        def written() -> bool:
            match = re.search(pattern, self.stdout) or re.search(pattern, self.stderr)
            found.extend([match] if match else [])
            return bool(found)

        await self._until(written, within, f"{pattern!r} in the output")
        return found[0]

    async def wait(self, within: float = 10.0) -> int:
        """Wait until the process has ended by itself; return its exit code.

        Raises:
            TimeoutError: Where it does not; the message tells what each of its threads was doing.
        """
        late = False
        try:
            async with asyncio.timeout(within):
                await self.process.wait()
        except TimeoutError:
            late = True
            self.process.send_signal(signal.SIGABRT)
        code = await self.process.wait()
        await asyncio.gather(*self._tasks)
        if late:
            raise TimeoutError(f"it did not end within {within} s\n{self.output}")
        return code

    async def terminate(self, within: float = 10.0) -> int:
        """Ask it to end (SIGTERM); return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.wait(within)

    async def kill(self) -> None:
        """End it at once (SIGKILL), as a crash or a loss of power would."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self.wait()

    async def _until(self, predicate: Callable[[], Any], within: float, what: str) -> None:
        def done() -> bool:
            return not self.running or bool(predicate())

        try:
            await self._server.until(done, within, what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.output}") from None
        if not predicate():
            await self.wait()
            code = self.process.returncode
            raise RuntimeError(f"ended with {code} before {what}\n{self.output}")

    async def _read(self, name: str, stream: asyncio.StreamReader | None) -> None:
        assert stream
        while line := await stream.readline():
            setattr(self, name, getattr(self, name) + line.decode(errors="replace"))
            self._server.pulse()

    async def _watch(self) -> None:
        await self.process.wait()
        self._server.pulse()
