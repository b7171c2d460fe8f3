"""The line that tells what there is."""

from __future__ import annotations

import logging

import pytest

from bot.telemetry import summary

from .stage import Stage


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == summary.__name__]


async def test_once_a_day(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await stage.bot.recorder.stop()  # or else a day has many steps
    await stage.env.advance_time(3600)
    assert told(caplog) == []
    await stage.env.advance_time(23 * 3600)
    assert len(told(caplog)) == 1
    assert "14 episodes (1 more unpublished)" in told(caplog)[0]
    assert "1 servers" in told(caplog)[0]


async def test_before_anything_was_loaded(empty_stage: Stage) -> None:
    facts = await summary.look(empty_stage.bot)
    assert (facts["episodes"], facts["sources"]) == (0, {})
    assert "no source looked at yet" in summary._line(facts)
