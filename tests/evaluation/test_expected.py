from __future__ import annotations

from pathlib import Path

import pytest

from evaluation import __main__ as evaluation
from evaluation import expected

FIGURES: expected.Figures = {
    "ordinary": {"Success@1": 0.95},
    "unanswerable, as shipped": {"false answers": 0.05},
}


@pytest.mark.parametrize(
    ("row", "metric", "now", "worse"),
    [
        ("ordinary", "Success@1", 0.94, False),
        ("ordinary", "Success@1", 0.93, True),
        ("ordinary", "Success@1", 1.0, False),
        ("unanswerable, as shipped", "false answers", 0.06, False),
        ("unanswerable, as shipped", "false answers", 0.07, True),
        ("unanswerable, as shipped", "false answers", 0.0, False),
    ],
)
def test_more_than_a_point_worse_is_named(row: str, metric: str, now: float, worse: bool) -> None:
    measured = FIGURES | {row: {metric: now}}
    found = expected.worse(measured, FIGURES)
    assert [line.startswith(f"{row}, {metric}: ") for line in found] == [True] * worse


def test_a_figure_that_is_not_measured_any_more_is_named() -> None:
    assert len(expected.worse({}, FIGURES)) == 2


def test_the_committed_figures_change_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "expected.json"
    monkeypatch.setattr(expected, "PATH", path)
    expected.write({"other": FIGURES, "sample": FIGURES})
    lower: expected.Figures = FIGURES | {"ordinary": {"Success@1": 0.9}}

    assert evaluation.judge({"sample": lower}, update=False) == 1
    assert "sample: ordinary, Success@1: 90.0, committed are 95.0" in capsys.readouterr().err
    assert expected.read() == {"other": FIGURES, "sample": FIGURES}

    assert evaluation.judge({"sample": lower}, update=True) == 0
    assert "ordinary, Success@1: 95.0 -> 90.0" in capsys.readouterr().out
    assert expected.read() == {"other": FIGURES, "sample": lower}
    assert evaluation.judge({"sample": lower}, update=False) == 0
