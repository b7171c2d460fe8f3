"""The doctor's questions to Discord: is the token good, and may the bot do what it is to do there?

Only the HTTP API is asked; a bot that runs with the same token is not disturbed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord

from bot.announce.discord_side import missing
from bot.announce.options import Options
from bot.care.findings import Finding, fine, note, warning, wrong
from bot.errors import DiscordError
from bot.settings import Settings

Now = Callable[[], float]  # in seconds since 1970

_PATIENCE = 60.0  # seconds for all questions
_SKEW = 30.0  # seconds that the clock may be wrong
_FEW_STARTS = 50  # of a thousand connections a day

_PORTAL = "https://discord.com/developers/applications"
_INVITE = "invite the bot again with the link that it prints at its start"


async def examine(
    settings: Settings, token: str, places: Sequence[Any], now: Now = time.time
) -> list[Finding]:
    """Ask everything; ``places`` are the rows of channels that announce."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    clock = _Clock(now)
    found: list[Finding] = []
    client = discord.Client(intents=discord.Intents.none(), http_trace=clock.trace)
    try:
        async with asyncio.timeout(_PATIENCE), client:
            await client.login(token)
            found.append(fine("discord", f"the token is accepted; the bot is {client.user}"))
            async for finding in _questions(client, settings, places):
                found.append(finding)  # noqa: PERF401  (what precedes a failure counts)
    except discord.LoginFailure:
        found.append(
            wrong(
                "discord", "the token is not accepted", f"copy it anew: {_PORTAL}, Bot, Reset Token"
            )
        )
    except (aiohttp.ClientError, OSError, discord.DiscordException, DiscordError) as error:
        reason = str(error)[:200] or type(error).__name__
        found.append(
            wrong(
                "discord",
                f"it cannot be reached ({reason})",
                "check the network, the proxy and https://discordstatus.com; then again",
            )
        )
    return found + clock.findings()


class _Clock:
    """Compares the clock with the Date header of each answer."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._heard)
        self._skews: list[float] = []

    async def _heard(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        if date := end.response.headers.get("Date"):
            try:
                # Whole seconds, cut off: on average, it was half a second later.
                said = parsedate_to_datetime(date).timestamp() + 0.5
            except ValueError:
                return
            self._skews.append(self._now() - said)

    def findings(self) -> list[Finding]:
        """What the smallest difference tells: the larger ones were on their way for longer."""
        if not self._skews:
            return []
        skew = min(self._skews, key=abs)
        seen = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Discord's"
        if abs(skew) > _SKEW:
            return [warning("clock", seen, "let the machine keep time: timedatectl set-ntp true")]
        return [fine("clock", "within a second of Discord's" if abs(skew) < 1 else seen)]


async def _questions(
    client: discord.Client, settings: Settings, places: Sequence[Any]
) -> AsyncIterator[Finding]:
    application = await client.application_info()
    if application.interactions_endpoint_url:
        yield wrong(
            "discord",
            "an Interactions Endpoint URL is set, so that commands never reach the bot",
            f"empty that field: {_PORTAL}, General Information",
        )
    yield note("intents", "no privileged ones are asked for, none need be switched on")
    _, _, starts = await client.http.get_bot_gateway()
    left, hours = starts["remaining"], starts["reset_after"] / 3_600_000
    if left < _FEW_STARTS:
        seen = f"only {left} connections are left for the next {hours:.0f} hours"
        yield warning("gateway", seen, "something restarts the bot again and again: see its log")
    else:
        yield fine("gateway", f"{left} of {starts['total']} connections a day are left")
    async for finding in _commands(client, application.id, settings.dev_guild_id):
        yield finding
    by_guild: defaultdict[int, list[Any]] = defaultdict(list)
    for place in places:
        by_guild[place["guild_id"]].append(place)
    for guild_id, some in by_guild.items():
        async for finding in _guild(client, application.id, guild_id, some):
            yield finding


async def _commands(
    client: discord.Client, application_id: int, dev_guild: int | None
) -> AsyncIterator[Finding]:
    if dev_guild:
        try:
            registered = await client.http.get_guild_commands(application_id, dev_guild)
        except discord.HTTPException:
            seen = f"DEV_GUILD_ID names server {dev_guild}, which the bot may not put commands on"
            yield wrong("commands", seen, f"empty DEV_GUILD_ID, or {_INVITE}")
            return
        where = f"on server {dev_guild} alone (DEV_GUILD_ID)"
    else:
        registered = await client.http.get_global_commands(application_id)
        where = "for all servers"
    if registered:
        yield fine("commands", f"{len(registered)} are registered {where}")
    else:
        yield warning("commands", f"none are registered {where}", "start the bot: it does that")


async def _guild(
    client: discord.Client, application_id: int, guild_id: int, places: list[Any]
) -> AsyncIterator[Finding]:
    """A server: is the bot in it, with commands, and may it post in each channel?"""
    count = f"{len(places)} channels that announce"
    try:
        guild = await client.fetch_guild(guild_id)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        channels = {channel.id: channel for channel in await guild.fetch_channels()}
    except (discord.NotFound, discord.Forbidden):
        seen = f"the bot is not in server {guild_id} any more, which has {count}"
        yield warning("server", seen, f"{_INVITE}, or forget it: /announcements there")
        return
    try:
        await client.http.get_guild_commands(application_id, guild_id)
    except discord.Forbidden:
        seen = f"{guild.name}: it was added without the scope applications.commands"
        yield warning("server", seen, _INVITE)
    for place in places:
        yield await _channel(client, guild, channels, me, place)


async def _channel(
    client: discord.Client,
    guild: discord.Guild,
    channels: dict[int, Any],
    me: discord.Member,
    place: Any,
) -> Finding:
    options = Options.from_json(place["options"])
    channel, kind = channels.get(place["channel_id"]), None
    if channel is None:
        try:  # a thread has the permissions of its channel
            thread = await client.http.get_channel(place["channel_id"])
        except (discord.NotFound, discord.Forbidden):
            seen = f"{guild.name}: channel {place['channel_id']} is gone, or may not be seen"
            return warning(
                "channel", seen, "grant View Channel there, or forget it: /announcements setup"
            )
        kind = discord.ChannelType(thread["type"])
        channel = channels.get(int(thread.get("parent_id") or 0))
        name = thread.get("name") or str(place["channel_id"])
    else:
        name = channel.name
    where = f"{guild.name}, #{name}"
    if channel is None:
        return warning(
            "channel", f"{where}: its channel may not be seen", "grant View Channel there"
        )
    role = guild.get_role(options.role) if options.role else None
    lacking = missing(
        channel.permissions_for(me), kind or channel.type, thread=options.thread, role=role
    )
    if options.role and role is None:
        return warning(
            "channel", f"{where}: the role to be pinged is gone", "choose: /announcements setup"
        )
    if lacking:
        seen = f"{where}: {', '.join(lacking)} is missing"
        return warning("channel", seen, "grant that to the bot's role there")
    if not place["automatic"]:
        return note("channel", f"{where}: may be posted in; switched off")
    return fine("channel", f"{where}: may be posted in")
