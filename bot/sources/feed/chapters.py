"""Chapters: JSON files (https://github.com/Podcastindex-org/podcast-namespace) and Podlove's tags.

Each becomes a section of the show notes that knows where it starts.
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, cast

from bot.episode import Link, Note, Section
from bot.errors import SourceError
from bot.sources.feed.element import Element
from bot.sources.frontmatter import parse_clock
from bot.sources.notes import clean

LARGEST = 2**20  # bytes
LEVEL = 2  # of their headings, as if they stood below the title
_MOST = 1_000


class _Chapter(NamedTuple):
    seconds: float
    title: str
    url: str | None


def read_json(content: bytes, path: str) -> tuple[Section, ...]:
    """The chapters of a JSON file, in the order of their times; silent ones are left out.

    Raises:
        SourceError: Where it is none.
    """
    try:
        whole: object = json.loads(content)
    except json.JSONDecodeError as error:
        raise SourceError(
            path, error.lineno, f"the chapters are not valid JSON: {error.msg}"
        ) from None
    except (RecursionError, ValueError) as error:
        raise SourceError(path, 1, f"the chapters are not valid JSON: {error}") from None
    found = cast("dict[str, object]", whole).get("chapters") if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        raise SourceError(path, 1, 'holds no list of "chapters"')
    chapters: list[_Chapter] = []
    for value in cast("list[object]", found):
        table = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if table.get("toc") is not False:
            chapters += _chapter(table.get("startTime"), table.get("title"), table.get("url"))
    return _sections(chapters)


def read_tags(item: Element) -> tuple[Section, ...]:
    """The chapters of an item's ``psc:chapters`` (https://podlove.org/simple-chapters)."""
    found: list[_Chapter] = []
    for chapters in item.all("psc:chapters"):
        for tag in chapters.all("psc:chapter"):
            get = tag.attributes.get
            found += _chapter(get("start"), get("title"), get("href"))
    return _sections(found)


def _chapter(start: object, title: object, url: object) -> list[_Chapter]:
    try:
        seconds = parse_clock(start) if isinstance(start, str) else start
    except ValueError:
        return []
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return []
    name = clean(title)[:500] if isinstance(title, str) else ""
    if not name or not math.isfinite(seconds) or not 0 <= seconds < 10**6:
        return []
    address = url.strip() if isinstance(url, str) else ""
    return [_Chapter(float(seconds), name, address if address.startswith("http") else None)]


def _sections(chapters: list[_Chapter]) -> tuple[Section, ...]:
    ordered = sorted(chapters, key=lambda chapter: chapter.seconds)[:_MOST]
    return tuple(
        Section(
            title,
            LEVEL,
            (Note("", (Link(url, title, title),)),) if url else (),
            seconds,
        )
        for seconds, title, url in ordered
    )
