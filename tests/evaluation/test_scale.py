from __future__ import annotations

from pathlib import Path

from bot.loading import load
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from evaluation.invented import Inventor, invent
from evaluation.scale import drawn
from tests.conftest import ROOT

SAMPLE = ROOT / "data" / "episodes"


async def test_an_invented_archive_loads_and_is_not_the_same_twice(tmp_path: Path) -> None:
    invent(SAMPLE, tmp_path / "show" / "episodes", 30)
    files = sorted((tmp_path / "show" / "episodes").iterdir())
    texts = {path.read_text(encoding="utf-8") for path in files}
    assert len(texts) == 30
    path = tmp_path / "archive.sqlite3"
    async with await Archive.open(path) as archive:
        report = await load(archive, FolderSource(tmp_path / "show" / "episodes"))
        assert (report.episodes, report.failed, report.skipped) == (30, (), ())
        entries = await archive.catalogue()
        assert len({entry.title for entry in entries}) == 30
        assert len({entry.published for entry in entries}) == 30
        assert all(entry.turns > 10 and entry.guests for entry in entries)
    asked = drawn(path)
    assert len(asked) == len(set(asked)) == 100


def test_the_vocabulary_grows_with_the_archive() -> None:
    inventor = Inventor(SAMPLE)

    def words(first: int, last: int) -> set[str]:
        return {w for n in range(first, last) for w in inventor.episode(n, 100).split()}

    early = words(1, 40)
    assert len(words(40, 80) - early) > 100


def test_an_invented_episode_is_the_same_again() -> None:
    assert Inventor(SAMPLE).episode(3, 10) == Inventor(SAMPLE).episode(3, 10)
