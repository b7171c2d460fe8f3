"""What there is, in a line of the log: at the start, and once a day from then on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from discord.ext import tasks

from bot import __version__
from bot.announce.clock import utc
from bot.store.state import UNUSABLE
from bot.telemetry import counts

if TYPE_CHECKING:
    from bot.client import EpisodeBot

log = logging.getLogger(__name__)


def daily(bot: EpisodeBot) -> tasks.Loop[Any]:
    """The loop that tells it, to be started when the bot is connected."""

    @tasks.loop(hours=24)
    async def tell() -> None:
        try:
            facts = await look(bot)
        except UNUSABLE as error:
            log.warning("what there is cannot be told: %s", error)
            return
        log.info("%s", _line(facts), extra=facts)

    return tell


async def look(bot: EpisodeBot) -> dict[str, Any]:
    """The facts, by name; ``sources`` holds for how many seconds each was not looked at."""
    archived = [await one.archive.counts() for one in bot.shows.values()]
    ages = await bot.state.run(counts.ages, await bot.shows.loaded_from(), utc())
    return {
        "version": __version__,
        "shows": len(bot.shows),
        "episodes": sum(one.public for one in archived),
        "unpublished": sum(one.episodes - one.public for one in archived),
        "turns": sum(one.turns for one in archived),
        "servers": len(bot.guilds),
        "commands": len(bot.command_ids),
        "channels": await bot.state.run(counts.subscriptions),
        "sources": {source: round(age) for source, age in ages.items()},
    }


def _line(facts: dict[str, Any]) -> str:
    looked = [f"{source} looked at {age:,} s ago" for source, age in facts["sources"].items()]
    return (
        f"episode-bot {facts['version']}: {facts['shows']} shows with {facts['episodes']:,} "
        f"episodes ({facts['unpublished']:,} more unpublished), {facts['turns']:,} turns; "
        f"{facts['servers']:,} servers, {facts['commands']} commands, {facts['channels']:,} "
        f"channels that hear of new episodes; {', '.join(looked) or 'no source looked at yet'}"
    )
