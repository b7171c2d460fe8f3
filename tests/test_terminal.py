from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime

import pytest

from bot.episode import Episode, Link, Note, Problem, Section, Turn
from bot.errors import SourceError
from bot.loading import LoadReport
from bot.search.results import (
    Answer,
    EpisodeHead,
    Evidence,
    Found,
    Page,
    Passage,
    Quotes,
    SpokenTurn,
)
from bot.terminal import (
    clock,
    looked_through,
    print_episode,
    print_report,
    print_result,
    progress_bar,
    terminal,
)

HEAD = EpisodeHead(
    id=1,
    number=8,
    slug="eight",
    title="SQLite Behind the Counter",
    url="https://show.example/eight/",
    published=datetime(2025, 4, 23, tzinfo=UTC),
    date_only=True,
    duration=2117,
    audio_url=None,
    blurb="A bicycle shop.",
)
SAID = Evidence(
    kind="transcript",
    text="With WAL it's turned around.",
    highlights=((5, 8),),
    speaker="Clara Jensen",
    turn=3,
    seconds=754.0,
)
TITLE = Evidence(kind="title", text=HEAD.title, highlights=((0, 6),))


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def screen(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Tty:
    """Put a terminal of 50 columns in place of the standard streams."""
    stream = Tty()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"TERM": "xterm-256color", "COLUMNS": "50"} | environ).items():
        monkeypatch.setenv(name, value)
    return stream


def answer(*evidence: Evidence, answered: bool = True, head: EpisodeHead = HEAD) -> Answer:
    return Answer("q", answered, 0.9, {}, (Found(head, 1.0, evidence),), 10, 2)


def test_an_answer_is_plain_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(terminal(), answer(SAID, TITLE))
    assert capsys.readouterr().out == (
        "#8  SQLite Behind the Counter\n"
        "    2025-04-23 · 35:17 · https://show.example/eight/\n"
        "    Clara Jensen, ≈ 12:34: With WAL it's turned around.\n"
    )


def test_plain_text_is_neither_wrapped_nor_cut(capsys: pytest.CaptureFixture[str]) -> None:
    note = Evidence(kind="note", section="Links", text="https://long.example/" + "x" * 300)
    print_result(terminal(), answer(note))
    assert f"    notes, Links: {note.text}\n" in capsys.readouterr().out


def test_highlights_stand_out_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen(monkeypatch)
    print_result(terminal(), answer(SAID, TITLE))
    assert "\x1b[1;33mWAL\x1b[0m" in shown.getvalue()
    assert "\x1b[1;33mSQLite\x1b[0m" in shown.getvalue()


def test_lines_are_wrapped_within_their_indent(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen(monkeypatch, NO_COLOR="")
    url = "https://long.example/" + "x" * 60
    print_result(terminal(), answer(Evidence(kind="note", text=f"{'word ' * 30}{url} 語語 end")))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.getvalue())
    body = plain.splitlines()[2:]
    assert len(body) > 4
    assert f"    {url} " in body  # whole, on a line of its own
    for line in body:
        assert line.startswith("    ")
        assert len(line.rstrip()) <= 50 or url in line
    assert "notes: \x1b[0mword" in shown.getvalue()  # only the label is coloured


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_codes_where_none_are_wanted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    shown = screen(monkeypatch, **{name: value})
    print_result(terminal(), answer(SAID))
    with progress_bar("Loading") as progress:
        assert progress is None
    assert "WAL" in shown.getvalue()
    assert "\x1b" not in shown.getvalue()


def test_an_honest_no(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(terminal(), answer(SAID, answered=False))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "No episode covers that.",
        "Looked through 10 episodes; 2 have no transcript.",
        "Closest:",
        "#8  SQLite Behind the Counter",
    ]
    print_result(terminal(), Answer("q", False, 0, {}, (), 1, 1))
    assert capsys.readouterr().out.splitlines() == [
        "No episode covers that.",
        "Looked through 1 episode; 1 has no transcript.",
    ]
    assert looked_through(1200, 0) == "Looked through 1,200 episodes."


def test_what_the_archive_holds_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "[bold]x[/bold] [link=http://a]\x1b[31mred\x1b[0m\x07 \u202egpj :smile:"
    head = EpisodeHead(1, None, "e", evil, evil, None, False, None, None, evil)
    found = Evidence(kind="note", section=evil, text=evil, highlights=((0, 3),))
    print_result(terminal(), answer(found, head=head))
    print_result(terminal(), head)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\u202e" not in out
    assert out.count("[bold]x[/bold] [link=http://a] [31mred [0m   gpj :smile:") == 7


@pytest.mark.parametrize(
    ("seconds", "exact", "shown"),
    [(0, True, "0:00"), (754.9, True, "12:34"), (754, False, "≈ 12:34"), (3723, True, "1:02:03")],
)
def test_clock(seconds: float, exact: bool, shown: str) -> None:
    assert clock(seconds, exact=exact) == shown


def test_a_quote_with_what_was_said_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    passage = Passage(
        episode=HEAD,
        turn=3,
        speaker="Clara Jensen",
        seconds=754,
        exact=True,
        text="With WAL\nit's turned around.",
        highlights=((5, 8),),
        score=1.0,
        before=(SpokenTurn(2, "TOMAS", "Why?", 750, False),),
        after=(SpokenTurn(4, None, "word " * 100, None, False),),
    )
    print_result(terminal(), Quotes("WAL", (passage, passage)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:5] == [
        "    TOMAS, ≈ 12:30: Why?",
        "    Clara Jensen, 12:34: With WAL it's turned around.",
        "    a clip: " + "word " * 30 + "…",
    ]
    assert lines[5] == ""
    print_result(terminal(), Quotes("WAL", (), 10, 0))
    assert "Looked through 10 episodes." in capsys.readouterr().out


def test_pages(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(terminal(), Page((HEAD,), 3))
    assert capsys.readouterr().out.endswith("/eight/\n1 of 3 episodes\n")
    print_result(terminal(), Page((HEAD,), 1))
    assert capsys.readouterr().out.endswith("/eight/\n")
    print_result(terminal(), Page((), 3))
    assert capsys.readouterr().out == "No more: 3 episodes in all.\n"
    print_result(terminal(), Page((), 0))
    assert capsys.readouterr().out == "No episode fits.\n"


def test_an_episode(capsys: pytest.CaptureFixture[str]) -> None:
    link = Link("https://sqlite.org", "site", "SQLite")
    episode = Episode(
        path="8.md",
        slug="eight",
        title=HEAD.title,
        hosts=("Ines", "Tomas"),
        sections=(
            Section("", 0, (Note("An opening."),)),
            Section("Links", 5, (Note("SQLite site", (link,), 1), Note("more", (), 2))),
        ),
        turns=(Turn("INES", "One two three."),),
    )
    print_episode(terminal(), episode, HEAD)
    assert capsys.readouterr().out.splitlines()[2:] == [
        "    A bicycle shop.",
        "    Hosts: Ines, Tomas",
        "",
        "    An opening.",
        "",
        "    Links",
        "    • SQLite site https://sqlite.org",
        "      • more",
        "",
        "    Transcript: 1 turn, 3 words",
    ]


def report(**changes: object) -> LoadReport:
    values: dict[str, object] = dict.fromkeys(
        ("added", "changed", "renamed", "removed", "unchanged"), 0
    )
    values |= {"episodes": 10, "turns": 2041, "problems": (), "skipped": ()}
    values |= {"failed": (), "seconds": 0.44}
    return LoadReport(**values | changes)  # pyright: ignore[reportArgumentType]


def test_what_a_load_did(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(terminal(), report(added=9, removed=1), "data")
    assert capsys.readouterr().out == (
        "data: 9 added, 1 removed in 0.4 s.\nThe archive holds 10 episodes with 2,041 turns.\n"
    )
    print_report(terminal(), report(replaced="/old"), "data")
    out = capsys.readouterr().out
    assert "nothing changed" in out
    assert "It held those of /old before." in out


def test_files_that_were_odd_or_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    odd = tuple(Problem("a.md", line, "odd") for line in range(12))
    failed = (SourceError("b.md", 3, "no title"),)
    print_report(terminal(), report(problems=odd, failed=failed), "data")
    out = capsys.readouterr().out
    assert "1 file left out:\n    b.md:3: no title\n" in out
    assert "odd in 12 places:\n    a.md:0: odd\n" in out
    assert out.endswith("    a.md:9: odd\n    and 2 more; load --json lists all\n")


def test_files_that_are_no_episodes(capsys: pytest.CaptureFixture[str]) -> None:
    skipped = (Problem("about.md", 1, "no episode"),)
    print_report(terminal(), report(skipped=skipped), "data")
    assert "1 file skipped, being no episodes:\n    about.md:1: no episode\n" in (
        capsys.readouterr().out
    )


def test_the_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen(monkeypatch)
    with progress_bar("Loading") as progress:
        assert progress is not None
        progress(5, 10)
    assert "5/10" in shown.getvalue()
