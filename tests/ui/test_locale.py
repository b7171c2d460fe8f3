from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
import pytest
import tomli

from bot.client import COGS, EpisodeBot
from bot.settings import Settings
from bot.ui import limits, locale
from bot.ui.locale import Translator

GERMAN = tomli.loads((locale._FOLDER / "de.toml").read_text(encoding="utf-8"))


@pytest.fixture
async def definitions() -> list[dict[str, Any]]:
    """What the bot registers with Discord."""
    bot = EpisodeBot(Settings())
    for cog in COGS:
        await bot.load_extension(cog)
    await bot.tree.set_translator(Translator())
    translator = bot.tree.translator
    assert translator
    commands = bot.tree.get_commands()
    return [await one.get_translated_payload(bot.tree, translator) for one in commands]


def texts(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of a definition that members read, with its translations."""
    for key in ("name", "description"):
        if text := definition.get(key):
            yield text, definition.get(f"{key}_localizations") or {}
    for inner in [*definition.get("options", []), *definition.get("choices", [])]:
        yield from texts(inner)


async def test_discord_accepts_every_language(definitions: list[dict[str, Any]]) -> None:
    assert limits.violations(definitions, kind="commands") == []


async def test_every_text_is_there_in_german(definitions: list[dict[str, Any]]) -> None:
    found = dict(pair for definition in definitions for pair in texts(definition))
    assert {text for text, there in found.items() if "de" not in there} == set()
    assert {text: there["de"] for text, there in found.items()} == GERMAN


async def test_options_of_a_command_keep_their_names_apart(
    definitions: list[dict[str, Any]],
) -> None:
    for definition in definitions:
        names = [dict(texts(one))[one["name"]]["de"] for one in definition.get("options", [])]
        assert len(names) == len(set(names)), definition["name"]


async def test_an_unknown_language_gets_english() -> None:
    translator = Translator()
    await translator.load()
    text = discord.app_commands.locale_str("The newest episodes")
    context: Any = None
    assert await translator.translate(text, discord.Locale.german, context)
    assert await translator.translate(text, discord.Locale.french, context) is None
