"""The log: for people on a terminal, as lines of JSON elsewhere; discreet in both forms.

What is secret never gets into it. What members typed does not either, unless the operator asks
for that: libraries tell nothing at DEBUG, where they show whole messages, and where an error
repeats a word of the question that is being answered, the word is blotted out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from bot.excerpt import clean
from bot.settings import Settings
from bot.telemetry import trace

BLOT = "▮▮▮"
_OURS = ("bot", "cogs", "__main__")
_PLAIN = (int, float, str, type(None))
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
# Whoever has an interaction's token may answer in the bot's name, for a quarter of an hour.
_INTERACTION_TOKEN = re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.~-]+")
_FRAME = '  File "'  # how a line of a traceback begins that tells a place


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Log to ``stream``, by default standard error, as the settings say."""
    stream = stream or sys.stderr
    human = settings.log_format == "human"
    if settings.log_format == "auto":
        human = stream is not None and stream.isatty()  # pythonw.exe has no standard error
    form = (Human if human else JsonLines)(settings.secrets, open_=settings.log_questions)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    if not settings.log_questions:
        handler.addFilter(_no_bodies)
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    # It would log every row that is written.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)


def _no_bodies(record: logging.LogRecord) -> bool:
    """Keep out what libraries say at DEBUG: payloads, custom ids, rows."""
    return record.levelno > logging.DEBUG or _ours(record)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OURS


class Discreet(logging.Formatter):
    """What both forms have in common: what they leave out."""

    def __init__(self, secrets: Iterable[str] = (), *, open_: bool = False) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]
        self._open = open_

    def said(self, record: logging.LogRecord) -> str:
        """The message, without what must not be told."""
        args: Any = record.args
        if self._open or not isinstance(args, tuple):
            return record.getMessage()
        if record.name == "asyncio":
            return record.getMessage().partition("\n")[0]
        # What a library shows may hold a payload; an error of anybody's, a question's words.
        told: list[object] = []
        for arg in cast("tuple[object, ...]", args):
            if isinstance(arg, BaseException):
                told.append(_blotted(str(arg)))
            elif _ours(record) or isinstance(arg, _PLAIN):
                told.append(arg)
            else:
                told.append(f"<{type(arg).__name__}>")
        return logging.makeLogRecord({"msg": record.msg, "args": tuple(told)}).getMessage()

    def broken(self, record: logging.LogRecord) -> str | None:
        """The traceback, where there is one, with the words of the question blotted out."""
        if not record.exc_info:
            return None
        lines = self.formatException(record.exc_info).splitlines()
        if self._open:
            return "\n".join(lines)
        if record.name == "asyncio":  # nobody knows any more what was being answered
            lines = [line if line.startswith(" ") else line.partition(": ")[0] for line in lines]
        return "\n".join(line if line.startswith(_FRAME) else _blotted(line) for line in lines)

    def typed(self, record: logging.LogRecord) -> str | None:
        """What a member had typed, on the line that tells how it ended, where that is wanted."""
        answering = trace.current()
        return answering.typed() if self._open and answering and "result" in vars(record) else None

    def masked(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        return _INTERACTION_TOKEN.sub(rf"\1{BLOT}", text)


def _blotted(text: str) -> str:
    """A text without the telling words of the question that is being answered."""
    if (answering := trace.current()) is None:
        return text
    from bot.search import words

    telling = set(words.words(answering.typed())) - words.FILLERS
    return words.WORD.sub(lambda m: BLOT if words.fold(m[0]) in telling else m[0], text)


class Human(Discreet):
    """A line for people; the interaction's id stands at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line, and the traceback below it."""
        record.asctime = self.formatTime(record)
        answering = trace.current()
        mark = f" [{answering.id}]" if answering else ""
        if typed := self.typed(record):
            mark += f" {typed!r}"
        # A title or a file's name must neither speak to the terminal nor pose as a further line.
        said = clean(self.said(record)).replace("\n", "\n    ")
        told = f"{record.asctime} {record.levelname} {record.name}: {said}{mark}"
        return self.masked("\n".join(filter(None, [told, clean(self.broken(record) or "")])))


class JsonLines(Discreet):
    """A line of JSON: time, level, logger, message, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line; ``interaction`` is its id, ``error`` a traceback."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.said(record),
        }
        if answering := trace.current():
            line["interaction"] = answering.id
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        line |= {"typed": self.typed(record), "error": self.broken(record)}
        line = {
            key: self.masked(value) if isinstance(value, str) else value
            for key, value in line.items()
            if value is not None
        }
        return json.dumps(line, ensure_ascii=False, default=str)
