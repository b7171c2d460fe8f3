"""``GET /metrics`` for Prometheus, ``GET /healthz`` for whoever restarts the bot when it is ill."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from bot.announce.clock import utc
from bot.serving import Server
from bot.store.state import UNUSABLE
from bot.telemetry import counts, health
from bot.telemetry.metrics import Metrics
from bot.telemetry.pulse import Pulse

if TYPE_CHECKING:
    from bot.client import EpisodeBot

log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds for the state; what is not known by then is told as it was


class Endpoint:
    """Listens for both."""

    def __init__(self, bot: EpisodeBot, metrics: Metrics) -> None:
        self._bot = bot
        self._metrics = metrics
        self._pulse = Pulse(metrics.lagged)
        self._server = Server({"GET /metrics": self._expose, "GET /healthz": self._check})

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: Where the port cannot be listened to.
        """
        self._pulse.start()
        await self._server.start(host, port)
        log.info("metrics are at http://%s:%d/metrics, health at /healthz", host, port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._pulse.stop()
        await self._server.stop()

    async def _check(self, _: web.Request) -> web.Response:
        found = health.check(self._bot, self._pulse.late)
        return web.json_response(found.to_json(), status=503 if found.reasons else 200)

    async def _expose(self, request: web.Request) -> web.Response:
        self._metrics.of_gateway(health.gateway(self._bot))
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._look_into_the_state()
        except (TimeoutError, *UNUSABLE) as error:
            log.warning("the metrics lack what is in the state: %s", error or "it is busy")
        body, content_type = self._metrics.expose(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _look_into_the_state(self) -> None:
        state, sources = self._bot.state, await self._bot.shows.loaded_from()
        self._metrics.of_state(
            await state.run(counts.deliveries), await state.run(counts.ages, sources, utc())
        )
