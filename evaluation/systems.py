"""What is asked: the project's own search, and the searches its users could have had instead."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from rapidfuzz import fuzz, process, utils

from bot.episode import Episode
from bot.errors import QuestionError
from bot.passages import episode_of
from bot.search import ask, quote, words
from bot.store.archive import Archive
from evaluation.archives import BUILD

_PASSAGES = 400  # passages from which ten episodes are taken
_FUSE = "fuse.js@3.2.0"


class Ranked(NamedTuple):
    """Episodes by number, the best first, and how sure the system is of the first.

    ``answered`` says whether it took that for sure enough; None where it never asks itself.
    """

    numbers: list[int | None]
    confidence: float
    answered: bool | None = None


class Said(NamedTuple):
    """A passage of an episode."""

    number: int | None
    text: str


class System(Protocol):
    """A search: the best ten episodes for a question, the best five passages for a quote."""

    name: str

    async def episodes(self, question: str) -> Ranked:
        """The best episodes."""
        ...

    async def passages(self, line: str) -> list[Said] | None:
        """The best passages, or None where the system knows of none."""
        ...


class Ours:
    """The project's own search."""

    def __init__(self, archive: Archive, name: str = "episode-bot") -> None:
        self.archive = archive
        self.name = name

    async def episodes(self, question: str) -> Ranked:
        """What ``/ask`` shows."""
        try:
            answer = await ask(self.archive, question)
        except QuestionError:
            return Ranked([], 0.0, answered=False)
        numbers = [found.episode.number for found in answer.episodes]
        return Ranked(numbers, answer.confidence, answer.answered)

    async def passages(self, line: str) -> list[Said] | None:
        """What ``/quote`` shows."""
        try:
            found = await quote(self.archive, line)
        except QuestionError:
            return []
        return [Said(passage.episode.number, passage.text) for passage in found.passages]


@dataclass(frozen=True, slots=True)
class Document:
    """An episode as the baselines read it."""

    id: int
    number: int | None
    title: str
    description: str
    categories: tuple[str, ...]
    notes: str
    spoken: str


async def documents(archive: Archive) -> list[Document]:
    """The episodes that may be shown now."""
    episodes = {entry.id: await archive.episode(entry.id) for entry in await archive.catalogue()}
    return [_document(id_, episode) for id_, episode in episodes.items() if episode.public()]


def _document(id_: int, episode: Episode) -> Document:
    notes = [text for s in episode.sections for text in (s.heading, *(n.text for n in s.notes))]
    return Document(
        id_,
        episode.number,
        episode.title,
        episode.description or "",
        episode.categories,
        "\n".join(filter(None, notes)),
        "\n".join(turn.text for turn in episode.turns),
    )


def either(asked: Iterable[str]) -> str:
    """An FTS5 query for any of these words."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(asked))


def telling(question: str) -> list[str]:
    """The words of a question that it is not merely asked with, or all where there are no such."""
    asked = words.words(question)
    return [word for word in asked if word not in words.FILLERS] or asked


class Bare:
    """A plain FTS5 table over the archive's passages, in a file of its own, with one over episodes.

    Built once, beside the archive.
    """

    def __init__(self, archive: Path, read: Sequence[Document] = ()) -> None:
        path = archive.with_suffix(".bare")
        made = path.exists()
        self.db = sqlite3.connect(path if made else path.with_suffix(".bare-new"))
        self.db.execute("PRAGMA cache_size = -32000")
        if not made:
            self._build(archive, read)
            self.db.close()
            path.with_suffix(".bare-new").replace(path)
            self.db = sqlite3.connect(path)
            self.db.execute("PRAGMA cache_size = -32000")

    def _build(self, archive: Path, read: Sequence[Document]) -> None:
        self.db.executescript(
            "DROP TABLE IF EXISTS passage; DROP TABLE IF EXISTS episode;"
            "CREATE VIRTUAL TABLE passage USING fts5 (text, tokenize = 'unicode61');"
            "CREATE VIRTUAL TABLE episode USING fts5 (text, tokenize = 'unicode61');"
        )
        self.db.execute("ATTACH ? AS archive", (str(archive),))
        self.db.execute(
            "INSERT INTO passage (rowid, text) SELECT id, text FROM archive.passage ORDER BY id"
        )
        self.db.executemany(
            "INSERT INTO episode (rowid, text) VALUES (?, ?)",
            [
                (d.id, "\n".join([d.title, d.description, *d.categories, d.notes, d.spoken]))
                for d in read
            ],
        )
        for table in ("passage", "episode"):
            self.db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        self.db.commit()
        self.db.execute("DETACH archive")

    def query(self, asked: Sequence[str], *, limit: int = 10) -> list[tuple[int, str, float]]:
        """The best passages for any of the words: id, text, score."""
        return self._query("passage", asked, limit)

    def episodes(self, asked: Sequence[str], *, limit: int = 10) -> list[tuple[int, str, float]]:
        """The best episodes for any of the words."""
        return self._query("episode", asked, limit)

    def _query(self, table: str, asked: Sequence[str], limit: int) -> list[tuple[int, str, float]]:
        if not asked:
            return []
        return self.db.execute(
            f"SELECT rowid, text, -bm25({table}) FROM {table} WHERE {table} MATCH ? "
            "ORDER BY rank LIMIT ?",
            (either(asked), limit),
        ).fetchall()


class WholeEpisodes:
    """FTS5's bm25 over whole episodes, for any of the words."""

    name = "FTS5 OR, episodes"

    def __init__(self, bare: Bare, read: Sequence[Document]) -> None:
        self._bare = bare
        self._numbers = {document.id: document.number for document in read}

    async def episodes(self, question: str) -> Ranked:
        """The best episodes."""
        rows = self._bare.episodes(words.words(question))
        return Ranked([self._numbers[row[0]] for row in rows], rows[0][2] if rows else 0.0)

    async def passages(self, line: str) -> list[Said] | None:
        """It knows no passages."""
        return None


class Passages:
    """FTS5's bm25 over passages, for any of the words; an episode is as good as its best."""

    name = "FTS5 OR, passages"

    def __init__(self, bare: Bare, read: Sequence[Document]) -> None:
        self._bare = bare
        self._numbers = {document.id: document.number for document in read}

    async def episodes(self, question: str) -> Ranked:
        """The episodes of the best passages."""
        rows = self._bare.query(words.words(question), limit=_PASSAGES)
        ids = dict.fromkeys(episode_of(row[0]) for row in rows)
        numbers = [self._numbers[id_] for id_ in ids if id_ in self._numbers]
        return Ranked(numbers[:10], rows[0][2] if rows else 0.0)

    async def passages(self, line: str) -> list[Said] | None:
        """The best passages."""
        rows = self._bare.query(words.words(line), limit=5)
        return [Said(self._numbers.get(episode_of(id_)), text) for id_, text, _ in rows]


class Fuzzy:
    """rapidfuzz over titles and descriptions."""

    name = "rapidfuzz WRatio"

    def __init__(self, read: Sequence[Document]) -> None:
        self._numbers = [document.number for document in read]
        self._texts = [
            utils.default_process(f"{document.title} {document.description}") for document in read
        ]

    async def episodes(self, question: str) -> Ranked:
        """The episodes whose title and description are most like the question."""
        found = process.extract(
            utils.default_process(question), self._texts, scorer=fuzz.WRatio, limit=10
        )
        return Ranked([self._numbers[at] for _, _, at in found], found[0][1] if found else 0.0)

    async def passages(self, line: str) -> list[Said] | None:
        """It knows no passages."""
        return None


class UnavailableError(Exception):
    """A baseline that cannot be run here; the message says why."""


class Fuse:
    """Fuse.js in Node, with the options of the reference show's own site.

    Raises:
        UnavailableError: Where Node or the package cannot be had.
    """

    name = "Fuse.js 3.2.0"

    def __init__(self, read: Sequence[Document]) -> None:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise UnavailableError("Node and npm are not installed")
        if not (BUILD / "node_modules" / "fuse.js").is_dir():
            BUILD.mkdir(parents=True, exist_ok=True)
            command = [npm, "install", "--prefix", str(BUILD), "--no-audit", "--no-fund", _FUSE]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=120)
            except (OSError, subprocess.SubprocessError):
                raise UnavailableError(f"npm could not install {_FUSE}") from None
        self._node = subprocess.Popen(
            [node, str(Path(__file__).parent / "fuse.cjs"), str(BUILD / "node_modules")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._numbers = [document.number for document in read]
        self._send(
            [
                {
                    "title": document.title,
                    "contents": f"{document.description}\n{document.notes}",
                    "categories": list(document.categories),
                }
                for document in read
            ]
        )

    def _send(self, what: object) -> None:
        assert self._node.stdin
        self._node.stdin.write(json.dumps(what) + "\n")
        self._node.stdin.flush()

    async def episodes(self, question: str) -> Ranked:
        """The best episodes."""
        assert self._node.stdout
        self._send(question)
        found = json.loads(self._node.stdout.readline())
        return Ranked([self._numbers[at] for at, _ in found], 1 - found[0][1] if found else 0.0)

    async def passages(self, line: str) -> list[Said] | None:
        """It knows no passages."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.close()
        self._node.wait(timeout=30)
        self._node.stdout.close()


def milliseconds(started: float) -> float:
    """The time since ``started``, as ``time.perf_counter`` gave it."""
    return (time.perf_counter() - started) * 1000
