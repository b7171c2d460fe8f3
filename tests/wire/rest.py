"""The HTTP API, apart from interactions: what is there, and who may do what with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import invalid, known
from .messages import CROSSPOSTED, DEFAULT, HAS_THREAD, REPLY, Message
from .permissions import P
from .routing import Call, route
from .state import GUILDS, THREADS, WRITABLE, Channel, Guild, Kind, Member, Thread

if TYPE_CHECKING:
    from .server import DiscordServer

Json = dict[str, Any]


class Rest:
    """Handlers over the state; each raises Discord's own errors."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._world = server.world
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}

    # Finding things, or saying why not

    def _channel(self, call: Call, need: int = 0) -> Channel:
        channel = self._world.channels.get(call.id("channel_id"))
        if channel is None:
            raise known(10003)
        rights = channel.permissions(self._world.bot)
        if channel.kind is Kind.GROUP or not rights & P.VIEW_CHANNEL:
            raise known(50001)
        if need & ~rights:
            raise known(50013)
        return channel

    def _message(self, call: Call, channel: Channel) -> Message:
        message = channel.messages.get(call.id("message_id"))
        if message is None:
            raise known(10008)
        return message

    def _guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None:
            raise known(10004)
        if self._world.bot.id not in guild.members:
            raise known(50001)
        return guild

    def _member(self, call: Call, guild: Guild) -> Member:
        user = call.id("user_id")
        if user not in self._world.users:
            raise known(10013)
        if user not in guild.members:
            raise known(10007)
        return guild.members[user]

    # Oneself

    @route("GET", "/gateway")
    @route("GET", "/gateway/bot")
    async def gateway(self, _: Call) -> Json:
        limit = {"total": 1_000, "remaining": 999, "reset_after": 3_600_000, "max_concurrency": 1}
        return {"url": self._server.gateway_url, "shards": 1, "session_start_limit": limit}

    @route("GET", "/users/@me")
    async def me(self, _: Call) -> Json:
        return self._world.bot.payload() | {
            "mfa_enabled": False,
            "locale": "en-US",
            "verified": True,
            "email": None,
        }

    @route("GET", "/users/@me/guilds")
    async def my_guilds(self, _: Call) -> list[Json]:
        bot = self._world.bot.id
        return [
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": False,
                "permissions": str(int(guild.permissions(guild.members[bot]))),
                "features": [],
            }
            for guild in self._world.guilds.values()
            if bot in guild.members
        ]

    @route("GET", "/applications/@me")
    @route("GET", "/oauth2/applications/@me")
    async def application(self, _: Call) -> Json:
        bot = self._world.bot
        return {
            "id": str(bot.id),
            "name": bot.username,
            "icon": None,
            "description": "",
            "type": None,
            "bot": bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": self._world.owner.payload(),
            "approximate_guild_count": len(self._world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
            "integration_types_config": {str(kind): {} for kind in self._server.installable},
        }

    @route("POST", "/users/@me/channels")
    async def create_dm(self, call: Call) -> Json:
        self._server.check(call)
        user = self._world.users.get(int(call.body.get("recipient_id") or 0))
        if user is None or user.bot:
            raise known(50007 if user else 10013)
        return self._world.dm(user).payload()

    @route("GET", "/users/{user_id}")
    async def user(self, call: Call) -> Json:
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise known(10013)
        return user.payload()

    # Guilds

    @route("GET", "/guilds/{guild_id}")
    async def guild(self, call: Call) -> Json:
        return self._guild(call).payload()

    @route("GET", "/guilds/{guild_id}/channels")
    async def guild_channels(self, call: Call) -> list[Json]:
        return [c.payload() for c in self._guild(call).channels.values() if not c.thread]

    @route("GET", "/guilds/{guild_id}/roles")
    async def roles(self, call: Call) -> list[Json]:
        return [role.payload() for role in self._guild(call).roles.values()]

    @route("GET", "/guilds/{guild_id}/members/{user_id}")
    async def member(self, call: Call) -> Json:
        return self._member(call, self._guild(call)).payload()

    @route("GET", "/guilds/{guild_id}/members")
    async def members(self, call: Call) -> list[Json]:
        found = self._guild(call).members
        after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 1))
        return [found[user].payload() for user in sorted(found) if user > after][:limit]

    @route("GET", "/guilds/{guild_id}/threads/active")
    async def active_threads(self, call: Call) -> Json:
        found = self._guild(call).channels.values()
        threads = [c.payload() for c in found if c.thread and not c.thread.archived]
        return {"threads": threads, "members": [], "has_more": False}

    # Channels

    @route("GET", "/channels/{channel_id}")
    async def channel(self, call: Call) -> Json:
        return self._channel(call).payload()

    @route("PATCH", "/channels/{channel_id}")
    async def edit_channel(self, call: Call) -> Json:
        channel = self._channel(call)
        self._server.check(call)
        own = channel.thread and channel.thread.owner is self._world.bot
        need = P.MANAGE_THREADS if channel.thread else P.MANAGE_CHANNELS
        if not own and need & ~channel.permissions(self._world.bot):
            raise known(50013)
        channel.name = call.body.get("name", channel.name)
        if channel.thread:
            channel.thread.archived = call.body.get("archived", channel.thread.archived)
            channel.thread.locked = call.body.get("locked", channel.thread.locked)
            tags = call.body.get("applied_tags", channel.thread.tags)
            channel.thread.tags = list(map(int, tags))
        else:
            channel.topic = call.body.get("topic", channel.topic)
        channel.changed()
        return channel.payload()

    @route("DELETE", "/channels/{channel_id}")
    async def delete_channel(self, call: Call) -> Json:
        channel = self._channel(call)
        need = P.MANAGE_THREADS if channel.thread else P.MANAGE_CHANNELS
        if need & ~channel.permissions(self._world.bot):
            raise known(50013)
        channel.delete()
        return channel.payload()

    @route("POST", "/channels/{channel_id}/typing")
    async def typing(self, call: Call) -> None:
        self._channel(call)

    @route("GET", "/channels/{channel_id}/threads/archived/public")
    async def archived_threads(self, call: Call) -> Json:
        channel = self._channel(call, P.READ_MESSAGE_HISTORY)
        found = channel.guild.channels.values() if channel.guild else ()
        threads = [
            c.payload() for c in found if c.parent is channel and c.thread and c.thread.archived
        ]
        return {"threads": threads[::-1], "members": [], "has_more": False}

    # Messages

    @route("GET", "/channels/{channel_id}/messages")
    async def history(self, call: Call) -> list[Json]:
        channel = self._channel(call)
        limit = call.query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise invalid([f"$.limit: {limit} is not between 1 and 100"])
        if not channel.permissions(self._world.bot) & P.READ_MESSAGE_HISTORY:
            return []
        found, most = list(channel.messages.values()), int(limit)
        if "before" in call.query:
            found = [m for m in found if m.id < int(call.query["before"])][-most:]
        elif "after" in call.query:
            found = [m for m in found if m.id > int(call.query["after"])][:most]
        elif "around" in call.query:
            middle = int(call.query["around"])
            earlier = [m for m in found if m.id < middle][-(most // 2) :] if most > 1 else []
            later = [m for m in found if m.id >= middle]
            found = earlier + later[: most - most // 2]
        else:
            found = found[-most:]
        return [message.payload() for message in reversed(found)]

    @route("GET", "/channels/{channel_id}/messages/{message_id}")
    async def message(self, call: Call) -> Json:
        return self._message(call, self._channel(call, P.READ_MESSAGE_HISTORY)).payload()

    @route("POST", "/channels/{channel_id}/messages")
    async def create_message(self, call: Call) -> Json:
        channel = self._channel(call)
        if channel.kind not in WRITABLE:
            raise known(50008)
        self._server.check(call, "message")
        if channel.recipient and not channel.recipient.accepts_dms:
            raise known(50007)
        self._may_post(call.body, channel)
        reference = self._reference(call.body, channel)
        nonce = call.body.get("nonce")
        key = (self._world.bot.id, str(nonce))
        if nonce is not None and call.body.get("enforce_nonce") and key in self._nonces:
            sent, earlier = self._nonces[key]
            if self._world.now() - sent < self._server.nonce_window and not earlier.deleted:
                return earlier.payload() | {"nonce": nonce}
        message = self._world.post(
            channel,
            self._world.bot,
            call.body,
            call.files,
            kind=REPLY if reference else DEFAULT,
            nonce=nonce,
            reference=reference,
        )
        if nonce is not None:
            self._nonces[key] = self._world.now(), message
        return message.payload() | ({"nonce": nonce} if nonce is not None else {})

    def _may_post(self, body: Json, channel: Channel) -> None:
        need = P.SEND_MESSAGES_IN_THREADS if channel.thread else P.SEND_MESSAGES
        for key, right in (
            ("embeds", P.EMBED_LINKS),
            ("attachments", P.ATTACH_FILES),
            ("poll", P.SEND_POLLS),
            ("tts", P.SEND_TTS_MESSAGES),
        ):
            need |= right if body.get(key) else P(0)
        rights = channel.permissions(self._world.bot)
        if need & ~rights:
            raise known(50013)
        if channel.thread and channel.thread.archived:
            if channel.thread.locked and not rights & P.MANAGE_THREADS:
                raise known(50083)
            channel.thread.archived = False
            channel.changed()

    def _reference(self, body: Json, channel: Channel) -> Message | None:
        found = body.get("message_reference")
        if not found:
            return None
        if not channel.permissions(self._world.bot) & P.READ_MESSAGE_HISTORY:
            raise known(160002)
        message = channel.messages.get(int(found["message_id"]))
        if message is None and found.get("fail_if_not_exists", True):
            raise invalid(["$.message_reference: Unknown message"])
        return message

    @route("PATCH", "/channels/{channel_id}/messages/{message_id}")
    async def edit_message(self, call: Call) -> Json:
        channel = self._channel(call)
        message = self._message(call, channel)
        if message.author is not self._world.bot:
            raise known(50005)
        self._server.check(call, "edit", flags=message.flags)
        if channel.thread and channel.thread.archived:
            raise known(50083)
        self._world.edit(message, call.body, call.files)
        return message.payload()

    @route("DELETE", "/channels/{channel_id}/messages/{message_id}")
    async def delete_message(self, call: Call) -> None:
        channel = self._channel(call)
        message = self._message(call, channel)
        own = message.author is self._world.bot
        if not own and not channel.permissions(self._world.bot) & P.MANAGE_MESSAGES:
            raise known(50013)
        self._world.delete(message)

    @route("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
    async def crosspost(self, call: Call) -> Json:
        channel = self._channel(call)
        message = self._message(call, channel)
        if channel.kind is not Kind.ANNOUNCEMENT:
            raise known(50024)
        own = message.author is self._world.bot
        need = P.SEND_MESSAGES if own else P.MANAGE_MESSAGES
        if need & ~channel.permissions(self._world.bot):
            raise known(50013)
        if message.flags & CROSSPOSTED:
            raise known(40033)
        message.flags |= CROSSPOSTED
        self._world.announce("MESSAGE_UPDATE", message)
        return message.payload()

    # Threads

    @route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
    async def thread_from_message(self, call: Call) -> tuple[int, Json]:
        channel = self._channel(call, P.CREATE_PUBLIC_THREADS)
        message = self._message(call, channel)
        self._server.check(call, "thread")
        if channel.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
            raise known(50024)
        if message.thread:
            raise known(160004)
        message.thread = self._thread(channel, call.body, message.id)
        message.flags |= HAS_THREAD
        self._world.announce("MESSAGE_UPDATE", message)
        return 201, message.thread.payload()

    @route("POST", "/channels/{channel_id}/threads")
    async def create_thread(self, call: Call) -> tuple[int, Json]:
        channel = self._channel(call)
        self._server.check(call, "thread")
        if channel.kind is not Kind.FORUM:
            if channel.kind in THREADS or channel.kind not in WRITABLE:
                raise known(50024)
            self._channel(call, P.CREATE_PUBLIC_THREADS)
            return 201, self._thread(channel, call.body, self._world.snowflake()).payload()
        if "message" not in call.body:
            raise invalid(["$.message: is required in a forum"])
        self._may_post(call.body["message"], channel)
        known_tags = {tag["id"] for tag in channel.tags}
        tags = list(map(str, call.body.get("applied_tags") or ()))
        for n, tag in enumerate(tags):
            if tag not in known_tags:
                raise invalid([f"$.applied_tags[{n}]: no such tag"])
        if channel.requires_tag and not tags:
            raise known(40067)
        thread = self._thread(channel, call.body, self._world.snowflake())
        # The first message of a forum post bears its thread's id.
        message = self._world.post(
            thread, self._world.bot, call.body["message"], call.files, number=thread.id
        )
        return 201, thread.payload() | {"message": message.payload()}

    def _thread(self, parent: Channel, body: Json, number: int) -> Channel:
        assert parent.guild
        kind = Kind.ANNOUNCEMENT_THREAD if parent.kind is Kind.ANNOUNCEMENT else Kind.THREAD
        thread = Channel(self._world, number, kind, body["name"], parent.guild, parent)
        thread.thread = Thread(
            self._world.bot,
            self._world.now(),
            body.get("auto_archive_duration") or 1_440,
            tags=list(map(int, body.get("applied_tags") or ())),
        )
        parent.guild.channels[number] = self._world.channels[number] = thread
        self._world.emit("THREAD_CREATE", thread.payload() | {"newly_created": True}, GUILDS)
        return thread
