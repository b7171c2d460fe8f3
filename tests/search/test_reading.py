from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.search import reading
from bot.search.reading import public_entries
from bot.store import rows
from bot.store.archive import Archive


async def test_an_episode_is_public_from_its_date_on(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift = timedelta()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + shift

    monkeypatch.setattr(reading, "datetime", Clock)
    newest = (await archive.catalogue())[0]
    for days in (1, 3):
        episode = replace(
            await archive.episode(newest.id),
            path=f"{days}.md",
            draft=False,
            published=datetime.now(UTC) + timedelta(days=days),
        )
        await archive.put(900 + days, rows.of(episode), file_hash=b"")
    before = list(await public_entries(archive))
    assert not {901, 903} & set(before)
    assert await public_entries(archive) is await public_entries(archive)
    shift = timedelta(days=2)
    assert list(await public_entries(archive)) == [901, *before]
    shift = timedelta(days=4)
    assert list(await public_entries(archive)) == [903, 901, *before]
