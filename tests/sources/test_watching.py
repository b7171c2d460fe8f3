from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sources.watching import changes


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[asyncio.Queue[None]]:
    """What is told of a folder's changes."""
    heard: asyncio.Queue[None] = asyncio.Queue()
    stop = asyncio.Event()

    async def listen() -> None:
        async for _ in changes([folder], stop):
            heard.put_nowait(None)

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.2)
    yield heard
    stop.set()
    await task


async def test_changes_are_told(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    async with listening(tmp_path) as heard:
        for change in (
            lambda: (tmp_path / "sub" / "a.md").write_text("x"),
            lambda: (tmp_path / "sub" / "a.md").rename(tmp_path / "b.md"),
            lambda: (tmp_path / "b.md").unlink(),
        ):
            change()
            await asyncio.wait_for(heard.get(), 10)


async def test_changes_close_together_are_told_once(tmp_path: Path) -> None:
    async with listening(tmp_path) as heard:
        for n in range(50):
            (tmp_path / f"{n}.md").write_text("x")
        await asyncio.wait_for(heard.get(), 10)
        await asyncio.sleep(1)
        assert heard.qsize() < 5


async def test_a_folder_that_is_not_there_ends_it(tmp_path: Path) -> None:
    assert [1 async for _ in changes([tmp_path / "missing"], asyncio.Event())] == []
