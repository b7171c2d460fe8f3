"""Lines of an archive remembered wrongly, some hundreds: ``python -m evaluation.remembered``.

Every line is a sentence that was spoken once in the whole archive, spoiled in one of several
ways. The same seed gives the same lines; another gives others, so that nobody can have tuned
the search to them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.errors import QuestionError
from bot.search import quote, words
from bot.search.results import Passage
from bot.store.archive import Archive
from evaluation import metrics, questions
from evaluation.archives import archive_of

EACH = 100  # lines of each kind
_SHORTEST, _LONGEST = 12, 30  # words of a sentence
_TELLING = 5  # words that say something, at least
_COMMON = 60  # words of the archive that say nothing: its commonest
_INTERJECTION = 5  # words, at most: "Right.", "Oh, really?"
_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class Line(NamedTuple):
    """A line as it is remembered; a passage that holds one of the sentences is right."""

    kind: str
    text: str
    episode: int
    sentences: tuple[str, ...]
    speaker: str | None = None  # asked for
    within: str | None = None  # the episode asked for


class _Sentence(NamedTuple):
    text: str
    episode: int
    speaker: str | None
    telling: tuple[str, ...]  # the words that say something

    @property
    def words(self) -> list[str]:
        return self.text.rstrip(".?!").split()


class _Turn(NamedTuple):
    episode: int
    speaker: str | None
    text: str


def _misspelled(said: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """As many words, of those long enough, with a slip of the finger."""
    spoiled = list(said)
    long = [at for at, word in enumerate(said) if len(word) > 3 and word.isalpha()]
    for at in chance.sample(long, min(count, len(long))):
        spoiled[at] = _slip(spoiled[at], chance)
    return spoiled


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:  # two letters in the wrong order
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:  # one left out
        return word[:at] + word[at + 1 :]
    near = _beside(word[at], chance)
    return word[:at] + near + word[at + (kind == 2) :]  # another instead, or one too many


def _beside(letter: str, chance: random.Random) -> str:
    for row in _KEYS:
        if (place := row.find(letter.lower())) >= 0:
            return chance.choice(row[max(place - 1, 0) : place] + row[place + 1 : place + 2])
    return letter


def _thinned(said: Sequence[str], share: float, chance: random.Random) -> list[str]:
    """Without a share of the words."""
    kept = sorted(chance.sample(range(len(said)), len(said) - round(share * len(said))))
    return [said[at] for at in kept]


def _telling(telling: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """Some of the words that say something, in their order."""
    chosen = sorted(chance.sample(range(len(telling)), min(count, len(telling))))
    return [telling[at].lower() for at in chosen]


def _swapped(said: Sequence[str], chance: random.Random) -> list[str]:
    cut = chance.randrange(len(said) // 3, 2 * len(said) // 3 + 1)
    return [*said[cut:], *said[:cut]]


def _shuffled(said: Sequence[str], chance: random.Random) -> list[str]:
    return chance.sample(said, len(said))


_SPOILED: dict[str, Callable[[Sequence[str], random.Random], list[str]]] = {
    "30 % dropped": lambda said, chance: _thinned(said, 0.3, chance),
    "half dropped": lambda said, chance: _thinned(said, 0.5, chance),
    "two misspelled": lambda said, chance: _misspelled(said, 2, chance),
    "four misspelled": lambda said, chance: _misspelled(said, 4, chance),
    "parts swapped": _swapped,
    "any order": _shuffled,
    "dropped, misspelled, swapped": lambda said, chance: _swapped(
        _misspelled(_thinned(said, 0.3, chance), 2, chance), chance
    ),
}


async def lines(archive: Archive, seed: int, each: int = EACH) -> list[Line]:
    """Lines of every kind, as many as there are up to ``each``."""
    chance = random.Random(seed)
    rows = await archive.rows(
        "SELECT e.number, coalesce(t.speaker, t.label), t.text "
        "FROM turn t JOIN episode e ON e.id = t.id / 1000000 "
        "WHERE NOT e.draft AND e.number IS NOT NULL AND NOT t.clip ORDER BY t.id"
    )
    turns = [_Turn(*row) for row in rows]
    once = _said_once(turns)
    found: list[Line] = []
    for kind, spoil in _SPOILED.items():
        for one in chance.sample(once, min(each, len(once))):
            text = " ".join(spoil(one.words, chance))
            found.append(Line(kind, text, one.episode, (one.text,)))
    named = [one for one in once if one.speaker and " " in one.speaker]
    for kind, some, count in (
        ("five words kept", once, 5),
        ("three words, episode", once, 3),
        ("four words, speaker", named, 4),
    ):
        for one in chance.sample(some, min(each, len(some))):
            text = " ".join(_telling(one.telling, count, chance))
            speaker = one.speaker if kind.endswith("speaker") else None
            within = str(one.episode) if kind.endswith("episode") else None
            found.append(Line(kind, text, one.episode, (one.text,), speaker, within))
    broken = list(_broken(turns, {one.text for one in once}))
    for episode, first, then in chance.sample(broken, min(each, len(broken))):
        said = [*first.rstrip(".?!-").split()[-9:], *then.rstrip(".?!").split()[:9]]
        text = " ".join(_thinned(said, 0.2, chance))
        found.append(Line("across an interjection", text, episode, (first, then)))
    return found


def _said_once(turns: Sequence[_Turn]) -> list[_Sentence]:
    """The sentences long enough and telling enough that no other is spelled like."""
    spoken = Counter(word for turn in turns for word in words.words(turn.text))
    common = {word for word, _ in spoken.most_common(_COMMON)}
    every: list[_Sentence] = []
    for turn in turns:
        for text in _SENTENCES.split(" ".join(turn.text.split())):
            telling = [
                w for w in text.rstrip(".?!").split() if not common.issuperset(words.words(w))
            ]
            every.append(_Sentence(text, turn.episode, turn.speaker, tuple(telling)))
    often = Counter(tuple(words.words(one.text)) for one in every)
    return [
        one
        for one in every
        if often[tuple(words.words(one.text))] == 1
        and _SHORTEST <= len(one.words) <= _LONGEST
        and len(one.telling) >= _TELLING
    ]


def _broken(turns: Sequence[_Turn], once: set[str]) -> Iterator[tuple[int, str, str]]:
    """Where somebody goes on after another's few words: the last sentence and the next."""
    for first, between, then in zip(turns, turns[1:], turns[2:], strict=False):
        if (
            first.episode == then.episode
            and first.speaker == then.speaker != between.speaker
            and len(between.text.split()) <= _INTERJECTION
        ):
            last = _SENTENCES.split(" ".join(first.text.split()))[-1]
            following = _SENTENCES.split(" ".join(then.text.split()))[0]
            if last in once and following in once:
                yield first.episode, last, following


def place(line: Line, found: Sequence[Passage]) -> int | None:
    """The place, from 1, of the first passage that holds what is meant."""
    for at, passage in enumerate(found, start=1):
        text = " ".join(passage.text.split())
        if passage.episode.number == line.episode and any(s in text for s in line.sentences):
            return at
    return None


async def measure(archive: Archive, asked: Sequence[Line]) -> list[int | None]:
    """The place at which each line is found."""
    places: list[int | None] = []
    for line in asked:
        try:
            found = await quote(archive, line.text, speaker=line.speaker, episode=line.within)
            places.append(place(line, found.passages))
        except QuestionError:
            places.append(None)
    return places


def report(asked: Sequence[Line], places: Sequence[int | None]) -> None:
    """Print the share found first and among five, with 95 % intervals."""
    print(f"{'':32}{'n':>6}{'hit@1':>21}{'hit@5':>21}")
    for kind in ["all", *dict.fromkeys(line.kind for line in asked)]:
        own = [at for line, at in zip(asked, places, strict=True) if kind in ("all", line.kind)]
        cells = ""
        for depth in (1, 5):
            hits = [float(at is not None and at <= depth) for at in own]
            low, high = metrics.interval(hits)
            cells += f"{100 * metrics.mean(hits):8.1f} [{100 * low:4.1f},{100 * high:5.1f}]"
        print(f"{kind:32}{len(own):6}{cells}")


async def run(folder: Path, name: str, options: argparse.Namespace) -> None:
    """Measure one archive."""
    async with await Archive.open(await archive_of(folder, name)) as archive:
        asked = await lines(archive, options.seed, options.each)
        places = await measure(archive, asked)
    print(f"\n{name}, seed {options.seed}: %, with 95 % intervals")
    report(asked, places)
    if options.failures:
        for line, at in zip(asked, places, strict=True):
            if at != 1:
                print(f"{line.kind}, {at or 'not found'}: {line.text}\n  {line.sentences[0]}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.remembered", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=EACH, help="lines of each kind")
    parser.add_argument("--failures", action="store_true", help="list what is not found first")
    options = parser.parse_args()
    for collection in (questions.reference(questions.shared_folder()), questions.sample()):
        if collection:
            asyncio.run(run(collection.folder, collection.name, options))


if __name__ == "__main__":
    main()
