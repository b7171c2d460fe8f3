from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.announce import follows, memory, subscriptions
from bot.errors import SettingsError
from bot.store import state as state_module
from bot.store.server import Server
from bot.store.state import State

MIGRATIONS = Path(state_module.__file__).parent / "state_migrations"


async def test_the_first_show_stays_the_first(place: Path | Server) -> None:
    state = await State.open(place)
    await state.keep_first("", [""])  # a single one
    await state.keep_first("a", ["a", "b"])
    await state.keep_first("", [""])
    await state.keep_first("a", ["a", "c"])
    with pytest.raises(SettingsError, match="'a' was the first show until now"):
        await state.keep_first("b", ["b", "a"])
    await state.keep_first("b", ["b", "c"])  # it is gone
    await state.close()


async def test_what_was_there_before_belongs_to_the_first_show(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    db = sqlite3.connect(path)
    for number in (1, 2):
        [script] = MIGRATIONS.glob(f"00{number}_*.sql")
        db.executescript(script.read_text())
    db.executescript(
        """
        PRAGMA user_version = 2;
        INSERT INTO guild_settings VALUES (7, 1);
        INSERT INTO baseline VALUES ('/show', 1.5);
        INSERT INTO copy VALUES ('a.md', '[]');
        INSERT INTO release (path, slug, title, draft, transcript, body, public)
            VALUES ('a.md', 'a', 'A', 0, 0, '{}', 1);
        INSERT INTO subscription VALUES (11, 7, 1, '{"thread": true}', 5, 2.5);
        INSERT INTO follow VALUES (3, 5, 0, 'topic', 'tulips', NULL, 3.5);
        INSERT INTO delivery (kind, release_id, channel_id, state, due, options, created, changed)
            VALUES ('episode', 1, 11, 'sent', 1, '{}', 1, 1);
        """
    )
    db.close()
    state = await State.open(path)
    assert await state.private_by_default(7)
    assert state.show_by_default(7) is None
    [one] = await state.run(subscriptions.all_of, 7)
    assert (one.channel_id, one.show, one.options.thread) == (11, "", True)
    assert [r.show for r in await state.run(memory.releases)] == [""]
    assert [f.show for f in await state.run(follows.of_user, 5)] == [""]
    await state.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT * FROM baseline").fetchall() == [("", "/show", 1.5)]
        assert db.execute("SELECT * FROM copy").fetchall() == [("", "a.md", "[]")]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("SELECT count(*) FROM delivery").fetchone() == (1,)
    db.close()


async def test_a_server_s_decisions(place: Path | Server) -> None:
    state = await State.open(place)
    await state.set_show_by_default(7, "garden")
    await state.set_private_by_default(7, private=True)
    await state.set_private_by_default(8, private=True)
    await state.set_show_by_default(8, "")
    for _ in range(2):
        assert [state.show_by_default(n) for n in (7, 8, 9)] == ["garden", "", None]
        assert [await state.private_by_default(n) for n in (7, 8, 9)] == [True, True, False]
        await state.close()
        state = await State.open(place)
    await state.close()
