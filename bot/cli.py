"""The command line: ``python -m bot``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bot import __version__
from bot.care import commands as care
from bot.errors import ArchiveError, EpisodeBotError, QuestionError, SettingsError, SourceError
from bot.excerpt import clean
from bot.settings import Settings
from bot.sources.address import Address, address_of
from bot.telemetry import logs

if TYPE_CHECKING:
    from bot.episode import Episode
    from bot.search import Answer, EpisodeHead, Page, Quotes
    from bot.store.archive import Archive

Run = Callable[[argparse.Namespace, Settings], Awaitable[int]]

# Modules that take long to import (rich, prompt_toolkit, discord) are imported where they are
# used, so that a question is not kept waiting for what only another command needs.

log = logging.getLogger(__name__)

FINE, NOTHING, USAGE, UNUSABLE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 70, 130

_EXIT_CODES = """\
exit codes:
  0    fine; a batch that ran to its end
  1    nothing found, not answered, or some files failed to load
  2    a mistake on the command line, in the settings or in the question
  3    the archive, the source or Discord cannot be used
  70   a fault of this program
  130  interrupted
"""

_CONNECT = """\
To connect to Discord, create an application at https://discord.com/developers/applications
and put its bot token into .env as DISCORD_TOKEN=... Until then, ask here:"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. No exception leaves here."""
    try:
        _tolerate_any_text()
        # Not set_defaults(): it would reach the subcommands, which share these options,
        # and overwrite there what was given before the subcommand.
        start = argparse.Namespace(archive=None, json=False, show=None, anyhow=False)
        args = _parser().parse_args(argv, start)
        settings = Settings.examine()[0] if args.anyhow else Settings.load()
        if args.archive:
            settings = replace(settings, archive=args.archive)
        args.show = settings.show_called(args.show) if args.show else settings.every_show[0]
        logs.configure(settings)
        code = asyncio.run(args.run(args, settings))
        sys.stdout.flush()
    except SystemExit as stop:  # argparse has said why
        return int(stop.code or 0)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough ("... | head"); nothing must be flushed to it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except (SettingsError, QuestionError) as error:
        return _complain(str(error), USAGE)
    except EpisodeBotError as error:
        return _complain(str(error), UNUSABLE)
    except sqlite3.Error as error:
        log.debug("the archive failed", exc_info=True)
        return _complain(
            f"the archive cannot be used ({error}); try again, or load it anew", UNUSABLE
        )
    except ModuleNotFoundError as error:
        log.debug("not installed", exc_info=True)
        return _complain(f"{error}; 'make run' installs what is needed, and starts", INTERNAL)
    except Exception as error:
        log.debug("unexpected", exc_info=True)
        return _complain(
            f"something went wrong in this program ({type(error).__name__}: {error}); "
            "LOG_LEVEL=DEBUG shows where, please report it",
            INTERNAL,
        )
    return code


def _tolerate_any_text() -> None:
    """Print what a terminal cannot show as a question mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _complain(message: str, code: int) -> int:
    for line in message.splitlines():
        print(f"episode-bot: {clean(line)}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    everywhere.add_argument(
        "--archive", metavar="FILE", type=Path, help="the database (default: setting ARCHIVE)"
    )
    everywhere.add_argument("--show", metavar="KEY", help="the show, of those in SHOWS")
    everywhere.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Answers from a podcast's archive.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[everywhere],
    )
    parser.add_argument("--version", action="version", version=f"episode-bot {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Run, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about, parents=[everywhere])
        added.set_defaults(run=run)
        return added

    load = command("load", _load, "bring the archive in step with where the episodes are")
    load.add_argument(
        "place",
        metavar="PLACE",
        type=_address,
        help="a folder, a feed's address, or a Git repository: https://host/show.git#branch:folder",
    )
    for name, run, what, about in (
        ("ask", _ask, "question", "find the episodes that cover something"),
        ("quote", _quote, "text", "find who said something, from words remembered"),
    ):
        search = command(name, run, about)
        words = search.add_mutually_exclusive_group(required=True)
        words.add_argument("words", metavar=what.upper(), nargs="*", default=[])
        words.add_argument(
            "--batch",
            metavar="FILE",
            type=_readable,
            help=f"one {what} a line ('-' is standard input); prints a line of JSON for each",
        )
    search.add_argument("--speaker", metavar="NAME")
    search.add_argument("--episode", metavar="EPISODE", help="number, slug or title")
    show = command("show", _show, "show one episode, by its number, slug or title")
    show.add_argument("words", metavar="EPISODE", nargs="+")
    latest = command("latest", _latest, "list the newest episodes")
    latest.add_argument("--limit", metavar="N", type=_positive, default=5)
    command("random", _random, "pick an episode")
    browse = command("browse", _browse, "list episodes, newest first")
    browse.add_argument("--category", metavar="NAME")
    browse.add_argument("--person", metavar="NAME", help="a host or guest")
    browse.add_argument("--year", metavar="YEAR", type=_positive)
    browse.add_argument("--limit", metavar="N", type=_positive, default=10)
    browse.add_argument("--page", metavar="N", type=_positive, default=1)
    command("chat", _chat, "ask from a prompt, with the commands of Discord")
    announce = command("announce", _announce, "have the running bot announce an episode")
    announce.add_argument("words", metavar="EPISODE", nargs="+", help="number, slug or title")
    announce.add_argument("--guild", metavar="ID", required=True, help="the server's id")
    announce.add_argument("--channel", metavar="ID", required=True, help="the channel's id")
    announce.add_argument("--message", metavar="TEXT", default="", help="words above the post")
    announce.add_argument("--when", metavar="TIME", default="", help="in 2 h, 2026-12-01 18:00")
    announce.add_argument("--again", action="store_true", help="also where it was announced before")
    announce.add_argument(
        "--dry-run", action="store_true", help="plan nothing; tell what announcing by itself does"
    )
    command("run", _run, "load the episodes, then connect to Discord, or chat without a token")
    care.add(command)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999")
    return int(text)


def _address(text: str) -> Address:
    try:
        return address_of(text)
    except (ValueError, RuntimeError) as mistake:
        raise argparse.ArgumentTypeError(str(mistake)) from None


def _readable(path: str) -> BinaryIO:
    try:
        return sys.stdin.buffer if path == "-" else Path(path).open("rb")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}") from None


async def _load(args: argparse.Namespace, settings: Settings) -> int:
    from bot.store.archive import Archive

    async with await Archive.open(settings.archive_of(args.show)) as archive:
        return await _load_from(archive, (args.place,), as_json=args.json)


async def _load_from(
    archive: Archive, places: Sequence[Address], *, learn: bool = True, as_json: bool = False
) -> int:
    from bot import terminal
    from bot.loading import load
    from bot.search import semantic
    from bot.sources.opening import source_of

    with terminal.progress_bar("Loading") as progress:
        report = await load(archive, source_of(places, archive.path), progress=progress)
    if learn:
        with terminal.progress_bar("Learning") as progress:
            await semantic.learn(archive, progress=progress)
    if as_json:
        _print_json(report.to_json())
    else:
        terminal.print_report(terminal.terminal(), report, ", ".join(map(str, places)))
    return NOTHING if report.failed else FINE


async def _ask(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search

    async with _loaded(args, settings) as archive:
        if args.batch:
            refused: dict[str, Any] = {
                "answered": False,
                "confidence": 0,
                "understood": {},
                "episodes": [],
            }
            return await _batch(args.batch, lambda line: search.ask(archive, line), refused)
        answer = await search.ask(archive, _joined(args.words))
    _give(args, answer)
    return FINE if answer.answered else NOTHING


async def _quote(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search

    async with _loaded(args, settings) as archive:

        def find(text: str) -> Awaitable[Quotes]:
            return search.quote(archive, text, speaker=args.speaker, episode=args.episode)

        if args.batch:
            return await _batch(args.batch, find, {"passages": []})
        quotes = await find(_joined(args.words))
    _give(args, quotes)
    return FINE if quotes.passages else NOTHING


async def _show(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search, terminal

    async with _loaded(args, settings) as archive:
        try:
            episode, head = await search.show(archive, _joined(args.words))
        except QuestionError as error:
            return _complain(str(error), NOTHING)
    if args.json:
        _print_json(_episode_json(episode, head))
    else:
        terminal.print_episode(terminal.terminal(), episode, head)
    return FINE


async def _latest(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search

    async with _loaded(args, settings) as archive:
        page = await search.latest(archive, limit=args.limit)
    _give(args, page)
    return FINE if page.episodes else NOTHING


async def _random(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search

    async with _loaded(args, settings) as archive:
        episode = await search.random_episode(archive)
    if episode is None:
        return _complain("there is no episode that may be shown yet", NOTHING)
    _give(args, episode)
    return FINE


async def _browse(args: argparse.Namespace, settings: Settings) -> int:
    from bot import search

    async with _loaded(args, settings) as archive:
        page = await search.browse(
            archive,
            category=args.category,
            person=args.person,
            year=args.year,
            limit=args.limit,
            offset=(args.page - 1) * args.limit,
        )
    _give(args, page)
    return FINE if page.episodes else NOTHING


async def _announce(args: argparse.Namespace, settings: Settings) -> int:
    from bot.announce.clock import utc
    from bot.announce.outside import Wish, ask_for
    from bot.store.state import State

    wish = Wish.from_json(
        {
            "episode": _joined(args.words),
            "guild": args.guild,
            "channel": args.channel,
            "message": args.message,
            "when": args.when,
            "again": args.again,
        }
    )
    async with _loaded(args, settings) as archive:
        state = await State.open(settings.ledger)
        try:
            outcome = await ask_for(
                state,
                archive,
                wish,
                utc(),
                longest_missed=timedelta(days=settings.missed_days),
                by="command line",
                dry_run=args.dry_run,
                show=args.show.id,
            )
        finally:
            await state.close()
    if args.json:
        _print_json(outcome.to_json())
    else:
        print("\n".join(map(clean, outcome.lines(dry_run=args.dry_run))))
    return FINE if outcome.planned or args.dry_run else NOTHING


async def _chat(args: argparse.Namespace, settings: Settings) -> int:
    async with _loaded(args, settings) as archive:
        return await _chat_about(archive)


async def _chat_about(archive: Archive) -> int:
    from bot.chat import chat

    await chat(archive, None if sys.stdin.isatty() else _lines(sys.stdin.buffer))
    return FINE


async def _run(args: argparse.Namespace, settings: Settings) -> int:
    from bot.sources.opening import source_of
    from bot.store.archive import Archive

    default = settings.episodes  # checked where it is set, as those of SHOWS are
    if not settings.shows and isinstance(default, Path) and not default.is_dir():
        raise SettingsError(
            [f"EPISODES: there is no folder {settings.episodes}; set it to your folder of episodes"]
        )
    usable = 0
    for show in settings.every_show:
        async with await Archive.open(settings.archive_of(show)) as archive:
            try:
                # What changed since the last time, the bot's watcher brings in step at once.
                known = await archive.source() if settings.discord_token else None
                if known is None or known != source_of(show.sources, archive.path).name:
                    # The bot learns what passages mean while it is at work: it takes minutes.
                    await _load_from(archive, show.sources, learn=not settings.discord_token)
            except SourceError as error:
                # What was loaded before can be asked, and so can the other shows.
                usable += await archive.source() is not None
                if not usable and show is settings.every_show[-1]:
                    raise
                _complain(str(error), UNUSABLE)
            else:
                usable += 1
    if not settings.discord_token:
        print(_CONNECT, flush=True)
        path = settings.archive_of(args.show)
        async with await Archive.open(path, synonyms=settings.synonyms) as archive:
            return await _chat_about(archive)
    gc.disable()  # little that a start makes is rubbish; the client switches it on again
    from bot import client

    await client.run(settings)
    return FINE


@asynccontextmanager
async def _loaded(args: argparse.Namespace, settings: Settings) -> AsyncGenerator[Archive]:
    """The archive, open; one that was never loaded is refused, and not made."""
    from bot.store.archive import Archive

    path = settings.archive_of(args.show)
    if path.exists():
        async with await Archive.open(path, synonyms=settings.synonyms) as archive:
            if await archive.source() is not None:
                yield archive
                return
    raise ArchiveError(f"{path} holds no episodes yet; load some: python -m bot load PLACE")


async def _batch(
    batch: BinaryIO,
    find: Callable[[str], Awaitable[Answer | Quotes]],
    refused: dict[str, Any],
) -> int:
    """Print a line of JSON for each line, as soon as it is found; ``refused`` fills in for it."""
    for line in _lines(batch):
        try:
            result = (await find(line)).to_json()
        except QuestionError as error:
            result = {"question": line, "error": str(error), **refused}
        _print_json(result, indent=None)
    return FINE


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream, as they come."""
    # Ctrl-C must end the wait for a line; asyncio would take note of it and wait on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with stream:
        for raw in stream:
            yield raw.decode("utf-8", "replace").strip("\ufeff\r\n")


def _give(args: argparse.Namespace, result: Answer | Quotes | Page | EpisodeHead) -> None:
    if args.json:
        _print_json(result.to_json())
    else:
        from bot import terminal

        terminal.print_result(terminal.terminal(), result)


def _joined(words: list[str]) -> str:
    # Bytes of the command line that are not UTF-8 arrive as lone surrogates.
    return os.fsencode(" ".join(words)).decode("utf-8", "replace")


def _print_json(value: dict[str, Any], *, indent: int | None = 2) -> None:
    """Print JSON, in ASCII because it must be valid in every locale."""
    separators = (",", ": " if indent else ":")
    print(json.dumps(value, indent=indent, separators=separators), flush=True)


def _episode_json(episode: Episode, head: EpisodeHead) -> dict[str, Any]:
    """The documented form of a whole episode."""
    published = episode.published.astimezone(UTC) if episode.published else None
    return {
        **head.to_json(),
        "published": published.isoformat().replace("+00:00", "Z") if published else None,
        "draft": episode.draft,
        "duration": episode.duration,
        "audio_url": episode.audio_url,
        "audio_size": episode.audio_size,
        "image": episode.image,
        "description": episode.description,
        "summary": episode.summary,
        "hosts": episode.hosts,
        "guests": episode.guests,
        "categories": episode.categories,
        "links": episode.links,
        "extra": episode.extra,
        "sections": [
            {
                "heading": section.heading,
                "level": section.level,
                "notes": [
                    {
                        "text": note.text,
                        "depth": note.depth,
                        "links": [link._asdict() for link in note.links],
                    }
                    for note in section.notes
                ],
            }
            for section in episode.sections
        ],
        "turns": [
            {
                "turn": number,
                "label": turn.label,
                "speaker": turn.speaker,
                "seconds": turn.seconds,
                "estimated": turn.seconds is not None and not turn.exact,
                "clip": turn.clip,
                "text": turn.text,
                "sounds": [sound._asdict() for sound in turn.sounds],
            }
            for number, turn in enumerate(episode.turns)
        ],
    }
