"""``/help`` and ``/answers``."""

from __future__ import annotations

import re

import pytest
import simcord

from .stage import Card, Stage


async def test_help(stage: Stage) -> None:
    card = await stage.ask("help")
    assert card.private
    ids = stage.bot.command_ids
    assert f"\n- </ask:{ids['ask']}> Which episode covered it? Ask in your words" in card.text
    for name in ("quote", "episode", "latest", "random", "browse", "person"):
        assert f"\n- </{name}:{ids[name]}> " in card.text
    assert re.search(
        r"- </follow topic:\d+> </follow person:\d+> </follow category:\d+> Hear of new", card.text
    )
    assert "/answers" not in card.text
    assert "I know 14 episodes and " in card.text
    assert "**Apps → Find the episode**" in card.text


async def test_help_for_moderators(stage: Stage) -> None:
    card = Card(await stage.moderator.slash(stage.channel, "help"))
    assert f"\n- </answers:{stage.bot.command_ids['answers']}> For moderators" in card.text


async def test_help_by_direct_message(stage: Stage) -> None:
    assert "- </ask:" in Card(await stage.ann.user.slash("help")).text


async def test_help_after_a_restart_knows_the_commands(stage: Stage) -> None:
    text = (await stage.ask("help")).text
    await stage.restart()
    assert (await stage.ask("help")).text == text


async def test_answers_is_for_moderators_of_servers(stage: Stage) -> None:
    with pytest.raises(simcord.SetupError, match="default-member-permissions"):
        await stage.ask("answers", private=True)
    with pytest.raises(simcord.SetupError):
        await stage.ann.user.slash("answers", private=True)
    card = Card(await stage.moderator.slash(stage.channel, "answers", private=True))
    assert card.private
    assert card.text == (
        "From now on answers are shown to the asker alone, unless the asker chooses otherwise."
    )
    card = Card(await stage.moderator.slash(stage.channel, "answers", private=False))
    assert "to everybody in the channel" in card.text
