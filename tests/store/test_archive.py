from __future__ import annotations

import asyncio
import gc
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.episode import Episode, Link, Note, Problem, Section, Sound, Turn
from bot.errors import ArchiveError
from bot.passages import Kind, episode_of, first_id, kind_of, span
from bot.sources.folder import FolderSource
from bot.store import archive as store
from bot.store import database, rows
from bot.store.archive import Archive, Counts, Stored

SAMPLES = Path(__file__).parent.parent.parent / "data" / "episodes"
TABLES = (
    *("episode", "person", "category", "note", "turn", "passage", "problem", "skipped"),
    "embedding",
)

NOW = datetime.now(UTC)
EPISODE = Episode(
    path="one.md",
    slug="one",
    title="Storks",
    number=1,
    season=2,
    guid="urn:one",
    published=datetime(2024, 5, 31, 6, tzinfo=UTC),
    description="About storks.",
    hosts=("Ina Albrecht",),
    guests=("Bo Wren",),
    categories=("Birds",),
    extra={"x": [1, {"y": None}]},
    links={"redditLink": "https://x.example"},
    sections=(
        Section("", 0, (Note("A note."),)),
        Section("Links", 5, (Note("Site", (Link("https://x.example", "a", "b", "two"),), 2),)),
        Section("Empty", 5, (), 12.5),
    ),
    turns=(
        Turn("INA", "Where is the nest?", (Sound(0, "LAUGHS"),), False, "Ina Albrecht", 0.0),
        Turn(None, "Rattle.", (), True, None, 2.5, True),
        Turn("JO", "On the mast.", (), False, "Jo Li"),
    ),
)
OTHER = Episode(path="two.md", slug="two", title="Herons", turns=(Turn("INA", "Grey herons."),))


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncGenerator[Archive]:
    async with await Archive.open(tmp_path / "a.sqlite3") as opened:
        yield opened


async def put(archive: Archive, episode_id: int, episode: Episode, *problems: Problem) -> None:
    await archive.put(episode_id, rows.of(episode), file_hash=b"#", problems=problems)


async def sizes(archive: Archive) -> dict[str, int]:
    return {t: (await archive.rows(f"SELECT count(*) FROM {t}"))[0][0] for t in TABLES}


async def matches(archive: Archive, word: str) -> list[int]:
    found = await archive.rows(
        "SELECT rowid FROM passage_index WHERE passage_index MATCH ?", (word,)
    )
    return [row[0] for row in found]


def check_index(path: Path) -> None:
    """Raise where the index does not hold just the words of the passages."""
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO passage_index (passage_index, rank) VALUES ('integrity-check', 1)")
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        words = db.execute("SELECT term, doc FROM vocabulary ORDER BY term").fetchall()
        if not db.execute("SELECT * FROM meta WHERE key = 'words'").fetchall():  # not stale
            assert db.execute("SELECT word, passages FROM word ORDER BY word").fetchall() == words
    db.close()


# Reading back what was put.


async def test_every_sample_reads_back(archive: Archive) -> None:
    source = FolderSource(SAMPLES)
    episodes = [source.parse(file).episode for file in source.files()]
    assert len(episodes) >= 10
    for number, episode in enumerate(episodes, start=1):
        await put(archive, number, episode)
    for number, episode in enumerate(episodes, start=1):
        assert await archive.episode(number) == episode
    check_index(archive.path)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
MAYBE = st.none() | TEXT
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
NAMES = st.lists(TEXT, max_size=3).map(tuple)
NOTES = st.builds(
    Note,
    TEXT,
    st.lists(st.builds(Link, TEXT, TEXT, TEXT, MAYBE), max_size=2).map(tuple),
    st.integers(0, 9),
)
TURNS = st.builds(
    Turn,
    MAYBE,
    st.lists(TEXT, max_size=60).map(" ".join),
    st.lists(st.builds(Sound, st.integers(0, 99), TEXT), max_size=2).map(tuple),
    st.booleans(),
    MAYBE,
    st.none() | st.floats(0, 1e6),
    st.booleans(),
)
EPISODES = st.builds(
    Episode,
    path=TEXT,
    slug=TEXT,
    title=TEXT,
    number=st.none() | st.integers(0, 2**31),
    published=st.none() | MOMENTS,
    date_only=st.booleans(),
    draft=st.booleans(),
    linked=st.booleans(),
    description=MAYBE,
    summary=MAYBE,
    duration=st.none() | st.integers(0, 2**31),
    audio_size=st.none() | st.integers(0, 2**62),
    audio_file=MAYBE,
    audio_url=MAYBE,
    url=MAYBE,
    image=MAYBE,
    hosts=NAMES,
    guests=NAMES,
    categories=NAMES,
    links=st.dictionaries(TEXT, TEXT, max_size=2),
    extra=st.dictionaries(TEXT, st.none() | TEXT | st.lists(st.integers()), max_size=2),
    sections=st.lists(
        st.builds(Section, TEXT, st.integers(0, 6), st.lists(NOTES, max_size=3).map(tuple)),
        max_size=3,
    ).map(tuple),
    turns=st.lists(TURNS, max_size=4).map(tuple),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_archive(
    runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """One archive for many examples, each of which leaves it empty."""
    archive = runner.run(Archive.open(tmp_path_factory.mktemp("archive") / "a.sqlite3"))
    yield archive
    runner.run(archive.close())


@pytest.mark.fuzz
@given(one=EPISODES, other=EPISODES)
def test_generated_episodes_read_back(
    runner: asyncio.Runner, shared_archive: Archive, one: Episode, other: Episode
) -> None:
    async def check() -> None:
        for episode in (one, other):
            await put(shared_archive, 7, episode)
            assert await shared_archive.episode(7) == episode
            check_index(shared_archive.path)
        await shared_archive.remove(other.path)
        assert set((await sizes(shared_archive)).values()) == {0}
        check_index(shared_archive.path)

    runner.run(check())


async def test_no_such_episode(archive: Archive) -> None:
    with pytest.raises(KeyError):
        await archive.episode(1)


async def test_some_turns(archive: Archive) -> None:
    await put(archive, 3, EPISODE)
    await put(archive, 4, OTHER)
    assert await archive.turns(3) == dict(enumerate(EPISODE.turns))
    assert await archive.turns(3, 1, 2) == {1: EPISODE.turns[1], 2: EPISODE.turns[2]}
    assert await archive.turns(3, 2, 99) == {2: EPISODE.turns[2]}
    assert await archive.turns(5) == {}


async def test_people(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    found = await archive.rows("SELECT role, name, words FROM person ORDER BY position")
    assert [tuple(row) for row in found] == [
        ("host", "Ina Albrecht", 4),
        ("guest", "Bo Wren", 0),
        ("speaker", "Jo Li", 3),
    ]


async def test_passages(archive: Archive) -> None:
    await put(archive, 2, EPISODE)
    found = await archive.rows("SELECT id, text, turn, section FROM passage ORDER BY id")
    assert [(kind_of(row[0]), *row[1:]) for row in found] == [
        (Kind.TITLE, "Storks", None, None),
        (Kind.DESCRIPTION, "About storks.", None, None),
        (Kind.GUESTS, "Bo Wren", None, None),
        (Kind.HOSTS, "Ina Albrecht", None, None),
        (Kind.CATEGORIES, "Birds", None, None),
        (Kind.HEADING, "Links", None, "Links"),
        (Kind.HEADING, "Empty", None, "Empty"),
        (Kind.NOTE, "A note.", None, None),
        (Kind.TRANSCRIPT, "Where is the nest?", 0, None),
        (Kind.TRANSCRIPT, "Rattle.", 1, None),
        (Kind.TRANSCRIPT, "On the mast.", 2, None),
    ]
    assert {episode_of(row[0]) for row in found} == {2}
    assert await matches(archive, "nest") == [first_id(2, Kind.TRANSCRIPT)]
    assert await matches(archive, "storks") == [first_id(2), first_id(2, Kind.DESCRIPTION)]


async def test_the_schema_counts_ids_as_the_passages_do(archive: Archive) -> None:
    [(trigger,)] = await archive.rows("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    assert f"old.id * {span(1)[0]}" in trigger
    assert f"(old.id + 1) * {span(1)[0]}" in trigger


# Replacing and removing.


async def test_put_twice_replaces(archive: Archive) -> None:
    await put(archive, 1, EPISODE, Problem("one.md", 3, "odd"))
    before = await sizes(archive)
    await put(archive, 1, EPISODE, Problem("one.md", 3, "odd"))
    assert await sizes(archive) == before
    check_index(archive.path)
    await put(archive, 1, OTHER)
    assert await archive.episode(1) == OTHER
    assert await matches(archive, "nest") == []
    assert await archive.problems() == ()
    check_index(archive.path)


async def test_put_takes_the_place_of_what_its_path_held(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    await archive.skip(Problem("two.md", 1, "a page"), file_hash=b"#")
    await put(archive, 2, EPISODE)
    await put(archive, 3, OTHER)
    assert [entry.id for entry in await archive.catalogue()] == [2, 3]
    assert await archive.skipped() == ()
    check_index(archive.path)


@pytest.mark.parametrize("leave", ["remove", "skip"])
async def test_leaving_leaves_nothing(archive: Archive, leave: str) -> None:
    await put(archive, 1, OTHER)
    before = await sizes(archive)
    await put(archive, 2, EPISODE, Problem("one.md", 3, "odd"), Problem("one.md", 4, "odder"))
    await archive.put_embedding(2, "model", b"vectors", file_hash=b"#")
    assert (await sizes(archive))["embedding"] == 1
    if leave == "remove":
        await archive.remove("one.md")
    else:
        await archive.skip(Problem("one.md", 1, "a page"), file_hash=b"#")
        before["skipped"] = 1
    assert await sizes(archive) == before
    assert await matches(archive, "nest") == await matches(archive, "storks") == []
    assert await matches(archive, "herons")
    assert await archive.episode(1) == OTHER
    check_index(archive.path)


async def test_neighbours_stay(archive: Archive) -> None:
    for episode_id in (1, 2, 3):
        await put(archive, episode_id, Episode(**{**fields(EPISODE), "path": f"{episode_id}.md"}))
    await archive.remove("2.md")
    for episode_id in (1, 3):
        assert (await archive.episode(episode_id)).turns == EPISODE.turns
    assert len(await matches(archive, "nest")) == 2


def fields(episode: Episode) -> dict[str, Any]:
    return {name: getattr(episode, name) for name in Episode.__dataclass_fields__}


async def test_stored(archive: Archive) -> None:
    assert await archive.next_id() == 1
    await put(archive, 4, EPISODE)
    await archive.skip(Problem("a.md", 1, "a page"), file_hash=b"+")
    assert await archive.stored() == {
        "one.md": Stored(4, b"#", 1, 2),
        "a.md": Stored(None, b"+", None, None),
    }
    assert await archive.skipped() == (Problem("a.md", 1, "a page"),)
    assert await archive.next_id() == 5
    await archive.remove("a.md")
    assert await archive.skipped() == ()


async def test_problems(archive: Archive) -> None:
    problems = (Problem("one.md", 2, "odd"), Problem("one.md", 9, "odd"))
    await put(archive, 1, EPISODE, *problems[::-1])
    assert await archive.problems() == problems


# The catalogue.


async def test_catalogue_is_newest_first(archive: Archive) -> None:
    days: list[tuple[int | None, int | None]] = [(1, 1), (2, 3), (3, 3), (None, 9), (4, None)]
    for episode_id, (number, days_ago) in enumerate(days, start=1):
        published = NOW - timedelta(days=days_ago) if days_ago is not None else None
        episode = Episode(
            path=f"{episode_id}", slug="", title="", number=number, published=published
        )
        await put(archive, episode_id, episode)
    assert [entry.id for entry in await archive.catalogue()] == [1, 3, 2, 4, 5]


async def test_entries(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    [entry] = await archive.catalogue()
    for field in (
        *("slug", "number", "title", "url", "published", "date_only", "draft", "duration"),
        *("audio_url", "blurb", "hosts", "guests", "categories"),
    ):
        assert getattr(entry, field) == getattr(EPISODE, field)
    assert entry.turns == 3


async def test_blurb_falls_back_to_the_summary(archive: Archive) -> None:
    await put(archive, 1, Episode(path="a", slug="a", title="A", summary="So."))
    assert (await archive.catalogue())[0].blurb == "So."


async def test_catalogue_is_read_again_only_after_a_change(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    catalogue = await archive.catalogue()
    assert await archive.catalogue() is catalogue
    await put(archive, 2, OTHER)
    assert len(await archive.catalogue()) == 2
    async with await Archive.open(archive.path) as same:
        await same.remove("two.md")
    assert await archive.catalogue() == catalogue


async def test_what_is_kept_of_a_large_archive_is_not_looked_through_for_rubbish(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(archive, 1, EPISODE)
    gc.unfreeze()  # what an earlier test may have kept
    await archive.catalogue()
    assert gc.get_freeze_count() == 0
    monkeypatch.setattr(store, "_LARGE", 2)
    await put(archive, 2, OTHER)
    await archive.catalogue()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


async def test_what_is_derived_is_made_once_for_all_who_wait(archive: Archive) -> None:
    made = 0

    async def make(of: Archive) -> int:
        nonlocal made
        await of.rows("SELECT 1")
        made += 1
        if made == 1:
            raise RuntimeError("on purpose")
        return made

    with pytest.raises(RuntimeError):
        await archive.derived(make)
    assert await asyncio.gather(*(archive.derived(make) for _ in range(20))) == [2] * 20
    await put(archive, 1, OTHER)
    assert await asyncio.gather(*(archive.derived(make) for _ in range(20))) == [3] * 20


async def test_public(archive: Archive) -> None:
    soon = NOW + timedelta(days=1)
    await put(archive, 1, EPISODE)
    await put(archive, 2, Episode(path="draft", slug="", title="", draft=True))
    await put(archive, 3, Episode(path="soon", slug="", title="", published=soon))
    await put(archive, 4, Episode(path="undated", slug="", title=""))
    public = [entry.id for entry in await archive.catalogue() if entry.public(NOW)]
    assert sorted(public) == [1, 4]
    assert [entry.id for entry in await archive.catalogue() if entry.public(soon)] == [3, 1, 4]
    assert [(await archive.episode(n)).public() for n in (1, 2, 3, 4)] == [True, False, False, True]
    assert await archive.counts() == Counts(
        episodes=4, public=2, turns=2, passages=14, without_transcript=1
    )


# Writing: all or nothing.


async def test_source(archive: Archive) -> None:
    assert await archive.source() is None
    await archive.set_source("/a")
    await archive.set_source("/b")
    assert await archive.source() == "/b"


async def test_revision(archive: Archive) -> None:
    revisions = [await archive.revision()]
    await put(archive, 1, EPISODE)
    revisions.append(await archive.revision())
    await archive.skip(Problem("a.md", 1, "a page"), file_hash=b"+")
    revisions.append(await archive.revision())
    await archive.remove("one.md")
    revisions.append(await archive.revision())
    assert revisions == sorted(set(revisions))


async def test_what_fails_changes_nothing(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    before = await sizes(archive), await archive.revision()
    bad = rows.of(OTHER)._replace(people=[(0, "king", "Ina", 0)])
    with pytest.raises(ArchiveError, match="CHECK constraint failed"):
        await archive.put(1, bad, file_hash=b"#")
    assert (await sizes(archive), await archive.revision()) == before
    assert await archive.episode(1) == EPISODE
    await put(archive, 1, OTHER)
    assert await archive.episode(1) == OTHER
    check_index(archive.path)


async def test_cancelled(archive: Archive) -> None:
    await put(archive, 1, EPISODE)
    task = asyncio.create_task(put(archive, 1, OTHER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await archive.episode(1) == EPISODE
    await put(archive, 1, OTHER)
    assert await archive.episode(1) == OTHER
    check_index(archive.path)


async def test_locked(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    await put(archive, 1, EPISODE)
    other = sqlite3.connect(archive.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with await Archive.open(archive.path) as impatient:
        with pytest.raises(ArchiveError, match="another process is writing to it"):
            await put(impatient, 1, OTHER)
        assert await impatient.episode(1) == EPISODE
        other.execute("ROLLBACK")
        other.close()
        await put(impatient, 1, OTHER)
    assert await archive.episode(1) == OTHER


async def committed(path: Path) -> int:
    """The number of episodes that another process sees."""
    async with await Archive.open(path) as other:
        return len(await other.catalogue())


async def test_many_are_committed_by_the_batch(archive: Archive) -> None:
    seen: list[int] = []
    async with archive.bulk(70):
        for number in range(1, 71):
            await put(archive, number, Episode(path=f"{number}.md", slug="", title="x"))
            if number in (31, 32, 70):
                seen.append(await committed(archive.path))
    assert [*seen, await committed(archive.path)] == [0, 32, 64, 70]
    await put(archive, 71, EPISODE)
    assert await committed(archive.path) == 71
    check_index(archive.path)


async def test_few_are_committed_one_by_one(archive: Archive) -> None:
    async with archive.bulk(3):
        await put(archive, 1, EPISODE)
        assert await committed(archive.path) == 1


async def test_what_was_put_before_an_error_stays(archive: Archive) -> None:
    with pytest.raises(ZeroDivisionError):
        async with archive.bulk(99):
            await put(archive, 1, EPISODE)
            raise ZeroDivisionError
    assert await committed(archive.path) == 1
    await put(archive, 2, OTHER)
    assert await committed(archive.path) == 2


async def test_an_error_in_a_batch_undoes_the_batch(archive: Archive) -> None:
    bad = rows.of(OTHER)._replace(people=[(0, "king", "Ina", 0)])
    with pytest.raises(ArchiveError):
        async with archive.bulk(99):
            for number in range(1, 41):
                await put(archive, number, Episode(path=f"{number}.md", slug="", title="x"))
            await archive.put(41, bad, file_hash=b"#")
    assert await committed(archive.path) == 32
    check_index(archive.path)


async def test_nothing_in_bulk_writes_nothing(archive: Archive) -> None:
    revision = await archive.revision()
    async with archive.bulk(0):
        pass
    assert await archive.revision() == revision


@pytest.mark.parametrize(("episode", "file_hash"), [(2, b"#"), (1, b"before")])
async def test_no_meaning_is_kept_of_what_has_left_or_changed(
    archive: Archive, episode: int, file_hash: bytes
) -> None:
    await put(archive, 1, OTHER)
    await archive.put_embedding(episode, "model", b"vectors", file_hash=file_hash)
    assert not await archive.rows("SELECT * FROM embedding")


async def test_an_opening_that_is_cancelled_leaves_no_thread(tmp_path: Path) -> None:
    """Such a thread would keep the process from ending."""
    path = tmp_path / "a"
    await (await Archive.open(path)).close()
    before, ended = set(threading.enumerate()), False
    for rounds in range(500):
        opening = asyncio.ensure_future(Archive.open(path))
        kept: list[BaseException] = []  # as a traceback does that is being told
        for _ in range(rounds):
            await asyncio.sleep(0.0002)
        ended = opening.done()
        opening.cancel()
        [end] = await asyncio.gather(opening, return_exceptions=True)
        if isinstance(end, Archive):
            await end.close()
        else:
            kept.append(end)
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
            assert not thread.is_alive(), f"cancelled after {rounds} rounds"
        if ended:
            break
    assert ended


COUNT = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM skipped").fetchone()[0])
"""


async def test_another_process_leaves_the_log_of_an_archive_that_was_opened_twice(
    archive: Archive,
) -> None:
    def counted_elsewhere() -> int:
        command = [sys.executable, "-c", COUNT, archive.path]
        return int(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)

    await (await Archive.open(archive.path)).close()
    for number in (1, 2):
        await archive.skip(Problem(f"{number}.md", 1, "is none"), file_hash=b"")
        assert counted_elsewhere() == number
