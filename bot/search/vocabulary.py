"""The archive's own vocabulary: inflections of a word, and what a misspelled one must mean."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Iterable
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.store.archive import Archive
from bot.store.lexicon import Lexicon

_INFLECTION = 0.8  # what another form of the word counts, "contain" for "container"
_SHORTEST = 4  # letters; a shorter word is taken as it is typed
_KNOWN_PARTS = 5  # passages that each half of a word written as one must occur in


class Vocabulary:
    """Every word of the archive with the number of passages that hold it."""

    def __init__(self, counts: Lexicon, passages: int) -> None:
        self.counts = counts
        self.passages = passages

    def forms(self, word: str) -> dict[str, float]:
        """The forms in which a word occurs, with how much each counts (at most 1).

        A plural, and the spelling on the other side of the Atlantic, count as much as the
        word itself.
        """
        forms: dict[str, float] = {}
        for spelling in _spellings(word):
            for form in self.counts.inflections(spelling):
                share = 1.0 if _same_noun(form, spelling) else _INFLECTION
                forms[form] = max(share, forms.get(form, 0.0))
            # The stemmer takes the plural of an acronym ("VMs") for another word.
            alike = self.counts.some({spelling, spelling + "s", spelling.removesuffix("s")})
            forms |= {form: 1.0 for form in alike if len(form) > 1}
        return forms

    def count(self, forms: Iterable[str]) -> int:
        """In how many passages these words occur, counted once for each word."""
        return sum(self.counts.some(forms).values())

    def weight(self, count: int) -> float:
        """What a word is worth that so many passages hold: the inverse passage frequency.

        It is ln(1 + (N - n + ½) / (n + ½)), as in Robertson and Sparck Jones' BM25.
        """
        return math.log(1 + (max(self.passages - count, 0) + 0.5) / (count + 0.5))

    def corrections(self, word: str) -> dict[str, float]:
        """The words that a misspelled one may stand for, with how much each counts.

        Candidates share the first letter or the last three, so that a few hundred words
        are compared and not the whole vocabulary.
        """
        if len(word) < _SHORTEST or any(c.isdigit() for c in word):
            return {}
        allowed = 1 if len(word) < 7 else 2 if len(word) < 10 else 3
        counts = self.counts.like(word, longer=allowed)
        near = process.extract(
            word, list(counts), scorer=OSA.distance, score_cutoff=allowed, limit=None
        )
        shares = {
            candidate: 1 - distance * _slip(word, candidate) / len(word)
            for candidate, distance, _ in near
            if len(candidate) >= _SHORTEST - 1 and candidate.isalpha()
        }
        best = max(shares.values(), default=0.0)
        likely = [form for form, share in shares.items() if share == best]
        likely.sort(key=lambda form: (-counts[form], form))
        return dict.fromkeys(likely[:3], best)

    def split(self, word: str) -> tuple[str, str] | None:
        """The two known words that one was written together from ("appengine")."""
        halves = [(word[:cut], word[cut:]) for cut in range(3, len(word) - 2)]
        counts = self.counts.some(chain(*halves)) if halves else {}
        known = [half for half in halves if _rarer(half, counts) >= _KNOWN_PARTS]
        return max(known, key=lambda half: _rarer(half, counts), default=None)

    def shaped(self, first: str, inner: int, last: str) -> list[str]:
        """The most frequent word with these letters around so many others ("k8s")."""
        fitting = self.counts.shaped(first, inner, last)
        return sorted(fitting, key=lambda word: -fitting[word])[:1]


def _rarer(half: tuple[str, str], counts: dict[str, int]) -> int:
    return min(counts.get(word, 0) for word in half)


# British and American endings, each way: "centre", "colour", "organise", "catalogue".
_ENDINGS = [
    (re.compile(rf"{one}(?=(?:e|es|s|d|ed|r|ers?|ing|ations?|ful|able)?$)"), other)
    for british, american in (
        ("tre", "ter"),
        ("our", "or"),
        ("is", "iz"),
        ("ys", "yz"),
        ("ogue", "og"),
        ("ence", "ense"),
        ("ll", "l"),
    )
    for one, other in ((british, american), (american, british))
]


def _spellings(word: str) -> list[str]:
    spellings = [word]
    if len(word) > 4:
        spellings += [ending.sub(other, word) for ending, other in _ENDINGS if ending.search(word)]
    return spellings


def _slip(typed: str, meant: str) -> float:
    """What an edit costs: least where letters are in the wrong order, most where they differ.

    Fingers swap, drop and double letters; a word with other letters often is another word.
    """
    if sorted(typed) == sorted(meant):
        return 0.5
    return 0.8 if set(typed) <= set(meant) or set(meant) <= set(typed) else 1.2


def _same_noun(form: str, word: str) -> bool:
    short, long = sorted((form, word), key=len)
    return (
        short == long
        or long in (short + "s", short + "es")
        or (short[-1:] == "y" and long == short[:-1] + "ies")
    )


async def of(archive: Archive) -> Vocabulary:
    """The vocabulary of an archive; made again only when the archive has changed."""
    return await archive.derived(_made)


async def _made(archive: Archive) -> Vocabulary:
    await asyncio.to_thread(archive.lexicon.refresh)
    [(passages,)] = await archive.rows("SELECT total(passages) FROM episode")
    return Vocabulary(archive.lexicon, int(passages))
