"""A small podcast on disk, and a bot that announces it to the local Discord."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from bot.announce import subscriptions
from bot.announce.options import Options
from bot.announce.planning import Subscription
from bot.loading import load
from bot.sources.folder import FolderSource
from bot.store import postgres
from bot.store.archive import Archive
from bot.store.server import Server
from bot.store.state import State

from ..wire.process import BotProcess
from ..wire.server import DiscordServer
from ..wire.state import Channel, Kind, Message, User

SETUP = datetime(2025, 1, 1, tzinfo=UTC)


class Show:
    """A folder with the source, the archive and the ledger of one bot.

    The ledger may be a database of ``server`` instead.
    """

    def __init__(self, folder: Path, server: Server | None = None) -> None:
        self.folder = folder
        self.server = server
        self.episodes = folder / "episodes"
        self.episodes.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text('baseURL = "https://show.example/"\n')
        self.archive = folder / "archive.sqlite3"
        self.ledger = folder / "state.sqlite3"

    def write(
        self,
        number: int | None,
        title: str | None = None,
        *,
        name: str | None = None,
        date: str | datetime | None = None,
        draft: bool = False,
        text: str = "About machines.",
        **more: Any,
    ) -> Path:
        """Put an episode's file there, all at once; by default it came out this second."""
        date = date or datetime.now(UTC).replace(microsecond=0)
        if isinstance(date, datetime):
            date = date.isoformat()
        title = title or f"Episode number {number}"
        front: dict[str, Any] = {"title": title, "date": date, "draft": draft}
        if number is not None:
            front |= {"episodeNumber": number, "audioFile": f"show-{number}.mp3"}
        front |= {"categories": ["Machines"], "hosts": ["Ines Albrecht"]} | more
        lines = [f"{key} = {_toml(value)}" for key, value in front.items() if value is not None]
        path = self.episodes / f"{name or f'episode-{number}'}.md"
        half = path.with_suffix(".part")
        half.write_text("+++\n" + "\n".join(lines) + f"\n+++\n\n{text}\n", encoding="utf-8")
        return half.replace(path)

    def subscribe(
        self, *channels: Channel, user: User | None = None, since: datetime = SETUP, **options: Any
    ) -> None:
        """Set channels up, as if a moderator had."""
        with self.open() as db:
            for channel in channels:
                assert channel.guild
                wanted = Subscription(
                    guild_id=channel.guild.id,
                    channel_id=channel.id,
                    automatic=True,
                    options=Options(**options),
                    user_id=user.id if user else channel.guild.owner.id,
                    since=since,
                )
                subscriptions.save(db, wanted, since)
        db.close()

    async def prepare(self) -> None:
        """Make the ledger and the archive, with what is there as known."""
        async with await Archive.open(self.archive) as archive:
            await load(archive, FolderSource(self.episodes))
        await (await State.open(self.server or self.ledger)).close()

    def open(self) -> sqlite3.Connection | _OnServer:
        """The ledger."""
        if self.server:
            return _OnServer(postgres.connect(self.server))
        db = sqlite3.connect(self.ledger, timeout=10)
        db.row_factory = sqlite3.Row
        return db

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """Ask the ledger."""
        db = self.open()
        try:
            return db.execute(sql, parameters).fetchall()
        finally:
            db.close()

    def states(self) -> list[str]:
        """The state of every announcement, in order."""
        return [row[0] for row in self.rows("SELECT state FROM delivery ORDER BY id")]

    def bot(self, server: DiscordServer, module: str = "bot", **env: str) -> BotProcess:
        """A bot that announces this show; to be entered."""
        env = {
            "DISCORD_TOKEN": server.token,
            "EPISODES": str(self.episodes),
            "ARCHIVE": str(self.archive),
            "STATE": self.server.url if self.server else "",
            "WATCH_SECONDS": "0.2",
            "LOG_LEVEL": "INFO",
            **env,
        }
        args = ["run"] if module == "bot" else []
        return BotProcess(server, module, *args, env=env, cwd=_ROOT)

    def remove(self) -> None:
        """Away with it."""
        shutil.rmtree(self.folder)


class _OnServer(postgres.Seam):
    """A ledger on a server, to be used as that in a file; each statement is done at once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to be committed."""

    def close(self) -> None:
        self._db.close()


_ROOT = Path(__file__).parent.parent.parent


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value) if isinstance(value, int) else '"' + str(value).replace('"', '\\"') + '"'


def announced(channel: Channel, title: str = "") -> list[Message]:
    """The announcements in a channel or in the posts of a forum, the oldest first."""
    assert channel.guild
    forum = channel.kind is Kind.FORUM
    threads = [c for c in channel.guild.channels.values() if forum and c.parent is channel]
    found = [message for place in (channel, *threads) for message in place.messages.values()]
    return [one for one in found if "announced:" in str(one.components) and title in str(one.body)]
