from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import shows
from bot.errors import SettingsError
from bot.settings import Settings
from bot.shows import Show
from bot.sources.address import GitAddress

GOOD = """\
[machines]
name = "Small Machines"
colour = "#112233"
sources = ["episodes"]

[garden]
sources = ["https://garden.example/show.git#main:content"]
watch_seconds = 900
"""


def written(folder: Path, text: str) -> Path:
    (folder / "episodes").mkdir(exist_ok=True)
    path = folder / "shows.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        shows.read(written(folder, text))
    return [one.removeprefix(f"{folder / 'shows.toml'}: ") for one in raised.value.mistakes]


def test_two_shows(tmp_path: Path) -> None:
    first, second = shows.read(written(tmp_path, GOOD))
    assert first == Show("machines", "", "Small Machines", 0x112233, (tmp_path / "episodes",))
    address = GitAddress("https://garden.example/show.git", "main", "content")
    assert second == Show("garden", "garden", "garden", shows.COLOUR, (address,), 900.0)


def test_each_has_its_archive(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    settings = Settings.load({"SHOWS": str(path), "ARCHIVE": str(tmp_path / "a.db")}, None)
    places = [settings.archive_of(show).name for show in settings.every_show]
    assert places == ["a.db", "a-garden.db"]
    assert settings.show_called("garden").name == "garden"
    with pytest.raises(SettingsError, match="found 'x'; there are machines, garden"):
        settings.show_called("x")
    [only] = Settings().every_show
    assert (only.id, only.sources) == ("", (Path("data/episodes"),))
    assert Settings().archive_of(only) == Settings().archive


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = """\
[machines]
name = ""
color = "red"
colour = "red"
sources = ["nowhere", "https://x/b.git#-x"]

[Garden_Show]
sources = []

[other]
name = "machines"
sources = 5
watch_seconds = 0
"""
    assert mistakes(tmp_path, text) == [
        "machines.color: no such key; there are name, colour, sources, watch_seconds",
        "machines.name: found ''; allowed is a text of 1 to 80 characters",
        "machines.colour: found 'red'; allowed is a colour such as #5865f2",
        "machines.sources: found 'nowhere'; allowed is a folder that exists, the address of a "
        "feed, or that of a Git repository, as https://host/show.git#branch:folder",
        "machines.sources: found the branch '-x'; allowed is the name of a branch",
        "Garden_Show: found 'Garden_Show'; allowed are 1 to 10 of a-z, 0-9 and -",
        "Garden_Show.sources: found []; allowed is a list of addresses",
        "other.sources: found 5; allowed is a list of addresses",
        "other.watch_seconds: found '0'; allowed are 0.1 to 86400 seconds",
        "other.name: 'machines' is the name of another show, too",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "found 0 shows; allowed are 1 to 25"),
        ("x = 1", "x: allowed is a table for each show, as [x]"),
        ("[x", "cannot be read ("),
    ],
)
def test_a_file_that_is_none(text: str, mistake: str, tmp_path: Path) -> None:
    assert any(one.startswith(mistake) for one in mistakes(tmp_path, text))


def test_beside_other_mistakes_of_the_settings(tmp_path: Path) -> None:
    path = written(tmp_path, "[x]\n")
    with pytest.raises(SettingsError) as raised:
        Settings.load({"SHOWS": str(path), "WATCH_SECONDS": "often"}, None)
    assert len(raised.value.mistakes) == 2
    with pytest.raises(SettingsError, match=r"SHOWS .*found 'x'; allowed is a file that exists"):
        Settings.load({"SHOWS": "x"}, None)


@pytest.mark.fuzz
@given(
    st.dictionaries(
        st.text(max_size=12),
        st.dictionaries(
            st.sampled_from(["name", "colour", "sources", "watch_seconds", "x"]),
            st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=9)),
        ),
        max_size=3,
    )
)
def test_any_values_are_shows_or_mistakes(values: dict[str, dict[str, object]]) -> None:
    for key, table in values.items():
        made = shows._Table(key, table, Path("/nonexistent"))
        show = made.show(first=True)
        assert made.mistakes or show.sources
