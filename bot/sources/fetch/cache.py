"""What was fetched, on disk: a file's bytes, and beside them what its server said of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast


@dataclass(slots=True)
class Record:
    """What is known of an address.

    ``etag`` and ``modified`` are the server's validators of the kept bytes, ``digest`` their
    SHA-256 in hex. Times are in seconds since 1970: when the bytes last changed (``fetched``),
    when the server last vouched for them (``checked``), and before when it must not be asked
    again (``not_before``) after ``failures`` in a row, the last of them for ``reason``.
    ``moved`` is where the server permanently redirects to.
    """

    url: str
    etag: str | None = None
    modified: str | None = None
    digest: str | None = None
    fetched: float = 0.0
    checked: float = 0.0
    moved: str | None = None
    failures: int = 0
    not_before: float = 0.0
    reason: str | None = None


class Cache:
    """A folder of what was fetched. A file is whole or not there, whenever the power fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record(self, url: str) -> Record:
        """What is known of an address; a record that cannot be read knows nothing."""
        record = Record(url)
        values = self.read_json(f"{_key(url)}.json")
        if values.get("url") == url:
            for known in fields(Record):
                default = getattr(record, known.name)
                value = values.get(known.name)
                if isinstance(value, type(default) if default is not None else str):
                    setattr(record, known.name, value)
        if record.digest and not self.body(url).is_file():
            record.etag = record.modified = record.digest = None
        return record

    def save(self, record: Record) -> None:
        """Keep a record."""
        self.write_json(f"{_key(record.url)}.json", asdict(record))

    def body(self, url: str) -> Path:
        """Where the bytes are kept, if there are any."""
        return self.folder / f"{_key(url)}.body"

    def part(self, url: str) -> Path:
        """Where bytes are kept until they are all there."""
        return self.folder / f"{_key(url)}.part"

    def keep(self, url: str) -> None:
        """Let the bytes that have arrived replace those of before."""
        os.replace(self.part(url), self.body(url))  # noqa: PTH105

    def drop(self, url: str) -> None:
        """Forget bytes that arrived only in part."""
        with contextlib.suppress(FileNotFoundError):
            self.part(url).unlink()

    def read_json(self, name: str) -> dict[str, Any]:
        """A file of the folder; empty where it is not there or damaged."""
        try:
            values: object = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return cast("dict[str, Any]", values) if isinstance(values, dict) else {}

    def write_json(self, name: str, values: dict[str, Any]) -> None:
        """Write a file of the folder, all of it or nothing."""
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps(values), encoding="utf-8")
        os.replace(part, self.folder / name)  # noqa: PTH105


def _key(url: str) -> str:
    return hashlib.sha256(url.encode(errors="replace")).hexdigest()[:32]
