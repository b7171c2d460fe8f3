from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.care.heartbeat import Heartbeat, beside, health
from tests.announce.show import Show
from tests.conftest import ROOT
from tests.wire.server import DiscordServer

NOW = 1_800_000_000.0


def written(path: Path, at: float, connected: float) -> Path:
    path.write_text(json.dumps({"pid": 7, "at": NOW + at, "connected": NOW + connected}))
    return path


def test_no_bot(tmp_path: Path) -> None:
    found = health(beside(tmp_path / "archive.sqlite3"))
    assert found == (False, "no bot is running on this archive")


@pytest.mark.parametrize(
    ("at", "connected", "well", "why"),
    [
        (-5, -5, True, "the bot (process 7) is alive and connected"),
        (-5, -300, True, "alive"),
        (-5, -700, False, "not connected to Discord for 700 s"),
        (-90, -90, False, "no sign of life for 90 s"),
        (5_000, 5_000, False, "no sign of life"),
    ],
)
def test_health(tmp_path: Path, at: float, connected: float, well: bool, why: str) -> None:
    found = health(written(tmp_path / "heartbeat.json", at, connected), NOW)
    assert found.well is well
    assert why in found.why


@given(
    st.binary() | st.recursive(st.integers() | st.text(), st.lists).map(lambda v: f"{v}".encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_in_the_file_is_judged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "heartbeat.json"
    path.write_bytes(content)
    assert not health(path).well


async def test_it_beats_until_the_end(tmp_path: Path) -> None:
    path, there = tmp_path / "heartbeat.json", [True]
    async with Heartbeat(path, lambda: there[0], every=0.01):
        await asyncio.sleep(0.1)
        assert health(path).well
        there[0] = False
        await asyncio.sleep(0.1)
        beat = json.loads(path.read_text())
        assert beat["connected"] < beat["at"]
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_fails_stops_no_bot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Heartbeat(tmp_path / "gone" / "heartbeat.json", lambda: True, every=0.01):
        await asyncio.sleep(0.1)
    assert caplog.text.count("the heartbeat cannot be written") == 1


def test_a_process_that_hangs_ends_itself(tmp_path: Path) -> None:
    program = (
        "import asyncio, time\n"
        "from pathlib import Path\n"
        "from bot.care.heartbeat import Heartbeat\n"
        "async def main():\n"
        f"    async with Heartbeat(Path({str(tmp_path / 'beat')!r}), bool, every=0.1, hung=1):\n"
        "        await asyncio.sleep(0.3)\n"
        "        time.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert b"line 7 in main" in ended.stderr


async def test_the_running_bot_is_healthy(tmp_path: Path) -> None:
    show = Show(tmp_path)
    show.write(1)
    path = beside(show.archive)

    async def healthy() -> tuple[int | None, str]:
        command = [sys.executable, "-m", "bot", "--archive", str(show.archive), "healthy"]
        asked = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=-1)
        out, _ = await asked.communicate()
        return asked.returncode, out.decode()

    async with DiscordServer(token="health.test.token") as server:
        async with show.bot(server) as bot:
            await bot.line("Connected", 30)
            code, said = await healthy()
            assert (code, "alive and connected" in said) == (0, True)
            assert json.loads(path.read_text())["pid"] == bot.pid
            await bot.terminate()
            assert (await healthy())[0] == 1
        async with show.bot(server) as bot:
            await bot.line("Connected", 30)
            await bot.kill()
        # Nobody tidied up; the file tells it soon.
        assert not health(path, time.time() + 61).well
