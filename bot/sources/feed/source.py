"""A feed as a source: refreshed over the network into a folder, and read from there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import SourceError
from bot.sources.captions.reading import LARGEST as LARGEST_TRANSCRIPT
from bot.sources.captions.reading import Kind
from bot.sources.feed import attic, chapters, item, xml
from bot.sources.feed import show as shows
from bot.sources.feed.element import Element, Feed
from bot.sources.feed.item import Attached, Links
from bot.sources.feed.pages import Page, pages_of, show_of, show_values, values_of
from bot.sources.feed.show import Show
from bot.sources.fetch.cache import Cache
from bot.sources.fetch.client import Client, FetchError, Limits, shown
from bot.sources.source import File, Parsed

log = logging.getLogger(__name__)

_FORM = b"1"  # raise it when the same item would be read as another episode than before
_LARGEST = Limits(64 * 2**20)
_TRANSCRIPT, _CHAPTERS = Limits(LARGEST_TRANSCRIPT, 60.0), Limits(chapters.LARGEST, 60.0)
_MOST_PAGES = 200
_AT_ONCE = 4  # transcripts and chapters fetched at the same time
_DAY = 86_400.0
_PATIENCE = 600.0  # seconds for all of these
_STATE = "feed.json"


class FeedSource:
    """Reads episodes from a feed.

    ``refresh`` alone uses the network. All that it fetches is kept in ``folder``, from which
    ``files`` reads: the same source can be picked up by another process.

    Args:
        url: The feed's address.
        folder: Where to keep what was fetched; made where there is none.
        private_hosts: Hosts, by name or number, that may be off the public internet.
        clock: Seconds since 1970.
    """

    watched: tuple[Path, ...] = ()

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        private_hosts: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url
        self.name = shown(url)
        self.folder = folder
        self.unreadable: list[SourceError] = []
        self._cache = Cache(folder)
        self._private_hosts = frozenset(host.casefold() for host in private_hosts)
        self._clock = clock
        self._told = False  # whether a refresh has said that all is as before

    async def refresh(self) -> bool:
        """Bring the folder in step with the feed.

        Returns:
            Whether ``files`` may yield anything new. The first time it always may.

        Raises:
            SourceError: Where the feed cannot be had; what was fetched before is still there.
        """
        told, self._told = self._told, False
        try:
            await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
            async with Client(
                self._cache, private_hosts=self._private_hosts, clock=self._clock
            ) as client:
                changed, links = await self._fetch_pages(client)
                attached = await self._fetch_attached(client, links)
        except OSError as error:
            reason = f"cannot be written: {error.strerror or error}; check its rights and the disk"
            raise SourceError(str(self.folder), 1, reason) from None
        self._told = True
        return changed or attached or not told

    async def _fetch_pages(self, client: Client) -> tuple[bool, list[Links]]:
        """Fetch the feed and its older pages (RFC 5005), none twice."""
        state = await asyncio.to_thread(self._cache.read_json, _STATE)
        known = pages_of(state)
        first = await self._fetch_page(client, self.url, known)
        pages = {self.url: known[self.url]}
        changed = first
        older = known[self.url].older
        while older and older not in pages:
            if len(pages) == _MOST_PAGES:
                log.warning(
                    "%s has more than %d pages; the rest is left out", self.name, len(pages)
                )
                break
            if first or older not in known:
                try:
                    changed |= await self._fetch_page(client, older, known)
                except SourceError as error:
                    log.warning("an older page of a feed is left out for now: %s", error)
                    if older not in known:
                        changed = True  # it is asked for again
                        break
            pages[older] = known[older]
            older = known[older].older
        values = {"pages": {url: values_of(page) for url, page in pages.items()}}
        if values != state:
            await asyncio.to_thread(self._cache.write_json, _STATE, values)
        return changed, [links for page in pages.values() for links in page.links]

    async def _fetch_page(self, client: Client, url: str, known: dict[str, Page]) -> bool:
        surveyed: list[Page] = []

        def accept(path: Path) -> None:
            surveyed.append(self._survey(path, url, known.get(url)))

        fetched = await client.get(url, _LARGEST, accept)
        if url not in known and not surveyed:  # the folder's state was lost
            surveyed.append(await asyncio.to_thread(self._survey, fetched.path, url, None))
        if surveyed:
            known[url] = surveyed[0]
        return fetched.changed

    def _survey(self, path: Path, url: str, before: Page | None) -> Page:
        """Look through a page that is to replace the one ``before``.

        Raises:
            SourceError: Where it is no feed, or is cut off and the one before was not.
        """
        feed = Feed()
        paths: list[str] = []
        items: list[Element] = []
        for one in xml.items(path, shown(url), feed):
            paths.append(item.path_of(one))
            tags = one.all("podcast:transcript", "podcast:chapters")
            items.append(Element("item", one.line, {}, list(tags)))
        paths += [item.as_path(guid) for guid, _ in feed.broken if guid]
        if before is not None and not feed.whole:
            raise SourceError(shown(url), 1, "the feed is cut off; what was there before is kept")
        whose = shows.read(feed.channel, url)
        links = [item.links_of(one, whose, url) for one in items]
        page = Page(whose, paths, links, whose.archive or whose.next_page)
        if before is not None and page.older is None:
            self._keep_pushed_out(url, before, page)
        return page

    def _keep_pushed_out(self, url: str, before: Page, now: Page) -> None:
        """Keep what newer items pushed out of the end of a feed that lists so many only."""
        if paths := attic.pushed_out(before.paths, now.paths):
            elements = [
                element
                for element in xml.items(self._cache.body(url), shown(url), Feed())
                if item.path_of(element) in paths
            ]
            attic.keep(self._cache, elements)

    async def _fetch_attached(self, client: Client, links: list[Links]) -> bool:
        """Fetch transcripts and chapters that are missing, or may have changed.

        Where one cannot be had, the next round asks for the next best.
        """
        at_once = asyncio.Semaphore(_AT_ONCE)
        until = self._clock() + _PATIENCE  # what is left then is fetched the next time
        changed = False

        async def fetch(url: str, limits: Limits) -> bool:
            async with at_once:
                if self._clock() > until:
                    return False
                try:
                    return (await client.get(url, limits)).changed
                except FetchError as error:
                    log.warning("left out for now: %s", error)
                    return True  # the episode says so

        while wanted := await asyncio.to_thread(self._wanted, links):
            changed |= any(await asyncio.gather(*[fetch(*one) for one in wanted.items()]))
            if self._clock() > until:
                break
        return changed

    def _wanted(self, links: list[Links]) -> dict[str, Limits]:
        """The files to ask for: of each item the chapters, and the best transcript there may be."""
        wanted: dict[str, Limits] = {}
        for one in links:
            if one.chapters and self._due(one.chapters):
                wanted[one.chapters] = _CHAPTERS
            for attached in one.transcripts:
                if self._due(attached.url):
                    wanted[attached.url] = _TRANSCRIPT
                    break
                if self._suffices(attached):
                    break
        return wanted

    def _due(self, url: str) -> bool:
        """Whether to ask: at once for what is missing, ever more rarely for what stays the same."""
        record = self._cache.record(url)
        now = self._clock()
        if now < record.not_before:
            return False
        return not record.digest or now - record.checked > max(
            _DAY, record.checked - record.fetched
        )

    def _suffices(self, attached: Attached) -> bool:
        """Whether a transcript is there and no other kind would say more."""
        body = self._cache.body(attached.url)
        if not body.is_file():
            return False
        return attached.kind is not Kind.JSON or _names_speakers(body, body.stat().st_mtime_ns)

    def show(self) -> Show:
        """What the feed says of its show. Raises as ``files`` does."""
        return next(iter(self._pages().values())).show

    def _pages(self) -> dict[str, Page]:
        pages = pages_of(self._cache.read_json(_STATE))
        if not pages or not all(self._cache.body(url).is_file() for url in pages):
            raise SourceError(self.name, 1, "the feed was not fetched yet; check the connection")
        return pages

    def files(self) -> Iterator[File]:
        """Every item of the feed in its order; what cannot be read lands in ``unreadable``.

        Raises:
            SourceError: Where the feed was never fetched.
        """
        self.unreadable = []
        pages = self._pages()
        whose = next(iter(pages.values())).show
        seen: set[str] = set()
        for url in pages:
            feed = Feed()
            here: set[str] = set()
            for element in xml.items(self._cache.body(url), shown(url), feed):
                path = item.path_of(element)
                if path in here:
                    reason = f"another item has this guid, too; give each its own (in {shown(url)})"
                    self.unreadable.append(SourceError(path, element.line, reason))
                elif path not in seen:  # pages may overlap
                    yield self._file(path, element, whose, url)
                here.add(path)
                seen.add(path)
            for guid, error in feed.broken:
                path = item.as_path(guid) if guid else error.path
                self.unreadable.append(
                    SourceError(path, error.line, f"{error.reason} (in {error.path})")
                    if guid
                    else error
                )
        for element in attic.items(self._cache):
            if (path := item.path_of(element)) not in seen:
                yield self._file(path, element, whose, self.url)

    def _file(self, path: str, element: Element, whose: Show, url: str) -> File:
        links = item.links_of(element, whose, url)
        spoken, marked = b"", b""
        missing: list[str] = []
        for attached in links.transcripts:
            body = self._cache.body(attached.url)
            if body.is_file():
                spoken = spoken or body.read_bytes()
                if self._suffices(attached):
                    spoken = body.read_bytes()
                    break
        if links.transcripts and not spoken:
            missing.append(f"the transcript {shown(links.transcripts[0].url)}")
        if links.chapters:
            body = self._cache.body(links.chapters)
            if body.is_file():
                marked = body.read_bytes()
            else:
                missing.append(f"the chapters {shown(links.chapters)}")
        values = element.to_json()
        head = {
            "item": values,
            "show": show_values(whose),
            "feed": url,
            "missing": missing,
            "spoken": len(spoken),
            "marked": len(marked),
        }
        content = b"\n".join([json.dumps(head).encode(), spoken + marked])
        digest = hashlib.sha256(_FORM)
        unplaced = head | {"item": _without_lines(values)}
        digest.update(json.dumps(unplaced, sort_keys=True).encode())
        digest.update(spoken)
        digest.update(marked)
        return File(path, digest.digest(), content)

    def parse(self, file: File) -> Parsed:
        """Read an item as an episode.

        Raises:
            SourceError: Where no episode can be made of it.
        """
        line, _, rest = file.content.partition(b"\n")
        head = json.loads(line)
        spoken, marked = rest[: head["spoken"]], rest[head["spoken"] :]
        element = Element.of_json(head["item"])
        return item.parse(
            element,
            show_of(head["show"]),
            head["feed"],
            spoken=spoken or None,
            marked=marked or None,
            missing=head["missing"],
        )


@lru_cache(maxsize=2**14)
def _names_speakers(body: Path, _modified: int) -> bool:
    return b'"speaker"' in body.read_bytes()


def _without_lines(values: list[Any]) -> list[Any]:
    """An element's values without the lines, which move with every new item above."""
    name, _, attributes, children = values
    return [name, attributes, [p if isinstance(p, str) else _without_lines(p) for p in children]]
