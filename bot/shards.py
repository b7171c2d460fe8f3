"""Shards: Discord deals servers out to so many connections; a process has a range of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards ``first`` to ``last``, both included, of ``count``."""

    first: int = 0
    last: int = 0
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``0-3/8``, or ``3/8`` for one shard.

        Raises:
            ValueError: Where it is of another form, or names shards that there are not.
        """
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", text)
        if match:
            first, count = int(match[1]), int(match[3])
            last = int(match[2] or first)
            if first <= last < count:
                return cls(first, last, count)
        raise ValueError(
            f"found {text!r}; allowed is a range of the shards, such as 0-3/8 and 4-7/8"
        )

    @property
    def ids(self) -> list[int]:
        """The number of each."""
        return list(range(self.first, self.last + 1))

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.count}"


ALL = Shards()  # the one connection of a bot in few servers has them all

# The servers of some shards, in SQL: after ``guild_id``, with the values of ``within``. Private
# messages, which are in no server, belong to shard 0, as they do on Discord.
WITHIN = "(coalesce(guild_id, 0) >> 22) % ? BETWEEN ? AND ?"


def within(shards: Shards) -> tuple[int, int, int]:
    """The values of ``WITHIN``."""
    return shards.count, shards.first, shards.last
