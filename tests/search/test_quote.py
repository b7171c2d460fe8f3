from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import QuestionError
from bot.search import quote
from bot.store.archive import Archive


async def a_long_turn(archive: Archive) -> tuple[int, int, str, str]:
    """(episode id, turn, speaker, words) of some turn of about forty words."""
    [row] = await archive.rows(
        "SELECT id / 1000000, id % 1000000, speaker, text FROM turn "
        "WHERE length(text) BETWEEN 180 AND 260 AND text NOT LIKE '%' || char(10) || '%' "
        "AND speaker IS NOT NULL AND id % 1000000 > 10 "
        "AND id / 1000000 IN (SELECT id FROM episode WHERE NOT draft) ORDER BY id LIMIT 1 OFFSET 9"
    )
    return tuple(row)


async def test_a_line_as_it_was_said(archive: Archive) -> None:
    episode, turn, speaker, text = await a_long_turn(archive)
    best = (await quote(archive, text)).passages[0]
    assert (best.episode.id, best.turn, best.speaker) == (episode, turn, speaker)
    assert text in best.text
    assert best.seconds is not None


async def test_a_line_with_words_missing_misspelled_and_moved(archive: Archive) -> None:
    episode, turn, _, text = await a_long_turn(archive)
    said = text.split()
    half = len(said) // 2
    remembered = [w for i, w in enumerate(said[half:] + said[:half]) if i % 4]
    remembered[2] = remembered[2][:-1] + "x"
    best = (await quote(archive, " ".join(remembered))).passages[0]
    assert (best.episode.id, best.turn) == (episode, turn)


async def test_what_was_said_before_and_after_is_given(archive: Archive) -> None:
    episode, turn, _, text = await a_long_turn(archive)
    best = (await quote(archive, text)).passages[0]
    turns = await archive.turns(episode)
    assert best.before[-1].turn < turn < best.after[0].turn
    assert best.after[0].text == turns[best.after[0].turn].text
    assert all(t.text for t in (*best.before, *best.after))


async def test_only_one_speaker(archive: Archive) -> None:
    found = await quote(archive, "the keyboard and the computer", speaker="tomas")
    assert found.passages
    assert {p.speaker for p in found.passages} == {"Tomas Okafor"}


async def test_only_one_episode(archive: Archive) -> None:
    found = await quote(archive, "the clock and the time", episode="6")
    assert found.passages
    assert {p.episode.number for p in found.passages} == {6}


async def test_an_unknown_episode_is_said(archive: Archive) -> None:
    with pytest.raises(QuestionError, match="no episode 999"):
        await quote(archive, "clock", episode="999")


async def test_highlights_are_words_of_the_line(archive: Archive) -> None:
    _, _, _, text = await a_long_turn(archive)
    best = (await quote(archive, text)).passages[0]
    assert best.highlights
    for start, end in best.highlights:
        assert best.text[start:end].strip() == best.text[start:end] != ""


async def test_the_json_form_is_the_documented_one(archive: Archive) -> None:
    found = (await quote(archive, "keyboard")).to_json()
    assert list(found) == ["question", "passages"]
    assert {"number", "slug", "turn", "speaker", "seconds", "text", "highlights", "score"} <= set(
        found["passages"][0]
    )


async def test_the_reference_archive_is_quoted(reference_archive_path: Path) -> None:
    async with await Archive.open(reference_archive_path) as archive:
        best = (await quote(archive, "definitely hug the plush")).passages[0]
        assert best.episode.number == 71
        assert best.speaker == "Francesc Campoy Flores"
        assert "hug" in best.text
        assert best.before
        assert best.after
