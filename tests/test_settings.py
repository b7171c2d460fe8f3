from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import PLACEHOLDER, Settings
from bot.shards import Shards
from bot.store.server import Server

ROOT = Path(__file__).parent.parent
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz-_0123456789"


def load(environ: dict[str, str] | None = None, env_file: Path | None = None) -> Settings:
    return Settings.load(environ or {}, env_file)


def mistakes(environ: dict[str, str], env_file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environ, env_file)
    return caught.value.mistakes


def written(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults() -> None:
    assert load() == Settings(
        discord_token=None,
        episodes=Path("data/episodes"),
        archive=Path("archive.sqlite3"),
        log_level="INFO",
        dev_guild_id=None,
        show_colour=0x5865F2,
    )


def test_everything_set(tmp_path: Path) -> None:
    settings = load(
        {
            "DISCORD_TOKEN": TOKEN,
            "EPISODES": str(tmp_path),
            "ARCHIVE": f" {tmp_path / 'a.sqlite3'} ",
            "LOG_LEVEL": "debug",
            "DEV_GUILD_ID": "81384788765712384",
            "SHOW_COLOUR": "#FF8800",
            "PATH": "/usr/bin",
        }
    )
    assert settings == Settings(
        discord_token=TOKEN,
        episodes=tmp_path,
        archive=tmp_path / "a.sqlite3",
        log_level="DEBUG",
        dev_guild_id=81384788765712384,
        show_colour=0xFF8800,
    )
    assert TOKEN not in repr(settings)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, f"LOG_LEVEL=ERROR\nSHOW_COLOUR=#000001\nDISCORD_TOKEN={TOKEN}\n")
    settings = load({"LOG_LEVEL": "WARNING", "DISCORD_TOKEN": ""}, file)
    assert settings.log_level == "WARNING"
    assert settings.show_colour == 1
    assert settings.discord_token is None  # emptied for one run


def test_a_state_elsewhere(tmp_path: Path) -> None:
    assert load().ledger == Path("state.sqlite3")
    file = tmp_path / "ledger.sqlite3"
    assert load({"STATE": str(file)}).ledger == file
    address = "postgresql://bot:hidden@db.example/bot"
    settings = load({"STATE": address, "SHARDS": "4-7/8", "DISCORD_TOKEN": TOKEN})
    assert settings.ledger == Server(address)
    assert settings.shards == Shards(4, 7, 8)
    assert Shards(4, 7, 8).ids == [4, 5, 6, 7]
    assert set(settings.secrets) == {TOKEN, "hidden"}
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    "address",
    ["postgresql://a:hidden@h", "postgresq://a:hidden@h/d", "postgresql://a:hidden@h:x/d"],
)
def test_an_address_is_never_shown(address: str) -> None:
    [mistake] = mistakes({"STATE": address})
    assert mistake == "STATE (environment): allowed is a file, or postgresql://user@host/database"


@pytest.mark.parametrize("shards", ["0", "4-7", "0-8/8", "3-2/8", "a/2", "0/0"])
def test_shards_that_there_are_not(shards: str) -> None:
    [mistake] = mistakes({"SHARDS": shards, "STATE": "postgresql:///bot"})
    assert "0-3/8 and 4-7/8" in mistake


def test_several_processes_need_a_server() -> None:
    [mistake] = mistakes({"SHARDS": "0/2"})
    assert mistake == "SHARDS: several processes share a state on PostgreSQL; set STATE"


@pytest.mark.parametrize("value", ["", "  ", PLACEHOLDER])
def test_a_token_that_is_none(value: str) -> None:
    assert load({"DISCORD_TOKEN": value}).discord_token is None


@pytest.mark.parametrize("value", ["abc", "a.b", "a.b.c.d", f"Bot {TOKEN}", "a..c", "ä.b.c"])
def test_a_bad_token_is_never_shown(value: str) -> None:
    [mistake] = mistakes({"DISCORD_TOKEN": value})
    assert mistake.startswith("DISCORD_TOKEN (environment): found ")
    assert f"{len(value)} characters" in mistake
    assert value not in mistake


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "LOG_LEVEL=LOUD\nDEV_GUILD_ID=12\nLOGLEVEL=INFO\nOTHER=1\n")
    found = mistakes(
        {"EPISODES": "/nowhere", "ARCHIVE": "/nowhere/a.sqlite3", "SHOW_COLOUR": "red"}, file
    )
    assert [mistake.split(":")[0] for mistake in found] == [
        f"LOGLEVEL ({file})",
        "EPISODES (environment)",
        "ARCHIVE (environment)",
        f"LOG_LEVEL ({file})",
        f"DEV_GUILD_ID ({file})",
        "SHOW_COLOUR (environment)",
    ]
    assert "did you mean LOG_LEVEL?" in found[0]
    assert "'/nowhere'" in found[1]
    assert "'LOUD'; allowed are DEBUG, INFO, WARNING, ERROR" in found[3]


@pytest.mark.parametrize("name", ["SHOW_COLOR", "discord_token", "EPISODE", "ARCHIV"])
def test_a_near_miss_in_the_file(tmp_path: Path, name: str) -> None:
    [mistake] = mistakes({}, written(tmp_path, f"{name}=x"))
    assert mistake.startswith(name)
    assert "did you mean" in mistake
    assert load({name: "x"}) == Settings()  # others use the environment too


def test_an_archive_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [mistake] = mistakes({"ARCHIVE": str(tmp_path)})
    assert "folder you may write to" in mistake
    file = tmp_path / "a.sqlite3"
    file.touch()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file)
    [mistake] = mistakes({"ARCHIVE": str(file)})
    assert "read and write" in mistake


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({"EPISODES": "~"}).episodes == tmp_path
    assert mistakes({"EPISODES": "~nobody-of-this-name/x"})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LOG_LEVEL=\xff\xfe")
    [mistake] = mistakes({}, tmp_path / ".env")
    assert "UTF-8" in mistake


def test_odd_files(tmp_path: Path) -> None:
    assert load({}, tmp_path / "missing") == Settings()
    assert load({}, tmp_path) == Settings()  # a virtual environment may be called .env
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfLOG_LEVEL=ERROR # quiet\r\nDISCORD_TOKEN\r\n")
    assert load({}, file) == Settings(log_level="ERROR")


def test_the_example_explains_every_setting(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert load({}, ROOT / ".env.example") == Settings()
    for field in fields(Settings):
        assert f"\n{field.name.upper()}=" in example.replace("\n#", "\n")
    active = example.replace("\n#EPISODES=data/episodes", f"\nEPISODES={tmp_path}")
    active = active.replace("\n#SHOW_COLOUR", "\nSHOW_COLOUR").replace("\n#LOG", "\nLOG")
    assert load({}, written(tmp_path, active)) == Settings(episodes=tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("LOG_FORMAT", "JSON", "json"),
        ("LOG_FORMAT", "xml", None),
        ("LOG_QUESTIONS", "True", True),
        ("LOG_QUESTIONS", "no", None),
    ],
)
def test_how_much_is_told(name: str, value: str, read: object) -> None:
    if read is None:
        assert repr(value) in mistakes({name: value})[0]
    else:
        assert getattr(load({name: value}), name.lower()) == read
