"""What is found where the bot does not do its work; the gateway is tried over the wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.client import EpisodeBot
from bot.settings import Settings
from bot.telemetry import health
from bot.telemetry.pulse import Pulse
from tests.cogs.stage import open_stage


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[EpisodeBot]:
    """A bot that has not been let in."""
    async with EpisodeBot(Settings(archive=tmp_path / "archive.sqlite3")) as made:
        yield made


async def test_nothing_was_let_in(bot: EpisodeBot) -> None:
    found = health.check(bot, 0.0)
    assert found.to_json() == {
        "status": "unhealthy",
        "reasons": ["the gateway has not let the bot in yet"],
        "gateway": {},
    }


async def test_an_event_loop_that_hung(bot: EpisodeBot) -> None:
    lags: list[float] = []
    pulse = Pulse(lags.append)
    pulse.start()
    await asyncio.sleep(0)
    assert pulse.late == 0
    time.sleep(1.3)  # noqa: ASYNC251
    assert pulse.late > 0.2
    await asyncio.sleep(0.01)
    await pulse.stop()
    assert lags[0] > 0.2
    assert "the event loop hung for 7 s" in health.check(bot, 7.2).reasons
    assert len(health.check(bot, 4.0).reasons) == 1


async def test_a_watcher_that_died(sample_archive_path: Path, tmp_path: Path) -> None:
    async with open_stage(tmp_path / "archive.sqlite3", episodes=tmp_path / "episodes") as stage:
        bot = stage.bot
        bot.announces = True
        assert {"the source is not watched", "nothing is announced"} <= set(
            health.check(bot, 0.0).reasons
        )
        await bot._announce()
        assert "the source is not watched" not in health.check(bot, 0.0).reasons
        await bot.watchers[0].stop()
        assert "the source is not watched" in health.check(bot, 0.0).reasons
