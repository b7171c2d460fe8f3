"""What is kept of each page of a feed beside its bytes, so that it need not be read again."""

from __future__ import annotations

from typing import Any, NamedTuple

from bot.sources.captions.reading import Kind
from bot.sources.feed.item import Attached, Links
from bot.sources.feed.show import Person, Show


class Page(NamedTuple):
    """A page: the show as it has it, what identifies its items, and what these link to.

    ``older`` is the page with the items before (RFC 5005).
    """

    show: Show
    paths: list[str]
    links: list[Links]
    older: str | None


def pages_of(state: dict[str, Any]) -> dict[str, Page]:
    """The pages by address, the newest first; none where the file is damaged."""
    try:
        return {url: _page_of(values) for url, values in state["pages"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _page_of(values: dict[str, Any]) -> Page:
    links = [
        Links(tuple(Attached(url, Kind(kind)) for url, kind in transcripts), marked)
        for transcripts, marked in values["links"]
    ]
    return Page(show_of(values["show"]), list(values["paths"]), links, values["older"])


def values_of(page: Page) -> dict[str, Any]:
    """A page as JSON can hold it, for ``pages_of``."""
    return {
        "show": show_values(page.show),
        "paths": page.paths,
        "links": [
            [[[one.url, int(one.kind)] for one in links.transcripts], links.chapters]
            for links in page.links
            if links.transcripts or links.chapters
        ],
        "older": page.older,
    }


def show_values(whose: Show) -> dict[str, Any]:
    """A show as JSON can hold it, for ``show_of``."""
    return whose._asdict() | {"people": [list(person) for person in whose.people]}


def show_of(values: dict[str, Any]) -> Show:
    """The show that ``show_values`` wrote."""
    people: Any = tuple(Person(*person) for person in values["people"])
    return Show(**values | {"people": people})
