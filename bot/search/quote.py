"""Quoting: the passage that a half-remembered line comes from, and who said it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from rapidfuzz import fuzz, process, utils

from bot import passages
from bot.passages import Kind, episode_of, kind_of
from bot.search import cast, numerals, semantic, vocabulary, words
from bot.search import question as questions
from bot.search.browse import find
from bot.search.likeness import Line
from bot.search.question import Question, Term
from bot.search.ranking import Reader
from bot.search.reading import Read, head, public_entries, read, voices
from bot.search.results import Passage, Quotes, SpokenTurn
from bot.search.retrieval import Hit, retrieve
from bot.search.turns import in_turn
from bot.search.vocabulary import Vocabulary
from bot.store.archive import Archive, Entry

_READ = 60  # passages read and compared with the line
_LOOKED_AT = 6000  # passages, most of them another's where a speaker is asked for
_BATCH = 500  # of them read at once
_FILLER = 0.6  # what a word counts that says little; it is part of the line all the same
_RETOLD_SHARE = 0.8  # what a word counts in which it was said, and not told
_MEANING = 0.05  # what the passage closest in meaning gains; a whole line in its words gains 1
_CLOSE = 40  # episodes that are close in meaning; the last of them is what "not close" means
_AROUND = 2  # turns shown before and after
_SAME_SPEAKER = 80  # likeness (0 to 100) of the name asked for and that of the speaker
_SAME_PASSAGE = 92  # likeness of two passages that say the same

# What a member tells of somebody, who said it of themselves: "he hurt himself" was "I hurt myself".
_RETOLD = {
    "he": ("i",),
    "him": ("me",),
    "his": ("my", "mine"),
    "himself": ("myself",),
    "she": ("i",),
    "her": ("me", "my"),
    "hers": ("mine",),
    "herself": ("myself",),
    "they": ("we",),
    "them": ("us",),
    "their": ("our",),
    "theirs": ("ours",),
    "themselves": ("ourselves",),
}


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
    allowed = set(entries)
    span: tuple[int, int] | None = None
    if episode is not None:
        entry = find(list(entries.values()), episode)
        allowed = {entry.id}
        span = passages.first_id(entry.id, Kind.TRANSCRIPT), passages.span(entry.id)[1]
    elif speaker:
        allowed &= await _with(archive, speaker) or allowed
    line = Line(text, await asyncio.to_thread(_terms, text, known))
    hits = await retrieve(archive, line.terms, span=span)
    said = await asyncio.to_thread(_said, hits, allowed, _telling(line.terms))
    near = await _near(archive, text, allowed) if said else {}
    best = await asyncio.to_thread(_best, said, line)
    pieces = await _read(archive, list(dict.fromkeys([*near, *best])), _READ + len(near), speaker)
    chosen = await asyncio.to_thread(lambda: _distinct(_score(line, pieces, said, near), limit))
    found = await _shown(archive, chosen, line, entries)
    silent = sum(not entry.turns for entry in entries.values())
    return Quotes(text, found, len(entries), silent)


def _terms(text: str, known: Vocabulary) -> list[Term]:
    """The words of a line, all of them, with those that they may have been when it was said."""
    asked = [one for word in words.words(text) for one in _written(word, known)]
    terms = questions.terms(asked, known)
    for term in terms:
        if term.word in words.FILLERS:
            term.weight *= _FILLER
        for form in _RETOLD.get(term.word, ()):
            term.forms.setdefault(form, _RETOLD_SHARE)
        if len(number := numerals.otherwise(term.word)) == 1:
            term.forms.setdefault(number[0], 1.0)
    return terms


def _written(word: str, known: Vocabulary) -> tuple[str, ...]:
    """A word, or a number as the archive has it: in digits or in words."""
    written = () if word in known.counts else numerals.otherwise(word)
    return written if written and all(one in known.counts for one in written) else (word,)


def _is(asked: str, speaker: str | None) -> bool:
    if speaker is None:
        return False
    return fuzz.token_set_ratio(asked, speaker, processor=utils.default_process) >= _SAME_SPEAKER


async def _with(archive: Archive, speaker: str) -> set[int]:
    """The episodes that this person takes part in; none where nobody is called so."""
    people = await cast.of(archive)
    return set[int]().union(*(people.of(name) for name in people.episodes if _is(speaker, name)))


def _telling(terms: Sequence[Term]) -> int:
    """A mask of the words that a passage must hold one of: not of fillers alone, if it can be."""
    telling = sum(1 << bit for bit, term in enumerate(terms) if term.word not in words.FILLERS)
    return telling or -1


def _said(hits: Sequence[Hit], allowed: set[int], telling: int) -> dict[int, int]:
    """The passages of transcripts among the hits: which terms each holds, by its id."""
    return {
        id_: mask
        for id_, mask in hits
        if mask & telling and kind_of(id_) == Kind.TRANSCRIPT and episode_of(id_) in allowed
    }


def _best(said: Mapping[int, int], line: Line) -> list[int]:
    """The passages that hold most of the line's weight; the newest first."""
    weights = {mask: line.weight(mask) for mask in set(said.values())}
    return nlargest(_LOOKED_AT, said, key=lambda id_: (weights[said[id_]], id_))


async def _near(archive: Archive, text: str, allowed: set[int]) -> dict[int, float]:
    """The passages closest in meaning, and how close from 0 to 1; maybe none."""
    near = list(islice((await semantic.near(archive, text, allowed)).values(), _CLOSE))
    if not near:
        return {}
    low, high = near[-1].closeness, near[0].closeness
    return {
        passage: (one.closeness - low) / ((high - low) or 1.0)
        for one in near
        for passage in one.passages[:1]
        if kind_of(passage) == Kind.TRANSCRIPT
    }


async def _read(
    archive: Archive, best: Sequence[int], most: int, speaker: str | None
) -> list[Read]:
    """The best passages; of what somebody else said than the speaker asked for, nothing."""
    if not speaker:
        return list((await read(archive, best[:most])).values())
    found: list[Read] = []
    for first in range(0, len(best), _BATCH):
        pieces = await read(archive, best[first : first + _BATCH])
        turns = {(episode_of(i), turn) for i, piece in pieces.items() for turn, _ in piece.marks}
        by = await voices(archive, turns)
        them = {name for name in {voice.speaker for voice in by.values()} if _is(speaker, name)}
        theirs = {turn for turn, voice in by.items() if voice.speaker in them}
        spoken = (pieces[id_].only(theirs) for id_ in best[first : first + _BATCH])
        found += [piece for piece in spoken if piece]
        if len(found) >= most:
            break
    return found


def _score(
    line: Line, pieces: Sequence[Read], said: Mapping[int, int], near: Mapping[int, float]
) -> list[_Scored]:
    """Compare the line with each turn of each passage."""
    scored: list[_Scored] = []
    for piece in pieces:
        around = said.get(piece.id - 1, 0) | said.get(piece.id, 0) | said.get(piece.id + 1, 0)
        ends = [start - 1 for _, start in piece.marks[1:]] + [len(piece.text)]
        for (turn, start), end in zip(piece.marks, ends, strict=True):
            text = piece.text[start:end]
            parts = line.parts(text, around)
            if parts.held:
                score = parts.score + _MEANING * near.get(piece.id, 0.0)
                scored.append(_Scored(score, piece, turn, text))
    scored.sort(key=lambda one: -one.score)
    return scored


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


async def _shown(
    archive: Archive, chosen: Sequence[_Scored], line: Line, entries: Mapping[int, Entry]
) -> tuple[Passage, ...]:
    """The passages chosen, with who speaks them and what was said before and after."""
    around = await asyncio.gather(
        *(
            archive.turns(episode_of(one.piece.id), max(0, one.turn - 8), one.turn + 8)
            for one in chosen
        )
    )
    by = await voices(archive, [(episode_of(one.piece.id), one.turn) for one in chosen])
    telling = [term for term in line.terms if term.word not in words.FILLERS]
    reader = Reader(Question(line.text, telling or list(line.terms)))
    found: list[Passage] = []
    for one, turns in zip(chosen, around, strict=True):
        entry = entries[episode_of(one.piece.id)]
        voice = by.get((entry.id, one.turn))
        if voice is None:  # the episode has just changed or left
            continue
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
    return tuple(found)
