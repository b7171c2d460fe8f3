"""What Discord knows: users, guilds, roles, members, channels, and who may do what where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .messages import Message, Upload, iso
from .permissions import ALL, EVERYONE, TEXTUAL, P, overwritten

Json = dict[str, Any]
Emit = Callable[[str, Json, int], None]

EPOCH = 1_420_070_400_000


class Kind(IntEnum):
    """The types of channels that this bench has."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    THREAD = 11
    FORUM = 15


THREADS = (Kind.THREAD, Kind.ANNOUNCEMENT_THREAD)
WRITABLE = (Kind.TEXT, Kind.DM, Kind.VOICE, Kind.GROUP, Kind.ANNOUNCEMENT, *THREADS)

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 9
DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 12, 1 << 15


@dataclass(eq=False)
class User:
    """An account; ``installed`` says that it has added the app to itself."""

    id: int
    username: str
    bot: bool = False
    installed: bool = False
    accepts_dms: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> Json:
        found: Json = {
            "id": str(self.id),
            "username": self.username,
            "global_name": None if self.bot else self.username.title(),
            "discriminator": "0",
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }
        return found | {"bot": True} if self.bot else found


@dataclass(eq=False)
class Role:
    """A role; the one called @everyone has its guild's id."""

    id: int
    name: str
    permissions: int
    position: int = 1
    mentionable: bool = False
    managed: bool = False

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"

    def payload(self) -> Json:
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": colors,
            "hoist": False,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(eq=False)
class Member:
    """A user in a guild."""

    user: User
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    joined: float = 0.0

    def payload(self) -> Json:
        return {
            "user": self.user.payload(),
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": [str(role.id) for role in self.roles],
            "joined_at": iso(self.joined),
            "premium_since": None,
            "communication_disabled_until": None,
            "flags": 0,
            "pending": False,
            "mute": False,
            "deaf": False,
        }


@dataclass(eq=False)
class Thread:
    """What a thread has beyond other channels."""

    owner: User
    created: float
    minutes: int = 1_440
    archived: bool = False
    locked: bool = False
    tags: list[int] = field(default_factory=list)
    sent: int = 0


@dataclass(eq=False)
class Channel:
    """A channel of a guild, a thread, or a private conversation."""

    world: World
    id: int
    kind: Kind
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    position: int = 0
    topic: str | None = None
    tags: list[Json] = field(default_factory=list)
    requires_tag: bool = False
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    thread: Thread | None = None
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def last(self) -> Message | None:
        """The newest message."""
        return next(reversed(self.messages.values()), None)

    def overwrite(self, target: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Set what a role or a member may do here beyond or short of the guild's permissions."""
        self.overwrites[target.id] = (allow, deny)
        self.changed()

    def changed(self) -> None:
        """Tell the bot how the channel is now."""
        self.world.emit(
            "THREAD_UPDATE" if self.thread else "CHANNEL_UPDATE", self.payload(), GUILDS
        )

    def delete(self) -> None:
        """Remove the channel with all in it."""
        assert self.guild
        for thread in self.guild.channels.copy().values():
            if thread.parent is self and thread.thread:
                del self.guild.channels[thread.id], self.world.channels[thread.id]
        del self.guild.channels[self.id], self.world.channels[self.id]
        self.world.emit(
            "THREAD_DELETE" if self.thread else "CHANNEL_DELETE", self.payload(), GUILDS
        )

    def permissions(self, user: User) -> int:
        """Compute what somebody may do here."""
        if self.guild is None:
            return ALL
        member = self.guild.members.get(user.id)
        if member is None:
            return 0
        base = self.guild.permissions(member)
        if base & P.ADMINISTRATOR:
            return ALL
        source = self.parent if self.thread and self.parent else self
        base = overwritten(base, [source.overwrites.get(self.guild.id, (0, 0))])
        base = overwritten(base, [source.overwrites.get(role.id, (0, 0)) for role in member.roles])
        base = overwritten(base, [source.overwrites.get(user.id, (0, 0))])
        if not base & P.VIEW_CHANNEL:
            return 0
        talk = P.SEND_MESSAGES_IN_THREADS if self.thread else P.SEND_MESSAGES
        return base if base & talk else base & ~TEXTUAL

    def payload(self) -> Json:
        found: Json = {"id": str(self.id), "type": int(self.kind), "flags": 0}
        found["last_message_id"] = str(self.last.id) if self.last else None
        if self.guild is None:
            recipients = [self.recipient.payload()] if self.recipient else []
            return found | {"recipients": recipients, "name": None, "icon": None, "owner_id": None}
        found |= {
            "guild_id": str(self.guild.id),
            "name": self.name,
            "parent_id": str(self.parent.id) if self.parent else None,
            "rate_limit_per_user": 0,
        }
        if self.thread:
            return found | self._thread_payload(self.thread)
        found |= {
            "position": self.position,
            "topic": self.topic,
            "nsfw": False,
            "permission_overwrites": [
                {
                    "id": str(target),
                    "type": int(target not in self.guild.roles),
                    "allow": str(int(allow)),
                    "deny": str(int(deny)),
                }
                for target, (allow, deny) in self.overwrites.items()
            ],
        }
        if self.kind is Kind.FORUM:
            found |= {
                "flags": int(self.requires_tag) << 4,
                "available_tags": self.tags,
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
            }
        return found

    def _thread_payload(self, thread: Thread) -> Json:
        return {
            "owner_id": str(thread.owner.id),
            "message_count": thread.sent,
            "total_message_sent": thread.sent,
            "member_count": 1,
            "applied_tags": [str(tag) for tag in thread.tags],
            "thread_metadata": {
                "archived": thread.archived,
                "archive_timestamp": iso(thread.created),
                "auto_archive_duration": thread.minutes,
                "locked": thread.locked,
                "create_timestamp": iso(thread.created),
            },
        }


@dataclass(eq=False)
class Guild:
    """A server with its roles, members and channels."""

    world: World
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def bot_role(self) -> Role | None:
        """The managed role that came with the bot."""
        return next((role for role in self.roles.values() if role.managed), None)

    def permissions(self, member: Member) -> int:
        """Compute what a member may do before any channel's overwrites."""
        if member.user is self.owner:
            return ALL
        base = self.everyone.permissions
        for role in member.roles:
            base |= role.permissions
        return ALL if base & P.ADMINISTRATOR else base

    def add_role(self, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        role = Role(self.world.snowflake(), name, permissions, len(self.roles), mentionable)
        self.roles[role.id] = role
        self._emit("GUILD_ROLE_CREATE", {"role": role.payload()})
        return role

    def edit_role(self, role: Role, permissions: int) -> None:
        role.permissions = permissions
        self._emit("GUILD_ROLE_UPDATE", {"role": role.payload()})

    def delete_role(self, role: Role) -> None:
        del self.roles[role.id]
        for member in self.members.values():
            member.roles = [kept for kept in member.roles if kept is not role]
        self._emit("GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    def add_member(self, user: User, *roles: Role, nick: str | None = None) -> Member:
        member = Member(user, list(roles), nick, self.world.now())
        self.members[user.id] = member
        self._emit("GUILD_MEMBER_ADD", member.payload(), GUILD_MEMBERS)
        return member

    def add_channel(
        self,
        name: str,
        kind: Kind = Kind.TEXT,
        *,
        topic: str | None = None,
        tags: Iterable[str] = (),
        requires_tag: bool = False,
    ) -> Channel:
        channel = Channel(self.world, self.world.snowflake(), kind, name, self, topic=topic)
        channel.position, channel.requires_tag = len(self.channels), requires_tag
        channel.tags = [
            {
                "id": str(self.world.snowflake()),
                "name": tag,
                "moderated": False,
                "emoji_id": None,
                "emoji_name": None,
            }
            for tag in tags
        ]
        self.channels[channel.id] = self.world.channels[channel.id] = channel
        self.world.emit("CHANNEL_CREATE", channel.payload(), GUILDS)
        return channel

    def remove_bot(self) -> None:
        """Throw the bot out."""
        del self.members[self.world.bot.id]
        if self.bot_role:
            del self.roles[self.bot_role.id]
        self.world.emit("GUILD_DELETE", {"id": str(self.id)}, GUILDS)

    def add_bot(self, permissions: int = EVERYONE) -> None:
        """Invite the bot, with a managed role of its own."""
        role = Role(self.world.snowflake(), self.world.bot.username, permissions, managed=True)
        self.roles[role.id] = role
        self.members[self.world.bot.id] = Member(self.world.bot, [role], None, self.world.now())
        self.world.emit("GUILD_CREATE", self.payload(created=True), GUILDS)

    def payload(self, *, created: bool = False) -> Json:
        found: Json = {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "description": None,
            "home_header": None,
            "splash": None,
            "discovery_splash": None,
            "features": ["COMMUNITY", "NEWS"],
            "banner": None,
            "owner_id": str(self.owner.id),
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 0,
            "roles": [role.payload() for role in self.roles.values()],
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 2,
            "max_presences": None,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": self.locale,
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "public_updates_channel_id": None,
            "premium_progress_bar_enabled": False,
            "nsfw": False,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": None,
        }
        if not created:
            return found
        members = [self.members[self.world.bot.id]]
        channels = [c for c in self.channels.values() if not c.thread]
        threads = [c for c in self.channels.values() if c.thread and not c.thread.archived]
        return found | {
            "joined_at": iso(members[0].joined),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [member.payload() for member in members],
            "channels": [channel.payload() for channel in channels],
            "threads": [thread.payload() for thread in threads],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _emit(self, event: str, data: Json, intents: int = GUILDS) -> None:
        self.world.emit(event, data | {"guild_id": str(self.id)}, intents)


class World:
    """Everything there is, with a clock that can be moved on."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._skipped = 0.0
        self._newest = 0
        self.files_url = ""
        self.files: dict[tuple[str, str], bytes] = {}
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.bot = self.add_user("bot", bot=True)
        self.owner = self.add_user("owner")

    def now(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Move the clock on, so that windows and tokens expire without waiting."""
        self._skipped += seconds

    def snowflake(self) -> int:
        """Return a new id, later than every earlier one."""
        self._newest = max(self._newest + 1, int(self.now() * 1000 - EPOCH) << 22)
        return self._newest

    def emit(self, event: str, data: Json, intents: int = 0) -> None:
        guild = self.guilds.get(int(data.get("guild_id") or 0))
        if guild is None or self.bot.id in guild.members:
            self._emit(event, data, intents)

    def announce(self, event: str, message: Message) -> None:
        """Send a message's event, unless the bot cannot see it."""
        channel, guild = message.channel, message.channel.guild
        unseen = not channel.permissions(self.bot) & P.VIEW_CHANNEL or channel.kind is Kind.GROUP
        if unseen or message.ephemeral_to:
            return
        data = message.payload()
        if event == "MESSAGE_CREATE" and message.nonce is not None:
            data["nonce"] = message.nonce
        if guild is None:
            self.emit(event, data, DIRECT_MESSAGES)
            return
        data["guild_id"] = str(guild.id)
        if message.author.id in guild.members:
            member = guild.members[message.author.id].payload()
            data["member"] = {key: value for key, value in member.items() if key != "user"}
        self.emit(event, data, GUILD_MESSAGES)

    def post(
        self,
        channel: Channel,
        author: User,
        body: Json,
        files: dict[int, Upload] | None = None,
        *,
        mentions_all: bool = True,
        number: int | None = None,
        **known: Any,
    ) -> Message:
        """Create a message and tell the bot of it."""
        message = Message(channel, author, number or self.snowflake(), self.now(), **known)
        if not message.loading:
            message.write(body, files or {}, mentions_all=mentions_all)
        if not message.ephemeral_to:
            channel.messages[message.id] = message
            if channel.thread:
                channel.thread.sent += 1
        self.announce("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, body: Json, files: dict[int, Upload] | None = None) -> None:
        """Edit a message and tell the bot of it."""
        message.write(body, files or {})
        self.announce("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Delete a message and tell the bot of it."""
        message.deleted = True
        if message.channel.messages.pop(message.id, None):
            data = {"id": str(message.id), "channel_id": str(message.channel.id)}
            guild = message.channel.guild
            data |= {"guild_id": str(guild.id)} if guild else {}
            self.emit("MESSAGE_DELETE", data, GUILD_MESSAGES if guild else DIRECT_MESSAGES)

    def add_user(self, name: str, *, bot: bool = False, installed: bool = False) -> User:
        user = User(self.snowflake(), name, bot, installed)
        self.users[user.id] = user
        return user

    def add_guild(
        self,
        name: str = "Guild",
        *,
        owner: User | None = None,
        locale: str = "en-US",
        permissions: int | None = EVERYONE,
        everyone: int = EVERYONE,
    ) -> Guild:
        """Create a guild; ``permissions`` are the bot's, None where it is not there."""
        guild = Guild(self, self.snowflake(), name, owner or self.owner, locale)
        guild.roles[guild.id] = Role(guild.id, "@everyone", everyone, 0)
        self.guilds[guild.id] = guild
        guild.add_member(guild.owner)
        if permissions is not None:
            guild.add_bot(permissions)
        return guild

    def dm(self, user: User, kind: Kind = Kind.DM) -> Channel:
        """Return the private channel with a user, or with the kind GROUP one without the bot."""
        for channel in self.channels.values():
            if channel.recipient is user and channel.kind is kind:
                return channel
        channel = Channel(self, self.snowflake(), kind, recipient=user)
        self.channels[channel.id] = channel
        return channel
