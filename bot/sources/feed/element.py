"""The parts of a feed: what an XML parser found, with the names that everybody uses."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

from bot.errors import SourceError


@dataclass(slots=True)
class Element:
    """An element: its name with the usual prefix (``itunes:duration``), and the line it is on.

    A prefix that the feed does not declare is taken as it is written.
    """

    name: str
    line: int = 1
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Element | str] = field(default_factory=list["Element | str"])

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join([part for part in self.children if isinstance(part, str)]).strip()

    @property
    def elements(self) -> list[Element]:
        """The elements directly in it."""
        return [part for part in self.children if isinstance(part, Element)]

    def all(self, *names: str) -> list[Element]:
        """Those of its elements that have one of these names."""
        return [part for part in self.elements if part.name in names]

    def markup(self) -> str:
        """What is in it as HTML: its text, with the tags written out that stand as elements."""
        parts: list[str] = []
        nested = any(isinstance(part, Element) for part in self.children)
        for part in self.children:
            if isinstance(part, str):
                parts.append(html.escape(part, quote=False) if nested and part.strip() else part)
                continue
            name = part.name.removeprefix("xhtml:").removeprefix("atom:")
            attributes = "".join(f' {k}="{html.escape(v)}"' for k, v in part.attributes.items())
            inner = (
                part.markup()
                if any(isinstance(p, Element) for p in part.children)
                else (
                    html.escape(
                        "".join([p for p in part.children if isinstance(p, str)]), quote=False
                    )
                )
            )
            parts.append(f"<{name}{attributes}>{inner}</{name}>")
        return "".join(parts).strip()

    def to_json(self) -> list[Any]:
        """The element as nested lists, for ``of_json``."""
        children = [part if isinstance(part, str) else part.to_json() for part in self.children]
        return [self.name, self.line, self.attributes, children]

    @classmethod
    def of_json(cls, values: list[Any]) -> Element:
        """The element that ``to_json`` wrote."""
        name, line, attributes, children = values
        return cls(
            name, line, attributes, [p if isinstance(p, str) else cls.of_json(p) for p in children]
        )


@dataclass(slots=True)
class Feed:
    """What was read of a feed's file besides its items; complete when the items are read.

    ``broken`` are the items that cannot be read, each with the guid that it seems to have.
    ``whole`` is False where the file is cut off.
    """

    channel: Element = field(default_factory=lambda: Element("channel"))
    broken: list[tuple[str | None, SourceError]] = field(
        default_factory=list[tuple[str | None, SourceError]]
    )
    whole: bool = True
