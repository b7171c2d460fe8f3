"""Discord's error bodies."""

from __future__ import annotations

import re
from typing import Any

from bot.ui import limits

_KNOWN = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    40033: (400, "This message has already been crossposted"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    40094: (400, "This interaction has reached the maximum number of follow up messages"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
}


class ApiError(Exception):
    """A request refused, in Discord's form."""

    def __init__(self, status: int, body: dict[str, Any], lines: list[str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.lines = lines or []


def known(code: int) -> ApiError:
    """Return one of Discord's documented errors."""
    status, message = _KNOWN[code]
    return ApiError(status, {"message": message, "code": code})


def plain(status: int, reason: str) -> ApiError:
    """Return an error without a code of its own."""
    return ApiError(status, {"message": f"{status}: {reason}", "code": 0})


def invalid(lines: list[str]) -> ApiError:
    """Turn violations into an invalid form body, nested the way their JSON paths are."""
    if all(line.endswith(f": {limits.EMPTY}") for line in lines):
        status, message = _KNOWN[50006]
        return ApiError(status, {"message": message, "code": 50006}, lines)
    errors: dict[str, Any] = {}
    for line in lines:
        path, _, rule = line.partition(": ")
        node = errors
        for key in re.findall(r"[^.\[\]$]+", path):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": "BENCH_LIMIT", "message": rule})
    return ApiError(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors}, lines)
