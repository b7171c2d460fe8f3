"""Synonyms: other words for the same.

Acronyms are learned where the archive itself spells them out. What else the community knows it
writes into a file: a line for each group, its phrases separated by commas, ``#`` begins a comment.
The file is read again as soon as it changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from bot.search import words
from bot.store.archive import Archive

log = logging.getLogger(__name__)

_MOST = 2  # spellings of one acronym, the most frequent ones

Phrase = tuple[str, ...]


class Synonyms:
    """Groups of phrases that mean the same."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self._starting: defaultdict[str, list[tuple[Phrase, list[Phrase]]]] = defaultdict(list)
        for group in groups:
            phrases = [phrase for phrase in map(_phrase, group) if phrase]
            for phrase in phrases:
                others = [other for other in phrases if other != phrase]
                self._starting[_singular(phrase[0])].append((phrase, others))

    def of(self, asked: Sequence[str]) -> Iterator[tuple[Sequence[str], Phrase]]:
        """Yield the words of a question that a phrase stands for, and another for the same."""
        for at, word in enumerate(asked):
            for phrase, others in self._starting.get(_singular(word), ()):
                meant = asked[at : at + len(phrase)]
                if [*map(_singular, meant)] == [*map(_singular, phrase)]:
                    for other in others:
                        yield meant, other


def _phrase(text: str) -> Phrase:
    return tuple(word for word in words.words(text) if word not in words.FILLERS)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def numeronym(word: str) -> str:
    """The word with its inner letters counted: "k8s" for "kubernetes"."""
    return f"{word[0]}{len(word) - 2}{word[-1]}"


async def of(archive: Archive) -> tuple[Synonyms, ...]:
    """The synonyms that an archive teaches, and those of its file; read again when they change."""
    learned = await archive.derived(_learned)
    if archive.synonyms is None:
        return (learned,)
    return learned, await asyncio.to_thread(_written, archive.synonyms)


async def _learned(archive: Archive) -> Synonyms:
    spelled: defaultdict[str, list[str]] = defaultdict(list)
    for short, spelling in await archive.rows(
        "SELECT short, words FROM acronym GROUP BY short, words ORDER BY count(*) DESC, words"
    ):
        if len(spelled[short]) < _MOST:
            spelled[short].append(spelling)
    return Synonyms([short, *spellings] for short, spellings in spelled.items())


def _written(path: Path) -> Synonyms:
    try:
        status = path.stat()
    except OSError:
        return _parsed(path, (0, 0))
    return _parsed(path, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=32)
def _parsed(path: Path, _: tuple[int, int]) -> Synonyms:
    """The file as it was at a time and size; what is wrong with it is said once."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        log.warning("%s: cannot be read (%s); no synonyms are taken from it", path, error)
        return Synonyms(())
    groups: list[list[str]] = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        group = [phrase for phrase in text.split(",") if words.WORD.search(phrase)]
        if len(group) > 1:
            groups.append(group)
        elif text:
            log.warning("%s:%d: expected two phrases or more, separated by commas", path, number)
    return Synonyms(groups)
