"""Buttons and menus whose whole state is in their custom id, so that they outlive a restart.

A custom id is ``name:field:field``; a field is a number, or the last one words. What comes
back from Discord may have been forged, so that every field is checked where it is used.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.ui.limits import CUSTOM_ID
from bot.ui.markdown import web
from bot.ui.reply import Interaction, guarded

NUMBER = r"\d{1,20}"


def pattern(name: str, *fields: str) -> re.Pattern[str]:
    """The custom ids of one kind of item, with a group for each of its fields."""
    groups = "".join(f":(?P<{field}>{_form(field)})" for field in fields)
    return re.compile(f"{name}{groups}", re.S)


def _form(field: str) -> str:
    return ".*" if field == "words" else NUMBER


def custom_id(name: str, *fields: int | str) -> str:
    """A custom id; the last field is cut, at a blank where it has one, to fit Discord's limit."""
    whole = ":".join([name, *map(str, fields)])
    if len(whole) <= CUSTOM_ID:
        return whole
    cut = whole[: CUSTOM_ID + 1].rpartition(" ")[0]
    return cut if len(cut) > CUSTOM_ID // 2 else whole[:CUSTOM_ID]


class Press(ui.DynamicItem[ui.Button[Any]], template="-"):
    """A button; subclasses say what is done when it is pressed.

    Attributes:
        fields: The named fields of the custom id.
    """

    look: ClassVar[dict[str, Any]] = {}

    def __init__(self, *fields: int | str, **look: Any) -> None:
        name = self.__discord_ui_compiled_template__.pattern.partition(":")[0]
        shown: dict[str, Any] = {"style": discord.ButtonStyle.secondary, **self.look, **look}
        super().__init__(ui.Button(custom_id=custom_id(name, *fields), **shown))
        self.fields: dict[str, str] = {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed from its custom id."""
        made = cls(*match.groups())
        made.fields = match.groupdict()
        return made

    def number(self, field: str) -> int:
        """A field that is a number, as one that fits SQLite."""
        return min(int(self.fields[field]), 2**62)

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        """Do what the button is for, unless it is pressed too often."""
        await guarded(interaction, self._press(interaction))

    async def _press(self, interaction: Interaction) -> None:
        interaction.client.not_too_often(interaction)
        await self.press(interaction)

    async def press(self, interaction: Interaction) -> None:
        """What the button is for."""
        raise NotImplementedError


class Choose(ui.DynamicItem[ui.Select[Any]], template="-"):
    """A menu; subclasses say what is done with the value that is chosen."""

    def __init__(
        self, *fields: int | str, choices: list[discord.SelectOption], placeholder: str = ""
    ) -> None:
        name = self.__discord_ui_compiled_template__.pattern.partition(":")[0]
        super().__init__(
            ui.Select(
                custom_id=custom_id(name, *fields), options=choices, placeholder=placeholder or None
            )
        )
        self.fields: dict[str, str] = {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the menu that was used from its custom id."""
        options = item.options if isinstance(item, ui.Select) else []
        made = cls(*match.groups(), choices=options)
        made.fields = match.groupdict()
        return made

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        """Do what the menu is for, unless it is used too often."""
        await guarded(interaction, self._choose(interaction))

    async def _choose(self, interaction: Interaction) -> None:
        interaction.client.not_too_often(interaction)
        data: Any = interaction.data or {}
        await self.choose(interaction, str(next(iter(data.get("values", [])), "")))

    async def choose(self, interaction: Interaction, value: str) -> None:
        """What the menu is for."""
        raise NotImplementedError


def listen(url: str | None, seconds: float | None = None) -> ui.Button[Any] | None:
    """A button that plays an episode, from a position where one is given."""
    return away("Listen", f"{url}#t={int(seconds)}" if url and seconds else url)


def away(label: str, url: str | None) -> ui.Button[Any] | None:
    """A button that leads to a page, where there is one to lead to."""
    return ui.Button(label=label, url=url) if web(url) else None
