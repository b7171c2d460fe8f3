"""What several tests share: an archive of the sample show, and where the reference data is."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot.loading import load
from bot.search import encoder, semantic
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from bot.store.engine import Connection
from bot.store.postgres import Postgres, Seam, connect
from bot.store.server import Server
from bot.store.state import MIGRATIONS
from tests import postgres as postgres_server

ROOT = Path(__file__).parent.parent

settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=10_000, deadline=None)
settings.load_profile("quick")


ENGINES = ["sqlite", "postgres"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fuzz: property-based, worth many examples (make fuzz)")
    config.addinivalue_line("markers", "violates: breaks a rule of Discord's on purpose")


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Postgres]:
    """A PostgreSQL server; to be asked for a database."""
    if reason := postgres_server.missing():
        pytest.skip(reason)
    with postgres_server.running() as server:
        yield server


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | Server:
    """Where a new state may be: what it does must be the same in either store."""
    if request.param == "sqlite":
        return tmp_path / "state.sqlite3"
    return request.getfixturevalue("postgres").database()


@pytest.fixture(params=ENGINES, scope="session")
def ledgers(request: pytest.FixtureRequest) -> Iterator[Callable[[], Connection]]:
    """Opens ledgers in either store, empty ones, of which the last is of use."""
    if request.param == "sqlite":
        opened: list[sqlite3.Connection] = []

        def fresh() -> Connection:
            db = sqlite3.connect(":memory:", isolation_level=None)
            db.row_factory = sqlite3.Row
            for script in sorted(MIGRATIONS.glob("*.sql")):
                db.executescript(script.read_text())
            opened.append(db)
            return db

        yield fresh
        for db in opened:
            db.close()
        return
    server = request.getfixturevalue("postgres").database()
    Postgres.open(server).close()
    with closing(connect(server)) as db:

        def emptied() -> Connection:
            db.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY".encode())
            return Seam(db)

        yield emptied


TABLES = ("audit", "baseline", "chore", "copy", "delivery", "follow", "offered", "release",
          "subscription")  # fmt: skip


@pytest.fixture(scope="session")
def sample_archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that ``data/episodes`` was loaded into; to be read only."""
    return _loaded(tmp_path_factory.mktemp("sample"), ROOT / "data" / "episodes")


@pytest.fixture(scope="session")
def learnt_archive_path(
    sample_archive_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The sample's archive with what its passages mean, once for all; to be read only."""
    if not encoder.available():
        pytest.skip("the extra for semantic matching is not installed")
    path = tmp_path_factory.mktemp("learnt") / "archive.sqlite3"
    shutil.copy(sample_archive_path, path)

    async def learn() -> None:
        async with await Archive.open(path) as archive:
            await semantic.learn(archive)

    _run(learn())
    return path


@pytest.fixture(scope="session")
def reference_archive_path(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """An archive that the reference episodes were loaded into; to be read only."""
    return _loaded(tmp_path_factory.mktemp("reference"), shared / "archive" / "post")


def _loaded(folder: Path, episodes: Path) -> Path:
    path = folder / "archive.sqlite3"

    async def fill() -> None:
        async with await Archive.open(path) as archive:
            await load(archive, FolderSource(episodes))

    _run(fill())
    return path


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread of its own: the test that asks first may have a loop running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data, which is not part of the project."""
    path = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("the reference archive is not here")
    return path
