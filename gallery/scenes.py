"""What is pictured: each scene plays in a channel of its own, and its last message is shown."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.announce.clock import utc
from bot.telemetry import questions
from bot.telemetry.questions import Asked
from gallery.news import first_look
from tests.cogs.stage import Card, Stage

Scene = Callable[[Stage], Awaitable[object]]

_SAID = "a mirror shows today's face, a backup remembers yesterday's"


async def _pressed(stage: Stage, card: Card, *labels: str) -> Card:
    for label in labels:
        card = await stage.press(card, label)
    return card


async def ask(stage: Stage) -> Card:
    """The best episode with its proof."""
    return await stage.ask("ask", question="which episode covered API keys")


async def ask_private(stage: Stage) -> Card:
    """The same, for the asker alone."""
    return await stage.ask("ask", question="when did they mention the tide clock", private=True)


async def no_answer(stage: Stage) -> Card:
    """An honest no."""
    return await stage.ask("ask", question="which episode covered quantum computers")


async def understood(stage: Stage) -> Card:
    """How the conditions of a question were understood, with buttons to ask without them."""
    return await stage.ask("ask", question="what did Daniel Osei say about backups in 2025")


async def candidates(stage: Stage) -> Card:
    """Further episodes for a question."""
    return await _pressed(stage, await ask(stage), "More candidates")


async def context(stage: Stage) -> Card:
    """The place in the transcript that proves an answer."""
    return await _pressed(stage, await ask(stage), "In context")


async def message(stage: Stage) -> Card:
    """The question that somebody's message is."""
    asked = await stage.bob.send(stage.channel, "Didn't they once talk about passkeys?")
    found = await stage.ann.context_menu(stage.channel, "Find the episode", asked)
    return Card(found)


async def quote(stage: Stage) -> Card:
    """Who said it."""
    return await stage.ask("quote", text=_SAID)


async def quote_later(stage: Stage) -> Card:
    """What was said after it."""
    return await _pressed(stage, await quote(stage), "Later")


async def quote_shared(stage: Stage) -> Card:
    """A passage found in private, shown to the channel."""
    found = await stage.ask("quote", text=_SAID, private=True)
    return await _pressed(stage, found, "Share with the channel")


async def no_quote(stage: Stage) -> Card:
    """Nobody said anything like it."""
    return await stage.ask("quote", text="xylophone zeppelin", episode="5")


async def episode(stage: Stage) -> Card:
    """One episode."""
    return await stage.ask("episode", episode="5")


async def section(stage: Stage) -> Card:
    """A part of its show notes."""
    shown = await episode(stage)
    return await stage.choose(shown, shown.menu["Interview"])


async def transcript(stage: Stage) -> Card:
    """Its transcript from the beginning."""
    return await _pressed(stage, await episode(stage), "Transcript")


async def latest(stage: Stage) -> Card:
    """The newest episodes."""
    return await stage.ask("latest")


async def any_episode(stage: Stage) -> Card:
    """Any episode."""
    random.seed(3)
    return await stage.ask("random")


async def browse(stage: Stage) -> Card:
    """A list of episodes."""
    return await stage.ask("browse")


async def browse_older(stage: Stage) -> Card:
    """Its second page."""
    return await _pressed(stage, await browse(stage), "Older")


async def browse_person(stage: Stage) -> Card:
    """A list of a year's episodes with somebody."""
    return await stage.ask("browse", person="Tomas", year=2025, category="DNS")


async def person(stage: Stage) -> Card:
    """A host or guest."""
    return await stage.ask("person", name="Ines Albrecht")


async def guest(stage: Stage) -> Card:
    """Somebody who was there once."""
    return await stage.ask("person", name="Hanna Weiss")


async def overview(stage: Stage) -> Card:
    """What the bot can do."""
    return await stage.ask("help")


async def answers(stage: Stage) -> Card:
    """A moderator decided how answers are shown."""
    return Card(await stage.moderator.slash(stage.channel, "answers", private=True))


async def stats(stage: Stage) -> Card:
    """What was asked in a month, and what found no answer."""
    chance = random.Random(7)
    asked = ("api keys", "backups restore", "tide clock", "passkeys lost phone", "time zones")
    missed = ("solar panels balcony", "quantum computers", "matrix server", "home assistant voice")
    batch: Counter[Asked] = Counter()
    for ago in range(30):
        day = utc().date() - timedelta(ago)
        for words, how, most in (
            *((one, "answered", 5 - n) for n, one in enumerate(asked)),
            *((one, "closest", 3 - n) for n, one in enumerate(missed[:3])),
            (missed[3], "nothing", 1),
        ):
            batch[Asked(stage.guild.id, day, "ask", how, words)] = chance.randint(0, most)
    await stage.bot.state.run(questions.add, +batch)
    return Card(await stage.moderator.slash(stage.channel, "stats"))


async def _moderate(stage: Stage, command: str, **options: object) -> Card:
    return Card(await stage.moderator.slash(stage.channel, command, **options))


async def _set_up(stage: Stage) -> Card:
    fans = stage.guild.create_role("listeners", mentionable=True)
    return await _moderate(
        stage,
        "announcements setup",
        ping=fans,
        thread=True,
        quiet="22:00-07:00",
        zone="Europe/Berlin",
    )


async def setup(stage: Stage) -> Card:
    """A channel was set up."""
    await first_look(stage)
    return await _set_up(stage)


async def preview(stage: Stage) -> Card:
    """An announcement by hand, before it counts."""
    await first_look(stage)
    return await _moderate(
        stage, "announce", episode="5", message="From the archive, since you asked:", when="in 2 h"
    )


async def _published(stage: Stage) -> None:
    room = await first_look(stage)
    await _moderate(stage, "announcements setup", ping=stage.guild.create_role("listeners"))
    await stage.ask("follow topic", topic="greylisting")
    await stage.ask("follow person", name="Sofia Rossi")
    await room.publish()


async def announced(stage: Stage) -> None:
    """A new episode, in its channel."""
    await _published(stage)


async def followed(stage: Stage) -> None:
    """The private message to somebody who follows something of a new episode."""
    await _published(stage)
    stage.channel = stage.ann.user.dm_channel


async def announcements(stage: Stage) -> Card:
    """What was announced, and what is planned."""
    await _published(stage)
    planned = await _moderate(stage, "announce", episode="5", when="in 2 h")
    assert planned.message
    await stage.moderator.click(planned.message, label="Schedule")
    return await _moderate(stage, "announcements list")


async def why(stage: Stage) -> Card:
    """Why an episode was not announced."""
    await first_look(stage)
    await _set_up(stage)
    return await _moderate(stage, "announcements why", episode="5")


async def log(stage: Stage) -> Card:
    """Who did what."""
    await _published(stage)
    return await _moderate(stage, "announcements log")


async def following(stage: Stage) -> Card:
    """What a member follows."""
    await stage.ask("follow topic", topic="solar panels")
    return await stage.ask("follow person", name="Hanna Weiss")


async def forget(stage: Stage) -> Card:
    """Everything about a member was deleted."""
    await stage.ask("follow topic", topic="solar panels")
    return await stage.ask("forget")


async def mistake(stage: Stage) -> Card:
    """A question with a mistake."""
    return await stage.ask("episode", episode="99")


_NAMES = {"any_episode": "random", "overview": "help"}
SCENES: dict[str, Scene] = {
    _NAMES.get(play.__name__, play.__name__).replace("_", "-"): play
    for play in (
        *(ask, ask_private, no_answer, understood, candidates, context, message),
        *(quote, quote_later, quote_shared, no_quote),
        *(episode, section, transcript, latest, any_episode, browse, browse_older, browse_person),
        *(person, guest, following, followed, forget, overview),
        *(setup, preview, announced, announcements, why, log, answers, stats, mistake),
    )
}
