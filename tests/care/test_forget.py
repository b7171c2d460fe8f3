"""``forget``: a member leaves the state, and the bytes of its files."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.announce import deliveries, follows
from bot.announce.options import Options
from bot.cli import main
from bot.store.server import Server
from bot.store.state import State
from tests.announce.show import Show
from tests.store.test_state_versions import DUMPS, MEMBER, written

MODERATOR, OTHER, GUILD, THREAD = 555555555555555555, 999999999999999999, 7, 8
NOW = datetime(2026, 3, 1, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state in which the member is everywhere that a member can be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.setenv("EPISODES", str(tmp_path))
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive.sqlite3"))
    path = written(sorted(DUMPS.glob("002_*.sql"))[-1], tmp_path / "state.sqlite3")

    async def fill() -> None:
        state = await State.open(path)
        for users in ([MEMBER, OTHER], [OTHER, MEMBER]):
            text = " ".join(f"<@{user}>" for user in users) + "\n### Zwei"
            await state.run(
                deliveries.plan,
                kind="offer",
                release_id=2,
                guild_id=GUILD,
                channel_id=THREAD,
                options=Options(text=text),
                now=NOW,
                turn=f"release-{users[0]}",
            )
        await state.run(follows.add, OTHER, 0, "topic", "mirrors", NOW)
        await state.run(follows.add, MEMBER, 0, "topic", "a secret interest", NOW)
        await state.close()

    asyncio.run(fill())
    return path


def traces(path: Path, user: int) -> list[str]:
    """Where the bytes of an id are, as SQLite stores integers and as text."""
    forms = (user.to_bytes(8, "big"), str(user).encode())
    files = list(path.parent.glob(f"{path.name}*"))
    return [f"{file}: {form!r}" for file in files for form in forms if form in file.read_bytes()]


def rows(path: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(sql, parameters).fetchall()
    finally:
        db.close()


def test_a_member_is_gone_from_the_file(state: Path, capsys: Captured) -> None:
    assert traces(state, MEMBER)
    assert main(["forget", str(MEMBER), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["gone_from_file"] is True
    assert told["deleted"] == {
        "follows": 3,
        "private messages": 1,
        "episodes offered": 1,
        "mentions in threads": 2,
    }
    assert traces(state, MEMBER) == []
    assert b"a secret interest" not in state.read_bytes()
    assert rows(state, "SELECT user_id FROM follow") == [(OTHER,)]
    # The others in the same message are still told, once.
    offers = [
        json.loads(row[0])["text"]
        for row in rows(state, "SELECT options FROM delivery WHERE kind = 'offer' ORDER BY id")
    ]
    assert offers == [f"<@{OTHER}>\n### Zwei"] * 2
    assert rows(state, "PRAGMA integrity_check") == [("ok",)]


def test_a_moderator_leaves_no_name(state: Path, capsys: Captured) -> None:
    assert main(["forget", str(MODERATOR)]) == 0
    out = capsys.readouterr().out
    assert "entries of the log: 1" in out
    assert "channels set up: 1" in out
    assert traces(state, MODERATOR) == []
    assert rows(state, "SELECT count(*) FROM subscription") == [(1,)]
    assert rows(state, "SELECT count(*) FROM audit") == [(2,)]


def test_nobody_else_is_touched(state: Path) -> None:
    before = rows(state, "SELECT * FROM follow WHERE user_id = ?", OTHER)
    assert main(["forget", str(MEMBER)]) == 0
    assert rows(state, "SELECT * FROM follow WHERE user_id = ?", OTHER) == before
    assert traces(state, OTHER)


def test_a_stranger(state: Path, capsys: Captured) -> None:
    before = rows(state, "SELECT * FROM delivery")
    assert main(["forget", "123456789012345678"]) == 1
    assert "Nothing is kept of this member." in capsys.readouterr().out
    assert rows(state, "SELECT * FROM delivery") == before


def test_copies_are_told_of(state: Path, capsys: Captured) -> None:
    assert main(["backup"]) == 0
    capsys.readouterr()
    assert main(["forget", str(MEMBER)]) == 0
    out = capsys.readouterr().out
    assert "Copies made before may hold more" in out
    assert "backups/state-" in out


@pytest.mark.parametrize(
    "text", ["ann", "12", "-1", "1" * 20, "１２３４５６７８９０１２３４５６７８"]
)
def test_what_is_no_id(state: Path, text: str) -> None:
    assert main(["forget", text]) == 2


def test_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive.sqlite3"))
    monkeypatch.setenv("EPISODES", str(tmp_path))
    assert main(["forget", str(MEMBER)]) == 3
    assert list(tmp_path.iterdir()) == []


def test_while_somebody_reads(state: Path, capsys: Captured) -> None:
    """A reader keeps the log from being emptied; that is told, and nothing is lost."""
    db = sqlite3.connect(state, isolation_level=None)
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM follow").fetchone()
    assert main(["forget", str(MEMBER)]) == 0
    assert "The bot was busy" in capsys.readouterr().out
    db.execute("COMMIT")
    db.close()
    assert traces(state, MEMBER) == []
    assert rows(state, "SELECT user_id FROM follow") == [(OTHER,)]


def test_in_either_store(
    place: Path | Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """What a member follows and was told of goes, and what others do stays."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EPISODES", str(tmp_path))
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive.sqlite3"))
    monkeypatch.setenv("STATE", place.url if isinstance(place, Server) else str(place))

    async def fill() -> None:
        state = await State.open(place)
        for user in (MEMBER, OTHER):
            await state.run(follows.add, user, 0, "topic", "mirrors", NOW)
            await state.run(deliveries.record, GUILD, user, "announce", "#1", NOW)
        users = {"offer": MEMBER, "report": MODERATOR}
        for kind, user in users.items():
            await _plan(state, kind, None, user, "About mirrors", "0")
        for first, then in ((MEMBER, OTHER), (OTHER, MEMBER)):
            text = f"<@{first}> <@{then}>\n### Zwei"
            await _plan(state, "offer", GUILD, THREAD, text, f"release-{first}")
        await state.close()

    async def left() -> list[list[Any]]:
        state = await State.open(place)
        asked = (
            "SELECT user_id FROM follow",
            "SELECT user_id FROM audit ORDER BY id",
            "SELECT channel_id FROM delivery WHERE guild_id IS NULL",
            "SELECT options FROM delivery WHERE guild_id IS NOT NULL ORDER BY id",
        )
        found = [
            await state.run(lambda db, sql=sql: [row[0] for row in db.execute(sql)])
            for sql in asked
        ]
        await state.close()
        return found

    asyncio.run(fill())
    assert main(["forget", str(MEMBER), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["deleted"] == {
        "follows": 1,
        "private messages": 1,
        "entries of the log": 1,
        "mentions in threads": 2,
    }
    follows_left, log, letters, mentions = asyncio.run(left())
    assert (follows_left, log, letters) == ([OTHER], [None, OTHER], [MODERATOR])
    assert [json.loads(one)["text"] for one in mentions] == [f"<@{OTHER}>\n### Zwei"] * 2
    assert main(["forget", str(MEMBER)]) == 1


async def _plan(
    state: State, kind: str, guild: int | None, channel: int, text: str, turn: str
) -> None:
    await state.run(
        deliveries.plan,
        kind=kind,
        release_id=None,
        guild_id=guild,
        channel_id=channel,
        options=Options(text=text),
        now=NOW,
        turn=turn,
    )


def test_a_table_that_names_members_is_known_here(tmp_path: Path) -> None:
    """Whoever adds a column for a member must have it forgotten, too."""
    show = Show(tmp_path)
    asyncio.run(show.prepare())
    tables = [row[0] for row in show.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {(t, row[1]) for t in tables for row in show.rows(f"PRAGMA table_info({t})")}
    assert {table for table, column in columns if "user" in column or "member" in column} == {
        *("audit", "delivery", "follow", "offered", "subscription")
    }
