"""Buttons and menus whose whole state is in their custom id, so that they outlive a restart.

A custom id is ``name:field:field``; a field is a number, or the last one words. Of a show that
is not the first it is ``name~show:field:field``. What comes back from Discord may have been
forged, so that every field is checked where it is used.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.shows import OpenShow
from bot.ui.limits import CUSTOM_ID
from bot.ui.markdown import at, web
from bot.ui.reply import Interaction, guarded

NUMBER = r"\d{1,20}"


def pattern(name: str, *fields: str) -> re.Pattern[str]:
    """The custom ids of one kind of item, with a group for each of its fields."""
    groups = "".join(f":(?P<{field}>{_form(field)})" for field in fields)
    return re.compile(f"{name}(?:~(?P<show>[a-z0-9-]{{1,10}}))?{groups}", re.S)


def _form(field: str) -> str:
    return ".*" if field == "words" else NUMBER


def custom_id(name: str, *fields: int | str, show: str = "") -> str:
    """A custom id; the last field is cut, at a blank where it has one, to fit Discord's limit."""
    whole = ":".join([f"{name}~{show}" if show else name, *map(str, fields)])
    if len(whole) <= CUSTOM_ID:
        return whole
    cut = whole[: CUSTOM_ID + 1].rpartition(" ")[0]
    return cut if len(cut) > CUSTOM_ID // 2 else whole[:CUSTOM_ID]


def _name(pattern: re.Pattern[str]) -> str:
    return pattern.pattern.partition("(")[0].partition(":")[0]


def _fields(match: re.Match[str]) -> tuple[str, dict[str, str]]:
    """The show of a custom id, and its named fields."""
    fields: dict[str, str | None] = match.groupdict()
    show = fields.pop("show", None) or ""
    return show, {name: value or "" for name, value in fields.items()}


class Press(ui.DynamicItem[ui.Button[Any]], template="-"):
    """A button; subclasses say what is done when it is pressed.

    Attributes:
        fields: The named fields of the custom id.
        show_id: The show that it is about.
    """

    look: ClassVar[dict[str, Any]] = {}

    def __init__(self, *fields: int | str, show: str = "", **look: Any) -> None:
        name = _name(self.__discord_ui_compiled_template__)
        shown: dict[str, Any] = {"style": discord.ButtonStyle.secondary, **self.look, **look}
        super().__init__(ui.Button(custom_id=custom_id(name, *fields, show=show), **shown))
        self.fields: dict[str, str] = {}
        self.show_id = show

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed from its custom id."""
        show, fields = _fields(match)
        made = cls(*fields.values(), show=show)
        made.fields = fields
        return made

    def show(self, interaction: Interaction) -> OpenShow:
        """The show that it is about."""
        return interaction.client.shows.of(self.show_id)

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
        self,
        *fields: int | str,
        choices: list[discord.SelectOption],
        placeholder: str = "",
        show: str = "",
    ) -> None:
        name = _name(self.__discord_ui_compiled_template__)
        super().__init__(
            ui.Select(
                custom_id=custom_id(name, *fields, show=show),
                options=choices,
                placeholder=placeholder or None,
            )
        )
        self.fields: dict[str, str] = {}
        self.show_id = show

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the menu that was used from its custom id."""
        options = item.options if isinstance(item, ui.Select) else []
        show, fields = _fields(match)
        made = cls(*fields.values(), choices=options, show=show)
        made.fields = fields
        return made

    def show(self, interaction: Interaction) -> OpenShow:
        """The show that it is about."""
        return interaction.client.shows.of(self.show_id)

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
    return away("Listen", at(url, seconds) if url and seconds else url)


def away(label: str, url: str | None) -> ui.Button[Any] | None:
    """A button that leads to a page, where there is one to lead to."""
    return ui.Button(label=label, url=url) if web(url) else None
