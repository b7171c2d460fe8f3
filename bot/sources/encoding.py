"""The text of a file whose encoding nobody states."""

from __future__ import annotations

import codecs

from bot.episode import Problem
from bot.errors import SourceError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LATIN = ("cp1252", "Windows-1252")


def decode(content: bytes, path: str) -> tuple[str, Problem | None]:
    """The text with plain newlines, and what is to be said of its encoding.

    Raises:
        SourceError: Where it is no text at all.
    """
    problem = None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        encoding, name = ("utf-16", "UTF-16") if content.startswith(_UTF_16) else _LATIN
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(path, line, f"not UTF-8 here; read as {name}, save it as UTF-8")
        text = content.decode(encoding, errors="replace")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError(path, line, "this is a binary file, not a text; replace it")
    return text.replace("\r\n", "\n").replace("\r", "\n"), problem
