from __future__ import annotations

import pytest

from .stage import Stage


async def test_host(stage: Stage) -> None:
    card = await stage.ask("person", name="ines")
    assert not card.private
    assert card.text.startswith("### Ines Albrecht\nHost of 14 episodes · ")
    assert "of what was said there\n**Most about** " in card.text
    assert card.text.count("](https://") == len(card.menu) == 5
    older = await stage.press(card, "Older")
    assert older.text.startswith("### Episodes: Ines Albrecht\n-# 6 to 14 of 14\n[#8 SQLite")
    newer = await stage.press(older, "Newer")
    assert newer.text.startswith("### Episodes: Ines Albrecht\n-# 1 to 10 of 14\n[#13 Mail")


async def test_guest(stage: Stage) -> None:
    card = await stage.ask("person", name="Olu Adeyemi", private=True)
    assert card.private
    assert card.text.startswith("### Olu Adeyemi\nGuest of 2 episodes · ")
    assert card.buttons == []
    assert "#7 Time Zones, Part 2" in card.text
    opened = await stage.choose(card, next(iter(card.menu.values())))
    assert "### [#7 Time Zones" in opened.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Nobody @everyone", "Nobody called 'Nobody @everyone' hosts, visits or speaks here."),
        (" ", "Nobody called '' hosts"),
    ],
)
async def test_nobody(stage: Stage, name: str, said: str) -> None:
    card = await stage.ask("person", name=name)
    assert card.private
    assert said in card.text


async def test_suggestions(stage: Stage) -> None:
    found = await stage.ann.autocomplete(stage.channel, "person", "name", "")
    assert {choice["name"] for choice in found[:2]} == {"Ines Albrecht", "Tomas Okafor"}
    found = await stage.ann.autocomplete(stage.channel, "person", "name", "olu adeyami")
    assert found[0]["name"] == "Olu Adeyemi"


async def test_several_are_meant(large_stage: Stage) -> None:
    card = await large_stage.ask("person", name="mark")
    assert card.private
    assert card.text.startswith("Whom do you mean: ")


async def test_the_list_goes_on_where_the_card_ends(large_stage: Stage) -> None:
    """Also for somebody who is only heard in some of the episodes."""
    stage = large_stage
    for name in ("Mark Mirchandani", "Francesc Campoy Flores", "Melanie Warrick"):
        card = await stage.ask("person", name=name)
        shown = list(card.menu)
        assert "Older" in card.buttons
        older = await stage.press(card, "Older")
        assert not set(shown) & set(older.menu)
