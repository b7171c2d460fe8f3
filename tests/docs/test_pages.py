"""The pages speak of everything there is."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest
from discord import app_commands

from bot.client import COGS, EpisodeBot
from bot.settings import Settings
from tests.conftest import ROOT


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_package_has_its_place_in_the_architecture() -> None:
    roots = [ROOT / "bot", ROOT / "cogs"]
    packages = [one.parent for root in roots for one in root.rglob("__init__.py")]
    named = {f"{one.relative_to(ROOT).as_posix()}/" for one in packages} - {"bot/"}
    assert len(named) > 5
    text = page("architecture.md")
    assert {one for one in named if f"`{one}`" not in text} == set()


def test_the_architecture_names_nothing_that_is_gone() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:\w+\.py)?)`", page("architecture.md"))
    assert len(named) > 10
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_data_flows_one_way() -> None:
    """As the page says: what comes first imports nothing of what comes after it."""
    order = ["sources", "store", "search", "ui"]
    for place, package in enumerate(order):
        for path in (ROOT / "bot" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = {f"{node.module}.{alias.name}" for alias in node.names}
                    later = {f"bot.{one}" for one in order[place + 1 :]} | {"cogs"}
                    taken = {
                        name for name in names for one in later if f"{name}.".startswith(f"{one}.")
                    }
                    assert taken == set(), path


def test_every_setting_is_described() -> None:
    text = page("settings.md")
    names = [one.name.upper() for one in fields(Settings)]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.fixture
async def bot() -> EpisodeBot:
    bot = EpisodeBot(Settings())
    for cog in COGS:
        await bot.load_extension(cog)
    return bot


async def test_every_command_is_described_with_its_options(bot: EpisodeBot) -> None:
    text = "".join(map(page, ("commands.md", "announcements.md", "moderating.md")))
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            assert f"/{command.qualified_name}" in text or f"`{command.name}`" in text, command.name
            for option in command.parameters:
                assert re.search(rf"`{option.name}\b", text), f"{command.name}: {option.name}"
    assert "Find the episode" in text
