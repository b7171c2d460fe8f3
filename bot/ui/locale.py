"""Names and descriptions of commands in other languages: ``bot/locales/LANGUAGE.toml``."""

from __future__ import annotations

from pathlib import Path

import discord
import tomli
from discord import app_commands

_FOLDER = Path(__file__).parent.parent / "locales"


class Translator(app_commands.Translator):
    """Looks an English text up in the file of the reader's language, where there is one."""

    async def load(self) -> None:
        """Read every language there is a file for."""
        self.texts: dict[str, dict[str, str]] = {
            path.stem: tomli.loads(path.read_text(encoding="utf-8"))
            for path in _FOLDER.glob("*.toml")
        }

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in the reader's language, or None for the English one."""
        return self.texts.get(locale.value, {}).get(string.message)
