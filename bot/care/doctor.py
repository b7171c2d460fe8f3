"""The doctor: looks at everything the bot needs, changes nothing, and names a cure for each ill.

Whatever is broken, the rest is looked at all the same.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import __version__
from bot.announce import memory
from bot.care import heartbeat
from bot.care.findings import Finding, fine, note, warning, wrong
from bot.errors import SettingsError, SourceError, StateError
from bot.settings import Settings
from bot.shows import Show
from bot.sources.folder import FolderSource
from bot.sources.opening import source_of
from bot.store import archive, database, state
from bot.store.server import Server

log = logging.getLogger(__name__)

_SCARCE, _FULL = 1024, 100  # MB of disk space left
_GENERATIONS = 3  # times the size of the data that should be free, to load and to copy
_ENV = Path(".env")

Check = Callable[[Settings], Iterator[Finding]]


async def examine(settings: Settings, mistakes: list[str], *, offline: bool) -> list[Finding]:
    """Look at everything; ``mistakes`` are those of the settings, which then hold defaults."""
    found = [
        wrong("settings", mistake, "mend it in .env or the environment") for mistake in mistakes
    ]
    found = found or [fine("settings", "no mistakes")]
    for check in (_program, _token, _source, _disk, _archive, _state, _running, _next):
        found += await asyncio.to_thread(_whatever_happens, check, settings)
    if offline:
        found.append(note("discord", "not asked, as you wished (--offline)"))
    elif settings.discord_token:
        from bot.care import doctor_discord

        try:
            found += await doctor_discord.examine(
                settings, settings.discord_token, places(settings)
            )
        except Exception as error:  # noqa: BLE001  (its faults are findings, too)
            found.append(_stumbled("discord", error))
    return found


def _whatever_happens(check: Check, settings: Settings) -> list[Finding]:
    """What a check finds, and what it fails with: its faults are findings, too."""
    found: list[Finding] = []
    about = check.__name__.lstrip("_")
    try:
        found += check(settings)
    except StateError as error:
        found.append(wrong(about, str(error), "start the server, or mend STATE"))
    except SettingsError as error:
        found.append(wrong(about, str(error), "install it, or leave STATE out"))
    except (OSError, sqlite3.Error) as error:
        found.append(
            wrong(about, f"cannot be looked at ({error})", "check the disk and its rights")
        )
    except Exception as error:  # noqa: BLE001  (as above)
        found.append(_stumbled(about, error))
    return found


def _stumbled(about: str, error: Exception) -> Finding:
    log.debug("the doctor stumbled", exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return wrong(about, f"the doctor stumbled ({reason})", "please report it")


def _program(_: Settings) -> Iterator[Finding]:
    python = sys.version.split()[0]
    yield fine(
        "program", f"episode-bot {__version__}, Python {python}, SQLite {sqlite3.sqlite_version}"
    )


def _token(settings: Settings) -> Iterator[Finding]:
    token = settings.discord_token
    if token is None:
        yield warning(
            "token",
            "there is none: the bot answers in the terminal only",
            "put the token of https://discord.com/developers/applications (Bot, Reset Token) "
            "into .env as DISCORD_TOKEN",
        )
        return
    yield fine("token", f"it has the form of a token{_application(token)}")
    if _ENV.exists() and "DISCORD_TOKEN" not in os.environ:
        mode = stat.S_IMODE(_ENV.stat().st_mode)
        if mode & 0o077:
            seen = f"{_ENV} may be read by other users of this machine (mode {mode:o})"
            yield warning("token", seen, f"chmod 600 {_ENV}")


def _application(token: str) -> str:
    """The application that a token says it is of: its first part is the id, which is public."""
    first = token.partition(".")[0]
    try:
        number = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return f", of application {number}" if number.isdecimal() else ""


def _source(settings: Settings) -> Iterator[Finding]:
    for show in settings.every_show:
        for place in show.sources:
            if isinstance(place, Path):
                yield from _folder(place)
            else:
                yield note("source", f"{place} is fetched by the bot, and not looked at here")


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield wrong("source", f"there is no folder {folder}", "set EPISODES to yours")
        return
    try:
        source = FolderSource(folder)
        count = sum(1 for _ in source.files())
    except SourceError as error:
        yield wrong("source", str(error), "mend the site's configuration")
        return
    if count:
        yield fine("source", f"{count} content files in {folder}")
    else:
        yield warning("source", f"no content files in {folder}", "set EPISODES to the right folder")
    for error in source.unreadable[:5]:
        yield warning("source", str(error), "the file is left out until that is mended")
    if count and source.site.base_url is None:
        yield note(
            "source",
            "no site configuration with a baseURL in or above it: episodes have no links",
            "let EPISODES be a folder inside the site, or leave it so",
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.archive.absolute().parent
    if not folder.is_dir():
        yield wrong("disk", f"there is no folder {folder}", "make it, or set ARCHIVE anew")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong("disk", f"{folder} is not writable for this user", f"give {_user()} the right")
    free = shutil.disk_usage(folder).free >> 20
    stores = [settings.archive_of(show) for show in settings.every_show]
    if isinstance(settings.ledger, Path):
        stores.append(settings.ledger)
    size = sum(path.stat().st_size for path in stores if path.exists()) >> 20
    if free < _FULL:
        yield wrong("disk", f"{free} MB are free in {folder}", "make room; nothing can be stored")
    elif free < max(_SCARCE, _GENERATIONS * size):
        yield warning("disk", f"{free} MB are free in {folder}", "make room before it is full")
    else:
        yield fine("disk", f"{free} MB are free in {folder}, the data are {size} MB")


def _user() -> str:
    return f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"


def _archive(settings: Settings) -> Iterator[Finding]:
    for show in settings.every_show:
        yield from _archive_of(show, settings.archive_of(show))


def _archive_of(show: Show, path: Path) -> Iterator[Finding]:
    cure = f"move {path} away; the next start loads it anew"
    if not path.exists():
        yield note("archive", f"{path} is not there yet", "the first start loads it")
        return
    yield from _database("archive", path, archive.MIGRATIONS, cure, "PRAGMA quick_check")
    with closing(database.look_at(path)) as db:
        source = db.execute("SELECT value FROM meta WHERE key = 'source'").fetchone()
        episodes, silent = db.execute("SELECT count(*), sum(turns = 0) FROM episode").fetchone()
        odd = db.execute("SELECT count(*) FROM problem").fetchone()[0]
    if source is None:
        yield warning("archive", "nothing was loaded yet", "the next start loads it")
        return
    told = f", {odd} oddities (python -m bot load shows them)" if odd else ""
    yield fine("archive", f"{episodes} episodes, {silent or 0} without a transcript{told}")
    try:
        name = source_of(show.sources, path).name
    except SourceError:  # (that is told where sources are looked at)
        return
    if source[0] != name:
        yield note("archive", f"it mirrors {source[0]}", f"the next start loads {name} instead")


def _state(settings: Settings) -> Iterator[Finding]:
    path = settings.ledger
    if isinstance(path, Server):
        with state.looking(path) as (_, version):
            yield from _version("state", path, version, state.newest())
            yield fine("state", f"{path} answers (schema {version})")
        return
    if not path.exists():
        yield note("state", f"{path} is not there yet", "the first start makes it")
        return
    cure = "stop the bot, then: python -m bot restore, with your newest backup"
    yield from _database("state", path, state.MIGRATIONS, cure, "PRAGMA integrity_check")


def _database(about: str, path: Path, migrations: Path, cure: str, check: str) -> Iterator[Finding]:
    """What is wrong with a file as such: its form, its version, its pages, its references."""
    known = database.newest(migrations)
    try:
        with closing(database.look_at(path)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            broken = [row[0] for row in db.execute(check) if row[0] != "ok"]
            strays = db.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        yield wrong(about, f"{path} cannot be read ({error})", cure)
        return
    yield from _version(about, path, version, known)
    if broken:
        yield wrong(about, f"{path} is damaged: {broken[0]} ({len(broken)} faults)", cure)
    elif strays:
        yield wrong(about, f"{path} has {len(strays)} rows that refer to nothing", cure)
    else:
        yield fine(about, f"{path} is sound (schema {version})")


def _version(about: str, place: object, version: int, known: int) -> Iterator[Finding]:
    if version > known:
        seen = f"{place} is of a newer version (schema {version}, this one knows {known})"
        yield wrong(about, seen, "update episode-bot")
    elif version < known:
        seen = f"{place} is of an earlier version (schema {version}, now {known})"
        yield note(about, seen, "the next start brings it up to date")


def _running(settings: Settings) -> Iterator[Finding]:
    found = heartbeat.health(heartbeat.beside(settings.archive))
    yield (fine if found.well else note)("running", found.why)


def places(settings: Settings) -> list[Any]:
    """The channels that announce, as rows; none where the state cannot tell."""
    try:
        with state.looking(settings.ledger) as (db, version):
            if version:
                return db.execute("SELECT * FROM subscription ORDER BY guild_id, since").fetchall()
    except (*state.UNUSABLE, SettingsError):
        pass
    return []


def _next(settings: Settings) -> Iterator[Finding]:
    """What would be announced next, and what waits for a moderator."""
    if isinstance(settings.ledger, Path) and not settings.ledger.exists():
        return
    with state.looking(settings.ledger) as (db, version):
        if version != state.newest():
            return
        automatic = db.execute("SELECT count(*) FROM subscription WHERE automatic").fetchone()[0]
        held = db.execute("SELECT count(*) FROM delivery WHERE state = 'held'").fetchone()[0]
        due = db.execute(
            "SELECT min(due), count(*) FROM delivery WHERE state IN ('planned', 'sending')"
        ).fetchone()
        date = memory.next_date(db, datetime.now(UTC))
        coming = db.execute(
            "SELECT number, title FROM release WHERE published = ?",
            (date.timestamp() if date else None,),
        ).fetchone()
    yield fine("next", f"new episodes are announced automatically in {automatic} channels")
    if due[1]:
        yield fine("next", f"{due[1]} deliveries are planned, the first for {_when(due[0])}")
    if date and coming:
        number = f"#{coming[0]} " if coming[0] is not None else ""
        yield fine("next", f"{number}{coming[1]} becomes public {_when(date.timestamp())}")
    if held:
        yield warning(
            "next", f"{held} announcements are held", "a moderator decides: /announcements list"
        )


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
