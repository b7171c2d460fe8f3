"""Asking: which episode covered it, and the words that prove it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.passages import Kind
from bot.search import question as questions
from bot.search import semantic, vocabulary
from bot.search.question import Question
from bot.search.ranking import Candidate, Match, Reader, episode_score, shortlist
from bot.search.reading import Read, Voice, head, public_entries, read, voices
from bot.search.results import Answer, Evidence, Found
from bot.search.retrieval import retrieve
from bot.search.semantic import Near
from bot.search.turns import in_turn
from bot.store.archive import Archive, Entry

_EPISODES = 18  # episodes whose passages are read
_PASSAGES = 4  # of each
_SHOWN = 3  # pieces of evidence shown for an episode
_WORTH_SHOWING = 0.45  # of the best piece's score
_MEANING = 0.4  # of the question's whole weight, for the episode closest in meaning
ANSWERED = 0.48  # confidence from which on a question counts as answered


class _Ranked(NamedTuple):
    entry: Entry
    score: float
    matches: list[tuple[Match, Read]]
    covered: float = 0.0
    noted: float = 0.0


@in_turn
async def ask(archive: Archive, question: str, *, limit: int = 10) -> Answer:
    """Find the episodes that cover what a question is about.

    Args:
        archive: Where to look; drafts and episodes of the future are passed over.
        question: In natural language, or bare words.
        limit: The most episodes to return.

    Raises:
        QuestionError: Where nothing can be searched for.
    """
    questions.check(question)
    known = await vocabulary.of(archive)
    understood = await asyncio.to_thread(questions.understand, question, known)
    entries = await public_entries(archive)
    silent = sum(not entry.turns for entry in entries.values())
    if named := _named(entries, understood):
        ranked, confidence = named, 1.0
    else:
        allowed = set(entries)
        hits = await retrieve(archive, understood.terms)
        candidates = await asyncio.to_thread(
            shortlist, hits, understood, allowed, episodes=_EPISODES, passages=_PASSAGES
        )
        meant = await semantic.near(archive, question, allowed)
        candidates = _with_near(candidates, meant)
        passages = await read(archive, [i for c in candidates for i in c.passages])
        ranked = await asyncio.to_thread(_rank, understood, candidates, meant, passages, entries)
        confidence = _confidence(understood, ranked)
    ranked = ranked[:limit]
    return Answer(
        question=question,
        answered=bool(ranked) and confidence >= ANSWERED,
        confidence=confidence,
        understood=understood.understood(),
        episodes=await _found(archive, understood, ranked),
        searched=len(entries),
        without_transcript=silent,
    )


def _named(entries: dict[int, Entry], question: Question) -> list[_Ranked]:
    """The episodes of the number that the question names, or of the period it asks for alone."""
    if question.number is not None:
        found = [entry for entry in entries.values() if entry.number == question.number]
    elif question.since and not question.terms:
        found = [entry for entry in entries.values() if _within(entry, question)]
    else:
        found = []
    return [_Ranked(entry, 1.0, []) for entry in found]


def _with_near(candidates: list[Candidate], meant: dict[int, Near]) -> list[Candidate]:
    """Add the episodes that only their meaning speaks for."""
    known = {candidate.episode for candidate in candidates}
    return candidates + [
        Candidate(episode, 0.0, 0.0, 0.0, (near.passage,))
        for episode, near in meant.items()
        if episode not in known
    ]


def _rank(
    question: Question,
    candidates: Sequence[Candidate],
    meant: dict[int, Near],
    passages: dict[int, Read],
    entries: dict[int, Entry],
) -> list[_Ranked]:
    reader = Reader(question)
    ranked: list[_Ranked] = []
    for candidate in candidates:
        matches = [
            (reader.match(piece.kind, piece.text, piece.section), piece)
            for piece in map(passages.get, candidate.passages)
            if piece
        ]
        matches.sort(key=lambda match: -match[0].score)
        entry = entries[candidate.episode]
        score = episode_score(
            [match for match, _ in matches], candidate.covered, dated=_within(entry, question)
        )
        if near := meant.get(candidate.episode):
            score += _MEANING * (question.weight or 1.0) * near.closeness
        ranked.append(_Ranked(entry, score, matches, candidate.covered, candidate.noted))
    ranked.sort(key=lambda one: -one.score)
    return ranked


def _within(entry: Entry, question: Question) -> bool:
    if question.since is None or question.until is None or entry.published is None:
        return False
    day: date = entry.published.date()
    return question.since <= day <= question.until


def _confidence(question: Question, ranked: Sequence[_Ranked]) -> float:
    """How likely the first episode covers what was asked, from 0 to 1.

    A logistic function of how close together the question's words stand in the best passage,
    of the share of their weight that a note or title holds, and that the episode holds at
    all, of the letters that had to be corrected, and of the lead over the next episode. Its
    coefficients were fitted to judged questions with as many answerable as not, each left
    out once: 7 % of the unanswerable ones then stay above the value that keeps 95 % of the
    others.
    """
    if not ranked or not ranked[0].matches or not ranked[0].score or question.vague:
        return 0.0
    first = ranked[0]
    total = question.weight or 1.0
    most = max(match.coverage for match, _ in first.matches)
    close = max(m.closeness for m, _ in first.matches if m.coverage >= most - 0.05)
    together = 1.0 if len(question.terms) == 1 else min(close / 0.25, 1.0)
    slips = max((1 - max(t.forms.values()) for t in question.terms if t.corrected), default=0.0)
    lead = (first.score - ranked[1].score) / first.score if len(ranked) > 1 else 1.0
    evidence = 2.4 * together + 3.8 * first.noted / total + 7.1 * first.covered / total
    return 1 / (1 + math.exp(7.5 + 24.0 * slips - 3.7 * lead - evidence))


async def _found(
    archive: Archive, question: Question, ranked: Sequence[_Ranked]
) -> tuple[Found, ...]:
    shown: list[_Ranked] = []
    for one in ranked:
        best = one.matches[0][0].score if one.matches else 0.0
        pieces = [m for m in one.matches if m[0].score >= _WORTH_SHOWING * best]
        shown.append(one._replace(matches=pieces[:_SHOWN]))
    spoken = [
        (one.entry.id, turn) for one in shown for _, piece in one.matches for turn, _ in piece.marks
    ]
    speakers = await voices(archive, spoken) if spoken else {}
    return await asyncio.to_thread(_proven, question, shown, speakers)


def _proven(
    question: Question, ranked: Sequence[_Ranked], speakers: dict[tuple[int, int], Voice]
) -> tuple[Found, ...]:
    reader = Reader(question)
    found: list[Found] = []
    for one in ranked:
        evidence: list[Evidence] = []
        for match, piece in one.matches:
            text, turn, voice = piece.text, None, None
            spans = reader.highlights(text)
            if place := piece.turn_at(spans):
                # Of several speakers' words, only those of the one who is named.
                turn, start, end = place
                text = text[start:end]
                spans = reader.highlights(text)
                voice = speakers.get((one.entry.id, turn))
            evidence.append(
                Evidence(
                    kind=piece.kind.name.lower(),
                    text=text,
                    highlights=spans,
                    speaker=voice.speaker if voice else None,
                    turn=turn,
                    seconds=voice.seconds if voice else None,
                    exact=voice.exact if voice else False,
                    section=piece.section,
                    score=match.score,
                )
            )
        if not evidence and one.entry.blurb:
            evidence.append(Evidence(kind=Kind.DESCRIPTION.name.lower(), text=one.entry.blurb))
        found.append(Found(head(one.entry), one.score, tuple(evidence)))
    return tuple(found)
