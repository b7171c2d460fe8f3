"""The ledger of deliveries: each is moved from state to state, durably before it counts.

    draft → planned → sending → sent → withdrawn
                         ↓
                 held or failed → planned or sending

``sending`` says that a message may be out. Only a proof takes a delivery from there back: see
``attempted``, which stays set until the message was found, or found to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.shards import ALL, WITHIN, Shards, within
from bot.store.engine import Connection

if TYPE_CHECKING:
    from bot.announce.memory import Release

CROSSPOST, THREAD, EDIT, DELETE = "crosspost", "thread", "edit", "delete"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement in one place; ``channel_id`` is a user's id where ``guild_id`` is None."""

    id: int
    kind: str
    release_id: int | None
    guild_id: int | None
    channel_id: int
    forum: bool
    turn: str
    state: str
    due: datetime
    attempted: datetime | None
    floor: int | None
    attempts: int
    options: Options
    reason: str | None
    message_id: int | None
    thread_id: int | None
    user_id: int | None
    created: datetime
    changed: datetime

    @property
    def nonce(self) -> str:
        """What Discord knows its message by, however often it is sent."""
        return f"announced-{self.id}"

    @property
    def link(self) -> str | None:
        """The address of the message, where one was sent to a server."""
        if self.message_id is None or self.guild_id is None:
            return None
        place = self.thread_id if self.forum and self.thread_id else self.channel_id
        return f"https://discord.com/channels/{self.guild_id}/{place}/{self.message_id}"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done to a message that was sent; ``version`` changes when it is replanned."""

    kind: str
    attempts: int
    version: float
    delivery: Delivery


# Planning.


def places(db: Connection, release_id: int) -> set[int]:
    """The channels that an episode is announced in, or was, or waits to be."""
    rows = db.execute(
        "SELECT DISTINCT channel_id FROM delivery WHERE release_id = ? AND kind = 'episode' "
        "AND state IN ('planned', 'sending', 'sent', 'held')",
        (release_id,),
    )
    return {row[0] for row in rows}


def plan_all(
    db: Connection,
    wanted: Iterable[tuple[Release, Subscription, datetime]],
    now: datetime,
) -> int:
    """Plan automatic deliveries; one that there is already is left as it is."""
    at = now.timestamp()
    done = db.executemany(
        "INSERT INTO delivery (kind, release_id, guild_id, channel_id, state, due, "
        "options, created, changed) VALUES ('episode', ?, ?, ?, 'planned', ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        [
            (
                release.id,
                where.guild_id,
                where.channel_id,
                due.timestamp(),
                where.options.to_json(),
                at,
                at,
            )
            for release, where, due in wanted
        ],
    )
    return max(done.rowcount, 0)  # (-1: there was none)


def plan(
    db: Connection,
    *,
    kind: str,
    release_id: int | None,
    guild_id: int | None,
    channel_id: int,
    options: Options,
    now: datetime,
    due: datetime | None = None,
    turn: str | None = None,
    user_id: int | None = None,
    state: str = "planned",
) -> int | None:
    """Plan one delivery; return its id, None where there is one of this ``turn`` already.

    Without a ``turn`` it is a further one: whoever plans it means it.
    """
    at = now.timestamp()
    planned = db.execute(
        "INSERT INTO delivery (kind, release_id, guild_id, channel_id, turn, state, due, "
        "options, user_id, created, changed) VALUES (?1, ?2, ?3, ?4, coalesce(?5, "
        "(SELECT 'again-' || (count(*) + 1) || '-' || coalesce(max(id), 0) FROM delivery "
        "WHERE release_id = ?2 AND channel_id = ?4)), ?6, ?7, ?8, ?9, ?10, ?10) "
        "ON CONFLICT DO NOTHING RETURNING id",
        (
            kind,
            release_id,
            guild_id,
            channel_id,
            turn,
            state,
            (due or now).timestamp(),
            options.to_json(),
            user_id,
            at,
        ),
    ).fetchone()
    return planned[0] if planned else None


def confirm(db: Connection, delivery_id: int, now: datetime) -> bool:
    """Make a draft count; False where that was done before, or it was dropped.

    Nor does it count where the episode was announced there while the draft was looked at.
    """
    overtaken = db.execute(
        "SELECT 1 FROM delivery AS one JOIN delivery AS draft USING (release_id, channel_id) "
        "WHERE draft.id = ? AND one.id > draft.id AND one.kind = 'episode' "
        "AND one.state IN ('planned', 'sending', 'sent')",
        (delivery_id,),
    ).fetchone()
    return overtaken is None and _move(db, delivery_id, "planned", now, only=("draft",))


def drop(db: Connection, delivery_id: int) -> bool:
    """Forget a draft."""
    done = db.execute("DELETE FROM delivery WHERE id = ? AND state = 'draft'", (delivery_id,))
    return done.rowcount > 0


# Dispatching.


def due(db: Connection, now: datetime, *, most: int = 200, shards: Shards = ALL) -> list[Delivery]:
    """What is to be sent or settled now; in one channel only the earliest, so that order holds."""
    rows = db.execute(
        "SELECT * FROM delivery AS one WHERE state IN ('planned', 'sending') AND due <= ?1 "
        "AND NOT EXISTS (SELECT 1 FROM delivery AS earlier "
        "WHERE earlier.channel_id = one.channel_id AND earlier.id < one.id "
        "AND earlier.state IN ('planned', 'sending') "
        "AND (earlier.due <= ?1 OR earlier.attempts > 0)) "
        f"AND {WITHIN} ORDER BY id LIMIT ?",
        (now.timestamp(), *within(shards), most),
    )
    return [_delivery(row) for row in rows]


def next_due(db: Connection, shards: Shards = ALL) -> datetime | None:
    """When there is next something to be done."""
    row = db.execute(
        "SELECT min(due) FROM (SELECT due FROM delivery "
        f"WHERE state IN ('planned', 'sending') AND {WITHIN} "
        "UNION ALL SELECT chore.due FROM chore JOIN delivery ON delivery.id = delivery_id "
        f"WHERE chore.state = 'planned' AND {WITHIN}) AS waiting",
        (*within(shards), *within(shards)),
    ).fetchone()
    return None if row[0] is None else datetime.fromtimestamp(row[0], UTC)


def begin(
    db: Connection,
    delivery: Delivery,
    now: datetime,
    *,
    shown: str,
    floor: int | None,
    forum: bool,
    again: datetime,
) -> bool:
    """Move to *sending*, to be settled ``again`` if nothing is heard; False: somebody else did."""
    done = db.execute(
        "UPDATE delivery SET state = 'sending', attempted = coalesce(attempted, ?1), "
        "floor = coalesce(floor, ?2), shown = ?3, forum = ?4, due = ?5, reason = NULL, "
        "changed = ?1 WHERE id = ?6 AND state = ?7",
        (
            now.timestamp(),
            floor,
            shown,
            forum,
            again.timestamp(),
            delivery.id,
            delivery.state,
        ),
    )
    return done.rowcount > 0


def sent(
    db: Connection,
    delivery_id: int,
    now: datetime,
    *,
    message_id: int,
    thread_id: int | None,
    shown: str | None,
) -> bool:
    """Note the message that is out, and what is still to be done to it.

    ``shown`` is what it would tell now: where that is something else, it is mended.
    """
    row = db.execute(
        "UPDATE delivery SET state = 'sent', message_id = ?, thread_id = ?, reason = NULL, "
        "changed = ? WHERE id = ? AND state IN ('sending', 'held') "
        "RETURNING kind, shown, options, forum",
        (message_id, thread_id, now.timestamp(), delivery_id),
    ).fetchone()
    if row is None:
        return False
    if row["kind"] == "episode":
        options = Options.from_json(row["options"])
        wanted = {
            CROSSPOST: options.crosspost and not row["forum"],
            THREAD: options.thread and not row["forum"],
            EDIT: shown is not None and row["shown"] != shown,
        }
        for kind in (kind for kind, it_is in wanted.items() if it_is):
            add_chore(db, delivery_id, kind, now)
    return True


def absent(db: Connection, delivery: Delivery, now: datetime) -> None:
    """Note that no earlier attempt got through: it is proved, unless there was one since."""
    db.execute(
        "UPDATE delivery SET attempted = NULL, floor = NULL, state = 'planned', changed = ? "
        "WHERE id = ? AND state = 'sending' AND changed = ?",
        (now.timestamp(), delivery.id, delivery.changed.timestamp()),
    )


def put_off(
    db: Connection,
    delivery_id: int,
    due: datetime,
    reason: str,
    now: datetime,
    *,
    failed: bool,
) -> None:
    """Go on later; ``failed`` says that this was an attempt."""
    db.execute(
        "UPDATE delivery SET due = ?, reason = ?, changed = ?, attempts = attempts + ? "
        "WHERE id = ? AND state IN ('planned', 'sending')",
        (due.timestamp(), reason, now.timestamp(), int(failed), delivery_id),
    )


def stop(
    db: Connection, delivery: Delivery, state: str, reason: str, now: datetime, name: str
) -> None:
    """Hold, fail or withdraw one delivery, and tell the moderators of its channel."""
    if not _move(db, delivery.id, state, now, only=("planned", "sending"), reason=reason):
        return
    if delivery.kind == "offer" and delivery.guild_id is None:
        db.execute(
            "UPDATE follow SET trouble = ? WHERE user_id = ? AND guild_id = 0",
            (reason, delivery.channel_id),
        )
        db.execute(
            "DELETE FROM offered WHERE release_id = ? AND user_id = ?",
            (delivery.release_id, delivery.channel_id),
        )
    if delivery.kind == "episode" and delivery.guild_id is not None:
        text = (
            f"**{name}** is {state} in <#{delivery.channel_id}>: {reason}\n"
            "Once that is mended, `/announcements list` has a button to go on."
        )
        _report(db, delivery.release_id, delivery.channel_id, f"{state}-{delivery.id}", text, now)


def _report(
    db: Connection,
    release_id: int | None,
    channel_id: int,
    turn: str,
    text: str,
    now: datetime,
) -> None:
    """Plan a private message to whoever set the channel up, or else announced there."""
    row = db.execute(
        "SELECT user_id, 1 AS choice FROM subscription WHERE channel_id = ?1 UNION ALL "
        "SELECT user_id, 2 FROM delivery WHERE channel_id = ?1 AND user_id IS NOT NULL "
        "ORDER BY choice LIMIT 1",
        (channel_id,),
    ).fetchone()
    if row and row[0]:
        plan(
            db,
            kind="report",
            release_id=release_id,
            guild_id=None,
            channel_id=row[0],
            options=Options(text=text),
            now=now,
            turn=turn,
        )


def report_gone(db: Connection, release_id: int, name: str, now: datetime) -> None:
    """Tell moderators that an episode they announced has left the source."""
    rows = db.execute(
        "SELECT guild_id, min(channel_id) AS channel_id, max(id) AS id FROM delivery "
        "WHERE release_id = ? AND kind = 'episode' AND state = 'sent' GROUP BY guild_id",
        (release_id,),
    )
    for row in rows.fetchall():
        text = (
            f"**{name}**, announced in <#{row['channel_id']}>, is not in the source any more. "
            "The post was left as it is; `/announcements withdraw` takes it back."
        )
        _report(db, release_id, row["channel_id"], f"gone-{row['guild_id']}", text, now)


# What moderators do.


def resume(db: Connection, delivery_id: int, now: datetime) -> bool:
    """Go on with what was held or failed; what may be out already is settled first."""
    done = db.execute(
        "UPDATE delivery SET state = CASE WHEN attempted IS NULL THEN 'planned' ELSE 'sending' "
        "END, attempts = 0, due = ?1, changed = ?1 WHERE id = ?2 AND state IN ('held', 'failed')",
        (now.timestamp(), delivery_id),
    )
    return done.rowcount > 0


def send_anew(db: Connection, delivery_id: int, now: datetime) -> bool:
    """Send what was held because nothing proved it missing: a moderator has looked."""
    done = db.execute(
        "UPDATE delivery SET state = 'planned', attempted = NULL, floor = NULL, attempts = 0, "
        "due = ?1, changed = ?1 WHERE id = ?2 AND state = 'held'",
        (now.timestamp(), delivery_id),
    )
    return done.rowcount > 0


def withdraw(db: Connection, delivery_id: int, reason: str, now: datetime) -> str | None:
    """Take a delivery back; return "withdrawn", or "deleting" where a message is out.

    None where there is nothing to take back, or it is just being sent.
    """
    if _move(
        db,
        delivery_id,
        "withdrawn",
        now,
        only=("draft", "planned", "held", "failed"),
        reason=reason,
    ):
        return "withdrawn"
    found = one(db, delivery_id)
    if found is None or found.state != "sent":
        return None
    add_chore(db, delivery_id, DELETE, now)
    return "deleting"


def one(db: Connection, delivery_id: int) -> Delivery | None:
    """A delivery by its id."""
    row = db.execute("SELECT * FROM delivery WHERE id = ?", (delivery_id,)).fetchone()
    return _delivery(row) if row else None


def of_guild(db: Connection, guild_id: int, *, most: int = 25, offset: int = 0) -> list[Delivery]:
    """A guild's announcements, those that need a moderator first, then the newest."""
    rows = db.execute(
        "SELECT * FROM delivery WHERE guild_id = ? AND kind = 'episode' AND state <> 'draft' "
        "ORDER BY state = 'held' DESC, state = 'failed' DESC, id DESC LIMIT ? OFFSET ?",
        (guild_id, most, offset),
    )
    return [_delivery(row) for row in rows]


def of_place(db: Connection, release_id: int, channel_id: int) -> list[Delivery]:
    """Every delivery of an episode to a channel, the newest first."""
    rows = db.execute(
        "SELECT * FROM delivery WHERE release_id = ? AND channel_id = ? AND kind = 'episode' "
        "AND state <> 'draft' ORDER BY id DESC",
        (release_id, channel_id),
    )
    return [_delivery(row) for row in rows]


# Chores.


def add_chore(db: Connection, delivery_id: int, kind: str, now: datetime) -> None:
    """Plan something to be done to a message, again if it was done before."""
    db.execute(
        "INSERT INTO chore (delivery_id, kind, state, due, changed) "
        "VALUES (?1, ?2, 'planned', ?3, ?3) ON CONFLICT (delivery_id, kind) DO UPDATE SET "
        "state = 'planned', due = ?3, attempts = 0, reason = NULL, changed = ?3",
        (delivery_id, kind, now.timestamp()),
    )


def mend(db: Connection, release_id: int, now: datetime) -> int:
    """Plan to edit every post about an episode; return how many there are."""
    rows = db.execute(
        "SELECT id FROM delivery WHERE release_id = ? AND kind = 'episode' AND state = 'sent'",
        (release_id,),
    ).fetchall()
    for row in rows:
        add_chore(db, row[0], EDIT, now)
    return len(rows)


def due_chores(
    db: Connection, now: datetime, *, most: int = 50, shards: Shards = ALL
) -> list[Chore]:
    """What is to be done to messages now."""
    rows = db.execute(
        "SELECT delivery.*, chore.kind AS chore_kind, chore.attempts AS chore_attempts, "
        "chore.changed AS version "
        "FROM chore JOIN delivery ON delivery.id = chore.delivery_id "
        f"WHERE chore.state = 'planned' AND chore.due <= ? AND {WITHIN} "
        "ORDER BY chore.due LIMIT ?",
        (now.timestamp(), *within(shards), most),
    )
    return [
        Chore(row["chore_kind"], row["chore_attempts"], row["version"], _delivery(row))
        for row in rows
    ]


def chores(db: Connection, delivery_id: int) -> dict[str, tuple[str, str | None]]:
    """State and reason of everything to be done to a message, by kind."""
    rows = db.execute("SELECT kind, state, reason FROM chore WHERE delivery_id = ?", (delivery_id,))
    return {row[0]: (row[1], row[2]) for row in rows}


def crossposts_since(db: Connection, channel_id: int, since: datetime) -> list[datetime]:
    """When messages of a channel were published, the oldest first."""
    rows = db.execute(
        "SELECT chore.changed FROM chore JOIN delivery ON delivery.id = chore.delivery_id "
        "WHERE chore.kind = 'crosspost' AND chore.state = 'done' AND delivery.channel_id = ? "
        "AND chore.changed > ? ORDER BY chore.changed",
        (channel_id, since.timestamp()),
    )
    return [datetime.fromtimestamp(row[0], UTC) for row in rows]


def chore_done(
    db: Connection, chore: Chore, now: datetime, *, thread_id: int | None = None
) -> None:
    """Note that it is done."""
    _chore(db, chore, "done", now, now, None)
    if chore.kind == DELETE:
        _move(db, chore.delivery.id, "withdrawn", now, only=("sent",))
    if thread_id is not None:
        db.execute("UPDATE delivery SET thread_id = ? WHERE id = ?", (thread_id, chore.delivery.id))


def chore_again(db: Connection, chore: Chore, due: datetime, reason: str, now: datetime) -> None:
    """Try again later."""
    _chore(db, chore, "planned", due, now, reason)


def chore_failed(db: Connection, chore: Chore, reason: str, now: datetime) -> None:
    """Give up, and tell the moderators."""
    _chore(db, chore, "failed", now, now, reason)
    what = {CROSSPOST: "published", THREAD: "given a thread", EDIT: "corrected"}
    text = (
        f"A post in <#{chore.delivery.channel_id}> could not be "
        f"{what.get(chore.kind, 'deleted')}: {reason}"
    )
    turn = f"{chore.kind}-{chore.delivery.id}"
    _report(db, chore.delivery.release_id, chore.delivery.channel_id, turn, text, now)


def _chore(
    db: Connection,
    chore: Chore,
    state: str,
    due: datetime,
    now: datetime,
    reason: str | None,
) -> None:
    # Planned anew while it was under way, it is not done.
    db.execute(
        "UPDATE chore SET state = ?, due = ?, reason = ?, changed = ?, attempts = attempts + 1 "
        "WHERE delivery_id = ? AND kind = ? AND state = 'planned' AND changed = ?",
        (
            state,
            due.timestamp(),
            reason,
            now.timestamp(),
            chore.delivery.id,
            chore.kind,
            chore.version,
        ),
    )


# Records.


def record(
    db: Connection,
    guild_id: int,
    user_id: int | None,
    action: str,
    detail: str,
    now: datetime,
) -> None:
    """Write into the audit log."""
    db.execute(
        "INSERT INTO audit (at, guild_id, user_id, action, detail) VALUES (?, ?, ?, ?, ?)",
        (now.timestamp(), guild_id, user_id, action, detail),
    )


def records(
    db: Connection, guild_id: int, *, most: int = 20
) -> list[tuple[datetime, int | None, str, str]]:
    """The audit log of a guild, the newest first: when, who, what, and on what."""
    rows = db.execute(
        "SELECT at, user_id, action, detail FROM audit WHERE guild_id = ? ORDER BY id DESC LIMIT ?",
        (guild_id, most),
    )
    return [(datetime.fromtimestamp(row[0], UTC), row[1], row[2], row[3]) for row in rows]


def _move(
    db: Connection,
    delivery_id: int,
    state: str,
    now: datetime,
    *,
    only: tuple[str, ...],
    reason: str | None = None,
) -> bool:
    done = db.execute(
        "UPDATE delivery SET state = ?, reason = ?, changed = ? "
        f"WHERE id = ? AND state IN ({', '.join('?' * len(only))})",
        (state, reason, now.timestamp(), delivery_id, *only),
    )
    return done.rowcount > 0


def _delivery(row: Any) -> Delivery:
    attempted = row["attempted"]
    return Delivery(
        id=row["id"],
        kind=row["kind"],
        release_id=row["release_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        forum=bool(row["forum"]),
        turn=row["turn"],
        state=row["state"],
        due=datetime.fromtimestamp(row["due"], UTC),
        attempted=None if attempted is None else datetime.fromtimestamp(attempted, UTC),
        floor=row["floor"],
        attempts=row["attempts"],
        options=Options.from_json(row["options"]),
        reason=row["reason"],
        message_id=row["message_id"],
        thread_id=row["thread_id"],
        user_id=row["user_id"],
        created=datetime.fromtimestamp(row["created"], UTC),
        changed=datetime.fromtimestamp(row["changed"], UTC),
    )
