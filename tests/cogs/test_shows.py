"""Two shows in one bot: the option ``show``, a server's own choice, and buttons that remember."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import simcord

from bot.loading import load
from bot.settings import Settings
from bot.shows import Show
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from tests.conftest import ROOT

from .stage import Card, Stage, open_stage

MACHINES = Show("machines", "", "Small Machines", 0x112233, (ROOT / "data/episodes",))
TURNS = "\n\n".join(f"{name}: Tulip number {n}." for n in range(40) for name in ("INA", "TOM"))


def garden(folder: Path) -> Show:
    folder.mkdir()
    for number in range(1, 25):
        (folder / f"{number}.md").write_text(
            f"+++\ntitle = 'Tulips {number}'\nepisodeNumber = {number}\nhosts = ['Ina Oak']\n"
            "guests = ['Tom Ash']\ncategories = ['Flowers']\ndate = 2025-01-01\n+++\n\n"
            f"## Soil\n\nAbout soil.\n\n"
            f'{{{{< transcript "INA: We talk of tulips." >}}}}\n{TURNS}\n'
        )
    return Show("garden", "garden", "The Garden", 0x445566, (folder,))


@pytest.fixture
async def stage(
    sample_archive_path: Path, tmp_path: Path, stages: list[Stage]
) -> AsyncIterator[Stage]:
    shows = (MACHINES, garden(tmp_path / "garden"))
    archive = tmp_path / "archive.sqlite3"
    archive.write_bytes(sample_archive_path.read_bytes())
    place = Settings(archive=archive, shows=shows).archive_of(shows[1])
    async with await Archive.open(place) as opened:
        await load(opened, FolderSource(tmp_path / "garden"))
    async with open_stage(archive, shows=shows) as played:
        stages.append(played)
        yield played


def colour(card: Card) -> int:
    return card.parts[0]["accent_color"]


@pytest.mark.parametrize(
    ("command", "options", "machines", "garden"),
    [
        ("ask", {"question": "tulips"}, "No episode", "Tulips"),
        ("quote", {"text": "we talk of tulips"}, "Nobody said", "Ina Oak"),
        ("episode", {"episode": "2"}, "Backups", "Tulips 2"),
        ("latest", {}, "newest", "Tulips 24"),
        ("browse", {}, "Home", "Tulips"),
        ("person", {"name": "Ina Oak"}, "Ina", "Ina Oak"),
        ("random", {}, "smallmachines.example", "Tulips"),
    ],
)
async def test_every_command_asks_one_show(
    stage: Stage, command: str, options: dict[str, str], machines: str, garden: str
) -> None:
    card = await stage.ask(command, **options)
    assert "Tulips 2" not in card.text
    if command != "browse":
        assert machines in card.text
    assert colour(card) == MACHINES.colour
    card = await stage.ask(command, **options, show="garden")
    assert garden in card.text
    assert colour(card) == 0x445566


async def test_a_name_will_do_and_an_unknown_one_is_told(stage: Stage) -> None:
    assert "Tulips" in (await stage.ask("latest", show="the garden")).text
    card = await stage.ask("latest", show="Cooking")
    assert card.private
    assert card.text == "There is no show 'Cooking'; there are machines, garden"


async def test_a_server_may_decide(stage: Stage) -> None:
    card = Card(await stage.moderator.slash(stage.channel, "answers", show="garden"))
    assert card.text == (
        "From now on answers are shown to everybody in the channel and are about **The Garden**, "
        "unless the asker chooses otherwise."
    )
    assert "Tulips" in (await stage.ask("latest")).text
    assert "Tulips" not in (await stage.ask("latest", show="machines")).text
    assert "Tulips" not in Card(await stage.ann.user.slash("latest")).text  # no server
    Card(await stage.moderator.slash(stage.channel, "answers", private=True))
    await stage.restart()
    card = await stage.ask("latest")
    assert card.private
    assert "Tulips" in card.text
    Card(await stage.moderator.slash(stage.channel, "answers", show="machines"))
    assert "Tulips" not in (await stage.ask("latest")).text


async def test_buttons_and_menus_stay_with_their_show(stage: Stage) -> None:
    card = await stage.ask("browse", show="garden")
    [(title, value), *_] = card.menu.items()
    await stage.restart()
    assert "Tulips" in (await stage.press(card, "Older")).text
    shown = await stage.choose(await stage.ask("browse", show="garden"), value)
    assert title in shown.text
    section = await stage.choose(shown, "0")
    assert "About soil." in section.text
    transcript = await stage.press(shown, "Transcript")
    assert "tulip" in transcript.text.casefold()
    later = await stage.press(transcript, "Later")
    assert {colour(one) for one in (shown, section, transcript, later)} == {0x445566}
    found = await stage.ask("quote", text="we talk of tulips", private=True, show="garden")
    assert "We talk" in (await stage.press(found, "Share with the channel")).text


async def test_a_button_of_a_show_that_is_gone(stage: Stage) -> None:
    card = await stage.ask("browse", show="garden")
    stage.forge(card, "Older", custom_id=card.button("Older")["custom_id"].replace("garden", "x"))
    assert (await stage.press(card, "Older")).text == "That show is not here any more."


async def test_a_button_from_before_there_were_others(stage: Stage) -> None:
    card = await stage.ask("browse", show="garden")
    [custom_id] = [card.button("Older")["custom_id"]]
    assert custom_id.startswith("leaf~garden:")
    stage.forge(card, "Older", custom_id=custom_id.replace("~garden", "").replace(":10:", ":0:"))
    turned = await stage.press(card, "Older")
    assert "Tulips" not in turned.text
    assert colour(turned) == MACHINES.colour


async def test_suggestions(stage: Stage) -> None:
    shows = await stage.ann.autocomplete(stage.channel, "latest", "show", "")
    assert [choice["value"] for choice in shows] == ["machines", "garden"]
    shows = await stage.ann.autocomplete(stage.channel, "latest", "show", "gard")
    assert [choice["name"] for choice in shows] == ["The Garden"]
    for chosen, expected in ((None, "DNS"), ("garden", "Flowers"), ("gar", "DNS")):
        options = {"show": chosen} if chosen else {}
        found = await stage.ann.autocomplete(stage.channel, "browse", "category", "", **options)
        assert expected in [choice["name"] for choice in found]


async def test_help_names_them(stage: Stage) -> None:
    text = (await stage.ask("help")).text
    assert "I know 38 episodes and " in text
    assert "talk of Small Machines, The Garden." in text


async def test_following_is_of_a_show(stage: Stage) -> None:
    await stage.ask("follow topic", topic="tulips", show="garden")
    card = await stage.ask("follow topic", topic="tulips")
    assert "- topic **tulips**, by private message, of The Garden" in card.text
    assert "- topic **tulips**, by private message, of Small Machines" in card.text


async def test_the_option_is_there_for_several_shows_only(stage: Stage) -> None:
    several = stage.settings
    stage.settings = replace(several, shows=())
    await stage.restart()
    assert "Tulips" not in (await stage.ask("latest")).text
    with pytest.raises(simcord.SetupError, match="show"):
        await stage.ask("latest", show="garden")
    stage.settings = several
    await stage.restart()
    assert "Tulips" in (await stage.ask("latest", show="garden")).text
