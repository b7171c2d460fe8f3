from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from tests.sources.fetch.server import Server, serving


@pytest_asyncio.fixture
async def server() -> AsyncGenerator[Server]:
    async with serving() as one:
        yield one
