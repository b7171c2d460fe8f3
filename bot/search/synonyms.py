"""Synonyms: other words for the same, such as the acronyms that the archive itself spells out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from bot.search import words
from bot.store.archive import Archive

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


async def of(archive: Archive) -> Synonyms:
    """The synonyms of an archive; read again only when the archive has changed."""
    return await archive.derived(_read)


async def _read(archive: Archive) -> Synonyms:
    spelled: defaultdict[str, list[str]] = defaultdict(list)
    for short, spelling in await archive.rows(
        "SELECT short, words FROM acronym GROUP BY short, words ORDER BY count(*) DESC, words"
    ):
        if len(spelled[short]) < _MOST:
            spelled[short].append(spelling)
    return Synonyms([short, *spellings] for short, spellings in spelled.items())
