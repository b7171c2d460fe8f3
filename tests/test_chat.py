from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot import chat
from bot.errors import QuestionError
from bot.store.archive import Archive
from bot.terminal import terminal

ROOT = Path(__file__).parent.parent

Captured = pytest.CaptureFixture[str]


@pytest.fixture
async def archive(sample_archive_path: Path) -> AsyncIterator[Archive]:
    async with await Archive.open(sample_archive_path) as archive:
        yield archive


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the history goes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "episode-bot" / "history"


def piped(archive: Path, folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--archive", str(archive)],
        input=lines,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )


def test_lines_from_a_pipe(sample_archive_path: Path, tmp_path: Path, state: Path) -> None:
    lines = "/ask which episode covered API keys\n\n/dance\nwho sold bicycles on paper\n"
    done = piped(sample_archive_path, tmp_path, lines)
    assert (done.returncode, done.stderr) == (0, "")
    first, dance, plain = done.stdout.split("\n> ")[1:]
    assert "#5  Rate Limits and Good Neighbours" in first
    assert "There is no /dance." in dance
    assert "#8  SQLite Behind the Counter" in plain
    assert not state.exists()


def test_quit_ends_a_pipe(sample_archive_path: Path, tmp_path: Path) -> None:
    done = piped(sample_archive_path, tmp_path, "/quit\n/latest")
    assert (done.returncode, done.stdout) == (0, "\n> /quit\n")


async def test_lines_that_are_given(archive: Archive, capsys: Captured) -> None:
    await chat.chat(archive, ["", "/dance", "/quit", "/latest"])
    assert capsys.readouterr().out == (
        "\n> /dance\nThere is no /dance. /help lists the commands.\n\n> /quit\n"
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/ask API keys", "#5  Rate Limits"),
        ("/ask question:API keys", "#5  Rate Limits"),
        ("/ASK API keys", "#5  Rate Limits"),
        ("  API keys ", "#5  Rate Limits"),
        ("/quote I sold bicycles on paper", "Clara Jensen, ≈ "),
        ("/quote sold on paper speaker:Clara Jensen episode:8", "bicycles on paper until six"),
        ("/episode 8", "Guests: Clara Jensen"),
        ("/latest", "#13  Mail That Arrives"),
        ("/random", "    2025-"),
        ("/browse category:SQLite Person: Clara Jensen year:2025", "#8  "),
        ("/browse year:1999", "No episode fits."),
        ("/help", "/quote text [speaker:…] [episode:…]  "),
    ],
)
async def test_commands(archive: Archive, capsys: Captured, line: str, shown: str) -> None:
    await chat.answer(archive, terminal(), line)
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/qoute x", "Did you mean /quote?"),
        ("/xyzzyx", "There is no /xyzzyx. /help lists the commands."),
        ("/", "There is no /. /help"),
        ("/ask", "question"),
        ("/latest 5", "/latest takes nothing more."),
        ("/browse SQLite", "/browse takes [category:…] [person:…] [year:…]."),
        ("/browse year:soon", "year:soon is no year"),
        ("/episode 999", "999"),
    ],
)
async def test_mistakes(archive: Archive, line: str, said: str) -> None:
    with pytest.raises(QuestionError) as caught:
        await chat.answer(archive, terminal(), line)
    assert said in str(caught.value)


async def test_an_empty_archive(tmp_path: Path, capsys: Captured) -> None:
    async with await Archive.open(tmp_path / "empty.sqlite3") as archive:
        await chat.answer(archive, terminal(), "/random")
        await chat.answer(archive, terminal(), "  ")
    assert capsys.readouterr().out == "There is no episode yet.\n"


def completions(text: str, *, tab: bool = True) -> list[str]:
    event = CompleteEvent(completion_requested=tab, text_inserted=not tab)
    document = Document(text)
    return [c.text for c in chat.CommandCompleter().get_completions(document, event)]


def test_completion() -> None:
    assert completions("/") == [f"/{name}" for name in chat.COMMANDS]
    assert completions("/q") == ["/quote", "/quit"]
    assert completions("/quote ") == ["speaker:", "episode:"]
    assert completions("/quote some words ", tab=False) == []
    assert completions("/quote some words sp", tab=False) == ["speaker:"]
    assert completions("/quote x speaker:Clara ") == ["episode:"]
    assert completions("/ask sp") == []
    assert completions("/dance ") == []
    assert completions("what") == []


async def test_the_prompt(archive: Archive, capsys: Captured, state: Path) -> None:
    with (
        create_pipe_input() as typed,
        create_app_session(input=typed, output=DummyOutput()),
    ):
        typed.send_text("/latest never sent\x03/episode 8\r/dance\r\x04")
        await chat.chat(archive)
    out = capsys.readouterr().out
    assert out.startswith("Ask about ")
    assert "Guests: Clara Jensen" in out
    assert "There is no /dance." in out
    assert "takes nothing more" not in out
    assert "+/episode 8\n" in state.read_text()


def test_the_history_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(chat._history(), FileHistory)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert isinstance(chat._history(), InMemoryHistory)
