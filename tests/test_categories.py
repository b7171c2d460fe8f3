from __future__ import annotations

import pytest

from bot.categories import key


@pytest.mark.parametrize(
    "names",
    [
        ("BigQuery", "Big Query", "bigquery", "BIG-QUERY", " Big_Query "),
        ("Machine Learning", "ML", "machine learning"),
        ("AI", "Artificial Intelligence", "Artifical Intelligence"),
        ("GKE", "Container Engine", "Google Kubernetes Engine", "Kubernetes Engine"),
        ("Kubernetes", "k8s", "K8S"),
        ("TensorFlow", "Tensorflow"),
        ("Next", "NEXT", "Cloud Next", "Google Cloud Next"),
        ("Cloud SQL", "CloudSQL"),
        ("NoSQL", "noSQL"),
        ("Bigtable", "Cloud Bigtable"),
        ("Spanner", "Cloud Spanner"),
        ("SRE", "Site Reliability Engineering"),
        ("IoT", "Internet of Things"),
        ("Cloud Functions", "Google Cloud Functions", "Cloud Function"),
        ("Database", "Databases"),
        ("Data Management", "Data Mangement"),
        ("Conversation AI", "Conversational AI"),
        ("GPU", "GPUs"),
        ("Apache Beam", "Beam"),
        ("Wrap Up", "Recap", "Wrap-Up"),
        ("Gaming", "Games", "Game"),
        ("ＧＰＵ", "ｇｐｕ"),
    ],
)
def test_spellings_of_one(names: tuple[str, ...]) -> None:
    assert len({key(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SQL", "NoSQL"),
        ("Go", "Google"),
        ("C", "C++"),
        ("C", "C#"),
        ("C++", "C#"),
        ("Cloud Run", "Cloud"),
        ("JavaScript", "Java"),
    ],
)
def test_others(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("name", "folded"),
    [("", ""), ("+", "+"), ("OS", "os"), ("Access", "access"), ("DNS", "dn"), ("!", "!")],
)
def test_odd_names(name: str, folded: str) -> None:
    assert key(name) == folded
