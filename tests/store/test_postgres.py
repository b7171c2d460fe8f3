"""What PostgreSQL does beyond what the tests of both stores show: refusing, and being lost."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.errors import ArchiveError, StateError
from bot.shards import Shards
from bot.store.engine import PLANNING, SENDING
from bot.store.lease import Lease
from bot.store.postgres import translated
from bot.store.server import Server
from bot.store.state import State, looking, newest
from tests.postgres import Postgres, running


@pytest.fixture
def database(postgres: Postgres) -> Server:
    return postgres.database()


@pytest.fixture
async def state(database: Server) -> AsyncIterator[State]:
    opened = await State.open(database)
    yield opened
    await opened.close()


def test_placeholders_are_numbered_as_sqlite_does() -> None:
    assert translated("a = ? AND b = ?") == b"a = $1 AND b = $2"
    assert (
        translated("a = ?2 OR b = ?1 OR c = ? OR d = ?2") == b"a = $2 OR b = $1 OR c = $3 OR d = $2"
    )


async def test_the_schemas_are_in_step(database: Server, tmp_path: Path) -> None:
    """Whoever adds a migration adds it for both, with the same columns in the same order."""
    await (await State.open(database)).close()
    path = tmp_path / "state.sqlite3"
    await (await State.open(path)).close()
    with looking(database) as (db, version):
        rows = db.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name <> 'schema_version'"
        )
        there = {(row[0], row["column_name"]) for row in rows}
        assert version == newest()
    with sqlite3.connect(path) as file:
        names = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [row[0] for row in names]
        here = {
            (table, row[1])
            for table in tables
            if not table.startswith("sqlite_")
            for row in file.execute(f"PRAGMA table_info({table})")
        }
    file.close()
    assert there == here


async def test_two_that_start_at_once(database: Server) -> None:
    opened = await asyncio.gather(*(State.open(database) for _ in range(4)))
    assert len([await one.private_by_default(1) for one in opened]) == 4
    for one in opened:
        await one.close()


async def test_a_newer_version_is_refused(postgres: Postgres, database: Server) -> None:
    await (await State.open(database)).close()
    postgres.do("UPDATE schema_version SET version = 99", f"d{postgres.made}")
    with pytest.raises(ArchiveError) as refused:
        await State.open(database)
    assert str(refused.value) == (
        f"{database}: written by a newer version of episode-bot (schema 99, this one knows "
        f"{newest()}); update episode-bot"
    )


@pytest.mark.parametrize("password", ["", "wrong-password", "%77rong"])
async def test_a_password_that_is_wrong_is_not_told(postgres: Postgres, password: str) -> None:
    postgres.do("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'the right one'")
    user = f"locked:{password}" if password else "locked"
    server = Server(postgres.url("postgres", user))
    with pytest.raises(ArchiveError) as refused:
        await State.open(server)
    told = str(refused.value)
    assert "\n" not in told
    assert told.startswith("postgresql://locked@/postgres: cannot be used (")
    assert "wrong" not in told.replace("cannot", "")
    assert "wrong" not in repr(server)


async def test_no_server() -> None:
    with pytest.raises(ArchiveError, match=r"^postgresql://bot@127\.0\.0\.1:9/db: cannot be used"):
        await State.open(Server("postgresql://bot:secret@127.0.0.1:9/db"))


async def test_rights_that_are_missing(postgres: Postgres) -> None:
    postgres.do("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN")
    with pytest.raises(ArchiveError, match="permission denied for schema public"):
        await State.open(Server(postgres.url("postgres", "weak")))


async def test_what_fails_is_undone_and_the_next_goes_well(state: State) -> None:
    await state.set_private_by_default(1, True)
    with pytest.raises(psycopg.errors.UndefinedTable):
        await state.run(
            lambda db: [db.execute("DELETE FROM guild_settings"), db.execute("SELECT 1 FROM none")]
        )
    count = "SELECT count(*) FROM guild_settings"
    assert await state.run(lambda db: db.execute(count).fetchone()[0]) == 1


async def test_text_with_what_postgresql_cannot_hold(state: State) -> None:
    await state.set_show_by_default(1, "a\0b")
    show = "SELECT show FROM guild_settings"
    assert await state.run(lambda db: db.execute(show).fetchone()[0]) == "ab"


async def test_another_s_changes_are_noticed(state: State, database: Server) -> None:
    before = await state.changed_elsewhere()
    await state.set_private_by_default(1, True)  # one's own are none
    assert await state.changed_elsewhere() == before
    other = await State.open(database)
    await other.run(lambda db: db.execute("SELECT count(*) FROM delivery").fetchone())
    assert await state.changed_elsewhere() == before
    await other.set_private_by_default(2, True)
    await other.close()
    assert await state.changed_elsewhere() != before


@asynccontextmanager
async def running_beside(program: str, database: Server) -> AsyncIterator[Process]:
    """Another process at a database; it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, database.url, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


WRITER = """
import asyncio, sys
from bot.store.server import Server
from bot.store.state import State

def count_on(db):
    [[times]] = db.execute("SELECT times FROM question").fetchall()
    db.execute("UPDATE question SET times = ?", (times + 1,))

async def main():
    state = await State.open(Server(sys.argv[1]))
    for _ in range(50):
        await state.run(count_on)
    await state.close()

asyncio.run(main())
"""


async def test_transactions_follow_one_another(state: State, database: Server) -> None:
    """Who reads and then writes in several processes loses nothing."""
    zero = "INSERT INTO question VALUES (1, '2026-01-01', 'ask', 'answered', '', 0)"
    await state.run(lambda db: db.execute(zero))
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, database.url)
        for _ in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    times = "SELECT times FROM question"
    assert await state.run(lambda db: db.execute(times).fetchone()[0]) == 150


async def test_a_connection_that_is_lost_is_opened_anew(postgres: Postgres, state: State) -> None:
    before = await state.changed_elsewhere()

    def cut(db: object) -> None:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        sql = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        postgres.do(sql, f"d{postgres.made}")

    with pytest.raises(StateError, match="cannot be used"):
        await state.run(lambda db: [cut(db), db.execute("DELETE FROM follow")])
    await state.set_private_by_default(1, True)
    assert await state.changed_elsewhere() != before  # it may have missed something


async def test_a_process_that_hangs_keeps_others_waiting_for_seconds_only(
    state: State, database: Server
) -> None:
    hanging = (
        "import sys, time\nfrom bot.store.postgres import Postgres\n"
        "from bot.store.server import Server\n"
        "def work(db):\n    print('in', flush=True)\n    time.sleep(99)\n"
        "Postgres(Server(sys.argv[1])).transaction(work)"
    )
    async with running_beside(hanging, database) as process:
        assert await process.stdout.readline() == b"in\n"  # type: ignore
        with pytest.raises(StateError, match="lock timeout"):
            await state.set_private_by_default(1, True)
    await state.set_private_by_default(1, True)


# Leases


async def taken(lease: Lease) -> bool:
    """Whether it can be taken, within the time that a server needs to see that another is gone."""
    for _ in range(50):
        if await lease.take():
            return True
        await asyncio.sleep(0.1)
    return False


async def test_of_two_one_holds_it(state: State, database: Server) -> None:
    other = await State.open(database)
    for what in (PLANNING, SENDING):
        first, second = state.lease(what), other.lease(what)
        assert await first.take()
        assert not await second.take()
        assert await first.holds(first.tenure)
        assert not await second.holds(second.tenure)
        await first.release()
        assert await second.take()
        assert not await first.holds(first.tenure)
        await second.release()
    await other.close()


async def test_ranges_that_overlap_or_count_otherwise_wait(state: State, database: Server) -> None:
    held = state.lease(SENDING, Shards(0, 3, 8))
    assert await held.take()
    for shards, may in [
        (Shards(4, 7, 8), True),
        (Shards(3, 4, 8), False),
        (Shards(8, 15, 16), False),  # some servers are in both, counted otherwise
    ]:
        lease = state.lease(SENDING, shards)
        assert await lease.take() is may, shards
        await lease.release()
    await held.release()
    lease = state.lease(SENDING, Shards(8, 15, 16))
    assert await lease.take()
    await lease.release()


async def test_a_process_that_is_killed_lets_go(state: State, database: Server) -> None:
    holding = (
        "import asyncio, sys\nfrom bot.store.state import State\n"
        "from bot.store.server import Server\n"
        "async def main():\n"
        "    state = await State.open(Server(sys.argv[1]))\n"
        "    lease = state.lease('planning')\n"
        "    print(await lease.take(), flush=True)\n"
        "    await asyncio.sleep(99)\n"
        "asyncio.run(main())"
    )
    lease = state.lease(PLANNING)
    async with running_beside(holding, database) as process:
        assert await process.stdout.readline() == b"True\n"  # type: ignore
        assert not await lease.take()
    assert await taken(lease)
    await lease.release()


async def test_a_server_that_ends_takes_the_lease_along() -> None:
    with running() as server:
        state = await State.open(server.database())
        lease = state.lease(PLANNING)
        assert await lease.take()
        tenure = lease.tenure
        server.stop(signal.SIGQUIT)
        assert not await lease.holds(tenure)
        with pytest.raises(StateError):
            await lease.take()
        with pytest.raises(StateError):
            await state.set_private_by_default(1, True)
        server.start()
        assert await lease.take()
        assert not await lease.holds(tenure)  # what was begun before is nobody's
        assert await lease.holds(lease.tenure)
        await state.set_private_by_default(1, True)
        await lease.release()
        await state.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://bot:pass%40word@db.example:5433/bot?a=b", "postgresql://bot@db.example:5433/bot"),
        ("postgres:///bot?password=hidden&host=/run", "postgresql:///bot"),
    ],
)  # fmt: skip
def test_an_address_never_shows_its_password(url: str, shown: str) -> None:
    server = Server.parse(url)
    assert str(server) == shown
    assert not re.search("pass|hidden", repr(server) + str(server))
    assert {"pass@word", "hidden"} & set(server.secrets)
