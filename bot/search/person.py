"""A person: the episodes they host, visit or speak in, what about, and how much."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from bot import categories
from bot.errors import QuestionError
from bot.search.browse import people
from bot.search.reading import head, public_entries
from bot.search.results import EpisodeHead
from bot.store.archive import Archive, Entry

_TOPICS = 6


@dataclass(frozen=True, slots=True)
class Profile:
    """Whom it is about; ``share`` is of the words spoken in the episodes they speak in.

    ``topics`` are the categories of their episodes that stand out, the most telling first;
    each of ``episodes`` comes with their role in it: ``host``, ``guest`` or ``speaker``.
    """

    name: str
    hosted: int
    guested: int
    total: int
    words: int
    share: float
    topics: tuple[str, ...]
    episodes: tuple[tuple[EpisodeHead, str], ...]


async def person(archive: Archive, name: str) -> Profile:
    """Find a person by a name that may be in part or misspelled.

    Raises:
        QuestionError: Where nobody is meant, or several are; the message names them.
    """
    entries = await public_entries(archive)
    rows = await archive.rows("SELECT episode_id, role, name, words FROM person")
    known = {row[2] for row in rows if row[0] in entries}
    meant = people(known, name) if name.strip() else set[str]()
    if not meant:
        raise QuestionError(f"Nobody called {name.strip()[:80]!r} hosts, visits or speaks here.")
    if len(meant) > 1:
        raise QuestionError(f"Whom do you mean: {', '.join(sorted(meant)[:10])}?")
    [who] = meant
    spoken: Counter[int] = Counter()
    roles: dict[int, str] = {}
    words = 0
    for episode, role, one, count in rows:
        if episode in entries:
            spoken[episode] += count
            if one == who:
                roles[episode] = role
                words += count
    theirs = [entry for entry in entries.values() if entry.id in roles]
    total = sum(spoken[entry.id] for entry in theirs)
    return Profile(
        name=who,
        hosted=sum(role == "host" for role in roles.values()),
        guested=sum(role == "guest" for role in roles.values()),
        total=len(theirs),
        words=words,
        share=words / total if total else 0.0,
        topics=_topics(theirs, list(entries.values())),
        episodes=tuple((head(entry), roles[entry.id]) for entry in theirs),
    )


def _topics(theirs: list[Entry], everyone: list[Entry]) -> tuple[str, ...]:
    """Categories by how often they are theirs, rare ones more: tf × ln(N / df)."""
    common = Counter(key for entry in everyone for key in map(categories.key, entry.categories))
    mine = Counter(key for entry in theirs for key in map(categories.key, entry.categories))
    names = {categories.key(name): name for entry in theirs for name in entry.categories}
    ranked = sorted(
        mine, key=lambda key: -mine[key] * (0.1 + math.log(len(everyone) / common[key]))
    )
    return tuple(names[key] for key in ranked[:_TOPICS])
