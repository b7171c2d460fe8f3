"""Whether the bot does its work, seen from inside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.client import EpisodeBot

_LATE = 5.0  # seconds that the event loop may hang


@dataclass(frozen=True, slots=True)
class Health:
    """What keeps the bot from its work, a line each, and the facts behind it.

    ``gateway`` holds the latency of each shard in seconds, 0 where it is not known yet, None
    where it is not connected.
    """

    reasons: tuple[str, ...]
    gateway: dict[int, float | None]

    def to_json(self) -> dict[str, Any]:
        """Status, reasons and gateway."""
        return {
            "status": "unhealthy" if self.reasons else "healthy",
            "reasons": list(self.reasons),
            "gateway": {str(shard): latency for shard, latency in self.gateway.items()},
        }


def check(bot: EpisodeBot, late: float) -> Health:
    """Look the bot over; ``late`` is for how many seconds the event loop has been hanging."""
    shards = gateway(bot)
    reasons = [f"shard {n} is not connected" for n, latency in shards.items() if latency is None]
    if not shards or not bot.is_ready():
        reasons.append("the gateway has not let the bot in yet")
    if late > _LATE:
        reasons.append(f"the event loop hung for {late:.0f} s")
    if bot.announces:
        if not (bot.watchers and all(watcher.alive for watcher in bot.watchers)):
            reasons.append("the source is not watched")
        if not bot.dispatcher.alive:
            reasons.append("nothing is announced")
    return Health(tuple(reasons), shards)


def gateway(bot: EpisodeBot) -> dict[int, float | None]:
    """The latency of each shard; see ``Health``."""
    return {
        number: None if shard.is_closed() else _known(shard.latency)
        for number, shard in bot.shards.items()
    }


def _known(latency: float) -> float:
    return latency if math.isfinite(latency) else 0.0
