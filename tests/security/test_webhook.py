"""The webhook listens only to who knows the secret, and to each body once."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from bot.announce.webhook import Webhook
from bot.settings import Settings
from bot.shows import OpenShow, Shows
from bot.store.archive import Archive
from bot.store.state import State

SECRET = "0123456789abcdef"
WISH = {"episode": "1", "guild": "1" * 17, "channel": "2" * 17, "again": True}
BODY = json.dumps(WISH).encode()


def signature(body: bytes, key: str = SECRET, how: str = "sha256") -> str:
    return f"{how}=" + hmac.new(key.encode(), body, how).hexdigest()


class Endpoint:
    """The webhook on a state of its own, which outlives it."""

    def __init__(self, state: State, shows: Shows) -> None:
        self.state, self.shows = state, shows
        self.looked = 0

    def _look(self) -> None:
        self.looked += 1

    async def post(self, body: bytes, **headers: str) -> int:
        """Start, post, stop: every request meets a bot that was just started."""
        port = unused_port()
        webhook = Webhook(
            self.state,
            self.shows,
            SECRET,
            longest_missed=timedelta(days=7),
            planned=lambda: None,
            look=self._look,
        )
        await webhook.start("127.0.0.1", port)
        try:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            url = f"http://127.0.0.1:{port}/announce"
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=body, headers=headers) as answer,
            ):
                assert SECRET not in await answer.text()
                return answer.status
        finally:
            await webhook.stop()

    async def planned(self) -> int:
        [row] = await self.state.run(
            lambda db: db.execute("SELECT count(*) FROM delivery").fetchall()
        )
        return row[0]


@pytest.fixture
async def endpoint(sample_archive_path: Path, tmp_path: Path) -> AsyncIterator[Endpoint]:
    path = shutil.copy(sample_archive_path, tmp_path / "archive.sqlite3")
    archive = await Archive.open(Path(path))
    state = await State.open(tmp_path / "state.sqlite3")
    try:
        yield Endpoint(state, Shows([OpenShow(Settings().every_show[0], archive)]))
    finally:
        await state.close()
        await archive.close()


@pytest.mark.parametrize(
    "given",
    [
        *("", "sha256=", "sha256", "é", "sha256=" + "0" * 64),
        signature(BODY, "another secret!!"),
        signature(BODY, ""),
        signature(BODY, how="sha1"),
        signature(BODY).removeprefix("sha256="),
        signature(BODY).replace("sha256=", "sha1="),
        signature(BODY)[:-1],
        signature(BODY) + "0",
        "sha256=" + hashlib.sha256(BODY).hexdigest(),
        "sha256=" + hashlib.sha256(SECRET.encode() + BODY).hexdigest(),
    ],
)
async def test_forged_signatures(endpoint: Endpoint, given: str) -> None:
    for event in ("", "push", "ping"):
        headers = {"X_Hub_Signature_256": given, "X_GitHub_Event": event}
        assert await endpoint.post(BODY, **headers) == 401
    assert await endpoint.post(BODY) == 401
    assert endpoint.looked == 0
    assert await endpoint.planned() == 0


async def test_a_signature_is_for_one_body(endpoint: Endpoint) -> None:
    for body in (BODY + b" ", BODY[:-1], BODY.replace(b"2", b"3", 1), b""):
        assert await endpoint.post(body, X_Hub_Signature_256=signature(BODY)) == 401
    assert await endpoint.planned() == 0


async def test_a_body_is_good_for_one_time_whatever_is_around_it(endpoint: Endpoint) -> None:
    """Also after a restart, for ever, and with headers that are not signed."""
    signed = {"X_Hub_Signature_256": signature(BODY)}
    assert await endpoint.post(BODY, **signed) == 202
    assert await endpoint.planned() == 1
    assert await endpoint.post(BODY, **signed) == 409
    assert await endpoint.post(BODY, **signed, X_GitHub_Delivery="another") == 409
    assert await endpoint.post(BODY, **signed, Date="Tue, 01 Jan 2036 00:00:00 GMT") == 409
    assert await endpoint.post(BODY, **signed, X_GitHub_Event="push") == 202
    assert endpoint.looked == 1
    assert await endpoint.planned() == 1


async def test_a_push_cannot_be_turned_into_an_announcement(endpoint: Endpoint) -> None:
    push = b'{"ref": "refs/heads/main", "after": "0"}'
    signed = {"X_Hub_Signature_256": signature(push)}
    assert await endpoint.post(push, **signed, X_GitHub_Event="push") == 202
    assert await endpoint.post(push, **signed) == 422
    assert await endpoint.planned() == 0


async def test_too_large_a_body_is_not_read(endpoint: Endpoint) -> None:
    body = b" " * (300 * 1024) + BODY
    assert await endpoint.post(body, X_Hub_Signature_256=signature(body)) == 413


@pytest.mark.parametrize(
    "change",
    [
        {"guild": "1 OR 1=1"},
        {"channel": "../../etc/passwd"},
        {"channel": "²" * 17},
        {"channel": {"$ne": 1}},
        {"episode": "'; DROP TABLE delivery; --"},
        {"episode": "../../../etc/passwd"},
        {"show": "../state"},
        {"when": "in 99999999999 h"},
        {"admin": True},
    ],
)
async def test_signed_nonsense_is_refused(endpoint: Endpoint, change: dict[str, object]) -> None:
    body = json.dumps(WISH | change).encode()
    assert await endpoint.post(body, X_Hub_Signature_256=signature(body)) == 422
    assert await endpoint.planned() == 0
