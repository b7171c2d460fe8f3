from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acronyms


@pytest.mark.parametrize(
    ("text", "learned"),
    [
        ("on Google Kubernetes Engine (GKE) and", ("gke", "google kubernetes engine")),
        ("We call it GKE (Google Kubernetes Engine).", ("gke", "google kubernetes engine")),
        ("site reliability engineering, or SRE, is", ("sre", "site reliability engineering")),
        ("SRE stands for site reliability engineering", ("sre", "site reliability engineering")),
        (
            "SRE, which is short for Site Reliability Engineering",
            ("sre", "site reliability engineering"),
        ),
        ("role-based access control (RBAC)", ("rbac", "role based access control")),
        ("the Internet of Things (IoT) or IOT", None),
        ("Identity and Access Management (IAM)", ("iam", "identity and access management")),
        ("many virtual machines (VMs)", ("vm", "virtual machines")),
        ("service level agreements aka SLAs", ("sla", "service level agreements")),
        (
            "API means an Application Programming Interface",
            ("api", "application programming interface"),
        ),
    ],
)
def test_an_acronym_is_learned(text: str, learned: tuple[str, str] | None) -> None:
    assert list(acronyms.learn(text)) == ([learned] if learned else [])


@pytest.mark.parametrize(
    "text",
    ["this one (GKE) is it", "tea or TCP", "(GKE)", "GKE or", "IT is what it is, or IT", "a (B)"],
)
def test_others_are_not(text: str) -> None:
    assert list(acronyms.learn(text)) == []


@given(st.text(alphabet="AaBb (),or", max_size=60))
def test_initials_fit(text: str) -> None:
    for short, words in acronyms.learn(text):
        left = short
        for word in words.split():
            left = left[1:] if left and word[0] == left[0] else left
        assert not left
