from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import bot
from bot import search
from bot.cli import main
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz-_0123456789"


@pytest.fixture(autouse=True)
def surroundings(
    sample_archive_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample archive, and nothing of whoever runs the tests: no .env, no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "EPISODES", "LOG_LEVEL", "DEV_GUILD_ID", "SHOW_COLOUR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARCHIVE", str(sample_archive_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


Captured = pytest.CaptureFixture[str]


def printed_json(capsys: Captured, *argv: str, code: int = 0) -> Any:
    assert main(argv) == code
    return json.loads(capsys.readouterr().out)


def start(*argv: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


def finish(process: subprocess.Popen[str], given: str = "") -> tuple[int, str, str]:
    out, err = process.communicate(given, timeout=60)
    return process.returncode, out, err


def test_ask(capsys: Captured) -> None:
    assert main(["ask", "which", "episode", "covered", "API", "keys"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("#5  Rate Limits and Good Neighbours")
    assert "\x1b" not in out


def test_ask_what_nothing_covers(capsys: Captured) -> None:
    assert main(["ask", "how to knit a woollen sweater"]) == 1
    assert capsys.readouterr().out.startswith("No episode covers that.\nLooked through ")


def test_ask_as_json(capsys: Captured) -> None:
    found = printed_json(capsys, "ask", "--json", "API keys")
    assert found["answered"] is True
    assert found["episodes"][0]["number"] == 5
    assert printed_json(capsys, "--json", "ask", "API keys") == found


def test_quote(capsys: Captured) -> None:
    argv = ["quote", "I sold bicycles on paper", "--speaker", "Clara", "--episode", "8"]
    found = printed_json(capsys, *argv, "--json")
    assert found["passages"][0]["speaker"] == "Clara Jensen"
    assert main(argv) == 0
    assert "I sold bicycles on paper until six" in capsys.readouterr().out
    assert main(["quote", "zzyzx qwrtp"]) == 1


def test_show(capsys: Captured) -> None:
    episode = printed_json(capsys, "show", "8", "--json")
    assert set(episode) == {
        *("number", "slug", "title", "url", "date", "published", "draft", "duration"),
        *("audio_url", "audio_size", "image", "description", "summary", "hosts", "guests"),
        *("categories", "links", "extra", "sections", "turns"),
    }
    assert episode["published"] == "2025-04-23T00:00:00Z"
    assert episode["guests"] == ["Clara Jensen"]
    assert [section["level"] for section in episode["sections"]][1] == 5
    links = [link for s in episode["sections"] for note in s["notes"] for link in note["links"]]
    assert {"url", "text", "label", "episode"} == set(links[0])
    first = episode["turns"][0]
    assert set(first) == {
        *("turn", "label", "speaker", "seconds", "estimated", "clip", "text", "sounds")
    }
    assert (first["turn"], first["label"], first["speaker"]) == (0, "TOMAS", "Tomas Okafor")
    assert any(turn["sounds"] for turn in episode["turns"])
    assert main(["show", "sqlite", "behind", "the", "counter"]) == 0
    assert "Guests: Clara Jensen" in capsys.readouterr().out


def test_show_what_is_not_there(capsys: Captured) -> None:
    assert main(["show", "999"]) == 1
    assert "999" in capsys.readouterr().err


def test_lists(capsys: Captured) -> None:
    page = printed_json(capsys, "latest", "--limit", "2", "--json")
    assert len(page["episodes"]) == 2
    second = printed_json(capsys, "browse", "--limit", "1", "--page", "2", "--json")
    assert second["episodes"] == page["episodes"][1:]
    argv = ["browse", "--category", "sqlite", "--person", "Clara Jensen", "--year", "2025"]
    assert [e["number"] for e in printed_json(capsys, *argv, "--json")["episodes"]] == [8]
    assert "slug" in printed_json(capsys, "random", "--json")
    assert main(["browse", "--year", "1999"]) == 1
    assert capsys.readouterr().out == "No episode fits.\n"


def test_batches_answer_each_line_at_once() -> None:
    process = start("-m", "bot", "ask", "--batch", "-")
    assert process.stdin
    assert process.stdout
    for line, number in (("API keys", 5), ("database is locked", 8)):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        raw = process.stdout.readline()
        assert '": ' not in raw.split(",")[0]
        answer = json.loads(raw)
        assert answer["question"] == line
        assert answer["episodes"][0]["number"] == number
    assert finish(process) == (0, "", "")


def test_a_refused_line_does_not_stop_a_batch() -> None:
    code, out, err = finish(start("-m", "bot", "ask", "--batch", "-"), "\n???\r\nAPI keys")
    assert (code, err) == (0, "")
    empty, wordless, fine = map(json.loads, out.splitlines())
    assert empty.pop("error")
    assert empty == {
        "question": "",
        "answered": False,
        "confidence": 0,
        "understood": {},
        "episodes": [],
    }
    assert wordless["question"] == "???"
    assert "error" not in fine


def test_a_batch_of_quotes_from_a_file(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "lines").write_bytes("\ufeffI sold bicycles on paper\n\n".encode() + b"\xff\xfe")
    assert main(["quote", "--batch", "lines"]) == 0
    first, empty, odd = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["passages"][0]["number"] == 8
    assert set(empty) == {"question", "error", "passages"}
    assert odd["question"] == "\ufffd\ufffd"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["ask"],
        ["ask", ""],
        ["ask", "x", "--batch", "lines"],
        ["ask", "--batch", "/nowhere/lines"],
        ["quote", "paper", "--episode", "999"],
        ["latest", "--limit", "0"],
        ["browse", "--page", "one"],
        ["dance"],
    ],
)
def test_usage_mistakes(capsys: Captured, argv: list[str]) -> None:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.err
    assert not captured.out


def test_settings_mistakes_are_all_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("DISCORD_TOKEN", "hush-hush")
    assert main(["latest"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 2
    assert "LOG_LEVEL" in err
    assert "hush" not in err


def test_before_anything_was_loaded(tmp_path: Path, capsys: Captured) -> None:
    archive = tmp_path / "new.sqlite3"
    assert main(["ask", "API keys", "--archive", str(archive)]) == 3
    assert "python -m bot load PLACE" in capsys.readouterr().err
    assert not archive.exists()


def test_an_archive_that_is_none(tmp_path: Path, capsys: Captured) -> None:
    archive = tmp_path / "notes.sqlite3"
    archive.write_text("These are no tables. " * 100)
    assert main(["--archive", str(archive), "ask", "API keys"]) == 3
    assert "notes.sqlite3" in capsys.readouterr().err


def test_an_archive_that_breaks(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    async def broken(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(search, "ask", broken)
    assert main(["ask", "API keys"]) == 3
    assert "malformed" in capsys.readouterr().err


def test_without_the_dependencies() -> None:
    script = (
        "import sys; sys.modules['aiosqlite'] = None; from bot.cli import main;"
        "sys.exit(main(['ask', 'API keys']))"
    )
    code, _, err = finish(start("-c", script))
    assert code == 70
    assert "make run" in err
    assert len(err.splitlines()) == 1


def test_load(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "show"
    folder.mkdir()
    (folder / "1.md").write_text('+++\ntitle = "One"\nepisodeNumber = 1\n+++\nHello.\n')
    argv = ["load", str(folder), "--archive", str(tmp_path / "a.sqlite3")]
    assert main(argv) == 0
    assert "1 added" in capsys.readouterr().out
    assert printed_json(capsys, *argv, "--json")["unchanged"] == 1
    (folder / "2.md").write_text("+++\ntitle = \n+++\n")
    assert main(argv) == 1
    assert "1 file left out:\n    2.md:" in capsys.readouterr().out
    assert main(["load", str(tmp_path / "nowhere")]) == 3
    assert "nowhere" in capsys.readouterr().err


def test_run_without_a_token(tmp_path: Path) -> None:
    environ = os.environ | {"EPISODES": str(ROOT / "data/episodes"), "ARCHIVE": "run.sqlite3"}
    process = start("-m", "bot", "run", cwd=tmp_path, env=environ)
    code, out, err = finish(process, "/ask which episode covered API keys\n")
    assert (code, err) == (0, "")
    loaded, connect, answered = out.index("added"), out.index("DISCORD_TOKEN"), out.index("#5  ")
    assert loaded < connect < answered


def test_run_with_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Settings] = []

    async def run(settings: Settings) -> None:
        started.append(settings)

    client = ModuleType("bot.client")
    client.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, "bot.client", client)
    monkeypatch.setattr(bot, "client", client, raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("EPISODES", str(ROOT / "data/episodes"))
    archive = tmp_path / "a.sqlite3"
    assert main(["run", "--archive", str(archive)]) == 0
    assert [settings.archive for settings in started] == [archive]


def test_run_without_episodes(capsys: Captured) -> None:
    assert main(["run", "--archive", "a.sqlite3"]) == 2
    assert "EPISODES" in capsys.readouterr().err


def test_nothing_heavy_is_imported_for_a_question() -> None:
    script = (
        "import sys; from bot.cli import main; main(['ask', '--json', 'API keys']);"
        "heavy = {'discord', 'prompt_toolkit', 'rich', 'dotenv'} & set(sys.modules);"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    code, _, err = finish(start("-c", script))
    assert (code, err) == (0, "")


@pytest.mark.parametrize(("level", "traceback"), [("INFO", False), ("DEBUG", True)])
def test_a_fault_of_the_program_is_one_line(
    level: str, traceback: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    script = (
        "import sys, bot.search; from bot.cli import main; bot.search.ask = None;"
        "sys.exit(main(['ask', 'API keys']))"
    )
    code, out, err = finish(start("-c", script))
    assert (code, out) == (70, "")
    assert "something went wrong in this program (TypeError" in err.splitlines()[-1]
    assert ("Traceback" in err) is traceback


def test_an_interruption(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    async def interrupted(*_: object) -> SimpleNamespace:
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "ask", interrupted)
    assert main(["ask", "API keys"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("argv", [["ask", "--batch", "-"], ["chat"]])
def test_an_interruption_while_waiting_for_a_line(argv: list[str]) -> None:
    process = start("-m", "bot", *argv)
    assert process.stdin
    assert process.stdout
    process.stdin.write("API keys\n")
    process.stdin.flush()
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, err) == (130, "")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_goes_away(form: list[str]) -> None:
    process = start("-m", "bot", "latest", *form)
    assert process.stdout
    process.stdout.close()
    process.wait(60)
    assert process.stderr
    assert (process.returncode, process.stderr.read()) == (0, "")
    assert process.stdin
    process.stdin.close()
    process.stderr.close()


def test_a_terminal_that_cannot_show_everything() -> None:
    environ = os.environ | {"PYTHONIOENCODING": "ascii"}
    code, out, err = finish(start("-m", "bot", "ask", "API keys", env=environ))
    assert (code, err) == (0, "")
    assert ", ? " in out


def test_bytes_that_are_no_text() -> None:
    code, _, err = finish(
        start("-m", "bot", "ask", b"API keys \xff".decode(errors="surrogateescape"))
    )
    assert (code, err) == (0, "")


def test_version_and_help(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"episode-bot {bot.__version__}\n"
    assert main(["--help"]) == 0
    assert "exit codes:" in capsys.readouterr().out
