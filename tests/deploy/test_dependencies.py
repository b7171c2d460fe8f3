"""The licences of what is installed, and what is said where its holes cannot be looked up."""

from __future__ import annotations

import json

import pytest

from deploy import audit, licences


def test_every_locked_dependency_is_listed() -> None:
    """``make licences`` writes the list anew."""
    names = licences.locked(licences.LOCK.read_text(encoding="utf-8"))
    assert len(names) > 20
    rows = [line for line in licences.LIST.read_text(encoding="utf-8").splitlines() if "|" in line]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[2:]] == names
    assert licences.listed(names) == licences.LIST.read_text(encoding="utf-8")


def test_what_is_not_installed() -> None:
    with pytest.raises(LookupError, match="not installed"):
        licences.licence("no-such-package-anywhere")


PACKAGE = {"name": "a", "version": "1"}
HOLE = {"id": "CVE-1", "fix_versions": ["2"]}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([{**PACKAGE, "vulns": []}], 0, "1 packages checked, 0 known vulnerabilities."),
        ([{**PACKAGE, "vulns": [HOLE]}], 1, "a 1: CVE-1, fixed in 2"),
        ([{"name": "b", "skip_reason": "not there"}], 3, "NOTHING WAS CHECKED"),
        ([{**PACKAGE, "vulns": []}, {"name": "b", "skip_reason": "gone"}], 3, "b was not checked"),
        ([], 3, "NOTHING WAS CHECKED"),
    ],
)
def test_what_the_audit_found(packages: list[object], code: int, said: str) -> None:
    found, lines = audit.told(json.dumps({"dependencies": packages}), "")
    assert found == code
    assert said in "\n".join(lines)


def test_an_audit_that_failed() -> None:
    code, lines = audit.told("", "ERROR: a\nConnection refused")
    assert code == audit.UNCHECKED
    assert lines[0].startswith("NOTHING WAS CHECKED")
    assert "Connection refused" in lines[1]
