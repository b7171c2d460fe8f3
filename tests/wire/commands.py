"""Application commands: what the bot has registered, and who may use which where."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .errors import known
from .permissions import P
from .routing import Call, route
from .state import Channel, Guild, Kind, User

if TYPE_CHECKING:
    from .server import DiscordServer

Json = dict[str, Any]

SLASH, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
GUILD_INSTALL, USER_INSTALL = 0, 1


class UnavailableError(LookupError):
    """The member cannot choose this command here."""


class Commands:
    """The registry, one list for all guilds (the key None) and one for each guild."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._world = server.world
        self.registered: dict[int | None, dict[int, Json]] = {None: {}}

    def find(
        self, user: User, channel: Channel, name: str, kind: int = SLASH
    ) -> tuple[Json, dict[str, str]]:
        """Return a command and who authorized it here, or say why the member does not see it."""
        guild = channel.guild
        scopes = (guild.id, None) if guild else (None,)
        found = [
            command
            for scope in scopes
            for command in self.registered.get(scope, {}).values()
            if command["name"] == name and command["type"] == kind
        ]
        if not found:
            raise UnavailableError(f"no command {name!r} of type {kind} has been registered here")
        reasons: list[str] = []
        for command in found:
            owners = self._owners(command, user, channel, reasons)
            if owners and self._permitted(command, user, channel, reasons):
                return command, owners
        raise UnavailableError(f"{name!r}: {'; '.join(reasons)}")

    def _owners(
        self, command: Json, user: User, channel: Channel, reasons: list[str]
    ) -> dict[str, str]:
        guild, bot = channel.guild, self._world.bot
        context = self.context(channel)
        if command.get("contexts") is not None and context not in command["contexts"]:
            reasons.append(f"its contexts {command['contexts']} lack {context}")
            return {}
        owners: dict[str, str] = {}
        types = [GUILD_INSTALL] if "guild_id" in command else command["integration_types"]
        if GUILD_INSTALL in types and guild and bot.id in guild.members:
            owners[str(GUILD_INSTALL)] = str(guild.id)
        if GUILD_INSTALL in types and context == IN_BOT_DM and self._shared(user):
            owners[str(GUILD_INSTALL)] = "0"
        if USER_INSTALL in types and user.installed:
            owners[str(USER_INSTALL)] = str(user.id)
        if not owners:
            reasons.append(f"not installed here for its integration types {types}")
        return owners

    def _permitted(self, command: Json, user: User, channel: Channel, reasons: list[str]) -> bool:
        if channel.guild is None:
            return True
        rights = channel.permissions(user)
        need = P.USE_APPLICATION_COMMANDS
        if command["default_member_permissions"] is not None:
            # "0" stands for administrators only, who pass every test.
            need |= int(command["default_member_permissions"]) or P.ADMINISTRATOR
        if not rights & P.VIEW_CHANNEL or need & ~rights:
            reasons.append(f"{user.username} lacks {P(need & ~rights)!r}")
            return False
        return True

    def _shared(self, user: User) -> list[Guild]:
        bot = self._world.bot.id
        guilds = self._world.guilds.values()
        return [guild for guild in guilds if user.id in guild.members and bot in guild.members]

    def context(self, channel: Channel) -> int:
        """Return the kind of place that a channel is to interactions."""
        if channel.guild:
            return IN_GUILD
        return IN_BOT_DM if channel.kind is Kind.DM else IN_PRIVATE

    # Handlers

    @route("GET", "/applications/{application_id}/commands")
    @route("GET", "/applications/{application_id}/guilds/{guild_id}/commands")
    async def listed(self, call: Call) -> list[Json]:
        found = list(self._scope(call).values())
        if call.query.get("with_localizations", "").lower() in ("1", "true"):
            return found
        return [{k: v for k, v in c.items() if not k.endswith("_localizations")} for c in found]

    @route("PUT", "/applications/{application_id}/commands")
    @route("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
    async def overwrite(self, call: Call) -> list[Json]:
        scope = self._scope(call)
        self._server.check(call, "commands")
        old = list(scope.values())
        scope.clear()
        for body in call.body:
            same = (c for c in old if (c["type"], c["name"]) == (body.get("type", 1), body["name"]))
            self._store(call, scope, body, next(same, None))
        return list(scope.values())

    @route("POST", "/applications/{application_id}/commands")
    @route("POST", "/applications/{application_id}/guilds/{guild_id}/commands")
    async def create(self, call: Call) -> tuple[int, Json]:
        scope = self._scope(call)
        self._server.check(call, "command")
        kind, name = call.body.get("type", 1), call.body["name"]
        same = next((c for c in scope.values() if (c["type"], c["name"]) == (kind, name)), None)
        return (200 if same else 201), self._store(call, scope, call.body, same)

    @route("GET", "/applications/{application_id}/commands/{command_id}")
    @route("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    async def one(self, call: Call) -> Json:
        return self._one(call)

    @route("PATCH", "/applications/{application_id}/commands/{command_id}")
    @route("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    async def edit(self, call: Call) -> Json:
        old = self._one(call)
        call.body = {key: old.get(key) for key in ("name", "description", "options")} | call.body
        call.body["type"] = old["type"]
        self._server.check(call, "command")
        return self._store(call, self._scope(call), call.body, old)

    @route("DELETE", "/applications/{application_id}/commands/{command_id}")
    @route("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    async def remove(self, call: Call) -> None:
        del self._scope(call)[int(self._one(call)["id"])]

    def _scope(self, call: Call) -> dict[int, Json]:
        if call.id("application_id") != self._world.bot.id:
            raise known(10002)
        if "guild_id" not in call.parts:
            return self.registered[None]
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None or self._world.bot.id not in guild.members:
            raise known(50001)
        return self.registered.setdefault(guild.id, {})

    def _one(self, call: Call) -> Json:
        found = self._scope(call).get(call.id("command_id"))
        if found is None:
            raise known(10063)
        return found

    def _store(self, call: Call, scope: dict[int, Json], body: Json, old: Json | None) -> Json:
        number = int(old["id"]) if old else self._world.snowflake()
        permissions = body.get("default_member_permissions")
        command = {
            "id": str(number),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.snowflake()),
            "type": body.get("type") or SLASH,
            "name": body["name"],
            "name_localizations": body.get("name_localizations"),
            "description": body.get("description") or "",
            "description_localizations": body.get("description_localizations"),
            "default_member_permissions": None if permissions is None else str(permissions),
            "nsfw": bool(body.get("nsfw")),
            "options": _without_nulls(body.get("options") or []),
        }
        if "guild_id" in call.parts:
            command["guild_id"] = call.parts["guild_id"]
        else:
            command["dm_permission"] = body.get("dm_permission", True)
            command["contexts"] = body.get("contexts")
            command["integration_types"] = body.get("integration_types") or [GUILD_INSTALL]
            if command["contexts"] is None and command["dm_permission"] is False:
                command["contexts"] = [IN_GUILD]
        scope[number] = command
        return command


def _without_nulls(options: list[Json]) -> list[Json]:
    found = copy.deepcopy(options)
    for option in found:
        for key in [key for key, value in option.items() if value is None]:
            del option[key]
        if option["type"] in (SUBCOMMAND, GROUP):
            option["options"] = _without_nulls(option.get("options", []))
    return found
