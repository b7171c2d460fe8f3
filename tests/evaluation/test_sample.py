from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.archive import Archive
from evaluation import archives, expected, measure, questions, systems
from evaluation.__main__ import evaluate
from evaluation.systems import Bare, Fuzzy, Ours, Passages, WholeEpisodes, documents


def test_the_questions_are_many_varied_and_refer_to_what_is_there() -> None:
    sample = questions.sample()
    kinds = Counter(question.kind for question in sample.questions)
    assert len(sample.questions) >= 120
    assert kinds["unanswerable"] >= 25
    assert len(kinds) == 10
    ids = [one.id for one in (*sample.questions, *sample.quotes)]
    assert len(ids) == len(set(ids))
    for question in sample.questions:
        assert bool(question.relevant) != (question.kind == questions.UNANSWERABLE)
        assert set(question.relevant) <= set(range(1, 14))
        assert set(question.relevant.values()) <= {1, 2}


async def test_the_quotes_are_in_the_episodes(sample_archive_path: Path) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        spoken = {
            document.number: " ".join(document.spoken.split())
            for document in await documents(archive)
        }
    for quote in questions.sample().quotes:
        assert quote.sentence in spoken[quote.episode], quote.id


@pytest.mark.parametrize("name", ["sample", "sample, semantic"])
async def test_the_search_is_no_worse_than_committed(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = tmp_path / "archive.sqlite3"
    fixture = "sample_archive_path" if name == "sample" else "learnt_archive_path"
    shutil.copy(request.getfixturevalue(fixture), path)
    sample = questions.sample()
    async with await Archive.open(path) as archive:
        results = await measure.answers(Ours(archive), sample)
    figures = expected.figures(measure.rows(results, sample))
    assert expected.worse(figures, expected.read()[name]) == []


async def test_baselines_answer(sample_archive_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite3"
    shutil.copy(sample_archive_path, path)
    async with await Archive.open(path) as archive:
        read = await documents(archive)
    assert len(read) == 14  # the draft is not shown
    bare = Bare(path, read)
    for system in (WholeEpisodes(bare, read), Passages(bare, read), Fuzzy(read)):
        ranked = await system.episodes("Passkeys")
        assert ranked.numbers[0] == 4
        assert len(ranked.numbers) == len(set(ranked.numbers))
    said = await Passages(bare, read).passages("the bread is fighting me")
    assert said and said[0].number == 2
    assert Bare(path).query(["greylisting"])  # found again, not built anew


async def test_no_reference_data_is_no_mistake(tmp_path: Path) -> None:
    assert questions.reference(tmp_path) is None


async def test_the_whole_run_prints_its_tables_without_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(archives, "BUILD", tmp_path)
    monkeypatch.setattr(systems.shutil, "which", lambda _: None)
    sample = questions.sample()
    few = replace(sample, questions=sample.questions[::20], quotes=sample.quotes[::10])
    figures = await evaluate(few, failures=True)
    printed = capsys.readouterr().out
    assert "Fuse.js 3.2.0 is left out: Node and npm are not installed" in printed
    for part in ("ordinary", "mismatch", "as shipped", "bare FTS5 OR", "Holm", "not right at once"):
        assert part in printed
    assert 0 <= figures["sample"]["ordinary"]["Success@1"] <= 1


def test_the_own_questions_about_the_reference_are_judged() -> None:
    reference = questions.own(questions.shared_folder())
    if reference is None:
        pytest.skip("the reference data is not there")
    kinds = Counter(question.kind for question in reference.questions)
    assert kinds["unanswerable"] >= 200
    assert kinds["mismatch"] >= 40
    ids = [question.id for question in reference.questions]
    assert len(ids) == len(set(ids))
    for question in reference.questions:
        assert bool(question.relevant) != (question.kind == questions.UNANSWERABLE), question.id
