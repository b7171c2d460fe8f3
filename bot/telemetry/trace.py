"""One interaction, followed from the gateway's event through the search to the reply."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

log = logging.getLogger(__name__)

_TYPED = ("value", "content", "custom_id")  # where an interaction holds what somebody wrote


class Meter(Protocol):
    """Who counts; ``bot.telemetry.metrics`` does, where metrics are wanted."""

    def responded(self, trace: Trace, seconds: float) -> None:
        """A first response has reached Discord."""
        ...

    def searched(self, search: str, seconds: float) -> None:
        """A search is over, whatever it found."""
        ...

    def ended(self, trace: Trace) -> None:
        """An interaction is over; ``trace.result`` says how."""
        ...


@dataclass(slots=True)
class Trace:
    """What is known of an interaction.

    ``id`` is short enough to be read out, and the same wherever it is made from the interaction;
    ``name`` is ``/ask``, ``component more``, ``/episode suggestions`` and so on, a few in all.
    Times are of ``time.perf_counter``, in seconds.
    """

    id: str
    name: str
    data: Any = field(repr=False)
    guild: int | None = None
    meter: Meter | None = field(default=None, repr=False)
    began: float = field(default_factory=time.perf_counter)
    first: float | None = None
    result: str = ""

    @property
    def suggests(self) -> bool:
        """Whether suggestions are asked for, while somebody types."""
        return self.name.endswith(" suggestions")

    def responded(self) -> None:
        """Note the first response; what follows it are changes to it."""
        if self.first is None:
            self.first = time.perf_counter() - self.began
            if self.meter:
                self.meter.responded(self, self.first)

    def ended(self, result: str) -> None:
        """Note how it ended, once, in the log and in the metrics."""
        if self.result:
            return
        self.result = result
        if self.meter:
            self.meter.ended(self)
        told = {
            "command": self.name,
            "result": result,
            "guild": self.guild,
            "milliseconds": _milliseconds(time.perf_counter() - self.began),
            "first_response": None if self.first is None else _milliseconds(self.first),
        }
        level = logging.DEBUG if self.suggests else logging.INFO
        took = told["milliseconds"]
        log.log(level, "%s %s in %.0f ms", self.name, result, took, extra=told)

    def typed(self) -> str:
        """Everything that somebody wrote: options, fields, a message, the words of a button."""
        return "\n".join(_written(self.data))


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """The interaction that is being answered here, if any is."""
    return _current.get()


def follow(trace: Trace) -> None:
    """Follow an interaction in this task and in all that it starts."""
    _current.set(trace)
    log.debug("received: %s", trace.name)


def ended(result: str) -> None:
    """Note how the interaction that is being answered here ended."""
    if trace := _current.get():
        trace.ended(result)


@contextmanager
def searching(search: str) -> Generator[None]:
    """Time a search that an interaction waits for."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - began
        if (trace := _current.get()) and trace.meter:
            trace.meter.searched(search, seconds)
        log.debug("searched in %.1f ms", seconds * 1000, extra={"search": search})


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _written(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in cast("dict[str, Any]", data).items():
            if key in _TYPED and isinstance(value, str):
                yield value
            else:
                yield from _written(value)
    elif isinstance(data, list):
        for value in cast("list[Any]", data):
            yield from _written(value)
