from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from .stage import Stage, open_stage


@pytest.fixture(autouse=True)
def stages(caplog: pytest.LogCaptureFixture) -> Iterator[list[Stage]]:
    """Every stage of a test.

    The test fails where the bot broke one of Discord's limits or had a fault nobody expected.
    """
    played: list[Stage] = []
    yield played
    faults = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    for one in played:
        assert one.violations() == []
        assert faults == one.faults


@pytest.fixture
async def stage(
    sample_archive_path: Path, tmp_path: Path, stages: list[Stage]
) -> AsyncIterator[Stage]:
    """The bot on the sample show."""
    async with open_stage(_copied(sample_archive_path, tmp_path)) as played:
        stages.append(played)
        yield played


@pytest.fixture
async def large_stage(
    reference_archive_path: Path, tmp_path: Path, stages: list[Stage]
) -> AsyncIterator[Stage]:
    """The bot on the reference archive: hundreds of episodes, turns of thousands of words."""
    async with open_stage(_copied(reference_archive_path, tmp_path)) as played:
        stages.append(played)
        yield played


@pytest.fixture
async def empty_stage(tmp_path: Path, stages: list[Stage]) -> AsyncIterator[Stage]:
    """The bot before anything was loaded."""
    async with open_stage(tmp_path / "archive.sqlite3") as played:
        stages.append(played)
        yield played


def _copied(archive: Path, folder: Path) -> Path:
    return Path(shutil.copy(archive, folder / "archive.sqlite3"))
