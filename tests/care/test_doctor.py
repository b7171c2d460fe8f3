"""The doctor through the command line, on whatever is broken, and over the wire."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord.http
import pytest

from bot.care import doctor_discord
from bot.cli import main
from bot.settings import Settings
from bot.store import archive, database, state
from bot.store.server import Server
from bot.store.state import State
from tests.announce.show import Show
from tests.conftest import ROOT
from tests.postgres import Postgres
from tests.wire.permissions import P
from tests.wire.process import BotProcess
from tests.wire.server import DiscordServer
from tests.wire.state import Kind

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz-_0123456789"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of whoever runs the tests: an empty folder, no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "EPISODES", "ARCHIVE", "LOG_LEVEL", "DEV_GUILD_ID", "STATE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def well(tmp_path: Path, sample_archive_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where all is well, as far as it can be seen offline."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("EPISODES", str(ROOT / "data" / "episodes"))
    shutil.copy(sample_archive_path, tmp_path / "archive.sqlite3")

    async def make() -> None:
        await (await State.open(tmp_path / "state.sqlite3")).close()

    asyncio.run(make())
    return tmp_path


def doctor(capsys: Captured, *more: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and the findings by what they are about."""
    code = main(["doctor", "--offline", "--json", *more])
    out, err = capsys.readouterr()
    assert err == ""
    by_about: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(out)["findings"]:
        by_about.setdefault(finding["about"], []).append(finding)
    for some in by_about.values():
        assert all(one["cure"] for one in some if one["level"] in ("warning", "wrong"))
    return code, by_about


def test_all_is_well(well: Path, capsys: Captured) -> None:
    before = {path: path.stat().st_mtime_ns for path in well.glob("*.sqlite3")}
    code, found = doctor(capsys)
    assert code == 0, found
    assert "of application 123456789012345678" in found["token"][0]["seen"]
    assert found["source"][0]["seen"].startswith("15 content files")
    assert found["archive"][1]["seen"].startswith("15 episodes")
    assert "automatically in 0 channels" in found["next"][0]["seen"]
    assert {path: path.stat().st_mtime_ns for path in well.glob("*.sqlite3")} == before


def test_a_state_on_postgresql(
    well: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    place = postgres.database()
    monkeypatch.setenv("STATE", place.url)
    code, found = doctor(capsys)
    assert code == 0
    assert found["state"][0]["seen"].startswith(f"{place} is of an earlier version (schema 0")
    asyncio.run(opened(place))
    code, found = doctor(capsys)
    assert code == 0
    assert [one["seen"] for one in found["state"]] == [f"{place} answers (schema {state.newest()})"]
    assert "0 channels" in found["next"][0]["seen"]
    monkeypatch.setenv("STATE", "postgresql://bot:hidden@127.0.0.1:9/db")
    code, found = doctor(capsys)
    assert code == 3
    [one] = found["state"]
    assert one["seen"].startswith("postgresql://bot@127.0.0.1:9/db: cannot be used")
    assert "hidden" not in str(found)


async def opened(place: Server) -> None:
    await (await State.open(place)).close()


def test_nothing_is_there(tmp_path: Path, capsys: Captured) -> None:
    assert main(["doctor"]) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert "WARNING  token" in out
    assert "WRONG    source     there is no folder data/episodes" in out
    assert list(tmp_path.iterdir()) == []


def test_every_mistake_in_the_settings(
    well: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret-but-no-token")
    (well / ".env").write_text("LOG_LEVEL=loud\nSHOW_COLOUR=red\nWATCH_SECOND=3\n")
    code, found = doctor(capsys)
    assert code == 3
    assert len(found["settings"]) == 4
    assert "secret-but" not in str(found)
    assert found["archive"][0]["level"] == "fine"


def test_the_token_is_never_shown(well: Path, capsys: Captured) -> None:
    main(["doctor", "--offline"])
    assert TOKEN.split(".")[2] not in capsys.readouterr().out


def test_others_may_read_the_token(
    well: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISCORD_TOKEN")
    env = well / ".env"
    env.write_text(f"DISCORD_TOKEN={TOKEN}\n")
    env.chmod(0o644)
    code, found = doctor(capsys)
    assert code == 1
    assert found["token"][1]["cure"] == "chmod 600 .env"
    env.chmod(0o600)
    assert doctor(capsys)[0] == 0


@pytest.mark.parametrize("name", ["archive", "state"])
@pytest.mark.parametrize(
    "content", [b"", b"x", b"no database at all" * 999, b"SQLite format 3\0" * 99]
)
def test_files_that_are_no_databases(
    well: Path, capsys: Captured, name: str, content: bytes
) -> None:
    (well / f"{name}.sqlite3").write_bytes(content)
    code, found = doctor(capsys)
    assert code == (0 if not content and name == "state" else 3), found[name]


@pytest.mark.parametrize("name", ["archive", "state"])
def test_a_damaged_page(well: Path, capsys: Captured, name: str) -> None:
    path = well / f"{name}.sqlite3"
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page + 8 : page + 80] = b"\xa5" * 72
    path.write_bytes(data)
    for rest in well.glob(f"{name}.sqlite3-*"):
        rest.unlink()
    code, found = doctor(capsys)
    assert code == 3
    assert found[name][0]["level"] == "wrong"


@pytest.mark.parametrize("name", ["archive", "state"])
def test_other_versions(well: Path, capsys: Captured, name: str) -> None:
    known = database.newest({"archive": archive, "state": state}[name].MIGRATIONS)
    path = well / f"{name}.sqlite3"
    for version, code, seen in ((known + 1, 3, "newer version"), (known - 1, 0, "earlier version")):
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version = {version}")
        db.close()
        told, found = doctor(capsys)
        assert told == code
        assert seen in found[name][0]["seen"]


def test_rows_that_refer_to_nothing(well: Path, capsys: Captured) -> None:
    with sqlite3.connect(well / "state.sqlite3") as db:
        db.execute("INSERT INTO offered VALUES (99, 7)")
    db.close()
    code, found = doctor(capsys)
    assert code == 3
    assert "1 rows that refer to nothing" in found["state"][0]["seen"]


def test_a_folder_that_is_not_there(capsys: Captured, tmp_path: Path) -> None:
    code, found = doctor(capsys, "--archive", str(tmp_path / "gone" / "archive.sqlite3"))
    assert code == 3
    assert "there is no folder" in found["disk"][0]["seen"]


def test_what_is_next(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    show = Show(tmp_path)
    monkeypatch.setenv("EPISODES", str(show.episodes))
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    asyncio.run(show.prepare())
    when = datetime.now(UTC) + timedelta(days=3)
    with show.open() as db:
        db.execute(
            "INSERT INTO release (path, slug, number, title, published, draft, transcript, body, "
            "public) VALUES ('a', 'a', 7, 'Soon', ?, 0, 0, '{}', 0)",
            (when.timestamp(),),
        )
        for held in ("held", "planned"):
            db.execute(
                "INSERT INTO delivery (kind, release_id, guild_id, channel_id, turn, state, due, "
                "options, created, changed) VALUES ('episode', 1, 2, 3, ?, ?, ?, '{}', 0, 0)",
                (held, held, when.timestamp()),
            )
    db.close()
    code, found = doctor(capsys)
    told = [one["seen"] for one in found["next"]]
    assert code == 1
    assert f"#7 Soon becomes public {when:%Y-%m-%d %H:%M} UTC" in told
    assert "1 announcements are held" in told
    assert any("1 deliveries are planned" in one for one in told)


# Over the wire.


@pytest.fixture
def show(tmp_path: Path) -> Show:
    found = Show(tmp_path)
    found.write(1)
    return found


async def asked(server: DiscordServer, show: Show, **env: str) -> tuple[int, list[str], str]:
    """The exit code, a line for each finding of Discord's, and all that was written."""
    settings = {
        "DISCORD_TOKEN": server.token,
        "EPISODES": str(show.episodes),
        "ARCHIVE": str(show.archive),
        "PYTHONPATH": str(ROOT),
    }
    args = ("doctor", "--json")
    async with BotProcess(server, "bot", *args, env=settings | env, cwd=show.folder) as process:
        code = await process.wait(30)
    assert process.stderr == ""
    findings = json.loads(process.stdout)["findings"]
    first = next((n for n, one in enumerate(findings) if one["about"] == "discord"), 0)
    lines = [f"{one['level']} {one['about']}: {one['seen']}" for one in findings[first:]]
    return code, lines, process.output


async def test_discord_is_asked(show: Show) -> None:
    async with DiscordServer(token=TOKEN) as server:
        guild = server.world.add_guild("Fans")
        gone = server.world.add_guild("Gone")
        role = guild.add_role("pinged")
        await show.prepare()
        text, dumb = guild.add_channel("news"), guild.add_channel("dumb")
        forum, hidden = guild.add_channel("forum", Kind.FORUM), guild.add_channel("hidden")
        lost, pinging = gone.add_channel("lost"), guild.add_channel("pinging")
        show.subscribe(text, dumb, forum, hidden, lost)
        show.subscribe(pinging, role=role.id)
        dumb.overwrite(server.world.bot, deny=P.SEND_MESSAGES)
        hidden.overwrite(server.world.bot, deny=P.VIEW_CHANNEL)
        gone.remove_bot()
        code, lines, _ = await asked(server, show)
        assert not any(e.method not in ("GET",) for e in server.requests)
        assert server.violations == []
    assert code == 1
    assert lines[0].startswith("fine discord: the token is accepted")
    assert "fine gateway: 999 of 1000 connections a day are left" in lines
    assert "warning commands: none are registered for all servers" in lines
    assert "fine channel: Fans, #news: may be posted in" in lines
    assert "fine channel: Fans, #forum: may be posted in" in lines
    assert "warning channel: Fans, #dumb: Send Messages is missing" in lines
    assert "warning channel: Fans, #hidden: View Channel" in " ".join(lines)
    assert any("Mention @everyone" in line and "#pinging" in line for line in lines)
    assert any(f"not in server {gone.id} any more" in line for line in lines)
    assert any(line.startswith("fine clock") for line in lines)


async def test_a_running_bot_is_not_disturbed(show: Show) -> None:
    async with DiscordServer(token=TOKEN) as server:
        guild = server.world.add_guild("Fans")
        await show.prepare()
        show.subscribe(guild.add_channel("news"))
        async with show.bot(server) as bot:
            await bot.line("Connected", 30)
            await bot.ready()
            code, lines, output = await asked(server, show)
            assert code == 0, output
            assert "alive and connected" in output
            assert any(line.startswith("fine commands") for line in lines)
            assert bot.running
            assert server.gateway.readies == 1


async def test_discord_refuses_or_is_away(show: Show) -> None:
    async with DiscordServer(token=TOKEN) as server:
        code, lines, _ = await asked(server, show, DISCORD_TOKEN=TOKEN.replace("GaBcDe", "Gwrong"))
        assert (code, lines[0]) == (3, "wrong discord: the token is not accepted")
        server.inject("GET", "/applications/@me", times=99, drop=True)
        code, lines, _ = await asked(server, show)
        assert code == 3
        assert "cannot be reached" in str(lines)
        await server.stop()
        code, lines, _ = await asked(server, show)
        assert code == 3
        assert "wrong discord: it cannot be reached" in lines[0]
        await server.start()


async def test_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordServer(token=TOKEN) as server:
        monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
        found = await doctor_discord.examine(Settings(), TOKEN, [], lambda: time.time() - 90)
    [clock] = [one for one in found if one.about == "clock"]
    assert clock.level.name == "WARNING"
    assert re.fullmatch("(89|90|91) s behind Discord's", clock.seen)  # which tells whole seconds
