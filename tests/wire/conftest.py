from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import ROOT

from .schema import OpenAPI, load
from .server import DiscordServer
from .state import Channel, Guild, User

Api = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
def description() -> Path | None:
    """Where Discord's OpenAPI description is; without it the checks against it are left out.

    It is part of the reference data, or where ``DISCORD_OPENAPI`` says.
    """
    reference = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
    place = os.environ.get("DISCORD_OPENAPI") or reference / "discord-api" / "openapi.json"
    return Path(place) if Path(place).is_file() else None


@pytest.fixture
def openapi(description: Path | None) -> OpenAPI:
    found = load(description) if description else None
    if found is None:
        pytest.skip("Discord's OpenAPI description is not here")
    return found


@pytest.fixture
async def server(
    description: Path | None, request: pytest.FixtureRequest
) -> AsyncIterator[DiscordServer]:
    """Discord; a request that breaks a rule of it fails a test that does not provoke that."""
    async with DiscordServer(description) as running:
        yield running
        if request.node.get_closest_marker("violates") is None:  # pyright: ignore
            assert running.violations == []


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.world.add_guild("Fans")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("talk")


@pytest.fixture
def news(guild: Guild) -> Channel:
    return guild.add_channel("news")


@pytest.fixture
def ann(guild: Guild) -> User:
    return guild.add_member(guild.world.add_user("ann")).user


@pytest.fixture
def archive(sample_archive_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sample_archive_path, tmp_path / "archive.sqlite3"))


@pytest.fixture
async def api(server: DiscordServer) -> AsyncIterator[Api]:
    """Ask the server as the bot would; returns the status and the JSON."""
    headers = {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
            more |= {} if body is None else {"json": body}
            async with session.request(method, server.api_url + path, **more) as answer:
                return answer.status, await answer.json() if await answer.read() else None

        yield ask
