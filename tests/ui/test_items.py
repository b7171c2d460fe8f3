from __future__ import annotations

import re
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.ui import limits
from bot.ui.items import Choose, Press, away, custom_id, listen, pattern
from cogs.ask import Context, More, Share
from cogs.episodes import Leaf, OpenMenu, Read, SectionMenu
from cogs.quote import ShareQuote, Walk

numbers = st.integers(0, 10**20 - 1)
KINDS: list[type[Press]] = [Context, More, Share, Leaf, Read, ShareQuote, Walk]


def fields(kind: type[Press] | type[Choose]) -> dict[str, int]:
    groups = dict(kind.__discord_ui_compiled_template__.groupindex)
    del groups["show"]
    return groups


def match(kind: type[Press] | type[Choose], text: str) -> re.Match[str] | None:
    return kind.__discord_ui_compiled_template__.fullmatch(text)


@pytest.mark.fuzz
@given(st.sampled_from(KINDS), st.data())
async def test_custom_ids_come_back_as_they_were(kind: type[Press], data: st.DataObject) -> None:
    values = [data.draw(st.text() if name == "words" else numbers) for name in fields(kind)]
    show = data.draw(st.from_regex(r"[a-z0-9-]{0,10}", fullmatch=True))
    button: Any = kind(*values, show=show, label="Press")
    assert len(button.custom_id) <= limits.CUSTOM_ID
    found = match(kind, button.custom_id)
    assert found
    whole = len(":".join(map(str, values))) + len(button.custom_id.partition(":")[0]) + 1
    assert (found["show"] or "") == show
    for given_value, back in zip(values, found.groups()[1:], strict=True):
        if whole <= limits.CUSTOM_ID:
            assert back == str(given_value)
        else:
            assert str(given_value).startswith(back)
    made: Any = await kind.from_custom_id(None, button.item, found)  # type: ignore[arg-type]
    assert made.custom_id == button.custom_id
    assert made.fields == {name: found[name] for name in fields(kind)}
    assert made.show_id == show
    assert all(0 <= made.number(name) <= 2**62 for name in fields(kind) if name != "words")


def test_words_are_cut_at_a_blank() -> None:
    assert custom_id("more", 1, "kitten " * 30) == "more:1:" + "kitten " * 12 + "kitten"
    assert custom_id("more", 1, "k" * 200) == "more:1:" + "k" * 93


@pytest.mark.parametrize(
    "forged",
    [
        *(
            "more",
            "more:",
            "more:1",
            "more:1:2",
            "more:x:2:words",
            "more:-1:2:words",
            "more:1:2.5:a",
        ),
        *("more:" + "9" * 21 + ":1:words", "evermore:1:2:words", " more:1:2:words", "more:1 :2:w"),
        *("more~:1:2:w", "more~A:1:2:w", "more~a b:1:2:w", "more~" + "a" * 11 + ":1:2:w"),
    ],
)
def test_forged_ids_are_nobodys(forged: str) -> None:
    kinds = [*KINDS, OpenMenu, SectionMenu]
    assert [kind for kind in kinds if match(kind, forged)] == []


def test_no_id_is_claimed_twice() -> None:
    ids = ["context:1:2:a", "more:1:2:a", "share:a", "leaf:1:2:3:a|b", "read:1", "open"]
    ids += ["sharequote:1:2:a", "walk:1:2:3:1", "section:1"]
    kinds = [*KINDS, OpenMenu, SectionMenu]
    assert [sum(bool(match(kind, one)) for kind in kinds) for one in ids] == [1] * len(ids)


def test_pattern() -> None:
    found = pattern("walk", "episode", "words").fullmatch("walk:12:a:b\nc")
    assert found
    assert found.groupdict() == {"show": None, "episode": "12", "words": "a:b\nc"}
    found = pattern("walk", "episode").fullmatch("walk~garden:12")
    assert found
    assert found.groupdict() == {"show": "garden", "episode": "12"}


def test_links_away() -> None:
    assert away("Listen", None) is away("Listen", "/audio.mp3") is listen(None, 5) is None
    button = listen("https://a.example/1.mp3", 75.9)
    assert isinstance(button, ui.Button)
    assert (button.label, button.url) == ("Listen", "https://a.example/1.mp3#t=75")
    assert listen("https://a.example/1.mp3").url == "https://a.example/1.mp3"  # type: ignore[union-attr]
