"""Discord, as far as announcing needs it: send once, find what was sent, mend it.

Errors are sorted by what they prove: ``Refused`` did not get through and will not, ``Later`` did
not get through now, ``Unclear`` may have got through.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
import discord
from discord.http import Route, handle_message_parameters

from bot.announce.deliveries import Delivery
from bot.announce.post import Post

MARKER = "announced"  # the name of the button whose custom id ends in the delivery's id

_TIMEOUT = 60.0  # seconds that a request may take, waiting for rate limits included
_HISTORY = 1_000  # messages to look through at most
_THREADS = 100  # posts of a forum to look at
_SLACK = timedelta(hours=1)  # how wrong our clock may be

_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "create_public_threads": "Create Public Threads",
    "read_message_history": "Read Message History",
    "mention_everyone": "Mention @everyone, @here and All Roles",
}


class Refused(Exception):  # noqa: N818  (an outcome rather than an error)
    """Discord will not do it; the message says why, for moderators."""


class Later(Exception):  # noqa: N818
    """It was not done, and may be tried again after ``seconds``."""

    def __init__(self, reason: str, seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Unclear(Exception):  # noqa: N818
    """It may have been done, or not."""


class Unprovable(Exception):  # noqa: N818
    """The history cannot tell whether a message is there; the message says why."""


class Place(NamedTuple):
    """A message that is out."""

    message_id: int
    thread_id: int | None = None


class _OneTry:
    """Keeps discord.py from repeating a request: it does that after errors that prove nothing."""

    def reset(self, *, seek: int | bool = True) -> None:
        """Called before every try with its number."""
        if seek:
            raise Unclear("Discord failed")


def marker(delivery_id: int) -> str:
    """The custom id that tells a delivery's message."""
    return f"{MARKER}:{delivery_id}"


def missing(
    permissions: discord.Permissions,
    kind: discord.ChannelType | None,
    *,
    thread: bool = False,
    role: discord.Role | None = None,
) -> list[str]:
    """The names of permissions that announcing in such a channel needs and the bot has not."""
    need = ["view_channel", "read_message_history"]
    threads = (
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
        discord.ChannelType.news_thread,
    )
    need.append("send_messages_in_threads" if kind in threads else "send_messages")
    if thread and kind not in (*threads, discord.ChannelType.forum):
        need.append("create_public_threads")
    if role is not None and not role.mentionable:
        need.append("mention_everyone")
    return [_NAMES[name] for name in need if not getattr(permissions, name)]


class DiscordSide:
    """What the dispatcher does on Discord."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def ready(self, delivery: Delivery) -> bool:
        """Whether the place can be judged: it is known, or certainly gone."""
        if delivery.guild_id is None:
            return True
        guild = self._client.get_guild(delivery.guild_id)
        return not guild.unavailable if guild else self._client.is_ready()

    async def channel(self, delivery: Delivery) -> discord.abc.MessageableChannel | Any:
        """Where a delivery goes.

        Raises:
            Refused: Where there is no such place, or it may not be seen.
            Later: Where Discord does not say.
        """
        async with _sorted_errors(sending=False):
            if delivery.guild_id is None:
                return await self._client.create_dm(discord.Object(delivery.channel_id))
            guild = self._client.get_guild(delivery.guild_id)
            if guild is None:
                raise Refused("I am not in this server any more")
            found: Any = guild.get_channel_or_thread(delivery.channel_id)
            found = found or await self._client.fetch_channel(delivery.channel_id)
            if getattr(found, "guild", None) != guild:
                raise Refused("that channel is of another server")
            return found
        raise AssertionError

    def lacking(self, channel: Any) -> list[str]:
        """The permissions without which nothing can be posted there."""
        guild: discord.Guild | None = getattr(channel, "guild", None)
        if guild is None:
            return []
        names = missing(channel.permissions_for(guild.me), channel.type)
        return [name for name in names if name != _NAMES["read_message_history"]]

    @staticmethod
    def is_forum(channel: Any) -> bool:
        """Whether an announcement there is a post with a thread of its own."""
        return isinstance(channel, discord.ForumChannel)

    @staticmethod
    def floor(channel: Any) -> int | None:
        """A message that is older than any that is sent from now on."""
        return getattr(channel, "last_message_id", None)

    async def send(self, channel: Any, delivery: Delivery, post: Post) -> Place:
        """Send it; in one channel it is safe to do so twice within some minutes.

        Raises:
            Refused, Later, Unclear: See above.
        """
        async with _sorted_errors(sending=True):
            if self.is_forum(channel):
                return await self._open_post(channel, post)
            message = await channel.send(
                view=post.view, nonce=delivery.nonce, allowed_mentions=post.mentions
            )
            return Place(message.id)
        raise AssertionError

    async def _open_post(self, forum: discord.ForumChannel, post: Post) -> Place:
        # As ForumChannel.create_thread() does, but with one try: there is no nonce for threads.
        tags = [tag.id for tag in forum.available_tags[:1]] if forum.flags.require_tag else None
        body: dict[str, Any] = {"name": post.name, "auto_archive_duration": 10_080}
        if tags:
            body["applied_tags"] = [str(tag) for tag in tags]
        with handle_message_parameters(
            view=post.view, allowed_mentions=post.mentions, channel_payload=body
        ) as parameters:
            files: Any = [_OneTry()]
            thread = await self._client.http.request(
                Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id),
                files=files,
                json=parameters.payload,
                params={"use_nested_fields": 1},
            )
        return Place(int(thread["message"]["id"]), int(thread["id"]))

    async def find(self, channel: Any, delivery: Delivery) -> Place | None:
        """The delivery's message, None where it is certainly not there.

        Raises:
            Unprovable: Where neither can be said.
            Later: Where Discord does not answer now.
        """
        guild: discord.Guild | None = getattr(channel, "guild", None)
        if guild and not channel.permissions_for(guild.me).read_message_history:
            raise Unprovable("I may not read the message history there")
        async with _sorted_errors(sending=False):
            if self.is_forum(channel):
                return await self._find_post(channel, delivery)
            return await self._find_message(channel, delivery)
        raise AssertionError

    async def _find_message(self, channel: Any, delivery: Delivery) -> Place | None:
        since = (delivery.attempted or delivery.changed) - _SLACK
        floor = discord.utils.time_snowflake(since)
        if delivery.floor is not None:
            floor = min(floor, delivery.floor)
        looked = 0
        async for message in channel.history(limit=_HISTORY):
            if self._bears(message, delivery):
                return Place(message.id)
            if message.id <= floor:
                return None
            looked += 1
        if looked >= _HISTORY:
            raise Unprovable(f"it is not among the newest {_HISTORY:,} messages")
        return None

    async def _find_post(self, forum: discord.ForumChannel, delivery: Delivery) -> Place | None:
        looked = 0
        async for thread in _threads(forum):
            looked += 1
            try:
                message = await thread.fetch_message(thread.id)
            except discord.NotFound:
                continue
            if self._bears(message, delivery):
                return Place(message.id, thread.id)
            if looked >= _THREADS:
                raise Unprovable(f"it is not among the newest {_THREADS} posts")
        return None

    def _bears(self, message: discord.Message, delivery: Delivery) -> bool:
        """Whether a message is the delivery's: ours, with its marker."""
        wanted = marker(delivery.id)
        return message.author == self._client.user and any(
            getattr(child, "custom_id", None) == wanted for child in _walk(message.components)
        )

    async def crosspost(self, delivery: Delivery) -> None:
        """Publish a message of an announcement channel."""
        try:
            async with _sorted_errors(sending=False):
                await self._message(delivery).publish()
        except _Known as error:
            if error.code != 40033:  # it is published already
                raise

    async def open_thread(self, delivery: Delivery, name: str) -> int:
        """Open the discussion thread of a message; its id is the message's."""
        try:
            async with _sorted_errors(sending=False):
                await self._message(delivery).create_thread(name=name, auto_archive_duration=10_080)
        except _Known as error:
            if error.code != 160004:  # there is one already
                raise
        return delivery.message_id or 0

    async def edit(self, delivery: Delivery, post: Post) -> None:
        """Show another announcement in place of the one that was sent; nobody is pinged."""
        try:
            async with _sorted_errors(sending=False):
                await self._message(delivery).edit(
                    view=post.view, allowed_mentions=discord.AllowedMentions.none()
                )
                if delivery.forum and delivery.thread_id:
                    await self._client.http.edit_channel(delivery.thread_id, name=post.name)
        except _Known as error:
            if error.code != 10008:  # somebody deleted it, and meant to
                raise

    async def delete(self, delivery: Delivery) -> None:
        """Delete what was sent."""
        try:
            async with _sorted_errors(sending=False):
                await self._message(delivery).delete()
        except _Known as error:
            if error.code not in (10003, 10008):
                raise

    def _message(self, delivery: Delivery) -> discord.PartialMessage:
        place = delivery.channel_id
        if delivery.forum and delivery.thread_id:
            place = delivery.thread_id
        channel = self._client.get_partial_messageable(place, guild_id=delivery.guild_id)
        return channel.get_partial_message(delivery.message_id or 0)


async def _threads(forum: discord.ForumChannel) -> AsyncIterator[discord.Thread]:
    """Our posts in a forum, the newest first."""
    me = forum.guild.me.id
    active = [one for one in await forum.guild.active_threads() if one.parent_id == forum.id]
    archived = [one async for one in forum.archived_threads(limit=_THREADS)]
    known = {one.id: one for one in (*active, *archived) if one.owner_id == me}
    for number in sorted(known, reverse=True):
        yield known[number]


def _walk(components: Any) -> Any:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))
        if accessory := getattr(component, "accessory", None):
            yield accessory


class _Known(Refused):
    """A refusal with a code of Discord's."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason)
        self.code = code


class _sorted_errors:  # noqa: N801  (a context manager)
    """Turns what discord.py raises into what it proves, and ends what takes too long."""

    def __init__(self, *, sending: bool) -> None:
        self._sending = sending
        self._timeout = asyncio.timeout(_TIMEOUT)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as timeout:
            error = timeout
        if error is None:
            return
        if isinstance(error, discord.RateLimited):
            raise Later("Discord asks for patience", error.retry_after) from None
        if isinstance(error, discord.HTTPException) and 400 <= error.status < 500:
            if error.status == 429:
                raise Later("Discord asks for patience", 5.0) from None
            if error.status == 401:
                raise Later("Discord does not accept the token", 60.0) from None
            raise _Known(_explained(error), error.code) from None
        if isinstance(error, _LOST):
            reason = str(error) or type(error).__name__
            raise (Unclear if self._sending else Later)(reason[:200]) from None


# A connection that broke, a server that failed, a client that is closing.
_LOST = (discord.HTTPException, discord.ClientException, aiohttp.ClientError, OSError, TimeoutError)


def _explained(error: discord.HTTPException) -> str:
    known = {
        10003: "the channel is gone",
        10008: "the message is gone",
        50001: "I may not see the channel (View Channel)",
        50007: "they do not accept private messages from me",
        50013: "a permission is missing there",
        50083: "the thread is archived",
        160005: "the thread is locked",
        40067: "the forum demands a tag",
    }
    said = known.get(error.code) or f"Discord refused it: {error.text[:150]}"
    return f"{said} ({error.status}, code {error.code})"
