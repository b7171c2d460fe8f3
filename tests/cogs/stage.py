"""The real bot on a real archive, in a simulated Discord, and what it sent there.

simcord runs discord.py's own machinery against a Discord in memory. It accepts some bodies that
Discord refuses, so that ``violations`` judges all that was sent by Discord's documented limits.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.client import EpisodeBot
from bot.settings import Settings
from bot.ui import limits

_KINDS = {
    r"POST /interactions/\d+/\w+/callback": "callback",
    r"POST /webhooks/\d+/\w+": "message",
    r"PATCH /webhooks/\d+/\w+/messages/@original": "edit",
    r"PUT /applications/\d+/commands": "commands",
}
_WITHOUT_BODY = (
    r"GET /oauth2/applications/@me",  # at start
    r"DELETE /webhooks/\d+/\w+/messages/@original",
)


class Stage:
    """The bot in a server with a channel and two members.

    Attributes:
        installed: Whether the server has the bot, or only the member who uses it.
        locale: The language of the members' Discord.
        faults: What the bot may have logged as errors.
    """

    def __init__(self, env: simcord.Env, settings: Settings) -> None:
        self.env = env
        self.settings = settings
        self.installed = True
        self.locale = "en-US"
        self.faults: list[str] = []
        env.backend.subscribers.insert(0, self._complete)
        self.guild = env.create_guild("Small Machines")
        self.channel = self.guild.create_text_channel("episodes")
        self.ann = self.guild.add_member(env.create_user("ann", global_name="Ann"))
        self.bob = self.guild.add_member(env.create_user("bob", global_name="Bob"))
        self.moderator = self.guild.add_member(
            env.create_user("mo", global_name="Mo"),
            roles=[self.guild.create_role("Mods", permissions=discord.Permissions(32))],
        )

    def enter(self, channel: str) -> None:
        """Go on in another channel."""
        self.channel = self.guild.create_text_channel(channel)

    @property
    def bot(self) -> EpisodeBot:
        """The bot, as it was last started."""
        assert isinstance(self.env.bot, EpisodeBot)
        return self.env.bot

    def _complete(self, event: str, payload: Mapping[str, Any]) -> None:
        """Add to an interaction what simcord leaves empty: who installed the bot, the language."""
        if event == "INTERACTION_CREATE" and isinstance(payload, dict):
            user = (payload.get("user") or payload["member"]["user"])["id"]
            guild = {"0": payload.get("guild_id", "0")}
            payload["authorizing_integration_owners"] = guild if self.installed else {"1": user}
            payload["locale"] = self.locale

    async def ask(self, name: str, /, **options: Any) -> Card:
        """What Ann gets for a command."""
        return Card(await self.ann.slash(self.channel, name, **options))

    async def press(self, card: Card, label: str, who: simcord.MemberActor | None = None) -> Card:
        """What a member, else Ann, gets for pressing a button."""
        assert card.message
        return Card(await (who or self.ann).click(card.message, label=label))

    async def choose(self, card: Card, value: str, who: simcord.MemberActor | None = None) -> Card:
        """What a member, else Ann, gets for choosing from the menu."""
        assert card.message
        return Card(await (who or self.ann).select(card.message, [value]))

    def forge(self, card: Card, label: str | None = None, /, **changes: Any) -> None:
        """Change a button, or without a label the menu, as if a card had been sent like that."""
        assert card.message
        stored = self.env.backend.get_message(card.message.channel_id, card.message.id)
        if label is None:
            part = next(part for part in _walk(stored.components) if "options" in part)
        else:
            part = next(part for part in _walk(stored.components) if part.get("label") == label)
        part.update(changes)

    async def restart(self) -> None:
        """Stop the bot and start it again on the same archive."""
        before = self.bot
        await self.env.restart_bot(EpisodeBot(self.settings))
        await before.close()

    def violations(self) -> list[str]:
        """Every limit of Discord's that a request broke, and every one that could mention."""
        return [line for request in self.env.http_requests for line in _judge(request)]


def _judge(request: simcord.HttpLogEntry) -> Iterator[str]:
    line = f"{request.method} {request.path}"
    kind = next((kind for form, kind in _KINDS.items() if re.fullmatch(form, line)), None)
    if any(re.fullmatch(form, line) for form in _WITHOUT_BODY):
        return
    if kind is None:
        yield f"{line}: nobody expects the bot to ask for that"
        return
    body: Any = request.json
    if kind == "edit":
        # Everything that the bot sends is of Components V2, and a message stays what it is.
        body = {"flags": limits.COMPONENTS_V2, **body}
    yield from (f"{line} {broken}" for broken in limits.violations(body, kind=kind))
    message = body.get("data") or {} if kind == "callback" else body
    if "custom_id" in message:  # a form, which mentions nobody
        return
    if "components" in message and message.get("allowed_mentions") != {"parse": []}:
        yield f"{line}: could mention somebody"


class Card:
    """What a member got for an interaction: the card that is shown in the end."""

    def __init__(self, result: simcord.InteractionResult) -> None:
        self.result = result
        shown = [result.response, *result.followups]
        self.message = next((message for message in reversed(shown) if message), None)

    @property
    def private(self) -> bool:
        """Whether only the one who asked sees it."""
        assert self.message, "nothing was answered"
        return self.message.ephemeral

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Every component, from the top."""
        assert self.message, "nothing was answered"
        return list(_walk(self.message.components))

    @property
    def text(self) -> str:
        """All that is written on it, without what Discord does not show."""
        texts = [
            part["content"] for part in self.parts if part["type"] == limits.Component.TEXT_DISPLAY
        ]
        return "\n".join(texts).replace("\\", "").replace("@\u200b", "@")

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        return [part["label"] for part in self.parts if part["type"] == limits.Component.BUTTON]

    @property
    def menu(self) -> dict[str, str]:
        """The entries of its menu, each with its value."""
        menus = [part for part in self.parts if part["type"] == limits.Component.STRING_SELECT]
        return {option["label"]: option["value"] for menu in menus for option in menu["options"]}

    def button(self, label: str) -> dict[str, Any]:
        """One of its buttons."""
        return next(part for part in self.parts if part.get("label") == label)


def _walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from _walk(component.get("components", []))
        if accessory := component.get("accessory"):
            yield accessory


@asynccontextmanager
async def open_stage(archive: Path, **settings: Any) -> AsyncIterator[Stage]:
    """Start the bot on an archive; the state stands beside it."""
    bot = EpisodeBot(chosen := Settings(archive=archive, **settings))
    # What the bot reports of its own errors is in the log.
    env = simcord.Env(bot, shard_count=1, check_errors=False)
    await env.start()
    played = Stage(env, chosen)
    try:
        yield played
    finally:
        await played.bot.close()
        await env.shutdown()
