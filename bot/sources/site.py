"""A Hugo site's configuration, as far as it decides addresses of pages and audio files.

Form: https://gohugo.io/configuration/ and https://gohugo.io/content-management/urls/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

import tomli

from bot.errors import SourceError

_NAMES = ("hugo", "config", "config/_default/hugo", "config/_default/config")


class _YamlError(ValueError):
    """A mistake in YAML, told as those in TOML and JSON are."""

    def __init__(self, msg: str, lineno: int) -> None:
        super().__init__(msg)
        self.msg, self.lineno = msg, lineno


def _yaml(text: str) -> object:
    import yaml  # takes long, and few sites are configured in it

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _YamlError(str(error.problem), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise _YamlError(str(error), 1) from None


_READERS: dict[str, Callable[[str], object]] = {
    "toml": tomli.loads,
    "yaml": _yaml,
    "yml": _yaml,
    "json": json.loads,
}
_LEVELS_UP = 4
_ABSOLUTE = ("https://", "http://")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_TOKEN = re.compile(r":(\w+)")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a show's pages and audio files are on the web.

    ``section`` is the place of the episodes' folder below the folder that the site's
    addresses start from, e.g. "post". Without a configuration (``base_url`` None) there
    are no addresses, and the episodes have none.
    """

    section: str = ""
    title: str | None = None
    base_url: str | None = None
    audio_base: str | None = None
    permalinks: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def find(cls, folder: Path, top: Path | None = None) -> Site:
        """Read the configuration in ``folder`` or up to four folders above it, up to ``top``.

        Raises:
            SourceError: Where the file that is there cannot be read.
        """
        folder = folder.resolve()
        for root in (folder, *list(folder.parents)[:_LEVELS_UP]):
            if top and not root.is_relative_to(top):
                break
            for name in _NAMES:
                for ending, read in _READERS.items():
                    path = root / f"{name}.{ending}"
                    if path.is_file():
                        return cls._of(_load(path, read), root, folder)
        return cls()

    @classmethod
    def _of(cls, values: dict[str, Any], root: Path, folder: Path) -> Site:
        params = _folded(values.get("params"))
        content = root / str(values.get("contentdir") or "content")
        if not folder.is_relative_to(content):
            content = root
        section = folder.relative_to(content).as_posix()
        base_url = _text(values.get("baseurl")) or ""
        permalinks = _folded(values.get("permalinks"))
        permalinks = _folded(permalinks.get("page")) or permalinks
        return cls(
            section="" if section == "." else section,
            title=_text(values.get("title")),
            base_url=base_url if base_url.startswith(_ABSOLUTE) else None,
            audio_base=_text(params.get("episodehostbaseurl")),
            permalinks={k: v for k, v in permalinks.items() if isinstance(v, str)},
        )

    def page_url(
        self,
        path: str,
        *,
        title: str,
        published: datetime | None,
        slug: str | None = None,
        url: str | None = None,
    ) -> str | None:
        """The address of a content file's page.

        Args:
            path: The file's place below the folder of the episodes, with slashes.
            title: The page's title.
            published: Its date, which some permalinks hold.
            slug: The front matter's ``slug``.
            url: The front matter's ``url``.
        """
        if not self.base_url:
            return None
        if url:
            return self.absolute(url)
        folder, name = page_of(f"{self.section}/{path}" if self.section else path)
        section = folder.partition("/")[0]
        pattern = self.permalinks.get(section.casefold())
        if pattern is None:
            return self.absolute(_quoted(f"{folder}/{slug or name}/"))
        values = {
            "title": title,
            "slug": slug or title,
            "filename": name,
            "contentbasename": name,
            "slugorfilename": slug or name,
            "slugorcontentbasename": slug or name,
            "section": section,
        }
        values = {token: value.replace("/", " ") for token, value in values.items()}
        values["sections"] = folder
        if published:
            values |= {"year": f"{published:%Y}", "month": f"{published:%m}"}
            values |= {"day": f"{published:%d}", "monthname": f"{published:%B}"}
            values |= {"yearday": f"{published.timetuple().tm_yday}"}
        return self.absolute(
            _quoted(_TOKEN.sub(lambda m: values.get(m[1].casefold(), m[0]), pattern))
        )

    def audio_url(self, audio_file: str | None) -> str | None:
        """The address of an audio file: as it is if absolute, else below the audio host."""
        if not audio_file or audio_file.startswith(_ABSOLUTE):
            return audio_file
        base = self.audio_base or (self.base_url if audio_file.startswith("/") else None)
        return f"{base.rstrip('/')}/{quote(audio_file.lstrip('/'))}" if base else None

    def absolute(self, url: str) -> str:
        """An address of the site made absolute, where the site's own is known."""
        if url.startswith(_ABSOLUTE) or not self.base_url:
            return url
        if url.startswith(("#", "//")) or _SCHEME.match(url):
            return url
        return f"{self.base_url.rstrip('/')}/{url.lstrip('/')}"

    def slug_of(self, url: str, own_url: str | None) -> str | None:
        """The slug of the episode that a link leads to, where it is one of this show.

        It is one where it has the host and the folder of ``own_url``, the page it stands on.
        """
        if own_url is None:
            return None
        host, _, path = own_url.partition("://")[2].removeprefix("www.").partition("/")
        if host not in url and not url.startswith("/"):
            return None  # the common case, told without taking the address apart
        try:
            there = urlsplit(self.absolute(url))
        except ValueError:
            return None
        folder = f"/{path}".rstrip("/").rpartition("/")[0] + "/"
        if there.netloc.removeprefix("www.") != host or not there.path.startswith(folder):
            return None
        slug = unquote(there.path.removeprefix(folder).strip("/"))
        return slug.casefold() if slug and "/" not in slug else None


def page_of(path: str) -> tuple[str, str]:
    """The folder and the name of a content file's page; a bundle has its folder's name."""
    folder, _, name = path.rpartition("/")
    name = name.rpartition(".")[0] or name
    if name.casefold() == "index" and folder:
        folder, _, name = folder.rpartition("/")
    return folder, name


def urlized(path: str) -> str:
    """A path as Hugo writes it: lower case, blanks as hyphens, few other marks."""
    path = re.sub(r"\s+", "-", path.strip().casefold())
    path = re.sub(r"[^\w./\\#+~@-]", "", path)
    return re.sub(r"-{2,}", "-", path).removeprefix(".")


def _quoted(path: str) -> str:
    return quote(urlized(path), safe="/#+~@-._")


def _load(path: Path, read: Callable[[str], object]) -> dict[str, Any]:
    try:
        return _folded(read(path.read_text(encoding="utf-8-sig")))
    except (tomli.TOMLDecodeError, json.JSONDecodeError, _YamlError) as error:
        line, what = error.lineno, error.msg
    except (ValueError, OSError, RecursionError) as error:
        line, what = 1, str(error)
    raise SourceError(str(path), line, f"the site's configuration cannot be read: {what}")


def _folded(value: object) -> dict[str, Any]:
    """A table with its keys in lower case, since Hugo does not tell them apart."""
    if not isinstance(value, dict):
        return {}
    return {str(k).casefold(): v for k, v in cast("dict[object, Any]", value).items()}


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
