"""An interaction that is over leaves nothing behind: a bot that runs for months has millions."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter

from .stage import Card, Stage


def tasks() -> Counter[str]:
    """What is under way, by the name of the coroutine."""
    return Counter(str(task.get_coro()).split()[2] for task in asyncio.all_tasks())


def forms() -> int:
    """How many forms are remembered."""
    gc.collect()
    return sum(type(one).__name__ == "TextForm" for one in gc.get_objects())


async def test_no_task_is_left_of_what_is_answered_or_refused(stage: Stage) -> None:
    before = tasks()
    card = await stage.ask("ask", question="which episode covered API keys")
    await stage.press(card, "In context")
    await stage.press(card, "In context", stage.bob)
    refused = await stage.ask("ask", question="?!")
    assert refused.private
    assert "at least one word" in refused.text
    assert (await stage.ask("following")).private
    assert tasks() == before


async def test_a_form_that_nobody_sends_is_forgotten(stage: Stage) -> None:
    where = {"channel": stage.channel}
    shown = Card(await stage.moderator.slash(stage.channel, "announcements setup", **where))
    await stage.press(shown, "Edit the text", stage.moderator)
    assert forms() == 1
    await stage.env.advance_time(3600)
    assert forms() == 0
