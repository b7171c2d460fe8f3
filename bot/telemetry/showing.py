"""Showing moderators what was asked: the card of ``/stats``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

from bot.telemetry.questions import OUTCOMES, Often, Overview
from bot.ui import cards
from bot.ui.limits import MEDIA_DESCRIPTION
from bot.ui.markdown import day, escape, shorten

PAGE = 8  # lines of each list
_PICTURE = "questions.png"
_WORDS = 80  # characters of a line


def stats(
    colour: int,
    found: Overview,
    offset: int,
    buttons: Sequence[ui.Item[Any] | None],
    *,
    picture: bytes | None,
    kept: str,
) -> ui.LayoutView:
    """The plot, the numbers, and a page of both lists; ``kept`` says what is kept, and how long."""
    card = cards.Card(colour)
    card.text(f"### Questions\n-# {_period(found)}")
    if picture:
        card.picture(_PICTURE, picture, shorten(described(found), MEDIA_DESCRIPTION))
    card.text(_numbers(found))
    _list(card, "Asked most", found.most, offset)
    _list(card, "Asked, but not answered", found.missing, offset)
    card.text(f"-# {kept}")
    card.buttons(buttons)
    return card.view()


def described(found: Overview) -> str:
    """What the plot shows, for those who cannot see it."""
    text = f"Questions per day, {_period(found)}: {_numbers(found).replace('*', '')}"
    if found.days:
        busiest = max(found.days, key=lambda one: sum(found.days[one].values()))
        most = sum(found.days[busiest].values())
        text += f" Most on one day: {most:,}, on {day(busiest)}."
    return text


def _period(found: Overview) -> str:
    days = (found.until - found.since).days + 1
    return f"{day(found.since)} to {day(found.until)}, {days} days in UTC"


def _numbers(found: Overview) -> str:
    if not found.asked and not found.quotes:
        return "Nothing was asked."
    answered, closest, nothing = (found.outcomes.get(outcome, 0) for outcome in OUTCOMES)
    text = (
        f"**{found.asked:,}** asked: {answered:,} answered, {closest:,} with the nearest only, "
        f"{nothing:,} without anything."
    )
    if found.counted:
        text += f" Of {found.counted:,} the words were not kept."
    if found.quotes:
        text += f" Lines looked for with /quote: {found.quotes:,}."
    return text


def _list(card: cards.Card, title: str, words: Sequence[Often], offset: int) -> None:
    page = words[offset : offset + PAGE]
    if page:
        lines = [f"- {escape(shorten(one.words, _WORDS))} · {one.times:,} ×" for one in page]
        card.texts([f"**{title}**", *lines])
