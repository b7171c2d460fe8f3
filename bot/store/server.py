"""The address of a PostgreSQL server, which never shows its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a server; ``url`` is as libpq takes it."""

    url: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a setting.

        Raises:
            ValueError: Where it is no such address; the message does not hold it.
        """
        try:
            parts = urlsplit(text)
            port_is_fine = (parts.port or 1) > 0
        except ValueError:
            port_is_fine = False
            parts = urlsplit("")
        if not port_is_fine or f"{parts.scheme}://" not in SCHEMES or len(parts.path) < 2:
            raise ValueError("allowed is a file, or postgresql://user@host/database")
        return cls(text)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, as it is written and as it is meant."""
        parts = urlsplit(self.url)
        written = [parts.password or "", *parse_qs(parts.query).get("password", [])]
        return tuple({one for text in written if text for one in (text, unquote(text))})

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{user}{parts.hostname or ''}{port}{parts.path}"
