"""What a source is: the seam between where episodes come from and the rest of the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from bot.episode import Episode, Problem
from bot.errors import SourceError


class File(NamedTuple):
    """A file of the source: its path there, and a hash.

    The hash covers all that the episode is made of: the file, what else of the source decides
    how it is read, and the form in which this program reads it. ``content`` is what it is
    parsed from; a source that can read it once more then leaves it empty, so that no more of it
    is in memory than is being read.
    """

    path: str
    hash: bytes
    content: bytes = b""


class Parsed(NamedTuple):
    """An episode and what is odd about its file."""

    episode: Episode
    problems: tuple[Problem, ...]


class Source(Protocol):
    """Where the episodes of a show come from.

    It can be pickled, so that a second process reads its files, and knows nothing of search
    or of Discord.

    Attributes:
        name: What the archive remembers it by: one of another name is another show's.
        unreadable: What ``files`` had to leave out the last time; a path that ends with a
            slash is all that is below it.
        watched: Folders in which any change may be news; where there are none, only
            ``refresh`` tells.
    """

    @property
    def unreadable(self) -> list[SourceError]: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def watched(self) -> tuple[Path, ...]: ...  # noqa: D102

    async def refresh(self) -> bool:
        """Bring the local copy up to date; return whether anything may have changed.

        Raises:
            SourceError: Where that is not possible now; the last good copy stays.
        """
        ...

    def files(self) -> Iterator[File]:
        """Every file of the local copy, in a stable order.

        Where more of it changed than is to be held in memory, a load asks twice.

        Raises:
            SourceError: Where there is no copy.
        """
        ...

    def parse(self, file: File) -> Parsed:
        """Read a file as an episode.

        Raises:
            NotAnEpisodeError: Where it is none.
            SourceError: Where no episode can be made of it.
        """
        ...
