"""The shows of one bot: what the operator says of each, and those whose archives are open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import tomli

from bot.errors import QuestionError, SettingsError
from bot.sources.address import Address, existing

if TYPE_CHECKING:
    from bot.store.archive import Archive

COLOUR = 0x5865F2
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,9}")  # it has to fit into the custom ids of buttons
_KNOWN = ("name", "colour", "sources", "watch_seconds")
_MOST = 25  # Discord suggests no more


@dataclass(frozen=True, slots=True)
class Show:
    """A show as the operator describes it.

    ``key`` is what people choose it by. ``id`` is what the ledger and the buttons know it by: the
    key, but nothing for the first show, which had them to itself before there were others.
    ``watch_seconds`` is None where it is watched as often as the others.
    """

    key: str
    id: str
    name: str
    colour: int
    sources: tuple[Address, ...]
    watch_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class OpenShow:
    """A show and its archive."""

    show: Show
    archive: Archive

    @property
    def id(self) -> str:
        """What the ledger and the buttons know it by."""
        return self.show.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self.show.name

    @property
    def colour(self) -> int:
        """The colour of its cards."""
        return self.show.colour


class Shows(Mapping[str, OpenShow]):
    """The open shows by their ids, in the operator's order."""

    def __init__(self, opened: Sequence[OpenShow]) -> None:
        self._shows = {one.id: one for one in opened}
        self.first = opened[0]
        self.several = len(opened) > 1

    def __getitem__(self, show_id: str) -> OpenShow:
        return self._shows[show_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shows)

    def __len__(self) -> int:
        return len(self._shows)

    async def loaded_from(self) -> set[tuple[str, str]]:
        """The shows that were loaded, each by its id, and what from."""
        found = [(one.id, await one.archive.source()) for one in self.values()]
        return {(show, source) for show, source in found if source is not None}

    def of(self, show_id: str) -> OpenShow:
        """The show of an id, which may be from long ago.

        Raises:
            QuestionError: Where there is none.
        """
        if show_id not in self._shows:
            raise QuestionError("That show is not here any more.")
        return self._shows[show_id]

    def called(self, text: str) -> OpenShow:
        """The show of a key or name.

        Raises:
            QuestionError: Where there is none; the message names those that there are.
        """
        wanted = text.strip().casefold()
        for one in self._shows.values():
            if wanted in (one.show.key, one.name.casefold()):
                return one
        raise QuestionError(
            f"There is no show {text[:40]!r}; there are "
            + ", ".join(one.show.key or one.name for one in self._shows.values())
        )


def read(path: Path) -> tuple[Show, ...]:
    """Read ``shows.toml``: a table for each show; folders are relative to the file.

    Raises:
        SettingsError: With all mistakes at once, each with the file, the key, what was found and
            what is allowed.
    """
    try:
        tables = tomli.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read ({error})"]) from None
    shows: list[Show] = []
    mistakes: list[str] = []
    for key, values in tables.items():
        if not isinstance(values, dict):
            mistakes.append(f"{path}: {key}: allowed is a table for each show, as [{key}]")
            continue
        table = _Table(key, cast("dict[str, Any]", values), path.parent)
        show = table.show(first=not shows)
        mistakes += [f"{path}: {mistake}" for mistake in table.mistakes]
        shows.append(show)
    names = [show.name.casefold() for show in shows]
    mistakes += [
        f"{path}: {show.key}.name: {show.name!r} is the name of another show, too"
        for number, show in enumerate(shows)
        if show.name.casefold() in names[:number]
    ]
    if not 1 <= len(tables) <= _MOST:
        mistakes.append(f"{path}: found {len(tables)} shows; allowed are 1 to {_MOST}")
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(shows)


class _Table:
    """One show's table, and what is wrong with it."""

    def __init__(self, key: str, values: dict[str, Any], base: Path) -> None:
        self._key = key
        self._values = values
        self._base = base
        self.mistakes: list[str] = []

    def show(self, *, first: bool) -> Show:
        if not _KEY.fullmatch(self._key):
            self._wrong("", f"found {self._key!r}; allowed are 1 to 10 of a-z, 0-9 and -")
        for name in self._values:
            if name not in _KNOWN:
                self._wrong(name, f"no such key; there are {', '.join(_KNOWN)}")
        return Show(
            key=self._key,
            id="" if first else self._key,
            name=self._name(),
            colour=self._colour(),
            sources=self._sources(),
            watch_seconds=self._watch_seconds(),
        )

    def _wrong(self, name: str, what: str) -> None:
        self.mistakes.append(f"{self._key}{f'.{name}' if name else ''}: {what}")

    def _name(self) -> str:
        name = self._values.get("name", self._key)
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
            self._wrong("name", f"found {name!r:.60}; allowed is a text of 1 to 80 characters")
            return self._key
        return name.strip()

    def _colour(self) -> int:
        found = self._values.get("colour")
        if found is None:
            return COLOUR
        try:
            return colour(str(found))
        except ValueError as mistake:
            self._wrong("colour", str(mistake))
            return COLOUR

    def _sources(self) -> tuple[Address, ...]:
        found = self._values.get("sources")
        texts = cast("list[object]", found) if isinstance(found, list) else [found]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            self._wrong("sources", f"found {found!r:.60}; allowed is a list of addresses")
            return ()
        addresses: list[Address] = []
        for text in texts:
            try:
                addresses.append(existing(str(text).strip(), self._base))
            except (ValueError, RuntimeError) as mistake:
                self._wrong("sources", str(mistake))
        return tuple(addresses)

    def _watch_seconds(self) -> float | None:
        found = self._values.get("watch_seconds")
        if found is None:
            return None
        try:
            return seconds(str(found))
        except ValueError as mistake:
            self._wrong("watch_seconds", str(mistake))
            return None


def colour(text: str) -> int:
    """Read a colour, ``#rrggbb``.

    Raises:
        ValueError: Where it is none.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError(f"found {text!r}; allowed is a colour such as #5865f2")
    return int(text[1:], 16)


def seconds(text: str) -> float:
    """Read how many seconds lie between two looks at a source.

    Raises:
        ValueError: Where it is no such number.
    """
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text) or not 0.1 <= float(text) <= 86_400:
        raise ValueError(f"found {text!r}; allowed are 0.1 to 86400 seconds")
    return float(text)
