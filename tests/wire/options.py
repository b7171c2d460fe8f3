"""What Discord's client makes of a command's options, and what it would not let a member send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .commands import GROUP, SUBCOMMAND
from .messages import Message, Upload
from .state import Channel, Member, Role, User

Json = dict[str, Any]

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
_ENTITIES: dict[int, tuple[type, ...]] = {
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    ATTACHMENT: (Upload,),
}


class RefusedError(ValueError):
    """Discord's own client would not let the member do this."""


class Resolved:
    """Collects the objects that ids in an interaction stand for."""

    def __init__(self, channel: Channel, user: User) -> None:
        self._channel = channel
        self._user = user
        self.found: dict[str, dict[str, Json]] = {}

    def add(self, entity: Any) -> str:
        """Add a user, member, role, channel, message or upload; return its id."""
        entity = entity.user if isinstance(entity, Member) else entity
        guild = self._channel.guild
        number = str(getattr(entity, "id", 0))
        match entity:
            case User():
                self._put("users", number, entity.payload())
                member = guild.members.get(entity.id) if guild else None
                if member:
                    rights = str(int(self._channel.permissions(entity)))
                    data = {k: v for k, v in member.payload().items() if k not in ("user", "mute")}
                    data.pop("deaf")
                    self._put("members", number, data | {"permissions": rights})
            case Role():
                self._put("roles", number, entity.payload())
            case Channel():
                rights = str(int(entity.permissions(self._user)))
                self._put("channels", number, entity.payload() | {"permissions": rights})
            case Message():
                self._put("messages", number, entity.payload())
            case Upload():
                world = self._channel.world
                number = str(world.snowflake())
                world.files[number, entity.name] = entity.data
                url = f"{world.files_url}/{number}/{entity.name}"
                data = {"id": number, "filename": entity.name, "size": len(entity.data)}
                data |= {"url": url, "proxy_url": url, "content_type": entity.content_type}
                self._put("attachments", number, data | {"ephemeral": True})
        return number

    def _put(self, kind: str, number: str, data: Json) -> None:
        self.found.setdefault(kind, {})[number] = data


def descend(command: Json, path: list[str]) -> list[Json]:
    """Follow subcommands down; return the nested options to send and the last one's definition."""
    chain, node = [], command
    for name in path:
        options = node.get("options", [])
        found = next((o for o in options if o["name"] == name and o["type"] in (1, 2)), None)
        if found is None:
            raise RefusedError(f"{command['name']} has no subcommand {' '.join(path)}")
        chain.append(found)
        node = found
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in node.get("options", [])):
        raise RefusedError(f"{' '.join([command['name'], *path])} needs a subcommand")
    return chain


def nest(chain: list[Json], filled: list[Json]) -> list[Json]:
    """Wrap filled options in the subcommands that lead to them."""
    for option in reversed(chain):
        filled = [{"type": option["type"], "name": option["name"], "options": filled}]
    return filled


def fill(
    definitions: list[Json],
    given: Mapping[str, Any],
    resolved: Resolved,
    *,
    focused: str | None = None,
) -> list[Json]:
    """Turn values into options, each of the type that the bot has registered."""
    known = {definition["name"]: definition for definition in definitions}
    if unknown := given.keys() - known:
        raise RefusedError(f"no such options: {', '.join(sorted(unknown))}")
    if focused is not None and not known.get(focused, {}).get("autocomplete"):
        raise RefusedError(f"{focused} is not completed by the bot")
    filled = []
    for name, definition in known.items():
        if name not in given:
            # While typing, required options may still be missing.
            if definition.get("required") and focused is None:
                raise RefusedError(f"{name} is required")
            continue
        option = {"name": name, "type": definition["type"]}
        if name == focused:
            filled.append(option | {"value": str(given[name]), "focused": True})
        else:
            filled.append(option | {"value": _value(definition, given[name], resolved)})
    return filled


def _value(definition: Json, value: Any, resolved: Resolved) -> Any:
    kind, name = definition["type"], definition["name"]
    if kind in _ENTITIES:
        entity = value.user if isinstance(value, Member) else value
        if not isinstance(entity, _ENTITIES[kind]):
            raise RefusedError(f"{name}: {value!r} does not fit an option of type {kind}")
        types = definition.get("channel_types")
        if types and isinstance(entity, Channel) and entity.kind not in types:
            raise RefusedError(f"{name}: channels of type {entity.kind!r} cannot be chosen")
        return resolved.add(entity)
    if choices := definition.get("choices"):
        for choice in choices:
            if value in (choice["name"], choice["value"]):
                return choice["value"]
        raise RefusedError(f"{name}: {value!r} is not among the choices")
    fits = {
        STRING: isinstance(value, str),
        INTEGER: isinstance(value, int) and not isinstance(value, bool),
        BOOLEAN: isinstance(value, bool),
        NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
    }
    if not fits.get(kind):
        raise RefusedError(f"{name}: {value!r} does not fit an option of type {kind}")
    measure, what = (len(str(value)), "length") if kind == STRING else (value, "value")
    low, high = definition.get(f"min_{what}"), definition.get(f"max_{what}")
    if (low is not None and measure < low) or (high is not None and measure > high):
        raise RefusedError(f"{name}: the {what} of {value!r} is not within {low} to {high}")
    return value
