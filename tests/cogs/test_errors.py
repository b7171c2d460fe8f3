"""What members are told when something goes wrong, and how soon."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from typing import Any

import pytest

from bot.ui import reply
from bot.ui.cards import notice

from .stage import Stage

KEYS = "which episode covered API keys"
DRAFT = 14


@pytest.fixture
def slow(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Searching takes longer than a member is left without a sign; returns the cog's module."""
    monkeypatch.setattr(reply, "PATIENCE", 0.02)
    cog = sys.modules["cogs.ask"]  # as the bot loaded it
    search = cog.ask

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0.1)
        return await search(*args, **kwargs)

    monkeypatch.setattr(cog, "ask", slowly)
    return cog


def callbacks(stage: Stage) -> list[int]:
    """The types of the answers that the bot gave at once."""
    return [r.json["type"] for r in stage.env.http_requests if r.json and "type" in r.json]


@pytest.mark.usefixtures("slow")
async def test_a_slow_search_is_deferred(stage: Stage) -> None:
    card = await stage.ask("ask", question=KEYS)
    assert not card.private
    assert "### [#5 Rate Limits" in card.text
    assert (await stage.ask("ask", question=KEYS, private=True)).private
    more = await stage.press(card, "More candidates")
    assert more.text.startswith("-# api keys\n**5.** ")
    copy = await stage.press(more, "Back", stage.bob)
    assert copy.private
    assert more.text.startswith("-# api keys\n**5.** ")
    assert callbacks(stage) == [5, 5, 6, 5]


async def test_a_slow_fault_is_told_in_private(
    stage: Stage, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await stage.ask("ask", question=KEYS)
    text = card.text

    async def broken(*_: Any) -> Any:
        await asyncio.sleep(0.1)
        raise RuntimeError("on purpose")

    monkeypatch.setattr(slow, "ask", broken)
    before = len(stage.channel.history())
    wrong = await stage.ask("ask", question=KEYS)
    assert wrong.text.startswith("Something went wrong on my side")
    assert wrong.private
    assert len(stage.channel.history()) == before  # nothing is left in public
    # A card that was to be turned stays, and whoever turned it is told alone.
    turned = await stage.press(card, "More candidates")
    assert turned.private
    assert card.text == text
    faults = re.findall(r"fault (\w{6})", wrong.text + turned.text)
    stage.faults = [f"fault {faults[0]} in /ask", f"fault {faults[1]} in component more"]


async def test_a_fault_has_an_id_that_is_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await stage.ask("ask", question=KEYS)
    with sqlite3.connect(stage.settings.archive) as db:
        db.execute("DROP TABLE turn")
    card = await stage.ask("quote", text="backup")
    pressed = await stage.press(answer, "In context")
    assert card.private and pressed.private
    assert card.text.startswith("Something went wrong on my side, not on yours. If it happens ")
    ids = [re.findall(r"fault (\w{6})\.", one.text)[0] for one in (card, pressed)]
    stage.faults = [f"fault {ids[0]} in /quote", f"fault {ids[1]} in component context"]
    assert "no such table" in caplog.text


async def test_a_card_that_discord_would_refuse_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.cards.person", lambda *_: notice(0, " "))
    card = await stage.ask("person", name="Ines")
    assert card.private
    [fault] = re.findall(r"fault (\w{6})\.", card.text)
    stage.faults = [f"fault {fault} in /person"]


async def test_too_often(stage: Stage) -> None:
    card = await stage.ask("latest")
    for _ in range(5):
        await stage.ask("random")
    await stage.choose(card, next(iter(card.menu.values())))
    await stage.ask("help")
    for refused in (
        await stage.ask("latest"),
        await stage.choose(card, next(iter(card.menu.values()))),
    ):
        assert refused.private
        assert refused.text == "One moment, please: ask again in 15 s."
    # Others may, suggestions may, and so may Ann after a while.
    assert not (
        await stage.choose(card, next(iter(card.menu.values())), stage.bob)
    ).text.startswith("One moment")
    assert await stage.ann.autocomplete(stage.channel, "episode", "episode", "mail")
    await stage.env.advance_time(15)
    assert not (await stage.ask("latest")).private


FORGED = [
    ("context:999999:1:words", "That transcript is not here any more."),
    ("context:99999999999999999999:1:words", "That transcript is not here any more."),
    (f"context:{DRAFT}:1:words", "That transcript is not here any more."),
    ("context:1:99999999999999999999:words", "There is no more of the transcript there."),
    ("walk:1:1:99999999999999999999:1", "There is no more of the transcript there."),
    ("walk:1:1:0:0", "There is no more of the transcript there."),
    (f"walk:1:{DRAFT}:1:1", "That transcript is not here any more."),
    (f"read:{DRAFT}", "That transcript is not here any more."),
    (f"sharequote:{DRAFT}:1:words", "That transcript is not here any more."),
    ("sharequote:1:99999999999999999999:words", "That passage is not here any more."),
    ("more:1:99999999999999999999:api keys", "There are no further candidates."),
    ("more:1:5:?!", "I need at least one word to look for."),
    ("share:", "There is no question."),
    ("leaf:1:0:0:zzz|", "No episode fits that."),
    ("leaf:1:0:99999999999999999999:|", "No episode fits that."),
    ("leaf:1:99999999999999999999:0:|", "There are no more episodes."),
]


@pytest.mark.parametrize(("custom_id", "said"), FORGED, ids=[one for one, _ in FORGED])
async def test_forged_buttons(stage: Stage, custom_id: str, said: str) -> None:
    draft = next(e for e in await stage.bot.shows.first.archive.catalogue() if e.draft)
    answer = await stage.ask("ask", question=KEYS)
    text = answer.text
    custom_id = custom_id.replace(f":{DRAFT}", f":{draft.id}", 1)
    stage.forge(answer, "In context", custom_id=custom_id)
    card = await stage.press(answer, "In context")
    assert card.private
    assert said in card.text
    assert answer.text == text


@pytest.mark.parametrize("value", ["draft", "999999", "9" * 50, "-1", "²", "x", ""])
async def test_forged_menus(stage: Stage, value: str) -> None:
    draft = next(e for e in await stage.bot.shows.first.archive.catalogue() if e.draft)
    value = value.replace("draft", str(draft.id))
    answer = await stage.ask("ask", question=KEYS)
    stage.forge(answer, options=[{"label": "x", "value": value}])
    card = await stage.choose(answer, value)
    assert card.private
    assert card.text == "That episode is not here any more."
    episode = await stage.ask("episode", episode="5")
    stage.forge(episode, options=[{"label": "x", "value": value}])
    assert (await stage.choose(episode, value)).text == "That section is not there any more."
    stage.forge(episode, custom_id=f"section:{draft.id}", options=[{"label": "x", "value": "0"}])
    assert (await stage.choose(episode, "0")).text == "That episode is not here any more."


async def test_ids_of_nobody_are_left_alone(stage: Stage) -> None:
    answer = await stage.ask("ask", question=KEYS)
    for custom_id in ("context", "context:a:b", "more:1:2", "drop table", "walk:1:1:1:1:1"):
        stage.forge(answer, "In context", custom_id=custom_id)
        assert not (await stage.press(answer, "In context")).result.acknowledged


async def test_an_episode_that_has_gone(stage: Stage) -> None:
    answer = await stage.ask("ask", question=KEYS)
    episode = await stage.ask("episode", episode="5")
    with sqlite3.connect(stage.settings.archive) as db:
        db.execute("UPDATE episode SET draft = 1 WHERE number = 5")
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    value = next(iter(answer.menu.values()))
    assert (await stage.choose(answer, value)).text == "That episode is not here any more."
    for card, label in ((answer, "In context"), (episode, "Transcript")):
        pressed = await stage.press(card, label)
        assert pressed.text == "That transcript is not here any more."
    assert "#5" not in (await stage.press(answer, "More candidates")).text


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("ask", {"question": KEYS}, "### No episode covers that\n-# I looked through 0 episodes."),
        ("quote", {"text": KEYS}, "Nobody said anything like it. I looked through 0 episodes."),
        ("episode", {"episode": "5"}, "There is no episode 5."),
        ("latest", {}, "There is no episode yet."),
        ("random", {}, "There is no episode yet."),
        ("browse", {}, "No episode fits that."),
        ("person", {"name": "Ines"}, "Nobody called 'Ines' hosts"),
        ("help", {}, "I know 0 episodes"),
    ],
)
async def test_before_anything_was_loaded(
    empty_stage: Stage, command: str, options: dict[str, str], said: str
) -> None:
    assert said in (await empty_stage.ask(command, **options)).text
    for option in options if command in ("episode", "person") else ():
        assert await empty_stage.ann.autocomplete(empty_stage.channel, command, option, "") == []
