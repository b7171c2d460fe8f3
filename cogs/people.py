"""People: ``/person``."""

from __future__ import annotations

from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.search import person
from bot.shows import OpenShow
from bot.ui import cards, reply, suggest
from bot.ui.reply import Interaction
from cogs.episodes import Leaf, open_menu

_SHOWN = 5


class People(commands.Cog):
    """Looking at hosts and guests."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=locale_str("person"),
        description=locale_str("A host or guest: their episodes, and what they spoke about"),
    )
    @app_commands.rename(name=locale_str("name"), private=locale_str("private"))
    @app_commands.describe(
        name=locale_str("The name, or a part of it"),
        private=locale_str("Show the answer to you alone"),
    )
    @app_commands.autocomplete(name=suggest.people)
    @suggest.of_show
    async def person(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, 100],
        private: bool | None = None,
        show: str | None = None,
    ) -> None:
        """Show one person."""
        alone = await reply.private(interaction, private)
        making = self._card(interaction, self.bot.show(interaction, show), name)
        await reply.send(interaction, making, alone=alone)

    async def _card(self, interaction: Interaction, show: OpenShow, name: str) -> ui.LayoutView:
        profile = await person(show.archive, name)
        owner = interaction.user.id
        shown = profile.episodes[:_SHOWN]
        # Lists leave out the episodes in which somebody is only heard.
        listed = sum(role != "speaker" for _, role in shown)
        of_person = (owner, listed, 0, f"|{profile.name}")
        older = Leaf(*of_person, show=show.id, label="Older", emoji="▶️")
        return cards.person(
            show.colour,
            profile,
            _SHOWN,
            [older if profile.hosted + profile.guested > listed else None],
            open_menu(show, [head for head, _ in shown]),
        )


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(People(bot))
