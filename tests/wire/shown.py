"""What a member sees: a message with its text and controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.ui import limits
from bot.ui.limits import Component

from .messages import EPHEMERAL, Message, walk

Json = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """A button or a select menu of a message, or a field of a modal."""

    data: Json

    @property
    def kind(self) -> int:
        return self.data["type"]

    @property
    def label(self) -> str:
        """A button's label or emoji, or a select menu's placeholder."""
        emoji = (self.data.get("emoji") or {}).get("name", "")
        return self.data.get("label") or self.data.get("placeholder") or emoji

    @property
    def custom_id(self) -> str | None:
        return self.data.get("custom_id")

    @property
    def url(self) -> str | None:
        return self.data.get("url")

    @property
    def disabled(self) -> bool:
        return bool(self.data.get("disabled"))

    @property
    def options(self) -> list[Json]:
        return self.data.get("options", [])

    def __str__(self) -> str:
        return f"{self.label} <{self.custom_id or self.url}>{' (disabled)' * self.disabled}"


class Shown:
    """A message as it is now; it changes with later edits."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @property
    def id(self) -> int:
        return self.message.id

    @property
    def content(self) -> str:
        return self.message.content

    @property
    def embeds(self) -> list[Json]:
        return self.message.embeds

    @property
    def components(self) -> list[Json]:
        """The component tree."""
        return self.message.components

    @property
    def files(self) -> dict[str, bytes]:
        """The attached files by name."""
        stored = self.message.channel.world.files
        return {a["filename"]: stored[a["id"], a["filename"]] for a in self.message.attachments}

    @property
    def ephemeral(self) -> bool:
        return bool(self.message.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether the member still sees that the bot is thinking."""
        return self.message.loading

    @property
    def deleted(self) -> bool:
        return self.message.deleted

    @property
    def v2(self) -> bool:
        return bool(self.message.flags & limits.COMPONENTS_V2)

    @property
    def text(self) -> str:
        """All that can be read: content, embeds and text displays, a line or more for each."""
        found: list[str | None] = [self.content]
        for embed in self.embeds:
            found += [embed.get("author", {}).get("name"), embed.get("title")]
            found.append(embed.get("description"))
            for field in embed.get("fields", ()):
                found += [field["name"], field["value"]]
            found.append(embed.get("footer", {}).get("text"))
        every = walk(self.components)
        found += [c["content"] for c in every if c["type"] == Component.TEXT_DISPLAY]
        return "\n".join(part for part in found if part)

    @property
    def controls(self) -> list[Control]:
        """Buttons and select menus in the order shown."""
        kinds = limits.SELECTS | {Component.BUTTON}
        return [Control(c) for c in walk(self.components) if c["type"] in kinds]

    @property
    def buttons(self) -> list[Control]:
        return [control for control in self.controls if control.kind == Component.BUTTON]

    @property
    def selects(self) -> list[Control]:
        return [control for control in self.controls if control.kind in limits.SELECTS]

    def control(self, which: str | Control) -> Control:
        """Find the one control with a label, an emoji, a placeholder or a custom id."""
        if isinstance(which, Control):
            return which
        found = [c for c in self.controls if which in (c.label, c.custom_id)]
        if len(found) != 1:
            listed = ", ".join(map(str, self.controls)) or "none"
            raise LookupError(f"{len(found)} controls are called {which!r}; there are: {listed}")
        return found[0]

    def __str__(self) -> str:
        notes = [name for name in ("ephemeral", "loading", "deleted") if getattr(self, name)]
        lines = [f"[{', '.join(notes)}]"] if notes else []
        return "\n".join([*lines, self.text, *(f"[{control}]" for control in self.controls)])

    __repr__ = __str__
