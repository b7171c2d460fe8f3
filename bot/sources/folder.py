"""A folder of Hugo content files: every Markdown file below it that is an episode."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.errors import SourceError
from bot.sources.endings import CONTENT
from bot.sources.site import Site
from bot.sources.source import File, Parsed

_FORM = b"3"  # raise it when the same file would be read as another episode than before
_DIGITS = re.compile(r"([0-9]+)")
_LARGEST = 16 * 2**20  # bytes; the longest episodes have 80,000
_PATIENCE = 10  # times that files which are being written are waited for
_COARSE = 2.0  # seconds within which a file system may give two changes one time


class _Stamp(NamedTuple):
    """What changes with a file; times are in nanoseconds."""

    size: int
    written: int
    moved: int


class FolderSource:
    """Reads episodes from a folder, which is its own local copy.

    A file that is being written is left alone until nothing was added to it for ``settle``
    seconds. Where the folder is part of something larger, ``top`` is that; nothing above is read.
    """

    def __init__(self, root: Path, *, top: Path | None = None, settle: float = 0.0) -> None:
        self.root = root.resolve()
        self.site = Site()
        self.unreadable: list[SourceError] = []
        self._top = top
        self._settle = settle
        self._writing: set[str] = set()
        self._known: tuple[Site, dict[str, _Stamp]] | None = None

    @property
    def name(self) -> str:
        """The folder's place."""
        return os.fsencode(self.root).decode(errors="backslashreplace")

    @property
    def watched(self) -> tuple[Path, ...]:
        """The folder."""
        return (self.root,)

    async def refresh(self) -> bool:
        """Wait for files that are being written; tell whether any is another than last time."""
        before = self._known[1] if self._known else None
        site, stamps = await asyncio.to_thread(self._look)
        self._writing = self._recent(stamps, before) if self._settle else set()
        for _ in range(_PATIENCE):
            if not self._writing:
                break
            await asyncio.sleep(self._settle)
            last = stamps
            site, stamps = await asyncio.to_thread(self._look)
            self._writing = {path for path, stamp in stamps.items() if last.get(path) != stamp}
        changed = self._known != (site, stamps)
        # What changes at the very time of a look may look the same at the next.
        newest = max((max(one.written, one.moved) for one in stamps.values()), default=0)
        sure = not self._writing and time.time() - newest / 1e9 > _COARSE
        self._known = (site, stamps) if sure else None
        return changed or not sure

    def _look(self) -> tuple[Site, dict[str, _Stamp]]:
        self._check()
        stamps: dict[str, _Stamp] = {}
        for path in self._paths([]):
            try:
                status = os.stat(self.root / path)  # noqa: PTH116
            except OSError:  # ``files`` will say so
                stamps[path] = _Stamp(-1, 0, 0)
            else:
                stamps[path] = _Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return Site.find(self.root, self._top), stamps

    def _recent(self, stamps: dict[str, _Stamp], before: dict[str, _Stamp] | None) -> set[str]:
        """The files that somebody may be writing just now."""
        if before is not None:
            return {path for path, stamp in stamps.items() if before.get(path) != stamp}
        since = (time.time() - self._settle) * 1e9
        return {path for path, stamp in stamps.items() if stamp.written > since}

    def _check(self) -> None:
        if not self.root.is_dir():
            hint = "is a file, not" if self.root.exists() else "does not exist; expected"
            raise SourceError(self.name, 1, f"{hint} a folder of episodes")

    def files(self) -> Iterator[File]:
        """Every content file in a stable order; what cannot be read lands in ``unreadable``.

        Raises:
            SourceError: Where there is no such folder or the site's configuration cannot be read.
        """
        self._check()
        self.unreadable = []
        self.site = Site.find(self.root, self._top)
        salt = hashlib.sha256(_FORM + repr(self.site).encode()).digest()
        for path in sorted(self._paths(self.unreadable), key=natural):
            if path in self._writing:
                self._leave_out(path, "is being written; it is read when it is whole")
                continue
            try:
                path.encode()
                with open(self.root / path, "rb") as file:  # noqa: PTH123  (faster)
                    content = file.read(_LARGEST + 1)
            except UnicodeEncodeError:
                shown = path.encode(errors="backslashreplace").decode()
                self._leave_out(shown, "the file's name is not UTF-8; rename it")
                continue
            except OSError as error:
                self._leave_out(path, f"cannot be read: {error.strerror}; check its rights")
                continue
            if len(content) > _LARGEST:
                self._leave_out(path, "is larger than 16 MB; no episode is, left out")
                continue
            digest = hashlib.sha256(salt)
            digest.update(path.encode())
            digest.update(content)
            yield File(path, digest.digest())

    def _leave_out(self, path: str, reason: str) -> None:
        self.unreadable.append(SourceError(path, 1, reason))

    def _paths(
        self,
        errors: list[SourceError],
        below: str = "",
        above: frozenset[tuple[int, int]] = frozenset(),
    ) -> Iterator[str]:
        """Markdown files below a folder; hidden ones, and Hugo's section pages, are no episodes."""
        try:
            status = os.stat(self.root / below)  # noqa: PTH116  (a third faster)
            here = (status.st_dev, status.st_ino)
            if here in above:  # a link leads back up
                return
            for entry in list(os.scandir(self.root / below)):
                if entry.name.startswith((".", "_index.")):
                    continue
                if entry.is_dir():
                    yield from self._paths(errors, f"{below}{entry.name}/", above | {here})
                elif entry.name.casefold().endswith(CONTENT) and (
                    entry.is_file() or entry.is_symlink()
                ):
                    yield below + entry.name
        except OSError as error:
            reason = f"cannot be read: {error.strerror}; check its rights"
            errors.append(SourceError(below, 1, reason))

    def parse(self, file: File) -> Parsed:
        """Read a file as an episode.

        Raises:
            SourceError: Where no episode can be made of it.
        """
        try:
            content = (self.root / file.path).read_bytes()
        except OSError as error:  # what was there a moment ago
            reason = f"cannot be read: {error.strerror}; load again"
            raise SourceError(file.path, 1, reason) from None
        from bot.sources import hugo  # takes long, and at most starts no file has changed

        return hugo.parse(content, file.path, self.site)


def natural(path: str) -> list[str | int]:
    """Sort numbers by their value, so that episode 9 comes before 10."""
    return [int(part) if part.isdecimal() else part for part in _DIGITS.split(path)]
