from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.episode import Episode
from bot.loading import load
from bot.sources.folder import FolderSource
from bot.store import archive as store
from bot.store import database, rows
from bot.store.archive import Archive

MIGRATIONS = Path(store.__file__).parent / "archive_migrations"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncGenerator[Archive]:
    async with await Archive.open(tmp_path / "a.sqlite3") as opened:
        yield opened


async def put(archive: Archive, number: int, title: str) -> None:
    episode = Episode(path=f"{number}.md", slug="", title=title)
    await archive.put(number, rows.of(episode), file_hash=b"#")


async def test_words_come_and_go_with_their_episodes(archive: Archive) -> None:
    await put(archive, 1, "Storks nest, storks rattle")
    await put(archive, 2, "A stork's nest in C++")
    once = ("storks", "stork", "rattle", "a", "s", "in", "c++")
    assert dict(archive.lexicon) == {**dict.fromkeys(once, 1), "nest": 2}
    assert len(archive.lexicon) == 8
    await put(archive, 2, "Herons")
    await archive.remove("1.md")
    assert dict(archive.lexicon) == {"herons": 1}
    assert "storks" not in archive.lexicon


async def test_inflections_and_likenesses(archive: Archive) -> None:
    await put(archive, 1, "Nests, nesting; a nestling and the best")
    assert archive.lexicon.inflections("nested") == {"nests": 1, "nesting": 1}
    assert archive.lexicon.like("nets", longer=1) == {"nests": 1}
    assert archive.lexicon.like("zest", longer=0) == {"best": 1}
    assert archive.lexicon.some(["best", "worst"]) == {"best": 1}


async def test_while_many_come_they_are_counted_by_whoever_asks(archive: Archive) -> None:
    async with archive.bulk(99):
        for number in range(1, 71):
            await put(archive, number, "Storks")
        archive.lexicon.refresh()
        assert archive.lexicon["storks"] == 64  # what is committed
        assert archive.lexicon.inflections("stork") == {"storks": 64}
    archive.lexicon.refresh()
    assert archive.lexicon["storks"] == 70
    assert [tuple(row) for row in await archive.rows("SELECT * FROM word")] == [
        ("storks", "stork", 70)
    ]


async def test_an_archive_of_an_earlier_version(tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    for script in sorted(MIGRATIONS.glob("*.sql"))[:2]:
        shutil.copy(script, migrations)
    path = tmp_path / "a.sqlite3"
    await (await database.connect(path, migrations)).close()
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO passage (id, text) VALUES (1000000, 'Storks')")
        db.execute("INSERT INTO passage_index (rowid, text) VALUES (1000000, 'Storks')")
    db.close()
    folder = tmp_path / "episodes"
    folder.mkdir()
    async with await Archive.open(path) as archive:
        archive.lexicon.refresh()
        assert dict(archive.lexicon) == {"storks": 1}
        assert not await archive.rows("SELECT * FROM word")
        await load(archive, FolderSource(folder))
        assert len(await archive.rows("SELECT * FROM word")) == 1
        archive.lexicon.refresh()
        assert dict(archive.lexicon) == {"storks": 1}
