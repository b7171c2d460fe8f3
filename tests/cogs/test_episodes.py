from __future__ import annotations

from typing import Any

import pytest

from .stage import Stage


async def test_episode(stage: Stage) -> None:
    card = await stage.ask("episode", episode="5")
    assert not card.private
    assert card.text.startswith(
        "### [#5 Rate Limits and Good Neighbours with Hanna Weiss](https://smallmachines.example/"
    )
    assert "**Hosts** Ines Albrecht, Tomas Okafor\n**Guest** Hanna Weiss\n" in card.text
    assert "**Question of the week**\nWhat are API keys and when should I use them?" in card.text
    assert "-# Web Services · Scripting · Etiquette" in card.text
    assert [part["media"]["url"] for part in card.parts if "media" in part] == [
        "https://smallmachines.example/images/episode-5.png"
    ]
    assert card.buttons == ["Listen", "Show notes", "Transcript"]
    assert "Interview" in card.menu


@pytest.mark.parametrize(
    "what",
    ["Episode 5", "#5", "rate limits", "hana weis", "episode-5-rate-limits-and-good-neighbours"],
)
async def test_episodes_are_named_in_many_ways(stage: Stage, what: str) -> None:
    assert "### [#5 Rate" in (await stage.ask("episode", episode=what)).text


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("99", "There is no episode 99; they run from 1 to 13."),
        ("14", "There is no episode 14; they run from 1 to 13."),  # a draft
        ("gardening with robots", "No episode is called"),
        ("@here `zzzqqq`", "No episode is called '@here `zzzqqq`'."),
        ("²", "No episode is called '²'."),
        (" ", "Which episode? Give its number, or some words of its title."),
    ],
)
async def test_there_is_no_such_episode(stage: Stage, what: str, said: str) -> None:
    card = await stage.ask("episode", episode=what)
    assert card.private
    assert said in card.text


async def test_show_notes(stage: Stage) -> None:
    episode = await stage.ask("episode", episode="5")
    section = await stage.choose(episode, episode.menu["Interview"], stage.bob)
    assert section.private
    assert section.text.startswith("### Interview\n-# [#5 Rate Limits")
    assert "\n- The apology letter, in full [blog](https://hanna.example/dear-vogelnetz/)" in (
        section.text
    )
    await stage.restart()
    assert "- curl [site]" in (await stage.choose(episode, episode.menu["Interview"])).text


async def test_transcript(stage: Stage) -> None:
    episode = await stage.ask("episode", episode="5")
    read = await stage.press(episode, "Transcript", stage.bob)
    assert read.private
    assert "-# **Ines Albrecht** · ≈ 0:00\nHello and welcome" in read.text
    assert read.buttons == ["Later", "Listen", "Show notes"]
    later = await stage.press(read, "Later", stage.bob)
    assert "Earlier" in later.buttons
    silent = await stage.ask("episode", episode="10")
    assert "Transcript" not in silent.buttons or silent.text


async def test_latest_and_random(stage: Stage) -> None:
    card = await stage.ask("latest")
    assert card.text.startswith("### The newest episodes\n-# 1 to 5 of 14\n[#13 Mail That Arrives")
    assert "-# 2 July 2025 · Sofia Rossi runs a mail server" in card.text
    assert len(card.menu) == 5
    assert (await stage.ask("latest", private=True)).private
    opened = await stage.choose(card, next(iter(card.menu.values())))
    assert "### [#13 Mail" in opened.text
    assert "### [" in (await stage.ask("random")).text


async def test_browse(stage: Stage) -> None:
    card = await stage.ask("browse")
    assert card.text.startswith("### Episodes\n-# 1 to 10 of 14\n[#13 Mail That Arrives")
    assert card.buttons == ["Older"]
    text = card.text
    older = await stage.press(card, "Older")
    assert older.text.startswith("### Episodes\n-# 11 to 14 of 14\n")
    assert (older.buttons, len(older.menu)) == (["Newer"], 4)
    assert (await stage.press(older, "Newer")).text == text
    copy = await stage.press(card, "Older", stage.bob)
    assert copy.private
    assert card.text == text
    turned = await stage.press(copy, "Newer", stage.bob)
    assert turned.message and copy.message
    assert turned.message.id == copy.message.id


@pytest.mark.parametrize(
    ("chosen", "headline"),
    [
        ({"category": "dns"}, "Episodes: dns\n-# 1 to 2 of 2"),
        ({"person": "tomas", "year": 2025}, "Episodes: Tomas Okafor, 2025\n-# 1 to 10 of 14"),
        ({"person": "Hanna Weis"}, "Episodes: Hanna Weiss\n-# 1 to 1 of 1"),
    ],
)
async def test_browse_some(stage: Stage, chosen: dict[str, Any], headline: str) -> None:
    card = await stage.ask("browse", **chosen)
    assert card.text.startswith(f"### {headline}")
    if "Older" in card.buttons:
        await stage.restart()
        older = await stage.press(card, "Older")
        assert older.text.startswith(f"### {headline}".replace("1 to 10", "11 to 14"))


@pytest.mark.parametrize(
    "chosen", [{"category": "zzz"}, {"person": "nobody"}, {"year": 1999}, {"category": "`@here`"}]
)
async def test_nothing_fits(stage: Stage, chosen: dict[str, Any]) -> None:
    card = await stage.ask("browse", **chosen)
    assert card.private
    assert card.text.startswith("No episode fits that.")


async def test_suggestions(stage: Stage) -> None:
    async def suggested(command: str, option: str, typed: str) -> list[str]:
        found = await stage.ann.autocomplete(stage.channel, command, option, typed)
        return [choice["name"] for choice in found]

    assert (await suggested("episode", "episode", "hana"))[0].startswith("#5 ")
    assert [name.split()[0] for name in await suggested("episode", "episode", "1")] == [
        *("#1", "#10", "#11", "#12", "#13")
    ]
    assert await suggested("episode", "episode", "zzzqqq") == []
    assert (await suggested("browse", "category", "self hosting"))[0] == "Self-Hosting"
    assert len(await suggested("browse", "category", "")) == 25
    assert (await suggested("browse", "person", "albrcht"))[0] == "Ines Albrecht"
    assert await suggested("browse", "year", "") == ["2025"]
    assert await suggested("browse", "year", "20") == ["2025"]
    assert await suggested("browse", "year", "x") == []
    # A suggestion is what the command takes.
    found = await stage.ann.autocomplete(stage.channel, "episode", "episode", "wether")
    shown = await stage.ask("episode", episode=found[0]["value"])
    assert "### [#10 Weather Stations" in shown.text


async def test_the_reference_archive(large_stage: Stage) -> None:
    stage = large_stage
    for number in ("1", "107", "230", "331"):
        card = await stage.ask("episode", episode=number)
        assert len(card.text) < 2_000
        if card.menu:
            section = await stage.choose(card, list(card.menu.values())[-1])
            assert len(section.text) < 4_000
    await stage.env.advance_time(60)
    card = await stage.ask("browse", person="Mark Mirchandani")
    while "Older" in card.buttons:
        await stage.env.advance_time(5)
        card = await stage.press(card, "Older")
    assert "Newer" in card.buttons
