"""What passes over the wire: a log of requests, rate limits, and faults to be injected."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

GENEROUS: Mapping[str, tuple[int, float]] = {".*": (100, 1.0)}
"""So many requests in so many seconds for routes that match ``METHOD /path``: no test waits."""

REALISTIC: Mapping[str, tuple[int, float]] = {
    r"POST /channels/\d+/messages$": (5, 5.0),
    r"PATCH /channels/\d+/messages/\d+$": (5, 5.0),
    r"DELETE /channels/\d+/messages/\d+$": (5, 1.0),
    r"POST /channels/\d+/messages/\d+/crosspost$": (10, 3_600.0),
    r"(POST|PATCH) /webhooks/": (5, 2.0),
    ".*": (50, 1.0),
}


@dataclass(eq=False)
class Exchange:
    """One request and what it was answered with; ``status`` 0 stands for a dropped connection."""

    method: str
    path: str
    route: str
    query: dict[str, str]
    headers: Mapping[str, str]
    at: float
    body: Any = None
    files: list[str] = field(default_factory=list)
    status: int | None = None
    response: Any = None
    carried_out: bool = False
    violations: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Method and path, the long tokens of interactions left out."""
        return f"{self.method} {re.sub(r'[^/]{100,}', '…', self.path)}"

    def __str__(self) -> str:
        return f"{self.name} -> {self.status}"


@dataclass(eq=False)
class Fault:
    """Something that goes wrong with the next requests that match."""

    method: str
    path: re.Pattern[str]
    times: int
    status: int | None = None
    drop: bool = False
    after: bool = False
    delay: float = 0.0
    body: Any = None
    retry_after: float = 0.05
    hits: list[Exchange] = field(default_factory=list)
    gate: asyncio.Event | None = None

    def release(self) -> None:
        """Let the requests go on that were held."""
        assert self.gate
        self.gate.set()

    def matches(self, exchange: Exchange) -> bool:
        return (
            len(self.hits) < self.times
            and self.method in ("*", exchange.method)
            and self.path.search(exchange.path) is not None
        )

    async def wait(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.gate:
            await self.gate.wait()


class RateLimits:
    """Buckets for each route and its major parameters, and the limit over all of them."""

    def __init__(self, rules: Mapping[str, tuple[int, float]], overall: int | None) -> None:
        self._rules = {re.compile(pattern): rule for pattern, rule in rules.items()}
        self._overall = overall
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, exchange: Exchange, major: str) -> tuple[bool, dict[str, str], Json]:
        """Count a request; return whether it may pass, its headers, and the body if it may not."""
        now = time.time()
        if self._overall is not None:
            used, reset = self._count("global", 1.0, now)
            if used > self._overall:
                return self._refuse(reset - now, {"X-RateLimit-Global": "true"}, "global")
        name = f"{exchange.method} {exchange.path}"
        limit, per = next(
            (rule for pattern, rule in self._rules.items() if pattern.match(name)), (0, 0.0)
        )
        if not limit:
            return True, {}, {}
        bucket = hashlib.sha256(f"{exchange.method} {exchange.route}".encode()).hexdigest()[:32]
        used, reset = self._count(f"{bucket}:{major}", per, now)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - used)),
            "X-RateLimit-Reset": f"{reset:.3f}",
            "X-RateLimit-Reset-After": f"{reset - now:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        if used > limit:
            return self._refuse(reset - now, headers, "user")
        return True, headers, {}

    def _count(self, key: str, per: float, now: float) -> tuple[int, float]:
        reset, used = self._windows.get(key, (0.0, 0))
        if now >= reset:
            reset, used = now + per, 0
        self._windows[key] = reset, used + 1
        return used + 1, reset

    def _refuse(
        self, seconds: float, headers: dict[str, str], scope: str
    ) -> tuple[bool, dict[str, str], Json]:
        more, body = too_many(seconds, scope)
        return False, headers | more, body


def too_many(seconds: float, scope: str = "user") -> tuple[dict[str, str], Json]:
    """Return a 429's headers and body; without ``Via`` no client takes it for Discord's."""
    headers = {
        "Retry-After": str(math.ceil(seconds)),
        "Via": "1.1 google",
        "X-RateLimit-Scope": scope,
    }
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(seconds, 3),
        "global": scope == "global",
    }
    return headers, body
