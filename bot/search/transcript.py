"""Walking through a transcript, some turns at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.episode import Turn
from bot.errors import QuestionError
from bot.search import vocabulary
from bot.search.question import understand
from bot.search.ranking import Reader
from bot.search.reading import head, public_entries
from bot.search.results import EpisodeHead, Passage, Span, SpokenTurn
from bot.store.archive import Archive, Entry

_TURNS = 6
_LENGTH = 1000  # characters shown at once: about a phone's screen
_LONGEST = 500  # of one turn, as a card shows it
_REACH = 40  # turns looked through for some that were spoken


@dataclass(frozen=True, slots=True)
class Window:
    """Turns in a row; ``earlier`` and ``later`` say whether there are more.

    ``highlights`` are those of the turn that was asked for.
    """

    episode: EpisodeHead
    turns: tuple[SpokenTurn, ...]
    earlier: bool
    later: bool
    highlights: tuple[Span, ...] = ()


async def around(archive: Archive, episode_id: int, turn: int, words: str = "") -> Window:
    """A turn with those before and after it; the words are highlighted in it.

    Raises:
        QuestionError: Where there is no such turn, or it may not be shown.
    """
    for first in (turn - 1, turn):  # without the one before where there is no room for both
        window = await _window(archive, episode_id, first, turn + _REACH)
        if text := next((one.text for one in window.turns if one.turn == turn), ""):
            return replace(window, highlights=await _highlights(archive, text, words))
    raise QuestionError("That passage is not here any more.")


async def before(archive: Archive, episode_id: int, turn: int) -> Window:
    """The turns that end before ``turn``. Raises as ``around`` does."""
    return await _window(archive, episode_id, turn - _REACH, turn - 1, from_end=True)


async def after(archive: Archive, episode_id: int, turn: int) -> Window:
    """The turns that begin after ``turn``. Raises as ``around`` does."""
    return await _window(archive, episode_id, turn + 1, turn + _REACH)


async def passage(archive: Archive, episode_id: int, turn: int, words: str) -> Passage:
    """A turn as a passage that was found with the words. Raises as ``around`` does."""
    entry = await _entry(archive, episode_id)
    first = max(turn - _REACH, 0)
    said = await _spoken(archive, entry, first, turn + _REACH)
    here = next((one for one in said if one.turn == turn), None)
    if here is None:
        raise QuestionError("That passage is not here any more.")
    return Passage(
        episode=head(entry),
        turn=turn,
        speaker=here.speaker,
        seconds=here.seconds,
        exact=here.exact,
        text=here.text,
        highlights=await _highlights(archive, here.text, words),
        score=1.0,
        before=tuple(one for one in said if one.turn < turn)[-1:],
        after=tuple(one for one in said if one.turn > turn)[:1],
    )


async def _highlights(archive: Archive, text: str, words: str) -> tuple[Span, ...]:
    if not words:
        return ()
    return Reader(understand(words, await vocabulary.of(archive))).highlights(text)


async def _entry(archive: Archive, episode_id: int) -> Entry:
    entry = (await public_entries(archive)).get(episode_id)
    if entry is None or not entry.turns:
        raise QuestionError("That transcript is not here any more.")
    return entry


async def _spoken(archive: Archive, entry: Entry, first: int, last: int) -> list[SpokenTurn]:
    first, last = max(first, 0), min(last, entry.turns - 1)
    found: dict[int, Turn] = {}
    if first <= last:
        found = await archive.turns(entry.id, first, last)
    return [
        SpokenTurn(number, turn.speaker or turn.label, turn.text, turn.seconds, turn.exact)
        for number, turn in found.items()
        if turn.spoken
    ]


async def _window(
    archive: Archive, episode_id: int, first: int, last: int, *, from_end: bool = False
) -> Window:
    entry = await _entry(archive, episode_id)
    spoken = await _spoken(archive, entry, first, last)
    if not spoken:
        raise QuestionError("There is no more of the transcript there.")
    shown = sorted(_fitting(reversed(spoken) if from_end else spoken), key=lambda turn: turn.turn)
    return Window(
        head(entry),
        tuple(shown),
        earlier=shown[0].turn > 0,
        later=shown[-1].turn < entry.turns - 1,
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
