"""Feeds as XML: one item after the other, whatever else in the file is broken.

A thin reader over expat without any entity but XML's own five: the feed parsers that exist
keep one ``podcast:transcript`` or ``podcast:person`` of several. Where the XML is broken,
what is left is cut at its items, and each is mended and read by itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers.expat import XML_PARAM_ENTITY_PARSING_NEVER
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from bot.errors import SourceError

_CHUNK = 2**16
_DEEPEST = 50
_MOST_BROKEN = 500
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


@dataclass(slots=True)
class Element:
    """An element: its name with the usual prefix (``itunes:duration``), and the line it is on.

    A prefix that the feed does not declare is taken as it is written.
    """

    name: str
    line: int = 1
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Element | str] = field(default_factory=list["Element | str"])

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join([part for part in self.children if isinstance(part, str)]).strip()

    @property
    def elements(self) -> list[Element]:
        """The elements directly in it."""
        return [part for part in self.children if isinstance(part, Element)]

    def all(self, *names: str) -> list[Element]:
        """Those of its elements that have one of these names."""
        return [part for part in self.elements if part.name in names]

    def markup(self) -> str:
        """What is in it as HTML: its text, with the tags written out that stand as elements."""
        parts: list[str] = []
        nested = any(isinstance(part, Element) for part in self.children)
        for part in self.children:
            if isinstance(part, str):
                parts.append(html.escape(part, quote=False) if nested and part.strip() else part)
                continue
            name = part.name.removeprefix("xhtml:").removeprefix("atom:")
            attributes = "".join(f' {k}="{html.escape(v)}"' for k, v in part.attributes.items())
            inner = (
                part.markup()
                if any(isinstance(p, Element) for p in part.children)
                else (
                    html.escape(
                        "".join([p for p in part.children if isinstance(p, str)]), quote=False
                    )
                )
            )
            parts.append(f"<{name}{attributes}>{inner}</{name}>")
        return "".join(parts).strip()

    def to_json(self) -> list[Any]:
        """The element as nested lists, for ``of_json``."""
        children = [part if isinstance(part, str) else part.to_json() for part in self.children]
        return [self.name, self.line, self.attributes, children]

    @classmethod
    def of_json(cls, values: list[Any]) -> Element:
        """The element that ``to_json`` wrote."""
        name, line, attributes, children = values
        return cls(
            name, line, attributes, [p if isinstance(p, str) else cls.of_json(p) for p in children]
        )


@dataclass(slots=True)
class Feed:
    """What was read of a feed's file besides its items; complete when the items are read.

    ``broken`` are the items that cannot be read, each with the guid that it seems to have.
    ``whole`` is False where the file is cut off.
    """

    channel: Element = field(default_factory=lambda: Element("channel"))
    broken: list[tuple[str | None, SourceError]] = field(
        default_factory=list[tuple[str | None, SourceError]]
    )
    whole: bool = True


def items(path: Path, name: str, feed: Feed) -> Iterator[Element]:
    """Every item of the feed in ``path`` in order, read as the file is; fills ``feed``.

    Args:
        path: The file.
        name: How messages call the feed: its address.
        feed: Is filled with all that is no item.

    Raises:
        SourceError: Where the file is no feed; the message says what it is instead.
    """
    handler = _Handler(feed, name)
    parser = _parser(handler)
    done = 0
    try:
        with path.open("rb") as file:
            start = file.read(_CHUNK).lstrip(b" \t\r\n")
            if not start:
                raise SourceError(name, 1, "the feed is empty; its maker must mend it")
            while start:
                parser.feed(start)
                for item in handler.take():
                    done += 1
                    yield item
                start = file.read(_CHUNK)
            parser.close()
            yield from handler.take()
            return
    except DefusedXmlException:
        raise SourceError(
            name,
            parser.getLineNumber() or 1,
            "the feed declares entities of its own, which may do harm; remove its <!ENTITY>",
        ) from None
    except SAXParseException as error:
        reason = error.getMessage()
        mistake = SourceError(name, error.getLineNumber() or 1, f"not well-formed XML: {reason}")
        for item in handler.take():
            done += 1
            yield item
    except (SAXException, ValueError, LookupError) as error:  # an encoding that nobody knows
        mistake = SourceError(name, 1, f"not well-formed XML: {error}")
    yield from _rest(path, name, feed, done, mistake)


class _Parser(DefusedExpatParser):
    """Leaves a document type that is elsewhere unread, where the base class refuses it."""

    def reset(self) -> None:
        super().reset()
        self._parser.SetParamEntityParsing(XML_PARAM_ENTITY_PARSING_NEVER)


def _parser(handler: _Handler) -> DefusedExpatParser:
    parser = _Parser()
    parser.setContentHandler(handler)
    handler.line = parser.getLineNumber
    return parser


class _Handler(ContentHandler):
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


# What is left where the XML is broken.

_START = re.compile(rb"<(?:[\w-]{1,20}:)?(item|entry)(?=[\s>])")
_ROOT = re.compile(r"<(?:rss|feed|rdf:RDF|[\w-]{1,20}:feed)\b[^<>]{0,5000}>", re.I)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.-]{1,40})", re.I)
_GUID = re.compile(r"<(?:guid|id)\b[^<>]{0,300}>\s*(?:<!\[CDATA\[)?\s*([^<>\]]{1,500})", re.I)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:([a-zA-Z][a-zA-Z0-9]{1,30});|(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};))")
_CDATA = "<![CDATA["
_XML_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))
_PROSE = re.compile(
    r"(<((?:\w+:)?(?:description|encoded|summary|content|subtitle|title))\b(?:[^<>/]|/(?!>)){0,300}>)"
    r"((?:(?!<!\[CDATA\[|</?\2\b).)*+)(</\2\s*>)",
    re.S | re.I,
)


def _rest(path: Path, name: str, feed: Feed, done: int, mistake: SourceError) -> Iterator[Element]:
    """The items after the first ``done``, each mended and read by itself."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    stated = _ENCODING.search(content[:1000])
    encoding = stated[1].decode().casefold() if stated else "utf-8"
    starts = [match.start() for match in _START.finditer(content)]
    head = _text(content[: starts[0] if starts else len(content)], encoding)
    root = _ROOT.search(head)
    if root is None:
        start = " ".join(head[:200].split())[:60]
        raise SourceError(
            name, mistake.line, f"this is no feed: it starts with {start!r}; check the address"
        )
    opening = _mended(root[0])
    if not feed.channel.children:
        _read_head(_mended(head[root.start() :]), name, feed)
    line, at = 1, 0
    for number, start in enumerate(starts):
        line += content.count(b"\n", at, start)
        at = start
        if number < done:
            continue
        end = starts[number + 1] if number + 1 < len(starts) else len(content)
        tag = content[start + 1 : start + 40].split(b">", 1)[0].split()[0]
        closing = content.find(b"</" + tag, start, end)
        if closing < 0:
            closing_text, feed.whole = b"", feed.whole and number + 1 < len(starts)
        else:
            end, closing_text = closing, b"</" + tag + b">"
        fragment = _text(content[start:end] + closing_text, encoding)
        item = _mend(fragment, opening, name, line)
        if isinstance(item, Element):
            yield item
        else:
            guid = _GUID.search(fragment)
            feed.broken.append((html.unescape(guid[1]).strip() if guid else None, item))
            if len(feed.broken) == _MOST_BROKEN:
                reason = f"more than {_MOST_BROKEN} items are broken; the rest is left out"
                feed.broken.append((None, SourceError(name, line, reason)))
                feed.whole = False
                return
    if not starts:
        feed.whole = False
        feed.broken.append((None, mistake))


def _mend(fragment: str, opening: str, name: str, line: int) -> Element | SourceError:
    fragment = _mended(fragment)
    tag = opening[1:].split(None, 1)[0].rstrip(">")
    mistake = SourceError(name, line, "this item is broken")
    for text in (fragment, _PROSE.sub(_sealed, fragment)):
        handler = _Handler(Feed(), name, line - 1)
        parser = _parser(handler)
        try:
            parser.feed(f"{opening}{text}</{tag}>".encode())
            parser.close()
        except DefusedXmlException:
            return SourceError(name, line, "this item declares entities; remove them")
        except SAXParseException as error:
            at = line + max((error.getLineNumber() or 1) - 1 - opening.count("\n"), 0)
            reason = f"this item is not well-formed XML ({error.getMessage()}) and left out; mend"
            mistake = SourceError(name, at, f"{reason} the feed")
        else:
            if handler.done:
                return handler.done[0]
    return mistake


def _read_head(head: str, name: str, feed: Feed) -> None:
    """What the channel says of itself, as far as it can be read."""
    parser = _parser(_Handler(feed, name))
    try:
        parser.feed(head.encode())
    except (SAXException, DefusedXmlException):
        return


def _text(content: bytes, encoding: str) -> str:
    for name in (encoding, "utf-8", "cp1252"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", errors="replace")


def _mended(text: str) -> str:
    """Text without characters and entities that XML does not know."""
    first, *sections = _FORBIDDEN.sub("", text).split(_CDATA)
    parts = [_ENTITY.sub(_entity, first)]
    for section in sections:
        inner, end, after = section.partition("]]>")
        parts += [_CDATA, inner, end, _ENTITY.sub(_entity, after)]
    return "".join(parts)


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name is None or name in _XML_OWN:
        return "&amp;" if name is None else match[0]
    character = html.unescape(match[0])
    return html.escape(character) if character != match[0] else f"&amp;{name};"


def _sealed(match: re.Match[str]) -> str:
    """HTML that was written into a feed as it is, put where XML does not look into it."""
    inner = match[3].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    inner = inner.replace("&amp;", "&").replace("]]>", "]]&gt;")
    return f"{match[1]}<![CDATA[{inner}]]>{match[4]}"
