"""Where a trace meets discord.py: what an interaction is called, and when it was responded to."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from typing import Any

import aiohttp
import discord

from bot.telemetry.trace import Meter, Trace, current, follow

log = logging.getLogger(__name__)


def begin(interaction: discord.Interaction[Any], meter: Meter | None) -> Trace:
    """Follow an interaction from here on."""
    trace = Trace(short(interaction.id), name(interaction), interaction.data, meter=meter)
    trace.guild = interaction.guild_id
    follow(trace)
    return trace


def short(interaction_id: int) -> str:
    """Six hexadecimal digits for an interaction, by which a member and the log mean the same."""
    return hashlib.blake2s(str(interaction_id).encode(), digest_size=3).hexdigest()


def name(interaction: discord.Interaction[Any]) -> str:
    """What was used, without anything that a member typed."""
    if interaction.command is not None:
        suggested = interaction.type is discord.InteractionType.autocomplete
        return f"/{interaction.command.qualified_name}{' suggestions' if suggested else ''}"
    data: Any = interaction.data or {}
    if interaction.type is discord.InteractionType.component:
        return f"component {re.split('[:~]', str(data.get('custom_id', '?')))[0]}"
    return "form" if interaction.type is discord.InteractionType.modal_submit else "unknown command"


def of_requests() -> aiohttp.TraceConfig:
    """Tells of requests to Discord, and knows a first response when it sees one.

    The bodies are not told, and of the addresses not what follows the kind of thing.
    """
    config = aiohttp.TraceConfig()
    config.on_request_start.append(_sent)
    config.on_request_end.append(_replied)
    return config


async def _sent(
    _: aiohttp.ClientSession, context: Any, __: aiohttp.TraceRequestStartParams
) -> None:
    context.began = time.perf_counter()


async def _replied(
    _: aiohttp.ClientSession, context: Any, params: aiohttp.TraceRequestEndParams
) -> None:
    status, path = params.response.status, params.url.path
    took = (time.perf_counter() - context.began) * 1000
    log.debug("%s %s: %d in %.1f ms", params.method, path, status, took)
    trace = current()
    if trace and status < 300 and path.endswith("/callback"):
        trace.responded()
        if trace.suggests:
            trace.ended("answered")  # of these, discord.py tells no other end
