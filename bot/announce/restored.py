"""A ledger that was restored from a copy: what was done since the copy is not done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.announce import memory
from bot.announce.identity import Seen
from bot.store.engine import Connection

_NEVER = timedelta(seconds=-1)  # however recent, it is too old to be announced by itself


class Adopted(NamedTuple):
    """Episodes taken for announced, by name, and how many deliveries are to be looked for."""

    episodes: tuple[str, ...]
    doubtful: int


def adopt(
    db: Connection, looks: Mapping[str, tuple[str, Sequence[Seen]]], now: datetime
) -> Adopted:
    """Bring the ledger in step with what happened since it was copied.

    Whatever was due by ``now`` may have been posted: it counts as begun, so that the dispatcher
    looks for it before it sends. Episodes of ``looks`` (by show: the source, and what was found
    there) that are new to the ledger count as announced. Ids go on from the time, so that no new
    delivery takes a post of the time in between for its own.
    """
    db.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'delivery'",
        (int(now.timestamp() * 1000),),
    )
    doubtful = db.execute(
        "UPDATE delivery SET state = 'sending', attempted = coalesce(attempted, created) "
        "WHERE state = 'planned' AND due <= ?",
        (now.timestamp(),),
    ).rowcount
    released: list[int] = []
    for show, look in looks.items():
        released += memory.observe(db, *look, now, longest_missed=_NEVER, show=show).released
    for number in released:
        db.execute("UPDATE release SET before = TRUE WHERE id = ?", (number,))
    db.execute("UPDATE release SET offer = NULL")
    return Adopted(tuple(memory.release(db, number).name for number in released), doubtful)
