"""Asking from a prompt, with the slash commands that members have on Discord."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from rapidfuzz import fuzz, process
from rich.text import Text

from bot import search, terminal
from bot.errors import EpisodeBotError, QuestionError
from bot.excerpt import clean

if TYPE_CHECKING:
    from prompt_toolkit.document import Document
    from rich.console import Console

    from bot.store.archive import Archive

Arguments = dict[str, str]
Run = Callable[["Archive", "Console", Arguments], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: what runs it, what it is for, and which arguments it takes.

    ``argument`` is the text after the command, ``options`` are written ``name:value``
    behind it.
    """

    run: Run
    about: str
    argument: str | None = None
    options: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """What may follow the command's name."""
        options = [f"[{name}:…]" for name in self.options]
        return " ".join([self.argument, *options] if self.argument else options)


async def chat(archive: Archive, lines: Iterable[str] | None = None) -> None:
    """Answer ``lines``, or where there are none to begin with what is typed at a prompt."""
    console = terminal.terminal()
    async for line in _typed(archive, console) if lines is None else _given(console, lines):
        try:
            await answer(archive, console, line)
        except EpisodeBotError as error:
            _say(console, str(error))
        except EOFError:
            break


async def answer(archive: Archive, console: Console, line: str) -> None:
    """Run one line: a command, or else a question. A blank line is nothing.

    Raises:
        QuestionError: Where the command is unknown, or what follows it is of no use to it.
        EOFError: Where the member is leaving.
    """
    line = line.strip()
    if not line:
        return
    if not line.startswith("/"):
        line = f"/ask {line}"
    name, _, rest = line[1:].partition(" ")
    command = COMMANDS.get(name.casefold())
    if command is None:
        raise QuestionError(_unknown(name))
    await command.run(archive, console, _arguments(name, command, rest))


def _unknown(name: str) -> str:
    match = process.extractOne(name.casefold(), list(COMMANDS), scorer=fuzz.ratio, score_cutoff=50)
    hint = f" Did you mean /{match[0]}?" if match else ""
    return f"There is no /{name}.{hint} /help lists the commands."


def _arguments(name: str, command: Command, text: str) -> Arguments:
    """Take "text speaker:Clara Jensen" apart: an option's value ends where the next one begins.

    The text may be named as well (``/quote text:…``), as it is when copied out of Discord.
    """
    text = text.strip()
    given: Arguments = {}
    if command.options:
        names = "|".join(command.options)
        text, *options = re.split(rf"(?:^|(?<=\s))({names}):", text, flags=re.IGNORECASE)
        for option, value in zip(options[::2], options[1::2], strict=True):
            if value := value.strip().strip('"“”'):
                given[option.lower()] = value
    if command.argument:
        given[command.argument] = text.removeprefix(f"{command.argument}:").strip()
    elif text.strip():
        takes = f"takes {command.usage}" if command.options else "takes nothing more"
        raise QuestionError(f"/{name} {takes}.")
    return given


async def _typed(archive: Archive, console: Console) -> AsyncIterator[str]:
    """What is typed at a prompt. Ctrl-C clears the line, Ctrl-D ends."""
    episodes = terminal.count((await archive.counts()).public, "episode")
    _say(console, f"Ask about {episodes}. /help lists the commands, Ctrl-D leaves.")
    session = PromptSession[str](history=_history(), completer=CommandCompleter())
    while True:
        try:
            yield await session.prompt_async("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


async def _given(console: Console, lines: Iterable[str]) -> AsyncIterator[str]:
    """The lines that were given, each repeated above what answers it."""
    for line in lines:
        if line.strip():
            _say(console, f"\n> {line.strip()}")
            yield line


def _say(console: Console, text: str) -> None:
    console.print(Text(clean(text)))


def _history() -> History:
    """The history file, or where it cannot be written one that lasts until the end."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    try:
        file = Path(state).expanduser() / "episode-bot" / "history"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except (OSError, RuntimeError):
        return InMemoryHistory()
    return FileHistory(str(file))


class CommandCompleter(Completer):
    """Completes the names of commands and, behind one, those of its options."""

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield what may stand where the cursor is."""
        text = document.text_before_cursor
        if not text.startswith("/"):
            return
        name, blank, rest = text[1:].partition(" ")
        if not blank:
            for known, command in COMMANDS.items():
                if known.startswith(name.casefold()):
                    meta = command.about
                    yield Completion(f"/{known}", -len(text), display_meta=meta)
            return
        word = rest.rpartition(" ")[2]
        command = COMMANDS.get(name.casefold())
        if command is None or not (word or complete_event.completion_requested):
            return
        for option in command.options:
            if option.startswith(word.casefold()) and f"{option}:" not in rest:
                yield Completion(f"{option}:", -len(word))


async def _ask(archive: Archive, console: Console, given: Arguments) -> None:
    terminal.print_result(console, await search.ask(archive, given["question"]))


async def _quote(archive: Archive, console: Console, given: Arguments) -> None:
    speaker, episode = given.get("speaker"), given.get("episode")
    quotes = await search.quote(archive, given["text"], speaker=speaker, episode=episode)
    terminal.print_result(console, quotes)


async def _episode(archive: Archive, console: Console, given: Arguments) -> None:
    terminal.print_episode(console, *await search.show(archive, given["what"]))


async def _latest(archive: Archive, console: Console, given: Arguments) -> None:
    terminal.print_result(console, await search.latest(archive))


async def _random(archive: Archive, console: Console, given: Arguments) -> None:
    if episode := await search.random_episode(archive):
        terminal.print_result(console, episode)
    else:
        _say(console, "There is no episode yet.")


async def _browse(archive: Archive, console: Console, given: Arguments) -> None:
    year = given.get("year")
    if year is not None and not re.fullmatch("[0-9]{4}", year):
        raise QuestionError(f"year:{year} is no year; write it like year:2024.")
    page = await search.browse(
        archive,
        category=given.get("category"),
        person=given.get("person"),
        year=int(year) if year else None,
        limit=25,
    )
    terminal.print_result(console, page)


async def _help(archive: Archive, console: Console, given: Arguments) -> None:
    usages = {f"/{name} {command.usage}": command.about for name, command in COMMANDS.items()}
    width = max(map(len, usages))
    for usage, about in usages.items():
        _say(console, f"{usage:{width}}  {about}")
    _say(console, "What begins with no slash is taken as /ask.")


async def _quit(archive: Archive, console: Console, given: Arguments) -> None:
    raise EOFError


COMMANDS: dict[str, Command] = {
    "ask": Command(_ask, "Find the episodes that cover something", "question"),
    "quote": Command(_quote, "Find who said something", "text", ("speaker", "episode")),
    "episode": Command(_episode, "Show an episode by number, name or title", "what"),
    "latest": Command(_latest, "List the newest episodes"),
    "random": Command(_random, "Pick an episode"),
    "browse": Command(_browse, "List episodes", options=("category", "person", "year")),
    "help": Command(_help, "Show this list"),
    "quit": Command(_quit, "Leave"),
}
