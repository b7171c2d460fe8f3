"""Following a topic, a person or a category: ``/follow``, ``/following``, ``/forget``."""

from __future__ import annotations

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.announce import follows
from bot.announce.clock import utc
from bot.announce.follows import Follow
from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.shows import Shows
from bot.ui import cards, reply, suggest
from bot.ui.items import Choose, pattern
from bot.ui.markdown import escape, shorten
from bot.ui.reply import Interaction

_LONGEST = 80
_MESSAGE, _THREAD = "private message", "thread"
_WHERE = [app_commands.Choice(name=locale_str(where), value=where) for where in (_MESSAGE, _THREAD)]


class StopMenu(Choose, template=pattern("unfollow")):
    """Stops what is chosen."""

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Stop, and show what is left."""
        if value.isdecimal() and len(value) < 18:
            state = interaction.client.state
            await state.run(follows.stop, interaction.user.id, int(value))
        view = await following(interaction)
        await interaction.response.edit_message(view=view)


async def following(interaction: Interaction) -> ui.LayoutView:
    """What the member follows, with a menu to stop."""
    bot = interaction.client
    found = await bot.state.run(follows.of_user, interaction.user.id)
    card = cards.Card(bot.show(interaction).colour)
    if not found:
        card.text("You follow nothing. `/follow topic` tells you of new episodes about something.")
        return card.view()
    card.text("### You follow\n" + "\n".join(_line(bot.shows, one) for one in found))
    choices = [
        discord.SelectOption(label=shorten(f"{one.kind}: {one.words}", 100), value=str(one.id))
        for one in found
    ]
    card.select(StopMenu(choices=choices[:25], placeholder="Stop following"))
    return card.view()


def _line(shows: Shows, one: Follow) -> str:
    how = "in a thread" if one.guild_id else "by private message"
    line = f"- {one.kind} **{escape(one.words)}**, {how}"
    if shows.several and one.show in shows:
        line += f", of {escape(shows[one.show].name)}"
    if one.trouble:
        line += (
            f"\n-# ⚠️ I could not write to you: {escape(one.trouble)}. "
            "Allow private messages and follow anything again."
        )
    return line


@app_commands.allowed_installs(guilds=True, users=True)
class Following(
    commands.GroupCog,
    group_name=locale_str("follow"),
    group_description=locale_str("Hear of new episodes about something"),
):
    """Following."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the menus of earlier runs work."""
        self.bot.add_dynamic_items(StopMenu)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(StopMenu)

    @app_commands.command(
        name=locale_str("topic"), description=locale_str("Hear of new episodes that speak of it")
    )
    @app_commands.rename(topic=locale_str("topic"), where=locale_str("where"))
    @app_commands.describe(
        topic=locale_str("In your words, such as: solar panels"),
        where=locale_str("By private message, or by a mention in the episode's thread"),
    )
    @app_commands.choices(where=_WHERE)
    @suggest.of_show
    async def topic(
        self,
        interaction: Interaction,
        topic: app_commands.Range[str, 1, _LONGEST],
        where: str = _MESSAGE,
        show: str | None = None,
    ) -> None:
        """Follow a topic."""
        await self._follow(interaction, "topic", topic, where, show)

    @app_commands.command(
        name=locale_str("person"), description=locale_str("Hear of new episodes with somebody")
    )
    @app_commands.rename(name=locale_str("name"), where=locale_str("where"))
    @app_commands.describe(
        name=locale_str("A host or guest"),
        where=locale_str("By private message, or by a mention in the episode's thread"),
    )
    @app_commands.choices(where=_WHERE)
    @app_commands.autocomplete(name=suggest.people)
    @suggest.of_show
    async def person(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, _LONGEST],
        where: str = _MESSAGE,
        show: str | None = None,
    ) -> None:
        """Follow a person."""
        await self._follow(interaction, "person", name, where, show)

    @app_commands.command(
        name=locale_str("category"), description=locale_str("Hear of new episodes of a category")
    )
    @app_commands.rename(category=locale_str("category"), where=locale_str("where"))
    @app_commands.describe(
        category=locale_str("One of the show's categories"),
        where=locale_str("By private message, or by a mention in the episode's thread"),
    )
    @app_commands.choices(where=_WHERE)
    @app_commands.autocomplete(category=suggest.category)
    @suggest.of_show
    async def category(
        self,
        interaction: Interaction,
        category: app_commands.Range[str, 1, _LONGEST],
        where: str = _MESSAGE,
        show: str | None = None,
    ) -> None:
        """Follow a category."""
        await self._follow(interaction, "category", category, where, show)

    async def _follow(
        self, interaction: Interaction, kind: str, what: str, where: str, show: str | None
    ) -> None:
        async def making() -> ui.LayoutView:
            guild = (interaction.guild_id or 0) if where == _THREAD else 0
            if where == _THREAD and not (guild and interaction.is_guild_integration()):
                raise QuestionError("Threads are in servers that I was invited to; go there.")
            words = " ".join(what.split())
            of_show = self.bot.show(interaction, show).id
            user = interaction.user.id
            await self.bot.state.run(follows.add, user, guild, kind, words, utc(), of_show)
            return await following(interaction)

        await reply.send(interaction, making(), alone=True)


class Followed(commands.Cog):
    """What one follows, and forgetting it."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=locale_str("following"), description=locale_str("What you follow, and how to stop")
    )
    async def following(self, interaction: Interaction) -> None:
        """List, with a menu to stop."""
        await reply.send(interaction, following(interaction), alone=True)

    @app_commands.command(
        name=locale_str("forget"), description=locale_str("Delete everything I keep about you")
    )
    async def forget(self, interaction: Interaction) -> None:
        """Delete the member's data."""

        async def making() -> ui.LayoutView:
            await self.bot.state.run(follows.forget, interaction.user.id)
            return cards.notice(
                self.bot.show(interaction).colour,
                "Done: what you followed and my messages to you are forgotten. What you did as a "
                "moderator stays in the server's log, without your name.",
            )

        await reply.send(interaction, making(), alone=True)


async def setup(bot: EpisodeBot) -> None:
    """Add the cogs."""
    await bot.add_cog(Following(bot))
    await bot.add_cog(Followed(bot))
