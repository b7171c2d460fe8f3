from __future__ import annotations

import pytest

from bot.search import ask, semantic
from bot.store.archive import Archive

pytestmark = pytest.mark.skipif(not semantic.available(), reason="the extra is not installed")


async def near(archive: Archive, question: str) -> list[int | None]:
    """Numbers of the episodes that are nearest in meaning, the nearest first."""
    entries = {entry.id: entry for entry in await archive.catalogue()}
    found = await semantic.near(archive, question, set(entries))
    return [entries[episode].number for episode in found]


async def test_nothing_is_near_before_anything_was_learnt(archive: Archive) -> None:
    assert await near(archive, "keyboards") == []


async def test_each_episode_is_learnt_once(archive: Archive) -> None:
    told: list[tuple[int, int]] = []
    assert await semantic.learn(archive, progress=lambda *at: told.append(at)) == 15
    assert told[-1] == (15, 15)
    assert await semantic.learn(archive) == 0


async def test_an_episode_is_found_by_other_words_than_its_own(archive: Archive) -> None:
    await semantic.learn(archive)
    assert (await near(archive, "electronic post that never reaches its recipient"))[0] == 13
    assert (await near(archive, "measuring rainfall and storms"))[0] == 10


async def test_what_may_not_be_shown_is_not_near(archive: Archive) -> None:
    await semantic.learn(archive)
    answer = await ask(archive, "looking back at the whole year of the show")
    assert all(found.episode.number != 14 for found in answer.episodes)


async def test_a_changed_episode_is_forgotten(archive: Archive) -> None:
    await semantic.learn(archive)
    await archive.remove((await archive.episode(1)).path)
    assert await semantic.learn(archive) == 0
    rows = await archive.rows("SELECT count(*) FROM embedding")
    assert rows[0][0] == 14


async def test_meaning_alone_never_makes_an_answer_certain(archive: Archive) -> None:
    await semantic.learn(archive)
    answer = await ask(archive, "zymurgical quandaries")
    assert not answer.answered
