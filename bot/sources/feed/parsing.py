"""An XML parser that builds an element for each item, and follows nothing that may do harm."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any
from xml.parsers.expat import XML_PARAM_ENTITY_PARSING_NEVER
from xml.sax.handler import ContentHandler

from defusedxml.expatreader import DefusedExpatParser

from bot.errors import SourceError
from bot.sources.feed.element import Element, Feed

_DEEPEST = 50
_MOST_CHILDREN = 5_000  # of a channel, items aside
ITEMS = frozenset(("item", "atom:entry"))
_CONTAINERS = frozenset(("channel", "rss", "atom:feed", "rdf:rdf"))
_PREFIXES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://podlove.org/simple-chapters": "psc",
    "http://podlove.org/simple-chapters/": "psc",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "http://www.google.com/schemas/play-podcasts/1.0/": "googleplay",
    "http://www.w3.org/1999/xhtml": "xhtml",
}


class _Parser(DefusedExpatParser):
    """Leaves a document type that is elsewhere unread, where the base class refuses it."""

    def reset(self) -> None:
        super().reset()
        self._parser.SetParamEntityParsing(XML_PARAM_ENTITY_PARSING_NEVER)


def parser_for(builder: Builder) -> DefusedExpatParser:
    """A parser that tells ``builder`` what it finds."""
    parser = _Parser()
    parser.setContentHandler(builder)
    builder.line = parser.getLineNumber
    return parser


class Builder(ContentHandler):
    """Builds an element for each item and for each child of the channel."""

    def __init__(self, feed: Feed, name: str, line: int = 0) -> None:
        super().__init__()
        self.feed = feed
        self.source = name
        self.first_line = line
        self.line: Callable[[], int | None] = lambda: 1
        self.done: list[Element] = []
        self.open: list[Element] = []
        self.too_deep = 0
        self.depth = 0
        self.scopes: list[dict[str, str]] = [{}]

    def take(self) -> list[Element]:
        """The items that are complete."""
        done, self.done = self.done, []
        return done

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """Called by the parser, as those below are."""
        attributes: dict[str, str] = dict(attrs.items())
        scope = self.scopes[-1]
        if any(key.startswith("xmlns") for key in attributes):
            scope = dict(scope)
            for key in [key for key in attributes if key == "xmlns" or key.startswith("xmlns:")]:
                scope[key.partition(":")[2]] = attributes.pop(key).strip()
        self.scopes.append(scope)
        self.depth += 1
        known = _name(name, scope)
        if self.open:
            if len(self.open) >= _DEEPEST or self.too_deep:
                self.too_deep += 1
                return
            element = Element(known, self._line(), attributes)
            self.open[-1].children.append(element)
            self.open.append(element)
        elif self.depth > 1 and known not in _CONTAINERS:
            self.open.append(Element(known, self._line(), attributes))
        elif self.depth == 1 and known.casefold() not in _CONTAINERS:
            raise SourceError(
                self.source,
                self._line(),
                f"this is <{name[:40]}>, not a feed; give the address of an RSS or Atom feed",
            )

    def _line(self) -> int:
        return (self.line() or 1) + self.first_line

    def endElement(self, name: str) -> None:  # noqa: N802
        """An element is complete."""
        self.scopes.pop()
        self.depth -= 1
        if self.too_deep:
            self.too_deep -= 1
            return
        if not self.open:
            return
        element = self.open.pop()
        _join_texts(element)
        if not self.open:
            if element.name in ITEMS:
                self.done.append(element)
            elif len(self.feed.channel.children) < _MOST_CHILDREN:
                self.feed.channel.children.append(element)

    def characters(self, content: str) -> None:
        """Some text, perhaps not all of it."""
        if self.open:
            self.open[-1].children.append(content)

    def skippedEntity(self, name: str) -> None:  # noqa: N802
        """HTML's names for characters, in a feed that refers to a document type."""
        self.characters(html.unescape(f"&{name};"))


def _name(name: str, scope: dict[str, str]) -> str:
    prefix, colon, local = name.rpartition(":")
    uri = scope.get(prefix, "")
    prefix = _PREFIXES.get(uri.casefold(), prefix)
    if not colon and not prefix:
        return local
    return f"{prefix}:{local}" if prefix else local


def _join_texts(element: Element) -> None:
    joined: list[Element | str] = []
    texts: list[str] = []
    for part in [*element.children, None]:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            joined.append("".join(texts))
            texts = []
        if part is not None:
            joined.append(part)
    element.children = joined
