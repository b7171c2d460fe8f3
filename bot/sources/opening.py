"""From an address to the source that reads it.

Each kind is imported where there is one of it: what they need takes long, and a start would wait.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot.sources.address import Address, FeedAddress, GitAddress
from bot.sources.endings import AUDIO, CONTENT
from bot.sources.source import Source

_SETTLE = 0.3  # seconds after which a file that nobody writes to is whole


def source_at(address: Address, archive: Path) -> Source:
    """The source at an address; what has to be copied here stands beside the archive."""
    if isinstance(address, Path):
        if _holds_audio_alone(address):
            from bot.sources.audio import AudioFolderSource

            return AudioFolderSource(address, settle=_SETTLE)
        from bot.sources.folder import FolderSource

        return FolderSource(address, settle=_SETTLE)
    if isinstance(address, FeedAddress):
        from bot.sources.feed.source import FeedSource
        from bot.sources.fetch.addresses import is_local

        # Whoever wrote the address down may use their own network. A name of the internet does
        # not say so: whoever answers for it could lead the bot there.
        host = urlsplit(address.url).hostname or ""
        allowed = (host,) if address.private or is_local(host) else ()
        return FeedSource(address.url, _copy(address, archive), private_hosts=allowed)
    from bot.sources.git import GitSource

    return GitSource(address, _copy(address, archive))


def _holds_audio_alone(folder: Path) -> bool:
    """Whether a folder holds audio files, and no content files."""
    endings = {Path(name).suffix.casefold() for _, _, names in os.walk(folder) for name in names}
    return not endings.isdisjoint(AUDIO) and endings.isdisjoint(CONTENT)


def source_of(addresses: Sequence[Address], archive: Path) -> Source:
    """The source of a show that comes from these addresses.

    Feeds know of an episode what no content file does, and come after those.
    """
    ordered = sorted(addresses, key=lambda one: isinstance(one, FeedAddress))
    sources = [source_at(address, archive) for address in ordered]
    if len(sources) == 1:
        return sources[0]
    from bot.sources.joined import JoinedSource

    signs = _place(" + ".join(source.name for source in sources), archive)
    return JoinedSource(sources, signs.with_suffix(".json"))


def _copy(address: GitAddress | FeedAddress, archive: Path) -> Path:
    return _place(str(address), archive)


def _place(name: str, archive: Path) -> Path:
    return archive.with_name("sources") / hashlib.sha256(name.encode()).hexdigest()[:16]
