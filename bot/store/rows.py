"""An episode as rows of the archive's tables: the costly part of storing it, needs no database."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from bot import acronyms, categories
from bot.episode import Episode
from bot.passages import Kind, Passage, first_id, passages

# The columns of ``episode`` that hold a field of ``Episode`` as it is.
PLAIN = (
    *("path", "slug", "number", "season", "guid", "title", "description", "summary", "duration"),
    *("audio_size", "audio_file", "audio_url", "url", "image"),
)

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """Rows by table. The archive adds the episode's id, which it alone knows.

    ``turns`` and ``passages`` start with their id, counted from the episode's first.
    """

    episode: dict[str, Any]
    people: list[Row]
    categories: list[Row]
    notes: list[Row]
    turns: list[Row]
    passages: list[Row]
    acronyms: list[Row]


def of(episode: Episode) -> Rows:
    """The rows of an episode, its transcript cut into passages."""
    cut = passages(episode)
    return Rows(
        {key: getattr(episode, key) for key in PLAIN}
        | {
            "published": int(episode.published.timestamp()) if episode.published else None,
            "date_only": episode.date_only,
            "draft": episode.draft,
            "linked": episode.linked,
            "links": json.dumps(episode.links),
            "extra": json.dumps(episode.extra),
            "turns": len(episode.turns),
            "mentions": len(
                {link.episode for part in episode.sections for link in part.links if link.episode}
            ),
            "spoken": sum(not turn.clip for turn in episode.turns),
            "passages": len(cut),
        },
        [(position, *person) for position, person in enumerate(_people(episode))],
        [
            (position, name, categories.key(name))
            for position, name in enumerate(episode.categories)
        ],
        _notes(episode),
        [
            (n, label, speaker, seconds, exact, clip, text, json.dumps(sounds) if sounds else None)
            for n, (label, text, sounds, clip, speaker, seconds, exact) in enumerate(episode.turns)
        ],
        _passages(cut),
        sorted({pair for passage in cut for pair in acronyms.learn(passage.text)}),
    )


def _people(episode: Episode) -> list[tuple[str, str, int]]:
    """(role, name, words spoken) of hosts, guests and whoever else speaks."""
    words: Counter[str] = Counter()
    for turn in episode.turns:
        if turn.speaker:
            words[turn.speaker] += turn.text.count(" ") + turn.text.count("\n") + 1
    announced = [("host", name) for name in episode.hosts]
    announced += [("guest", name) for name in episode.guests]
    names = {name for _, name in announced}
    announced += [("speaker", name) for name in words if name not in names]
    return [(role, name, words[name]) for role, name in announced]


def _notes(episode: Episode) -> list[Row]:
    """(section, position, depth, text, links, seconds); position 0 is the section's heading."""
    rows: list[Row] = []
    for number, section in enumerate(episode.sections):
        rows.append((number, 0, section.level, section.heading, "[]", section.seconds))
        for position, note in enumerate(section.notes, start=1):
            links = json.dumps(note.links) if note.links else "[]"
            rows.append((number, position, note.depth, note.text, links, None))
    return rows


def _passages(cut: list[Passage]) -> list[Row]:
    """(id, turn, marks, section, text)."""
    places = {kind: first_id(0, kind) for kind in Kind}
    rows: list[Row] = []
    for kind, text, turn, marks, section in cut:
        rows.append((places[kind], turn, json.dumps(marks) if marks else None, section, text))
        places[kind] += 1
    return rows
