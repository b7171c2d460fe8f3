from __future__ import annotations

import pytest

from bot.errors import QuestionError
from bot.search import browse, latest, random_episode, show
from bot.store.archive import Archive


@pytest.mark.parametrize(
    "what",
    [
        "5",
        "#5",
        "episode 5",
        "episode-5-rate-limits-and-good-neighbours",
        "rate limits",
        "Good Neighbors",
        "hanna weiss",
    ],
)
async def test_an_episode_is_found_by_number_slug_title_or_guest(
    archive: Archive, what: str
) -> None:
    episode, head = await show(archive, what)
    assert episode.number == head.number == 5
    assert episode.guests == ("Hanna Weiss",)
    assert episode.turns


async def test_an_unknown_number_is_said_with_the_range(archive: Archive) -> None:
    with pytest.raises(QuestionError, match="from 1 to 13"):
        await show(archive, "999")


async def test_an_unknown_title_names_the_nearest(archive: Archive) -> None:
    with pytest.raises(QuestionError, match="nearest"):
        await show(archive, "zzzz qqqq xxxx")


@pytest.mark.parametrize("what", ["", "  "])
async def test_nothing_is_refused(archive: Archive, what: str) -> None:
    with pytest.raises(QuestionError):
        await show(archive, what)


async def test_the_draft_cannot_be_shown(archive: Archive) -> None:
    with pytest.raises(QuestionError):
        await show(archive, "14")


async def test_the_newest_come_first(archive: Archive) -> None:
    page = await latest(archive, limit=3)
    assert [episode.number for episode in page.episodes] == [13, 12, 11]
    assert page.total == 14


async def test_any_episode_is_public(archive: Archive) -> None:
    numbers = {(await random_episode(archive)).number for _ in range(60)}  # type: ignore[union-attr]
    assert len(numbers) > 3
    assert 14 not in numbers


async def test_by_person_in_part(archive: Archive) -> None:
    page = await browse(archive, person="bogdan")
    assert [episode.number for episode in page.episodes] == [10]
    assert page.filters["person"] == "Bogdan Ilic"


async def test_by_person_misspelled(archive: Archive) -> None:
    assert (await browse(archive, person="Sofia Rosi")).total == 1


async def test_by_year_and_page(archive: Archive) -> None:
    first = await browse(archive, year=2025, limit=5)
    second = await browse(archive, year=2025, limit=5, offset=5)
    assert first.total == second.total == 14
    assert not {e.id for e in first.episodes} & {e.id for e in second.episodes}
    assert (await browse(archive, year=1999)).total == 0


async def test_by_category_in_any_spelling(archive: Archive) -> None:
    episode, _ = await show(archive, "8")
    category = episode.categories[0]
    page = await browse(archive, category=category.upper().replace(" ", "-"))
    assert 8 in [found.number for found in page.episodes]
