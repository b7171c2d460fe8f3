from __future__ import annotations

import pytest

from bot.errors import QuestionError
from bot.search.transcript import around
from bot.store.archive import Archive


async def test_every_turn_that_was_spoken_is_shown(archive: Archive) -> None:
    for entry in await archive.catalogue():
        if entry.draft:
            continue
        for number, turn in (await archive.turns(entry.id)).items():
            if turn.spoken:
                shown = [one.turn for one in (await around(archive, entry.id, number)).turns]
                assert number in shown, (entry.slug, number, shown)


@pytest.mark.parametrize(("episode", "turn"), [(5, 10_000), (5, 2**62), (999, 1)])
async def test_a_turn_that_is_not_there(archive: Archive, episode: int, turn: int) -> None:
    with pytest.raises(QuestionError):
        await around(archive, episode, turn)
