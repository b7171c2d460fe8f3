"""What is counted and measured, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder

from bot import __version__
from bot.telemetry.trace import Trace

_RESPONSE = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # seconds; Discord gives up after 3
_SEARCH = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Every instrument, in a registry of its own. Times are in seconds."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("episode_bot", "The program", registry=registry).info({"version": __version__})
        self._first = Histogram(
            "episode_bot_first_response_seconds",
            "From an interaction's arrival to its first response",
            ["command"],
            buckets=_RESPONSE,
            registry=registry,
        )
        self._interactions = Counter(
            "episode_bot_interactions",
            "Interactions that are over",
            ["command", "result"],
            registry=registry,
        )
        self._searches = Histogram(
            "episode_bot_search_seconds",
            "How long a search took, waiting for its turn included",
            ["search"],
            buckets=_SEARCH,
            registry=registry,
        )
        self._lag = Histogram(
            "episode_bot_event_loop_lag_seconds",
            "How late the event loop came to what was due, looked at once a second",
            buckets=_LAG,
            registry=registry,
        )
        self._deliveries = Gauge(
            "episode_bot_deliveries", "Announcements by state", ["state"], registry=registry
        )
        self._source_age = Gauge(
            "episode_bot_source_age_seconds",
            "Since the source was last loaded well",
            ["source"],
            registry=registry,
        )
        self._connected = Gauge(
            "episode_bot_gateway_connected",
            "Whether a shard is connected to the gateway",
            ["shard"],
            registry=registry,
        )
        self._latency = Gauge(
            "episode_bot_gateway_latency_seconds",
            "From a shard's last heartbeat to its acknowledgement",
            ["shard"],
            registry=registry,
        )

    # What happens is counted at once; see ``trace.Meter``.

    def responded(self, trace: Trace, seconds: float) -> None:
        """Measure a first response."""
        self._first.labels(trace.name).observe(seconds)

    def searched(self, search: str, seconds: float) -> None:
        """Measure a search."""
        self._searches.labels(search).observe(seconds)

    def ended(self, trace: Trace) -> None:
        """Count an interaction."""
        self._interactions.labels(trace.name, trace.result).inc()

    def lagged(self, seconds: float) -> None:
        """Measure the event loop."""
        self._lag.observe(seconds)

    # What there is, is looked at when somebody asks.

    def of_state(self, deliveries: Mapping[str, int], ages: Mapping[str, float]) -> None:
        """Take over how many deliveries are in each state, and how old each source's load is."""
        for gauge, values in ((self._deliveries, deliveries), (self._source_age, ages)):
            gauge.clear()
            for label, value in values.items():
                gauge.labels(label).set(value)

    def of_gateway(self, latencies: Mapping[int, float | None]) -> None:
        """Take over each shard's latency, None where it is not connected."""
        self._latency.clear()
        for shard, latency in latencies.items():
            self._connected.labels(shard).set(latency is not None)
            if latency is not None:
                self._latency.labels(shard).set(latency)

    def expose(self, accept: str) -> tuple[bytes, str]:
        """All of it, in the text form that fits an ``Accept`` header, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
