"""Show notes: Markdown and HTML reduced to sections of clean text and links.

cmark-gfm renders the Markdown, so that lists, links and raw HTML mean what they mean on the
show's page; what it writes is then read tag by tag.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

import cmarkgfm
from cmarkgfm.cmark import Options

from bot.episode import Link, Note, Section
from bot.sources.markup import events
from bot.sources.site import Site

# Typographic quotes and dashes, as Hugo writes them on the page.
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_SMART

_SHORTCODE = re.compile(r"\{\{[<%].*?[>%]\}\}", re.S)
# Comment, name of a tag and its attributes, or text.
_TOKEN = re.compile(
    r"<!--(.*?)-->|<(?:script|style)\b.*?</(?:script|style)\s*>"
    r"|<(/?[a-zA-Z][a-zA-Z0-9]*)([^>]*)>|([^<]+|<)",
    re.S | re.I,
)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_BLOCKS = frozenset(
    slash + name
    for name in (
        "article aside audio blockquote center dd div dl dt figcaption figure footer header hr "
        "iframe main p pre section table tbody thead tr video"
    ).split()
    for slash in ("", "/")
) | {"/li"}
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_SPACES = frozenset(("br", "td", "/td", "th", "/th"))
_JOINING = re.compile(
    r"^(?:[\s,;:&|/–-]|and\b|or\b)+|(?:[\s,;:&|/–(-]|\b(?:and|or|on|at|in|of|the))+$"
)
_HOLLOW = re.compile(r"\((?:\W|and\b|or\b|on\b|at\b|in\b)*\)")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


class Notes(NamedTuple):
    """The sections of the show notes, and the text before ``<!--more-->`` or the first heading."""

    sections: tuple[Section, ...]
    summary: str | None


def read(markdown: str, site: Site, own_url: str | None) -> Notes:
    """Read show notes; ``own_url`` is the page's address, to tell links to other episodes."""
    if "{{" in markdown:
        markdown = _SHORTCODE.sub("", markdown)
    rendered = cmarkgfm.markdown_to_html_with_extensions(
        markdown,
        options=_OPTIONS,
        extensions=["table", "autolink", "strikethrough"],
    )
    reader = _Reader(site, own_url)
    for comment, name, attributes, text in _TOKEN.findall(rendered):
        if text:
            reader.text(html.unescape(text) if "&" in text else text)
        elif name:
            reader.tag(name := name.lower(), _attribute(name, attributes))
        elif comment.strip() == "more":
            reader.more()
    return reader.finish()


def read_html(markup: str, site: Site, own_url: str | None) -> Notes:
    """Read show notes in HTML, as feeds have them, however they are written."""
    reader = _Reader(site, own_url)
    for name, text in events(markup):
        if name == "!":
            if text.strip() == "more":
                reader.more()
        elif name:
            reader.tag(name, text)
        else:
            reader.text(text)
    return reader.finish()


def _attribute(tag: str, attributes: str) -> str:
    """The address of a link, the alternative text of an image."""
    pattern = {"a": _HREF, "img": _ALT}.get(tag)
    found = pattern.search(attributes) if pattern else None
    return html.unescape(next(filter(None, found.groups()), "")) if found else ""


class _Reader:
    def __init__(self, site: Site, own_url: str | None) -> None:
        self.site = site
        self.own_url = own_url
        self.sections: list[Section] = []
        self.heading, self.level = "", 0
        self.notes: list[Note] = []
        self.parts: list[str] = []
        self.links: list[tuple[str, int, int]] = []  # address, first and last part
        self.open_link: tuple[str, int] | None = None
        self.depth = 0
        self.in_item = False
        self.summary: str | None = None

    def text(self, text: str) -> None:
        self.parts.append(text)

    def tag(self, name: str, attribute: str) -> None:
        """A start tag, or an end tag with its slash; ``attribute`` is what ``_attribute`` finds."""
        if name in _BLOCKS:
            self._flush()
        elif name == "a":
            self._end_link()
            if address := attribute.strip():
                self.open_link = (address, len(self.parts))
        elif name == "/a":
            self._end_link()
        elif name == "li":
            self._flush()
            self.in_item = True
        elif name in ("ul", "ol"):
            self._flush()
            self.depth += 1
        elif name in ("/ul", "/ol"):
            self._flush()
            self.depth = max(0, self.depth - 1)
            self.in_item = self.in_item and self.depth > 0
        elif name in _HEADINGS:
            self._start_section(int(name[1]))
        elif name[1:] in _HEADINGS:
            self._end_heading()
        elif name in _SPACES:
            self.parts.append(" ")
        elif name == "img" and self.open_link:
            self.parts.append(attribute)

    def more(self) -> None:
        self._flush()
        if self.summary is None:
            notes = [note for section in self.sections for note in section.notes] + self.notes
            self.summary = _joined(notes)

    def finish(self) -> Notes:
        self._start_section(0)
        # An untitled first section that holds nothing says nothing.
        if self.sections and not self.sections[0].heading and not self.sections[0].notes:
            del self.sections[0]
        summary = self.summary
        if summary is None and self.sections and not self.sections[0].heading:
            summary = _joined(self.sections[0].notes)
        return Notes(tuple(self.sections), summary)

    def _end_link(self) -> None:
        if self.open_link:
            address, first = self.open_link
            self.links.append((address, first, len(self.parts)))
            self.open_link = None

    def _start_section(self, level: int) -> None:
        self._flush()
        self.sections.append(Section(self.heading, self.level, tuple(self.notes)))
        self.heading, self.level, self.notes = "", level, []
        self.depth, self.in_item = 0, False

    def _end_heading(self) -> None:
        self._end_link()
        self.heading = clean("".join(self.parts))
        self.notes += [Note("", (link,)) for link in self._links(self.heading)]
        self.parts, self.links = [], []

    def _flush(self) -> None:
        self._end_link()
        if self.parts or self.links:
            text = clean("".join(self.parts))
            links = self._links(text)
            if text or links:
                self.notes.append(Note(text, links, self.depth if self.in_item else 0))
            self.parts, self.links = [], []

    def _links(self, text: str) -> tuple[Link, ...]:
        if not self.links:
            return ()
        label = text
        if self.in_item:
            inside = {i for _, first, last in self.links for i in range(first, last)}
            words = "".join("\n" if i in inside else p for i, p in enumerate(self.parts))
            words = _HOLLOW.sub("", clean(words)) if "(" in words else clean(words)
            label = _JOINING.sub("", words).strip() or text
        return tuple(
            Link(
                self.site.absolute(address),
                shown := clean("".join(self.parts[first:last])),
                (label if self.in_item else shown) or shown or address,
                self.site.slug_of(address, self.own_url),
            )
            for address, first, last in self.links
            if address
        )


def clean(text: str) -> str:
    """Text on one line, without invisible characters."""
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def _joined(notes: list[Note] | tuple[Note, ...]) -> str | None:
    return "\n".join(note.text for note in notes if note.text) or None
