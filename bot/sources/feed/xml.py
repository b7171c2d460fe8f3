"""Feeds as XML: one item after the other, whatever else in the file is broken.

A thin reader over expat without any entity but XML's own five: the feed parsers that exist
keep one ``podcast:transcript`` or ``podcast:person`` of several. Where the XML is broken,
what is left is cut at its items, and each is mended and read by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax import SAXException, SAXParseException

from defusedxml.common import DefusedXmlException

from bot.errors import SourceError
from bot.sources.feed import mending
from bot.sources.feed.element import Element, Feed
from bot.sources.feed.parsing import Builder, parser_for

_CHUNK = 2**16


def items(path: Path, name: str, feed: Feed) -> Iterator[Element]:
    """Every item of the feed in ``path`` in order, read as the file is; fills ``feed``.

    Args:
        path: The file.
        name: How messages call the feed: its address.
        feed: Is filled with all that is no item.

    Raises:
        SourceError: Where the file is no feed; the message says what it is instead.
    """
    builder = Builder(feed, name)
    parser = parser_for(builder)
    done = 0
    try:
        with path.open("rb") as file:
            start = file.read(_CHUNK).lstrip(b" \t\r\n")
            if not start:
                raise SourceError(name, 1, "the feed is empty; its maker must mend it")
            while start:
                parser.feed(start)
                for item in builder.take():
                    done += 1
                    yield item
                start = file.read(_CHUNK)
            parser.close()
            yield from builder.take()
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
        for item in builder.take():
            done += 1
            yield item
    except (SAXException, ValueError, LookupError) as error:  # an encoding that nobody knows
        mistake = SourceError(name, 1, f"not well-formed XML: {error}")
    yield from mending.rest(path, name, feed, done, mistake)
