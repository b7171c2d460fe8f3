from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ui import limits, suggest

SOURCES = [suggest.episodes, suggest.people, suggest.category, suggest.year]


async def names(asking: Any, source: Any, typed: str) -> list[str]:
    return [choice.name for choice in await source(asking, typed)]


@pytest.mark.parametrize("source", SOURCES)
async def test_an_empty_field_has_something_to_offer(asking: Any, source: Any) -> None:
    assert await source(asking, "")
    assert await names(asking, source, "  ") == await names(asking, source, "")


async def test_the_newest_and_the_most_frequent_come_first(asking: Any) -> None:
    assert (await names(asking, suggest.episodes, ""))[:2] == [
        "#13 Mail That Arrives with Sofia Rossi",
        "#12 Games Everyone Can Play with Leo Hartmann",
    ]
    assert set((await names(asking, suggest.people, ""))[:2]) == {"Ines Albrecht", "Tomas Okafor"}
    assert await names(asking, suggest.year, "") == ["2025"]


async def test_numbers(asking: Any) -> None:
    ones = await names(asking, suggest.episodes, "1")
    assert [name.split()[0] for name in ones] == ["#1", "#10", "#11", "#12", "#13"]
    assert await names(asking, suggest.episodes, "#13") == await names(
        asking, suggest.episodes, " 13 "
    )
    assert await names(asking, suggest.episodes, "99") == []
    assert await names(asking, suggest.year, "20") == ["2025"]
    assert await names(asking, suggest.year, "1999") == []


@pytest.mark.parametrize(
    ("source", "typed", "first"),
    [
        (suggest.episodes, "paskeys", "#4 Passkeys for the Rest of Us with Rafael Moreno"),
        (suggest.episodes, "hana weis", "#5 Rate Limits and Good Neighbours with Hanna Weiss"),
        (suggest.people, "albrcht", "Ines Albrecht"),
        (suggest.category, "self hosting", "Self-Hosting"),
    ],
)
async def test_typing_errors_are_forgiven(asking: Any, source: Any, typed: str, first: str) -> None:
    assert (await names(asking, source, typed))[0] == first


@pytest.mark.parametrize("source", SOURCES)
async def test_nonsense_gets_nothing(asking: Any, source: Any) -> None:
    assert await source(asking, "zzzqqqxxx") == []
    assert await source(asking, "!!!") == []


@pytest.mark.fuzz
@pytest.mark.parametrize("source", SOURCES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it is only read
@given(typed=st.text(max_size=100))
async def test_whatever_is_typed(asking: Any, source: Any, typed: str) -> None:
    choices = [choice.to_dict() for choice in await source(asking, typed)]
    assert limits.violations({"choices": choices}, kind="autocomplete") == []
    assert len({choice["value"] for choice in choices}) == len(choices)
