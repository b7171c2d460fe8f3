"""The instruments, and that the documentation knows them."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry.metrics import Metrics
from bot.telemetry.trace import Trace
from tests.conftest import ROOT


def exposed(metrics: Metrics) -> dict[tuple[str, ...], float]:
    text = metrics.expose("text/plain")[0].decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_documentation_names_every_metric() -> None:
    text = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(episode_bot_\w+)`", text))
    families = {family.name: family.type for family in Metrics().registry.collect()}
    suffix = {"counter": "_total", "info": "_info"}
    ours = {name + suffix.get(kind, "") for name, kind in families.items()}
    assert documented == {name for name in ours if name.startswith("episode_bot")}


@pytest.mark.parametrize("accept", ["", "text/plain", "application/openmetrics-text"])
def test_forms(accept: str) -> None:
    body, content_type = Metrics().expose(accept)
    assert b"episode_bot_info" in body
    assert content_type.startswith(accept or "text/plain")


def test_an_interaction_counts_once() -> None:
    metrics = Metrics()
    trace = Trace("abc123", "/ask", {}, meter=metrics)
    for result in ("fault", "answered"):
        trace.responded()
        trace.ended(result)
    found = exposed(metrics)
    assert found["episode_bot_interactions_total", "/ask", "fault"] == 1
    assert ("episode_bot_interactions_total", "/ask", "answered") not in found
    assert found["episode_bot_first_response_seconds_count", "/ask"] == 1


def test_what_is_gone_is_not_shown() -> None:
    metrics = Metrics()
    metrics.of_gateway({0: 0.04, 1: 0.05})
    metrics.of_gateway({0: 0.03, 1: None})
    metrics.of_state({"sent": 2}, {"/old": 5.0})
    metrics.of_state({"sent": 3}, {"/new": 1.0})
    found = exposed(metrics)
    assert found["episode_bot_gateway_connected", "0"] == 1
    assert found["episode_bot_gateway_connected", "1"] == 0
    assert found["episode_bot_gateway_latency_seconds", "0"] == 0.03
    assert ("episode_bot_gateway_latency_seconds", "1") not in found
    assert found["episode_bot_deliveries", "sent"] == 3
    assert [key[1] for key in found if key[0] == "episode_bot_source_age_seconds"] == ["/new"]
