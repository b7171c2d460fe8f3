"""Quoting: the passage that a half-remembered line comes from, and who said it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process, utils

from bot import passages
from bot.passages import Kind, episode_of, kind_of
from bot.search import question as questions
from bot.search import vocabulary, words
from bot.search.browse import find
from bot.search.question import Question, Term
from bot.search.ranking import Reader
from bot.search.reading import Read, head, public_entries, read, voices
from bot.search.results import Passage, Quotes, SpokenTurn
from bot.search.retrieval import Hit, retrieve
from bot.search.turns import in_turn
from bot.store.archive import Archive

_READ = 60  # passages read and compared with the line word by word
_READ_FILTERED = 600  # where a speaker is asked for, most of what is found is another's
_AROUND = 2  # turns shown before and after
_SAME_SPEAKER = 80  # likeness (0 to 100) of the name asked for and that of the speaker
_SAME_PASSAGE = 92  # likeness of two passages that say the same
_COMPARED = 40  # of the best, to leave out those that say the same


class _Scored(NamedTuple):
    score: float
    piece: Read
    turn: int
    text: str


@in_turn
async def quote(
    archive: Archive,
    text: str,
    *,
    speaker: str | None = None,
    episode: str | None = None,
    limit: int = 5,
) -> Quotes:
    """Find the passages that a line comes from, as well as it is remembered.

    Args:
        archive: Where to look; drafts and episodes of the future are passed over.
        text: The line; words may be missing, misspelled or in another order.
        speaker: Only what this person said.
        episode: Only this episode, by number, slug or title.
        limit: The most passages to return.

    Raises:
        QuestionError: Where nothing can be searched for, or there is no such episode.
    """
    text = questions.check(text)
    known = await vocabulary.of(archive)
    entries = await public_entries(archive)
    span: tuple[int, int] | None = None
    if episode is not None:
        entry = find(list(entries.values()), episode)
        span = (
            passages.first_id(entry.id, Kind.TRANSCRIPT),
            passages.span(entry.id)[1],
        )
    asked = words.words(text)
    telling = [word for word in asked if word not in words.FILLERS]
    terms = await asyncio.to_thread(questions.terms, telling or asked, known)
    line = Question(text, terms)
    hits = await retrieve(archive, line.terms, span=span)
    wanted = _READ_FILTERED if speaker else _READ
    best = await asyncio.to_thread(_best, hits, line.terms, set(entries), wanted)
    pieces = await read(archive, best)
    said = {(episode_of(piece.id), turn) for piece in pieces.values() for turn, _ in piece.marks}
    by = await voices(archive, said) if said else {}
    spoken_by: set[tuple[int, int]] | None = None
    if speaker:
        them = {name for name in {voice.speaker for voice in by.values()} if _is(speaker, name)}
        spoken_by = {turn for turn, voice in by.items() if voice.speaker in them}
    chosen = await asyncio.to_thread(
        lambda: _distinct(_score(line, list(pieces.values()), spoken_by), limit)
    )
    around = await asyncio.gather(
        *(
            archive.turns(episode_of(one.piece.id), max(0, one.turn - 8), one.turn + 8)
            for one in chosen
        )
    )
    reader = Reader(line)
    found: list[Passage] = []
    for one, turns in zip(chosen, around, strict=True):
        entry = entries[episode_of(one.piece.id)]
        voice = by[entry.id, one.turn]
        spoken = {
            number: SpokenTurn(number, t.speaker or t.label, t.text, t.seconds, t.exact)
            for number, t in turns.items()
            if t.spoken
        }
        found.append(
            Passage(
                episode=head(entry),
                turn=one.turn,
                speaker=voice.speaker,
                seconds=voice.seconds,
                exact=voice.exact,
                text=one.text,
                highlights=reader.highlights(one.text),
                score=one.score,
                before=tuple(t for n, t in spoken.items() if n < one.turn)[-_AROUND:],
                after=tuple(t for n, t in spoken.items() if n > one.turn)[:_AROUND],
            )
        )
    silent = sum(not entry.turns for entry in entries.values())
    return Quotes(text, tuple(found), len(entries), silent)


def _is(asked: str, speaker: str | None) -> bool:
    if speaker is None:
        return False
    return fuzz.token_set_ratio(asked, speaker, processor=utils.default_process) >= _SAME_SPEAKER


def _best(hits: Sequence[Hit], terms: Sequence[Term], allowed: set[int], most: int) -> list[int]:
    """The passages of transcripts that hold most of the line's weight."""
    gains: dict[int, float] = {}
    by_gain: defaultdict[float, list[int]] = defaultdict(list)
    for hit_id, mask in hits:
        if mask not in gains:
            gains[mask] = sum(term.weight for bit, term in enumerate(terms) if mask >> bit & 1)
        by_gain[gains[mask]].append(hit_id)
    best: list[int] = []
    for gain in sorted(by_gain, reverse=True):
        ids = sorted(by_gain[gain], reverse=True)
        best += [i for i in ids if kind_of(i) == Kind.TRANSCRIPT and episode_of(i) in allowed]
        if len(best) >= most:
            break
    return best[:most]


def _score(
    line: Question, pieces: Sequence[Read], spoken_by: set[tuple[int, int]] | None
) -> list[_Scored]:
    """Compare the line with each turn of each passage: words held, closeness, spelling."""
    reader = Reader(line)
    folded = words.fold(line.text)
    scored: list[_Scored] = []
    for piece in pieces:
        ends = [start - 1 for _, start in piece.marks[1:]] + [len(piece.text)]
        for (turn, start), end in zip(piece.marks, ends, strict=True):
            if spoken_by is not None and (episode_of(piece.id), turn) not in spoken_by:
                continue
            text = piece.text[start:end]
            match = reader.match(Kind.TRANSCRIPT, text, None)
            if not match.coverage:
                continue
            likeness = fuzz.partial_ratio(folded, words.fold(text)) / 100
            if len(text) < len(folded):
                likeness *= len(text) / len(folded)
            score = match.coverage + 0.5 * likeness + 0.4 * min(match.closeness, 1.0)
            scored.append(_Scored(score / 1.9, piece, turn, text))
    scored.sort(key=lambda one: -one.score)
    return scored[:_COMPARED]


def _distinct(scored: Sequence[_Scored], limit: int) -> list[_Scored]:
    """The best, without those that say the same as a better one."""
    chosen: list[_Scored] = []
    for one in scored:
        texts = [other.text for other in chosen]
        if not texts or not process.extractOne(
            one.text, texts, scorer=fuzz.ratio, score_cutoff=_SAME_PASSAGE
        ):
            chosen.append(one)
        if len(chosen) == limit:
            break
    return chosen
