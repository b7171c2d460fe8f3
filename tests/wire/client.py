"""The member's side: commands, buttons, select menus and modals, as Discord's client sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.ui import limits
from bot.ui.limits import Component

from .commands import MESSAGE, SLASH, USER, Commands
from .interactions import (
    AUTOCOMPLETE,
    COMPONENT,
    DEFER,
    INVOKED,
    SUBMITTED,
    Interaction,
    Interactions,
)
from .messages import Message
from .options import RefusedError, Resolved, descend, fill, nest
from .permissions import P
from .shown import Control, Shown
from .state import Channel, Kind, Member, Role, User, World

if TYPE_CHECKING:
    from .gateway import Gateway

Json = dict[str, Any]

_KINDS = {4: "message", 5: "deferred", 6: "deferred update", 7: "update", 8: "choices", 9: "modal"}


class NoAnswerError(AssertionError):
    """The application did not respond, as the member is told after three seconds."""


class Choice(NamedTuple):
    """A suggestion while typing."""

    name: str
    value: Any


class Conversation:
    """One interaction from the member's side: what was answered, and what can be done with it."""

    def __init__(self, driver: Driver, interaction: Interaction) -> None:
        self._driver = driver
        self.interaction = interaction

    @property
    def kind(self) -> str:
        """The first answer: message, deferred, deferred update, update, modal."""
        return _KINDS[self.interaction.answer or 0]

    @property
    def seconds(self) -> float:
        """How long the first answer took."""
        assert self.interaction.seconds is not None
        return self.interaction.seconds

    @property
    def messages(self) -> list[Shown]:
        """The answer and the followups that are still there."""
        return [Shown(message) for message in self.interaction.messages if not message.deleted]

    @property
    def message(self) -> Shown:
        """The answer itself (for an update, the message that the control is on)."""
        assert self.interaction.original, "the bot answered without a message"
        return Shown(self.interaction.original)

    @property
    def followups(self) -> list[Shown]:
        return [Shown(message) for message in self.interaction.followups]

    @property
    def text(self) -> str:
        """All that can be read in every message."""
        return "\n".join(message.text for message in self.messages)

    @property
    def ephemeral(self) -> bool:
        return self.message.ephemeral

    @property
    def modal(self) -> Json:
        """The modal that the bot opened."""
        assert self.interaction.modal, "the bot opened no modal"
        return self.interaction.modal

    def control(self, which: str | Control) -> Control:
        """Find a control in the newest message that has it."""
        return self._with(which).control(which)

    async def press(self, which: str | Control, *, wait: bool = True) -> Conversation:
        """Press a button by its label or custom id."""
        user, shown = self.interaction.user, self._with(which)
        return await self._driver.press(user, shown, which, wait=wait, **self._locales)

    async def choose(self, which: str | Control, *values: Any, wait: bool = True) -> Conversation:
        """Choose from a select menu, by labels or values, or by users, roles and channels."""
        user, shown = self.interaction.user, self._with(which)
        return await self._driver.choose(user, shown, which, values, wait=wait, **self._locales)

    async def submit(
        self, values: Mapping[str, Any] | None = None, *, wait: bool = True
    ) -> Conversation:
        """Submit the modal, its fields given by their label or custom id."""
        return await self._driver.submit(self, values or {}, wait=wait)

    @property
    def _locales(self) -> dict[str, str]:
        return {
            "locale": self.interaction.locale,
            "guild_locale": self.interaction.guild_locale,
        }

    def _with(self, which: str | Control) -> Shown:
        for shown in reversed(self.messages):
            if any(c == which or which in (c.label, c.custom_id) for c in shown.controls):
                return shown
        seen = "\n\n".join(map(str, self.messages))
        raise LookupError(f"no message has a control called {which!r}:\n{seen}")

    def __repr__(self) -> str:
        return "\n\n".join(map(str, self.messages))


class Driver:
    """Everything that members do; mixed into the server."""

    world: World
    commands: Commands
    interactions: Interactions
    answer_within: float
    gateway: Gateway
    until: Callable[..., Any]
    settle: Callable[..., Any]

    def say(self, user: User, channel: Channel, content: str) -> Message:
        """Write an ordinary message."""
        if not channel.permissions(user) & P.SEND_MESSAGES:
            raise RefusedError(f"{user.username} cannot write here")
        return self.world.post(channel, user, {"content": content})

    async def slash(
        self,
        user: User | Member,
        channel: Channel,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        locale: str = "en-US",
        guild_locale: str | None = None,
        wait: bool = True,
    ) -> Conversation:
        """Use a slash command, subcommands after spaces, and wait for the answer.

        That includes one that is deferred; with ``wait`` false the first sign of life is enough.
        """
        user, data, owners = self._command(user, channel, name, options or {})
        return await self._invoke(
            INVOKED, user, channel, data, f"/{name}", owners, locale, guild_locale, wait=wait
        )

    async def autocomplete(
        self,
        user: User | Member,
        channel: Channel,
        name: str,
        options: Mapping[str, Any],
        focused: str,
        *,
        locale: str = "en-US",
        guild_locale: str | None = None,
    ) -> list[Choice]:
        """Type into an option; return what the bot suggests."""
        user, data, owners = self._command(user, channel, name, options, focused)
        seen = await self._invoke(
            AUTOCOMPLETE, user, channel, data, f"/{name} {focused}…", owners, locale, guild_locale
        )
        choices = seen.interaction.choices or []
        localized = [(c.get("name_localizations") or {}).get(locale, c["name"]) for c in choices]
        return [Choice(n, c["value"]) for n, c in zip(localized, choices, strict=True)]

    async def message_command(
        self, user: User | Member, message: Message | Shown, name: str, **more: Any
    ) -> Conversation:
        """Use a command from a message's context menu."""
        message = message.message if isinstance(message, Shown) else message
        return await self._context(user, message.channel, name, MESSAGE, message, **more)

    async def user_command(
        self, user: User | Member, channel: Channel, target: User | Member, name: str, **more: Any
    ) -> Conversation:
        """Use a command from a user's context menu."""
        target = target.user if isinstance(target, Member) else target
        return await self._context(user, channel, name, USER, target, **more)

    async def press(
        self,
        user: User | Member,
        shown: Shown | Message,
        which: str | Control,
        *,
        locale: str = "en-US",
        guild_locale: str | None = None,
        wait: bool = True,
    ) -> Conversation:
        """Press a button of any message."""
        shown, control = self._control(user, shown, which, (Component.BUTTON,))
        if control.data["style"] in (5, 6):
            raise RefusedError(f"{control} leads away and sends nothing to the bot")
        data = {"component_type": Component.BUTTON, "custom_id": control.custom_id}
        return await self._component(user, shown, control, data, locale, guild_locale, wait=wait)

    async def choose(
        self,
        user: User | Member,
        shown: Shown | Message,
        which: str | Control,
        values: Iterable[Any],
        *,
        locale: str = "en-US",
        guild_locale: str | None = None,
        wait: bool = True,
    ) -> Conversation:
        """Choose from a select menu of any message."""
        shown, control = self._control(user, shown, which, limits.SELECTS)
        resolved = Resolved(shown.message.channel, _user(user))
        data = {
            "component_type": control.kind,
            "custom_id": control.custom_id,
            "values": _selected(control, list(values), resolved),
        }
        if control.kind != Component.STRING_SELECT:
            data["resolved"] = resolved.found
        return await self._component(user, shown, control, data, locale, guild_locale, wait=wait)

    async def submit(
        self, conversation: Conversation, values: Mapping[str, Any], *, wait: bool = True
    ) -> Conversation:
        """Submit a modal."""
        opened, modal = conversation.interaction, conversation.modal
        resolved = Resolved(opened.channel, opened.user)
        left = dict(values)
        components = [_submitted(c, None, left, resolved) for c in modal["components"]]
        if left:
            raise RefusedError(f"the modal has no fields called {', '.join(left)}")
        data: Json = {"custom_id": modal["custom_id"], "components": components}
        if resolved.found:
            data["resolved"] = resolved.found
        return await self._invoke(
            SUBMITTED,
            opened.user,
            opened.channel,
            data,
            f"submit {modal['custom_id']}",
            opened.owners,
            opened.locale,
            opened.guild_locale,
            source=opened.source,
            wait=wait,
        )

    def _command(
        self,
        user: User | Member,
        channel: Channel,
        name: str,
        options: Mapping[str, Any],
        focused: str | None = None,
    ) -> tuple[User, Json, dict[str, str]]:
        user = _user(user)
        first, *path = name.split()
        command, owners = self.commands.find(user, channel, first, SLASH)
        chain, resolved = descend(command, path), Resolved(channel, user)
        definitions = (chain[-1] if chain else command).get("options", [])
        filled = nest(chain, fill(definitions, options, resolved, focused=focused))
        data = _invocation(command) | {"options": filled}
        return user, data | ({"resolved": resolved.found} if resolved.found else {}), owners

    async def _context(
        self,
        user: User | Member,
        channel: Channel,
        name: str,
        kind: int,
        target: Message | User,
        *,
        locale: str = "en-US",
        guild_locale: str | None = None,
        wait: bool = True,
    ) -> Conversation:
        user = _user(user)
        command, owners = self.commands.find(user, channel, name, kind)
        resolved = Resolved(channel, user)
        data = _invocation(command) | {"target_id": resolved.add(target)}
        data["resolved"] = resolved.found
        return await self._invoke(
            INVOKED, user, channel, data, name, owners, locale, guild_locale, wait=wait
        )

    def _control(
        self,
        user: User | Member,
        shown: Shown | Message,
        which: str | Control,
        kinds: Iterable[int],
    ) -> tuple[Shown, Control]:
        shown = Shown(shown) if isinstance(shown, Message) else shown
        message, user = shown.message, _user(user)
        if message.deleted:
            raise RefusedError("the message has been deleted")
        if message.ephemeral_to not in (None, user):
            raise RefusedError("the message is shown to somebody else only")
        if not message.channel.permissions(user) & P.VIEW_CHANNEL:
            raise RefusedError(f"{user.username} cannot see the channel")
        control = shown.control(which)
        if control.kind not in kinds:
            raise RefusedError(f"{control} is of another type")
        if control.disabled:
            raise RefusedError(f"{control} is disabled")
        return shown, control

    async def _component(
        self,
        user: User | Member,
        shown: Shown,
        control: Control,
        data: Json,
        locale: str,
        guild_locale: str | None,
        *,
        wait: bool,
    ) -> Conversation:
        message = shown.message
        guild = message.channel.guild
        metadata = message.extra.get("interaction_metadata", {})
        owners = metadata.get("authorizing_integration_owners")
        return await self._invoke(
            COMPONENT,
            _user(user),
            message.channel,
            data | {"id": control.data["id"]},
            f"{control.label} <{control.custom_id}>",
            owners or {"0": str(guild.id) if guild else "0"},
            locale,
            guild_locale,
            source=message,
            wait=wait,
        )

    async def _invoke(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        name: str,
        owners: dict[str, str],
        locale: str,
        guild_locale: str | None,
        *,
        source: Message | None = None,
        wait: bool = True,
    ) -> Conversation:
        if not self.gateway.alive:
            raise NoAnswerError("the bot has no session")
        interaction = self.interactions.create(
            kind,
            user,
            channel,
            data,
            name=name,
            locale=locale,
            guild_locale=guild_locale or (channel.guild.locale if channel.guild else locale),
            owners=owners,
            source=source,
        )
        try:
            await self.until(lambda: interaction.answer, self.answer_within + 0.1, "an answer")
        except TimeoutError:
            what = f"{name}: no answer within {self.answer_within:g} s"
            raise NoAnswerError(what) from None
        if wait:
            if interaction.answer == DEFER and (shown := interaction.original):
                await self.until(
                    lambda: shown.deleted or not shown.loading, 30, f"the deferred answer to {name}"
                )
            await self.settle()
        return Conversation(self, interaction)


def _user(user: User | Member) -> User:
    return user.user if isinstance(user, Member) else user


def _invocation(command: Json) -> Json:
    found = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return found | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


_CHOOSABLE: dict[int, tuple[type, ...]] = {
    Component.USER_SELECT: (User, Member),
    Component.ROLE_SELECT: (Role,),
    Component.MENTIONABLE_SELECT: (User, Member, Role),
    Component.CHANNEL_SELECT: (Channel,),
}


def _selected(control: Control, values: list[Any], resolved: Resolved) -> list[str]:
    low, high = control.data.get("min_values", 1), control.data.get("max_values", 1)
    if not low <= len(values) <= high:
        raise RefusedError(f"{control} takes {low} to {high} values, not {len(values)}")
    if control.kind not in _CHOOSABLE:
        return [_option(control, value) for value in values]
    for value in values:
        kinds = control.data.get("channel_types")
        wrong = kinds and isinstance(value, Channel) and value.kind not in map(Kind, kinds)
        if not isinstance(value, _CHOOSABLE[control.kind]) or wrong:
            raise RefusedError(f"{control} does not offer {value!r}")
    return [resolved.add(value) for value in values]


def _option(control: Control, value: str) -> str:
    for option in control.options:
        if value in (option["value"], option["label"]):
            return option["value"]
    raise RefusedError(f"{control} does not offer {value!r}")


def _submitted(
    component: Json, label: str | None, values: dict[str, Any], resolved: Resolved
) -> Json:
    """Answer one component of a modal, taking its value out of those given."""
    found = {"type": component["type"], "id": component["id"]}
    match component["type"]:
        case Component.TEXT_DISPLAY:
            return found
        case Component.ACTION_ROW:
            inner = [_submitted(c, None, values, resolved) for c in component["components"]]
            return found | {"components": inner}
        case Component.LABEL:
            inner = _submitted(component["component"], component["label"], values, resolved)
            return found | {"component": inner}
    control = Control(component)
    found["custom_id"] = control.custom_id
    names = (control.custom_id, label, component.get("label"))
    key = next((name for name in names if name in values), None)
    value = values.pop(key) if key is not None else None
    required = component.get("required", True)
    if component["type"] == Component.TEXT_INPUT:
        return found | {"value": _typed(control, value, required=required)}
    if component["type"] == Component.CHECKBOX:
        return found | {"value": bool(value if value is not None else component.get("default"))}
    if value is None and component["type"] in (Component.STRING_SELECT, Component.RADIO_GROUP):
        value = [o["value"] for o in control.options if o.get("default")]
    chosen = value if isinstance(value, list | tuple) else [] if value is None else [value]
    if not chosen and not required:
        return found | (
            {"value": None} if component["type"] == Component.RADIO_GROUP else {"values": []}
        )
    if component["type"] == Component.RADIO_GROUP:
        if len(chosen) != 1:
            raise RefusedError(f"{label}: one of the options must be chosen")
        return found | {"value": _option(control, chosen[0])}
    if component["type"] == Component.FILE_UPLOAD:
        return found | {"values": [resolved.add(file) for file in chosen]}
    return found | {"values": _selected(control, list(chosen), resolved)}


def _typed(control: Control, value: Any, *, required: bool) -> str:
    text = control.data.get("value") or "" if value is None else value
    low, high = control.data.get("min_length", 0), control.data.get("max_length", 4_000)
    if not isinstance(text, str) or len(text) > high:
        raise RefusedError(f"{control}: at most {high} characters of text")
    if (required or text) and len(text) < max(low, int(required)):
        raise RefusedError(f"{control}: at least {max(low, 1)} characters")
    return text
