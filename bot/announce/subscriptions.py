"""Which channels announce, and how: the moderators' settings in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.store.engine import Connection


def all_of(
    db: Connection, guild_id: int | None = None, *, show: str | None = None
) -> list[Subscription]:
    """The subscriptions of a guild and a show, or of all, in the order they were set up."""
    rows = db.execute(
        "SELECT * FROM subscription WHERE (CAST(?1 AS BIGINT) IS NULL OR guild_id = ?1) "
        "AND (CAST(?2 AS TEXT) IS NULL OR show = ?2) ORDER BY since, channel_id, show",
        (guild_id, show),
    )
    return [_subscription(row) for row in rows]


def of(db: Connection, channel_id: int, show: str = "") -> Subscription | None:
    """The subscription of a channel to a show."""
    sql = "SELECT * FROM subscription WHERE channel_id = ? AND show = ?"
    row = db.execute(sql, (channel_id, show)).fetchone()
    return _subscription(row) if row else None


def save(db: Connection, wanted: Subscription, now: datetime) -> None:
    """Keep a channel's settings; what is planned there already follows them."""
    db.execute(
        "INSERT INTO subscription (channel_id, show, guild_id, automatic, options, user_id, since) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (channel_id, show) DO UPDATE SET since = CASE WHEN subscription.automatic "
        "OR NOT excluded.automatic THEN subscription.since ELSE excluded.since END, "
        "automatic = excluded.automatic, options = excluded.options, user_id = excluded.user_id",
        (
            wanted.channel_id,
            wanted.show,
            wanted.guild_id,
            wanted.automatic,
            wanted.options.to_json(),
            wanted.user_id,
            now.timestamp(),
        ),
    )
    db.execute(
        "UPDATE delivery SET options = ?, changed = ? WHERE channel_id = ? AND kind = 'episode' "
        "AND state = 'planned' AND user_id IS NULL AND turn = '0' "
        "AND release_id IN (SELECT id FROM release WHERE show = ?)",
        (wanted.options.to_json(), now.timestamp(), wanted.channel_id, wanted.show),
    )


def remove(db: Connection, channel_id: int, show: str = "") -> bool:
    """Forget a channel's settings for a show; return whether there were any."""
    sql = "DELETE FROM subscription WHERE channel_id = ? AND show = ?"
    done = db.execute(sql, (channel_id, show))
    return done.rowcount > 0


def _subscription(row: Any) -> Subscription:
    return Subscription(
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        automatic=bool(row["automatic"]),
        options=Options.from_json(row["options"]),
        user_id=row["user_id"],
        since=datetime.fromtimestamp(row["since"], UTC),
        show=row["show"],
    )
