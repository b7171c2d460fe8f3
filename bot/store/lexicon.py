"""The lexicon: every word of the index, its stem, and how many passages hold it.

It is kept in the table ``word``: an episode that comes or goes is counted by itself, after many
have come all are counted anew. In between, and where that was interrupted, the table is marked as
stale; whoever looks words up then counts them for himself.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, cast

import Stemmer  # pyright: ignore[reportMissingTypeStubs]

_stemmer = cast("Any", Stemmer).Stemmer("english")

# A small index of one episode's passages, that they be cut into words as the large one does it.
SETUP = (
    "CREATE VIRTUAL TABLE temp.counted USING fts5 (text, content = '', detail = none, "
    "columnsize = 0, tokenize = \"unicode61 remove_diacritics 2 tokenchars '+#'\")",
    "CREATE VIRTUAL TABLE temp.counted_word USING fts5vocab ('temp', 'counted', 'row')",
)
_COUNT = (
    "INSERT INTO temp.counted (rowid, text) SELECT passage.id, text FROM episode JOIN passage "
    "ON passage.id >= episode.id * 1000000 AND passage.id < (episode.id + 1) * 1000000 "
    "WHERE episode.id = ? OR episode.path = ?"
)
_CHANGE = (
    "INSERT INTO main.word SELECT term, stem(term), {change} FROM temp.counted_word WHERE true "
    "ON CONFLICT (word) DO UPDATE SET passages = passages + excluded.passages"
)
_FORGET = "INSERT INTO temp.counted (counted) VALUES ('delete-all')"
_FILL = "SELECT term AS word, stem(term) AS stem, doc AS passages FROM vocabulary"

STALE = "INSERT OR REPLACE INTO meta VALUES ('words', 'stale')"
IS_STALE = "SELECT 1 FROM meta WHERE key = 'words'"
ANEW = (
    "DELETE FROM word",
    f"INSERT INTO word {_FILL}",
    "DELETE FROM meta WHERE key = 'words'",
)

# Of an episode by its id or path: after it has come, and before it goes.
COME = (_COUNT, _CHANGE.format(change="doc"), _FORGET)
GO = (
    _COUNT,
    _CHANGE.format(change="-doc"),
    "DELETE FROM main.word WHERE passages < 1 AND word IN (SELECT term FROM temp.counted_word)",
    _FORGET,
)

_AFTER = "\U0010ffff"  # no word holds it, so that it sorts behind all that may follow


def stem(word: str) -> str:
    """The stem of an English word (Snowball), which its inflections share."""
    return _stemmer.stemWord(word)


class Lexicon(Mapping[str, int]):
    """Every word, with the number of passages that hold it.

    It is read from any thread, over a connection of its own.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """The lexicon of the archive at ``path``, to be read."""
        where = f"{path.resolve().as_uri()}?mode=ro"
        db = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
        db.create_function("stem", 1, stem, deterministic=True)
        return cls(db)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.close()

    def refresh(self) -> None:
        """See to it that the words are those of the index: count them where the table is stale."""
        with self._lock:
            self._db.execute("DROP TABLE IF EXISTS temp.word")
            if self._db.execute(IS_STALE).fetchone():
                # Named as the other, which it hides.
                self._db.execute(f"CREATE TEMP TABLE word AS {_FILL}")
                self._db.execute("CREATE UNIQUE INDEX temp.word_word ON word (word)")
                self._db.execute("CREATE INDEX temp.word_stem ON word (stem)")
                self._db.execute("CREATE INDEX temp.word_ending ON word (substr(word, -3))")

    def __getitem__(self, word: str) -> int:
        return self.some((word,))[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._look_up("SELECT word, passages FROM word"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def some(self, words: Iterable[str]) -> dict[str, int]:
        """Those of these words that occur."""
        return self._look_up(
            "SELECT word, passages FROM word WHERE word IN (SELECT value FROM json_each(?))",
            json.dumps(list(words)),
        )

    def inflections(self, of: str) -> dict[str, int]:
        """The words of the same stem."""
        return self._look_up("SELECT word, passages FROM word WHERE stem = ?", stem(of))

    def like(self, word: str, *, longer: int) -> dict[str, int]:
        """The words of the same first or last three letters, at most so much longer or shorter."""
        length = "length(word) BETWEEN ? AND ?"
        lengths = (len(word) - longer, len(word) + longer)
        return self._look_up(
            f"SELECT word, passages FROM word WHERE word BETWEEN ? AND ? AND {length} "
            f"UNION SELECT word, passages FROM word WHERE substr(word, -3) = ? AND {length}",
            *(word[0], word[0] + _AFTER, *lengths),
            *(word[-3:], *lengths),
        )

    def shaped(self, first: str, inner: int, last: str) -> dict[str, int]:
        """The words with these letters around so many others."""
        return self._look_up(
            "SELECT word, passages FROM word "
            "WHERE word BETWEEN ? AND ? AND substr(word, -1) = ? AND length(word) = ?",
            *(first, first + _AFTER, last, inner + 2),
        )

    def _look_up(self, sql: str, *parameters: object) -> dict[str, int]:
        with self._lock:
            return dict(self._db.execute(sql, parameters).fetchall())
