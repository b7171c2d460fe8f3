"""The archive: episodes and their passages in SQLite, derived from a source.

Every method is one step of loading or one look-up; what a question means and how answers are
ranked is the business of ``bot.search``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import aiosqlite

from bot.episode import Episode, Link, Note, Problem, Section, Sound, Turn
from bot.passages import span
from bot.store import database, lexicon
from bot.store.catalogue import Entry, entries, moment
from bot.store.lexicon import Lexicon
from bot.store.rows import PLAIN, Rows

MIGRATIONS = Path(__file__).parent / "archive_migrations"
# Long texts waste less of large pages; what merging the index leaves empty is given back.
_LAYOUT = ("PRAGMA page_size = 16384", "PRAGMA auto_vacuum = INCREMENTAL")
_COMMIT_EVERY = 32  # files, while many change
_LARGE = 5000  # episodes; to look so many through for rubbish would keep everybody waiting
_AT_ONCE = 2  # searches that may be under way


class Counts(NamedTuple):
    """How much there is. ``public`` episodes are those that may be shown now."""

    episodes: int
    public: int
    turns: int
    passages: int
    without_transcript: int


class Stored(NamedTuple):
    """What the archive knows of a source file. One that is no episode has no ``id``."""

    id: int | None
    hash: bytes
    number: int | None
    season: int | None


@dataclass(slots=True)
class _Derived:
    """What was made of the archive, and at which revision."""

    value: Any = None
    revision: int = -1
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_Made = TypeVar("_Made")


class Archive:
    """An open archive. Use ``await Archive.open(path)``, also with ``async with``.

    Attributes:
        path: The file.
        lexicon: The words of the index.
        synonyms: A file in which the community writes other words for the same, or None.
        searching: What a search holds while it is under way.
    """

    def __init__(
        self, db: aiosqlite.Connection, path: Path, *, synonyms: Path | None = None
    ) -> None:
        self._db = db
        self.path = path
        self.synonyms = synonyms
        self.lexicon = Lexicon.open(path)
        self.searching = asyncio.Semaphore(_AT_ONCE)
        self._derived: defaultdict[object, _Derived] = defaultdict(_Derived)
        self._large = False
        self._batch = 1  # files to a transaction
        self._pending = 0  # files in the one that is open

    @classmethod
    async def open(cls, path: Path, *, synonyms: Path | None = None) -> Self:
        """Open the archive at ``path``, made where there is none.

        Raises:
            ArchiveError: Where it cannot be opened; the message is for the operator.
        """
        db = await database.connect(path, MIGRATIONS, layout=_LAYOUT)
        try:
            await db.create_function(  # pyright: ignore[reportUnknownMemberType]
                "stem", 1, lexicon.stem, deterministic=True
            )
            for statement in lexicon.SETUP:
                await db.execute_fetchall(statement)
        except BaseException:  # (its thread would keep a process from ending)
            await db.close()
            raise
        return cls(db, path, synonyms=synonyms)

    async def close(self) -> None:
        """Close the file; nothing is lost if this is not reached."""
        self.lexicon.close()
        await self._db.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Read rows, all at once."""
        return list(await self._db.execute_fetchall(sql, parameters))

    async def _value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        rows = await self.rows(sql, parameters)
        return rows[0][0] if rows else None

    # What is in it.

    async def revision(self) -> int:
        """A number that rises with every change."""
        return int(await self._value("SELECT value FROM meta WHERE key = 'revision'") or 0)

    async def source(self) -> str | None:
        """The folder that was loaded last."""
        return await self._value("SELECT value FROM meta WHERE key = 'source'")

    async def counts(self) -> Counts:
        """How much there is."""
        now = datetime.now(UTC)
        entries = await self.catalogue()
        public = [entry for entry in entries if entry.public(now)]
        [row] = await self.rows("SELECT total(spoken), total(passages) FROM episode")
        silent = sum(not entry.turns for entry in public)
        return Counts(len(entries), len(public), int(row[0]), int(row[1]), silent)

    async def catalogue(self) -> tuple[Entry, ...]:
        """Every episode, newest first; kept in memory until something changes."""
        return await self.derived(Archive._read_catalogue)

    async def derived(self, make: Callable[[Archive], Awaitable[_Made]]) -> _Made:
        """What ``make`` makes of the archive, kept in memory until something changes."""
        revision = await self.revision()
        known = self._derived[make]
        if known.revision < revision:
            async with known.lock:  # one makes it, the others wait for it
                if known.revision < revision:
                    known.value = await make(self)
                    known.revision = revision
                    if self._large:
                        _keep()
        return known.value

    async def _read_catalogue(self) -> tuple[Entry, ...]:
        people = await self.rows(
            "SELECT episode_id, role, name FROM person ORDER BY episode_id, position"
        )
        categories = await self.rows(
            "SELECT episode_id, name FROM category ORDER BY episode_id, position"
        )
        episodes = await self.rows(
            "SELECT id, slug, number, title, url, published, date_only, draft, duration, "
            "audio_url, coalesce(description, summary), turns, mentions FROM episode "
            "ORDER BY published DESC NULLS LAST, number DESC, id DESC"
        )
        self._large = len(episodes) >= _LARGE
        return await asyncio.to_thread(entries, episodes, people, categories)

    async def episode(self, episode_id: int) -> Episode:
        """Read an episode back as its source gave it.

        Raises:
            KeyError: Where there is none of this id.
        """
        cursor = await self._db.execute("SELECT * FROM episode WHERE id = ?", (episode_id,))
        row = await cursor.fetchone()
        if row is None:
            raise KeyError(episode_id)
        values = dict(zip([column[0] for column in cursor.description], row, strict=True))
        await cursor.close()
        people = await self.rows(
            "SELECT role, name FROM person WHERE episode_id = ? ORDER BY position", (episode_id,)
        )
        return Episode(
            **{key: values[key] for key in PLAIN},
            published=moment(values["published"]),
            date_only=bool(values["date_only"]),
            draft=bool(values["draft"]),
            linked=bool(values["linked"]),
            links=json.loads(values["links"]),
            extra=json.loads(values["extra"]),
            hosts=tuple(name for role, name in people if role == "host"),
            guests=tuple(name for role, name in people if role == "guest"),
            categories=tuple(
                name
                for (name,) in await self.rows(
                    "SELECT name FROM category WHERE episode_id = ? ORDER BY position",
                    (episode_id,),
                )
            ),
            sections=await self._sections(episode_id),
            turns=tuple((await self.turns(episode_id)).values()),
        )

    async def _sections(self, episode_id: int) -> tuple[Section, ...]:
        rows = await self.rows(
            "SELECT section, position, depth, text, links, seconds FROM note WHERE episode_id = ? "
            "ORDER BY section, position",
            (episode_id,),
        )
        notes: dict[int, list[Note]] = {}
        headings: dict[int, tuple[str, int, float | None]] = {}
        for section, position, depth, text, links, seconds in rows:
            if position:
                links = tuple(Link(*link) for link in json.loads(links))
                notes.setdefault(section, []).append(Note(text, links, depth))
            else:
                headings[section] = (text, depth, seconds)
        return tuple(
            Section(heading, level, tuple(notes.get(section, ())), seconds)
            for section, (heading, level, seconds) in headings.items()
        )

    async def turns(
        self, episode_id: int, first: int = 0, last: int | None = None
    ) -> dict[int, Turn]:
        """The turns from ``first`` to ``last`` inclusive, by number."""
        start, next_episode = span(episode_id)
        rows = await self.rows(
            "SELECT id, label, text, sounds, clip, speaker, seconds, exact FROM turn "
            "WHERE id BETWEEN ? AND ? ORDER BY id",
            (start + first, start + last if last is not None else next_episode - 1),
        )
        return {
            row[0] - start: Turn(
                label=row[1],
                text=row[2],
                sounds=tuple(Sound(*s) for s in json.loads(row[3])) if row[3] else (),
                clip=bool(row[4]),
                speaker=row[5],
                seconds=row[6],
                exact=bool(row[7]),
            )
            for row in rows
        }

    # Loading.

    async def next_id(self) -> int:
        """The first id that no episode has, nor any after it."""
        return int(await self._value("SELECT ifnull(max(id), 0) + 1 FROM episode"))

    async def stored(self) -> dict[str, Stored]:
        """The files that were loaded or skipped, by path."""
        rows = await self.rows(
            "SELECT path, id, hash, number, season FROM episode "
            "UNION ALL SELECT path, NULL, hash, NULL, NULL FROM skipped"
        )
        return {path: Stored(*rest) for path, *rest in rows}

    async def problems(self) -> tuple[Problem, ...]:
        """What was odd about the files that were loaded."""
        rows = await self.rows("SELECT path, line, message FROM problem ORDER BY path, line")
        return tuple(Problem(*row) for row in rows)

    async def skipped(self) -> tuple[Problem, ...]:
        """The files that are no episodes, and why not."""
        rows = await self.rows("SELECT path, line, message FROM skipped ORDER BY path")
        return tuple(Problem(*row) for row in rows)

    async def put(
        self, episode_id: int, rows: Rows, *, file_hash: bytes, problems: Sequence[Problem] = ()
    ) -> None:
        """Store an episode, all of it or nothing.

        An earlier version that has this id gives way, and so does whatever its path held.

        Raises:
            ArchiveError: Where it cannot be written; the message is for the operator.
        """
        first, end = span(episode_id)
        path = rows.episode["path"]
        columns = rows.episode | {"id": episode_id, "hash": file_hash}
        await self._write(
            [
                *self._counted(lexicon.GO, episode_id, path),
                _Statement("DELETE FROM episode WHERE id = ? OR path = ?", (episode_id, path)),
                _Statement("DELETE FROM skipped WHERE path = ?", (path,)),
                _Statement(
                    f"INSERT INTO episode ({', '.join(columns)}) "
                    f"VALUES ({', '.join(f':{column}' for column in columns)})",
                    columns,
                ),
                _insert("person", [(episode_id, *row) for row in rows.people]),
                _insert("category", [(episode_id, *row) for row in rows.categories]),
                _insert("acronym", [(episode_id, *row) for row in rows.acronyms]),
                _insert("note", [(episode_id, *row) for row in rows.notes]),
                _insert("turn", [(first + n, *row) for n, *row in rows.turns]),
                _insert("passage", [(first + n, *row) for n, *row in rows.passages]),
                _Statement(
                    "INSERT INTO passage_index (rowid, text) "
                    "SELECT id, text FROM passage WHERE id >= ? AND id < ?",
                    (first, end),
                ),
                *self._counted(lexicon.COME, episode_id, path),
                _insert("problem", problems),
            ]
        )

    async def put_embedding(
        self, episode_id: int, model: str, vectors: bytes, *, file_hash: bytes
    ) -> None:
        """Store what an episode's passages mean: float16 vectors in the order of their ids.

        Nothing is stored of an episode that has left or changed since it had ``file_hash``.
        """
        await self._write(
            [
                _Statement(
                    "INSERT OR REPLACE INTO embedding "
                    "SELECT id, ?, ? FROM episode WHERE id = ? AND hash = ?",
                    (model, vectors, episode_id, file_hash),
                )
            ]
        )

    async def skip(self, problem: Problem, *, file_hash: bytes) -> None:
        """Note that a file is no episode; one that its path held leaves.

        Raises:
            ArchiveError: Where it cannot be written; the message is for the operator.
        """
        path, line, message = problem
        row = (path, file_hash, line, message)
        await self._write(
            [
                *self._counted(lexicon.GO, None, path),
                _Statement("DELETE FROM episode WHERE path = ?", (path,)),
                _Statement("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?, ?)", row),
            ]
        )

    async def remove(self, path: str) -> None:
        """Forget a file, and its episode where it held one.

        Raises:
            ArchiveError: Where it cannot be written; the message is for the operator.
        """
        await self._write(
            [
                *self._counted(lexicon.GO, None, path),
                _Statement("DELETE FROM episode WHERE path = ?", (path,)),
                _Statement("DELETE FROM skipped WHERE path = ?", (path,)),
            ]
        )

    def _counted(
        self, statements: Iterable[str], episode_id: int | None, path: str
    ) -> list[_Statement]:
        """What keeps the lexicon in step with an episode, unless many change."""
        if self._batch > 1:
            return []
        return [_Statement(sql, (episode_id, path) if "?" in sql else ()) for sql in statements]

    async def set_source(self, folder: str) -> None:
        """Note which folder the archive mirrors."""
        await self._write(
            [_Statement("INSERT OR REPLACE INTO meta VALUES ('source', ?)", (folder,))]
        )

    @asynccontextmanager
    async def bulk(self, files: int) -> AsyncGenerator[None]:
        """While many files change, commit some at a time.

        The index is merged, its words are counted and room is given back once, at the end.
        """
        many = files >= _COMMIT_EVERY
        self._batch = _COMMIT_EVERY if many else 1
        try:
            yield
        finally:
            self._batch = 1
            await self._commit()
        if many:
            await self._write(
                [_Statement("INSERT INTO passage_index (passage_index) VALUES ('optimize')")]
            )
        if await self._value(lexicon.IS_STALE):
            await self._write([_Statement(sql) for sql in lexicon.ANEW])
        if many:
            async with self._undone_on_error():
                # As a script, which goes on to its end; a statement would give one page back.
                await self._db.executescript("PRAGMA incremental_vacuum")
                await self._db.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")

    async def _write(self, statements: Iterable[_Statement]) -> None:
        """Run statements in a transaction, which is committed when it holds a batch of files."""
        async with self._undone_on_error():
            if not self._pending:
                await self._db.execute("BEGIN IMMEDIATE")
                if self._batch > 1:
                    await self._db.execute(lexicon.STALE)
            self._pending += 1
            await self._run(statements)
        if self._pending >= self._batch:
            await self._commit()

    async def _commit(self) -> None:
        if self._pending:
            async with self._undone_on_error():
                await self._run([_NEXT_REVISION, _Statement("COMMIT")])
                self._pending = 0

    @asynccontextmanager
    async def _undone_on_error(self) -> AsyncGenerator[None]:
        try:
            yield
        except BaseException as error:
            self._pending = 0
            await self._db.rollback()
            if isinstance(error, sqlite3.Error):
                raise database.explained(self.path, error) from None
            raise

    async def _run(self, statements: Iterable[_Statement]) -> None:
        """Queue statements at once: to wait for each takes longer than to run it."""
        await asyncio.gather(
            *(
                self._db.execute(sql, one) if many is None else self._db.executemany(sql, many)
                for sql, one, many in statements
                if many is None or many
            )
        )


class _Statement(NamedTuple):
    """SQL with its parameters, or with ``many`` rows of them."""

    sql: str
    one: Sequence[Any] | dict[str, Any] = ()
    many: Sequence[Sequence[object]] | None = None


def _insert(table: str, rows: Sequence[Sequence[object]]) -> _Statement:
    marks = ", ".join("?" * len(rows[0])) if rows else ""
    return _Statement(f"INSERT INTO {table} VALUES ({marks})", many=rows)


def _keep() -> None:
    """Take what is in memory now for no rubbish, so that it is not looked through again."""
    gc.unfreeze()  # but what was taken for none before may have become some
    gc.collect()
    gc.freeze()


_NEXT_REVISION = _Statement(
    "INSERT INTO meta VALUES ('revision', 1) ON CONFLICT DO UPDATE SET value = value + 1"
)
