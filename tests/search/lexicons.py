"""A vocabulary of a few words, without an archive around it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.search.vocabulary import Vocabulary
from bot.store import archive
from bot.store.lexicon import Lexicon, stem

_MIGRATIONS = Path(archive.__file__).parent / "archive_migrations"


def vocabulary(counts: dict[str, int], *, passages: int) -> Vocabulary:
    """These words, each held by so many passages, of so many passages in all."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    for script in sorted(_MIGRATIONS.glob("*.sql")):
        db.executescript(script.read_text(encoding="utf-8"))
    db.executemany(
        "INSERT INTO word VALUES (?, ?, ?)",
        [(word, stem(word), count) for word, count in counts.items()],
    )
    return Vocabulary(Lexicon(db), passages)
