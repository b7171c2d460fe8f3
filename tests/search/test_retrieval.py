from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import passages
from bot.loading import load
from bot.passages import Kind, episode_of
from bot.search import question, retrieval, vocabulary, words
from bot.search.question import Term
from bot.search.retrieval import Hit, retrieve
from bot.search.vocabulary import Vocabulary
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from evaluation.invented import invent
from tests.conftest import ROOT

EPISODES = 50
BUDGETS = [1, 8, 60, 5000]  # from where every word is too common to where none is


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of invented episodes."""
    folder = tmp_path_factory.mktemp("invented")
    invent(ROOT / "data" / "episodes", folder / "show" / "episodes", EPISODES)

    async def fill() -> None:
        async with await Archive.open(folder / "a.sqlite3") as archive:
            await load(archive, FolderSource(folder / "show" / "episodes"))

    asyncio.run(fill())
    return folder / "a.sqlite3"


@pytest.fixture
async def archive(path: Path) -> AsyncGenerator[Archive]:
    async with await Archive.open(path) as opened:
        yield opened


class Asked:
    """Words of a passage, some of them common, and which passages hold which of them."""

    def __init__(self, texts: dict[int, str], known: Vocabulary, seed: int) -> None:
        chance = random.Random(seed)
        told: list[str] = []
        while not told:
            self.source, text = chance.choice([*texts.items()])
            told = [word for word in dict.fromkeys(words.words(text)) if word not in words.FILLERS]
        told.sort(key=lambda word: -known.counts[word])
        self.terms: list[Term] = question.terms(told[: chance.randint(1, 6)], known)
        self.held = {i: self._mask(text) for i, text in texts.items()}

    def _mask(self, text: str) -> int:
        found = set(words.words(text))
        return sum(1 << at for at, t in enumerate(self.terms) if not found.isdisjoint(t.forms))

    def exact(self, hits: list[Hit]) -> bool:
        """Whether each passage comes once, with just the terms that it holds."""
        return len(dict(hits)) == len(hits) and all(self.held[i] == mask for i, mask in hits)


@pytest.fixture(scope="module")
def asked(path: Path) -> list[Asked]:
    async def ask() -> list[Asked]:
        async with await Archive.open(path) as archive:
            texts = dict(map(tuple, await archive.rows("SELECT id, text FROM passage")))
            known = await vocabulary.of(archive)
            return [Asked(texts, known, seed) for seed in range(20)]

    return asyncio.run(ask())


@pytest.mark.parametrize("budget", BUDGETS)
async def test_a_passage_that_holds_every_word_is_found(
    archive: Archive, asked: list[Asked], monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(retrieval, "_BUDGET", budget)
    for one in asked:
        hits = await retrieve(archive, one.terms)
        assert one.exact(hits)
        assert one.held[one.source] in {mask for _, mask in hits}


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("closely", [2, 40])
@pytest.mark.parametrize("count", [1, 10, 45])
async def test_episodes_that_may_not_answer_push_none_aside(
    archive: Archive,
    asked: list[Asked],
    monkeypatch: pytest.MonkeyPatch,
    budget: int,
    closely: int,
    count: int,
) -> None:
    monkeypatch.setattr(retrieval, "_BUDGET", budget)
    monkeypatch.setattr(retrieval, "_EPISODES", closely)
    for one in asked:
        source = episode_of(one.source)
        allowed = {source, *random.Random(source).sample(range(1, EPISODES + 1), count)}
        hits = await retrieve(archive, one.terms, allowed=allowed)
        assert one.exact(hits)
        assert one.held[one.source] in {m for i, m in hits if episode_of(i) in allowed}
        if len(allowed) < EPISODES / 2:
            assert all(episode_of(i) in allowed for i, _ in hits)


@pytest.mark.parametrize("budget", BUDGETS)
async def test_all_that_one_episode_says_is_found(
    archive: Archive, asked: list[Asked], monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(retrieval, "_BUDGET", budget)
    for one in asked:
        episode = episode_of(one.source)
        span = (passages.first_id(episode, Kind.TRANSCRIPT), passages.span(episode)[1])
        hits = await retrieve(archive, one.terms, span=span)
        assert dict(hits) == {i: m for i, m in one.held.items() if m and span[0] <= i < span[1]}


async def test_titles_come_first_where_one_word_is_all_there_is(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "_BUDGET", 1)
    monkeypatch.setattr(retrieval, "_NEWEST", 1)
    monkeypatch.setattr(retrieval, "_EPISODES", 2)
    known = await vocabulary.of(archive)
    first = passages.first_id(1)
    [(title,)] = await archive.rows("SELECT text FROM passage WHERE id = ?", (first,))
    words_of = [w for w in words.words(title) if w not in words.FILLERS and known.counts[w] > 5]
    for word in words_of:
        hits = await retrieve(archive, question.terms([word], known))
        assert any(passages.kind_of(i) == Kind.TITLE for i, _ in hits)


async def test_unknown_words_find_nothing(archive: Archive) -> None:
    known = await vocabulary.of(archive)
    assert await retrieve(archive, question.terms(["zzyzx"], known)) == []
    assert await retrieve(archive, []) == []


@given(
    st.lists(st.integers(1, 4_000_000), min_size=1, max_size=24),
    st.floats(1, 100_000),
)
def test_sets_of_words(counts: list[int], budget: float) -> None:
    everything = 4_000_000
    words = [
        retrieval._Word(held, at, f'"{at}"', 1 / (at + 1)) for at, held in enumerate(sorted(counts))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retrieval, "_BUDGET", budget)
        sets = list(itertools.islice(retrieval._sets(words, everything), 10_000))
    assert sets
    assert len({some for some, _ in sets}) == len(sets) < 10_000
    # Whatever holds all the words holds the first set.
    assert [word.bit for word in sets[0][0]] == list(range(len(sets[0][0])))
    assert sum(expected for _, expected in sets[:-1]) <= budget
