"""Taking turns: of many searches at once, each would be as late as the last."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.store.archive import Archive

_P = ParamSpec("_P")
_T = TypeVar("_T")


def in_turn(
    search: Callable[Concatenate[Archive, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[Archive, _P], Coroutine[Any, Any, _T]]:
    """Make a search wait while some others of the same archive are under way."""

    @wraps(search)
    async def waiting(archive: Archive, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        async with archive.searching:
            return await search(archive, *args, **kwargs)

    return waiting
