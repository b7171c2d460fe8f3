"""A show's history, commit by commit: through the loader and the archive, on a simulated clock.

What happens in it has happened to a real archive: transcripts days later, files before their
date, drafts, a number or an audio file left over from the episode before, corrected titles, slugs
and dates, copies, files that leave and come back, and a move of every file to a folder of its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.announce import subscriptions
from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.announce.watcher import Watcher
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from bot.store.engine import PLANNING
from bot.store.lease import FileLease
from bot.store.state import State

from .show import Show

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
SPOKEN = '{{< transcript "INES: Hello. TOMAS: Hello." >}}'


class History:
    """A show whose commits are looked at one by one."""

    def __init__(self, show: Show, state: State, archive: Archive) -> None:
        self.show = show
        self.state = state
        self.archive = archive
        self.now = START
        self.watcher = Watcher(
            state,
            show.archive,
            FolderSource(show.episodes),
            state.lease(PLANNING),
            FileLease(show.archive),
            every=60,
            longest_missed=timedelta(days=7),
            clock=lambda: self.now,
        )

    async def commit(self, *, days: float = 0.01) -> None:
        self.now += timedelta(days=days)
        await self.watcher.look(self.archive)

    async def planned(self) -> list[int | None]:
        rows = await self.state.run(
            lambda db: db.execute(
                "SELECT release.number FROM delivery JOIN release ON release.id = release_id "
                "WHERE kind = 'episode' ORDER BY delivery.id"
            ).fetchall()
        )
        return [row[0] for row in rows]


@pytest.fixture
async def history(show: Show, state: State) -> AsyncIterator[History]:
    wanted = Subscription(1, 2, True, Options(), 3, START)
    await state.run(subscriptions.save, wanted, START)
    async with await Archive.open(show.archive) as archive:
        yield History(show, state, archive)


async def test_a_history_is_announced_once_in_order(show: Show, history: History) -> None:
    old = START - timedelta(days=400)
    for number in range(1, 4):
        show.write(number, f"Long ago {number}", date=old + timedelta(days=number))
    await history.commit()
    expected: list[int] = []
    for number in range(4, 40):
        title = f"About {'abcdefghijklmnopqrstuvwxyz'[number % 26] * 5} and {number * 7919}"
        date = (history.now + timedelta(days=number % 3 - 1)).replace(microsecond=0)
        more: dict[str, Any] = {}
        if number % 5 == 0:  # made from the file of the episode before
            more = {"episodeNumber": number - 1, "audioFile": f"show-{number - 1}.mp3"}
        if number % 7 == 0:
            show.write(number, title, date=date, draft=True, **more)
            await history.commit()
        show.write(number, title, date=date, **more)
        await history.commit()
        if date > history.now:
            assert number not in await history.planned()
            await history.commit(days=2)
        expected.append(number)
        show.write(number, title + "!", date=date)
        await history.commit()
        if number % 4 == 0:
            show.write(number, title + "!", date=date, name=f"episode-{number} copy")
            await history.commit()
            show.write(number, f"Mended {number * 104729}", date=date - timedelta(hours=1))
            await history.commit()
            (show.episodes / f"episode-{number} copy.md").unlink()
        await history.commit(days=2)
        show.write(number, title + "!", date=date, text="Notes.\n\n" + SPOKEN)
        await history.commit(days=3)
        assert await history.planned() == expected
    await _new_website(show, history)
    assert await history.planned() == expected


async def _new_website(show: Show, history: History) -> None:
    """Every file moves to a folder of its own; some leave, and one comes back."""
    for file in show.episodes.glob("*.md"):
        folder = show.episodes / f"podcast-{file.stem}"
        folder.mkdir()
        file.rename(folder / "index.md")
    await history.commit()
    gone = [show.episodes / f"podcast-episode-{number}" for number in (12, 13)]
    for folder in gone:
        folder.rename(show.folder / folder.name)
    await history.commit()
    await history.commit(days=30)
    (show.folder / gone[0].name).rename(gone[0])
    await history.commit()


async def test_the_reference_show_released_again(
    show: Show, history: History, shared: Path
) -> None:
    """The newest files of a real show: each without its transcript, then with it."""
    folders = sorted(
        (shared / "archive" / "post").glob("episode-*/index.md"),
        key=lambda path: int(re.findall(r"\d+", path.parent.name)[0]),
    )
    shutil.copy(shared / "archive" / "config.toml", show.folder / "config.toml")
    *before, first, second, third = folders[-40:]
    for path in before:
        shutil.copytree(path.parent, show.episodes / path.parent.name)
    await history.commit()
    for path in (first, second, third):
        folder = show.episodes / path.parent.name
        folder.mkdir()
        whole = path.read_text(encoding="utf-8")
        # It comes out on the day of the look, and not years before.
        whole = re.sub(r"(?m)^date\s*=.*$", f'date = "{history.now:%Y-%m-%d}"', whole, count=1)
        (folder / "index.md").write_text(whole.split("{{<")[0], encoding="utf-8")
        await history.commit(days=0.1)
        (folder / "index.md").write_text(whole, encoding="utf-8")
        await history.commit(days=5)
    numbers = [int(re.findall(r"\d+", p.parent.name)[0]) for p in (first, second, third)]
    assert await history.planned() == numbers
