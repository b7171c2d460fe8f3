"""The prose of an item: its show notes, and the short text that says what it is about."""

from __future__ import annotations

import html
import re

from bot.sources.feed.element import Element
from bot.sources.markup import plain
from bot.sources.notes import Notes, clean, read_html
from bot.sources.site import Site

_WHOLE = ("content:encoded", "description", "atom:content", "atom:summary", "itunes:summary")
SHORT = (
    "description",
    "atom:summary",
    "itunes:summary",
    "googleplay:description",
    "itunes:subtitle",
)
_BLURB = 1_000  # characters beyond which a description is the show notes themselves
_TAGS = re.compile(r"</?(?:p|a|br|ul|ol|li|div|h[1-6]|b|i|em|strong|span|img|blockquote)\b", re.I)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,12}|#x?[0-9a-fA-F]{1,6});")
_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]]")


def show_notes(item: Element, site: Site, own_url: str | None) -> Notes:
    """The show notes: the most that any of the tags for them says."""
    whole = [tag.markup() for name in _WHOLE for tag in item.all(name) if tag.children]
    if not whole:
        return Notes((), None)
    encoded = [tag.markup() for tag in item.all("content:encoded", "atom:content") if tag.children]
    markup = max(encoded, key=len) if encoded else max(whole, key=len)
    return read_html(_as_html(markup), site, own_url)


def _as_html(prose: str) -> str:
    """Plain text with its paragraphs and addresses marked up; HTML as it is."""
    if _TAGS.search(prose):
        return prose
    if not _ENTITY.search(prose):
        prose = html.escape(prose, quote=False)
    paragraphs = [
        _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', line)
        for line in prose.split("\n")
        if line.strip()
    ]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def description(item: Element, notes: Notes) -> str | None:
    """A short text that says what the episode is about, where the feed has one."""
    found = [plain(tag.markup()) for name in SHORT for tag in item.all(name) if tag.children]
    short = [words for words in found if words and len(words) <= _BLURB]
    whole = _words_of(notes)
    several = sum(len(section.notes) for section in notes.sections) > 1
    return next((words for words in short if not (several and words == whole)), None)


def say_no_more(notes: Notes, description: str) -> bool:
    """Whether the notes are just the description once more."""
    linked = any(section.links for section in notes.sections)
    return len(notes.sections) < 2 and not linked and _words_of(notes) == description


def _words_of(notes: Notes) -> str:
    return clean(" ".join(note.text for section in notes.sections for note in section.notes))
