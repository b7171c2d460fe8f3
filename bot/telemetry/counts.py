"""What can be counted in the state: functions of its connection."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.store.engine import Connection

STATES = ("draft", "planned", "sending", "sent", "failed", "held", "withdrawn")


def deliveries(db: Connection) -> dict[str, int]:
    """How many deliveries there are in each state."""
    found = dict(db.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())
    return {state: found.get(state, 0) for state in STATES}


def ages(db: Connection, sources: Collection[tuple[str, str]], now: datetime) -> dict[str, float]:
    """For how many seconds each source has not been looked through.

    ``sources`` are pairs of a show's id and where its archive was loaded from.
    """
    looked = db.execute("SELECT show, source, looked FROM baseline").fetchall()
    return {
        source: max(now.timestamp() - at, 0.0)
        for show, source, at in looked
        if (show, source) in sources
    }


def subscriptions(db: Connection) -> int:
    """How many channels are set up."""
    return int(db.execute("SELECT count(*) FROM subscription").fetchone()[0])
