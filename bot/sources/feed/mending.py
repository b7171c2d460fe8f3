"""Feeds that are not well-formed: cut at their items, each is mended and read by itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax import SAXException, SAXParseException

from defusedxml.common import DefusedXmlException

from bot.errors import SourceError
from bot.sources.feed.element import Element, Feed
from bot.sources.feed.parsing import Builder, parser_for

_MOST_BROKEN = 500
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


def rest(path: Path, name: str, feed: Feed, done: int, mistake: SourceError) -> Iterator[Element]:
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
        builder = Builder(Feed(), name, line - 1)
        parser = parser_for(builder)
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
            if builder.done:
                return builder.done[0]
    return mistake


def _read_head(head: str, name: str, feed: Feed) -> None:
    """What the channel says of itself, as far as it can be read."""
    parser = parser_for(Builder(feed, name))
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
