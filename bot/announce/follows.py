"""What members follow, and telling them of an episode that matches, with the words that do.

An episode is offered when it becomes public, and once more when its transcript arrives, to those
whose topic was not found before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bot import categories
from bot.announce import deliveries, memory
from bot.announce.memory import Release
from bot.announce.options import Options
from bot.errors import QuestionError
from bot.passages import span
from bot.search import vocabulary
from bot.search.question import understand
from bot.search.ranking import Reader
from bot.search.reading import read, voices
from bot.search.words import words
from bot.store.archive import Archive
from bot.store.engine import Connection
from bot.store.state import State
from bot.ui.markdown import clock, escape, link, quoted, shorten

KINDS = ("topic", "person", "category")
MOST = 25  # that one member may follow
_COVERED = 0.8  # share of a topic's weight that one passage must hold
_WAIT_FOR_THREAD = timedelta(hours=1)
_MENTIONED = 20  # members in one message


@dataclass(frozen=True, slots=True)
class Follow:
    """What a member follows; ``guild_id`` is 0 where they hear of it by private message."""

    id: int
    user_id: int
    guild_id: int
    kind: str
    words: str
    trouble: str | None
    show: str = ""


class Match(NamedTuple):
    """A follow that an episode matches, and the words that do, as Markdown."""

    follow: Follow
    quote: str


def add(
    db: Connection,
    user_id: int,
    guild_id: int,
    kind: str,
    what: str,
    now: datetime,
    show: str = "",
) -> bool:
    """Follow something of a show; False where it is followed already. Earlier trouble is forgotten.

    Raises:
        QuestionError: Where the member follows too much already.
    """
    db.execute("UPDATE follow SET trouble = NULL WHERE user_id = ?", (user_id,))
    [count] = db.execute("SELECT count(*) FROM follow WHERE user_id = ?", (user_id,)).fetchone()
    if count >= MOST:
        raise QuestionError(f"You follow {MOST} things already; /following lets you stop some.")
    done = db.execute(
        "INSERT INTO follow (user_id, guild_id, show, kind, words, created) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (user_id, guild_id, show, kind, what, now.timestamp()),
    )
    return done.rowcount > 0


def of_user(db: Connection, user_id: int) -> list[Follow]:
    """What a member follows."""
    rows = db.execute("SELECT * FROM follow WHERE user_id = ? ORDER BY id", (user_id,))
    return [_follow(row) for row in rows]


def stop(db: Connection, user_id: int, follow_id: int) -> bool:
    """Follow something no longer; only what is one's own."""
    done = db.execute("DELETE FROM follow WHERE id = ? AND user_id = ?", (follow_id, user_id))
    return done.rowcount > 0


def forget(db: Connection, user_id: int) -> dict[str, int]:
    """Delete what is kept of a member; return how much there was of what.

    What they did as a moderator stays, without their name.
    """
    mentioned = _unmention(db, user_id)
    done = {
        "follows": "DELETE FROM follow WHERE user_id = ?",
        "private messages": "DELETE FROM delivery WHERE channel_id = ? AND guild_id IS NULL "
        "AND kind <> 'episode'",
        "episodes offered": "DELETE FROM offered WHERE user_id = ?",
        "entries of the log": "UPDATE audit SET user_id = NULL WHERE user_id = ?",
        "announcements asked for": "UPDATE delivery SET user_id = 0 WHERE user_id = ?",
        "channels set up": "UPDATE subscription SET user_id = 0 WHERE user_id = ?",
    }
    counts = {what: db.execute(sql, (user_id,)).rowcount for what, sql in done.items()}
    return {what: count for what, count in counts.items() if count} | mentioned


def _unmention(db: Connection, user_id: int) -> dict[str, int]:
    """Take a member out of the messages that mention several in a thread."""
    mention = f"<@{user_id}>"
    rows = db.execute(
        "SELECT id, turn, options FROM delivery WHERE kind = 'offer' AND guild_id IS NOT NULL "
        "AND (options LIKE ? OR turn LIKE ?)",
        (f"%{mention}%", f"%-{user_id}"),
    ).fetchall()
    for number, turn, options in rows:
        kept = Options.from_json(options)
        text = re.sub(rf"{mention} | ?{mention}", "", kept.text)
        # The turn is named for the first of them, to tell messages in one thread apart.
        named = re.sub(rf"-{user_id}$", f"-of-{number}", turn)
        db.execute(
            "UPDATE delivery SET options = ?, turn = ? WHERE id = ?",
            (kept.but(text=text).to_json(), named, number),
        )
    return {"mentions in threads": len(rows)} if rows else {}


async def offer(state: State, archive: Archive, now: datetime, show: str = "") -> None:
    """Plan to tell followers of the episodes of a show that wait to be offered."""
    for release in await state.run(_waiting, show):
        follows = await state.run(_all, show)
        matches = [
            Match(one, quote)
            for one in follows
            if (quote := await matched(archive, release, one)) is not None
        ]
        await state.run(_plan, release, matches, now)


async def matched(archive: Archive, release: Release, follow: Follow) -> str | None:
    """The words of an episode that match a follow, as Markdown; None where none do."""
    body = release.seen.body
    blurb = f"> {escape(shorten(body.get('blurb') or '', 200))}" if body.get("blurb") else ""
    if follow.kind == "category":
        keys = {categories.key(name) for name in body.get("categories", ())}
        return blurb if categories.key(follow.words) in keys else None
    if follow.kind == "person":
        wanted = set(words(follow.words))
        names = [*body.get("hosts", ()), *body.get("guests", ())]
        return blurb if wanted and any(wanted <= set(words(name)) for name in names) else None
    episode_id = await memory.local_id(archive, release)
    return None if episode_id is None else await _passage(archive, episode_id, follow.words)


async def _passage(archive: Archive, episode_id: int, topic: str) -> str | None:
    question = understand(topic, await vocabulary.of(archive))
    if not question.terms:
        return None
    reader = Reader(question)
    first, end = span(episode_id)
    rows = await archive.rows("SELECT id FROM passage WHERE id >= ? AND id < ?", (first, end))
    ids = [int(row[0]) for row in rows]
    best = None
    for start in range(0, len(ids), 500):
        for piece in (await read(archive, ids[start : start + 500])).values():
            match = reader.match(piece.kind, piece.text, piece.section)
            if match.coverage >= _COVERED and (best is None or match.score > best[0]):
                best = (match.score, piece)
    if best is None:
        return None
    piece = best[1]
    text, said = piece.text, ""
    if place := piece.turn_at(reader.highlights(text)):
        turn, begin, stop_at = place
        text = text[begin:stop_at]
        voice = (await voices(archive, [(episode_id, turn)])).get((episode_id, turn))
        if voice:
            at = clock(voice.seconds, voice.exact)
            said = "\n-# — " + ", ".join(filter(None, [escape(voice.speaker or "clip"), at]))
    return f"> {quoted(text, reader.highlights(text), 45, 600)}{said}"


def _waiting(db: Connection, show: str) -> list[Release]:
    rows = db.execute(
        "SELECT id FROM release WHERE offer IS NOT NULL AND gone IS NULL AND show = ? ORDER BY id",
        (show,),
    )
    return [memory.release(db, row[0]) for row in rows.fetchall()]


def _all(db: Connection, show: str) -> list[Follow]:
    sql = "SELECT * FROM follow WHERE trouble IS NULL AND show = ? ORDER BY id"
    rows = db.execute(sql, (show,))
    return [_follow(row) for row in rows]


def _plan(db: Connection, release: Release, matches: list[Match], now: datetime) -> None:
    """Plan one message to each member, and one for each server's thread."""
    told = {
        row[0]
        for row in db.execute("SELECT user_id FROM offered WHERE release_id = ?", (release.id,))
    }
    by_user: defaultdict[int, list[Match]] = defaultdict(list)
    by_guild: defaultdict[int, list[Match]] = defaultdict(list)
    patience = now - (release.noticed or now) < _WAIT_FOR_THREAD
    waiting = False
    for match in matches:
        if match.follow.user_id in told:
            continue
        guild = match.follow.guild_id
        thread = _thread(db, release.id, guild) if guild else None
        if guild and thread is None and patience and _comes(db, release.id, guild):
            waiting = True
        elif thread is not None:
            by_guild[thread].append(match)
        else:
            by_user[match.follow.user_id].append(match)
    for user, found in by_user.items():
        _letter(db, release, None, user, _text(release, found), now, [user])
    for thread, found in by_guild.items():
        users = list(dict.fromkeys(match.follow.user_id for match in found))
        guild = found[0].follow.guild_id
        for start in range(0, len(users), _MENTIONED):
            some = users[start : start + _MENTIONED]
            text = " ".join(f"<@{user}>" for user in some) + "\n" + _text(release, found)
            _letter(db, release, guild, thread, text, now, some)
    if not waiting:
        db.execute("UPDATE release SET offer = NULL WHERE id = ?", (release.id,))


def _letter(
    db: Connection,
    release: Release,
    guild: int | None,
    place: int,
    text: str,
    now: datetime,
    users: list[int],
) -> None:
    [phase] = db.execute("SELECT offer FROM release WHERE id = ?", (release.id,)).fetchone()
    deliveries.plan(
        db,
        kind="offer",
        release_id=release.id,
        guild_id=guild,
        channel_id=place,
        options=Options(text=text),
        now=now,
        turn=f"{phase}-{users[0]}",
    )
    db.executemany(
        "INSERT INTO offered VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(release.id, user) for user in users],
    )


def _thread(db: Connection, release_id: int, guild_id: int) -> int | None:
    row = db.execute(
        "SELECT thread_id FROM delivery WHERE release_id = ? AND guild_id = ? AND kind = 'episode' "
        "AND state = 'sent' AND thread_id IS NOT NULL ORDER BY id LIMIT 1",
        (release_id, guild_id),
    ).fetchone()
    return row[0] if row else None


def _comes(db: Connection, release_id: int, guild_id: int) -> bool:
    """Whether an announcement in the server may still get a thread."""
    row = db.execute(
        "SELECT 1 FROM delivery WHERE release_id = ? AND guild_id = ? AND kind = 'episode' "
        "AND (state IN ('planned', 'sending') OR EXISTS (SELECT 1 FROM chore WHERE "
        "delivery_id = delivery.id AND chore.kind = 'thread' AND chore.state = 'planned'))",
        (release_id, guild_id),
    ).fetchone()
    return row is not None


def _text(release: Release, found: list[Match]) -> str:
    lines = [f"### {link(release.name, release.seen.url)}"]
    seen: set[str] = set()
    for match in found:
        what = f"-# You follow the {match.follow.kind} {escape(shorten(match.follow.words, 80))}"
        quoted = match.quote.replace("**", "")  # a topic may match what the others show, too
        if quoted in seen:
            lines.append(what)
        elif len("\n".join(lines)) < 2_500:
            lines.append(f"{match.quote}\n{what}".strip())
            seen.add(quoted)
    return "\n".join(lines)


def _follow(row: Any) -> Follow:
    return Follow(
        id=row["id"],
        user_id=row["user_id"],
        guild_id=row["guild_id"],
        kind=row["kind"],
        words=row["words"],
        trouble=row["trouble"],
        show=row["show"],
    )
