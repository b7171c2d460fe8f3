"""What members ask, for moderators: ``/stats``."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.announce.clock import utc
from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.telemetry import plot, questions, showing
from bot.ui import cards, reply
from bot.ui.items import Press, pattern
from bot.ui.reply import Interaction
from cogs.announce import note

_SPANS = (7, 30, 90)  # days
_USUAL = 30


class Moderating(Press, template="-"):
    """A button for those who may manage the server, however they came by it."""

    async def press(self, interaction: Interaction) -> None:
        """Refuse everybody else."""
        if interaction.guild_id is None or not interaction.permissions.manage_guild:
            raise QuestionError("This is for those who may manage the server.")
        await reply.turn_to(interaction, self.card(interaction), interaction.user.id)

    async def card(self, interaction: Interaction) -> ui.LayoutView:
        """What is shown in place of what was."""
        raise NotImplementedError


class Span(Moderating, template=pattern("stats", "days", "offset")):
    """Shows another span of time, or another page."""

    async def card(self, interaction: Interaction) -> ui.LayoutView:
        """The numbers of that span."""
        return await stats(interaction, self.number("days"), self.number("offset"))


class Words(Moderating, template=pattern("statswords", "keep", "days")):
    """Decides whether the words of questions are kept."""

    async def card(self, interaction: Interaction) -> ui.LayoutView:
        """Decide, and show the numbers again."""
        keep = bool(self.number("keep"))
        await interaction.client.recorder.keep_words(interaction.guild_id or 0, keep)
        await note(interaction, "questions", "words are kept" if keep else "only counted")
        return await stats(interaction, self.number("days"), 0)


class Forget(Moderating, template=pattern("statsforget", "days")):
    """Asks whether everything is to be deleted."""

    look = {"label": "Delete the record", "emoji": "🗑️"}

    async def card(self, interaction: Interaction) -> ui.LayoutView:
        """The question, with both answers."""
        card = cards.Card(interaction.client.show(interaction).colour)
        card.text("Delete everything that is recorded of this server's questions, numbers too?")
        card.buttons([Wipe(), Span(self.number("days"), 0, label="Keep it")])
        return card.view()


class Wipe(Moderating, template=pattern("statswipe")):
    """Deletes what is recorded."""

    look = {"label": "Delete", "style": discord.ButtonStyle.danger}

    async def card(self, interaction: Interaction) -> ui.LayoutView:
        """Delete, and say so."""
        await interaction.client.recorder.forget(interaction.guild_id or 0)
        await note(interaction, "questions", "the record was deleted")
        colour = interaction.client.show(interaction).colour
        return cards.notice(colour, "Deleted: nothing is recorded of this server's questions.")


async def stats(interaction: Interaction, days: int, offset: int) -> ui.LayoutView:
    """The card of a span of days, from a place in its lists on.

    Raises:
        QuestionError: Where there is no such span or page.
    """
    bot, guild = interaction.client, interaction.guild_id or 0
    if days not in _SPANS:
        raise QuestionError("Choose one of the spans that are offered.")
    until = utc().date()
    since = until - timedelta(days - 1)
    await bot.recorder.flush()
    rows = await bot.state.run(questions.of_guild, guild, since, until)
    found = await asyncio.to_thread(questions.overview, rows, since, until)
    longest = max(len(found.most), len(found.missing))
    if offset and offset >= longest:
        raise QuestionError("There is no more.")
    picture = await plot.draw(found.days, since, until) if found.asked else None
    return showing.stats(
        bot.show(interaction).colour,
        found,
        offset,
        _buttons(bot, guild, days, offset, longest),
        picture=picture,
        kept=_kept(bot, guild),
    )


def _buttons(
    bot: EpisodeBot, guild: int, days: int, offset: int, longest: int
) -> list[Press | None]:
    keeps = bot.recorder.keeps_words(guild)
    back, on = offset - showing.PAGE, offset + showing.PAGE
    spans: list[Press | None] = [
        Span(span, 0, label=f"{span} days") for span in _SPANS if span != days
    ]
    return [
        *spans,
        Span(days, max(back, 0), label="Back", emoji="◀️") if offset else None,
        Span(days, on, label="More", emoji="▶️") if on < longest else None,
        Words(int(not keeps), days, label="Stop keeping words" if keeps else "Keep the words")
        if bot.recorder.words
        else None,
        Forget(days),
    ]


def _kept(bot: EpisodeBot, guild: int) -> str:
    days = f"for {bot.settings.keep_questions_days} days"
    if bot.recorder.keeps_words(guild):
        return f"Words are kept {days}, never who asked; what is asked in private is only counted."
    return f"Questions are only counted, {days}; their words are not kept."


class Stats(commands.Cog):
    """Looking at what was asked."""

    dynamic = (Span, Words, Forget, Wipe)

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work."""
        self.bot.add_dynamic_items(*self.dynamic)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(*self.dynamic)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget what was asked in a server that the bot was thrown out of."""
        await self.bot.recorder.forget(guild.id)

    @app_commands.command(
        name=locale_str("stats"),
        description=locale_str("For moderators: what members ask, and what finds no answer"),
    )
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def stats(self, interaction: Interaction) -> None:
        """Show the numbers."""
        await reply.send(interaction, stats(interaction, _USUAL, 0), alone=True)


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Stats(bot))
