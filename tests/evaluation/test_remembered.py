from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.store.archive import Archive
from evaluation import remembered


async def test_lines_are_spoiled_alike_with_the_same_seed(sample_archive_path: Path) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        asked = await remembered.lines(archive, 5, each=8)
        assert asked == await remembered.lines(archive, 5, each=8)
        assert asked != await remembered.lines(archive, 6, each=8)
    kinds = Counter(line.kind for line in asked)
    assert len(kinds) == 11
    assert all(count <= 8 for count in kinds.values())
    for line in asked:
        assert line.text not in line.sentences
        assert bool(line.speaker) == (line.kind == "four words, speaker")
        assert bool(line.within) == (line.kind == "three words, episode")


async def test_spoiled_lines_are_found(
    sample_archive_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        asked = await remembered.lines(archive, 5, each=8)
        places = await remembered.measure(archive, asked)
    assert sum(at == 1 for at in places) >= 0.95 * len(asked)
    remembered.report(asked, places)
    assert "across an interjection" in capsys.readouterr().out
