"""A folder of audio files with transcripts beside them, for shows without a site.

``0042 - Some title.mp3`` and ``0042 - Some title.vtt`` are one episode: the name gives number,
date and title, and the best of its transcripts the words. Nothing of the audio is decoded.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bot.episode import Episode, Problem
from bot.errors import SourceError
from bot.sources import people, transcript
from bot.sources.captions.reading import BY_ENDING, LARGEST, Kind, Transcript, read
from bot.sources.endings import AUDIO
from bot.sources.folder import natural
from bot.sources.settling import WRITING, Settling, Stamp, stamps
from bot.sources.site import urlized
from bot.sources.source import File, Parsed

_FORM = b"1"  # raise it when the same files would be read as another episode than before
_ALONE = (".vtt", ".srt")  # an episode though its audio is elsewhere
_DATE = re.compile(r"[(\[]?(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)[)\]]?")
_SEASON = re.compile(r"s(\d{1,3})[\s_-]*e(\d{1,6})(?!\d)", re.I)
_NUMBER = re.compile(
    r"(?:(?:episode|ep|folge|no)[\s_.-]*|#)?0*(\d{1,6})(?!\d)(?=[\s_.:)-]|$)", re.I
)
_SEPARATORS = " \t-–—_.:|)]"


class Name(NamedTuple):
    """What a file's name says of its episode."""

    title: str
    number: int | None = None
    season: int | None = None
    date: datetime | None = None


class AudioFolderSource:
    """Reads episodes from a folder of audio files and transcripts.

    An episode of which a file is being written is left alone until nothing was added for
    ``settle`` seconds. A transcript that is as it was is not read again.

    Raises:
        SourceError: At once, where there is no such folder.
    """

    def __init__(self, root: Path, *, settle: float = 0.0) -> None:
        self.root = root.resolve()
        self.unreadable: list[SourceError] = []
        self._settling = Settling(settle)
        self._digests: dict[str, tuple[Stamp, str]] = {}
        self._check()

    def __getstate__(self) -> dict[str, Any]:
        """Who parses in another process needs no digests."""
        return self.__dict__ | {"_digests": {}}

    @property
    def name(self) -> str:
        """The folder's place."""
        return os.fsencode(self.root).decode(errors="backslashreplace")

    @property
    def watched(self) -> tuple[Path, ...]:
        """The folder."""
        return (self.root,)

    async def refresh(self) -> bool:
        """Wait for files that are being written; tell whether any is another than last time."""
        return await self._settling.changed(self._look)

    def _look(self) -> tuple[None, dict[str, Stamp]]:
        self._check()
        return None, stamps(
            self.root, (name for path, words in self._episodes([]) for name in (path, *words))
        )

    def _check(self) -> None:
        if not self.root.is_dir():
            hint = "is a file, not" if self.root.exists() else "does not exist; expected"
            raise SourceError(self.name, 1, f"{hint} a folder of audio files")

    def files(self) -> Iterator[File]:
        """Every episode in the order of their names; what cannot be read is ``unreadable``.

        Raises:
            SourceError: Where there is no such folder.
        """
        self._check()
        self.unreadable = []
        before, self._digests = self._digests, {}
        found = sorted(self._episodes(self.unreadable), key=lambda one: natural(one[0]))
        for path, transcripts in found:
            if not self._settling.writing.isdisjoint((path, *transcripts)):
                self.unreadable.append(SourceError(path, 1, WRITING))
                continue
            try:
                status = (self.root / path).stat()
                digests = [self._digest(name, before) for name in transcripts]
            except OSError as error:
                reason = f"cannot be read: {error.strerror}; check its rights"
                self.unreadable.append(SourceError(path, 1, reason))
                continue
            audio = path.casefold().endswith(AUDIO)
            head = {
                "size": status.st_size if audio else None,
                "modified": int(status.st_mtime),
                "transcripts": transcripts,
            }
            content = json.dumps(head).encode()
            read = json.dumps(digests).encode()
            digest = hashlib.sha256(
                b"\n".join([_FORM, path.encode(errors="replace"), content, read])
            )
            yield File(path, digest.digest(), content)

    def _digest(self, name: str, before: dict[str, tuple[Stamp, str]]) -> str:
        stamp = Stamp.of(self.root / name)
        known, digest = before.get(name, (None, ""))
        if known != stamp:
            with (self.root / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        if stamp.sure:
            self._digests[name] = stamp, digest
        return digest

    def _episodes(self, errors: list[SourceError]) -> Iterator[tuple[str, list[str]]]:
        """Each episode's file and its transcripts, the best kind first."""

        def leave_out(error: OSError) -> None:
            below = os.path.relpath(error.filename, self.root)
            reason = f"cannot be read: {error.strerror}; check its rights"
            errors.append(SourceError("" if below == "." else f"{below}/", 1, reason))

        for folder, folders, names in os.walk(self.root, onerror=leave_out):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = Path(folder).relative_to(self.root)
            by_stem: dict[str, tuple[list[str], list[tuple[Kind, str]]]] = {}
            for name in sorted(names):
                if name.startswith("."):
                    continue
                stem, ending = os.path.splitext(name)  # noqa: PTH122
                if (kind := BY_ENDING.get(ending.casefold())) is not None:
                    audio_of, last = os.path.splitext(stem)  # noqa: PTH122
                    stem = audio_of if last.casefold() in AUDIO else stem
                    by_stem.setdefault(stem, ([], []))[1].append((kind, name))
                elif ending.casefold() in AUDIO:
                    by_stem.setdefault(stem, ([], []))[0].append(name)
            for audio, transcripts in by_stem.values():
                found = [name for _, name in sorted(transcripts)]
                alone = [name for name in found if name.casefold().endswith(_ALONE)]
                if path := next(iter([*audio, *alone]), None):
                    yield (below / path).as_posix(), [(below / name).as_posix() for name in found]

    def parse(self, file: File) -> Parsed:
        """Read a file and its transcripts as an episode.

        Raises:
            SourceError: Where a transcript that was there a moment ago is not.
        """
        head: dict[str, Any] = json.loads(file.content)
        name = read_name(Path(file.path).stem)
        words, problems = self._best(head["transcripts"])
        audio = file.path if head["size"] is not None else None
        speaking = people.spelled_out(words.turns)
        speaking |= people.speakers(words.turns, (), (), name.title)
        duration = round(words.end) if words.end else None
        return Parsed(
            Episode(
                path=file.path,
                slug=urlized(name.title) or "-",
                title=name.title,
                number=name.number,
                season=name.season,
                published=name.date or datetime.fromtimestamp(head["modified"], UTC),
                date_only=name.date is not None,
                duration=duration,
                audio_size=head["size"],
                audio_file=audio,
                turns=transcript.complete(words.turns, speaking, duration),
            ),
            (*problems, *words.problems),
        )

    def _best(self, transcripts: list[str]) -> tuple[Transcript, list[Problem]]:
        """The best transcript that can be read; JSON is it only where it names speakers."""
        problems: list[Problem] = []
        found: list[Transcript] = []
        for name in transcripts:
            try:
                with (self.root / name).open("rb") as file:
                    words = read(file.read(LARGEST + 1), name)
            except OSError as error:
                reason = f"cannot be read: {error.strerror}; load again"
                raise SourceError(name, 1, reason) from None
            except SourceError as error:
                problems.append(Problem(error.path, error.line, error.reason))
                continue
            found.append(words)
            if any(turn.label for turn in words.turns) or not name.casefold().endswith(".json"):
                break
        labelled = (words for words in found if any(turn.label for turn in words.turns))
        return next(labelled, found[0] if found else Transcript([], [])), problems


def read_name(stem: str) -> Name:
    """What the name of a file, without its ending, says of the episode."""
    rest, date = stem.strip(), None
    if dated := _DATE.search(rest):
        try:
            date = datetime(int(dated[1]), int(dated[3]), int(dated[4]), tzinfo=UTC)
            rest = (rest[: dated.start()] + " " + rest[dated.end() :]).strip(_SEPARATORS)
        except ValueError:
            pass
    number = season = None
    if found := _SEASON.match(rest):
        season, number = int(found[1]), int(found[2])
    elif found := _NUMBER.match(rest):
        number = int(found[1])
    if found:
        rest = rest[found.end() :]
    title = " ".join(rest.replace("_", " ").strip(_SEPARATORS).split())
    if not title:
        title = f"Episode {number}" if number is not None else stem.strip() or "Untitled"
    return Name(title, number, season, date)
