"""A folder of Hugo content files: every Markdown file below it that is an episode."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from bot.errors import SourceError
from bot.sources.endings import CONTENT
from bot.sources.settling import WRITING, Settling, Stamp, stamps
from bot.sources.site import Site
from bot.sources.source import File, Parsed

_FORM = b"3"  # raise it when the same file would be read as another episode than before
_DIGITS = re.compile(r"([0-9]+)")
_LARGEST = 16 * 2**20  # bytes; the longest episodes have 80,000


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
        self._settling = Settling(settle)

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
        return await self._settling.changed(self._look)

    def _look(self) -> tuple[Site, dict[str, Stamp]]:
        self._check()
        return Site.find(self.root, self._top), stamps(self.root, self._paths([]))

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
            if path in self._settling.writing:
                self._leave_out(path, WRITING)
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
