"""``/stats``: what moderators see of what was asked, and who may."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import simcord

from bot.announce.clock import utc
from bot.telemetry import plot, questions
from bot.telemetry.questions import Asked
from bot.ui import limits

from .stage import Card, Stage

REFUSED = "This is for those who may manage the server."


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[Any]:
    """What was drawn; how it is drawn is tested elsewhere, and takes long."""
    calls: list[Any] = []

    async def draw(*wanted: Any) -> bytes:
        calls.append(wanted)
        return b"\x89PNG\r\n\x1a\n a picture"

    monkeypatch.setattr(plot, "draw", draw)
    return calls


async def stats(stage: Stage) -> Card:
    return Card(await stage.moderator.slash(stage.channel, "stats"))


async def press(stage: Stage, card: Card, label: str) -> Card:
    return await stage.press(card, label, stage.moderator)


async def asked(stage: Stage, *many: tuple[str, str, int], days_ago: int = 0) -> None:
    """As if so much had been asked."""
    day = utc().date() - timedelta(days_ago)
    batch = Counter({Asked(stage.guild.id, day, "ask", how, words): n for words, how, n in many})
    await stage.bot.state.run(questions.add, batch)


def gallery(card: Card) -> dict[str, Any]:
    [part] = [part for part in card.parts if part["type"] == limits.Component.MEDIA_GALLERY]
    return part["items"][0]


async def test_stats(stage: Stage, drawn: list[Any]) -> None:
    for question in ("which episode covered API keys", "the API key one", "quantum computers"):
        await stage.ask("ask", question=question)
    await stage.ask("ask", question="xylophone zeppelin", private=True)
    await stage.ask("quote", text="you have not got a backup until you have restored it")
    found = await stage.ask("ask", question="API keys")
    await stage.press(found, "More candidates")
    card = await stats(stage)
    assert card.private
    today = utc().date()
    assert card.text.startswith("### Questions\n-# ")
    assert f"to {today.day} {today:%B %Y}, 30 days in UTC" in card.text
    assert "**5** asked: 3 answered, 1 with the nearest only, 1 without anything." in card.text
    assert "Of 1 the words were not kept. Lines looked for with /quote: 1." in card.text
    assert "**Asked most**\n- api keys · 3 ×\n- quantum computers · 1 ×" in card.text
    assert "**Asked, but not answered**\n- quantum computers · 1 ×" in card.text
    assert "zeppelin" not in card.text
    assert "Words are kept for 90 days, never who asked" in card.text
    assert card.buttons == ["7 days", "90 days", "Stop keeping words", "Delete the record"]
    [(days, since, until)] = drawn
    assert days == {today: {"answered": 3, "closest": 1, "nothing": 1}}
    assert (until - since, until) == (timedelta(29), today)


async def test_the_picture_is_sent_along_and_described(stage: Stage) -> None:
    await asked(stage, ("api keys", "answered", 12), ("zeppelin", "nothing", 3), days_ago=2)
    card = await stats(stage)
    assert card.message
    [file] = card.message.attachments
    assert (file.filename, await file.read()) == ("questions.png", b"\x89PNG\r\n\x1a\n a picture")
    item = gallery(card)
    day = utc().date() - timedelta(2)
    assert item["description"].endswith(
        "15 asked: 12 answered, 0 with the nearest only, 3 without anything. "
        f"Most on one day: 15, on {day.day} {day:%B %Y}."
    )
    shorter = await press(stage, card, "7 days")
    assert shorter.message and shorter.message.id == card.message.id
    assert "7 days in UTC" in shorter.text
    assert len(shorter.message.attachments) == 1
    assert gallery(shorter)["media"]["url"].endswith("/questions.png")


async def test_a_picture_that_fails_keeps_nobody_from_the_numbers(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        return None

    monkeypatch.setattr(plot, "draw", broken)
    await asked(stage, ("api keys", "answered", 1))
    card = await stats(stage)
    assert "**1** asked" in card.text
    assert limits.Component.MEDIA_GALLERY not in {part["type"] for part in card.parts}


async def test_nothing_was_asked(stage: Stage, drawn: list[Any]) -> None:
    card = await stats(stage)
    assert "Nothing was asked." in card.text
    assert drawn == []


async def test_spans(stage: Stage) -> None:
    await asked(stage, ("old", "answered", 1), days_ago=89)
    await asked(stage, ("older", "answered", 1), days_ago=90)
    await asked(stage, ("new", "answered", 1), days_ago=6)
    card = await stats(stage)
    assert "**1** asked" in card.text
    assert "**2** asked" in (await press(stage, card, "90 days")).text
    assert "**1** asked" in (await press(stage, card, "7 days")).text


async def test_pages_and_a_restart(stage: Stage) -> None:
    many = [(f"w{n} _*{'long ' * 30}", "closest", n) for n in range(1, 21)]
    await asked(stage, *many)
    card = await stats(stage)
    assert card.text.count("×") == 16
    assert "- w20 _*long long" in card.text
    await stage.restart()
    second = await press(stage, card, "More")
    assert "- w12 _*long" in second.text
    third = await press(stage, second, "More")
    assert third.text.count("×") == 8
    assert "More" not in third.buttons
    assert (await press(stage, third, "Back")).text == second.text


async def test_moderators_may_have_questions_only_counted(stage: Stage) -> None:
    card = await press(stage, await stats(stage), "Stop keeping words")
    assert "Questions are only counted, for 90 days; their words are not kept." in card.text
    await stage.restart()
    await stage.ask("ask", question="API keys")
    card = await stats(stage)
    assert "**1** asked: 1 answered" in card.text
    assert "api keys" not in card.text
    assert "Words are kept" in (await press(stage, card, "Keep the words")).text
    await stage.ask("ask", question="API keys")
    assert "- api keys · 1 ×" in (await stats(stage)).text
    log = Card(await stage.moderator.slash(stage.channel, "announcements log"))
    assert "only counted" in log.text and "words are kept" in log.text


async def test_deleting_the_record(stage: Stage) -> None:
    await asked(stage, ("api keys", "answered", 1))
    await stage.ask("ask", question="API keys")
    sure = await press(stage, await stats(stage), "Delete the record")
    assert sure.text.startswith("Delete everything that is recorded")
    assert "**2** asked" in (await press(stage, sure, "Keep it")).text
    sure = await press(stage, await stats(stage), "Delete the record")
    assert (await press(stage, sure, "Delete")).text.startswith("Deleted: nothing is recorded")
    assert "Nothing was asked." in (await stats(stage)).text


async def test_it_is_for_moderators_of_servers(stage: Stage) -> None:
    with pytest.raises(simcord.SetupError, match="default-member-permissions"):
        await stage.ask("stats")
    with pytest.raises(simcord.SetupError):
        await stage.ann.user.slash("stats")


@pytest.mark.parametrize(
    "custom_id",
    ["stats:30:0", "statswords:0:30", "statsforget:30", "statswipe"],
)
async def test_forged_buttons_are_refused(stage: Stage, custom_id: str) -> None:
    await asked(stage, ("api keys", "answered", 1))
    answer = await stage.ask("ask", question="which episode covered API keys")
    stage.forge(answer, "In context", custom_id=custom_id)
    card = await stage.press(answer, "In context")
    assert card.private
    assert card.text == REFUSED
    assert "**2** asked" in (await stats(stage)).text
    assert stage.bot.recorder.keeps_words(stage.guild.id)


@pytest.mark.parametrize(
    ("custom_id", "said"),
    [
        ("stats:31:0", "Choose one of the spans that are offered."),
        ("stats:99999999999999999999:0", "Choose one of the spans that are offered."),
        ("stats:30:8", "There is no more."),
        ("stats:30:99999999999999999999", "There is no more."),
        ("statswords:7:0", "Choose one of the spans that are offered."),
    ],
)
async def test_buttons_with_impossible_fields(stage: Stage, custom_id: str, said: str) -> None:
    await asked(stage, ("api keys", "answered", 1))
    card = await stats(stage)
    stage.forge(card, "7 days", custom_id=custom_id)
    pressed = await press(stage, card, "7 days")
    assert pressed.text == said


async def test_other_servers_are_not_seen(stage: Stage) -> None:
    day = utc().date()
    batch = {Asked(guild, day, "ask", "answered", "elsewhere"): 1 for guild in (0, 1)}
    await stage.bot.state.run(questions.add, batch)
    assert "Nothing was asked." in (await stats(stage)).text
