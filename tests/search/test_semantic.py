from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.passages import episode_of
from bot.search import ask, encoder, semantic
from bot.store.archive import Archive

needs_the_extra = pytest.mark.skipif(not encoder.available(), reason="the extra is not installed")


async def only(archive: Archive, *numbers: int) -> None:
    """Remove all other episodes."""
    for entry in await archive.catalogue():
        if entry.number not in numbers:
            await archive.remove((await archive.episode(entry.id)).path)


async def near(archive: Archive, question: str) -> list[int | None]:
    """Numbers of the episodes that are nearest in meaning, the nearest first."""
    entries = {entry.id: entry for entry in await archive.catalogue()}
    found = await semantic.near(archive, question, set(entries))
    return [entries[episode].number for episode in found]


@needs_the_extra
async def test_nothing_is_near_before_anything_was_learnt(archive: Archive) -> None:
    assert await near(archive, "keyboards") == []


@needs_the_extra
async def test_each_episode_is_learnt_once(archive: Archive) -> None:
    await only(archive, 1, 9, 10)
    told: list[tuple[int, int]] = []
    assert await semantic.learn(archive, progress=lambda *at: told.append(at)) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert await semantic.learn(archive) == 0


@needs_the_extra
async def test_an_episode_is_found_by_other_words_than_its_own(learnt: Archive) -> None:
    assert (await near(learnt, "electronic post that never reaches its recipient"))[0] == 13
    assert (await near(learnt, "measuring rainfall and storms"))[0] == 10
    answer = await ask(learnt, "electronic post that never arrives")
    assert answer.episodes[0].episode.number == 13
    assert answer.episodes[0].evidence


@needs_the_extra
async def test_closeness_is_told_for_all_that_may_be_found(learnt: Archive) -> None:
    entries = {entry.id for entry in await learnt.catalogue()}
    found = await semantic.near(learnt, "measuring rainfall", entries)
    assert found.keys() == entries
    values = [one.closeness for one in found.values()]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(0, abs=1e-3)
    for episode, one in found.items():
        assert 1 <= len(one.passages) <= 3
        assert {episode_of(passage) for passage in one.passages} == {episode}


@needs_the_extra
async def test_what_may_not_be_found_is_not_near(learnt: Archive) -> None:
    everything = await near(learnt, "looking back at the whole year of the show")
    assert everything[0] == 14
    entries = {entry.id: entry.number for entry in await learnt.catalogue()}
    allowed = {id_ for id_, number in entries.items() if number != 14}
    found = await semantic.near(learnt, "looking back at the year", allowed)
    assert found.keys() == allowed
    answer = await ask(learnt, "looking back at the whole year of the show")
    assert all(found.episode.number != 14 for found in answer.episodes)
    assert await semantic.near(learnt, "looking back", set()) == {}


@needs_the_extra
async def test_a_changed_episode_is_forgotten(learnt: Archive) -> None:
    await learnt.remove((await learnt.episode(1)).path)
    assert await semantic.learn(learnt) == 0
    rows = await learnt.rows("SELECT count(*) FROM embedding")
    assert rows[0][0] == 14


@needs_the_extra
async def test_what_another_model_learnt_is_learnt_anew(archive: Archive) -> None:
    await only(archive, 9, 10)
    for entry, known in await archive.rows("SELECT id, hash FROM episode"):
        await archive.put_embedding(entry, "another", b"\0" * 4, file_hash=known)
    assert await near(archive, "keyboards") == []
    assert await semantic.learn(archive) == 2
    assert (await near(archive, "keyboards"))[0] == 9


@needs_the_extra
async def test_vectors_that_do_not_fit_are_left_alone(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    [(entry, known), *_] = await archive.rows("SELECT id, hash FROM episode")
    vectors = b"\0" * encoder.WIDTH * 2
    await archive.put_embedding(entry, encoder.MODEL, vectors, file_hash=known)
    assert await near(archive, "keyboards") == []
    assert "load the episodes again" in caplog.text


@needs_the_extra
async def test_meaning_alone_never_makes_an_answer_certain(learnt: Archive) -> None:
    answer = await ask(learnt, "zymurgical quandaries")
    assert not answer.answered


@needs_the_extra
async def test_the_words_of_the_show_decide_where_one_episode_stands_out(
    archive: Archive, learnt: Archive
) -> None:
    before = await ask(archive, "greylisting and DKIM")
    after = await ask(learnt, "greylisting and DKIM")
    assert after.episodes[0].episode.number == before.episodes[0].episode.number == 13
    assert after.answered


async def test_all_else_works_without_the_extra(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("onnxruntime", "tokenizers", "numpy"):
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in Path(p).parts])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    assert not encoder.available()
    assert await semantic.learn(archive) == 0
    assert await near(archive, "keyboards") == []
    answer = await ask(archive, "which episode covered API keys")
    assert answer.answered
    assert answer.episodes[0].episode.number == 5
