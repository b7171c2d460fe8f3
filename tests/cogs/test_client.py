"""Starting, registering the commands, stopping."""

from __future__ import annotations

import sqlite3

import pytest
from discord.ext import commands

from bot import client

from .stage import Stage


def registered(stage: Stage) -> int:
    return sum(request.method == "PUT" for request in stage.env.http_requests)


async def test_commands_are_registered_once(stage: Stage) -> None:
    assert registered(stage) == 1
    names = set(stage.bot.command_ids)
    assert {"ask", "quote", "episode", "latest", "random", "browse", "person"} <= names
    assert {"help", "answers", "Find the episode"} <= names
    await stage.restart()
    assert registered(stage) == 1
    assert set(stage.bot.command_ids) == names
    assert await stage.bot.register(force=True)
    assert registered(stage) == 2


async def test_changed_commands_are_registered_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "COGS", ("cogs.ask", "cogs.help"))
    await stage.restart()
    assert registered(stage) == 2
    assert set(stage.bot.command_ids) == {"ask", "help", "Find the episode"}


async def test_a_broken_cog_is_left_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "COGS", ("cogs.broken", "cogs.ask"))
    await stage.restart()
    assert "### [#5" in (await stage.ask("ask", question="API keys")).text
    stage.faults = [
        "cogs.broken cannot be loaded and is left out: "
        "Extension 'cogs.broken' could not be loaded or found."
    ]


async def test_commands_of_a_cog_that_was_unloaded_are_gone(stage: Stage) -> None:
    answer = await stage.ask("ask", question="API keys")
    for cog in ("cogs.ask", "cogs.quote", "cogs.episodes"):
        await stage.bot.unload_extension(cog)
    assert not (await stage.press(answer, "More candidates")).result.acknowledged
    gone = await stage.ask("ask", question="API keys")
    assert gone.private
    assert gone.text.startswith("This command has just changed.")
    await stage.bot.load_extension("cogs.ask")
    with pytest.raises(commands.ExtensionAlreadyLoaded):
        await stage.bot.load_extension("cogs.ask")
    assert (await stage.press(answer, "More candidates")).result.acknowledged


async def test_it_says_how_to_invite_it(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    await stage.restart()
    out = capsys.readouterr().out
    assert "Connected as TestBot" in out
    assert f"client_id={stage.bot.application_id}&scope=bot+applications.commands" in out


async def test_stores_are_closed(stage: Stage) -> None:
    before = stage.bot
    await stage.restart()
    with pytest.raises(ValueError, match="closed"):
        await before.shows.first.archive.revision()
    with pytest.raises((RuntimeError, sqlite3.ProgrammingError)):
        await before.state.registered(0)
