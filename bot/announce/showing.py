"""Cards for moderators: previews, settings, lists of deliveries and the reasons behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot import categories as spellings
from bot.announce.deliveries import Delivery
from bot.announce.planning import Subscription, Verdict
from bot.announce.post import Post
from bot.announce.template import PLACEHOLDERS
from bot.ui import cards
from bot.ui.limits import ROW_BUTTONS
from bot.ui.markdown import escape, shorten

Item = ui.Item[Any]

_SIGNS = {
    "planned": "🕓",
    "sending": "📤",
    "sent": "✅",
    "failed": "❌",
    "held": "✋",
    "withdrawn": "↩️",
}


def stamp(moment: datetime, style: str = "f") -> str:
    """A moment that everybody sees in their own time zone."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def preview(post: Post, note: str, buttons: Sequence[Item]) -> ui.LayoutView:
    """A post exactly as it will look, with a note and buttons below that are not part of it."""
    view = post.view
    view.add_item(ui.Separator())
    view.add_item(ui.TextDisplay(shorten_lines(note, 1_200)))
    for first in range(0, len(buttons), ROW_BUTTONS):
        view.add_item(ui.ActionRow(*buttons[first : first + ROW_BUTTONS]))
    return view


def shorten_lines(text: str, length: int) -> str:
    """At most ``length`` characters, with its lines kept."""
    return text if len(text) <= length else text[: length - 1] + "…"


def settings(subscription: Subscription, lacking: Sequence[str]) -> str:
    """A channel's settings in words, and the permissions that the bot misses there."""
    chosen = subscription.options
    quiet = ""
    if chosen.quiet:
        begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in chosen.quiet)
        quiet = f"is quiet from {begin} to {end} ({chosen.zone})"
    role = {None: "nobody", -1: "@everyone"}.get(chosen.role, f"<@&{chosen.role}>")
    extras = [
        name
        for name, on in (
            (quiet, chosen.quiet),
            ("publishes to following servers", chosen.crosspost),
            ("opens a discussion thread", chosen.thread),
            ("waits until the audio answers", chosen.wait_for_audio),
        )
        if on
    ]
    lines = [
        f"**<#{subscription.channel_id}>** · automatic: "
        f"{'on' if subscription.automatic else 'off'} · pings {role}",
        f"It {', '.join(extras)}." if extras else "",
        f"Only: {escape(', '.join(chosen.include))}" if chosen.include else "",
        f"Never: {escape(', '.join(chosen.exclude))}" if chosen.exclude else "",
        f"⚠️ I miss **{', '.join(lacking)}** there; until then I hold what is due."
        if lacking
        else "I have every permission I need there.",
    ]
    return "\n".join(line for line in lines if line)


def placeholders() -> str:
    """What may stand in a template."""
    return "\n".join(f"{{{name}}}: {what}" for name, what in PLACEHOLDERS.items())


def listing(
    colour: int,
    found: Sequence[tuple[Delivery, str, Mapping[str, tuple[str, str | None]]]],
    where: Sequence[Subscription],
    buttons: Sequence[Item],
) -> ui.LayoutView:
    """A server's announcements, each with the episode's name and its chores."""
    card = cards.Card(colour)
    channels = [
        f"<#{one.channel_id}>{'' if one.automatic else ' (automatic: off)'}" for one in where
    ]
    card.text("### Announcements\n-# " + (", ".join(channels[:20]) or "no channel is set up"))
    if not found:
        card.text("Nothing was announced yet.")
    for delivery, name, chores in found:
        card.text(line(delivery, name, chores))
    card.buttons(buttons)
    return card.view()


def line(
    delivery: Delivery, name: str, chores: Mapping[str, tuple[str, str | None]] | None = None
) -> str:
    """One delivery on a line or two: state, episode, channel, when, link, and what is wrong."""
    moment = delivery.due if delivery.state == "planned" else delivery.changed
    link = f" · [post]({delivery.link})" if delivery.link and delivery.state == "sent" else ""
    text = (
        f"{_SIGNS.get(delivery.state, '')} **{escape(shorten(name, 90))}** in "
        f"<#{delivery.channel_id}> · {delivery.state} {stamp(moment)}{link}"
    )
    troubles = [delivery.reason] if delivery.reason else []
    for kind, (state, reason) in (chores or {}).items():
        if state != "done":
            troubles.append(f"{kind} {state}" + (f": {reason}" if reason else ""))
    return text + "".join(f"\n-# {escape(shorten(trouble, 200))}" for trouble in troubles)


def why(
    colour: int, name: str, channel_id: int, verdict: Verdict, known: Iterable[Delivery]
) -> ui.LayoutView:
    """What would happen with an episode in a channel, or why it did not, stage by stage."""
    card = cards.Card(colour)
    card.text(f"### {escape(shorten(name, 150))} in <#{channel_id}>")
    card.text(
        "\n".join(
            f"{'✅' if stage.passed else '❌'} **{stage.name}**: {escape(stage.why)}"
            for stage in verdict.stages
        )
    )
    history = [line(delivery, name) for delivery in known]
    if history:
        card.line()
        card.text("\n".join(history[:5]))
    elif verdict.due:
        card.text(f"It will be announced {stamp(verdict.due)}.")
    else:
        card.text("It is not announced automatically; `/announce` does it by hand.")
    return card.view()


def log(colour: int, records: Sequence[tuple[datetime, int | None, str, str]]) -> ui.LayoutView:
    """The audit log: who did what, and when."""
    card = cards.Card(colour)
    card.text("### Who did what")
    rows = [
        f"{stamp(at)} {f'<@{user}>' if user else 'from outside'}: **{escape(action)}** "
        f"{escape(shorten(detail, 100))}"
        for at, user, action, detail in records
    ]
    card.text("\n".join(rows) or "Nothing was done yet.")
    return card.view()


def category_keys(text: str, known: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Keys of categories given with commas between them, and the names that there are not."""
    there = {spellings.key(name) for name in known}
    names = [name.strip() for name in text.split(",") if name.strip()]
    keys = tuple(dict.fromkeys(spellings.key(name) for name in names))
    return keys, [name for name in names if spellings.key(name) not in there]


def role_of(role: discord.Role | None) -> int | None:
    """A role as it is kept: -1 is everyone."""
    if role is None:
        return None
    return -1 if role.is_default() else role.id


def with_buttons(colour: int, text: str, buttons: Sequence[Item]) -> ui.LayoutView:
    """A text with buttons."""
    card = cards.Card(colour)
    card.text(text)
    card.buttons(buttons)
    return card.view()
