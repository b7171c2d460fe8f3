"""Moving deliveries on: one loop that sleeps until the next is due, or something is planned."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.announce import deliveries, memory
from bot.announce.clock import Clock, utc
from bot.announce.deliveries import Chore, Delivery
from bot.announce.discord_side import (
    DiscordSide,
    Later,
    Refused,
    Unclear,
    Unprovable,
    marker,
)
from bot.announce.memory import Release
from bot.announce.planning import after_quiet
from bot.announce.post import Post, announcement, letter
from bot.errors import StateError
from bot.shards import ALL, Shards
from bot.shows import COLOUR
from bot.store.lease import Lease
from bot.store.state import State

log = logging.getLogger(__name__)

NONCE_WINDOW = timedelta(minutes=2)  # Discord remembers nonces for "a few minutes"
_GRACE = timedelta(seconds=5)  # until a forum post that was sent is certainly to be seen
_ATTEMPTS = 12
_LONGEST_PAUSE = 300.0  # seconds between attempts
AT_ONCE = 20  # deliveries under way
_A_SECOND = 40.0  # requests; Discord allows 50, and members are to be answered, too
_CROSSPOSTS, _CROSSPOST_SPAN = 10, timedelta(hours=1)
_AUDIO_PAUSE, _AUDIO_PATIENCE = timedelta(minutes=1), timedelta(days=1)
_POLL = 1.0  # seconds between looks at what other processes have planned


class Dispatcher:
    """Sends what is due, settles what is unclear, and does the chores that follow."""

    def __init__(
        self,
        state: State,
        side: DiscordSide,
        lease: Lease,
        colours: Mapping[str, int],
        *,
        shards: Shards = ALL,
        clock: Clock = utc,
    ) -> None:
        self._state = state
        self._shards = shards
        self._side = side
        self._colours = colours  # by show
        self._clock = clock
        self._lease = lease
        self._woken = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._busy: set[tuple[str, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_start = 0.0
        self._tenure = 0  # of the lease: what is under way was begun in it
        self._settling_from = 0.0
        self._loop: asyncio.Task[None] | None = None
        self._guard: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; ``stop`` ends it."""
        self._loop = asyncio.create_task(self._run(), name="dispatcher")
        self._guard = asyncio.create_task(self._watch_lease(), name="lease")

    async def stop(self, within: float = 4.0) -> None:
        """Finish what is under way, if that does not take longer than ``within`` seconds."""
        if self._loop:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        if self._guard:
            self._guard.cancel()
        self._end_tasks()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    @property
    def alive(self) -> bool:
        """Whether it was started and goes on."""
        return self._loop is not None and not self._loop.done()

    def wake(self) -> None:
        """Look again: something was planned."""
        self._woken.set()

    async def _run(self) -> None:
        seen = -1
        while True:
            try:
                if await self._lease.take():
                    self._begin_tenure()
                    skipped = await self._start_due()
                    until = await self._state.run(deliveries.next_due, self._shards)
                    seen = await self._sleep(until, seen, skipped=skipped)
                else:
                    await self._wait(_POLL)
            except StateError as error:
                log.warning("announcing has to wait: %s", error)
                await asyncio.sleep(5)
            except Exception:  # (whatever it is, the next round may go well)
                log.exception("announcing stumbled")
                await asyncio.sleep(5)

    def _begin_tenure(self) -> None:
        if self._tenure != self._lease.tenure:
            self._end_tasks()  # they were begun before it was lost
            self._tenure = self._lease.tenure
            self._settling_from = asyncio.get_running_loop().time() + self._lease.grace

    async def _watch_lease(self) -> None:
        """End what is under way once the lease is lost: another process is about to take it up."""
        while True:
            await asyncio.sleep(_POLL)
            if self._tasks and not await self._lease.holds(self._tenure):
                log.warning("the lease was lost; what is under way is left to whoever has it")
                self._end_tasks()

    async def _sleep(self, until: datetime | None, seen: int, *, skipped: bool) -> int:
        """Wait until something is due, planned here, or written by another process."""
        while True:
            changed = await self._state.changed_elsewhere()
            left = _POLL
            if until is not None:
                left = min(left, max((until - self._clock()).total_seconds(), 0.0))
                # What is due and was not started is under way, or waits for its server.
                left = max(left, 0.25 if skipped or self._tasks else 0.0)
            if changed != seen or await self._wait(left):
                return changed
            if until is not None and until <= self._clock():
                return changed

    async def _wait(self, seconds: float) -> bool:
        """Wait, at most so long; return whether something was planned meanwhile."""
        try:
            async with asyncio.timeout(seconds):  # (wait_for may swallow a cancellation)
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    async def _start_due(self) -> bool:
        """Start what is due and not under way; return whether something has to wait."""
        now = self._clock()
        skipped = False
        for delivery in await self._state.run(deliveries.due, now, shards=self._shards):
            if not self._side.ready(delivery) or self._may_be_another_s(delivery):
                skipped = True
            elif ("channel", delivery.channel_id) not in self._busy:
                await self._start(("channel", delivery.channel_id), self.deliver(delivery))
        for chore in await self._state.run(deliveries.due_chores, now, shards=self._shards):
            key = (chore.kind, chore.delivery.id)
            if not self._side.ready(chore.delivery):
                skipped = True
            elif key not in self._busy:
                await self._start(key, self.do(chore))
        return skipped

    def _may_be_another_s(self, delivery: Delivery) -> bool:
        """Whether an earlier holder of the lease, cut off from it, may still be sending this."""
        early = asyncio.get_running_loop().time() < self._settling_from
        return early and delivery.state == "sending"

    async def _start(self, key: tuple[str, int], work: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.sleep(max(self._next_start - loop.time(), 0))
            await self._slots.acquire()
        except BaseException:
            work.close()
            raise
        self._next_start = loop.time() + 1 / _A_SECOND
        self._busy.add(key)
        task = asyncio.create_task(work, name=f"announcing {key}")
        self._tasks.add(task)

        def done(_: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._busy.discard(key)
            self._slots.release()
            self.wake()
            if not task.cancelled() and (error := task.exception()):
                # The state was out of reach, so that it could not even be put off.
                log.warning("%s stumbled: %s", task.get_name(), error)

        task.add_done_callback(done)

    # One delivery.

    async def deliver(self, delivery: Delivery) -> None:
        """Move a delivery on as far as it goes now; raises only where that cannot be noted."""
        try:
            await self._deliver(delivery)
        except Refused as refused:
            await self._stop(delivery, "held", str(refused))
        except (Later, Unclear) as trouble:
            seconds = trouble.seconds if isinstance(trouble, Later) else 0.0
            await self._again(delivery, str(trouble), seconds)
        except Exception as error:  # (a fault of ours must not be repeated at full speed)
            log.exception("delivery %d stumbled", delivery.id)
            await self._again(delivery, f"a fault of mine: {type(error).__name__}", 30.0)

    async def _deliver(self, planned: Delivery) -> None:
        tenure = self._tenure
        # It may have waited for its turn, and a moderator may have been quicker.
        delivery = await self._state.run(deliveries.one, planned.id)
        if delivery is None or delivery.state not in ("planned", "sending"):
            return
        release = await self._release(delivery)
        channel = await self._side.channel(delivery)
        if delivery.attempted is not None:
            settled = await self._settle(delivery, channel, release)
            if settled is None:
                return
            delivery = settled
        if not await self._may(delivery, release):
            return
        if lacking := self._side.lacking(channel):
            await self._stop(delivery, "held", f"I miss {', '.join(lacking)} there")
            return
        now, forum = self._clock(), self._side.is_forum(channel)
        shown = release.shown if release else ""
        post = self._post(delivery, release)
        begun = await self._state.run(
            deliveries.begin,
            delivery,
            now,
            shown=shown,
            floor=self._side.floor(channel),
            forum=forum,
            again=now + _GRACE if forum else now,
        )
        # Whoever holds the lease by now may have settled it already.
        if begun and await self._lease.holds(tenure):
            place = await self._side.send(channel, delivery, post)
            await self._sent(delivery, place.message_id, place.thread_id)

    async def _settle(
        self, delivery: Delivery, channel: Any, release: Release | None
    ) -> Delivery | None:
        """Find out what became of an earlier attempt; None where it got through, or is held."""
        now = self._clock()
        try:
            place = await self._side.find(channel, delivery)
        except Unprovable as why:
            since = now - (delivery.attempted or now)
            if not delivery.forum and timedelta(0) <= since < NONCE_WINDOW:
                return delivery  # Discord itself will tell, by the nonce
            await self._stop(
                delivery, "held", f"it may be there already, and {why}: please look yourself"
            )
            return None
        if place is not None:
            await self._sent(delivery, place.message_id, place.thread_id)
            return None
        await self._state.run(deliveries.absent, delivery, now)
        settled = await self._state.run(deliveries.one, delivery.id)
        return settled if settled and settled.state == "planned" else None

    async def _may(self, delivery: Delivery, release: Release | None) -> bool:
        """Whether it is still to be sent, and now; otherwise it is withdrawn or put off."""
        now = self._clock()
        if delivery.kind != "episode" or release is None:
            return True
        if release.gone is not None or release.seen.draft:
            what = "not in the source any more" if release.gone else "a draft again"
            await self._stop(delivery, "withdrawn", f"the episode is {what}")
            return False
        if not release.seen.public(now):
            await self._put_off(delivery, release.seen.published or now, "it is not public yet")
            return False
        if delivery.user_id is None:
            loud = after_quiet(now, delivery.options)
            if loud > now:
                await self._put_off(delivery, loud, "quiet hours")
                return False
        audio = release.seen.body.get("audio_url")
        if delivery.options.wait_for_audio and audio and not await _answers(audio):
            if now - delivery.created > _AUDIO_PATIENCE:
                await self._stop(delivery, "held", "its audio did not answer for a day")
            else:
                await self._put_off(delivery, now + _AUDIO_PAUSE, "its audio does not answer yet")
            return False
        return True

    async def _sent(self, delivery: Delivery, message_id: int, thread_id: int | None) -> None:
        # What is shown was noted when it was sent; the episode may have been corrected since.
        release = await self._release(delivery)
        await self._state.run(
            deliveries.sent,
            delivery.id,
            self._clock(),
            message_id=message_id,
            thread_id=thread_id,
            shown=release.shown if release else None,
        )
        log.info("delivery %d is sent as message %d", delivery.id, message_id)

    async def _release(self, delivery: Delivery) -> Release | None:
        if delivery.release_id is None:
            return None
        return await self._state.run(memory.release, delivery.release_id)

    def _post(self, delivery: Delivery, release: Release | None) -> Post:
        more = ui.Button[Any](label="More", emoji="🔎", custom_id=marker(delivery.id))
        colour = self._colours.get(release.show if release else "", COLOUR)
        if delivery.kind == "episode" and release is not None:
            return announcement(colour, release.seen, delivery.options, more=more)
        return letter(colour, delivery.options.text, [more])

    async def _again(self, delivery: Delivery, reason: str, seconds: float) -> None:
        if delivery.attempts + 1 >= _ATTEMPTS:
            await self._stop(delivery, "held", f"{_ATTEMPTS} attempts failed, the last: {reason}")
            return
        pause = timedelta(seconds=max(seconds, _pause(delivery.attempts)))
        log.warning("delivery %d has to wait: %s", delivery.id, reason)
        await self._put_off(delivery, self._clock() + pause, reason, failed=True)

    async def _put_off(
        self, delivery: Delivery, due: datetime, reason: str, *, failed: bool = False
    ) -> None:
        now = self._clock()
        await self._state.run(deliveries.put_off, delivery.id, due, reason, now, failed=failed)

    async def _stop(self, delivery: Delivery, state: str, reason: str) -> None:
        release = await self._release(delivery)
        name = release.name if release else "A message"
        if delivery.kind != "episode":
            state = "failed"
        log.warning("delivery %d is %s: %s", delivery.id, state, reason)
        await self._state.run(deliveries.stop, delivery, state, reason, self._clock(), name)

    # What follows.

    async def do(self, chore: Chore) -> None:
        """Do a chore, or plan to try again; raises only where that cannot be noted."""
        delivery, now = chore.delivery, self._clock()
        try:
            thread = await self._do(chore)
        except Refused as refused:
            await self._state.run(deliveries.chore_failed, chore, str(refused), now)
        except (Later, Unclear) as trouble:
            seconds = trouble.seconds if isinstance(trouble, Later) else 0.0
            if chore.attempts + 1 >= _ATTEMPTS:
                await self._state.run(deliveries.chore_failed, chore, str(trouble), now)
            else:
                pause = timedelta(seconds=max(seconds, _pause(chore.attempts)))
                await self._state.run(deliveries.chore_again, chore, now + pause, str(trouble), now)
        except Exception:  # (as above)
            log.exception("%s of delivery %d stumbled", chore.kind, delivery.id)
            later = now + timedelta(minutes=1)
            await self._state.run(deliveries.chore_again, chore, later, "a fault of mine", now)
        else:
            await self._state.run(deliveries.chore_done, chore, self._clock(), thread_id=thread)

    async def _do(self, chore: Chore) -> int | None:
        delivery, now = chore.delivery, self._clock()
        if delivery.state != "sent":
            return None
        release = await self._release(delivery)
        if chore.kind == deliveries.CROSSPOST:
            recent = await self._state.run(
                deliveries.crossposts_since, delivery.channel_id, now - _CROSSPOST_SPAN
            )
            if len(recent) >= _CROSSPOSTS:
                free = recent[-_CROSSPOSTS] + _CROSSPOST_SPAN
                raise Later("ten posts an hour are published", (free - now).total_seconds())
            await self._side.crosspost(delivery)
        elif chore.kind == deliveries.THREAD:
            post = self._post(delivery, release)
            return await self._side.open_thread(delivery, post.name)
        elif chore.kind == deliveries.EDIT:
            await self._side.edit(delivery, self._post(delivery, release))
        else:
            await self._side.delete(delivery)
        return None


def _pause(attempts: int) -> float:
    return min(2.0**attempts, _LONGEST_PAUSE)


async def _answers(url: str) -> bool:
    """Whether an address can be downloaded from."""
    patience = aiohttp.ClientTimeout(total=15)
    agent = {"User-Agent": "episode-bot", "Range": "bytes=0-0"}
    try:
        async with (
            aiohttp.ClientSession(timeout=patience, headers=agent) as session,
            session.get(url) as answer,
        ):
            return answer.status < 400
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
        return False


def on(
    client: discord.Client,
    state: State,
    lease: Lease,
    colours: Mapping[str, int],
    shards: Shards = ALL,
) -> Dispatcher:
    """A dispatcher that sends by a client, to the servers of its shards."""
    return Dispatcher(state, DiscordSide(client), lease, colours, shards=shards)
