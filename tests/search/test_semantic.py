from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.passages import episode_of
from bot.search import ask, encoder, semantic
from bot.store.archive import Archive

needs_the_extra = pytest.mark.skipif(not encoder.available(), reason="the extra is not installed")


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
    told: list[tuple[int, int]] = []
    assert await semantic.learn(archive, progress=lambda *at: told.append(at)) == 15
    assert told[-1] == (15, 15)
    assert await semantic.learn(archive) == 0


@needs_the_extra
async def test_an_episode_is_found_by_other_words_than_its_own(archive: Archive) -> None:
    await semantic.learn(archive)
    assert (await near(archive, "electronic post that never reaches its recipient"))[0] == 13
    assert (await near(archive, "measuring rainfall and storms"))[0] == 10
    answer = await ask(archive, "electronic post that never arrives")
    assert answer.episodes[0].episode.number == 13
    assert answer.episodes[0].evidence


@needs_the_extra
async def test_closeness_is_told_for_all_that_may_be_found(archive: Archive) -> None:
    await semantic.learn(archive)
    entries = {entry.id for entry in await archive.catalogue()}
    found = await semantic.near(archive, "measuring rainfall", entries)
    assert found.keys() == entries
    values = [one.closeness for one in found.values()]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(0, abs=1e-3)
    for episode, one in found.items():
        assert 1 <= len(one.passages) <= 3
        assert {episode_of(passage) for passage in one.passages} == {episode}


@needs_the_extra
async def test_what_may_not_be_found_is_not_near(archive: Archive) -> None:
    await semantic.learn(archive)
    everything = await near(archive, "looking back at the whole year of the show")
    assert everything[0] == 14
    entries = {entry.id: entry.number for entry in await archive.catalogue()}
    allowed = {id_ for id_, number in entries.items() if number != 14}
    found = await semantic.near(archive, "looking back at the year", allowed)
    assert found.keys() == allowed
    answer = await ask(archive, "looking back at the whole year of the show")
    assert all(found.episode.number != 14 for found in answer.episodes)
    assert await semantic.near(archive, "looking back", set()) == {}


@needs_the_extra
async def test_a_changed_episode_is_forgotten(archive: Archive) -> None:
    await semantic.learn(archive)
    await archive.remove((await archive.episode(1)).path)
    assert await semantic.learn(archive) == 0
    rows = await archive.rows("SELECT count(*) FROM embedding")
    assert rows[0][0] == 14


@needs_the_extra
async def test_what_another_model_learnt_is_learnt_anew(archive: Archive) -> None:
    entries = await archive.catalogue()
    for entry in entries:
        await archive.put_embedding(entry.id, "another", b"\0" * 4)
    assert await near(archive, "keyboards") == []
    assert await semantic.learn(archive) == len(entries)
    assert (await near(archive, "keyboards"))[0] == 9


@needs_the_extra
async def test_vectors_that_do_not_fit_are_left_alone(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    [entry, *_] = await archive.catalogue()
    await archive.put_embedding(entry.id, encoder.MODEL, b"\0" * encoder.WIDTH * 2)
    assert await near(archive, "keyboards") == []
    assert "load the episodes again" in caplog.text


@needs_the_extra
async def test_meaning_alone_never_makes_an_answer_certain(archive: Archive) -> None:
    await semantic.learn(archive)
    answer = await ask(archive, "zymurgical quandaries")
    assert not answer.answered


@needs_the_extra
async def test_the_words_of_the_show_decide_where_one_episode_stands_out(archive: Archive) -> None:
    before = await ask(archive, "greylisting and DKIM")
    await semantic.learn(archive)
    after = await ask(archive, "greylisting and DKIM")
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
