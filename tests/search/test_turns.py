from __future__ import annotations

import asyncio

import pytest

from bot.search.turns import in_turn
from bot.store.archive import Archive


async def test_searches_wait_for_each_other(archive: Archive) -> None:
    under_way: list[int] = []
    ended: list[int] = []

    @in_turn
    async def search(_: Archive, number: int) -> None:
        under_way.append(number)
        assert len(under_way) <= 2
        await asyncio.sleep(0)
        under_way.remove(number)
        if number == 3:
            raise RuntimeError("on purpose")
        ended.append(number)

    searches = [asyncio.create_task(search(archive, number)) for number in range(8)]
    await asyncio.sleep(0)
    searches[5].cancel()
    await asyncio.wait(searches)
    assert ended == [0, 1, 2, 4, 6, 7]
    with pytest.raises(RuntimeError):
        await searches[3]
