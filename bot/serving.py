"""A small HTTP server inside the bot: for release pipelines, and for whoever watches over it."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

_LARGEST = 256 * 1024  # bytes of a body


class Server:
    """Answers some requests, each by ``method path``; all else is refused, and none is logged."""

    def __init__(self, routes: dict[str, Handler]) -> None:
        app = web.Application(client_max_size=_LARGEST)
        for route, handler in routes.items():
            method, path = route.split()
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: Where the port cannot be listened to.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()
