"""Whoever sends the custom id of a control that was not shown to them gets nothing by it."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from discord import ui

import cogs
from bot.announce import deliveries, memory, subscriptions
from bot.announce.clock import utc
from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.store.server import Server

from ..cogs.stage import Stage

KEYS = "which episode covered API keys"
REFUSED = "This is for those who may manage the server."
NOT_THERE = "That announcement is not there any more."

# What a member may press on whatever card, since it only shows what they may see anyway.
HARMLESS = {
    *("context", "more", "share", "walk", "read", "leaf", "sharequote", "open", "section"),
    *("unfollow", "announced"),
}
# What changes something, or shows what moderators see, and why it does not work for others.
GUARDED: dict[str, str] = {
    "anntext:{channel}": REFUSED,
    "annquiet:{channel}": REFUSED,
    "annauto:{channel}:0": REFUSED,
    "annforget:{channel}": REFUSED,
    "annresume:{delivery}": REFUSED,
    "annanew:{delivery}": REFUSED,
    "annleaf:0": REFUSED,
    "confirm:{delivery}": NOT_THERE,
    "cancel:{delivery}": NOT_THERE,
    "stats:30:0": REFUSED,
    "statswords:0:30": REFUSED,
    "statsforget:30": REFUSED,
    "statswipe": REFUSED,
}


def names() -> set[str]:
    """Every kind of control that works after a restart."""
    found: set[str] = set()
    for info in pkgutil.iter_modules(cogs.__path__):
        module = importlib.import_module(f"cogs.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, ui.DynamicItem):
                form = value.__discord_ui_compiled_template__.pattern
                found.add(form.partition("(")[0])
    return found - {"-", ""}


def test_every_control_is_known_here() -> None:
    assert names() == HARMLESS | {one.partition(":")[0] for one in GUARDED}


async def announced(stage: Stage, *, guild: int | None = None, user: int | None = None) -> int:
    """A channel that is set up, and a draft of a moderator's in it; its id."""
    channel, state = stage.channel.id, stage.bot.state
    guild = guild or stage.guild.id
    source, found = await memory.look(stage.bot.shows.first.archive)
    await state.run(memory.observe, source, found, utc(), longest_missed=timedelta(days=7))
    [release, *_] = await state.run(memory.releases)
    wanted = Subscription(
        guild_id=guild,
        channel_id=channel,
        automatic=True,
        options=Options(role=5),
        user_id=1,
        since=utc(),
    )
    await state.run(subscriptions.save, wanted, utc())
    number = await state.run(
        deliveries.plan,
        kind="episode",
        release_id=release.id,
        guild_id=guild,
        channel_id=channel,
        options=Options(),
        now=utc(),
        user_id=user or stage.moderator.id,
        state="draft",
    )
    assert number is not None
    return number


def kept(path: Path | Server) -> list[Any]:
    """All that the state holds of announcements."""
    assert isinstance(path, Path)
    db = sqlite3.connect(path)
    tables = ("subscription", "delivery", "audit")
    known = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    rows = [
        row for table in sorted(known & {*tables}) for row in db.execute(f"SELECT * FROM {table}")
    ]
    db.close()
    return rows


@pytest.mark.parametrize("form", GUARDED)
async def test_members_cannot_press_what_is_for_moderators(stage: Stage, form: str) -> None:
    number = await announced(stage)
    answer = await stage.ask("ask", question=KEYS)
    before = kept(stage.settings.ledger)
    assert before
    custom_id = form.format(channel=stage.channel.id, delivery=number)
    stage.forge(answer, "In context", custom_id=custom_id)
    card = await stage.press(answer, "In context")
    assert card.private
    assert card.text == GUARDED[form]
    assert kept(stage.settings.ledger) == before


@pytest.mark.parametrize("form", [one for one in GUARDED if "{" in one])
async def test_a_moderator_cannot_reach_into_another_server(stage: Stage, form: str) -> None:
    number = await announced(stage, guild=123456789012345678)
    answer = await stage.ask("ask", question=KEYS)
    before = kept(stage.settings.ledger)
    custom_id = form.format(channel=stage.channel.id, delivery=number)
    stage.forge(answer, "In context", custom_id=custom_id)
    card = await stage.press(answer, "In context", stage.moderator)
    assert card.private
    assert card.text in (
        "That channel is not set up any more.",
        "There is no such announcement in this server.",
        NOT_THERE,
    )
    assert kept(stage.settings.ledger) == before


async def test_nobody_stops_what_another_follows(stage: Stage) -> None:
    await stage.ask("follow topic", topic="solar panels")
    mine = await stage.ask("following")
    [value] = mine.menu.values()
    theirs = await stage.ask("latest")
    stage.forge(theirs, custom_id="unfollow", options=[{"label": "x", "value": value}])
    assert "You follow nothing" in (await stage.choose(theirs, value, stage.bob)).text
    assert "solar panels" in (await stage.ask("following")).text
