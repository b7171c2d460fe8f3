"""The committed table: figures that a change must not lower unnoticed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evaluation import metrics
from evaluation.measure import FALSE, Row

PATH = Path(__file__).parent / "expected.json"
ALLOWED = 0.01  # a figure may be this much worse

Figures = dict[str, dict[str, float]]  # by row and metric


def figures(rows: Sequence[Row]) -> Figures:
    """The mean of each figure."""
    return {
        row.label: {metric: round(metrics.mean(values), 4) for metric, values in row.values.items()}
        for row in rows
    }


def read() -> dict[str, Figures]:
    """The committed figures by collection."""
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}


def write(measured: dict[str, Figures]) -> None:
    """Commit the figures; those of a collection that was not measured stay."""
    text = json.dumps(read() | measured, indent=2)
    PATH.write_text(text + "\n", encoding="utf-8")


def worse(measured: Figures, expected: Figures) -> list[str]:
    """What fell by more than a point under the committed figure, a line each."""
    found: list[str] = []
    for row, metric, was in _each(expected):
        now = measured.get(row, {}).get(metric)
        if now is None:
            found.append(f"{row}, {metric}: not measured any more, was {100 * was:.1f}")
        elif (now - was if metric == FALSE else was - now) > ALLOWED + 1e-9:
            found.append(f"{row}, {metric}: {100 * now:.1f}, committed are {100 * was:.1f}")
    return found


def changes(measured: Figures, expected: Figures) -> list[str]:
    """Every figure that differs from the committed one, a line each."""
    found = [
        f"{row}, {metric}: {100 * now:.1f}, new"
        for row, metric, now in _each(measured)
        if metric not in expected.get(row, {})
    ]
    for row, metric, was in _each(expected):
        now = measured.get(row, {}).get(metric)
        if now != was:
            found.append(
                f"{row}, {metric}: {100 * was:.1f} -> "
                + ("gone" if now is None else f"{100 * now:.1f}")
            )
    return found


def _each(some: Figures) -> list[tuple[str, str, float]]:
    return [(row, metric, value) for row, cells in some.items() for metric, value in cells.items()]
