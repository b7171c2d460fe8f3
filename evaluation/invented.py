"""An invented archive of any size, in the manner of a real one.

Each episode takes a few real ones as parents: its turns, notes and headings are as long and
as many as the first one's, its sentences follow which word follows which in all of them.
So it has subjects, as a real one has. Some of its words give way to others of the archive
and to new ones, so that the vocabulary keeps growing; guests, titles and dates are its own.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.episode import Episode, Turn
from bot.errors import SourceError
from bot.sources.folder import FolderSource

_PARENTS = 3
_EXCHANGED = 40  # words of an episode that give way to others
_NEW = 8  # of them, words that no episode before it has
_CHUNK = 64  # episodes made in one go
_LAST = datetime(2025, 6, 1, tzinfo=UTC)
_SPAN = timedelta(days=20 * 365)
_SYLLABLES = [a + b for a in "b d f g k l m n p r s t v z br kl st tr".split() for b in "aeiou"]
_SHORT = len(_SYLLABLES) ** 3  # words of three syllables


class Chain:
    """Which word follows which; a sentence's last word has no followers."""

    def __init__(self, texts: Iterable[str]) -> None:
        followers: dict[str, list[str]] = {}
        starts: list[str] = []
        for text in texts:
            before = None
            for word in text.split():
                if before is None:
                    starts.append(word)
                else:
                    followers.setdefault(before, []).append(word)
                before = None if word[-1] in ".?!" else word
        self.starts = starts or ["nothing"]
        self.followers = followers


@dataclass(frozen=True, slots=True)
class Parent:
    """A real episode, taken apart."""

    episode: Episode
    spoken: Chain
    noted: Chain
    rare: list[str]  # words that it has and most others have not


class Inventor:
    """Makes episodes like those of a folder."""

    def __init__(self, folder: Path) -> None:
        source = FolderSource(folder)
        episodes: list[Episode] = []
        for file in source.files():
            try:
                episodes.append(source.parse(file).episode)
            except SourceError:
                continue
        words = [set(_spoken(episode)) for episode in episodes]
        held: dict[str, int] = {}
        for some in words:
            for word in some:
                held[word] = held.get(word, 0) + 1
        common = max(2, len(episodes) // 20)
        self.vocabulary = sorted(word for word, count in held.items() if count <= common)
        self.parents = [
            Parent(
                episode,
                Chain(turn.text for turn in episode.turns),
                Chain(note.text for section in episode.sections for note in section.notes),
                sorted(word for word in some if held[word] <= common),
            )
            for episode, some in zip(episodes, words, strict=True)
            if episode.turns
        ]
        self.first_names = sorted({name.split()[0] for e in episodes for name in e.guests})

    def write(self, folder: Path, numbers: Iterable[int], total: int) -> None:
        """Write the episodes of these numbers, of so many in all."""
        for number in numbers:
            path = folder / f"episode-{number}.md"
            path.write_text(self.episode(number, total), encoding="utf-8")

    def episode(self, number: int, total: int) -> str:
        """The content file of an episode; the same for the same number."""
        chance = random.Random(number)
        parents = chance.choices(self.parents, k=_PARENTS)
        model = parents[0].episode
        exchanged = self._exchanged(number, parents, chance)
        guests = [self._name(number, chance) for _ in model.guests[:2] or ("one",)]
        titles = " ".join(p.episode.title.partition(" with ")[0] for p in parents).split()
        about = [word for word in titles if len(word) > 4 and word.isalpha()] or titles
        subject = [*chance.choices(about, k=2), chance.choice(list(exchanged.values()))]
        labels = self._labels(model, guests)
        turns = [
            f"{labels.get(turn.label or '', turn.label or 'VOICE')}: "
            f"{self._text([p.spoken for p in parents], turn.text.count(' ') + 1, chance)}"
            for turn in model.turns
            if turn.spoken
        ]
        lead, *rest = turns or ["VOICE: Hello."]
        body = "\n\n".join(rest)
        noted = [parent.noted for parent in parents]
        notes: list[str] = []
        for section in model.sections:
            if section.heading:
                named = section.heading.startswith("About ")
                notes.append(f"##### {f'About {guests[0]}' if named else section.heading}\n")
            for note in section.notes:
                text = self._text(noted, note.text.count(" ") + 1, chance)
                link = f" [site](https://{_word(chance.randrange(10**6))}.example)"
                notes.append(f"- {text}{link}" if note.depth else f"{text}\n")
        text = "\n".join(notes)
        for old, new in exchanged.items():
            body = body.replace(f" {old} ", f" {new} ")
            text = text.replace(f" {old} ", f" {new} ")
        published = _LAST - _SPAN * ((total - number) / total)
        matter = {
            "title": f"{' '.join(subject).title()} with {' and '.join(guests)}",
            "description": self._text(noted, 24, chance),
            "date": published.isoformat(),
            "episodeNumber": number,
            "hosts": list(model.hosts),
            "guests": guests,
            "categories": list(model.categories),
            "audioDuration": "00:35:00",
            "draft": False,
        }
        front = "\n".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in matter.items())
        lead = lead.replace('"', "'")
        return (
            f'+++\n{front}\n+++\n\n{text}\n\n{{{{< transcript "{lead}" >}}}}\n{body}\n'
            "{{< /transcript >}}\n"
        )

    def _exchanged(
        self, number: int, parents: Sequence[Parent], chance: random.Random
    ) -> dict[str, str]:
        rare = [word for parent in parents for word in parent.rare] or self.vocabulary
        old = chance.choices(rare, k=_EXCHANGED)
        new = [_word(number * _NEW + at) for at in range(_NEW)]
        new += [_word(int(number * _NEW * chance.random() ** 3)) for _ in range(_NEW)]
        new += chance.choices(self.vocabulary, k=_EXCHANGED - len(new))
        return dict(zip(old, new, strict=True))

    def _name(self, number: int, chance: random.Random) -> str:
        known = int(number * chance.random() ** 2)  # some guests come back
        return f"{chance.choice(self.first_names)} {_word(7 * known + 1).title()}"

    def _labels(self, model: Episode, guests: Sequence[str]) -> dict[str, str]:
        """The new guests' labels by those of the real episode's."""
        spoken: dict[str, Turn] = {turn.label: turn for turn in model.turns if turn.label}
        theirs = [label for label, turn in spoken.items() if turn.speaker in model.guests]
        names = [guest.split()[0].upper() for guest in guests]
        return dict(zip(theirs, names, strict=False))

    def _text(self, chains: Sequence[Chain], size: int, chance: random.Random) -> str:
        """Whole sentences of about so many words in all."""
        pick = chance.random
        made: list[str] = []
        while len(made) < size:
            chain = chains[int(pick() * len(chains))]
            word = chain.starts[int(pick() * len(chain.starts))]
            after = chain.followers
            while True:
                made.append(word)
                following = after.get(word)
                if following is None or len(made) > 2 * size + 20:
                    break
                word = following[int(pick() * len(following))]
        return " ".join(made)


def _spoken(episode: Episode) -> Iterable[str]:
    """The words that are likely to say what it is about: long ones, without a mark beside."""
    return (w for turn in episode.turns for w in turn.text.split() if len(w) > 4 and w.isalpha())


def _word(number: int) -> str:
    """An invented word of its own for each number, of any initial."""
    more, at = divmod(number, _SHORT)
    at = at * 7919 % _SHORT  # neighbours are not alike, and none is the same as another
    made = ""
    for _ in range(3):
        at, syllable = divmod(at, len(_SYLLABLES))
        made += _SYLLABLES[syllable]
    while more:
        more, syllable = divmod(more, len(_SYLLABLES))
        made += _SYLLABLES[syllable]
    return made + "n"


_inventor: Inventor | None = None


def _start(like: Path) -> None:
    global _inventor
    _inventor = Inventor(like)


def _write(folder: Path, numbers: range, total: int) -> None:
    assert _inventor
    _inventor.write(folder, numbers, total)


def invent(like: Path, into: Path, total: int) -> None:
    """Write so many episodes in the manner of those in ``like``, with all processors."""
    into.mkdir(parents=True)
    for config in like.parent.glob("config.*"):
        shutil.copy(config, into.parent)
    chunks = [range(at, min(at + _CHUNK, total + 1)) for at in range(1, total + 1, _CHUNK)]
    with ProcessPoolExecutor(
        min(os.cpu_count() or 1, len(chunks)), initializer=_start, initargs=(like,)
    ) as pool:
        for done in [pool.submit(_write, into, chunk, total) for chunk in chunks]:
            done.result()
