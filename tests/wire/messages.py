"""Messages: made from a request's body, edited, and shown the way Discord returns them."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.ui import limits
from bot.ui.limits import Component

from .errors import invalid
from .permissions import P

if TYPE_CHECKING:
    from .state import Channel, User

Json = dict[str, Any]

CROSSPOSTED, HAS_THREAD, EPHEMERAL, LOADING = 1 << 0, 1 << 5, 1 << 6, 1 << 7
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
EDITABLE = SUPPRESS_EMBEDS | limits.COMPONENTS_V2
DEFAULT, REPLY, COMMAND, CONTEXT_MENU = 0, 19, 20, 23


def iso(moment: float) -> str:
    """Write a moment the way Discord does."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")


class Upload(NamedTuple):
    """A file that came with a request."""

    name: str
    content_type: str
    data: bytes


@dataclass(eq=False)
class Message:
    """One message, with what became of it: its earlier bodies, and whom it pinged when sent."""

    channel: Channel
    author: User
    id: int
    created: float
    kind: int = DEFAULT
    flags: int = 0
    body: Json = field(default_factory=dict)
    nonce: str | int | None = None
    reference: Message | None = None
    thread: Channel | None = None
    extra: Json = field(default_factory=dict)
    ephemeral_to: User | None = None
    edited: float | None = None
    deleted: bool = False
    edits: list[Json] = field(default_factory=list)
    pings: set[str] = field(default_factory=set)

    @property
    def content(self) -> str:
        return self.body.get("content") or ""

    @property
    def embeds(self) -> list[Json]:
        return self.body.get("embeds") or []

    @property
    def components(self) -> list[Json]:
        return self.body.get("components") or []

    @property
    def attachments(self) -> list[Json]:
        return self.body.get("attachments") or []

    @property
    def loading(self) -> bool:
        """Whether it only says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def url(self) -> str:
        guild = self.channel.guild.id if self.channel.guild else "@me"
        return f"https://discord.com/channels/{guild}/{self.channel.id}/{self.id}"

    def payload(self) -> Json:
        world, mentioned = self.channel.world, _mentioned(self)
        found: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.kind,
            "author": self.author.payload(),
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "attachments": self.attachments,
            "mentions": [
                world.users[user].payload() for user in mentioned.users if user in world.users
            ],
            "mention_roles": [str(role) for role in mentioned.roles],
            "mention_everyone": mentioned.everyone,
            "timestamp": iso(self.created),
            "edited_timestamp": iso(self.edited) if self.edited else None,
            "flags": self.flags,
            "pinned": False,
            "tts": bool(self.body.get("tts")),
        }
        if self.reference:
            found["message_reference"] = {
                "type": 0,
                "message_id": str(self.reference.id),
                "channel_id": str(self.reference.channel.id),
            }
        if self.thread:
            found["thread"] = self.thread.payload()
        return found | self.extra

    def write(self, body: Json, files: dict[int, Upload], *, mentions_all: bool = True) -> None:
        """Take over a request's body; an edit if something was there before."""
        fresh = not self.body or self.loading
        after = self.body | {k: body[k] for k in ("content", "embeds", "tts", "poll") if k in body}
        after["attachments"] = self._attachments(body, files)
        lines: list[str] = []
        resolve = self._resolver(after["attachments"], lines)
        if "embeds" in body:
            after["embeds"] = [_embed(embed, resolve) for embed in body["embeds"] or ()]
        if "components" in body:
            after["components"] = dress(body["components"] or (), resolve)
        wanted = EDITABLE | SUPPRESS_NOTIFICATIONS if fresh else EDITABLE
        flags = self.flags & ~LOADING | (body.get("flags") or 0) & wanted
        if flags & limits.COMPONENTS_V2:
            mixed = [key for key in ("content", "embeds", "poll") if after.get(key)]
            lines += [f"$.{key}: cannot be used together with Components V2" for key in mixed]
        if lines or limits.is_empty(after):
            raise invalid(lines or [f"$: {limits.EMPTY}"])
        if fresh:
            after["allowed_mentions"] = body.get("allowed_mentions")
            after["mentions_all"] = mentions_all
        else:
            self.edits.append(self.body)
            self.edited = self.channel.world.now()
        self.body, self.flags = after, flags
        if fresh:
            self.pings = _pings(self)

    def _attachments(self, body: Json, files: dict[int, Upload]) -> list[Json]:
        kept = {attachment["id"]: attachment for attachment in self.attachments}
        entries = body.get("attachments")
        if entries is None:
            entries = [{"id": old} for old in kept] + [{"id": index} for index in files]
        found = []
        for n, entry in enumerate(entries):
            number = str(entry.get("id"))
            if number in kept:
                found.append(kept[number])
            elif number.isdecimal() and int(number) in files:
                found.append(self._store(files[int(number)], entry))
            else:
                raise invalid([f"$.attachments[{n}].id: no such file"])
        return found

    def _store(self, upload: Upload, entry: Json) -> Json:
        world = self.channel.world
        number, name = str(world.snowflake()), entry.get("filename") or upload.name
        world.files[number, name] = upload.data
        url = f"{world.files_url}/{number}/{name}"
        found = {
            "id": number,
            "filename": name,
            "size": len(upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": upload.content_type,
        }
        described = {"description": entry["description"]} if entry.get("description") else {}
        return found | described | ({"ephemeral": True} if self.flags & EPHEMERAL else {})

    def _resolver(self, attachments: list[Json], lines: list[str]) -> Callable[[str], str]:
        named = {attachment["filename"]: attachment["url"] for attachment in attachments}

        def resolve(url: str) -> str:
            if not url.startswith("attachment://"):
                return url
            name = url.removeprefix("attachment://")
            if name not in named:
                lines.append(f"$.attachments: nothing is called {name!r}, which {url} refers to")
            return named.get(name, url)

        return resolve


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component, nested ones included, in the order shown."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for key in ("accessory", "component"):
            if component.get(key):
                yield from walk([component[key]])


def dress(components: Any, resolve: Callable[[str], str] = str) -> list[Json]:
    """Add what Discord adds to components: an id for each, defaults, media."""
    found = copy.deepcopy(list(components))
    every = list(walk(found))
    taken = {component.get("id") for component in every}
    free = (number for number in range(1, 1_000) if number not in taken)
    for component in every:
        for key in [key for key, value in component.items() if value is None]:
            del component[key]
        component["id"] = component.get("id") or next(free)
        _dress_one(component, resolve)
    return found


def _dress_one(component: Json, resolve: Callable[[str], str]) -> None:
    def media(item: Json, key: str) -> None:
        url = resolve(item[key]["url"])
        item[key] = {"id": "1", "url": url, "proxy_url": url, "width": 1, "height": 1}
        item.setdefault("spoiler", False)

    match component["type"]:
        case Component.BUTTON:
            component.setdefault("disabled", False)
        case kind if kind in limits.SELECTS:
            component.setdefault("min_values", 1)
            component.setdefault("max_values", 1)
            component.setdefault("disabled", False)
            for option in component.get("options", ()):
                for key in [key for key, value in option.items() if value is None]:
                    del option[key]
        case Component.THUMBNAIL:
            component.setdefault("description", None)
            media(component, "media")
        case Component.MEDIA_GALLERY:
            for item in component["items"]:
                item.setdefault("description", None)
                media(item, "media")
        case Component.FILE:
            name = component["file"]["url"].removeprefix("attachment://")
            component |= {"name": name, "size": 1}
            media(component, "file")
        case Component.SEPARATOR:
            component.setdefault("spacing", 1)
            component.setdefault("divider", True)
        case Component.CONTAINER:
            component.setdefault("accent_color", None)
            component.setdefault("spoiler", False)


def _embed(embed: Json, resolve: Callable[[str], str]) -> Json:
    found: Json = {"type": "rich"} | {
        k: v for k, v in copy.deepcopy(embed).items() if v is not None
    }
    for key in ("image", "thumbnail"):
        if found.get(key, {}).get("url"):
            found[key]["url"] = found[key]["proxy_url"] = resolve(found[key]["url"])
            found[key] |= {"width": 1, "height": 1}
    for key in ("author", "footer"):
        if found.get(key, {}).get("icon_url"):
            found[key]["icon_url"] = resolve(found[key]["icon_url"])
    for item in found.get("fields", ()):
        item.setdefault("inline", False)
    return found


class _Mentions(NamedTuple):
    users: list[int]
    roles: list[int]
    everyone: bool


def _mentioned(message: Message) -> _Mentions:
    """Work out what a message mentions, allowed mentions and permissions considered."""
    texts = [component.get("content") or "" for component in walk(message.components)]
    text = "\n".join([message.content, *texts])
    allowed = message.body.get("allowed_mentions")
    replied = allowed is None or allowed.get("replied_user", False)
    if allowed is None:
        # Without a word about it an interaction's answer mentions users only.
        parse = ["users", "roles", "everyone"] if message.body.get("mentions_all") else ["users"]
        allowed = {"parse": parse}
    parse = allowed.get("parse") or ()
    found = {
        kind: [
            number
            for number in dict.fromkeys(map(int, re.findall(pattern, text)))
            if kind in parse or str(number) in map(str, allowed.get(kind) or ())
        ]
        for kind, pattern in (("users", r"<@!?(\d+)>"), ("roles", r"<@&(\d+)>"))
    }
    if message.reference and replied:
        found["users"].append(message.reference.author.id)
    guild = message.channel.guild
    anyone = message.channel.permissions(message.author) & P.MENTION_EVERYONE
    roles = [
        role
        for role in found["roles"]
        if guild and role in guild.roles and (anyone or guild.roles[role].mentionable)
    ]
    loud = bool(re.search("@everyone|@here", text)) and "everyone" in parse and bool(anyone)
    return _Mentions(found["users"], roles, loud)


def _pings(message: Message) -> set[str]:
    found = _mentioned(message)
    pings = {f"<@{user}>" for user in found.users} | {f"<@&{role}>" for role in found.roles}
    return pings | ({"@everyone"} if found.everyone else set())
