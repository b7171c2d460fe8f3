from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.episode import Episode, Link, Note, Section
from bot.errors import QuestionError
from bot.loading import load
from bot.search import ask
from bot.sources.folder import FolderSource
from bot.store import rows
from bot.store.archive import Archive


async def first(archive: Archive, question: str) -> int | None:
    return (await ask(archive, question)).episodes[0].episode.number


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("which episode covered API keys", 5),
        ("what was the one about keyboard firmware", 9),
        ("running a bicycle shop on one database file", 8),
        ("strok nest on the mast", 10),
        ("who talked about greylisting and DKIM", 13),
        ("Amara Nwosu", 11),
        ("games that everyone can play", 12),
        ("episode 7", 7),
    ],
)
async def test_the_episode_that_covers_it_comes_first(
    archive: Archive, question: str, number: int
) -> None:
    assert await first(archive, question) == number


async def test_the_answer_shows_the_words_that_prove_it(archive: Archive) -> None:
    answer = await ask(archive, "which episode covered API keys")
    assert answer.answered
    assert answer.confidence > 0.8
    best = answer.episodes[0]
    assert best.episode.url == (
        "https://smallmachines.example/episodes/episode-5-rate-limits-and-good-neighbours/"
    )
    piece = best.evidence[0]
    marked = {piece.text[start:end].lower() for start, end in piece.highlights}
    assert marked & {"api keys", "api key"}
    assert any(e.section == "Question of the week" for e in best.evidence)


async def test_spoken_evidence_names_the_speaker_and_the_place(archive: Archive) -> None:
    answer = await ask(archive, "two-wheeled debouncing switch bounces milliseconds")
    spoken = [e for found in answer.episodes for e in found.evidence if e.kind == "transcript"]
    assert spoken
    for piece in spoken:
        assert piece.speaker
        assert piece.turn is not None
        assert piece.seconds is not None
        assert not piece.exact


async def test_a_typo_does_not_matter(archive: Archive) -> None:
    answer = await ask(archive, "keybord firmwear flashing")
    assert answer.episodes[0].episode.number == 9
    assert answer.understood["corrections"]["firmwear"] == "firmware"


async def test_what_was_never_covered_gets_an_honest_no(archive: Archive) -> None:
    answer = await ask(archive, "blockchain oracles on Solana")
    assert not answer.answered
    assert answer.confidence < 0.3
    assert answer.searched == 14
    assert answer.without_transcript == 1


async def test_drafts_and_the_future_are_never_shown(archive: Archive) -> None:
    draft = await ask(archive, "a year of small machines")
    assert all(found.episode.number != 14 for found in draft.episodes)

    keys = (await ask(archive, "API keys")).episodes[0].episode
    episode = await archive.episode(keys.id)
    tomorrow = replace(episode, published=datetime.now(UTC) + timedelta(days=1))
    await archive.put(keys.id, rows.of(tomorrow), file_hash=b"")
    later = await ask(archive, "API keys")
    assert all(found.episode.number != 5 for found in later.episodes)
    assert later.searched == 13


async def test_a_link_to_another_episode_is_no_evidence(archive: Archive) -> None:
    # The notes of part two link to part one by its title.
    answer = await ask(archive, "Why the Clock Lies")
    assert answer.episodes[0].episode.number == 6
    for found in answer.episodes:
        if found.episode.number == 7:
            assert all("Why the Clock Lies" not in e.text for e in found.evidence)


async def test_the_json_form_is_the_documented_one(archive: Archive) -> None:
    answer = (await ask(archive, "API keys")).to_json()
    assert list(answer) == "question answered closest confidence understood episodes".split()
    assert {"number", "slug", "title", "url", "date", "score", "evidence"} == set(
        answer["episodes"][0]
    )
    assert {"kind", "speaker", "turn", "seconds", "text", "highlights"} <= set(
        answer["episodes"][0]["evidence"][0]
    )


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "'; DROP TABLE passage; --",
        "AND",
        "NOT OR AND NEAR(",
        'text:"keys" OR *',
        "keys*",
        "^keys",
        "{keys}",
        "-keys",
        "a " * 400,
        "\ud800 keys",
        "key\0s",
        "ключи 鍵 مفتاح",
        "C++ #5 +1",
    ],
)
async def test_no_operator_or_oddity_breaks_a_question(archive: Archive, question: str) -> None:
    try:
        await ask(archive, question)
    except QuestionError as error:
        assert str(error)


async def test_any_text_is_answered_or_refused_politely(
    sample_archive_path: Path,
) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        asked: list[str] = []

        @settings(
            max_examples=60,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(st.text(max_size=300))
        def collect(text: str) -> None:
            asked.append(text)

        collect()
        for text in asked:
            try:
                answer = await ask(archive, text)
            except QuestionError:
                continue
            assert 0 <= answer.confidence <= 1
            for found in answer.episodes:
                for piece in found.evidence:
                    for start, end in piece.highlights:
                        assert 0 <= start < end <= len(piece.text)


async def test_a_period_alone_lists_its_episodes(archive: Archive) -> None:
    answer = await ask(archive, "episodes from february 2025")
    assert answer.answered
    assert [found.episode.number for found in answer.episodes] == [4, 3]
    nothing = await ask(archive, "episodes from february 1999")
    assert not nothing.answered


async def test_an_empty_archive_answers_no(tmp_path: Path) -> None:
    async with await Archive.open(tmp_path / "archive.sqlite3") as archive:
        answer = await ask(archive, "API keys")
        assert not answer.answered
        assert answer.episodes == ()


async def test_words_that_every_passage_holds_prove_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "episodes"
    folder.mkdir()
    for number in (1, 2):
        text = f'+++\ntitle = "Alike"\nepisodeNumber = {number}\n+++\n'
        (folder / f"episode-{number}.md").write_text(text)
    async with await Archive.open(tmp_path / "archive.sqlite3") as archive:
        await load(archive, FolderSource(folder))
        assert 0 <= (await ask(archive, "alike")).confidence <= 1


async def test_the_reference_archive_answers(reference_archive_path: Path) -> None:
    async with await Archive.open(reference_archive_path) as archive:
        answer = await ask(archive, "which episode covered API keys")
        assert answer.episodes[0].episode.number == 71
        assert any(
            e.section == "Question of the week" and "API keys" in e.text
            for e in answer.episodes[0].evidence
        )


async def test_a_review_that_mentions_everything_proves_little(tmp_path: Path) -> None:
    herons = Section("", 2, (Note("Herons, at last: grey herons in every harbour."),))
    others = tuple(Link("/", f"The {n}th", f"The {n}th", episode=f"e{n}") for n in range(9))
    review = replace(herons, notes=(*herons.notes, Note("We also had", others)))
    async with await Archive.open(tmp_path / "a.sqlite3") as archive:
        for number, title, section in (
            (1, "Our year", review),
            (2, "Birds of the coast", herons),
        ):
            episode = Episode(
                path=f"{number}.md",
                slug=f"e{number}",
                number=number,
                title=title,
                sections=(section,),
            )
            await archive.put(number, rows.of(episode), file_hash=b"1")
        assert await first(archive, "grey herons") == 2
        assert await first(archive, "our year of herons") == 1
