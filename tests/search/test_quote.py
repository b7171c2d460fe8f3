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


async def test_little_words_tell_passages_apart(archive: Archive) -> None:
    found = (await quote(archive, "you can go away for a and on everything a bit out of")).passages
    assert "everything arrives, a bit out of breath" in found[0].text


async def test_what_one_said_of_oneself_is_told_of_another(archive: Archive) -> None:
    best = (
        await quote(archive, "she will have her lunch when she left it on their fridge")
    ).passages[0]
    assert "when I want to have lunch I leave it on the fridge" in best.text


@pytest.mark.parametrize("line", ["45 years of training", "forty five years of training"])
async def test_numbers_in_digits_or_words(archive: Archive, line: str) -> None:
    best = (await quote(archive, line)).passages[0]
    assert "forty-five years of training" in best.text


async def test_a_line_broken_by_an_interjection(archive: Archive) -> None:
    [(episode, turn, first, then)] = await archive.rows(
        "SELECT a.id / 1000000, a.id % 1000000, a.text, c.text FROM turn a "
        "JOIN turn b ON b.id = a.id + 1 JOIN turn c ON c.id = a.id + 2 "
        "WHERE a.speaker = c.speaker AND a.speaker != b.speaker AND length(b.text) < 30 "
        "AND length(a.text) > 100 AND length(c.text) > 100 "
        "AND a.id / 1000000 IN (SELECT id FROM episode WHERE NOT draft) ORDER BY a.id LIMIT 1"
    )
    line = " ".join([*first.split()[-8:], *then.split()[:8]])
    best = (await quote(archive, line)).passages[0]
    assert best.episode.id == episode
    assert best.turn in (turn, turn + 2)


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


async def test_a_speaker_in_an_episode_that_they_are_not_in(archive: Archive) -> None:
    found = await quote(archive, "the clock", speaker="Petra Lindqvist", episode="6")
    assert not found.passages


async def test_common_words_of_one_speaker_are_found_among_all(archive: Archive) -> None:
    found = await quote(archive, "and then they have it", speaker="Petra")
    assert len(found.passages) == 5
    assert {p.speaker for p in found.passages} == {"Petra Lindqvist"}


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


async def test_fillers_alone_are_no_line(archive: Archive) -> None:
    assert (await quote(archive, "we talked about zeppelins")).passages == ()
    assert (await quote(archive, "so what do you do")).passages
