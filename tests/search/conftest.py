from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.archive import Archive


@pytest.fixture
async def archive(sample_archive_path: Path, tmp_path: Path) -> AsyncIterator[Archive]:
    """The sample show's archive, in a copy of its own."""
    path = tmp_path / "archive.sqlite3"
    shutil.copy(sample_archive_path, path)
    async with await Archive.open(path) as opened:
        yield opened


@pytest.fixture
async def learnt(learnt_archive_path: Path, tmp_path: Path) -> AsyncIterator[Archive]:
    """The same, with what its passages mean."""
    path = tmp_path / "learnt.sqlite3"
    shutil.copy(learnt_archive_path, path)
    async with await Archive.open(path) as opened:
        yield opened
