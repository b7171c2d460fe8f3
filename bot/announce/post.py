"""The announcement itself: the one function that makes what is posted, previewed and tested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.announce.identity import Seen
from bot.announce.options import Options
from bot.announce.template import STANDARD, fill
from bot.ui import cards
from bot.ui.items import away
from bot.ui.limits import THREAD_NAME
from bot.ui.markdown import clock, day, escape, link, shorten, web

_TEXT = 1_800  # characters of the moderators' text


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent: a view, whom it may ping, and the name of its thread or forum post."""

    view: ui.LayoutView
    mentions: discord.AllowedMentions
    name: str


def announcement(colour: int, seen: Seen, options: Options, *, more: ui.Item[Any] | None) -> Post:
    """The post about an episode; ``more`` is the button that marks it as a delivery's."""
    everyone = options.role is not None and options.role < 0
    role = options.role if options.role and options.role > 0 else None
    ping = f"<@&{role}>" if role else ("@everyone" if everyone else "")
    text = fill(options.template, _values(seen, ping))
    if options.message:
        # Own words say what the standard ones would; a text that moderators wrote stays.
        standard = not text or options.template == STANDARD
        text = options.message if standard else f"{options.message}\n{text}"
    if ping and ping not in text:
        text = f"{ping} {text}".rstrip()
    view = cards.Layout()
    if text:
        view.add_item(ui.TextDisplay(text[:_TEXT]))
    view.add_item(_card(colour, seen, more))
    return Post(
        view=view,
        mentions=discord.AllowedMentions(
            everyone=everyone,
            users=False,
            roles=[discord.Object(role)] if role else False,
            replied_user=False,
        ),
        name=shorten(_name(seen), THREAD_NAME),
    )


def _card(colour: int, seen: Seen, more: ui.Item[Any] | None) -> ui.Item[Any]:
    body = seen.body
    facts = [day(seen.published), clock(body.get("duration"), exact=True)]
    head = f"### {link(_name(seen), seen.url)}\n-# {' · '.join(filter(None, facts))}"
    people = [
        f"**{label}{'s' * (len(names) > 1)}** {escape(shorten(', '.join(names), 300))}"
        for label, names in (("Host", body.get("hosts")), ("Guest", body.get("guests")))
        if names
    ]
    card = cards.Card(colour)
    card.text("\n".join([head.removesuffix("\n-# "), *people]), image=body.get("image"))
    if blurb := body.get("blurb"):
        card.text(escape(shorten(blurb, 700)))
    if named := body.get("categories"):
        card.text(f"-# {escape(shorten(' · '.join(named), 300))}")
    card.buttons([away("Listen", body.get("audio_url")), away("Show notes", seen.url), more])
    [container] = card.view().children
    return container


def _name(seen: Seen) -> str:
    return (f"#{seen.number} " if seen.number is not None else "") + seen.title


def _values(seen: Seen, ping: str) -> dict[str, str]:
    body = seen.body
    url = str(seen.url) if web(seen.url) else ""
    audio = str(body["audio_url"]) if web(body.get("audio_url")) else ""
    return {
        "ping": ping,
        "number": "" if seen.number is None else str(seen.number),
        "title": escape(shorten(seen.title, 250)),
        "link": link(seen.title, seen.url),
        "url": url,
        "audio": audio,
        "date": _date(seen.published, date_only=bool(body.get("date_only"))),
        "duration": clock(body.get("duration"), exact=True),
        "description": escape(shorten(body.get("blurb") or "", 400)),
        "hosts": escape(shorten(", ".join(body.get("hosts") or ()), 200)),
        "guests": escape(shorten(", ".join(body.get("guests") or ()), 200)),
        "categories": escape(shorten(", ".join(body.get("categories") or ()), 200)),
    }


def _date(published: datetime | None, *, date_only: bool) -> str:
    if published is None:
        return ""
    return day(published) if date_only else f"<t:{int(published.timestamp())}:D>"


def letter(colour: int, text: str, buttons: list[ui.Item[Any] | None] | None = None) -> Post:
    """A private message, or one to those who are mentioned in its text."""
    card = cards.Card(colour)
    card.text(text[:3_500])
    card.buttons(buttons or [])
    return Post(card.view(), discord.AllowedMentions(users=True, roles=False, everyone=False), "")
