"""A half-remembered line: ``/quote``, and walking the transcript from there."""

from __future__ import annotations

from typing import Any

from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.search import quote
from bot.search.question import LONGEST
from bot.search.results import Passage
from bot.search.transcript import Window, after, before, passage
from bot.shows import OpenShow
from bot.telemetry.trace import searching
from bot.ui import cards, reply, suggest
from bot.ui.items import Press, away, listen, pattern
from bot.ui.reply import Interaction

_EARLIER, _LATER = 0, 1


class Walk(Press, template=pattern("walk", "owner", "episode", "turn", "way")):
    """Turns to what was said before the given turn, or after it."""

    async def press(self, interaction: Interaction) -> None:
        """Show the turns next to those shown."""
        await reply.turn_to(interaction, self._card(interaction), self.number("owner"))

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        show, step = self.show(interaction), after if self.number("way") else before
        window = await step(show.archive, self.number("episode"), self.number("turn"))
        return cards.transcript(
            show.colour, window, walk_buttons(show, window, interaction.user.id)
        )


class ShareQuote(Press, template=pattern("sharequote", "episode", "turn", "words")):
    """Shows a passage that was found in private to the whole channel."""

    look = {"label": "Share with the channel", "emoji": "📣"}

    async def press(self, interaction: Interaction) -> None:
        """Show the passage for everybody."""
        await reply.send(interaction, self._card(interaction), alone=False)

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        show = self.show(interaction)
        found = await passage(
            show.archive, self.number("episode"), self.number("turn"), self.fields["words"]
        )
        buttons = _passage_buttons(show, found, interaction.user.id)
        return cards.passage(show.colour, found, buttons)


def walk_buttons(
    show: OpenShow, window: Window, owner: int, *, listen_to: int | None = None
) -> list[ui.Item[Any] | None]:
    """Buttons to walk on from a window, and to listen to it, from a turn or its first."""
    episode = window.episode
    first, *_ = [turn for turn in window.turns if listen_to in (None, turn.turn)]
    return [
        _walk(show, owner, episode.id, window.turns[0].turn, _EARLIER) if window.earlier else None,
        _walk(show, owner, episode.id, window.turns[-1].turn, _LATER) if window.later else None,
        listen(episode.audio_url, first.seconds),
        away("Show notes", episode.url),
    ]


def _passage_buttons(show: OpenShow, found: Passage, owner: int) -> list[ui.Item[Any] | None]:
    """Buttons to walk on from a passage, and to listen to it."""
    episode = found.episode
    return [
        _walk(show, owner, episode.id, found.turn, _EARLIER) if found.before else None,
        _walk(show, owner, episode.id, found.turn, _LATER) if found.after else None,
        listen(episode.audio_url, found.seconds),
        away("Show notes", episode.url),
    ]


def _walk(show: OpenShow, owner: int, episode: int, turn: int, way: int) -> Walk:
    label, emoji = ("Later", "▶️") if way else ("Earlier", "◀️")
    return Walk(owner, episode, turn, way, show=show.id, label=label, emoji=emoji)


class Quote(commands.Cog):
    """Finding who said something."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work."""
        self.bot.add_dynamic_items(Walk, ShareQuote)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(Walk, ShareQuote)

    @app_commands.command(
        name=locale_str("quote"), description=locale_str("Who said it? Find a half-remembered line")
    )
    @app_commands.rename(
        text=locale_str("text"),
        speaker=locale_str("speaker"),
        episode=locale_str("episode"),
        private=locale_str("private"),
    )
    @app_commands.describe(
        text=locale_str("The line, as well as you remember it"),
        speaker=locale_str("Only what this person said"),
        episode=locale_str("Only in this episode"),
        private=locale_str("Show the answer to you alone"),
    )
    @app_commands.autocomplete(speaker=suggest.people, episode=suggest.episodes)
    @suggest.of_show
    async def quote(
        self,
        interaction: Interaction,
        text: app_commands.Range[str, 1, LONGEST],
        speaker: str | None = None,
        episode: str | None = None,
        private: bool | None = None,
        show: str | None = None,
    ) -> None:
        """Find a passage."""
        alone = await reply.private(interaction, private)
        of_show = self.bot.show(interaction, show)
        making = self._card(interaction, of_show, text, speaker, episode, alone=alone)
        await reply.send(interaction, making, alone=alone)

    async def _card(
        self,
        interaction: Interaction,
        show: OpenShow,
        text: str,
        speaker: str | None,
        episode: str | None,
        *,
        alone: bool,
    ) -> ui.LayoutView:
        with searching("quote"):
            found = await quote(show.archive, text, speaker=speaker, episode=episode)
        self.bot.recorder.quoted(interaction, found)
        colour = show.colour
        if not found.passages:
            looked = cards.searched(found.searched, found.without_transcript)
            return cards.notice(colour, f"Nobody said anything like it. I looked through {looked}.")
        best, *others = found.passages
        buttons = _passage_buttons(show, best, interaction.user.id)
        if alone:
            buttons.append(ShareQuote(best.episode.id, best.turn, text, show=show.id))
        return cards.passage(colour, best, buttons, others=others)


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Quote(bot))
