from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.server import Server
from bot.store.state import State

from .show import Show


@pytest.fixture
def show(tmp_path: Path) -> Show:
    return Show(tmp_path / "show")


@pytest.fixture
async def state(place: Path | Server) -> AsyncIterator[State]:
    opened = await State.open(place)
    yield opened
    await opened.close()
