"""Several sources of one show: an episode that more than one of them has is joined."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.episode import Episode, Problem
from bot.errors import SourceError
from bot.sources.joining import Sign, join, pairs
from bot.sources.source import File, Parsed, Source


class JoinedSource:
    """Reads episodes from several sources, of which the first knows the episodes' paths.

    By which signs the episodes are recognised is kept in the file ``signs``, by the hash of what
    they were read from, so that only what changed is read again.
    """

    def __init__(self, sources: Sequence[Source], signs: Path) -> None:
        self._sources = tuple(sources)
        self._signs = signs
        self.unreadable: list[SourceError] = []

    @property
    def name(self) -> str:
        """The sources' names."""
        return " + ".join(source.name for source in self._sources)

    @property
    def watched(self) -> tuple[Path, ...]:
        """All that any of them watches."""
        return tuple(path for source in self._sources for path in source.watched)

    async def refresh(self) -> bool:
        """Bring all of them up to date; what one cannot do keeps no other from it.

        Raises:
            SourceError: Where one of them could not.
        """
        results = await asyncio.gather(
            *(source.refresh() for source in self._sources), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return any(results)

    def files(self) -> Iterator[File]:
        """Every episode once, those of the first source first.

        Raises:
            SourceError: Where the first one has no copy: what it knows would seem to be new.
        """
        self.unreadable = []
        known = self._read_signs()
        used: dict[str, Sign | None] = {}
        groups: list[list[tuple[int, File]]] = []
        signs: list[Sign | None] = []
        for number, source in enumerate(self._sources):
            try:
                files = list(source.files())
            except SourceError as error:
                if not number:
                    raise
                self.unreadable.append(SourceError(_path(number, ""), error.line, str(error)))
                continue
            self.unreadable += [
                SourceError(_path(number, error.path), error.line, error.reason)
                for error in source.unreadable
            ]
            here = [self._sign(source, file, known, used) for file in files]
            same = {other: one for one, other in pairs(signs, here).items()}
            for position, (file, sign) in enumerate(zip(files, here, strict=True)):
                if position in same:
                    groups[same[position]].append((number, file))
                else:
                    groups.append([(number, file)])
                    signs.append(sign)
        self._write_signs(known, used)
        yield from map(_together, groups)

    def parse(self, file: File) -> Parsed:
        """Read all parts of an episode and join them; one that is broken is left out."""
        whole: Episode | None = None
        problems: list[Problem] = []
        for number, part in _parts(file):
            try:
                episode, odd = self._sources[number].parse(part)
            except SourceError as error:
                if whole is None:
                    raise
                problems.append(Problem(file.path, 1, f"{error.path}: {error.reason}; left out"))
                continue
            problems += [problem._replace(path=file.path) for problem in odd]
            whole = join(whole, episode) if whole else replace(episode, path=file.path)
        if whole is None:
            raise SourceError(file.path, 1, "none of its parts is there any more; load again")
        return Parsed(whole, tuple(problems))

    def _sign(
        self, source: Source, file: File, known: dict[str, Any], used: dict[str, Sign | None]
    ) -> Sign | None:
        key = file.hash.hex()
        if key in known:
            used[key] = Sign(*known[key]) if known[key] else None
        else:
            try:
                used[key] = Sign.of(source.parse(file).episode)
            except SourceError:  # whoever parses it to store it will say so
                used[key] = None
        return used[key]

    def _read_signs(self) -> dict[str, Any]:
        try:
            return json.loads(self._signs.read_bytes())
        except (OSError, ValueError):  # they are read from the files again
            return {}

    def _write_signs(self, known: dict[str, Any], used: dict[str, Sign | None]) -> None:
        if known.keys() == used.keys():
            return
        try:
            self._signs.parent.mkdir(parents=True, exist_ok=True)
            half = self._signs.with_suffix(f".{os.getpid()}")
            half.write_text(json.dumps(used))
            half.replace(self._signs)
        except OSError as error:
            reason = f"cannot be written: {error.strerror}; all files are read again until it can"
            self.unreadable.append(SourceError(str(self._signs), 1, reason))


def _path(number: int, path: str) -> str:
    """The path of a file that only a further source has."""
    return f"+{number}/{path}" if number else path


def _together(group: list[tuple[int, File]]) -> File:
    """The files of one episode as one."""
    digest = hashlib.sha256()
    for number, file in group:
        digest.update(bytes([number]) + file.hash)
    number, first = group[0]
    parts = [[n, one.path, one.hash.hex(), one.content.decode("latin-1")] for n, one in group]
    return File(_path(number, first.path), digest.digest(), json.dumps(parts).encode())


def _parts(file: File) -> Iterator[tuple[int, File]]:
    for number, path, digest, content in json.loads(file.content):
        yield number, File(path, bytes.fromhex(digest), content.encode("latin-1"))
