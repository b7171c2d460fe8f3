"""HTML as a browser reads it, however it is written, as a flat sequence of tags and texts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

# The parser takes quadratic time for what is nested without end; browsers stop at 512.
_DEEPEST = 400
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_FLAT = frozenset(
    "area base br col dd dt embed hr img input li link meta option p param source td th tr "
    "track wbr".split()
)  # have no end, or need none
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.I)  # in these, everything nests
_ANY_TAG = re.compile(r"<[/!]?[a-zA-Z][^<>]{0,2000}>")
_LIKE_MARKUP = re.compile(r"</?[a-zA-Z]|&#?\w{1,30};")
_UNSEEN = ("script", "style", "template")
_BREAKS = frozenset("br div h1 h2 h3 h4 h5 h6 hr li p td th tr".split())


class Event(NamedTuple):
    """A start tag (``name``), an end tag (``/name``), a comment (``!``) or a text ("").

    ``text`` is that of a text or comment, the address of a link or the alternative text of
    an image.
    """

    name: str
    text: str = ""


def events(markup: str) -> Iterator[Event]:
    """Every tag and text of a page or a piece of one, in order; scripts and styles are left out."""
    if _too_deep(markup):
        yield Event("", html.unescape(_ANY_TAG.sub(" ", markup)))
        return
    root = LexborHTMLParser(markup).body
    if root is None or root.child is None:
        return
    node = root.child
    while True:
        yield from _start(node)
        if node.child is not None and node.tag not in _UNSEEN:
            node = node.child
            continue
        yield from _end(node)
        while node.next is None:
            parent = node.parent
            if parent is None or parent.mem_id == root.mem_id:
                return
            node = parent
            yield from _end(node)
        node = node.next


def _start(node: LexborNode) -> Iterator[Event]:
    name = node.tag or ""
    if node.is_text_node:
        yield Event("", node.text_content or "")
    elif node.is_comment_node:
        yield Event("!", node.comment_content or "")
    elif node.is_element_node:
        attribute = {"a": "href", "img": "alt"}.get(name)
        yield Event(name, (node.attributes.get(attribute) or "") if attribute else "")


def _end(node: LexborNode) -> Iterator[Event]:
    if node.is_element_node:
        yield Event(f"/{node.tag}")


def plain(markup: str) -> str:
    """The words of a piece of HTML on one line; a text without markup stays as it is."""
    if not _LIKE_MARKUP.search(markup):
        return " ".join(markup.split())
    parts = [
        " " if event.name.lstrip("/") in _BREAKS else event.text
        for event in events(markup)
        if not event.name or event.name.lstrip("/") in _BREAKS
    ]
    return " ".join("".join(parts).split())


def _too_deep(markup: str) -> bool:
    flat = frozenset[str]() if _FOREIGN.search(markup) else _FLAT
    depth = 0
    for closing, name in _TAG.findall(markup):
        if name.lower() not in flat:
            depth = max(depth + (-1 if closing else 1), 0)
            if depth > _DEEPEST:
                return True
    return False
