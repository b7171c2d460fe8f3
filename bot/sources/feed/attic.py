"""Items that a feed lists no longer though nobody took them back.

Many feeds hold the newest hundred episodes or so: each new one pushes the oldest out of the
end. An archive keeps those; what leaves the middle of a feed was taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from bot.sources.feed.element import Element
from bot.sources.fetch.cache import Cache

_FILE = "attic.json"


def pushed_out(before: Sequence[str], now: Sequence[str]) -> frozenset[str]:
    """Which items left at the older end as at least as many came, given what identifies them."""
    still = frozenset(now)
    gone = [path for path in before if path not in still]
    came = len(still.difference(before))
    if not gone or len(gone) > came or len(gone) == len(before):
        return frozenset()
    at_an_end = gone in (list(before[-len(gone) :]), list(before[: len(gone)]))
    return frozenset(gone) if at_an_end else frozenset()


def keep(cache: Cache, elements: Sequence[Element]) -> None:
    """Add items to those that are kept."""
    kept = [element.to_json() for element in [*items(cache), *elements]]
    cache.write_json(_FILE, {"items": kept})


def items(cache: Cache) -> Iterator[Element]:
    """The items that are kept; none where the file is damaged."""
    values = cache.read_json(_FILE).get("items")
    for value in cast("list[Any]", values) if isinstance(values, list) else []:
        try:
            yield Element.of_json(value)
        except (TypeError, ValueError, AttributeError):
            continue
