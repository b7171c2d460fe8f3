"""Front matter: TOML between ``+++``, YAML between ``---``, or a JSON object, as Hugo reads it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast

import tomli
import yaml

from bot.errors import SourceError


class FrontMatter(NamedTuple):
    """The keys of a content file, its body, and the body's first line, counted from 1.

    Values are what JSON can hold; dates and times are texts in ISO 8601. ``lines`` says on
    which line each key stands, by its name in lower case.
    """

    keys: dict[str, Any]
    body: str
    body_line: int
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """The line on which a key stands (1 where it can't be told)."""
        return self.lines.get(key.casefold(), 1)


class _YamlLoader(yaml.SafeLoader):
    """PyYAML's safe loader that leaves dates as they are written, to be parsed in one place."""


_YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in cast(
        "dict[str, list[tuple[str, Any]]]", yaml.SafeLoader.yaml_implicit_resolvers
    ).items()
}

_MOST_VALUES, _DEEPEST = 100_000, 32
_FENCE = re.compile(r"(\+\+\+|---)[ \t]*([^\n]*)(?:\n|\Z)")
_KEY = re.compile(r"""^[ \t]*["']?([\w.-]+)["']?[ \t]*[=:]""", re.M)


def split(text: str, path: str) -> FrontMatter:
    """Split a content file into its front matter and its body.

    Raises:
        SourceError: Where there is no front matter, or it does not parse; the message
            says on which line and what to do.
    """
    text = text.removeprefix("\ufeff")
    start = len(text) - len(text.lstrip())
    first_line = _line(text, start)
    if text.startswith("{", start):
        keys, end = _json(text, start, path)
    elif fence := _FENCE.match(text, start):
        mark = fence[1]
        if fence[2]:
            raise SourceError(path, first_line, f"expected '{mark}' alone on its line")
        closing = re.compile(rf"^{re.escape(mark)}[ \t]*$", re.M).search(text, fence.end())
        if closing is None:
            raise SourceError(
                path,
                first_line,
                f"the front matter that opens here is never closed; add a line '{mark}' after it",
            )
        read = _toml if mark == "+++" else _yaml
        keys = read(text[fence.end() : closing.start()], first_line + 1, path)
        end = closing.end()
    else:
        raise SourceError(
            path,
            first_line,
            "no front matter found; an episode starts with '+++' (TOML), '---' (YAML) "
            "or '{' (JSON)",
        )
    lines: dict[str, int] = {}
    for key in _KEY.finditer(text, start, end):
        lines.setdefault(key[1].casefold(), _line(text, key.start(1)))
    return FrontMatter(keys, text[end:], _line(text, end), lines)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _toml(source: str, first_line: int, path: str) -> dict[str, Any]:
    try:
        return _table(tomli.loads(source))
    except tomli.TOMLDecodeError as error:
        line = first_line + min(error.lineno, source.count("\n") + 1) - 1
        raise SourceError(path, line, f"this is not valid TOML: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise SourceError(path, first_line, f"this is not valid TOML: {error}") from None


def _yaml(source: str, first_line: int, path: str) -> dict[str, Any]:
    try:
        return _table(yaml.load(source, _YamlLoader))  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + min(mark.line if mark else 0, source.count("\n"))
        what = getattr(error, "problem", None) or "it cannot be read"
        raise SourceError(path, line, f"this is not valid YAML: {what}") from None
    except (RecursionError, ValueError, AttributeError, TypeError) as error:
        raise SourceError(path, first_line, f"this is not valid YAML: {error}") from None


def _json(text: str, start: int, path: str) -> tuple[dict[str, Any], int]:
    try:
        keys, end = cast("tuple[object, int]", json.JSONDecoder().raw_decode(text, start))
        return _table(keys), end
    except json.JSONDecodeError as error:
        raise SourceError(path, error.lineno, f"this is not valid JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise SourceError(path, _line(text, start), f"this is not valid JSON: {error}") from None


def _table(keys: object) -> dict[str, Any]:
    if keys is None:
        return {}
    if not isinstance(keys, dict):
        raise ValueError("it must be 'key: value' pairs")
    return _plain(cast("dict[object, object]", keys), iter(range(_MOST_VALUES)))


def _plain(value: object, room: Iterator[int], depth: int = 0) -> Any:
    """A value as JSON can hold it, and as text can be stored."""
    if isinstance(value, str):
        if not value.isprintable():
            value = value.replace("\0", "").encode(errors="replace").decode()
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > _DEEPEST or next(room, None) is None:
        raise ValueError("its values are nested too deeply")  # or endlessly, as YAML's can be
    if isinstance(value, dict):
        return {
            str(_plain(key, room, depth + 1)): _plain(inner, room, depth + 1)
            for key, inner in cast("dict[object, object]", value).items()
        }
    if isinstance(value, list | tuple | set):
        return [_plain(inner, room, depth + 1) for inner in cast("list[object]", value)]
    return value.isoformat() if isinstance(value, date | time) else str(value)


# The spellings beyond ISO 8601 and RFC 2822 that Hugo accepts (spf13/cast, StringToDate).
_DATE_FORMATS = (
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %z %Y",
)
_ZONE_NAME = re.compile(r"(?<=[+-]\d{4}) [A-Z]{2,5}$")


def parse_date(value: object) -> tuple[datetime, bool]:
    """Return a date as UTC datetime in whole seconds, and whether it had no time of day.

    What names no offset is UTC, as in Hugo.

    Raises:
        ValueError: Where it cannot be read as a date.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    text = _ZONE_NAME.sub("", value.strip())
    try:
        return _utc(datetime.fromisoformat(text)), len(text) <= 10
    except ValueError:
        pass
    for pattern in _DATE_FORMATS:
        try:
            return _utc(datetime.strptime(text, pattern)), "%H" not in pattern  # noqa: DTZ007
        except ValueError:
            continue
    try:
        return _utc(parsedate_to_datetime(text)), False
    except (TypeError, IndexError, AttributeError):
        raise ValueError(value) from None


def _utc(value: datetime) -> datetime:
    value = value.replace(microsecond=0)
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError(value) from None


def parse_duration(value: object) -> int | None:
    """Return a duration ("HH:MM:SS", "MM:SS" or seconds) in seconds; zero means unknown.

    Raises:
        ValueError: Where it cannot be read as a duration.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < 10**7:
            raise ValueError(value)
        return round(value) or None
    if not isinstance(value, str):
        raise ValueError(value)
    return round(parse_clock(value)) or None if value.strip() else None


def parse_clock(text: str) -> float:
    """Return a time ("HH:MM:SS", "MM:SS" or seconds, each with a fraction) in seconds.

    Raises:
        ValueError: Where it cannot be read as a time.
    """
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,6}(:[0-9]{1,2}){0,2}(\.[0-9]{1,9})?", text):
        raise ValueError(text)
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
