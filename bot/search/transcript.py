"""Walking through a transcript, some turns at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import QuestionError
from bot.search.reading import head, public_entries
from bot.search.results import EpisodeHead, SpokenTurn
from bot.store.archive import Archive

_TURNS = 7
_LENGTH = 2200  # characters shown at once
_LONGEST = 700  # of one turn, as a card shows it
_REACH = 40  # turns looked through for some that were spoken


@dataclass(frozen=True, slots=True)
class Window:
    """Turns in a row; ``earlier`` and ``later`` say whether there are more."""

    episode: EpisodeHead
    turns: tuple[SpokenTurn, ...]
    earlier: bool
    later: bool


async def around(archive: Archive, episode_id: int, turn: int) -> Window:
    """A turn with those before and after it.

    Raises:
        QuestionError: Where there is no such episode, or it may not be shown.
    """
    return await _window(archive, episode_id, turn - 2, turn + _REACH)


async def before(archive: Archive, episode_id: int, turn: int) -> Window:
    """The turns that end before ``turn``. Raises as ``around`` does."""
    return await _window(archive, episode_id, turn - _REACH, turn - 1, from_end=True)


async def after(archive: Archive, episode_id: int, turn: int) -> Window:
    """The turns that begin after ``turn``. Raises as ``around`` does."""
    return await _window(archive, episode_id, turn + 1, turn + _REACH)


async def _window(
    archive: Archive, episode_id: int, first: int, last: int, *, from_end: bool = False
) -> Window:
    entry = (await public_entries(archive)).get(episode_id)
    if entry is None or not entry.turns:
        raise QuestionError("That transcript is not here any more.")
    first, last = max(first, 0), min(last, entry.turns - 1)
    found = await archive.turns(episode_id, first, last) if first <= last else {}
    spoken = [
        SpokenTurn(number, turn.speaker or turn.label, turn.text, turn.seconds, turn.exact)
        for number, turn in found.items()
        if turn.spoken
    ]
    shown = sorted(_fitting(reversed(spoken) if from_end else spoken), key=lambda turn: turn.turn)
    return Window(
        head(entry),
        tuple(shown),
        earlier=bool(shown) and shown[0].turn > 0,
        later=bool(shown) and shown[-1].turn < entry.turns - 1,
    )


def _fitting(turns: Iterable[SpokenTurn]) -> list[SpokenTurn]:
    shown: list[SpokenTurn] = []
    length = 0
    for turn in turns:
        length += min(len(turn.text), _LONGEST) + 40
        if shown and (length > _LENGTH or len(shown) == _TURNS):
            break
        shown.append(turn)
    return shown
