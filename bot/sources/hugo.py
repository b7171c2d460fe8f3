"""Hugo content files: front matter, show notes and transcript of one episode.

The keys and their forms are those of the Google Cloud Platform Podcast's site, whose content
files were the first source format; keys that are not known are kept in ``Episode.extra``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from bot.episode import Episode, Problem, Section, Turn
from bot.errors import NotAnEpisodeError, SourceError
from bot.sources import frontmatter, notes, people, transcript
from bot.sources.encoding import decode
from bot.sources.frontmatter import FrontMatter
from bot.sources.site import Site, page_of, urlized
from bot.sources.source import Parsed

_NAMED_EPISODE = re.compile(r"(?:episode|ep|show)[-_ ]?(\d{1,6})(?!\d)", re.I)
_NUMBERED = re.compile(r"(\d{1,6})(?!\d|[-_]\d\d?[-_]\d\d?(?!\d))")  # no date
_MOST = 99_999  # of anything in an episode: the archive counts them in five digits
_T = TypeVar("_T")


def parse(content: bytes, path: str, site: Site) -> Parsed:
    """Read one content file.

    Args:
        content: The file's bytes.
        path: The file's place below the folder of the episodes, with slashes.
        site: The site's configuration.

    Raises:
        NotAnEpisodeError: Where nothing in it says that it is an episode.
        SourceError: Where no episode can be made of it.
    """
    text, undecoded = decode(content, path)
    front = frontmatter.split(text, path)
    keys = _Keys(front, path)
    if undecoded:
        keys.problems.append(undecoded)
    shortcode = transcript.take(front.body)
    name = page_of(path)[1]
    audio_file = keys.text("audiofile")
    if not (
        keys.given("episodenumber")
        or audio_file
        or shortcode.transcript is not None
        or _NAMED_EPISODE.match(name)
    ):
        raise NotAnEpisodeError(
            path, 1, "is a page, not an episode: no episodeNumber, audioFile or transcript"
        )
    slug = urlized(keys.text("slug") or name) or name
    title = keys.text("title")
    if title is None:
        title = slug.replace("-", " ").strip().capitalize() or path
        keys.warn("title", f"has no title; it is called {title!r} until it gets one")
    published, date_only = keys.published()
    url = site.page_url(
        path, title=title, published=published, slug=keys.text("slug"), url=keys.text("url")
    )
    keys.problems += [
        Problem(path, front.body_line + front.body.count("\n", 0, offset), message)
        for offset, message in shortcode.problems
    ]
    show_notes = notes.read(shortcode.notes, site, url)
    turns = transcript.turns(shortcode.transcript) if shortcode.transcript else []
    hosts = keys.people("hosts")
    description = keys.text("description")
    prose = "\n".join(
        [title, description or "", *(n.text for s in show_notes.sections for n in s.notes)]
    )
    guests = keys.people("guests") or people.guests(title, prose, show_notes.sections, hosts, turns)
    guests = tuple(guest for guest in guests if guest not in hosts)
    categories = keys.texts("categories")
    _check_counts(path, turns, show_notes.sections, hosts, guests, categories)
    duration = keys.convert("audioduration", frontmatter.parse_duration, "HH:MM:SS")
    image = keys.text("image") or keys.text("featured_image")
    return Parsed(
        Episode(
            path=path,
            slug=slug,
            title=title,
            number=keys.number(name),
            published=published,
            date_only=date_only,
            draft=keys.flag("draft"),
            linked=keys.flag("linked"),
            description=description,
            summary=show_notes.summary,
            duration=duration,
            audio_size=keys.convert("audiosize", _size, "a number of bytes"),
            audio_file=audio_file,
            audio_url=site.audio_url(audio_file),
            url=url,
            image=site.absolute(image) if image else None,
            hosts=hosts,
            guests=guests,
            categories=categories,
            links=keys.links(),
            extra=keys.rest(),
            sections=show_notes.sections,
            turns=transcript.complete(
                turns, people.speakers(turns, hosts, guests, prose), duration
            ),
        ),
        tuple(keys.problems),
    )


def _check_counts(
    path: str, turns: list[Turn], sections: tuple[Section, ...], *names: tuple[str, ...]
) -> None:
    notes_in_all = sum(len(section.notes) for section in sections)
    if max(len(turns), len(sections), notes_in_all, *map(len, names)) > _MOST:
        raise SourceError(path, 1, f"holds more than {_MOST} turns, notes or names; split it")


class _Keys:
    """Reads front-matter keys in typed form; Hugo does not tell their case apart."""

    def __init__(self, front: FrontMatter, path: str) -> None:
        self.front = front
        self.path = path
        self.values = {key.casefold(): value for key, value in front.keys.items()}
        self.problems: list[Problem] = []
        self.read: set[str] = set()

    def warn(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.path, self.front.line_of(key), message))

    def _get(self, key: str) -> Any:
        self.read.add(key)
        return self.values.get(key)

    def convert(self, key: str, read: Callable[[Any], _T], wanted: str) -> _T | None:
        value = self._get(key)
        if value is None or value == "":
            return None
        try:
            return read(value)
        except (ValueError, OverflowError):
            self.warn(key, f"{key} is {value!r:.60}, which is not {wanted}; ignored")
            return None

    def given(self, key: str) -> bool:
        return self.values.get(key) not in (None, "")

    def text(self, key: str) -> str | None:
        value = self._get(key)
        if value is None:
            return None
        if (text := _text(value)) is None:
            self.warn(key, f"{key} should be a text; ignored")
        return text or None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        texts = [text for text in map(_text, values) if text is not None]
        if len(texts) < len(values) and value is not None:
            self.warn(key, f"{key} should be a list of texts; the rest is ignored")
        return tuple(dict.fromkeys(text for text in texts if text))

    def people(self, key: str) -> tuple[str, ...]:
        """Names in a list, or all in one text."""
        if isinstance(value := self._get(key), str):
            return tuple(dict.fromkeys(people.split(notes.clean(value))))
        return self.texts(key)

    def published(self) -> tuple[datetime, bool] | tuple[None, bool]:
        return (
            self.convert("publishdate", frontmatter.parse_date, "a date")
            or self.convert("date", frontmatter.parse_date, "a date such as 2024-05-31T06:00:00Z")
            or (None, False)
        )

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if isinstance(value, str) and value.strip().casefold() in ("true", "false", ""):
            value = value.strip().casefold() == "true"
        if value is None or isinstance(value, bool):
            return bool(value)
        # A draft that is shown does harm; an episode that is held back can be let go.
        self.warn(key, f"{key} is {value!r:.60}, which is neither true nor false; taken as true")
        return True

    def number(self, name: str) -> int | None:
        """As the front matter, or else the page's name says."""
        number = self.convert("episodenumber", _whole, "a whole number")
        if number is None and (found := _NAMED_EPISODE.match(name) or _NUMBERED.match(name)):
            number = int(found[1])
        return number

    def links(self) -> dict[str, str]:
        """Keys such as ``redditLink`` and ``googlePlusLink`` that hold an address."""
        links: dict[str, str] = {}
        for key, value in self.front.keys.items():
            if key.casefold().endswith("link") and isinstance(value, str):
                self.read.add(key.casefold())
                if value.strip():
                    links[key] = value.strip()
        return links

    def rest(self) -> dict[str, Any]:
        return {k: v for k, v in self.front.keys.items() if k.casefold() not in self.read}


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return notes.clean(str(value))


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    number = int(value.strip().lstrip("#")) if isinstance(value, str) else int(value)
    if number != value and not isinstance(value, str):
        raise ValueError(value)
    if not 0 <= number < 10**9:
        raise ValueError(value)
    return number


def _size(value: Any) -> int | None:
    if isinstance(value, str):
        value = value.replace(",", "").replace("_", "").replace(" ", "")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    size = int(value)
    if not 0 <= size < 2**62:
        raise ValueError(value)
    return size or None
