"""The operator's settings, from the environment and from ``.env``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from bot import shows
from bot.errors import SettingsError
from bot.shards import Shards
from bot.shows import COLOUR, Show
from bot.sources.address import Address, existing
from bot.store.server import Server

PLACEHOLDER = "paste-your-bot-token-here"  # what .env.example holds in place of a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides; ``.env.example`` explains each.

    ``discord_token`` is None where there is none, ``dev_guild_id`` where commands are
    for every guild; ``show_colour`` is 0xrrggbb. ``metrics_port`` and ``webhook_port`` are
    None where nothing is listened to. ``state`` is None where it is beside the archive, ``shards``
    where there is one process for all servers. Where ``shows`` are given, ``episodes`` and
    ``show_colour`` count for nothing.
    """

    discord_token: str | None = field(default=None, repr=False)
    episodes: Address = Path("data/episodes")
    archive: Path = Path("archive.sqlite3")
    state: Path | Server | None = None
    shards: Shards | None = None
    synonyms: Path | None = None
    log_level: str = "INFO"
    log_format: str = "auto"
    log_questions: bool = False
    dev_guild_id: int | None = None
    record_questions: bool = True
    keep_questions_days: int = 90
    show_colour: int = COLOUR
    watch_seconds: float = 60.0
    missed_days: int = 7
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: int | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    shows: tuple[Show, ...] = ()

    @property
    def every_show(self) -> tuple[Show, ...]:
        """The shows of ``SHOWS``, or the one of ``EPISODES``."""
        return self.shows or (Show("", "", "the show", self.show_colour, (self.episodes,)),)

    def show_called(self, key: str) -> Show:
        """The show of a key.

        Raises:
            SettingsError: Where there is none.
        """
        for show in self.every_show:
            if show.key == key:
                return show
        there = ", ".join(show.key for show in self.shows) or "none: SHOWS is not set"
        raise SettingsError([f"--show: found {key!r}; there are {there}"])

    def archive_of(self, show: Show) -> Path:
        """The archive of a show: of the first ``ARCHIVE``, of others beside it."""
        if not show.id:
            return self.archive
        return self.archive.with_name(f"{self.archive.stem}-{show.id}{self.archive.suffix}")

    @property
    def ledger(self) -> Path | Server:
        """The database of what cannot be rebuilt: ``STATE``, or a file beside the archive."""
        return self.state or self.archive.with_name("state.sqlite3")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        own = [getattr(self, one.name) for one in fields(self) if not one.repr]
        server = self.state.secrets if isinstance(self.state, Server) else ()
        return (*filter(None, own), *server)

    @classmethod
    def load(
        cls, environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
    ) -> Self:
        """Read the settings; the environment (by default the process's) wins over the file.

        An empty value counts as unset. Only what is set is checked here: whoever uses a
        default finds out whether it fits.

        Raises:
            SettingsError: With all mistakes at once, each with its name, what was found and
                what is allowed.
        """
        settings, mistakes = cls.examine(environ, env_file)
        if mistakes:
            raise SettingsError(mistakes)
        return settings

    @classmethod
    def examine(
        cls, environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
    ) -> tuple[Self, list[str]]:
        """Read the settings as ``load`` does; what is mistaken has its default, and is told."""
        environ = os.environ if environ is None else environ
        written, mistakes = _read(env_file)
        values: dict[str, Any] = {}
        for name, read in _READERS.items():
            where = "environment" if name in environ else env_file
            text = environ.get(name, written.get(name, "")).strip()
            if not text:
                continue
            try:
                values[name.lower()] = read(text)
            except SettingsError as several:
                mistakes += several.mistakes
            except (ValueError, RuntimeError) as mistake:  # RuntimeError: a ~ without a home
                mistakes.append(f"{name} ({where}): {mistake}")
        if "shards" in values and not isinstance(values.get("state"), Server):
            mistakes.append("SHARDS: several processes share a state on PostgreSQL; set STATE")
        return cls(**values), mistakes


def _read(env_file: Path | None) -> tuple[dict[str, str], list[str]]:
    """The names and values of the file, and its mistakes; both empty where there is none."""
    if env_file is None or not env_file.exists():
        return {}, []
    from dotenv import dotenv_values

    try:
        found = dotenv_values(env_file, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        return {}, [f"{env_file}: cannot be read ({error}); it must be a text file in UTF-8"]
    written = {name: value or "" for name, value in found.items()}
    return written, [
        f"{name} ({env_file}): no such setting; did you mean {known}?"
        for name in written
        if name not in _READERS and (known := _nearest(name))
    ]


def _nearest(name: str) -> str | None:
    """The setting that an unknown name most likely is a slip for."""
    from rapidfuzz import fuzz, process

    match = process.extractOne(name.upper(), list(_READERS), scorer=fuzz.ratio, score_cutoff=80)
    return match[0] if match else None


def _token(text: str) -> str | None:
    if text == PLACEHOLDER:
        return None
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", text, re.ASCII):
        # A message may end up in a log or a screenshot, so it never holds the value.
        raise ValueError(
            f"found {len(text)} characters that are no bot token; allowed is the token of the "
            "developer portal's Bot page: three parts of letters, digits, - and _ joined by dots"
        )
    return text


def _archive(text: str) -> Path:
    path = Path(text).expanduser()
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise ValueError(f"found {text!r}; allowed is a file in a folder you may write to")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise ValueError(f"found {text!r}; allowed is a file you may read and write")
    return path


def _state(text: str) -> Path | Server:
    # A message may end up in a log or a screenshot, so that it never holds an address.
    return Server.parse(text) if "://" in text else _archive(text)


def _synonyms(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"found {text!r}; allowed is a text file that exists")
    return path


def _log_level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if text.upper() not in levels:
        raise ValueError(f"found {text!r}; allowed are {', '.join(levels)}")
    return text.upper()


def _log_format(text: str) -> str:
    formats = ("auto", "human", "json")
    if text.lower() not in formats:
        raise ValueError(f"found {text!r}; allowed are {', '.join(formats)}")
    return text.lower()


def _yes(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"found {text!r}; allowed are true, false")
    return text.lower() == "true"


def _snowflake(text: str) -> int:
    if not re.fullmatch(r"[0-9]{15,20}", text):
        raise ValueError(f"found {text!r}; allowed is a server's id of 15 to 20 digits")
    return int(text)


def _shows(text: str) -> tuple[Show, ...]:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"found {text!r}; allowed is a file that exists")
    return shows.read(path)


def _days(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > 3_650:
        raise ValueError(f"found {text!r}; allowed are 0 to 3650 days")
    return int(text)


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65_536:
        raise ValueError(f"found {text!r}; allowed is a port from 1 to 65535")
    return int(text)


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError(f"found {len(text)} characters; allowed are 16 or more, picked at random")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "DISCORD_TOKEN": _token,
    "EPISODES": existing,
    "ARCHIVE": _archive,
    "STATE": _state,
    "SHARDS": Shards.parse,
    "SYNONYMS": _synonyms,
    "LOG_LEVEL": _log_level,
    "LOG_FORMAT": _log_format,
    "LOG_QUESTIONS": _yes,
    "DEV_GUILD_ID": _snowflake,
    "RECORD_QUESTIONS": _yes,
    "KEEP_QUESTIONS_DAYS": _days,
    "SHOW_COLOUR": shows.colour,
    "WATCH_SECONDS": shows.seconds,
    "MISSED_DAYS": _days,
    "METRICS_HOST": str,
    "METRICS_PORT": _port,
    "WEBHOOK_HOST": str,
    "WEBHOOK_PORT": _port,
    "WEBHOOK_SECRET": _secret,
    "SHOWS": _shows,
}
