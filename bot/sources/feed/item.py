"""An item of a feed as an episode: RSS 2.0 or Atom, with iTunes' and Podcasting 2.0's tags.

https://www.rssboard.org/rss-specification, RFC 4287, https://podcasters.apple.com/support/823,
https://github.com/Podcastindex-org/podcast-namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from bot.episode import Episode, Problem, Section
from bot.errors import SourceError
from bot.sources import notes as show_notes
from bot.sources import people, transcript
from bot.sources.captions import reading
from bot.sources.captions.reading import Kind
from bot.sources.feed import chapters, dates, prose
from bot.sources.feed import show as shows
from bot.sources.feed.element import Element
from bot.sources.feed.show import Show, text, urljoin_safe
from bot.sources.frontmatter import parse_duration
from bot.sources.markup import plain
from bot.sources.notes import Notes
from bot.sources.site import Site, urlized
from bot.sources.source import Parsed

_HOURS = re.compile(
    r"(?:PT)?(?:(\d{1,3})\s{0,9}h[a-z]{0,9})?\s{0,9}(?:(\d{1,4})\s{0,9}m[a-z]{0,9})?"
    r"\s{0,9}(?:(\d{1,6})\s{0,9}s[a-z]{0,9})?",
    re.I,
)
_TITLED = re.compile(r"(?:episode|ep\.?|folge|#)\s*(\d{1,6})(?![\d.])", re.I)
_MOST = 99_999  # notes and sections: the archive counts them in five digits
_PATH_LENGTH = 300

# Read into fields of their own.
_KNOWN = frozenset(
    "title link guid pubDate description category enclosure author comments source image "
    "itunes:title itunes:author itunes:duration itunes:season itunes:episode itunes:summary "
    "itunes:subtitle itunes:keywords itunes:image podcast:person podcast:transcript "
    "podcast:chapters podcast:season podcast:episode podcast:image content:encoded dc:creator "
    "dc:date dc:subject psc:chapters googleplay:description googleplay:author googleplay:image "
    "atom:title atom:id atom:link atom:published atom:updated atom:author atom:category "
    "atom:summary atom:content media:thumbnail media:content media:keywords".split()
)


class Attached(NamedTuple):
    """A transcript that an item links to."""

    url: str
    kind: Kind


class Links(NamedTuple):
    """The files of an item: its transcripts, the best first, and its chapters."""

    transcripts: tuple[Attached, ...]
    chapters: str | None


def path_of(item: Element) -> str:
    """What identifies an item for ever, whatever else of it changes: its guid.

    Without one, it is the address of the audio or else of the page, as feed readers agree on.
    """
    identity = text(item, "guid", "atom:id")
    if not identity:
        enclosure = _enclosure(item)
        identity = (
            (enclosure.attributes.get("url") or enclosure.attributes.get("href", "")).strip()
            if enclosure
            else ""
        )
    identity = identity or text(item, "link") or _link(item, "") or ""
    identity = identity or f"{text(item, 'title', 'atom:title')} {text(item, 'pubDate')}".strip()
    return as_path(identity)


def as_path(identity: str) -> str:
    """An identity as it can be stored and shown on one line."""
    return show_notes.clean(identity)[:_PATH_LENGTH] or "-"


def links_of(item: Element, show: Show, base: str) -> Links:
    """What is to be fetched for an item. Transcripts in the show's language come first."""
    found: list[tuple[bool, Kind, int, str]] = []
    language = (show.language or "").casefold()[:2]
    for number, tag in enumerate(item.all("podcast:transcript")):
        get = tag.attributes.get
        if url := urljoin_safe(base, get("url", "")):
            foreign = (
                bool(language and get("language"))
                and get("language", "")[:2].casefold() != language
            )
            found.append((foreign, reading.kind_of(url, get("type", "")), number, url))
    chapter_urls = [
        urljoin_safe(base, tag.attributes.get("url", "")) for tag in item.all("podcast:chapters")
    ]
    return Links(
        tuple(Attached(url, kind) for _, kind, _, url in sorted(found)),
        next(filter(None, chapter_urls), None),
    )


def parse(
    item: Element,
    show: Show,
    base: str,
    *,
    spoken: bytes | None = None,
    marked: bytes | None = None,
    missing: Sequence[str] = (),
) -> Parsed:
    """Read an item.

    Args:
        item: The item.
        show: The show it belongs to.
        base: The feed's address.
        spoken: Its transcript, a file of any kind.
        marked: Its chapters, a JSON file.
        missing: What of these could not be fetched so far.
    """
    reader = _Reader(item, base)
    for what in missing:
        reader.warn(item.line, f"{what} could not be fetched so far; check its address")
    enclosure = _enclosure(item)
    link = _link(item, base) or _permalink(item)
    title = plain(text(item, "title", "atom:title", "itunes:title")) or _untitled(item)
    published, date_only = reader.published()
    site = _site(link or base)
    notes = prose.show_notes(item, site, re.split("[?#]", link, maxsplit=1)[0] if link else None)
    description = prose.description(item, notes)
    if description and prose.say_no_more(notes, description):
        notes = Notes((), notes.summary)
    spoken_turns = reader.turns(spoken)
    sections = (*notes.sections, *(reader.chapters(marked) or chapters.read_tags(item)))
    hosts, guests = _people(item, show)
    said = "\n".join([title, description or "", *(n.text for s in sections for n in s.notes)])
    if not guests:
        found = people.guests(title, said, notes.sections, hosts, spoken_turns)
        guests = tuple(name for name in found if name not in hosts)
    duration = reader.duration()
    _check_counts(reader.path, sections)
    episode = Episode(
        path=reader.path,
        slug=_slug(link, show, title),
        title=title,
        number=reader.number(title),
        season=reader.whole("podcast:season", "itunes:season"),
        guid=text(item, "guid", "atom:id") or reader.path,
        published=published,
        date_only=date_only,
        description=description,
        summary=notes.summary,
        duration=duration,
        audio_size=_size(enclosure),
        audio_url=_enclosed(enclosure, base),
        url=link,
        image=shows.image(item, base),
        hosts=hosts,
        guests=guests,
        categories=_categories(item),
        extra=_extra(item, enclosure),
        sections=sections,
        turns=transcript.complete(
            spoken_turns,
            people.spelled_out(spoken_turns) | people.speakers(spoken_turns, hosts, guests, said),
            duration,
        ),
    )
    return Parsed(episode, tuple(reader.problems))


class _Reader:
    """Reads the fields of an item that can be wrong, and keeps what is to be said of them."""

    def __init__(self, item: Element, base: str) -> None:
        self.item = item
        self.path = path_of(item)
        self.feed = base
        self.problems: list[Problem] = []

    def warn(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, f"{message} (in {self.feed})"))

    def _given(self, *names: str) -> Iterator[Element]:
        for name in names:
            yield from (tag for tag in self.item.all(name) if tag.text)

    def published(self) -> tuple[Any, bool]:
        for tag in self._given("pubDate", "atom:published", "dc:date", "atom:updated"):
            try:
                return dates.parse(tag.text)
            except ValueError:
                self.warn(
                    tag.line,
                    f"{tag.name} is {tag.text!r:.60}, which is no date such as "
                    "'Fri, 09 Oct 2020 04:30:38 GMT'; ignored",
                )
        return None, False

    def duration(self) -> int | None:
        for tag in self._given("itunes:duration"):
            try:
                return parse_duration(tag.text)
            except ValueError:
                pass
            if (found := _HOURS.fullmatch(tag.text)) and any(found.groups()):
                hours, minutes, seconds = (int(part or 0) for part in found.groups())
                return hours * 3600 + minutes * 60 + seconds or None
            self.warn(tag.line, f"{tag.name} is {tag.text!r:.60}, which is not HH:MM:SS; ignored")
        for tag in [*self.item.all("media:content"), *self.item.all("enclosure")]:
            try:
                if seconds := parse_duration(tag.attributes.get("duration", "")):
                    return seconds
            except ValueError:
                continue
        return None

    def whole(self, *names: str) -> int | None:
        """A whole number; decimal ones ("315.5") say nothing that can be counted."""
        for tag in self._given(*names):
            if found := re.fullmatch(r"#?(\d{1,6})(?:\.0{1,6})?", tag.text):
                return int(found[1])
            if not re.fullmatch(r"\d{1,6}\.\d{1,6}", tag.text):
                self.warn(tag.line, f"{tag.name} is {tag.text!r:.40}, which is no number; ignored")
        return None

    def number(self, title: str) -> int | None:
        number = self.whole("podcast:episode", "itunes:episode")
        if number is None and not any(self._given("podcast:episode", "itunes:episode")):
            found = _TITLED.match(title)
            number = int(found[1]) if found else None
        return number

    def turns(self, spoken: bytes | None) -> list[Any]:
        if spoken is None:
            return []
        try:
            found = reading.read(spoken, self.path)
        except SourceError as error:
            self.problems.append(Problem(self.path, error.line, f"the transcript {error.reason}"))
            return []
        self.problems += found.problems
        return found.turns

    def chapters(self, marked: bytes | None) -> tuple[Section, ...]:
        if marked is None:
            return ()
        try:
            return chapters.read_json(marked, self.path)
        except SourceError as error:
            self.problems.append(Problem(self.path, error.line, error.reason))
            return ()


def _check_counts(path: str, sections: tuple[Section, ...]) -> None:
    notes_in_all = sum(len(section.notes) for section in sections)
    if max(len(sections), notes_in_all) > _MOST:
        raise SourceError(path, 1, f"holds more than {_MOST} notes; split it")


def _enclosure(item: Element) -> Element | None:
    """The audio, or else whatever is enclosed."""
    found = [tag for tag in item.all("enclosure") if tag.attributes.get("url", "").strip()]
    found += [
        tag
        for tag in item.all("atom:link")
        if tag.attributes.get("rel") == "enclosure" and tag.attributes.get("href", "").strip()
    ]
    found += [tag for tag in item.all("media:content") if tag.attributes.get("url", "").strip()]
    audio = (tag for tag in found if tag.attributes.get("type", "").startswith("audio"))
    return next(audio, found[0] if found else None)


def _enclosed(enclosure: Element | None, base: str) -> str | None:
    if enclosure is None:
        return None
    get = enclosure.attributes.get
    return urljoin_safe(base, get("url") or get("href", ""))


def _size(enclosure: Element | None) -> int | None:
    if enclosure is None:
        return None
    get = enclosure.attributes.get
    digits = re.sub(r"[,._\s]", "", get("length") or get("fileSize", ""))
    return int(digits) or None if re.fullmatch(r"[0-9]{1,15}", digits) else None


def _link(item: Element, base: str) -> str | None:
    if link := urljoin_safe(base, text(item, "link")):
        return link
    for tag in item.all("atom:link"):
        if tag.attributes.get("rel", "alternate") == "alternate":
            return urljoin_safe(base, tag.attributes.get("href", ""))
    return None


def _permalink(item: Element) -> str | None:
    """A guid that is the page's address, which it is unless it says otherwise."""
    for tag in item.all("guid"):
        if tag.attributes.get("isPermaLink", "true").strip().casefold() == "true":
            return urljoin_safe("", tag.text)
    return None


def _untitled(item: Element) -> str:
    words = plain(text(item, *prose.SHORT)).split()
    return " ".join(words[:10]) or path_of(item)


def _site(address: str) -> Site:
    parts = urlsplit(address)
    return Site(base_url=f"{parts.scheme}://{parts.netloc}")


def _slug(link: str | None, show: Show, title: str) -> str:
    """The last part of the page's address, unless it is one page for all."""
    name = ""
    if link and link.rstrip("/") != (show.link or "").rstrip("/"):
        name = unquote(urlsplit(link).path.rstrip("/").rpartition("/")[2])
        name = re.sub(r"\.(?:html?|php|aspx?)$", "", name)
    if not any(map(str.isalpha, name)):
        name = title
    return urlized(name.replace("/", " "))[:200] or "-"


def _people(item: Element, show: Show) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Hosts and guests. An item's people replace those of the show; authors stand in for none."""
    cast = shows.people(item) or show.people
    hosts = tuple(person.name for person in cast if person.role == "host")
    guests = tuple(person.name for person in cast if person.role == "guest")
    if not cast:
        for author in (shows.author(item), show.author):
            names = people.split(author or "")
            if names and all(_is_person(name, show) for name in names):
                hosts = tuple(dict.fromkeys(names))
                break
    return hosts, tuple(guest for guest in guests if guest not in hosts)


def _is_person(name: str, show: Show) -> bool:
    """Whether an author is a person: many a show is its own author, or its maker's."""
    title = show.title.casefold()
    named_after = name.casefold() == title or (name.count(" ") > 1 and name.casefold() in title)
    return people.is_name(name) and not named_after


def _categories(item: Element) -> tuple[str, ...]:
    found = [tag.text for tag in item.all("category", "dc:subject")]
    found += [
        tag.attributes.get("label") or tag.attributes.get("term", "")
        for tag in item.all("atom:category")
    ]
    for tag in item.all("itunes:keywords", "media:keywords"):
        found += tag.text.split(",")
    names: dict[str, str] = {}
    for name in filter(None, (plain(name)[:200] for name in found)):
        names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _extra(item: Element, enclosure: Element | None) -> dict[str, Any]:
    """The type of the audio, and every tag that is read into no field."""
    extra: dict[str, Any] = {}
    if enclosure and (media_type := enclosure.attributes.get("type")):
        extra["enclosure type"] = media_type
    for tag in item.elements:
        beyond = tag.name == "podcast:episode" and (
            "display" in tag.attributes or not tag.text.isdecimal()
        )
        beyond = beyond or (tag.name == "podcast:season" and "name" in tag.attributes)
        beyond = beyond or (
            tag.name == "podcast:person"
            and not ({"host", "guest"} & {person.role for person in shows.people(_only(tag))})
        )
        if beyond or tag.name not in _KNOWN:
            value = _plain(tag)
            if tag.name in extra:
                before = extra[tag.name]
                extra[tag.name] = [*(before if isinstance(before, list) else [before]), value]
            else:
                extra[tag.name] = value
    return extra


def _only(tag: Element) -> Element:
    return Element("item", tag.line, {}, [tag])


def _plain(tag: Element, depth: int = 0) -> Any:
    """A tag as JSON: its text alone, or its attributes and children with it."""
    value: dict[str, Any] = dict(tag.attributes)
    if depth < 8:
        for child in tag.elements:
            value.setdefault(child.name, []).append(_plain(child, depth + 1))
    if not value:
        return tag.text
    return value | {"text": tag.text} if tag.text else value
