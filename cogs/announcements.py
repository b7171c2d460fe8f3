"""Announcements for moderators: ``/announcements setup``, ``list``, ``withdraw`` and so on."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str
from discord.ext import commands

from bot.announce import deliveries, memory, showing, subscriptions, template
from bot.announce.choosing import choose
from bot.announce.clock import utc
from bot.announce.deliveries import Delivery
from bot.announce.memory import Release
from bot.announce.options import Options, quiet_hours, time_zone
from bot.announce.planning import Subscription, decide
from bot.announce.post import announcement
from bot.client import EpisodeBot
from bot.errors import QuestionError
from bot.shows import OpenShow
from bot.ui import cards, reply, suggest
from bot.ui.items import Press, pattern
from bot.ui.limits import CHOICE_NAME, CHOICES
from bot.ui.markdown import shorten
from bot.ui.reply import Interaction, guarded
from cogs.announce import Place, lacking, note, place_of, propose, releases

FORM = 3600.0  # seconds that a form may be open: of one that is dismissed nobody tells
_PAGE = 8
_HELD = 3  # deliveries of a page that get buttons


class Alone(Press, template="-"):
    """A button of a card that a moderator is shown alone.

    Who may use the commands is for the server to decide (*Integrations*), and whoever sees such
    a card has used one. On a card that others see, too, it is only for those who manage the server.
    """

    async def _press(self, interaction: Interaction) -> None:
        message = interaction.message
        if not (message and message.flags.ephemeral) and not interaction.permissions.manage_guild:
            raise QuestionError("This is for those who may manage the server.")
        await super()._press(interaction)


class EditText(Alone, template=pattern("anntext", "channel")):
    """Opens the form for a channel's text."""

    look = {"label": "Edit the text", "emoji": "✏️"}

    async def press(self, interaction: Interaction) -> None:
        """Open the form."""
        subscription = await _subscription(interaction, self.number("channel"), self.show_id)
        await interaction.response.send_modal(TextForm(subscription))


class TextForm(ui.Modal, title="The text above an announcement"):
    """The form for a channel's text."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(timeout=FORM)
        self._channel, self._show = subscription.channel_id, subscription.show
        self._field: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph,
            default=subscription.options.template,
            max_length=template.LONGEST,
            required=False,
        )
        self.add_item(ui.Label(text="Text", component=self._field))
        self.add_item(ui.TextDisplay(showing.placeholders()))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Keep the text and show the preview again."""
        await guarded(interaction, self._keep(interaction))

    async def _keep(self, interaction: Interaction) -> None:
        text = template.check(self._field.value)
        subscription = await _subscription(interaction, self._channel, self._show)
        await _change(
            interaction, replace(subscription, options=subscription.options.but(template=text))
        )


class NoPing(Alone, template=pattern("annquiet", "channel")):
    """Pings nobody any more."""

    look = {"label": "Ping nobody", "emoji": "🔕"}

    async def press(self, interaction: Interaction) -> None:
        """Forget the role."""
        found = await _subscription(interaction, self.number("channel"), self.show_id)
        await _change(interaction, replace(found, options=found.options.but(role=None)))


class Switch(Alone, template=pattern("annauto", "channel", "on")):
    """Switches automatic announcements on or off."""

    async def press(self, interaction: Interaction) -> None:
        """Switch."""
        found = await _subscription(interaction, self.number("channel"), self.show_id)
        await _change(interaction, replace(found, automatic=bool(self.number("on"))))


class Remove(Alone, template=pattern("annforget", "channel")):
    """Forgets a channel's settings."""

    look = {"label": "Forget this channel", "style": discord.ButtonStyle.danger}

    async def press(self, interaction: Interaction) -> None:
        """Forget them; what is planned already stays in the list."""
        found = await _subscription(interaction, self.number("channel"), self.show_id)
        await interaction.client.state.run(subscriptions.remove, found.channel_id, found.show)
        await note(interaction, "forget channel", f"#{found.channel_id}")
        view = cards.notice(
            self.show(interaction).colour,
            f"Nothing is announced in <#{found.channel_id}> automatically any more.",
        )
        await interaction.response.edit_message(view=view)


class Resume(Alone, template=pattern("annresume", "delivery")):
    """Goes on with a delivery that was held or failed."""

    look = {"label": "Try again", "emoji": "🔁", "style": discord.ButtonStyle.primary}

    async def press(self, interaction: Interaction) -> None:
        """Settle and send it."""
        found = await _delivery(interaction, self.number("delivery"))
        if not await interaction.client.state.run(deliveries.resume, found.id, utc()):
            raise QuestionError("That one is not held any more.")
        await note(interaction, "resume", str(found.id))
        interaction.client.dispatcher.wake()
        await _turn_to_list(interaction)


class Anew(Alone, template=pattern("annanew", "delivery")):
    """Posts what could not be proved to be missing: a moderator has looked."""

    look = {"label": "It is not there: post it", "style": discord.ButtonStyle.danger}

    async def press(self, interaction: Interaction) -> None:
        """Send it without looking."""
        found = await _delivery(interaction, self.number("delivery"))
        if not await interaction.client.state.run(deliveries.send_anew, found.id, utc()):
            raise QuestionError("That one is not held any more.")
        await note(interaction, "post anew", str(found.id))
        interaction.client.dispatcher.wake()
        await _turn_to_list(interaction)


class Leaf(Alone, template=pattern("annleaf", "offset")):
    """Turns the pages of the list."""

    async def press(self, interaction: Interaction) -> None:
        """Show another page."""
        view = await listing(interaction, self.number("offset"))
        await interaction.response.edit_message(view=view)


async def _turn_to_list(interaction: Interaction) -> None:
    await interaction.response.edit_message(view=await listing(interaction, 0))


async def _subscription(interaction: Interaction, channel_id: int, show: str) -> Subscription:
    found = await interaction.client.state.run(subscriptions.of, channel_id, show)
    if found is None or found.guild_id != interaction.guild_id:
        raise QuestionError("That channel is not set up any more.")
    return found


async def _delivery(interaction: Interaction, delivery_id: int) -> Delivery:
    found = await interaction.client.state.run(deliveries.one, min(delivery_id, 2**62))
    if found is None or found.guild_id != interaction.guild_id or found.kind != "episode":
        raise QuestionError("There is no such announcement in this server.")
    return found


async def _change(interaction: Interaction, wanted: Subscription) -> None:
    """Keep a channel's settings and show them in place of what they were."""
    view = await _save(interaction, wanted)
    await interaction.response.edit_message(view=view)


async def _save(interaction: Interaction, wanted: Subscription) -> ui.LayoutView:
    wanted = replace(wanted, user_id=interaction.user.id)
    await interaction.client.state.run(subscriptions.save, wanted, utc())
    await note(interaction, "setup", f"#{wanted.channel_id} {wanted.options.to_json()}")
    return await _settings(interaction, wanted)


async def _settings(interaction: Interaction, wanted: Subscription) -> ui.LayoutView:
    bot, place = interaction.client, wanted.channel_id
    show = bot.shows.of(wanted.show)
    channel: Any = interaction.guild and interaction.guild.get_channel_or_thread(place)
    names = lacking(channel, wanted.options) if channel else []
    text = showing.settings(wanted, names)
    if bot.shows.several:
        text = f"**{cards.escape(show.name)}**\n{text}"
    buttons: list[ui.Item[Any]] = [
        EditText(place, show=show.id),
        Switch(place, 0, show=show.id, label="Switch automatic off")
        if wanted.automatic
        else Switch(place, 1, show=show.id, label="Switch automatic on"),
        Remove(place, show=show.id),
    ]
    if wanted.options.role is not None:
        buttons.insert(1, NoPing(place, show=show.id))
    newest = await _newest(bot, show)
    if newest is None:
        return showing.with_buttons(show.colour, text, buttons)
    post = announcement(show.colour, newest.seen, wanted.options, more=None)
    return showing.preview(post, "**Above: how it will look.**\n" + text, buttons)


async def _newest(bot: EpisodeBot, show: OpenShow) -> Release | None:
    known = await bot.state.run(memory.releases, show.id)
    there = [one for one in known if one.released and one.gone is None]
    return max(there, key=lambda one: (one.released, one.id), default=None)


async def listing(interaction: Interaction, offset: int) -> ui.LayoutView:
    """The announcements of the server."""
    bot, guild = interaction.client, interaction.guild_id or 0
    page = await bot.state.run(deliveries.of_guild, guild, most=_PAGE + 1, offset=offset)
    found = [
        (one, await _name(bot, one), await bot.state.run(deliveries.chores, one.id))
        for one in page[:_PAGE]
    ]
    buttons: list[ui.Item[Any]] = []
    for one in [one for one in page[:_PAGE] if one.state in ("held", "failed")][:_HELD]:
        buttons.append(Resume(one.id))
        if one.attempted is not None:
            buttons.append(Anew(one.id))
    if offset:
        buttons.append(Leaf(max(offset - _PAGE, 0), label="Newer", emoji="◀️"))
    if len(page) > _PAGE:
        buttons.append(Leaf(offset + _PAGE, label="Older", emoji="▶️"))
    where = await bot.state.run(subscriptions.all_of, guild)
    return showing.listing(bot.show(interaction).colour, found, where, buttons)


async def _name(bot: EpisodeBot, delivery: Delivery) -> str:
    return (await bot.state.run(memory.release, delivery.release_id or 0)).name


async def _announcements(interaction: Interaction, typed: str) -> suggest.Suggestions:
    """Suggest announcements of the server, the newest first."""
    bot = interaction.client
    guild = interaction.guild
    found = await bot.state.run(deliveries.of_guild, interaction.guild_id or 0, most=100)
    choices: suggest.Suggestions = []
    for one in found:
        channel = guild.get_channel_or_thread(one.channel_id) if guild else None
        name = f"{await _name(bot, one)} · #{channel.name if channel else '?'} · {one.state}"
        if typed.casefold() in name.casefold() and len(choices) < CHOICES:
            choices.append(app_commands.Choice(name=shorten(name, CHOICE_NAME), value=str(one.id)))
    return choices


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise QuestionError("Choose one of the announcements that are suggested.")
    return int(text)


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class Announcements(
    commands.GroupCog,
    group_name=locale_str("announcements"),
    group_description=locale_str("For moderators: where and how episodes are announced"),
):
    """Settings, lists and explanations of announcements."""

    dynamic = (EditText, NoPing, Switch, Remove, Resume, Anew, Leaf)

    def __init__(self, bot: EpisodeBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Make the buttons of earlier runs work."""
        self.bot.add_dynamic_items(*self.dynamic)

    async def cog_unload(self) -> None:
        """Take them back."""
        self.bot.remove_dynamic_items(*self.dynamic)

    @app_commands.command(
        name=locale_str("setup"),
        description=locale_str("Choose where and how new episodes are announced"),
    )
    @app_commands.rename(
        channel=locale_str("channel"),
        ping=locale_str("ping"),
        crosspost=locale_str("crosspost"),
        thread=locale_str("thread"),
        wait_for_audio=locale_str("wait_for_audio"),
        include=locale_str("include"),
        exclude=locale_str("exclude"),
        automatic=locale_str("automatic"),
        quiet=locale_str("quiet"),
        zone=locale_str("zone"),
    )
    @app_commands.describe(
        channel=locale_str("A channel, thread or forum; here if you do not choose"),
        ping=locale_str("A role to ping"),
        crosspost=locale_str("Publish to the servers that follow an announcement channel"),
        thread=locale_str("Open a thread for discussion"),
        wait_for_audio=locale_str("Post only when the audio can be downloaded"),
        include=locale_str("Only these categories, with commas between; none for all"),
        exclude=locale_str("Never these categories, with commas between; none for all"),
        automatic=locale_str("Announce new episodes by itself"),
        quiet=locale_str("Quiet hours such as 22:00-07:00, or off"),
        zone=locale_str("Your time zone, such as Europe/Berlin"),
    )
    @app_commands.autocomplete(include=suggest.category, exclude=suggest.category)
    @suggest.of_show
    async def setup(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
        ping: discord.Role | None = None,
        crosspost: bool | None = None,
        thread: bool | None = None,
        wait_for_audio: bool | None = None,
        include: app_commands.Range[str, 1, 300] | None = None,
        exclude: app_commands.Range[str, 1, 300] | None = None,
        automatic: bool | None = None,
        quiet: app_commands.Range[str, 1, 20] | None = None,
        zone: app_commands.Range[str, 1, 40] | None = None,
        show: str | None = None,
    ) -> None:
        """Keep what was chosen, and show how it will look; what was not chosen stays."""

        async def making() -> ui.LayoutView:
            place, of_show = place_of(interaction, channel), self.bot.show(interaction, show)
            known = await self.bot.state.run(subscriptions.of, place.id, of_show.id)
            old = known.options if known else Options()
            chosen: dict[str, Any] = {
                "role": showing.role_of(ping),
                "crosspost": crosspost,
                "thread": thread,
                "wait_for_audio": wait_for_audio,
                "zone": time_zone(zone) if zone else None,
            }
            changes = {key: value for key, value in chosen.items() if value is not None}
            if quiet:
                changes["quiet"] = quiet_hours(quiet)
            for key, text in (("include", include), ("exclude", exclude)):
                if text:
                    changes[key] = await self._categories(of_show, text)
            options = old.but(**changes)
            _check(place, options)
            wanted = Subscription(
                guild_id=place.guild.id,
                channel_id=place.id,
                automatic=automatic if automatic is not None else not known or known.automatic,
                options=options,
                user_id=interaction.user.id,
                since=utc(),
                show=of_show.id,
            )
            return await _save(interaction, wanted)

        await reply.send(interaction, making(), alone=True)

    async def _categories(self, show: OpenShow, text: str) -> tuple[str, ...]:
        if text.strip().casefold() in ("none", "-", "keine"):
            return ()
        entries = await show.archive.catalogue()
        keys, unknown = showing.category_keys(text, (n for e in entries for n in e.categories))
        if unknown:
            raise QuestionError(f"No episode has the category {unknown[0][:60]!r}.")
        return keys

    @app_commands.command(
        name=locale_str("list"), description=locale_str("What was announced, and what is planned")
    )
    async def list(self, interaction: Interaction) -> None:
        """Show the deliveries, with buttons for what is held."""
        await reply.send(interaction, listing(interaction, 0), alone=True)

    @app_commands.command(
        name=locale_str("withdraw"),
        description=locale_str("Delete an announcement, or cancel one that is planned"),
    )
    @app_commands.rename(announcement=locale_str("announcement"))
    @app_commands.describe(announcement=locale_str("Which one"))
    @app_commands.autocomplete(announcement=_announcements)
    async def withdraw(self, interaction: Interaction, announcement: str) -> None:
        """Take one back."""

        async def making() -> ui.LayoutView:
            found = await _delivery(interaction, _number(announcement))
            done = await self.bot.state.run(
                deliveries.withdraw, found.id, f"by {interaction.user}", utc()
            )
            if done is None:
                raise QuestionError("That one is being sent just now, or was taken back already.")
            await note(interaction, "withdraw", await _name(self.bot, found))
            self.bot.dispatcher.wake()
            what = "is cancelled" if done == "withdrawn" else "is being deleted"
            return self._notice(
                interaction, f"**{cards.escape(await _name(self.bot, found))}** {what}."
            )

        await reply.send(interaction, making(), alone=True)

    @app_commands.command(
        name=locale_str("resend"), description=locale_str("Announce something once more")
    )
    @app_commands.rename(announcement=locale_str("announcement"))
    @app_commands.describe(announcement=locale_str("Which one"))
    @app_commands.autocomplete(announcement=_announcements)
    async def resend(self, interaction: Interaction, announcement: str) -> None:
        """Preview a further post of the same."""

        async def making() -> ui.LayoutView:
            found = await _delivery(interaction, _number(announcement))
            release = await self.bot.state.run(memory.release, found.release_id or 0)
            guild = interaction.guild
            channel: Any = guild and guild.get_channel_or_thread(found.channel_id)
            place = place_of(interaction, channel)
            return await propose(interaction, release, place, found.options, when="")

        await reply.send(interaction, making(), alone=True)

    @app_commands.command(
        name=locale_str("test"),
        description=locale_str("See an announcement as this channel would, alone"),
    )
    @app_commands.rename(channel=locale_str("channel"), episode=locale_str("episode"))
    @app_commands.describe(
        channel=locale_str("Where; here if you do not choose"),
        episode=locale_str("Its number, some words of its title, or a guest"),
    )
    @app_commands.autocomplete(episode=releases)
    @suggest.of_show
    async def test(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
        episode: app_commands.Range[str, 1, 200] | None = None,
        show: str | None = None,
    ) -> None:
        """Post to the moderator alone."""

        async def making() -> ui.LayoutView:
            place: Place = place_of(interaction, channel)
            of_show = self.bot.show(interaction, show)
            known = await self.bot.state.run(subscriptions.of, place.id, of_show.id)
            if episode:
                release = choose(await self.bot.state.run(memory.releases, of_show.id), episode)
            else:
                release = await _newest(self.bot, of_show)
            if release is None or release.released is None:
                raise QuestionError("There is no public episode to show.")
            options = known.options if known else Options()
            await note(interaction, "test", f"{release.name} in #{place.id}")
            return announcement(of_show.colour, release.seen, options, more=None).view

        await reply.send(interaction, making(), alone=True)

    @app_commands.command(
        name=locale_str("why"),
        description=locale_str("Why an episode is announced in a channel, or why not"),
    )
    @app_commands.rename(episode=locale_str("episode"), channel=locale_str("channel"))
    @app_commands.describe(
        episode=locale_str("Its number, some words of its title, or a guest"),
        channel=locale_str("Where; here if you do not choose"),
    )
    @app_commands.autocomplete(episode=releases)
    @suggest.of_show
    async def why(
        self,
        interaction: Interaction,
        episode: app_commands.Range[str, 1, 200],
        channel: discord.TextChannel | discord.ForumChannel | discord.Thread | None = None,
        show: str | None = None,
    ) -> None:
        """Explain, stage by stage, by what decides."""

        async def making() -> ui.LayoutView:
            place, of_show = place_of(interaction, channel), self.bot.show(interaction, show)
            release = choose(await self.bot.state.run(memory.releases, of_show.id), episode)
            known = await self.bot.state.run(deliveries.of_place, release.id, place.id)
            told = [one for one in known if one.state != "withdrawn"]
            verdict = decide(
                release.candidate(),
                await self.bot.state.run(subscriptions.of, place.id, of_show.id),
                utc(),
                longest_missed=timedelta(days=self.bot.settings.missed_days),
                announced=f"it is {told[0].state} here" if told else None,
            )
            return showing.why(of_show.colour, release.name, place.id, verdict, known)

        await reply.send(interaction, making(), alone=True)

    @app_commands.command(
        name=locale_str("log"), description=locale_str("Who changed or announced what, and when")
    )
    async def log(self, interaction: Interaction) -> None:
        """Show the audit log."""

        async def making() -> ui.LayoutView:
            found = await self.bot.state.run(deliveries.records, interaction.guild_id or 0)
            return showing.log(self.bot.show(interaction).colour, found)

        await self._alone(interaction, making())

    async def _alone(
        self, interaction: Interaction, making: Coroutine[Any, Any, ui.LayoutView]
    ) -> None:
        await reply.send(interaction, making, alone=True)

    def _notice(self, interaction: Interaction, text: str) -> ui.LayoutView:
        return cards.notice(self.bot.show(interaction).colour, text)


def _check(place: Place, options: Options) -> None:
    """Refuse what a channel of this type cannot do."""
    if options.crosspost and place.type is not discord.ChannelType.news:
        raise QuestionError("Only announcement channels publish to other servers.")
    if options.thread and isinstance(place, discord.Thread):
        raise QuestionError("A thread cannot have threads of its own.")


async def setup(bot: EpisodeBot) -> None:
    """Add the cog."""
    await bot.add_cog(Announcements(bot))
