"""The heartbeat: a file that tells other processes that the bot is alive, and connected.

A health check thus needs no port. Where the event loop itself stands still, the process ends,
for whoever supervises it to start another.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

log = logging.getLogger(__name__)

EVERY = 15.0  # seconds between beats
_LATE = 60.0  # seconds without a beat until the bot is taken for stuck
_AWAY = 600.0  # seconds without Discord until that counts as an illness
HUNG = 180.0  # seconds without a beat until the process ends itself


class Health(NamedTuple):
    """Whether the bot is well, and why (not), in a line."""

    well: bool
    why: str


class Heartbeat:
    """Beats for as long as the context lasts; ``connected`` tells of the gateway.

    The process ends itself after ``hung`` seconds without a beat.
    """

    def __init__(
        self, path: Path, connected: Callable[[], bool], *, every: float = EVERY, hung: float = HUNG
    ) -> None:
        self._path = path
        self._connected = connected
        self._every = every
        self._hung = hung
        self._seen = time.time()  # when Discord was last there
        self._complained = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="heartbeat")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        faulthandler.cancel_dump_traceback_later()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    async def _run(self) -> None:
        while True:
            # Unless it is put off again, this tells where every thread stands, and exits with 1.
            faulthandler.dump_traceback_later(self._hung, exit=True)
            if self._connected():
                self._seen = time.time()
            try:
                await asyncio.to_thread(self._beat)
            except OSError as error:
                if not self._complained:  # the disk is full or gone; the bot may still answer
                    log.error("the heartbeat cannot be written: %s", error)
                self._complained = True
            else:
                self._complained = False
            await asyncio.sleep(self._every)

    def _beat(self) -> None:
        beat = {"pid": os.getpid(), "at": time.time(), "connected": self._seen}
        half = self._path.with_name(f"{self._path.name}.part")
        half.write_text(json.dumps(beat), encoding="ascii")
        half.replace(self._path)


def beside(archive: Path) -> Path:
    """Where the heartbeat of the bot with this archive is."""
    return archive.with_name("heartbeat.json")


def health(path: Path, now: float | None = None) -> Health:
    """Judge by the file at ``path``; ``now`` is in seconds since 1970."""
    now = time.time() if now is None else now
    try:
        beat = json.loads(path.read_text(encoding="ascii"))
        age, away = now - float(beat["at"]), now - float(beat["connected"])
        pid = int(beat["pid"])
    except FileNotFoundError:
        return Health(False, "no bot is running on this archive")
    except OSError as error:
        return Health(False, f"{path} cannot be read ({error.strerror})")
    except (ValueError, KeyError, TypeError):
        return Health(False, f"{path} is no heartbeat; start the bot again")
    if not -_LATE <= age <= _LATE:
        return Health(
            False, f"the bot (process {pid}) gave no sign of life for {age:.0f} s; start it again"
        )
    if away > _AWAY:
        return Health(
            False, f"not connected to Discord for {away:.0f} s; https://discordstatus.com may know"
        )
    return Health(True, f"the bot (process {pid}) is alive and connected")
