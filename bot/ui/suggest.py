"""Autocompletion: ranked, forgiving typos, and with something to offer for an empty field."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from discord import app_commands
from discord.app_commands import locale_str
from rapidfuzz import process, utils

from bot import categories
from bot.errors import QuestionError
from bot.search.browse import likeness
from bot.search.reading import public_entries
from bot.shows import OpenShow
from bot.store.archive import Entry
from bot.ui.limits import CHOICE_NAME, CHOICES
from bot.ui.markdown import shorten
from bot.ui.reply import Interaction

_LIKE = 55  # likeness (0 to 100) below which a suggestion would be noise

_Key = TypeVar("_Key", int, str)
_Command = TypeVar("_Command", bound=Callable[..., Any])

Suggestions = list[app_commands.Choice[str]]


def _show(interaction: Interaction) -> OpenShow:
    """The show that the option ``show`` says while something else is typed, else the usual one."""
    wanted = getattr(interaction.namespace, "show", None)
    try:
        return interaction.client.show(interaction, wanted)
    except QuestionError:  # it is only half typed
        return interaction.client.show(interaction)


async def shows(interaction: Interaction, typed: str) -> Suggestions:
    """The shows, in the operator's order."""
    typed = typed.strip().casefold()
    return [
        app_commands.Choice(name=one.name, value=one.show.key)
        for one in interaction.client.shows.values()
        if typed in one.name.casefold() or typed in one.show.key
    ][:CHOICES]


def of_show(command: _Command) -> _Command:
    """Give a command the option ``show``, which is registered where there are several."""
    command = app_commands.rename(show=locale_str("show"))(command)
    command = app_commands.describe(show=locale_str("Which show"))(command)
    return app_commands.autocomplete(show=shows)(command)


async def episodes(interaction: Interaction, typed: str) -> Suggestions:
    """Episodes by number, title or guest; the newest for an empty field."""
    entries = list((await public_entries(_show(interaction).archive)).values())
    typed = typed.strip()
    number = typed.lstrip("#")
    if not typed:
        chosen = entries[:CHOICES]
    elif number.isdecimal():
        chosen = sorted(
            (e for e in entries if e.number is not None and str(e.number).startswith(number)),
            key=lambda entry: entry.number or 0,
        )
    else:
        names = {entry.id: " ".join([entry.title, *entry.guests]) for entry in entries}
        by_id = {entry.id: entry for entry in entries}
        chosen = [by_id[key] for key in await asyncio.to_thread(_ranked, typed, names)]
    return [
        app_commands.Choice(name=shorten(_name(entry), CHOICE_NAME), value=_value(entry))
        for entry in chosen[:CHOICES]
    ]


def _name(entry: Entry) -> str:
    return f"#{entry.number} {entry.title}" if entry.number is not None else entry.title


def _value(entry: Entry) -> str:
    """What names the episode: its slug where Discord has room for it."""
    if len(entry.slug) <= 100:
        return entry.slug
    return str(entry.number) if entry.number is not None else entry.title[:100]


async def people(interaction: Interaction, typed: str) -> Suggestions:
    """Hosts and guests; those of most episodes for an empty field."""
    entries = (await public_entries(_show(interaction).archive)).values()
    return await _names(typed, (n for e in entries for n in (*e.hosts, *e.guests)))


async def category(interaction: Interaction, typed: str) -> Suggestions:
    """Categories, one spelling of each; those of most episodes for an empty field."""
    entries = (await public_entries(_show(interaction).archive)).values()
    spelling: dict[str, str] = {}
    for entry in entries:
        for name in entry.categories:
            spelling.setdefault(categories.key(name), name)
    return await _names(typed, (spelling[categories.key(n)] for e in entries for n in e.categories))


async def year(interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
    """The years that have episodes, newest first."""
    entries = (await public_entries(_show(interaction).archive)).values()
    years = sorted({e.published.year for e in entries if e.published}, reverse=True)
    return [
        app_commands.Choice(name=str(one), value=one)
        for one in years
        if str(one).startswith(typed.strip())
    ][:CHOICES]


async def _names(typed: str, names: Iterable[str]) -> Suggestions:
    counted = Counter(names)
    if typed.strip():
        known = {name: name for name in counted}
        chosen = await asyncio.to_thread(_ranked, typed, known)
    else:
        chosen = [name for name, _ in counted.most_common(CHOICES)]
    return [
        app_commands.Choice(name=shorten(name, CHOICE_NAME), value=name[:100]) for name in chosen
    ]


def _ranked(typed: str, names: dict[_Key, str]) -> list[_Key]:
    found = process.extract(
        typed,
        names,
        scorer=likeness,
        processor=utils.default_process,
        limit=CHOICES,
        score_cutoff=_LIKE,
    )
    return [key for _, _, key in found]
