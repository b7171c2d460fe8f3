"""Loading: bring an archive in step with its source, file by file."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.episode import Problem
from bot.errors import NotAnEpisodeError, SourceError
from bot.sources.source import File, Source
from bot.store import rows
from bot.store.archive import Archive, Stored
from bot.store.rows import Rows

Progress = Callable[[int, int], None]

_CHUNK, _CHUNK_SIZE = 8, 2**20  # files and bytes read in one go
_AHEAD = 4  # chunks that are read while an earlier one is stored
_HELD = 8 * 2**20  # bytes of content; what is more is read from the source once more, bit by bit
_WORTH_A_PROCESS = 64  # files to read from which on a second process pays


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did.

    ``problems`` are oddities of files that were loaded, ``skipped`` the files that are no
    episodes, ``failed`` those that could not be read, ``replaced`` another source that the
    archive held until now.
    """

    added: int
    changed: int
    renamed: int
    removed: int
    unchanged: int
    episodes: int
    turns: int
    problems: tuple[Problem, ...]
    skipped: tuple[Problem, ...]
    failed: tuple[SourceError, ...]
    seconds: float
    replaced: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Every figure, and each problem, skipped and failed file as path, line and message."""
        return {
            "added": self.added,
            "changed": self.changed,
            "renamed": self.renamed,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "episodes": self.episodes,
            "turns": self.turns,
            "problems": [problem._asdict() for problem in self.problems],
            "skipped": [problem._asdict() for problem in self.skipped],
            "failed": [
                {"path": error.path, "line": error.line, "message": error.reason}
                for error in self.failed
            ],
            "seconds": round(self.seconds, 3),
            "replaced": self.replaced,
        }


async def load(
    archive: Archive, source: Source, *, always: bool = True, progress: Progress | None = None
) -> LoadReport:
    """Bring ``source`` up to date, and make the archive hold what it holds.

    Files that are new, changed or renamed are read, each stored in a transaction of its
    own, or with others while there are many; those that vanished leave. A file that cannot
    be read is reported and stops no other; the episode that it held before stays until the
    file is mended or gone. Where nothing changed, nothing is written. Where the source cannot
    be brought up to date, its last good copy is loaded, and that is reported, too.

    Args:
        archive: Where to.
        source: Where from.
        always: Look at every file, also where the source says that nothing changed.
        progress: Is told (files done, files in all).

    Raises:
        SourceError: Where there is nothing to load from.
        ArchiveError: Where the archive cannot be written.
    """
    started = time.perf_counter()
    failed: list[SourceError] = []
    try:
        changes = await source.refresh()
    except SourceError as error:
        changes, failed = True, [error]
    stored = await archive.stored()
    replaced = await archive.source()
    if changes or always or replaced != source.name:
        try:
            files = await asyncio.to_thread(_look, source, stored)
        except SourceError as error:  # the reason why it is not up to date says more
            raise next(iter(failed), error) from None
    else:
        files = _Files([], False, len(stored), frozenset(stored), ())
    vanished = {path: known for path, known in stored.items() if not files.hold(path)}
    # What vanished may have been renamed; what another folder held was another show's.
    leaving = vanished if replaced == source.name else {}
    failed += source.unreadable
    added = changed = renamed = removed = done = 0
    next_id = await archive.next_id()
    async with archive.bulk(len(files.changed)):
        async for file, outcome in _parse(source, files):
            known = stored.get(file.path)
            episode_id = known.id if known else None
            if isinstance(outcome, _Ready):
                if episode_id is not None:
                    changed += 1
                elif (episode_id := _renamed_from(outcome, leaving)) is not None:
                    renamed += 1
                else:
                    added += 1
                    episode_id, next_id = next_id, next_id + 1
                await archive.put(
                    episode_id, outcome.rows, file_hash=file.hash, problems=outcome.problems
                )
            elif isinstance(outcome, NotAnEpisodeError):
                removed += episode_id is not None
                problem = Problem(outcome.path, outcome.line, outcome.reason)
                await archive.skip(problem, file_hash=file.hash)
            else:
                failed.append(outcome)
                if known and episode_id is None:  # until now it was no episode
                    await archive.remove(file.path)
            done += 1
            if progress:
                progress(files.unchanged + done, files.unchanged + len(files.changed))
        for path, known in vanished.items():
            removed += known.id is not None
            await archive.remove(path)
    if replaced != source.name:
        await archive.set_source(source.name)
    counts = await archive.counts()
    return LoadReport(
        added=added,
        changed=changed,
        renamed=renamed,
        removed=removed,
        unchanged=files.unchanged,
        episodes=counts.episodes,
        turns=counts.turns,
        problems=(*await archive.problems(), *_twins(await archive.stored())),
        skipped=await archive.skipped(),
        failed=tuple(failed),
        seconds=time.perf_counter() - started,
        replaced=replaced if replaced not in (None, source.name) else None,
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """What a look at the source found; ``again`` where ``changed`` lacks the content."""

    changed: list[File]
    again: bool
    unchanged: int
    paths: frozenset[str]
    unreadable: tuple[str, ...]

    def hold(self, path: str) -> bool:
        """Whether a file is there, or may be: below a folder that can't be read just now."""
        return path in self.paths or path.startswith(self.unreadable)


def _look(source: Source, stored: dict[str, Stored]) -> _Files:
    paths: set[str] = set()
    changed: list[File] = []
    held = 0
    for file in source.files():
        paths.add(file.path)
        known = stored.get(file.path)
        if known is None or known.hash != file.hash:
            held += len(file.content)
            changed.append(file if held <= _HELD else file._replace(content=b""))
    again = held > _HELD
    if again:
        changed = [file._replace(content=b"") for file in changed]
    unreadable = tuple(error.path for error in source.unreadable)
    return _Files(changed, again, len(paths) - len(changed), frozenset(paths), unreadable)


def _chunks(source: Source, files: _Files) -> Iterator[list[File]]:
    """The files to read, some at a time, with their content."""
    changed = iter(files.changed)
    if files.again:
        wanted = {file.path for file in files.changed}
        changed = (file for file in source.files() if file.path in wanted)
    chunk: list[File] = []
    size = 0
    for file in changed:
        chunk.append(file)
        size += len(file.content)
        if len(chunk) == _CHUNK or size >= _CHUNK_SIZE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _renamed_from(outcome: _Ready, vanished: dict[str, Stored]) -> int | None:
    """The id of the vanished file of this episode's number, which is the same file renamed.

    Shows count anew with each season. Where one of the two files states none, it may be any.
    """
    number, season = outcome.number, outcome.season
    if number is None:
        return None
    alike = [path for path, known in vanished.items() if known.number == number]
    stated = [path for path in alike if vanished[path].season == season]
    maybe = [path for path in alike if season is None or vanished[path].season is None]
    path = next(iter(stated or maybe), None)
    return vanished.pop(path).id if path is not None else None


def _twins(stored: dict[str, Stored]) -> Iterator[Problem]:
    """Files that claim the number of another, of one season or of one that is not stated."""
    of_number: dict[int, str] = {}
    of_season: dict[tuple[int, int | None], str] = {}
    for path, known in sorted(stored.items(), key=lambda one: (one[1].number or 0, one[0])):
        number, season = known.number, known.season
        if number is None:
            continue
        if season is None:
            there, named = of_number.get(number), f"number {number}"
        else:
            there = of_season.get((number, season)) or of_season.get((number, None))
            named = f"number {number} of season {season}"
        if there is not None:
            yield Problem(path, 1, f"claims {named}, as {there} does; both are kept")
        of_number.setdefault(number, path)
        of_season.setdefault((number, season), path)


class _Ready(NamedTuple):
    """A file's episode, ready to be stored."""

    number: int | None
    season: int | None
    problems: tuple[Problem, ...]
    rows: Rows


_Outcome = _Ready | SourceError


async def _parse(source: Source, files: _Files) -> AsyncGenerator[tuple[File, _Outcome]]:
    """Yield each file's episode or error, in order; many files are read in a second process."""
    loop = asyncio.get_running_loop()
    chunks = _chunks(source, files)
    coming: deque[tuple[list[File], asyncio.Future[list[_Outcome]]]] = deque()
    with ExitStack() as stack:
        pool = None
        if len(files.changed) >= _WORTH_A_PROCESS:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_start_process)
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        more = True
        while more or coming:
            if more and (chunk := await asyncio.to_thread(next, chunks, None)):
                parsing = loop.run_in_executor(pool, _parse_chunk, source, chunk)
                coming.append((chunk, parsing))
            else:
                more = False
            if coming and (len(coming) > _AHEAD or not more):
                chunk, parsing = coming.popleft()
                for pair in zip(chunk, await parsing, strict=True):
                    yield pair


def _start_process() -> None:
    gc.freeze()  # the program itself is no rubbish
    gc.disable()  # it is collected between chunks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _parse_chunk(source: Source, files: list[File]) -> list[_Outcome]:
    outcomes = [_parse_file(source, file) for file in files]
    if not gc.isenabled():  # in the process for it
        gc.collect()
    return outcomes


def _parse_file(source: Source, file: File) -> _Outcome:
    try:
        episode, problems = source.parse(file)
    except SourceError as error:
        return error
    return _Ready(episode.number, episode.season, problems, rows.of(episode))
