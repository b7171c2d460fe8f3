"""What the bot can do: ``/help``."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.ui import cards, reply
from bot.ui.markdown import escape
from bot.ui.reply import Interaction

Command = app_commands.Command[Any, ..., Any]

_NOTHING = discord.Permissions.none()


class Help(commands.Cog):
    """A short overview."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    @app_commands.command(name=locale_str("help"), description=locale_str("What I can do"))
    async def help(self, interaction: Interaction) -> None:
        """List the commands, each to be clicked."""
        await reply.send(interaction, self._card(interaction), alone=True)

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        shows = self.bot.shows
        counts = [await one.archive.counts() for one in shows.values()]
        public, turns = sum(one.public for one in counts), sum(one.turns for one in counts)
        known = f"I know {public:,} episodes and {turns:,} turns of talk"
        if shows.several:
            known += f" of {', '.join(escape(one.name) for one in shows.values())}"
        lines = [
            f"- {self._mention(command)} {command.description}"
            for command in self.bot.tree.get_commands(type=discord.AppCommandType.chat_input)
            # What is for moderators is shown to them alone.
            if (command.default_permissions or _NOTHING) <= interaction.permissions
            and command.name != "help"
        ]
        about = [
            f"{known}.",
            "On any message: **Apps → Find the episode** takes its words as the question.",
        ]
        card = cards.Card(self.bot.show(interaction).colour)
        card.text("### What I can do\n" + "\n".join(lines))
        card.text("\n".join(about))
        return card.view()

    def _mention(self, command: Command | app_commands.Group) -> str:
        """A command to be clicked; of a group, each of its own."""
        known = self.bot.command_ids.get(command.name)
        if not known:
            return f"**/{command.name}**"
        if isinstance(command, app_commands.Group):
            return " ".join(f"</{one.qualified_name}:{known}>" for one in command.commands)
        return f"</{command.name}:{known}>"


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Help(bot))
