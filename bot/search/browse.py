"""Looking episodes up: by number, slug or title, the newest, any, or by category, person, year."""

from __future__ import annotations

import random
from collections.abc import Sequence

from rapidfuzz import fuzz, process, utils

from bot import categories
from bot.episode import Episode
from bot.errors import QuestionError
from bot.search.reading import head, public_entries
from bot.search.results import EpisodeHead, Page
from bot.store.archive import Archive, Entry

_SURE = 72  # likeness (0 to 100) of a title from which on it is taken as meant
_SAME_PERSON = 85


async def show(archive: Archive, what: str) -> tuple[Episode, EpisodeHead]:
    """One episode whole, by its number, its slug or about its title.

    Raises:
        QuestionError: Where none is meant; the message names the nearest.
    """
    entry = find(list((await public_entries(archive)).values()), what)
    return await archive.episode(entry.id), head(entry)


def find(entries: Sequence[Entry], what: str) -> Entry:
    """The episode that is meant by a number, a slug or about a title.

    Raises:
        QuestionError: Where none is meant; the message names the nearest.
    """
    what = " ".join(what.split())
    if not what:
        raise QuestionError("Which episode? Give its number, or some words of its title.")
    bare = what.lower().removeprefix("episode").strip().lstrip("#").strip()
    if bare.isdecimal() and len(bare) < 10:
        for entry in entries:
            if entry.number == int(bare):
                return entry
        numbers = sorted(entry.number for entry in entries if entry.number is not None)
        about = f"; they run from {numbers[0]} to {numbers[-1]}" if numbers else ""
        raise QuestionError(f"There is no episode {bare}{about}.")
    for entry in entries:
        if entry.slug == what.casefold():
            return entry
    names = {entry.id: " ".join([entry.title, *entry.guests]) for entry in entries}
    ranked = process.extract(what, names, scorer=likeness, processor=utils.default_process, limit=3)
    by_id = {entry.id: entry for entry in entries}
    if ranked and ranked[0][1] >= _SURE:
        return by_id[ranked[0][2]]
    nearest = "; ".join(by_id[key].title for _, _, key in ranked)
    raise QuestionError(
        f"No episode is called {what[:80]!r}."
        + (f" The nearest are: {nearest}." if nearest else "")
    )


def likeness(typed: str, name: str, *, score_cutoff: float | None = None) -> float:
    """Likeness from 0 to 100 of what was typed and a name, or a part of it, both folded.

    One misspelled word of a long title is enough to be found by; one shared word is not.
    """
    if typed and f" {typed}" in f" {name}":
        return 100.0
    return max(
        fuzz.ratio(typed, name),
        0.95 * fuzz.token_set_ratio(typed, name),
        0.9 * fuzz.partial_ratio(typed, name),
    )


async def latest(archive: Archive, *, limit: int = 5) -> Page:
    """The newest episodes."""
    entries = list((await public_entries(archive)).values())
    return Page(tuple(map(head, entries[:limit])), len(entries))


async def random_episode(archive: Archive) -> EpisodeHead | None:
    """Any episode, or None where there is none."""
    entries = list((await public_entries(archive)).values())
    return head(random.choice(entries)) if entries else None  # noqa: S311


async def browse(
    archive: Archive,
    *,
    category: str | None = None,
    person: str | None = None,
    year: int | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Page:
    """Episodes of a category, with a person (host or guest) and of a year, newest first.

    A category is any of its spellings; a person may be written about right.
    """
    entries = list((await public_entries(archive)).values())
    filters: dict[str, str | int] = {}
    if category:
        wanted = categories.key(category)
        entries = [e for e in entries if wanted in map(categories.key, e.categories)]
        filters["category"] = category
    if person:
        names = {name for entry in entries for name in (*entry.hosts, *entry.guests)}
        meant = people(names, person)
        entries = [e for e in entries if meant.intersection((*e.hosts, *e.guests))]
        filters["person"] = ", ".join(sorted(meant)) or person
    if year:
        entries = [e for e in entries if e.published and e.published.year == year]
        filters["year"] = year
    return Page(tuple(map(head, entries[offset : offset + limit])), len(entries), filters)


def people(names: set[str], asked: str) -> set[str]:
    """Those of ``names`` who are meant by a name that may be in part or misspelled.

    Whose whole name is named is meant alone; a first name means all who have it.
    """
    folded = utils.default_process(asked)
    exact = {name for name in names if utils.default_process(name) == folded}
    if exact:
        return exact
    part = {n for n in names if set(folded.split()) <= set(utils.default_process(n).split())}
    if part:
        return part
    ranked = process.extract(
        asked, names, scorer=likeness, processor=utils.default_process, limit=3
    )
    return {name for name, likeness, _ in ranked[:1] if likeness >= _SAME_PERSON}
