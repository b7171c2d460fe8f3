"""The archive for other tools: episodes, turns or notes as JSON Lines or CSV, row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from bot.episode import Link
from bot.store import database

Row = dict[str, Any]
Write = Callable[[TextIO, Iterable[Row]], int]

_PEOPLE = (
    "(SELECT json_group_array(name) FROM (SELECT name FROM person "
    "WHERE episode_id = episode.id AND role = '{}' ORDER BY position))"
)
_QUERIES = {
    "episodes": (
        "SELECT number, slug, title, url, published, draft, duration, audio_url, audio_size, "
        f"image, description, summary, {_PEOPLE.format('host')} AS hosts, "
        f"{_PEOPLE.format('guest')} AS guests, (SELECT json_group_array(name) FROM "
        "(SELECT name FROM category WHERE episode_id = episode.id ORDER BY position)) "
        "AS categories, links, turns, path FROM episode ORDER BY published, number, id"
    ),
    "turns": (
        "SELECT number AS episode, slug, turn.id % 1000000 AS turn, label, speaker, seconds, "
        "NOT exact AND seconds IS NOT NULL AS estimated, clip, text "
        "FROM episode JOIN turn ON turn.id >= episode.id * 1000000 "
        "AND turn.id < (episode.id + 1) * 1000000 ORDER BY episode.id, turn.id"
    ),
    "notes": (
        "SELECT number AS episode, slug, section, position, position = 0 AS heading, depth, "
        "text, note.links AS links FROM episode JOIN note ON episode_id = episode.id "
        "ORDER BY episode_id, section, position"
    ),
}
WHAT = tuple(_QUERIES)
_TRUTHS = {"draft", "estimated", "clip", "heading"}
_JSON = {"hosts", "guests", "categories", "links"}


def rows(archive: Path, what: str) -> Generator[Row]:
    """The rows of one kind, drafts and episodes to come included, as they are read.

    Raises:
        sqlite3.Error: Where the archive cannot be read.
    """
    with closing(database.look_at(archive)) as db:
        db.execute("BEGIN")  # all of it is of one moment
        for row in db.execute(_QUERIES[what]):
            yield {key: _value(key, row[key]) for key in row.keys()}  # noqa: SIM118


def _value(key: str, value: Any) -> Any:
    if key in _TRUTHS:
        return bool(value)
    if key in _JSON:
        found = json.loads(value)
        # The links of a note are rows, those of an episode are named.
        return [Link(*one)._asdict() for one in found] if _rows(found) else found
    if key == "published" and value is not None:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value


def _rows(found: Any) -> bool:
    return bool(found) and isinstance(found, list) and isinstance(found[0], list)


def write_jsonl(stream: TextIO, found: Iterable[Row]) -> int:
    """Write an object a line; return how many."""
    count = 0
    for row in found:
        stream.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count


def write_csv(stream: TextIO, found: Iterable[Row]) -> int:
    """Write CSV (RFC 4180) with a line of names; lists are JSON in a field. Return how many."""
    count = 0
    writer = None
    for row in found:
        if writer is None:
            writer = csv.DictWriter(stream, list(row))
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})
        count += 1
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


FORMATS: dict[str, Write] = {"jsonl": write_jsonl, "csv": write_csv}


def write(archive: Path, what: str, form: str, stream: TextIO) -> int:
    """Write to a stream; return the number of rows.

    Raises:
        sqlite3.Error: Where the archive cannot be read.
    """
    with closing(rows(archive, what)) as found:
        return FORMATS[form](stream, found)


def export(archive: Path, what: str, form: str, target: Path) -> int:
    """Write to a file that has its name once it is complete; return the number of rows.

    Raises:
        OSError: Where it cannot be written.
        sqlite3.Error: Where the archive cannot be read.
    """
    half = target.with_name(f"{target.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            count = write(archive, what, form, stream)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return count
