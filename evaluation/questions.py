"""Judged questions: what was asked, and which episodes (or whose words) answer it.

A file holds one JSON object a line. A question has ``id``, ``kind``, ``query`` and
``relevant``, the grade of each episode by its number (2 main subject or direct answer,
1 substantially discussed); a quote has ``episode`` and ``sentence`` instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MISMATCH, UNANSWERABLE, NATURAL = "mismatch", "unanswerable", "natural"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the grade of each episode that answers it, by number."""

    id: str
    kind: str
    text: str
    relevant: dict[int, int]

    @property
    def best(self) -> set[int]:
        """The episodes of the highest grade."""
        highest = max(self.relevant.values(), default=0)
        return {number for number, grade in self.relevant.items() if grade == highest}


@dataclass(frozen=True, slots=True)
class Quote:
    """A line as it is remembered, and the sentence of the episode that is meant."""

    id: str
    kind: str
    text: str
    episode: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Collection:
    """An archive's episodes and the questions asked about it."""

    name: str
    folder: Path
    questions: tuple[Question, ...]
    quotes: tuple[Quote, ...]

    @property
    def archive(self) -> str:
        """The name of the archive, which all collections about the same episodes share."""
        return self.name.partition(",")[0]

    @property
    def ordinary(self) -> tuple[Question, ...]:
        """Questions in words like the show's own."""
        return tuple(q for q in self.questions if q.kind not in (MISMATCH, UNANSWERABLE))

    @property
    def mismatch(self) -> tuple[Question, ...]:
        """Questions in words that the show never used."""
        return tuple(q for q in self.questions if q.kind == MISMATCH)

    @property
    def unanswerable(self) -> tuple[Question, ...]:
        """Questions about what the show never covered."""
        return tuple(q for q in self.questions if q.kind == UNANSWERABLE)


def sample() -> Collection:
    """The sample show, with the project's own questions."""
    here = Path(__file__).parent / "sample"
    return _collection("sample", ROOT / "data" / "episodes", here)


def reference(shared: Path) -> Collection | None:
    """The reference archive with its development questions, where they are there."""
    folder, judged = shared / "archive" / "post", shared / "eval" / "dev"
    if not folder.is_dir() or not judged.is_dir():
        return None
    return _collection("reference", folder, judged)


def own(shared: Path) -> Collection | None:
    """The reference archive with the project's own questions, where it is there."""
    folder = shared / "archive" / "post"
    if not folder.is_dir():
        return None
    return _collection("reference, own", folder, Path(__file__).parent / "reference")


def shared_folder() -> Path:
    """Where the reference data is expected: ``EPISODE_BOT_SHARED``, or ``shared`` beside us."""
    return Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))


def _collection(name: str, folder: Path, judged: Path) -> Collection:
    rows = [row for path in sorted(judged.glob("*.jsonl")) for row in _rows(path)]
    return Collection(
        name,
        folder,
        tuple(_questions(row for row in rows if "sentence" not in row)),
        tuple(
            Quote(row["id"], row["kind"], row["query"], row["episode"], row["sentence"])
            for row in rows
            if "sentence" in row
        ),
    )


def _questions(rows: Iterable[dict[str, Any]]) -> Iterator[Question]:
    for row in rows:
        relevant = {int(number): grade for number, grade in row["relevant"].items()}
        yield Question(row["id"], row["kind"], row["query"], relevant)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
