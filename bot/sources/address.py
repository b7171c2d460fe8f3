"""How people write down where episodes come from: a folder, a Git repository or a feed."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Self
from urllib.parse import urlsplit

PROTOCOLS = ("https", "http", "ssh", "git", "file")  # that Git may use
_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!/)[^\s:]+")  # git@github.com:owner/show.git
_BRANCH = re.compile(r"\w[\w./+-]*")


class GitAddress(NamedTuple):
    """A folder of a repository; without a branch it is the repository's own default."""

    url: str
    branch: str | None = None
    path: str = ""

    @classmethod
    def meant(cls, text: str) -> bool:
        """Whether a text is meant to be one."""
        url = text.partition("#")[0]
        return (
            text.startswith(("git+", "ssh://", "git://", "ext::"))
            or url.rstrip("/").endswith(".git")
            or ("@" in url and _SCP.fullmatch(url) is not None)
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``URL#branch:folder``; a ``git+`` before the URL is left out.

        Raises:
            ValueError: Where it is none, or could be taken for more than an address.
        """
        url, _, place = text.removeprefix("git+").partition("#")
        branch, _, path = place.partition(":")
        _check_url(url)
        if branch and (not _BRANCH.fullmatch(branch) or ".." in branch or branch.endswith(".lock")):
            raise ValueError(f"found the branch {branch!r}; allowed is the name of a branch")
        parts = PurePosixPath(path).parts
        if path.startswith("/") or {"..", ".git"} & set(parts) or not path.isprintable():
            raise ValueError(f"found the folder {path!r}; allowed is one inside the repository")
        return cls(url, branch or None, "/".join(parts))

    def __str__(self) -> str:
        place = f"{self.branch or ''}:{self.path}" if self.path else self.branch or ""
        return self.url + (f"#{place}" if place else "")


def _check_url(url: str) -> None:
    scheme, colon, _ = url.partition("://")
    if url.startswith("-") or "::" in url or not url.isprintable() or " " in url:
        raise ValueError("found no address that is safe to give to Git")
    if not colon and _SCP.fullmatch(url):
        return
    if not colon or scheme not in PROTOCOLS:
        allowed = ", ".join(f"{one}://" for one in PROTOCOLS)
        raise ValueError(f"found {url!r}; allowed is an address with {allowed} or user@host:path")
    there = urlsplit(url)
    if there.password is not None or (there.username and scheme != "ssh"):
        raise ValueError("found a name or password in the address; give it to Git's helper instead")
    if (there.hostname or "").startswith("-"):
        raise ValueError("found no address that is safe to give to Git")


class FeedAddress(NamedTuple):
    """Where a feed is on the web; one with ``#private`` may be in the operator's own network."""

    url: str
    private: bool = False

    def __str__(self) -> str:
        return self.url + "#private" * self.private


Address = Path | GitAddress | FeedAddress


def address_of(text: str, base: Path | None = None) -> Address:
    """Read an address: ``URL.git#branch:folder``, the URL of a feed, or else a folder.

    Args:
        text: What somebody wrote.
        base: Where folders start from, by default the current one.

    Raises:
        ValueError: Where it is none that may be used.
        RuntimeError: Where a folder begins with a ``~`` that is nobody's home.
    """
    if GitAddress.meant(text):
        return GitAddress.parse(text)
    if text.startswith(("https://", "http://")):
        there = urlsplit(text)
        if not there.hostname or not text.isprintable() or " " in text:
            raise ValueError(f"found {text!r}; allowed is the address of a feed")
        url, _, mark = text.partition("#")
        return FeedAddress(url, private=mark == "private")
    path = Path(text).expanduser()
    return base / path if base else path


def existing(text: str, base: Path | None = None) -> Address:
    """As ``address_of``, and a folder must be there.

    Raises:
        ValueError, RuntimeError: As above.
    """
    address = address_of(text, base)
    if isinstance(address, Path) and not address.is_dir():
        raise ValueError(
            f"found {text!r}; allowed is a folder that exists, the address of a feed, or "
            "that of a Git repository, as https://host/show.git#branch:folder"
        )
    return address
