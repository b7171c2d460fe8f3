"""The threat model names modules and tests that there are."""

from __future__ import annotations

import re

from ..conftest import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| threat", "| ---"))
]


def test_every_threat_has_a_defence_that_is_there() -> None:
    assert len(ROWS) > 20
    for threat, defence, modules, _ in ROWS:
        assert defence, threat
        named = re.findall(r"`([\w/.]+)`", modules)
        named = [one for one in named if "/" in one]
        assert named, threat
        assert [one for one in named if not (ROOT / one).exists()] == [], threat


def test_every_test_that_is_named_is_there() -> None:
    for threat, _, _, proof in ROWS:
        for name, inner in re.findall(r"`((?:\w+/)?test_\w+\.py)`(?: \(([^)]*)\))?", proof):
            path = ROOT / "tests" / name
            assert path.is_file(), threat
            text = path.read_text(encoding="utf-8")
            for part in re.findall(r"`(\w+)`", inner):
                assert re.search(rf"def test_\w*{part}", text), (threat, name, part)
