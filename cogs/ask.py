"""Which episode covered it: ``/ask``, and the same for somebody's message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.search import Answer, ask
from bot.search.question import LONGEST
from bot.search.transcript import around
from bot.shows import OpenShow
from bot.telemetry.trace import searching
from bot.ui import cards, reply, suggest
from bot.ui.items import Choose, Press, away, listen, pattern
from bot.ui.limits import BUTTON_LABEL
from bot.ui.markdown import shorten
from bot.ui.reply import Interaction
from cogs.episodes import open_menu
from cogs.quote import walk_buttons

_PAGE = 5  # candidates shown at once
_OFFERED = 4  # conditions that can be taken back, beside the button for more
_MARKUP = re.compile(r"<[^<>\s]+>|@(?:everyone|here)\b|https?://\S+")  # of messages, no words


class Context(Press, template=pattern("context", "episode", "turn", "words")):
    """Shows a passage among the turns around it, to whoever presses."""

    look = {"label": "In context", "emoji": "📖"}

    async def press(self, interaction: Interaction) -> None:
        """Show the passage in private."""
        await reply.send(interaction, self._card(interaction), alone=True)

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        show, turn = self.show(interaction), self.number("turn")
        window = await around(show.archive, self.number("episode"), turn, self.fields["words"])
        return cards.transcript(
            show.colour,
            window,
            walk_buttons(show, window, interaction.user.id, listen_to=turn),
            marked=turn,
        )


class More(Press, template=pattern("more", "owner", "offset", "words")):
    """Shows the next candidates for a question."""

    look = {"label": "More candidates", "emoji": "🔎"}

    async def press(self, interaction: Interaction) -> None:
        """Turn to the next candidates; 0 is the answer itself."""
        owner, offset = self.number("owner"), self.number("offset")
        show, words, asker = self.show(interaction), self.fields["words"], interaction.user.id
        shown = interaction.message
        alone = asker != owner or bool(shown and shown.flags.ephemeral)
        making = (
            candidates(interaction, show, words, offset)
            if offset
            else answer(interaction, show, words, alone=alone)
        )
        await reply.turn_to(interaction, making, owner)


class Share(Press, template=pattern("share", "words")):
    """Shows a private answer to the whole channel."""

    look = {"label": "Share with the channel", "emoji": "📣"}

    async def press(self, interaction: Interaction) -> None:
        """Answer the question again, for everybody."""
        making = answer(interaction, self.show(interaction), self.fields["words"], alone=False)
        await reply.send(interaction, making, alone=False)


async def answer(
    interaction: Interaction, show: OpenShow, question: str, *, alone: bool
) -> ui.LayoutView:
    """The card that answers a question."""
    with searching("ask"):
        found = await ask(show.archive, question)
    interaction.client.recorder.asked(interaction, found, alone=alone)
    words = _telling(found)
    of_best: list[ui.Item[Any] | None] = []
    first = found.answered or found.closest
    if first:
        best = found.episodes[0]
        spoken = next((piece for piece in best.evidence if piece.turn is not None), None)
        of_best = [
            Context(best.episode.id, spoken.turn or 0, words, show=show.id) if spoken else None,
            listen(best.episode.audio_url, spoken.seconds if spoken else None),
            away("Show notes", best.episode.url),
            Share(words, show=show.id) if alone else None,
        ]
    shown = first + cards.OTHERS
    owner = interaction.user.id
    more = More(owner, shown, words, show=show.id) if len(found.episodes) > shown else None
    buttons = [more, *_without(show, found, owner)]
    heads = [one.episode for one in found.episodes[:shown]]
    menu = open_menu(show, heads) if heads else None
    return cards.answer(show.colour, found, of_best, buttons, menu)


async def candidates(
    interaction: Interaction, show: OpenShow, question: str, offset: int
) -> ui.LayoutView:
    """The card with the candidates from ``offset`` on."""
    with searching("ask"):
        found = await ask(show.archive, question)
    if offset >= len(found.episodes):
        raise QuestionError("There are no further candidates.")
    words, owner = _telling(found), interaction.user.id
    first, back = (found.answered or found.closest) + cards.OTHERS, offset - _PAGE
    following = offset + _PAGE
    buttons = [
        More(owner, back if back >= first else 0, words, show=show.id, label="Back", emoji="◀️"),
        More(owner, following, words, show=show.id) if len(found.episodes) > following else None,
    ]
    heads = [one.episode for one in found.episodes[offset : offset + _PAGE]]
    return cards.candidates(show.colour, found, offset, buttons, open_menu(show, heads))


def _without(show: OpenShow, found: Answer, owner: int) -> list[More]:
    """Buttons that ask again without one of the conditions that were understood."""
    buttons = [
        More(
            *(owner, 0, without),
            show=show.id,
            label=shorten(f"Without: {label}", BUTTON_LABEL),
            emoji=None,
        )
        for label, without in found.conditions
        if without
    ]
    return list({button.custom_id: button for button in buttons}.values())[:_OFFERED]


def _telling(found: Answer) -> str:
    """The words that decide an answer, to ask again with: they fit into a custom id."""
    return found.asked or found.question


class Ask(commands.Cog):
    """Asking which episode covered something."""

    dynamic: Sequence[type[Press | Choose]] = (Context, More, Share)

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot
        self.message_command = app_commands.ContextMenu(
            name=locale_str("Find the episode"), callback=self.find_the_episode
        )

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work, and offer the command on messages."""
        self.bot.add_dynamic_items(*self.dynamic)
        self.bot.tree.add_command(self.message_command)

    async def cog_unload(self) -> None:
        """Take both back."""
        self.bot.remove_dynamic_items(*self.dynamic)
        self.bot.tree.remove_command(self.message_command.name, type=discord.AppCommandType.message)

    @app_commands.command(
        name=locale_str("ask"),
        description=locale_str("Which episode covered it? Ask in your words"),
    )
    @app_commands.rename(question=locale_str("question"), private=locale_str("private"))
    @app_commands.describe(
        question=locale_str("What you remember: a topic, a guest, an anecdote"),
        private=locale_str("Show the answer to you alone"),
    )
    @suggest.of_show
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, LONGEST],
        private: bool | None = None,
        show: str | None = None,
    ) -> None:
        """Answer a question."""
        alone = await reply.private(interaction, private)
        making = answer(interaction, self.bot.show(interaction, show), question, alone=alone)
        await reply.send(interaction, making, alone=alone)

    async def find_the_episode(self, interaction: Interaction, message: discord.Message) -> None:
        """Answer the question that a message is, or touches."""
        text = _MARKUP.sub(" ", message.content).strip()
        if not text:
            raise QuestionError("That message has no words I could look for.")
        making = answer(interaction, self.bot.show(interaction), text[:LONGEST], alone=True)
        await reply.send(interaction, making, alone=True)


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Ask(bot))
