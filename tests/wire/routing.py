"""How a handler says which requests it takes, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import invalid

if TYPE_CHECKING:
    from .messages import Upload
    from .traffic import Exchange

Json = dict[str, Any]
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(eq=False)
class Call:
    """One request, taken apart."""

    exchange: Exchange
    parts: dict[str, str]
    body: Any = None
    files: dict[int, Upload] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        return self.exchange.query

    def id(self, name: str) -> int:
        """Return an id out of the path."""
        if not self.parts[name].isdecimal():
            raise invalid([f'$.{name}: Value "{self.parts[name]}" is not snowflake.'])
        return int(self.parts[name])


def route(method: str, path: str, *, public: bool = False) -> Callable[[Handler], Handler]:
    """Mark a handler; the path is written as in Discord's description, ``public`` needs no token.

    It returns the JSON to answer with, a pair of status and JSON, or None for no content.
    """

    def mark(handler: Handler) -> Handler:
        handler.routes = [*getattr(handler, "routes", ()), (method, path, public)]  # type: ignore[attr-defined]
        return handler

    return mark
