"""Archives to ask: loaded once, and kept under ``build`` until episodes or program change."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from bot.loading import load
from bot.search import semantic
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from evaluation.questions import ROOT

BUILD = ROOT / "build" / "evaluation"
# What an archive depends on, below ``bot``.
_PROGRAM = (
    "*.py",
    "sources/*.py",
    "store/*.py",
    "store/**/*.sql",
    "search/semantic.py",
    "search/encoder.py",
)
_KEPT = 3_600  # seconds that an archive is kept after another has taken its place


async def archive_of(folder: Path, name: str, *, meaning: bool = False) -> Path:
    """An archive that ``folder`` was loaded into; to be read only.

    With ``meaning``, its passages are embedded for semantic matching.
    """
    path = BUILD / f"{name}{'-semantic' if meaning else ''}-{_fingerprint(folder)}.sqlite3"
    if not path.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        for old in BUILD.glob(f"{name}-*"):
            if time.time() - old.stat().st_mtime > _KEPT:
                old.unlink()
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        async with await Archive.open(unfinished) as archive:
            await load(archive, FolderSource(folder))
            if meaning:
                await semantic.learn(archive)
        unfinished.replace(path)
    return path


def _fingerprint(folder: Path) -> str:
    """A hash of all that an archive is made of: the episodes, and the program that reads them."""
    digest = hashlib.sha256()
    program = [path for pattern in _PROGRAM for path in (ROOT / "bot").glob(pattern)]
    content = [path for path in folder.rglob("*") if path.is_file()]
    for path in [*sorted(program), *sorted(content), *sorted(folder.parent.glob("config.*"))]:
        digest.update(f"{path}\n{path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
