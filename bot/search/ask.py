"""Asking: which episode covered it, and the words that prove it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from bot.passages import Kind, episode_of
from bot.search import cast, semantic, synonyms, vocabulary
from bot.search import question as questions
from bot.search.conditions import Known, narrowed
from bot.search.question import Question
from bot.search.ranking import Match, Reader
from bot.search.reading import Read, Voice, head, lengths, public_entries, read, voices
from bot.search.results import Answer, Evidence, Found, Understood
from bot.search.retrieval import about, retrieve
from bot.search.semantic import Near
from bot.search.shortlist import Candidate, episode_score, shortlist
from bot.search.turns import in_turn
from bot.store.archive import Archive, Entry

_EPISODES = 18  # episodes whose passages are read
_PASSAGES = 4  # of each
_SHOWN = 3  # pieces of evidence shown for an episode
_WORTH_SHOWING = 0.45  # of the best piece's score
_OF_SPEAKER = 20  # passages of each episode, where it matters who said it
_ELSEWHERE = 0.5  # what the score of an episode counts that does not fulfil the conditions
_RECAP = 8  # other episodes that one leads to, from which on it mentions what others cover
_PASSING = 0.85  # what the score of such an episode counts, unless its title is asked for
_AS_GOOD = 0.6  # of the best score, from which on an order decides
_CLOSEST = 18  # episodes that are looked at for their meaning alone
_MEANING = 1.2  # of the question's whole weight, for a standard deviation closer in meaning
_OTHERS = 9  # episodes after the first that say whether it stands out
ANSWERED = 0.5  # confidence from which on a question counts as answered
CLOSEST = 0.4  # and from which on the best there is may be what was meant


class _Ranked(NamedTuple):
    entry: Entry
    score: float
    matches: list[tuple[Match, Read]]
    by_words: float = 0.0  # the score by its words, whatever meaning and conditions make of it
    near: Near | None = None  # how close in meaning, where that is known


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
    words = await vocabulary.of(archive)
    entries = await public_entries(archive)
    known = Known(entries, await cast.of(archive), words.counts, datetime.now(UTC).date())
    same = await synonyms.of(archive)
    understood = await asyncio.to_thread(questions.understand, question, words, known, same)
    fulfil = narrowed(understood.conditions, entries)
    fulfil -= await _unmeant(archive, understood, words)
    if understood.number is not None or not understood.terms:
        ranked = [_Ranked(entry, 1.0, []) for entry in _named(entries, understood, fulfil)]
        confidence = 1.0
    else:
        ranked = await _search(archive, understood, entries, fulfil)
        confidence = _confidence(understood, ranked, words)
    ranked = _in_order(understood, ranked, fulfil)[:limit]
    return Answer(
        question=question,
        answered=bool(ranked) and confidence >= ANSWERED,
        confidence=confidence,
        understood=understood.understood(),
        episodes=await _found(archive, understood, ranked),
        searched=len(entries),
        without_transcript=sum(not entry.turns for entry in entries.values()),
        asked=understood.asked(),
        conditions=tuple(
            Understood(one.label, understood.asked(without=one)) for one in understood.conditions
        ),
        fulfilled=bool(ranked) and ranked[0].entry.id in fulfil,
        closest=bool(ranked) and CLOSEST <= confidence < ANSWERED,
    )


def _named(entries: dict[int, Entry], question: Question, fulfil: set[int]) -> list[Entry]:
    """The episodes of the number that the question names, or else all that fulfil it."""
    if question.number is not None:
        return [entry for entry in entries.values() if entry.number == question.number]
    return [entry for entry in entries.values() if entry.id in fulfil]


async def _unmeant(archive: Archive, question: Question, words: vocabulary.Vocabulary) -> set[int]:
    """The episodes that are about what the question excludes, by all but their transcript."""
    found: set[int] = set()
    for condition in question.conditions:
        if condition.unmeant:
            found |= await about(archive, questions.terms(list(condition.unmeant), words))
    return found


async def _search(
    archive: Archive, question: Question, entries: dict[int, Entry], fulfil: set[int]
) -> list[_Ranked]:
    """The episodes that cover the question, those first that fulfil its conditions."""
    speakers = frozenset[str]().union(*(one.speakers for one in question.conditions))
    hits = await retrieve(archive, question.terms, allowed=fulfil)
    length = await lengths(archive)
    meant = await semantic.near(archive, question.rest, set(entries))
    closest = dict(islice(meant.items(), _CLOSEST))
    most = _OF_SPEAKER if speakers else _PASSAGES
    candidates = await asyncio.to_thread(
        shortlist,
        hits,
        question,
        fulfil,
        length,
        episodes=_EPISODES,
        passages=most,
        besides=closest,
    )
    if len(fulfil) < len(entries):
        others = entries.keys() - fulfil
        hits = await retrieve(archive, question.terms, allowed=others)
        candidates += await asyncio.to_thread(
            shortlist, hits, question, others, length, episodes=_EPISODES, passages=_PASSAGES
        )
    candidates = _with_near(candidates, closest)
    passages = await read(archive, [i for c in candidates for i in c.passages])
    if speakers:
        passages = await _said_by(archive, passages, speakers)
    ranked = await asyncio.to_thread(_rank, question, candidates, passages, entries, fulfil)
    return _by_meaning(question, ranked, meant, fulfil)


async def _said_by(
    archive: Archive, passages: dict[int, Read], speakers: frozenset[str]
) -> dict[int, Read]:
    """The passages with nothing of a transcript in them that others said."""
    spoken = {(episode_of(one.id), turn) for one in passages.values() for turn, _ in one.marks}
    by = await voices(archive, spoken) if spoken else {}
    theirs = {turn for turn, voice in by.items() if voice.speaker in speakers}
    kept = {key: one.only(theirs) if one.marks else one for key, one in passages.items()}
    return {key: one for key, one in kept.items() if one}


def _in_order(question: Question, ranked: list[_Ranked], fulfil: set[int]) -> list[_Ranked]:
    """The first or the last of those that are about as good as the best, if one is asked for."""
    order = next((one for one in question.conditions if one.kind == "order"), None)
    if order is None or not ranked:
        return ranked
    enough = _AS_GOOD * ranked[0].score
    good = [one for one in ranked if one.score >= enough and one.entry.id in fulfil]
    if any(one.entry.number is not None for one in good):  # a trailer is no first episode
        good = [one for one in good if one.entry.number is not None]
    dated = sorted(
        (one for one in good if one.entry.published),
        key=lambda one: one.entry.published or datetime.min.replace(tzinfo=UTC),
        reverse=not order.first,
    )
    return dated + [one for one in ranked if one not in dated]


def _with_near(candidates: list[Candidate], closest: dict[int, Near]) -> list[Candidate]:
    """Add the episodes that only their meaning speaks for."""
    known = {candidate.episode for candidate in candidates}
    return candidates + [
        Candidate(episode, 0.0, 0.0, 0.0, near.passages)
        for episode, near in closest.items()
        if episode not in known
    ]


def _rank(
    question: Question,
    candidates: Sequence[Candidate],
    passages: dict[int, Read],
    entries: dict[int, Entry],
    fulfil: set[int],
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
        score = episode_score([match.score for match, _ in matches], candidate)
        if entry.mentions >= _RECAP and not (matches and matches[0][1].kind is Kind.TITLE):
            score *= _PASSING
        by_words = score
        if candidate.episode not in fulfil:
            score *= _ELSEWHERE
        ranked.append(_Ranked(entry, score, matches, by_words))
    ranked.sort(key=lambda one: -one.score)
    return ranked


def _by_meaning(
    question: Question, ranked: list[_Ranked], meant: dict[int, Near], fulfil: set[int]
) -> list[_Ranked]:
    """Let the meaning have its say: all the more the less one episode stands out by its words.

    What was asked in the words of the show leads to one episode far ahead of the next ones,
    what was asked in others to many that hold as little of it.
    """
    if not ranked or not meant:
        return ranked
    best, *others = (one.score for one in ranked[: _OTHERS + 1])
    alike = sum(others) / _OTHERS / best if best else 1.0
    most = _MEANING * (question.weight or 1.0) * alike**3
    found: list[_Ranked] = []
    for one in ranked:
        near = meant.get(one.entry.id)
        gain = most * near.closeness if near and one.entry.id in fulfil else 0.0
        found.append(one._replace(score=one.score + gain, near=near))
    return sorted(found, key=lambda one: -one.score)


def _confidence(
    question: Question, ranked: Sequence[_Ranked], words: vocabulary.Vocabulary
) -> float:
    """How likely the first episode covers what was asked, from 0 to 1.

    A logistic function, fitted to judged questions, of how often over the first episode's
    words earn the question's whole weight, of how much the question says, of how rare its
    rarest word is (what hardly any passage holds is rarely what a show is about), of the
    letters that had to be corrected, and of how much is found by chance: the more, the more
    passages there are. Where it is known how close the episode is in meaning, that counts too.
    """
    if not ranked or not ranked[0].matches or not ranked[0].score or question.vague:
        return 0.0
    rarest = words.weight(0)  # of any word: about the logarithm of the number of passages
    total = question.weight or 1.0
    rare = max(term.weight for term in question.terms) / rarest
    slips = max((1 - max(t.forms.values()) for t in question.terms if t.corrected), default=0.0)
    evidence = 2.1 * ranked[0].by_words / total + 2.8 * math.log(total / rarest)
    if near := ranked[0].near:
        evidence += 6.0 * (near.cosine - 0.4)
    return 1 / (1 + math.exp(0.37 * rarest + 3.3 * rare + 7.5 * slips - evidence))


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
