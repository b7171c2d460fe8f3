"""An HTTP endpoint for release pipelines, signed the way GitHub signs its webhooks.

``POST /announce`` with ``X-Hub-Signature-256: sha256=HMAC(secret, body)``. A body is good for
one time: it is remembered, and the signature is over nothing else that could be changed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from bot.announce.clock import Clock, utc
from bot.announce.outside import Wish, ask_for
from bot.errors import QuestionError
from bot.serving import Server
from bot.shows import Shows
from bot.store.engine import Connection
from bot.store.state import State

log = logging.getLogger(__name__)


class Webhook:
    """The endpoint; ``look`` is called for a push, so that the source is looked at now."""

    def __init__(
        self,
        state: State,
        shows: Shows,
        secret: str,
        *,
        longest_missed: timedelta,
        planned: Callable[[], None],
        look: Callable[[], None],
        clock: Clock = utc,
    ) -> None:
        self._state = state
        self._shows = shows
        self._secret = secret.encode()
        self._longest_missed = longest_missed
        self._planned = planned
        self._look = look
        self._clock = clock
        self._server = Server({"POST /announce": self._serve})

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: Where the port cannot be listened to.
        """
        await self._server.start(host, port)
        log.info("listening for releases on http://%s:%d/announce", host, port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._server.stop()

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        given = request.headers.get("X-Hub-Signature-256", "")
        wanted = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
            return _say(401, "the signature does not fit the body")
        event = request.headers.get("X-GitHub-Event", "")
        if event == "ping":
            return _say(200, "pong")
        if event == "push":
            self._look()  # harmless, however often it is asked for
            return _say(202, "looking at the source")
        try:
            wish = Wish.from_json(json.loads(body))
            show = self._shows.called(wish.show) if wish.show else self._shows.first
            if not await self._state.run(
                _first_time, hashlib.sha256(body).hexdigest(), self._clock()
            ):
                return _say(409, "this request was made before; add something that differs")
            outcome = await ask_for(
                self._state,
                show.archive,
                wish,
                self._clock(),
                longest_missed=self._longest_missed,
                by="webhook",
                show=show.id,
            )
        except (ValueError, UnicodeError):
            return _say(400, "the body is no JSON")
        except QuestionError as error:
            return _say(422, str(error))
        self._planned()
        return web.json_response(outcome.to_json(), status=202 if outcome.planned else 200)


def _first_time(db: Connection, digest: str, now: datetime) -> bool:
    sql = "INSERT INTO heard VALUES (?, ?) ON CONFLICT DO NOTHING"
    done = db.execute(sql, (digest, now.timestamp()))
    return done.rowcount > 0


def _say(status: int, text: str) -> web.Response:
    return web.json_response({"message": text}, status=status)
