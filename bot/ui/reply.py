"""Answering an interaction: in time, within Discord's limits, and politely when it fails.

A mistake of the member gets a private line that helps; a fault of ours a private apology with
an id that stands in the log, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands, ui

from bot.errors import EpisodeBotError
from bot.telemetry import interactions, trace
from bot.ui import cards, limits

if TYPE_CHECKING:
    from bot.client import EpisodeBot  # noqa: F401  (named in a string below)

log = logging.getLogger(__name__)

Interaction = discord.Interaction["EpisodeBot"]

PATIENCE = 0.6  # seconds; Discord gives up on an interaction after 3
_LOST = (aiohttp.ClientError, OSError)  # what the loss of a connection raises
_NOTHING = "There is nothing to show."  # for the moment until it is deleted
_IN_PUBLIC = "thinking in public"  # noted at an interaction
_ANSWERED = 40060  # Discord's code for an interaction that has got its answer already


class CardError(Exception):
    """A card that Discord would refuse; the message names each limit it breaks."""


async def private(interaction: Interaction, wanted: bool | None) -> bool:
    """Whether to answer the asker alone: as asked for, else as the server decided.

    Where the bot was not invited and only the asker has it, an answer is theirs alone.
    """
    if wanted is not None:
        return wanted
    if interaction.guild_id is None:
        return False
    if not interaction.is_guild_integration():
        return True
    return await interaction.client.state.private_by_default(interaction.guild_id)


async def send(
    interaction: Interaction, making: Coroutine[Any, Any, ui.LayoutView], *, alone: bool
) -> None:
    """Answer with a card, deferred where it takes long to make."""
    view = await _in_time(making, lambda: _defer(interaction, alone=alone))
    if interaction.response.is_done():
        await _surely(
            lambda: interaction.edit_original_response(view=view, attachments=_files(view))
        )
    else:
        await _surely(
            lambda: interaction.response.send_message(
                view=view, files=_files(view), ephemeral=alone
            )
        )


async def turn_to(
    interaction: Interaction, making: Coroutine[Any, Any, ui.LayoutView], owner: int
) -> None:
    """Show another card in place of the one whose button was pressed.

    Only the one who asked turns the shared card; anybody else gets a copy of their own.
    """
    if interaction.user.id != owner:
        await send(interaction, making, alone=True)
        return
    view = await _in_time(making, interaction.response.defer)
    if interaction.response.is_done():
        await _surely(
            lambda: interaction.edit_original_response(view=view, attachments=_files(view))
        )
    else:
        await _surely(
            lambda: interaction.response.edit_message(view=view, attachments=_files(view))
        )


def _files(view: ui.LayoutView) -> list[discord.File]:
    """The files of a card; of most there are none to be spoken of."""
    return view.files() if isinstance(view, cards.Illustrated) else discord.utils.MISSING


async def _surely(sending: Callable[[], Awaitable[Any]]) -> None:
    """Send once more where the connection was lost: nothing that is sent here counts twice."""
    try:
        await sending()
    except _LOST:
        try:
            await sending()
        except discord.HTTPException as error:
            if error.code != _ANSWERED:
                raise


async def _defer(interaction: Interaction, *, alone: bool) -> None:
    await interaction.response.defer(ephemeral=alone, thinking=True)
    interaction.extras[_IN_PUBLIC] = not alone


async def _in_time(
    making: Coroutine[Any, Any, ui.LayoutView],
    defer: Callable[[], Awaitable[Any]],
) -> ui.LayoutView:
    task = asyncio.create_task(making)
    try:
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            await _surely(defer)
        return _checked(await task)
    finally:
        task.cancel()


def _checked(view: ui.LayoutView) -> ui.LayoutView:
    body = {"components": view.to_components(), "flags": limits.COMPONENTS_V2}
    if broken := limits.violations(body, kind="message"):
        raise CardError("; ".join(broken))
    return view


async def failed(interaction: Interaction, error: BaseException) -> None:
    """Tell the member what went wrong, in private; never raises.

    In this order: a cooldown, a mistake of the member's, a check that refused, an interaction
    that is over (nobody is there to tell), and whatever else, which is a fault of ours.
    """
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError):
        error = error.__cause__ or error
    result = "refused"
    if isinstance(error, app_commands.CommandOnCooldown):
        text = f"One moment, please: ask again in {max(error.retry_after, 1):.0f} s."
    elif isinstance(error, EpisodeBotError):
        text = str(error)
    elif isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        text = "This command has just changed. Wait a minute, or restart Discord, and try again."
    elif isinstance(error, app_commands.CheckFailure):
        text = "You may not use this here."
    elif isinstance(error, discord.NotFound) and error.code == 10062:
        log.warning("an interaction was over before it was answered")
        trace.ended("too late")
        return
    elif isinstance(error, (discord.DiscordServerError, *_LOST)):
        result = "not taken"
        where = interactions.name(interaction)
        log.warning("%s was not answered: %s", where, type(error).__name__)
        text = "Discord did not take my answer. Please try again."
    else:
        result = "fault"
        fault = interactions.short(interaction.id)
        log.error("fault %s in %s", fault, interactions.name(interaction), exc_info=error)
        text = (
            "Something went wrong on my side, not on yours. "
            f"If it happens again, tell whoever runs this bot: fault {fault}."
        )
    try:
        await _say(interaction, text)
    except (discord.HTTPException, *_LOST) as again:
        log.warning("a member could not be told about an error: %s", again)
    trace.ended(result)


async def _say(interaction: Interaction, text: str) -> None:
    colour = interaction.client.show(interaction).colour
    view = cards.notice(colour, cards.escape(text))
    if not interaction.response.is_done():
        await interaction.response.send_message(view=view, ephemeral=True)
        return
    public = interaction.extras.get(_IN_PUBLIC, False)
    if public:  # what is sent in place of "is thinking" is as public as that: fill the place
        await interaction.edit_original_response(view=cards.notice(colour, _NOTHING))
    await interaction.followup.send(view=view, ephemeral=True)
    if public:
        await interaction.delete_original_response()


async def guarded(interaction: Interaction, work: Awaitable[None]) -> None:
    """Await ``work`` and tell the member if it fails."""
    followed = interactions.begin(interaction, interaction.client.meter)
    try:
        await work
    except Exception as error:  # noqa: BLE001  (the last resort: it is told and logged)
        await failed(interaction, error)
    else:
        followed.ended("answered")
