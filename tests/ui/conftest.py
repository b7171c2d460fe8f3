from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.settings import Settings
from bot.shows import OpenShow
from bot.store.archive import Archive


@pytest.fixture
async def asking(sample_archive_path: Path) -> AsyncIterator[Any]:
    """As much of an interaction as suggestions look at: the bot's only show."""
    async with await Archive.open(sample_archive_path) as archive:
        show = OpenShow(Settings().every_show[0], archive)
        client = SimpleNamespace(show=lambda interaction, wanted=None: show)
        yield SimpleNamespace(client=client, namespace=SimpleNamespace())
