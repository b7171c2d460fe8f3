"""Looking at episodes: ``/episode``, ``/latest``, ``/random``, ``/browse``."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.client import EpisodeBot
from bot.episode import Episode
from bot.errors import QuestionError
from bot.search import EpisodeHead, browse, latest, random_episode
from bot.search import show as find
from bot.search.reading import head as head_of
from bot.search.reading import public_entries
from bot.search.transcript import after
from bot.shows import OpenShow
from bot.ui import cards, reply, suggest
from bot.ui.items import Choose, Press, away, listen, pattern
from bot.ui.markdown import escape, shorten
from bot.ui.reply import Interaction
from cogs.quote import walk_buttons

_PAGE = 10


class OpenMenu(Choose, template=pattern("open")):
    """Opens the episode that is chosen, to whoever chooses."""

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the episode in private."""
        await reply.send(interaction, card(self.show(interaction), _identity(value)), alone=True)


class SectionMenu(Choose, template=pattern("section", "episode")):
    """Opens a section of an episode's show notes, to whoever chooses."""

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the section in private."""
        await reply.send(interaction, self._card(interaction, _identity(value)), alone=True)

    async def _card(self, interaction: Interaction, number: int) -> ui.LayoutView:
        show = self.show(interaction)
        head, whole = await _episode(show, int(self.fields["episode"]))
        if not 0 <= number < len(whole.sections):
            raise QuestionError("That section is not there any more.")
        return cards.section(show.colour, head, whole, number, [away("Show notes", head.url)])


class Read(Press, template=pattern("read", "episode")):
    """Opens a transcript at its beginning, to whoever presses."""

    look = {"label": "Transcript", "emoji": "📖"}

    async def press(self, interaction: Interaction) -> None:
        """Show the first turns in private."""
        await reply.send(interaction, self._card(interaction), alone=True)

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        show = self.show(interaction)
        window = await after(show.archive, self.number("episode"), -1)
        return cards.transcript(
            show.colour, window, walk_buttons(show, window, interaction.user.id)
        )


class Leaf(Press, template=pattern("leaf", "owner", "offset", "year", "words")):
    """Turns the pages of a list; ``words`` are category and person, with a bar between."""

    async def press(self, interaction: Interaction) -> None:
        """Turn to another page."""
        category, _, person = self.fields["words"].partition("|")
        making = listing(
            interaction,
            self.show(interaction),
            self.number("offset"),
            category=category or None,
            person=person or None,
            year=self.number("year") or None,
        )
        await reply.turn_to(interaction, making, self.number("owner"))


def _identity(value: str) -> int:
    """A number that a menu sent, which may have been forged."""
    return int(value) if value.isdecimal() and len(value) < 18 else -1


def open_menu(show: OpenShow, heads: Sequence[EpisodeHead]) -> OpenMenu:
    """The menu that opens one of these episodes."""
    return OpenMenu(choices=cards.options(heads), placeholder="Open an episode", show=show.id)


async def _episode(show: OpenShow, episode_id: int) -> tuple[EpisodeHead, Episode]:
    entry = (await public_entries(show.archive)).get(episode_id)
    if entry is None:
        raise QuestionError("That episode is not here any more.")
    return head_of(entry), await show.archive.episode(entry.id)


async def card(show: OpenShow, episode_id: int) -> ui.LayoutView:
    """The card of one episode."""
    head, whole = await _episode(show, episode_id)
    sections = cards.section_options(whole)
    menu = (
        SectionMenu(
            episode_id, choices=sections, placeholder="Read the show notes here", show=show.id
        )
        if sections
        else None
    )
    buttons = [
        listen(head.audio_url),
        away("Show notes", head.url),
        Read(episode_id, show=show.id) if whole.turns else None,
    ]
    return cards.episode(show.colour, head, whole, buttons, menu)


async def listing(
    interaction: Interaction,
    show: OpenShow,
    offset: int,
    *,
    category: str | None = None,
    person: str | None = None,
    year: int | None = None,
) -> ui.LayoutView:
    """The card of a page of episodes."""
    page = await browse(
        show.archive,
        category=category,
        person=person,
        year=year,
        limit=_PAGE,
        offset=offset,
    )
    if not page.total:
        raise QuestionError("No episode fits that. Leave one of the choices out, or mend it.")
    if not page.episodes:
        raise QuestionError("There are no more episodes.")
    words, owner = f"{category or ''}|{person or ''}", interaction.user.id
    newer = (owner, max(offset - _PAGE, 0), year or 0, words)
    older = (owner, offset + _PAGE, year or 0, words)
    buttons = [
        Leaf(*newer, show=show.id, label="Newer", emoji="◀️") if offset else None,
        Leaf(*older, show=show.id, label="Older", emoji="▶️")
        if offset + _PAGE < page.total
        else None,
    ]
    named = [escape(str(value)) for value in page.filters.values()]
    return cards.listing(
        show.colour,
        "Episodes" + (f": {shorten(', '.join(named), 150)}" if named else ""),
        page,
        offset,
        buttons,
        open_menu(show, page.episodes),
    )


class Episodes(commands.Cog):
    """Looking at episodes."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work."""
        self.bot.add_dynamic_items(OpenMenu, SectionMenu, Read, Leaf)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(OpenMenu, SectionMenu, Read, Leaf)

    @app_commands.command(
        name=locale_str("episode"), description=locale_str("Show one episode and its show notes")
    )
    @app_commands.rename(episode=locale_str("episode"), private=locale_str("private"))
    @app_commands.describe(
        episode=locale_str("Its number, some words of its title, or a guest"),
        private=locale_str("Show the answer to you alone"),
    )
    @app_commands.autocomplete(episode=suggest.episodes)
    @suggest.of_show
    async def episode(
        self,
        interaction: Interaction,
        episode: app_commands.Range[str, 1, 200],
        private: bool | None = None,
        show: str | None = None,
    ) -> None:
        """Show one episode."""

        async def making() -> ui.LayoutView:
            of_show = self.bot.show(interaction, show)
            _, head = await find(of_show.archive, episode)
            return await card(of_show, head.id)

        await self._send(interaction, making(), private)

    @app_commands.command(name=locale_str("latest"), description=locale_str("The newest episodes"))
    @app_commands.rename(private=locale_str("private"))
    @app_commands.describe(private=locale_str("Show the answer to you alone"))
    @suggest.of_show
    async def latest(
        self, interaction: Interaction, private: bool | None = None, show: str | None = None
    ) -> None:
        """Show the newest episodes."""

        async def making() -> ui.LayoutView:
            of_show = self.bot.show(interaction, show)
            page = await latest(of_show.archive)
            if not page.episodes:
                raise QuestionError("There is no episode yet.")
            menu = open_menu(of_show, page.episodes)
            return cards.listing(of_show.colour, "The newest episodes", page, 0, [], menu)

        await self._send(interaction, making(), private)

    @app_commands.command(name=locale_str("random"), description=locale_str("Any episode"))
    @app_commands.rename(private=locale_str("private"))
    @app_commands.describe(private=locale_str("Show the answer to you alone"))
    @suggest.of_show
    async def random(
        self, interaction: Interaction, private: bool | None = None, show: str | None = None
    ) -> None:
        """Show any episode."""

        async def making() -> ui.LayoutView:
            of_show = self.bot.show(interaction, show)
            head = await random_episode(of_show.archive)
            if head is None:
                raise QuestionError("There is no episode yet.")
            return await card(of_show, head.id)

        await self._send(interaction, making(), private)

    @app_commands.command(
        name=locale_str("browse"),
        description=locale_str("List episodes by category, person or year"),
    )
    @app_commands.rename(
        category=locale_str("category"),
        person=locale_str("person"),
        year=locale_str("year"),
        private=locale_str("private"),
    )
    @app_commands.describe(
        category=locale_str("Only of this category"),
        person=locale_str("Only with this host or guest"),
        year=locale_str("Only of this year"),
        private=locale_str("Show the answer to you alone"),
    )
    @app_commands.autocomplete(category=suggest.category, person=suggest.people)
    @app_commands.autocomplete(year=suggest.year)
    @suggest.of_show
    async def browse(
        self,
        interaction: Interaction,
        category: app_commands.Range[str, 1, 100] | None = None,
        person: app_commands.Range[str, 1, 100] | None = None,
        year: app_commands.Range[int, 1, 9999] | None = None,
        private: bool | None = None,
        show: str | None = None,
    ) -> None:
        """List episodes."""
        of_show = self.bot.show(interaction, show)
        making = listing(interaction, of_show, 0, category=category, person=person, year=year)
        await self._send(interaction, making, private)

    async def _send(
        self,
        interaction: Interaction,
        making: Coroutine[Any, Any, ui.LayoutView],
        private: bool | None,
    ) -> None:
        alone = await reply.private(interaction, private)
        await reply.send(interaction, making, alone=alone)


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Episodes(bot))
