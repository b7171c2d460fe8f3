"""Copying the state and putting it back, by the command line, while bots run, crash and wait."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.care import backup
from bot.cli import main
from bot.errors import ArchiveError
from bot.store import database, state
from bot.store.lease import FileLease
from tests.announce.show import Show, announced
from tests.conftest import ROOT
from tests.wire.server import DiscordServer

TOKEN = "backup.test.token"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """A show with an episode, its archive and a ledger; and the settings to find them."""
    found = Show(tmp_path / "show")
    found.write(1)
    asyncio.run(found.prepare())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARCHIVE", str(found.archive))
    monkeypatch.setenv("EPISODES", str(found.episodes))
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    return found


def put(path: Path, guild: int) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO guild_settings (guild_id, private) VALUES (?, 1)", (guild,))
    db.close()


def guilds(path: Path) -> list[int]:
    db = sqlite3.connect(path)
    try:
        return [row[0] for row in db.execute("SELECT guild_id FROM guild_settings ORDER BY 1")]
    finally:
        db.close()


def command(*argv: str) -> list[str]:
    return [sys.executable, "-m", "bot", *argv]


def run(*argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *argv],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_there_and_back(show: Show, capsys: Captured) -> None:
    put(show.ledger, 1)
    assert main(["backup"]) == 0
    [copy] = backup.copies(show.folder / "backups")
    assert str(copy) in capsys.readouterr().out
    assert copy.stat().st_mode & 0o077 == 0
    put(show.ledger, 2)
    assert main(["restore", str(copy)]) == 0
    assert guilds(show.ledger) == [1]
    [aside] = show.folder.glob("state-replaced-*.sqlite3")
    assert guilds(aside) == [1, 2]
    assert str(aside) in capsys.readouterr().out
    assert main(["restore", str(aside), "--json"]) == 0
    assert guilds(show.ledger) == [1, 2]
    assert json.loads(capsys.readouterr().out)["replaced"]
    assert not list(show.folder.glob("*.part*")) + list(show.folder.glob("*.restoring*"))


def test_only_the_newest_are_kept(show: Show, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    mine = folder / "state-of-mind.sqlite3"
    mine.write_text("mine")
    made = [
        backup.back_up(show.ledger, folder, keep=3, now=NOW + timedelta(days=day)).path
        for day in range(5)
    ]
    assert backup.copies(folder) == made[-3:]
    twice = backup.back_up(show.ledger, folder, keep=3, now=NOW + timedelta(days=4))
    assert (twice.path, twice.removed) == (made[4], ())
    assert twice.path.name == "state-20260305T120000.000000Z.sqlite3"
    assert mine.read_text() == "mine"


def test_to_standard_output(show: Show, tmp_path: Path) -> None:
    put(show.ledger, 7)
    done = run("backup", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(done.stdout)
    assert guilds(copy) == [7]


def damage(path: Path) -> None:
    """Spoil pages in the middle of a database, and let its log not mend them."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE more AS SELECT randomblob(3000) AS x FROM sqlite_master")
        db.execute("CREATE INDEX more_x ON more (x)")
    db.execute("PRAGMA journal_mode = DELETE").fetchone()
    db.close()
    data = bytearray(path.read_bytes())
    for page in range(8192, len(data), 8192):
        data[page + 4 : page + 90] = b"\xff" * 86
    path.write_bytes(data)


def test_a_damaged_state_makes_no_copy_and_costs_none(show: Show, capsys: Captured) -> None:
    assert main(["backup"]) == 0
    before = backup.copies(show.folder / "backups")
    damage(show.ledger)
    assert main(["backup", "--keep", "1"]) == 3
    assert "state.sqlite3" in capsys.readouterr().err
    assert backup.copies(show.folder / "backups") == before
    assert main(["restore", str(before[0])]) == 0
    assert main(["backup"]) == 0


def newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {database.newest(state.MIGRATIONS) + 1}")
    db.close()


def stray(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO offered VALUES (9, 9)")
    db.close()


def other(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE guests (name)")
        db.execute("PRAGMA user_version = 1")
    db.close()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (damage, ""),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), ""),
        (lambda path: path.write_bytes(b""), "is no state of episode-bot"),
        (lambda path: path.write_bytes(b"something else"), "is no usable SQLite database"),
        (lambda path: path.unlink(), "there is no such file"),
        (newer, "written by a newer version of episode-bot"),
        (stray, "is damaged (1 rows refer to nothing)"),
        (other, "is no state of episode-bot"),
    ],
)
def test_what_is_no_sound_copy_is_refused(
    show: Show, tmp_path: Path, capsys: Captured, spoil: Any, why: str
) -> None:
    copy = tmp_path / "copy.sqlite3"
    backup.copy(show.ledger, copy)
    put(show.ledger, 1)
    spoil(copy)
    assert main(["restore", str(copy)]) == 3
    err = capsys.readouterr().err
    assert why in err
    assert err.count("\n") == 1
    assert guilds(show.ledger) == [1]
    assert not list(show.folder.glob("*replaced*")) + list(show.folder.glob("*.restoring*"))


def test_nothing_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ARCHIVE", "EPISODES", "DISCORD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert main(["backup"]) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_state_on_postgresql_is_copied_by_its_own_tools(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE", "postgresql://bot:hidden@127.0.0.1:9/db")
    assert main(["backup"]) == 2
    err = capsys.readouterr().err
    assert "pg_dump" in err
    assert "hidden" not in err


def test_a_place_that_cannot_be_written(show: Show, tmp_path: Path, capsys: Captured) -> None:
    place = tmp_path / "file"
    place.touch()
    assert main(["backup", str(place)]) == 3
    assert "no copy could be made" in capsys.readouterr().err


def test_a_state_that_is_locked_is_not_replaced(
    show: Show, tmp_path: Path, capsys: Captured
) -> None:
    copy = tmp_path / "copy.sqlite3"
    backup.copy(show.ledger, copy)
    lease = FileLease(show.ledger)
    assert asyncio.run(lease.take())
    assert main(["restore", str(copy)]) == 3
    assert "a bot is running with it" in capsys.readouterr().err
    asyncio.run(lease.release())
    assert main(["restore", str(copy)]) == 0


def test_while_others_write(show: Show, tmp_path: Path) -> None:
    """Pairs of rows are written in transactions; no copy ever holds half a pair."""
    writer = (
        "import itertools, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)\n"
        "for n in itertools.count(1):\n"
        "    db.execute('BEGIN IMMEDIATE')\n"
        "    db.execute('INSERT INTO guild_settings (guild_id, private) VALUES (?, 1)', (n,))\n"
        "    db.execute('INSERT INTO guild_settings (guild_id, private) VALUES (?, 1)', (-n,))\n"
        "    db.execute('COMMIT')\n"
        "    print(n, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writer, str(show.ledger)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout
        seen = 0
        for number in range(20):
            at_least = int(process.stdout.readline())
            copy = backup.back_up(show.ledger, tmp_path / "copies", keep=3).path
            rows = guilds(copy)
            assert sum(rows) == 0
            assert len(rows) >= 2 * at_least
            seen = max(seen, len(rows))
            if number % 5 == 0:
                backup.verify(copy)
        assert seen
    finally:
        process.kill()
        process.communicate()


def test_killed_while_restoring(show: Show, tmp_path: Path) -> None:
    """Whenever it ends, the state is the one or the other, whole."""
    copy = tmp_path / "copy.sqlite3"
    put(show.ledger, 1)
    backup.copy(show.ledger, copy)
    put(show.ledger, 2)
    program = (
        "import os, sys\n"
        "count = int(sys.argv[1])\n"
        "def hook(event, args):\n"
        "    global count\n"
        "    if event in ('os.rename', 'os.remove', 'sqlite3.connect', 'open'):\n"
        "        if 'show' in str(args[0]):\n"
        "            count -= 1\n"
        "            if count == 0:\n"
        "                os._exit(9)\n"
        "from bot.cli import main\n"
        "import bot.care.restore, bot.announce.restored, bot.store.archive\n"
        "sys.addaudithook(hook)\n"
        "sys.exit(main(['restore', sys.argv[2]]))\n"
    )
    ends = set[int]()
    for step in range(1, 200):
        done = subprocess.run(
            [sys.executable, "-c", program, str(step), str(copy)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 9), done.stderr
        backup.verify(show.ledger)
        assert guilds(show.ledger) in ([1], [1, 2])
        ends.add(done.returncode)
        if done.returncode == 0:
            break
        if guilds(show.ledger) == [1]:
            put(show.ledger, 2)
    assert ends == {0, 9}
    assert guilds(show.ledger) == [1]


# With a bot that runs.


async def told(*argv: str) -> tuple[int | None, str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(*command(*argv), env=env, stdout=-1, stderr=-1)
    out, err = await process.communicate()
    return process.returncode, out.decode() + err.decode()


async def test_nothing_is_posted_twice_after_an_old_copy_was_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = Show(tmp_path)
    show.write(1)
    monkeypatch.setenv("ARCHIVE", str(show.archive))
    monkeypatch.setenv("EPISODES", str(show.episodes))
    async with DiscordServer(token=TOKEN) as server:
        place = server.world.add_guild("Fans").add_channel("news")
        await show.prepare()
        show.subscribe(place)
        async with show.bot(server) as bot:
            await bot.line("first look", 30)
            code, said = await told("backup", str(tmp_path / "copies"))
            assert code == 0, said
            [copy] = backup.copies(tmp_path / "copies")
            for number in (2, 3):
                show.write(number)
                await server.until(lambda n=number: len(announced(place)) == n - 1, 20)
            code, said = await told("restore", str(copy))
            assert (code, "a bot is running with it" in said) == (3, True)
            await bot.terminate()
        code, said = await told("restore", str(copy))
        assert code == 0, said
        assert said.count("Taken for announced") == 2
        async with show.bot(server) as bot:
            await bot.ready(30)
            show.write(4)
            await server.until(lambda: announced(place, "number 4"), 20)
            await bot.terminate()
        assert [len(announced(place, f"number {n}")) for n in (2, 3, 4)] == [1, 1, 1]


async def test_what_was_due_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy from between planning and sending: the post is there, the copy does not know."""
    show = Show(tmp_path)
    show.write(1)
    monkeypatch.setenv("ARCHIVE", str(show.archive))
    monkeypatch.setenv("EPISODES", str(show.episodes))
    async with DiscordServer(token=TOKEN) as server:
        guild = server.world.add_guild("Fans")
        place, later = guild.add_channel("news"), guild.add_channel("later")
        await show.prepare()
        show.subscribe(place, later)
        async with show.bot(server) as bot:
            await bot.line("first look", 30)
            await bot.ready()
            first = server.inject("POST", f"/channels/{place.id}/messages", hold=True)
            second = server.inject("POST", f"/channels/{later.id}/messages", hold=True, drop=True)
            show.write(2)
            await server.until(lambda: first.hits and second.hits, 20)
            copy = tmp_path / "copy.sqlite3"
            await asyncio.to_thread(backup.copy, show.ledger, copy)
            with sqlite3.connect(copy) as db:  # as if it was made a moment earlier
                db.execute("UPDATE delivery SET state = 'planned', attempted = NULL, floor = NULL")
            db.close()
            first.release()
            await server.until(lambda: announced(place), 20)
            await bot.kill()
            second.times = 0
            second.release()
        code, said = await told("restore", str(copy))
        assert code == 0, said
        assert "2 posts were due" in said
        async with show.bot(server):
            await server.until(lambda: announced(later), 30)
            while show.states() != ["sent", "sent"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (len(announced(place)), len(announced(later))) == (1, 1)


def test_a_copy_is_never_half_there(show: Show, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "state-20260301T120000.000000Z.sqlite3.part").write_text("left by a crash")
    backup.back_up(show.ledger, folder, keep=1, now=NOW)
    assert [path.name for path in folder.iterdir()] == ["state-20260301T120000.000000Z.sqlite3"]
    with pytest.raises(ArchiveError, match="cannot be copied"):
        show.ledger.write_text("spoilt")
        backup.back_up(show.ledger, folder, keep=1)
