from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.store.archive import Archive


@pytest.fixture
async def asking(sample_archive_path: Path) -> AsyncIterator[Any]:
    """As much of an interaction as suggestions look at: the bot's archive."""
    async with await Archive.open(sample_archive_path) as archive:
        yield SimpleNamespace(client=SimpleNamespace(archive=archive))
