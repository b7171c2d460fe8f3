"""Recording what is asked, beside the answering: nobody waits for it, and nobody is named."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import discord
from discord.ext import tasks

from bot.announce.clock import Clock, utc
from bot.search.results import Answer, Quotes
from bot.store.state import UNUSABLE, State
from bot.telemetry import questions
from bot.telemetry.questions import COUNTED, Asked

log = logging.getLogger(__name__)

_EVERY = 5.0  # seconds between writes; a crash loses what was asked since the last
_LAST_WORD = 1.0  # seconds for the last of them
_MOST = 5_000  # different questions that wait to be written; of more, only the number is kept
_LONGEST = 100  # characters
_WHO = re.compile(r"\d{7,}")  # a number that tells somebody, not something: an id, a telephone


class Recorder:
    """Gathers questions and writes them now and then.

    Args:
        state: Where to.
        days: How long they are kept.
        words: Whether the words are kept at all, or questions only counted.
        clock: The time.
    """

    def __init__(self, state: State, *, days: int, words: bool, clock: Clock = utc) -> None:
        self._state = state
        self._days = timedelta(days=days)
        self.words = words
        self._clock = clock
        self._pending: Counter[Asked] = Counter()
        self._wordless: set[int] = set()
        self._loops = [
            tasks.loop(seconds=_EVERY)(self._write),
            tasks.loop(hours=24)(self._purge),
        ]

    async def start(self) -> None:
        """Begin; ``stop`` ends it."""
        self._wordless = await self._state.run(questions.wordless)
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Write what is left, and end."""
        for loop in self._loops:
            loop.cancel()
        with contextlib.suppress(*UNUSABLE, TimeoutError):
            async with asyncio.timeout(_LAST_WORD):
                await self.flush()

    def asked(self, interaction: discord.Interaction[Any], found: Answer, *, alone: bool) -> None:
        """Note a question; what is answered in private is only counted."""
        outcome = "answered" if found.answered else "closest" if found.episodes else "nothing"
        self._note(interaction, "ask", outcome, COUNTED if alone else normalised(found))

    def quoted(self, interaction: discord.Interaction[Any], found: Quotes) -> None:
        """Note that a line was looked for; it says nothing of what the show lacks."""
        self._note(interaction, "quote", "answered" if found.passages else "nothing", COUNTED)

    def keeps_words(self, guild_id: int) -> bool:
        """Whether the words of a guild's questions are kept."""
        return self.words and guild_id not in self._wordless

    async def keep_words(self, guild_id: int, keep: bool) -> None:
        """Decide that for a guild, from now on."""
        await self._state.run(questions.keep_words, guild_id, keep)
        (self._wordless.discard if keep else self._wordless.add)(guild_id)

    async def forget(self, guild_id: int) -> None:
        """Forget everything that was asked in a guild."""
        await self.flush()
        await self._state.run(questions.forget, guild_id)

    async def flush(self) -> None:
        """Write what has been gathered.

        Raises:
            StateError, sqlite3.Error: Where that cannot be done now; it is tried again later.
        """
        batch, self._pending = self._pending, Counter()
        if not batch:
            return
        try:
            # Whoever stops waiting for it does not keep it from being written.
            await asyncio.shield(self._state.run(questions.add, batch))
        except Exception:
            self._pending += batch
            raise

    def _note(
        self, interaction: discord.Interaction[Any], search: str, outcome: str, words: str
    ) -> None:
        if interaction.type is not discord.InteractionType.application_command:
            return  # who turns a page asks nothing new
        guild = interaction.guild_id if interaction.is_guild_integration() else None
        if guild is None or not self.keeps_words(guild) or len(self._pending) >= _MOST:
            words = COUNTED
        today = self._clock().date()
        self._pending[Asked(guild or 0, today, search, outcome, words)] += 1

    async def _write(self) -> None:
        try:
            await self.flush()
        except UNUSABLE as error:
            log.warning("questions wait to be recorded: %s", error)

    async def _purge(self) -> None:
        try:
            await self._state.run(questions.purge, self._clock().date() - self._days)
        except UNUSABLE as error:
            log.warning("old questions wait to be forgotten: %s", error)


def normalised(found: Answer) -> str:
    """The words that decided an answer, corrected, without fillers and whatever names a member."""
    read = found.understood
    asked: list[str] = read["words"]
    corrections: dict[str, str] = read.get("corrections", {})
    conditions: dict[str, str] = read.get("conditions", {})
    words = [corrections.get(word, word) for word in asked if not _WHO.search(word)]
    if "episode" in read:
        words = ["episode", str(read["episode"]), *words]
    text = ", ".join(part for part in (" ".join(words), *conditions.values()) if part)
    return text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(" ")[0]
