"""How the bot behaves in a server, for its moderators: ``/answers``."""

from __future__ import annotations

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.ui import cards, reply, suggest
from bot.ui.markdown import escape
from bot.ui.reply import Interaction


class Server(commands.Cog):
    """Settings of a server."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=locale_str("answers"),
        description=locale_str("For moderators: show answers to everybody, or to the asker alone"),
    )
    @app_commands.rename(private=locale_str("private"))
    @app_commands.describe(
        private=locale_str("Show answers to the asker alone, unless they say else")
    )
    @suggest.of_show
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def answers(
        self, interaction: Interaction, private: bool | None = None, show: str | None = None
    ) -> None:
        """Decide how answers are shown in this server, and of which show; or tell."""
        await reply.send(interaction, self._card(interaction, private, show), alone=True)

    async def _card(
        self, interaction: Interaction, private: bool | None, show: str | None
    ) -> ui.LayoutView:
        state, guild = self.bot.state, interaction.guild_id
        if guild is None or not isinstance(interaction.user, discord.Member):
            raise QuestionError("This is for servers.")
        chosen = self.bot.show(interaction, show)
        begin = "Answers" if private is None and show is None else "From now on answers"
        if private is not None:
            await state.set_private_by_default(guild, private)
        if show is not None:
            await state.set_show_by_default(guild, chosen.id)
        private = await state.private_by_default(guild)
        shown = "to the asker alone" if private else "to everybody in the channel"
        about = f" and are about **{escape(chosen.name)}**" if self.bot.shows.several else ""
        return cards.notice(
            chosen.colour,
            f"{begin} are shown {shown}{about}, unless the asker chooses otherwise.",
        )


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Server(bot))
