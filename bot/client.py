"""The Discord client: what is opened, loaded and registered at start, and closed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import json
import logging
import signal
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.announce import dispatcher
from bot.announce.dispatcher import Dispatcher
from bot.announce.watcher import Watcher
from bot.care import heartbeat
from bot.care.heartbeat import Heartbeat
from bot.errors import DiscordError, SettingsError
from bot.search import ask
from bot.settings import Settings
from bot.shards import ALL
from bot.shows import OpenShow, Shows
from bot.sources.opening import source_of
from bot.store.archive import Archive
from bot.store.engine import PLANNING, SENDING
from bot.store.lease import FileLease, Lease
from bot.store.state import Registered, State
from bot.telemetry import interactions, summary, trace
from bot.telemetry.recorder import Recorder
from bot.telemetry.trace import Meter
from bot.ui import limits
from bot.ui.locale import Translator
from bot.ui.markdown import shorten
from bot.ui.reply import Interaction, failed

if TYPE_CHECKING:
    from bot.announce.webhook import Webhook
    from bot.telemetry.endpoint import Endpoint

log = logging.getLogger(__name__)

COGS = (
    "cogs.ask",
    "cogs.quote",
    "cogs.episodes",
    "cogs.people",
    "cogs.help",
    "cogs.server",
    "cogs.announce",
    "cogs.announcements",
    "cogs.follow",
    "cogs.stats",
)

_PRESSES, _SECONDS = 8, 15.0  # interactions that one user may start in so many seconds
_DRAIN = 3.5  # seconds that answers under way may still take when the bot is stopped
_NOT_AUTHENTICATED = 4004  # the code that Discord's gateway closes a connection with
_GOODBYE = 1.0  # seconds that a connection may take to be closed
_SWITCH = 0.001  # seconds that a thread may compute while another, such as the event loop, waits


class CommandTree(app_commands.CommandTree["EpisodeBot"]):
    """The commands, with the checks and the error handler that all of them share."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Refuse what is asked too often; suggestions while typing are free."""
        interactions.begin(interaction, self.client.meter)
        if interaction.type is not discord.InteractionType.autocomplete:
            self.client.not_too_often(interaction)
        async with self.client.door:  # of a crowd, one begins in each round of the event loop
            await asyncio.sleep(0)
        return True

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member; a failed autocompletion has nobody to tell."""
        if interaction.type is discord.InteractionType.autocomplete:
            log.error("autocompletion failed", exc_info=error)
            trace.ended("fault")
            return
        await failed(interaction, error)


class EpisodeBot(commands.AutoShardedBot):
    """The archives of one podcast or several on Discord."""

    def __init__(self, settings: Settings, *, announcing: bool = False) -> None:
        shards = settings.shards
        # Where it is not said, Discord tells how many connections there should be.
        range_: dict[str, Any] = (
            {"shard_ids": shards.ids, "shard_count": shards.count} if shards else {}
        )
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            # Guilds tell channels and roles; messages and members are never read.
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=interactions.of_requests(),
            # What Discord puts off for longer is planned anew, and does not wait in memory.
            max_ratelimit_timeout=60,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            **range_,
        )
        self.settings = settings
        self.planning: Lease
        self.sending: Lease
        self.dispatcher: Dispatcher
        self.watchers: list[Watcher] = []
        self.webhook: Webhook | None = None
        self.meter: Meter | None = None
        self.endpoint: Endpoint | None = None
        self.announces = announcing
        self._summary = summary.daily(self)
        self.shows: Shows
        self.state: State
        self.recorder: Recorder
        self.command_ids: dict[str, int] = {}
        self.door = asyncio.Lock()
        self._presses: dict[int, list[float]] = {}
        self._warming: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Open the stores, load the cogs, register the commands where they changed.

        A cog that is broken is reported, and the rest starts.
        """
        self.state = await State.open(self.settings.ledger)
        every = self.settings.every_show
        await self.state.keep_first(every[0].key, [show.key for show in every])
        synonyms = self.settings.synonyms
        archives = [
            await Archive.open(self.settings.archive_of(show), synonyms=synonyms) for show in every
        ]
        self.shows = Shows([OpenShow(*one) for one in zip(every, archives, strict=True)])
        self.recorder = Recorder(
            self.state,
            days=self.settings.keep_questions_days,
            words=self.settings.record_questions,
        )
        await self.recorder.start()
        self._warming = asyncio.create_task(self._warm_up(), name="warming up")
        shards = self.settings.shards or ALL
        self.planning = self.state.lease(PLANNING)
        self.sending = self.state.lease(SENDING, shards)
        colours = {show.id: show.colour for show in every}
        self.dispatcher = dispatcher.on(self, self.state, self.sending, colours, shards)
        await self.tree.set_translator(Translator())
        for cog in COGS:
            try:
                await self.load_extension(cog)
            except commands.ExtensionError as error:
                log.error("%s cannot be loaded and is left out: %s", cog, error)
                log.debug("this is where it broke", exc_info=error)
        if not self.shows.several:
            without_show_option(self.tree)
        try:
            await self.register()
        except discord.HTTPException as error:
            log.error("the commands cannot be registered: %s", error)
        if self.settings.metrics_port:
            await self._be_watched(self.settings.metrics_host, self.settings.metrics_port)
        if self.announces:
            await self._announce()

    async def _be_watched(self, host: str, port: int) -> None:
        """Measure, and let others see it."""
        from bot.telemetry.endpoint import Endpoint  # not to be loaded where it is not wanted
        from bot.telemetry.metrics import Metrics

        self.meter = metrics = Metrics()
        self.endpoint = Endpoint(self, metrics)
        try:
            await self.endpoint.start(host, port)
        except OSError as error:
            log.error("metrics cannot be shown: %s", error)

    async def _announce(self) -> None:
        """Watch the source, send what is due, and listen for releases where that is wanted."""
        # An archive beside the state is loaded by whoever plans; others have one of their own.
        loading = FileLease(self.settings.archive) if self.state.shared else self.planning
        for one in self.shows.values():
            source = await asyncio.to_thread(source_of, one.show.sources, one.archive.path)
            self.watchers.append(
                Watcher(
                    self.state,
                    one.archive.path,
                    source,
                    self.planning,
                    loading,
                    every=one.show.watch_seconds or self.settings.watch_seconds,
                    longest_missed=timedelta(days=self.settings.missed_days),
                    show=one.id,
                    planned=self.dispatcher.wake,
                )
            )
        for watcher in self.watchers:
            watcher.start()
        self.dispatcher.start()
        if self.settings.webhook_port and self.settings.webhook_secret:
            from bot.announce.webhook import Webhook

            self.webhook = Webhook(
                self.state,
                self.shows,
                self.settings.webhook_secret,
                longest_missed=timedelta(days=self.settings.missed_days),
                planned=self.dispatcher.wake,
                look=self._look,
            )
            try:
                await self.webhook.start(self.settings.webhook_host, self.settings.webhook_port)
            except OSError as error:
                log.error("releases cannot be listened for: %s", error)

    def _look(self) -> None:
        for watcher in self.watchers:
            watcher.wake()

    async def _warm_up(self) -> None:
        """Ask a first question, which takes longest, while Discord lets the bot in."""
        for one in self.shows.values():
            try:
                await ask(one.archive, "the frist one")
            except Exception:
                log.exception("the first question failed; the bot starts all the same")
        # What is there now stays; the collector would look through it again and again, and keep
        # the event loop waiting for a tenth of a second.
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()

    def show(self, interaction: Interaction, wanted: str | None = None) -> OpenShow:
        """The show that is asked about: the one that is wanted, else as the server decided.

        Raises:
            QuestionError: Where no show is called so.
        """
        if wanted:
            return self.shows.called(wanted)
        decided = self.state.show_by_default(interaction.guild_id or 0)
        return self.shows.get(decided or "", self.shows.first)

    async def register(self, *, force: bool = False) -> bool:
        """Register the commands with Discord if their definitions changed since last time.

        To the development guild where one is set, else globally.
        """
        guild = discord.Object(self.settings.dev_guild_id) if self.settings.dev_guild_id else None
        scope = guild.id if guild else 0
        if guild:
            self.tree.copy_global_to(guild=guild)
        translator = self.tree.translator or Translator()
        definitions = [
            await command.get_translated_payload(self.tree, translator)
            for command in self.tree.get_commands(guild=guild)
        ]
        if broken := limits.violations(definitions, kind="commands"):
            log.error("the commands break Discord's limits: %s", "; ".join(broken))
        text = json.dumps([self.application_id, definitions], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = await self.state.registered(scope)
        if known and known.hash == digest and not force:
            self.command_ids = known.ids
            return False
        synced = await self.tree.sync(guild=guild)
        self.command_ids = {command.name: command.id for command in synced}
        await self.state.set_registered(scope, Registered(digest, self.command_ids))
        log.info("%d commands registered %s", len(synced), f"for guild {scope}" if scope else "")
        return True

    async def on_ready(self) -> None:
        """Say that the bot is there, and how to invite it."""
        log.info("connected as %s in %d servers", self.user, len(self.guilds))
        if not self._summary.is_running():
            self._summary.start()
        print(f"Connected as {self.user}. Invite it with: {self.invite()}", flush=True)

    async def on_app_command_completion(self, interaction: Interaction, _: object) -> None:
        """Note that a command went well."""
        trace.ended("answered")

    def connected(self) -> bool:
        """Whether every connection to Discord's gateway is open."""
        return bool(self.shards) and not any(one.is_closed() for one in self.shards.values())

    def invite(self) -> str:
        """The link that adds the bot to a server with no permission it does not need."""
        return discord.utils.oauth_url(
            self.application_id or 0,
            permissions=discord.Permissions(
                view_channel=True,
                send_messages=True,
                send_messages_in_threads=True,
                create_public_threads=True,
                read_message_history=True,
            ),
            scopes=("bot", "applications.commands"),
        )

    def not_too_often(self, interaction: Interaction) -> None:
        """Count an interaction of a user.

        Raises:
            CommandOnCooldown: Where there were too many in a short time.
        """
        now = time.monotonic()
        user = interaction.user.id
        recent = [at for at in self._presses.get(user, []) if now - at < _SECONDS]
        if len(recent) >= _PRESSES:
            self._presses[user] = recent
            raise app_commands.CommandOnCooldown(
                app_commands.Cooldown(_PRESSES, _SECONDS), _SECONDS - (now - recent[0])
            )
        self._presses[user] = [*recent, now]
        if len(self._presses) > 10_000:
            self._presses = {u: at for u, at in self._presses.items() if now - at[-1] < _SECONDS}

    async def close(self) -> None:
        """Take nothing new, let what is under way finish, then close everything."""
        if self.is_closed():
            return
        self._summary.cancel()
        await asyncio.gather(self._leave(), self._finish_answers(), self._finish_announcing())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await super().close()
        await self.http.close()
        if self.endpoint:
            await self.endpoint.stop()
        if hasattr(self, "recorder"):
            await self.recorder.stop()
        if self._warming:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        for one in getattr(self, "shows", {}).values():
            await one.archive.close()
        if state := getattr(self, "state", None):
            await state.close()

    async def _leave(self) -> None:
        """Close the gateway; what is under way needs only the HTTP API."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def _finish_answers(self) -> None:
        under_way = [task for task in asyncio.all_tasks() if _answers(task)]
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=_DRAIN)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("%d answers took too long and were cut off", len(late))

    async def _finish_announcing(self) -> None:
        if self.webhook:
            await self.webhook.stop()
        if self.announces and hasattr(self, "dispatcher"):
            await asyncio.gather(*(watcher.stop() for watcher in self.watchers))
            await self.dispatcher.stop(_DRAIN)
            await self.planning.release()
            await self.sending.release()


def without_show_option(tree: app_commands.CommandTree[Any]) -> None:
    """Take the option ``show`` from every command: there is only one show to ask about."""
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Command):
            # A copy: the cog's class keeps it for a bot with several shows.
            known = command._params  # pyright: ignore[reportPrivateUsage]
            left = {name: one for name, one in known.items() if name != "show"}
            command._params = left  # pyright: ignore[reportPrivateUsage]


def _answers(task: asyncio.Task[Any]) -> bool:
    """Whether a task is one of discord.py's that answer an interaction."""
    return task.get_name().startswith(("CommandTree-invoker", "discord-ui-")) and not task.done()


class _OneLine(logging.Filter):
    """Tells of a lost connection in a line: discord.py, which mends it, logs a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, some of them shortened."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _UNREACHABLE):
            record.msg, record.args = f"{record.getMessage()} ({_in_a_line(error)})", ()
            record.exc_info = None
        return True


_UNREACHABLE = (
    aiohttp.ClientError,
    OSError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
)


def _in_a_line(error: BaseException) -> str:
    return shorten(str(error) or type(error).__name__, 200)


async def _start(bot: EpisodeBot, token: str) -> None:
    await bot.login(token)
    await bot.connect()


async def run(settings: Settings) -> None:
    """Run the bot until it is stopped by SIGINT or SIGTERM.

    Raises:
        ArchiveError: Where a store cannot be opened.
        SettingsError: Where Discord does not accept the token.
        DiscordError: Where Discord cannot be reached, or does not let the bot in.
    """
    # Nothing is ever said aloud here.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    for name in ("discord.shard", "discord.app_commands.tree"):
        logging.getLogger(name).addFilter(_OneLine())
    sys.setswitchinterval(_SWITCH)
    bot = EpisodeBot(settings, announcing=True)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, stopping.set)
    async with bot, Heartbeat(heartbeat.beside(settings.archive), bot.connected):
        running = asyncio.create_task(_start(bot, settings.discord_token or ""))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        # It may be waiting to try once more; and discord.py takes no notice while it connects anew.
        while not running.done():
            running.cancel()
            await asyncio.wait({running}, timeout=0.1)
        [end] = await asyncio.gather(running, return_exceptions=True)
        await bot.close()
    if isinstance(end, discord.LoginFailure) or (
        isinstance(end, discord.ConnectionClosed) and end.code == _NOT_AUTHENTICATED
    ):
        raise SettingsError(
            [
                "DISCORD_TOKEN: Discord does not accept this token; copy it again from "
                "https://discord.com/developers/applications (Bot, Reset Token)"
            ]
        )
    if isinstance(end, _UNREACHABLE):
        raise DiscordError(f"Discord cannot be reached: {_in_a_line(end)}")
    if isinstance(end, Exception):
        raise end
