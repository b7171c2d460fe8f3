"""What a feed says of its show as a whole, which its items fall back on."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin

from bot.sources.feed.element import Element
from bot.sources.markup import plain

_HOSTS = frozenset(("host", "co-host", "cohost", "guest host", "co host", "presenter", "moderator"))
_LONGEST_AUTHOR = 500
_MAIL = re.compile(r"\S+@\S+\s*\(([^()]+)\)|([^()<]*?)\s*[(<]\S+@\S+[)>]")


class Person(NamedTuple):
    """Somebody of the cast; ``role`` is ``host``, ``guest``, or another in lower case."""

    name: str
    role: str


class Show(NamedTuple):
    """The show's own fields; ``next_page`` and ``archive`` lead to older items (RFC 5005)."""

    title: str = ""
    link: str | None = None
    language: str | None = None
    author: str | None = None
    image: str | None = None
    guid: str | None = None
    locked: bool = False
    people: tuple[Person, ...] = ()
    next_page: str | None = None
    archive: str | None = None


def read(channel: Element, base: str) -> Show:
    """The show of a feed, whose own address is ``base``."""
    links = {
        link.attributes.get("rel", "alternate"): urljoin_safe(base, link.attributes.get("href", ""))
        for link in channel.all("atom:link")
    }
    return Show(
        title=plain(text(channel, "title", "atom:title", "itunes:title")),
        link=urljoin_safe(base, text(channel, "link")) or links.get("alternate"),
        language=text(channel, "language", "dc:language") or None,
        author=author(channel),
        image=image(channel, base),
        guid=text(channel, "podcast:guid", "atom:id") or None,
        locked=text(channel, "podcast:locked").casefold() == "yes",
        people=people(channel),
        next_page=links.get("next"),
        archive=links.get("prev-archive"),
    )


def text(element: Element, *names: str) -> str:
    """The text of the first child, in the order of the names, that has any."""
    for name in names:
        for child in element.all(name):
            if found := child.text:
                return found
    return ""


def image(element: Element, base: str) -> str | None:
    """The address of an item's or a show's picture."""
    for name, attribute in (
        *(("itunes:image", "href"), ("podcast:image", "href"), ("podcast:image", "url")),
        *(("googleplay:image", "href"), ("media:thumbnail", "url")),
    ):
        for child in element.all(name):
            if address := urljoin_safe(base, child.attributes.get(attribute, "") or child.text):
                return address
    for child in element.all("image"):
        if address := urljoin_safe(base, text(child, "url")):
            return address
    return urljoin_safe(base, text(element, "atom:logo"))


def people(element: Element) -> tuple[Person, ...]:
    """The cast that ``podcast:person`` lists; who stands behind the scenes is left out."""
    found: list[Person] = []
    for tag in element.all("podcast:person"):
        group = tag.attributes.get("group", "").strip().casefold() or "cast"
        role = tag.attributes.get("role", "").strip().casefold() or "host"
        name = plain(tag.text)[:200]
        if name and group == "cast":
            found.append(Person(name, "host" if role in _HOSTS else role))
    return tuple(dict.fromkeys(found))


def author(element: Element) -> str | None:
    """The author as the feed writes it, without an address of mail."""
    for name in ("itunes:author", "dc:creator", "author", "googleplay:author"):
        if found := plain(text(element, name))[:_LONGEST_AUTHOR]:
            mail = _MAIL.fullmatch(found)
            found = (mail[1] or mail[2]).strip() if mail else found
            if found and "@" not in found:
                return found
    names = [plain(text(tag, "atom:name")) for tag in element.all("atom:author")]
    return ", ".join(filter(None, names)) or None


def urljoin_safe(base: str, address: str) -> str | None:
    """An address made absolute; None where it is none of the web."""
    address = address.strip()
    if not address:
        return None
    try:
        joined = urljoin(base, address)
    except ValueError:
        return None
    return joined if joined.casefold().startswith(("https://", "http://")) else None
