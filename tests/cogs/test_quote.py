from __future__ import annotations

import pytest

from .stage import Stage

LINE = "a mirror shows today's face, a backup remembers yesterday's"


async def test_quote(stage: Stage) -> None:
    card = await stage.ask("quote", text=LINE)
    assert not card.private
    assert card.text.startswith("### [#2 Backups You Can Restore with Daniel Osei](https://")
    assert (
        "-# **Ines Albrecht:** So the copies had no history.\n"
        "**Daniel Osei** · ≈ 12:15\n"
        "> A **mirror** shows you **today**'s **face**. A **backup** has to **remember "
        "yesterday**'s."
    ) in card.text
    assert "-# **Tomas Okafor:** Did you get any of them back?" in card.text
    assert "[#1 A Server in the Hallway" in card.text
    assert card.buttons == ["Earlier", "Later", "Listen", "Show notes"]
    assert card.button("Listen")["url"].endswith("episode-2.mp3#t=734")


async def test_nobody_said_it(stage: Stage) -> None:
    card = await stage.ask("quote", text="xylophone zeppelin")
    assert card.text == (
        "Nobody said anything like it. I looked through 14 episodes, 1 of them without a "
        "transcript."
    )
    assert not card.private


async def test_only_what_somebody_said_somewhere(stage: Stage) -> None:
    card = await stage.ask("quote", text="backup", speaker="Clara Jensen")
    assert "### [#8 SQLite" in card.text
    assert "**Clara Jensen** · " in card.text
    card = await stage.ask("quote", text="backup", episode="episode-1-a-server-in-the-hallway")
    assert "### [#1 A Server" in card.text
    card = await stage.ask("quote", text="mirror", speaker="Clara Jensen")
    assert card.text.startswith("Nobody said")
    card = await stage.ask("quote", text="backup", episode="99")
    assert card.private
    assert card.text == "There is no episode 99; they run from 1 to 13."


@pytest.mark.parametrize(("text", "said"), [(" ", "There is no"), ("?!", "at least one word")])
async def test_lines_without_words(stage: Stage, text: str, said: str) -> None:
    assert said in (await stage.ask("quote", text=text)).text


async def test_walking_through_the_transcript(stage: Stage) -> None:
    card = await stage.ask("quote", text=LINE)
    turned = await stage.press(card, "Later")
    assert turned.text.split("\n")[2:4] == [
        "-# **Tomas Okafor** · ≈ 12:42",
        "Did you get any of them back?",
    ]
    assert turned.button("Listen")["url"].endswith("#t=762")
    last = turned.text
    back = await stage.press(turned, "Earlier")
    assert "A mirror shows you today's face." in back.text
    assert (await stage.press(back, "Later")).text == last
    # All the way to either end.
    for label, gone in (("Earlier", "Earlier"), ("Later", "Later")):
        seen: list[str] = []
        for _ in range(60):
            if label not in card.buttons:
                break
            card = await stage.press(card, label)
            seen.append(card.text)
            await stage.env.advance_time(5)
        assert gone not in card.buttons
        assert len(set(seen)) == len(seen)
    assert len(stage.channel.history()) == 1


async def test_somebody_elses_walk_is_their_own(stage: Stage) -> None:
    card = await stage.ask("quote", text=LINE)
    text = card.text
    copy = await stage.press(card, "Later", stage.bob)
    assert copy.private
    further = await stage.press(copy, "Later", stage.bob)
    assert further.message and copy.message
    assert further.message.id == copy.message.id
    assert card.text == text


async def test_sharing(stage: Stage) -> None:
    card = await stage.ask("quote", text=LINE, private=True)
    assert card.private
    assert card.buttons[-1] == "Share with the channel"
    shared = await stage.press(card, "Share with the channel")
    assert not shared.private
    assert "> A **mirror** shows you **today**'s **face**." in shared.text
    assert shared.buttons == ["Earlier", "Later", "Listen", "Show notes"]
    await stage.restart()
    assert not (await stage.press(card, "Share with the channel")).private


async def test_suggestions(stage: Stage) -> None:
    async def suggested(option: str, typed: str) -> list[str]:
        found = await stage.ann.autocomplete(stage.channel, "quote", option, typed, text=LINE)
        return [choice["name"] for choice in found]

    assert (await suggested("speaker", "dan"))[0] == "Daniel Osei"
    assert (await suggested("episode", "bakups"))[0].startswith("#2 Backups")
    assert len(await suggested("episode", "")) == 14
    assert await suggested("speaker", "zzzqqq") == []


async def test_long_turns(large_stage: Stage) -> None:
    card = await large_stage.ask("quote", text="we should talk about the cool things of the week")
    for _ in range(3):
        assert len(card.text) < 3_000
        card = await large_stage.press(card, "Later")
