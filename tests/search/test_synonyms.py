from __future__ import annotations

from pathlib import Path

import pytest

from bot.episode import Episode, Turn
from bot.search import ask, question, synonyms
from bot.search.synonyms import Synonyms, numeronym
from bot.store import rows
from bot.store.archive import Archive
from tests.search.lexicons import vocabulary

SAID = (
    "Our site reliability engineers, or SREs, keep the lights on.",
    "The SRE book is free.",
    "Kubernetes has an odd short name.",
    "They say k8s for it.",
    "We moved the virtual machines last week, all the VMs.",
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["sre", "book"], [(["sre"], ("site", "reliability", "engineers"))]),
        (["site", "reliability", "engineer"], [(["site", "reliability", "engineer"], ("sre",))]),
        (["site", "engineers"], []),
    ],
)
def test_phrases_that_mean_the_same(asked: list[str], found: list[object]) -> None:
    same = Synonyms([["sre", "site reliability engineers"], ["gke", "kubernetes engine"]])
    assert list(same.of(asked)) == found


def test_numeronym() -> None:
    assert [*map(numeronym, ["kubernetes", "accessibility"])] == ["k8s", "a11y"]


async def test_the_archive_teaches_acronyms(tmp_path: Path) -> None:
    async with await Archive.open(tmp_path / "a.sqlite3") as archive:
        for number, text in enumerate(SAID, start=1):
            episode = Episode(
                path=f"{number}.md", slug=f"{number}", title="", turns=(Turn("A", text),)
            )
            await archive.put(number, rows.of(episode), file_hash=b"1")
        [learned] = await synonyms.of(archive)
        assert list(learned.of(["sre"])) == [(["sre"], ("site", "reliability", "engineers"))]

        async def found(text: str) -> set[int]:
            return {one.episode.id for one in (await ask(archive, text)).episodes}

        assert await found("site reliability engineers") == {1, 2}
        assert await found("sre") == {1, 2}
        assert await found("kubernetes") == {3, 4}
        assert await found("k8s") == {3, 4}
        assert await found("vm") == {5}
        await archive.remove("1.md")
        [learned] = await synonyms.of(archive)
        assert list(learned.of(["sre"])) == []


def test_a_frequent_acronym_is_not_looked_for_by_one_of_its_words() -> None:
    counts = {"sql": 90, "structured": 40, "gke": 3, "kubernetes": 50}
    words = vocabulary(counts, passages=1000)
    same = Synonyms([["sql", "structured query language"], ["gke", "google kubernetes engine"]])
    often, seldom = question.terms(["sql", "gke"], words, [same])
    assert set(often.forms) == {"sql"}
    assert seldom.forms == {"gke": 1.0, "kubernetes": 0.7}


async def test_the_community_writes_synonyms(
    sample_archive_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("# ours\nzeppelin, tide clock  # odd\nalone\n, ,\n", "utf-8")
    async with await Archive.open(sample_archive_path, synonyms=file) as archive:
        answer = await ask(archive, "zeppelin")
        assert [e.kind for e in answer.episodes[0].evidence]
        assert "tide" in str(answer.episodes[0].evidence).lower()
        assert f"{file}:3: expected two phrases or more" in caplog.text
        file.write_text("zeppelin, passkeys\n", "utf-8")
        assert (await ask(archive, "zeppelin")).episodes[0].episode.number == 4
        file.unlink()
        assert (await ask(archive, "zeppelin")).episodes == ()
        assert "no synonyms are taken from it" in caplog.text
