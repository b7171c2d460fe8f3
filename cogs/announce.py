"""Announcing by hand: ``/announce``, and the button of every announcement."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.announce import deliveries, memory, showing, subscriptions
from bot.announce.choosing import choose
from bot.announce.clock import utc
from bot.announce.deliveries import Delivery
from bot.announce.discord_side import MARKER, marker, missing
from bot.announce.memory import Release
from bot.announce.options import Options
from bot.announce.post import announcement
from bot.announce.when import moment
from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.ui import cards, reply, suggest
from bot.ui.items import Press, pattern
from bot.ui.reply import Interaction
from cogs.episodes import card as episode_card

Place = discord.TextChannel | discord.ForumChannel | discord.Thread


class Announced(Press, template=pattern(MARKER, "delivery")):
    """The button of an announcement, by which it is also told in a channel's history."""

    async def press(self, interaction: Interaction) -> None:
        """Show the episode in private."""
        await reply.send(interaction, self._card(interaction), alone=True)

    async def _card(self, interaction: Interaction) -> ui.LayoutView:
        state = interaction.client.state
        delivery = await state.run(deliveries.one, self.number("delivery"))
        if delivery is None or delivery.release_id is None:
            raise QuestionError("That announcement is not known any more.")
        release = await state.run(memory.release, delivery.release_id)
        show = interaction.client.shows.of(release.show)
        episode_id = await memory.local_id(show.archive, release)
        if episode_id is None or release.gone is not None:
            raise QuestionError("That episode is not here any more.")
        return await episode_card(show, episode_id)


class Confirm(Press, template=pattern("confirm", "delivery")):
    """Makes a previewed announcement count."""

    look = {"label": "Announce", "style": discord.ButtonStyle.success}

    async def press(self, interaction: Interaction) -> None:
        """Plan it; a second press finds it planned."""
        delivery, release = await _draft(interaction, self.number("delivery"))
        state = interaction.client.state
        if not await state.run(deliveries.confirm, delivery.id, utc()):
            raise QuestionError("That was decided already; /announcements list shows it.")
        await note(interaction, "announce", f"{release.name} in #{delivery.channel_id}")
        interaction.client.dispatcher.wake()
        when = "now" if delivery.due <= utc() else showing.stamp(delivery.due, "F")
        await _decided(
            interaction,
            f"**{cards.escape(release.name)}** is announced in <#{delivery.channel_id}> {when}. "
            "`/announcements list` shows what becomes of it.",
        )


class Cancel(Press, template=pattern("cancel", "delivery")):
    """Drops a previewed announcement."""

    look = {"label": "Cancel"}

    async def press(self, interaction: Interaction) -> None:
        """Forget the draft."""
        delivery, _ = await _draft(interaction, self.number("delivery"))
        if not await interaction.client.state.run(deliveries.drop, delivery.id):
            raise QuestionError("That was decided already; /announcements list shows it.")
        await _decided(interaction, "Nothing is announced.")


async def _draft(interaction: Interaction, delivery_id: int) -> tuple[Delivery, Release]:
    state = interaction.client.state
    delivery = await state.run(deliveries.one, delivery_id)
    if (
        delivery is None
        or delivery.release_id is None
        or delivery.guild_id != interaction.guild_id
        or delivery.user_id != interaction.user.id
    ):
        raise QuestionError("That announcement is not there any more.")
    return delivery, await state.run(memory.release, delivery.release_id)


async def _decided(interaction: Interaction, text: str) -> None:
    view = cards.notice(interaction.client.show(interaction).colour, text)
    await interaction.response.edit_message(view=view)


async def note(interaction: Interaction, action: str, detail: str) -> None:
    """Write an action of a moderator into the audit log."""
    await interaction.client.state.run(
        deliveries.record, interaction.guild_id or 0, interaction.user.id, action, detail, utc()
    )


async def releases(interaction: Interaction, typed: str) -> suggest.Suggestions:
    """Suggest public episodes."""
    return await suggest.episodes(interaction, typed)


def place_of(interaction: Interaction, channel: Place | None) -> Place:
    """The channel that is meant, by default the one where the command is used.

    Raises:
        QuestionError: Where nothing can be announced there, or not by this member.
    """
    found: Any = channel or interaction.channel
    if not isinstance(found, Place) or not isinstance(interaction.user, discord.Member):
        raise QuestionError("Choose a text or announcement channel, a thread or a forum.")
    if not found.permissions_for(interaction.user).view_channel:
        raise QuestionError("You cannot see that channel yourself.")
    return found


def lacking(channel: Place, options: Options) -> list[str]:
    """The permissions that the bot misses for such announcements."""
    role: discord.Role | None = None
    if options.role is not None:
        role = channel.guild.default_role if options.role < 0 else None
        role = role or channel.guild.get_role(options.role)
    rights = channel.permissions_for(channel.guild.me)
    return missing(rights, channel.type, thread=options.thread, role=role)


async def propose(
    interaction: Interaction,
    release: Release,
    channel: Place,
    options: Options,
    *,
    when: str,
    note: str = "",
) -> ui.LayoutView:
    """A private preview with what can be done about it; until confirmed it is a draft."""
    bot = interaction.client
    now = utc()
    due = moment(when, options.zone, now)
    published = release.seen.published
    if release.seen.draft or release.gone or (published and published > due):
        raise QuestionError("That episode is not public then.")
    number = await bot.state.run(
        deliveries.plan,
        kind="episode",
        release_id=release.id,
        guild_id=channel.guild.id,
        channel_id=channel.id,
        options=options,
        now=now,
        due=due,
        user_id=interaction.user.id,
        state="draft",
    )
    if number is None:
        raise QuestionError("That is being announced there just now.")
    known = await bot.state.run(deliveries.of_place, release.id, channel.id)
    more = ui.Button[Any](label="More", emoji="🔎", custom_id=marker(number))
    colour = bot.shows.of(release.show).colour
    post = announcement(colour, release.seen, options, more=more)
    later = due > now
    lines = [
        f"**Preview.** {'Scheduled for ' + showing.stamp(due, 'F') if later else 'At once'} "
        f"in <#{channel.id}>, pinging {_pinged(options)}. {note}".rstrip()
    ]
    if told := [one for one in known if one.state in ("planned", "sending", "sent", "held")]:
        lines.append(f"⚠️ It is there already: {showing.line(told[0], release.name)}")
    if names := lacking(channel, options):
        lines.append(f"⚠️ I miss **{', '.join(names)}** there.")
    buttons = [
        Confirm(number, label="Schedule") if later else Confirm(number),
        Cancel(number),
    ]
    return showing.preview(post, "\n".join(lines), buttons)


def _pinged(options: Options) -> str:
    return {None: "nobody", -1: "@\u200beveryone"}.get(options.role, f"<@&{options.role}>")


class Announce(commands.Cog):
    """Announcing an episode by hand."""

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work."""
        self.bot.add_dynamic_items(Announced, Confirm, Cancel)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(Announced, Confirm, Cancel)

    @app_commands.command(
        name=locale_str("announce"),
        description=locale_str("For moderators: announce an episode, now or later"),
    )
    @app_commands.rename(
        episode=locale_str("episode"),
        channel=locale_str("channel"),
        message=locale_str("message"),
        ping=locale_str("ping"),
        when=locale_str("when"),
    )
    @app_commands.describe(
        episode=locale_str("Its number, some words of its title, or a guest"),
        channel=locale_str("Where; here if you do not choose"),
        message=locale_str("Your own words above it"),
        ping=locale_str("A role to ping"),
        when=locale_str("For example: in 2 h, 18:00, 2026-12-01 18:00"),
    )
    @app_commands.autocomplete(episode=releases)
    @suggest.of_show
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def announce(
        self,
        interaction: Interaction,
        episode: app_commands.Range[str, 1, 200],
        channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
        message: app_commands.Range[str, 1, 1000] | None = None,
        ping: discord.Role | None = None,
        when: app_commands.Range[str, 1, 40] | None = None,
        show: str | None = None,
    ) -> None:
        """Show what would be posted, to be confirmed."""

        async def making() -> ui.LayoutView:
            place = place_of(interaction, channel)
            of_show = self.bot.show(interaction, show).id
            release = choose(await self.bot.state.run(memory.releases, of_show), episode)
            known = await self.bot.state.run(subscriptions.of, place.id, of_show)
            options = known.options if known else Options()
            options = options.but(message=message or "", role=showing.role_of(ping) or options.role)
            return await propose(interaction, release, place, options, when=when or "")

        await reply.send(interaction, making(), alone=True)


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Announce(bot))
