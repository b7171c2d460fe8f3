"""The log's two forms, and what neither of them tells."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings
from bot.telemetry import logs, trace
from bot.telemetry.trace import Trace

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz-_0123456789"
SECRET = 'sixteen "quoted" letters \\ more'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def configured() -> Iterator[Callable[..., io.StringIO]]:
    """Configure the log anew, into a stream that is returned; undone after the test."""
    root, aiosqlite = logging.getLogger(), logging.getLogger("aiosqlite")
    before = root.handlers[:], root.level, aiosqlite.level
    # A simulator may have silenced discord.py's loggers in an earlier test.
    libraries = [logging.getLogger(f"discord{name}") for name in ("", ".http", ".ui.view")]
    silenced = [(one, one.level, one.propagate, one.disabled) for one in libraries]
    for one in libraries:
        one.setLevel(logging.NOTSET)
        one.propagate, one.disabled = True, False

    def configure(stream: io.StringIO | None = None, **settings: Any) -> io.StringIO:
        root.handlers[:] = []
        stream = stream or io.StringIO()
        secrets: dict[str, Any] = {
            "discord_token": TOKEN,
            "webhook_secret": SECRET,
            "log_level": "DEBUG",
        }
        logs.configure(Settings(**(secrets | settings)), stream)
        return stream

    yield configure
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    aiosqlite.setLevel(before[2])
    for one, level, propagate, disabled in silenced:
        one.setLevel(level)
        one.propagate, one.disabled = propagate, disabled


@pytest.fixture
def asked() -> Iterator[Trace]:
    """A question is being answered."""
    options = [{"name": "question", "value": "Which episode covered the Zeppelin of Zürich?"}]
    followed = Trace("abc123", "/ask", {"name": "ask", "options": options})
    token = trace._current.set(followed)
    yield followed
    trace._current.reset(token)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("stream", "chosen", "human"),
    [
        (Terminal, "auto", True),
        (io.StringIO, "auto", False),
        (Terminal, "json", False),
        (io.StringIO, "human", True),
    ],
)
def test_form(configured: Any, stream: type[io.StringIO], chosen: str, human: bool) -> None:
    written = configured(stream(), log_format=chosen)
    logging.getLogger("bot.client").warning("%d shards", 2)
    assert written.getvalue().endswith("WARNING bot.client: 2 shards\n") is human
    assert written.getvalue().startswith("{") is not human
    logging.getLogger("bot.client").warning("in %s", PurePosixPath("/a"))
    assert "in /a" in written.getvalue()


def test_json(configured: Any, asked: Trace) -> None:
    written = configured()
    logging.getLogger("bot.client").info("sent\n%s", "ä", extra={"guild": 1, "user": None})
    [line] = lines(written)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "bot.client",
        "message": "sent\nä",
        "interaction": "abc123",
        "guild": 1,
    }


@pytest.mark.parametrize("chosen", ["json", "human"])
def test_secrets(configured: Any, chosen: str) -> None:
    written = configured(log_format=chosen, log_questions=True)
    log = logging.getLogger("discord.http")
    log.debug("sent %s", {"token": TOKEN})
    log.info(SECRET, extra={"header": SECRET})
    log.info("POST https://discord.com/api/v10/interactions/123/aW50-_X.y~z/callback")
    log.info("PATCH /webhooks/123/aW50-_X/messages/@original")
    try:
        raise ValueError(TOKEN + SECRET)
    except ValueError:
        log.exception("broken")
    text = written.getvalue()
    assert "interactions/123/▮▮▮/callback" in text
    assert "webhooks/123/▮▮▮/messages" in text
    for secret in (TOKEN, "quoted", "aW50"):
        assert secret not in text


@pytest.mark.parametrize("chosen", ["json", "human"])
def test_the_words_of_a_question_are_blotted_out(configured: Any, asked: Any, chosen: str) -> None:
    written = configured(log_format=chosen)
    ours, theirs = logging.getLogger("bot.ui.reply"), logging.getLogger("discord.ui.view")
    ours.debug("told again: %s", ValueError("no such column: zeppelin"))
    theirs.debug("unknown custom_id more:1:2:zeppelin")
    theirs.error("ignoring %r of %s", asked, [{"value": "zeppelin"}])
    try:
        raise KeyError("ZEPPELIN in zurich, which episode?")
    except KeyError:
        theirs.exception("in %s", "ask")
    text = written.getvalue()
    assert "no such column: ▮▮▮" in text
    assert "ignoring '<Trace>' of <list>" in text
    assert "KeyError: '▮▮▮ in ▮▮▮, which episode?'" in text.replace('\\"', "'")
    assert "zeppelin" not in text.casefold()


def test_an_error_that_nobody_waited_for(configured: Any) -> None:
    written = configured()
    try:
        raise KeyError("zeppelin")
    except KeyError as error:
        broken = error
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=KeyError('zeppelin')>",
        exc_info=broken,
    )
    [line] = lines(written)
    assert line["message"] == "Task exception was never retrieved"
    assert line["error"].endswith("\nKeyError")
    assert "zeppelin" not in written.getvalue().replace('raise KeyError(\\"zeppelin\\")', "")


def test_what_was_typed_is_told_where_that_is_wanted(configured: Any, asked: Trace) -> None:
    written = configured(log_questions=True)
    logging.getLogger("discord.gateway").debug("event %s", {"value": "zeppelin"})
    asked.ended("answered")
    question = "Which episode covered the Zeppelin of Zürich?"
    assert "'zeppelin'" in lines(written)[0]["message"]
    assert lines(written)[1]["typed"] == question
    asked.result = ""
    written = configured(log_questions=True, log_format="human")
    asked.ended("answered")
    assert written.getvalue().endswith(f"ms [abc123] {question!r}\n")


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b"]), st.text() | st.integers()))
def test_every_line_is_one_of_json(message: str, extra: dict[str, Any]) -> None:
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", **extra})
    line = logs.JsonLines([TOKEN]).format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == message
