"""The commands that care for the bot, as parts of the command line."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from bot.errors import ArchiveError, SettingsError
from bot.excerpt import clean
from bot.settings import Settings
from bot.store.server import Server

Run = Callable[[argparse.Namespace, Settings], Awaitable[int]]
Command = Callable[[str, Run, str], argparse.ArgumentParser]

_FINE, _ILL = 0, 1
_EXPORTS = ("episodes", "turns", "notes")
_BY_LEVEL = (0, 0, 1, 3)  # exit codes of the doctor: fine, with notes, with warnings, wrong


def add(command: Command) -> None:
    """Add the commands to the command line."""
    command("healthy", _healthy, "tell whether the bot is running, alive and connected")
    doctor = command("doctor", _doctor, "look at everything the bot needs, and name the cures")
    doctor.add_argument("--offline", action="store_true", help="do not ask Discord")
    doctor.set_defaults(anyhow=True)
    copy = command(
        "backup", _backup, "copy the state, while the bot runs or not, and check the copy"
    )
    copy.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        help="where to ('-': to standard output; default: backups, beside the state)",
    )
    copy.add_argument(
        "--keep", metavar="N", type=_count, default=14, help="newest copies that stay (default: 14)"
    )
    back = command(
        "restore", _restore, "put a copy in the place of the state; the bot must be stopped"
    )
    back.add_argument("copy", metavar="FILE", type=Path)
    out = command("export", _export, "write the archive as JSON Lines or CSV")
    out.add_argument("what", metavar="WHAT", choices=_EXPORTS, help="episodes, turns or notes")
    out.add_argument(
        "target", metavar="FILE", help="ending in .jsonl or .csv; '-': standard output"
    )
    out.add_argument("--format", choices=("jsonl", "csv"), help="whatever the file is called")
    gone = command("forget", _forget, "delete everything that is kept of a member")
    gone.add_argument("user", metavar="USER_ID", type=_user, help="Discord's id of the member")


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 9999")
    return int(text)


def _user(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 15 <= len(text) <= 19):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of 15 to 19 digits")
    return int(text)


async def _healthy(args: argparse.Namespace, settings: Settings) -> int:
    from bot.care import heartbeat

    found = heartbeat.health(heartbeat.beside(settings.archive))
    print(json.dumps(found._asdict()) if args.json else found.why)
    return _FINE if found.well else _ILL


async def _doctor(args: argparse.Namespace, settings: Settings) -> int:
    from bot.care import doctor, findings

    examined, mistakes = Settings.examine()
    if args.archive:
        examined = replace(examined, archive=args.archive)
        mistakes = [one for one in mistakes if not one.startswith("ARCHIVE ")]
    found = await doctor.examine(examined, mistakes, offline=args.offline)
    worst = findings.worst(found)
    if args.json:
        report = {"worst": worst.name.lower(), "findings": [one.to_json() for one in found]}
        print(json.dumps(report, indent=2))
    else:
        print("\n".join(clean(line) for one in found for line in one.lines()))
    return _BY_LEVEL[worst]


async def _backup(args: argparse.Namespace, settings: Settings) -> int:
    from bot.care import backup

    state = _file(settings)
    if not state.exists():
        raise ArchiveError(f"{state}: there is no state yet; the bot's first start makes it")
    if args.folder == "-":
        await asyncio.to_thread(backup.stream, state, sys.stdout.buffer)
        return _FINE
    folder = Path(args.folder) if args.folder else _backups(state)
    done = await asyncio.to_thread(backup.back_up, state, folder, keep=args.keep)
    if args.json:
        removed = [str(path) for path in done.removed]
        print(json.dumps({"path": str(done.path), "bytes": done.size, "removed": removed}))
    else:
        older = f"; {len(done.removed)} older removed" if done.removed else ""
        print(clean(f"{done.path} ({done.size / 1024:.0f} KB, checked{older})"))
    return _FINE


def _file(settings: Settings) -> Path:
    """The state, where it is a file."""
    if isinstance(settings.ledger, Server):
        what = "the state is on PostgreSQL, whose pg_dump copies it: docs/growing.md"
        raise SettingsError([f"{settings.ledger}: {what}"])
    return settings.ledger


def _backups(state: Path) -> Path:
    return state.with_name("backups")


async def _restore(args: argparse.Namespace, settings: Settings) -> int:
    from bot.care import carry, restore

    place = settings.ledger
    if isinstance(place, Server):
        done = restore.Restored(None, await carry.carry(settings, place, args.copy))
    else:
        done = await restore.restore(settings, place, args.copy)
    if args.json:
        aside = str(done.aside) if done.aside else None
        print(json.dumps({"replaced": aside, **done.adopted._asdict()}))
        return _FINE
    print(clean(f"{args.copy} is now {place}."))
    if done.aside:
        print(clean(f"What it replaced is kept as {done.aside}; delete it when all is well."))
    for name in done.adopted.episodes:
        print(clean(f"Taken for announced, since it came out after the copy was made: {name}"))
    if done.adopted.doubtful:
        print(f"{done.adopted.doubtful} posts were due; the bot looks for each before it sends it.")
    print("Members who had themselves forgotten since then are back: use 'forget' for them.")
    return _FINE


async def _export(args: argparse.Namespace, settings: Settings) -> int:
    from bot.care import export

    source = settings.archive_of(args.show)
    if not source.exists():
        raise ArchiveError(f"{source}: there is no archive yet; load one first")
    ending = Path(args.target).suffix.lstrip(".").lower()
    form = args.format or (ending if ending in export.FORMATS else None)
    if args.target == "-":
        _in_utf8(sys.stdout)
        await asyncio.to_thread(export.write, source, args.what, form or "jsonl", sys.stdout)
        return _FINE
    if form is None:
        raise SettingsError([f"{args.target}: let it end in .jsonl or .csv, or give --format"])
    try:
        target = Path(args.target)
        count = await asyncio.to_thread(export.export, source, args.what, form, target)
    except OSError as error:
        raise ArchiveError(f"{args.target}: cannot be written ({error.strerror})") from None
    if args.json:
        print(json.dumps({"path": args.target, "rows": count}))
    else:
        print(clean(f"{count} {args.what} in {args.target}"))
    return _FINE


def _in_utf8(stream: TextIO) -> None:
    """Have a stream write UTF-8 whatever the locale, and leave line ends alone."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", newline="")


async def _forget(args: argparse.Namespace, settings: Settings) -> int:
    from bot.announce import follows
    from bot.care import backup
    from bot.store.state import State

    place = settings.ledger
    if isinstance(place, Path) and not place.exists():
        raise ArchiveError(f"{place}: there is no state yet, nothing is kept of anybody")
    state = await State.open(place)
    try:
        deleted = await state.run(follows.forget, args.user)
        clear = await state.compact()
    finally:
        await state.close()
    left: list[str] = []
    if isinstance(place, Path):
        copies = [*backup.copies(_backups(place)), *place.parent.glob(f"{place.stem}-replaced-*")]
        left = [str(path) for path in copies]
    if args.json:
        print(json.dumps({"deleted": deleted, "gone_from_file": clear, "copies": left}))
        return _FINE if deleted else _ILL
    if not deleted:
        print("Nothing is kept of this member.")
    for what, count in deleted.items():
        print(f"{what}: {count}")
    if not clear:
        print("The bot was busy: the last traces leave the file's log when it is restarted.")
    if isinstance(place, Server) and deleted:
        print(
            "Dumps and the server's own log may hold more; they are in its administrator's hands."
        )
    if left:
        print(f"Copies made before may hold more; delete them when you can: {len(left)} files")
        print("\n".join(clean(f"  {path}") for path in left))
    return _FINE if deleted else _ILL
