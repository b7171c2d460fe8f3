"""Interactions: one answer in time, then followups and edits for a quarter of an hour."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .commands import USER_INSTALL
from .errors import invalid, known
from .messages import COMMAND, CONTEXT_MENU, DEFAULT, EPHEMERAL, LOADING, Message, dress
from .permissions import ALL, P
from .routing import Call, route
from .state import Channel, User

if TYPE_CHECKING:
    from .server import DiscordServer

Json = dict[str, Any]

PING, INVOKED, COMPONENT, AUTOCOMPLETE, SUBMITTED = 1, 2, 3, 4, 5
SEND, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9

_ANSWERS = {
    INVOKED: (SEND, DEFER, MODAL),
    COMPONENT: (SEND, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (SUGGEST,),
    SUBMITTED: (SEND, DEFER, DEFER_UPDATE, UPDATE),
}


@dataclass(eq=False)
class Interaction:
    """Something that a member did, and what the bot answered."""

    id: int
    kind: int
    user: User
    channel: Channel
    data: Json
    name: str
    locale: str
    guild_locale: str
    owners: dict[str, str]
    born: float
    source: Message | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(96))
    created: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    answer: int | None = None
    seconds: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def messages(self) -> list[Message]:
        """Everything the member was shown, in order."""
        return [*([self.original] if self.original else []), *self.followups]


class Interactions:
    """Sends interactions to the bot and takes its answers."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._world = server.world
        self._by_token: dict[str, Interaction] = {}
        self.all: list[Interaction] = []

    def create(
        self, kind: int, user: User, channel: Channel, data: Json, **known_: Any
    ) -> Interaction:
        """Send an interaction through the gateway."""
        world = self._world
        interaction = Interaction(
            world.snowflake(), kind, user, channel, data, born=world.now(), **known_
        )
        self._by_token[interaction.token] = interaction
        self.all.append(interaction)
        self._server.gateway.dispatch("INTERACTION_CREATE", self._payload(interaction))
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        channel, guild, bot = interaction.channel, interaction.channel.guild, self._world.bot
        rights = ALL
        if guild:
            present = bot.id in guild.members
            # An app that only the user has installed may do little more than answer.
            rights = channel.permissions(bot) if present else P.EMBED_LINKS | P.ATTACH_FILES
        found: Json = {
            "id": str(interaction.id),
            "application_id": str(bot.id),
            "type": interaction.kind,
            "data": interaction.data,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": channel.payload(),
            "locale": interaction.locale,
            "app_permissions": str(int(rights)),
            "attachment_size_limit": 10 << 20,
            "entitlements": [],
            "authorizing_integration_owners": interaction.owners,
            "context": self._server.commands.context(channel),
        }
        if guild:
            member = guild.members[interaction.user.id].payload()
            member["permissions"] = str(int(channel.permissions(interaction.user)))
            found["member"] = member
            found["guild_id"] = str(guild.id)
            found["guild"] = {
                "id": str(guild.id),
                "locale": interaction.guild_locale,
                "features": [],
            }
            found["guild_locale"] = interaction.guild_locale
            found["channel"]["permissions"] = member["permissions"]
        else:
            found["user"] = interaction.user.payload()
        if interaction.source:
            found["message"] = interaction.source.payload()
        return found

    # The answer

    @route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", public=True)
    async def callback(self, call: Call) -> Json | None:
        interaction = self._by_token.get(call.parts["interaction_token"])
        if interaction is None or interaction.id != call.id("interaction_id"):
            raise known(10062)
        if interaction.answer is not None:
            raise known(40060)
        seconds = asyncio.get_running_loop().time() - interaction.created
        if seconds > self._server.answer_within:
            raise known(10062)
        source = interaction.source if call.body.get("type") == UPDATE else None
        self._server.check(call, "callback", flags=source.flags if source else 0)
        kind = call.body["type"]
        allowed = _ANSWERS[interaction.kind]
        if kind not in allowed or (kind in (DEFER_UPDATE, UPDATE) and not interaction.source):
            raise invalid([f"$.type: an interaction of type {interaction.kind} takes {allowed}"])
        self._carry_out(interaction, kind, call)
        interaction.answer, interaction.seconds = kind, seconds
        self._server.timings.append((interaction.name, seconds))
        if call.query.get("with_response", "").lower() not in ("1", "true"):
            return None
        return self._described(interaction)

    def _carry_out(self, interaction: Interaction, kind: int, call: Call) -> None:
        data = call.body.get("data") or {}
        match kind:
            case _ if kind == SUGGEST:
                interaction.choices = data.get("choices") or []
            case _ if kind == MODAL:
                interaction.modal = data | {"components": dress(data["components"])}
            case _ if kind in (SEND, DEFER):
                interaction.original = self._post(interaction, data, call, loading=kind == DEFER)
            case _:
                interaction.original = interaction.source
                if kind == UPDATE and interaction.source:
                    self._world.edit(interaction.source, data, call.files)

    def _post(
        self, interaction: Interaction, data: Json, call: Call, *, loading: bool = False
    ) -> Message:
        guild = interaction.channel.guild
        hidden = bool((data.get("flags") or 0) & EPHEMERAL)
        if guild and list(interaction.owners) == [str(USER_INSTALL)]:
            rights = interaction.channel.permissions(interaction.user)
            hidden = hidden or not rights & P.USE_EXTERNAL_APPS
        kind = DEFAULT
        if interaction.kind == INVOKED:
            kind = COMMAND if interaction.data["type"] == 1 else CONTEXT_MENU
        return self._world.post(
            interaction.channel,
            self._world.bot,
            data,
            call.files,
            mentions_all=False,
            kind=kind,
            flags=LOADING * loading | EPHEMERAL * hidden,
            extra=self._metadata(interaction),
            ephemeral_to=interaction.user if hidden else None,
        )

    def _metadata(self, interaction: Interaction) -> Json:
        user = interaction.user.payload()
        found: Json = {
            "id": str(interaction.id),
            "type": interaction.kind,
            "user": user,
            "authorizing_integration_owners": interaction.owners,
        }
        name = interaction.name.removeprefix("/")
        legacy = {"id": found["id"], "type": found["type"], "name": name, "user": user}
        if interaction.kind == COMPONENT and interaction.source:
            found["interacted_message_id"] = str(interaction.source.id)
        if interaction.kind == SUBMITTED:
            found["triggering_interaction_metadata"] = {
                **found,
                "type": INVOKED,
                "authorizing_integration_owners": interaction.owners,
            }
        extra: Json = {"interaction_metadata": found}
        if interaction.kind == INVOKED:
            extra["interaction"] = legacy
        number = str(self._world.bot.id)
        return extra | {"application_id": number, "webhook_id": number}

    def _described(self, interaction: Interaction) -> Json:
        found: Json = {"id": str(interaction.id), "type": interaction.kind}
        shown = interaction.original
        if shown is None:
            return {"interaction": found}
        found |= {
            "response_message_id": str(shown.id),
            "response_message_loading": shown.loading,
            "response_message_ephemeral": bool(shown.flags & EPHEMERAL),
        }
        if interaction.answer in (DEFER_UPDATE, DEFER):
            return {"interaction": found}
        resource = {"type": interaction.answer, "message": shown.payload()}
        return {"interaction": found, "resource": resource}

    # Afterwards

    @route("POST", "/webhooks/{webhook_id}/{webhook_token}", public=True)
    async def followup(self, call: Call) -> Json:
        interaction = self._answered(call)
        self._server.check(call, "message")
        if interaction.original and interaction.original.loading:
            # The first followup takes the place of the deferred answer.
            self._world.edit(interaction.original, call.body, call.files)
            return interaction.original.payload()
        if list(interaction.owners) == [str(USER_INSTALL)] and len(interaction.followups) >= 5:
            guild = interaction.channel.guild
            if guild is None or self._world.bot.id not in guild.members:
                raise known(40094)
        message = self._post(interaction, call.body, call)
        interaction.followups.append(message)
        return message.payload()

    @route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", public=True)
    async def shown(self, call: Call) -> Json:
        return self._message(call, self._answered(call)).payload()

    @route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", public=True)
    async def edit(self, call: Call) -> Json:
        message = self._message(call, self._answered(call))
        self._server.check(call, "edit", flags=message.flags)
        self._world.edit(message, call.body, call.files)
        return message.payload()

    @route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", public=True)
    async def delete(self, call: Call) -> None:
        self._world.delete(self._message(call, self._answered(call)))

    def _answered(self, call: Call) -> Interaction:
        interaction = self._by_token.get(call.parts["webhook_token"])
        if interaction is None or call.id("webhook_id") != self._world.bot.id:
            raise known(10015)
        if self._world.now() - interaction.born > self._server.token_lifetime:
            raise known(50027)
        if interaction.answer in (None, SUGGEST):
            raise known(10015)
        return interaction

    def _message(self, call: Call, interaction: Interaction) -> Message:
        if call.parts["message_id"] == "@original":
            message = interaction.original
        else:
            number = call.id("message_id")
            message = next((m for m in interaction.messages if m.id == number), None)
        if message is None or message.deleted:
            raise known(10008)
        return message
