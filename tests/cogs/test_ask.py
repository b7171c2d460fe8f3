from __future__ import annotations

import pytest

from .stage import Card, Stage

KEYS = "which episode covered API keys"


async def test_answer(stage: Stage) -> None:
    card = await stage.ask("ask", question=KEYS)
    assert not card.private
    assert card.text.startswith(
        "-# which episode covered API keys\n"
        "### [#5 Rate Limits and Good Neighbours with Hanna Weiss](https://smallmachines.example/"
    )
    assert "12 March 2025 · 33:08" in card.text
    assert "> What are **API keys** and when should I use them?\n-# — show notes, " in card.text
    assert "— Ines Albrecht · ≈ 18:45" in card.text
    assert card.buttons == ["In context", "Listen", "Show notes", "More candidates"]
    assert card.button("Listen")["url"].endswith("small-machines-episode-5.mp3#t=1125")
    assert card.button("Show notes")["url"].endswith("/episode-5-rate-limits-and-good-neighbours/")
    assert [label.split()[0] for label in card.menu] == ["#5", "#8", "#9", "#4"]


async def test_an_episode_is_found_by_its_number(stage: Stage) -> None:
    card = await stage.ask("ask", question="what was episode 8 about?")
    assert "### [#8 SQLite Behind the Counter" in card.text
    assert "> Clara Jensen runs a bicycle shop in Odense" in card.text


async def test_no_answer(stage: Stage) -> None:
    card = await stage.ask("ask", question="which episode covered quantum computers")
    assert "### No episode covers that\n-# I looked through 14 episodes, 1 of them" in card.text
    assert "The nearest I have:\n[" in card.text
    assert card.buttons == ["More candidates"]
    card = await stage.ask("ask", question="xylophone zeppelin")
    assert card.text.endswith("Other words may help: a name, a joke.")
    assert (card.buttons, card.menu) == ([], {})


async def test_misspelled_words_are_owned_up_to(stage: Stage) -> None:
    card = await stage.ask("ask", question="the one about paskeys")
    assert "#4 Passkeys" in card.text
    assert "-# Read as passkeys for “paskeys”" in card.text


async def test_conditions_are_said_and_can_be_taken_back(stage: Stage) -> None:
    question = "the last one about keys before April 2025 that Ines hosted"
    card = await stage.ask("ask", question=question)
    understood = "Understood: before April 2025 · hosted by Ines Albrecht · the last of them"
    assert card.text.startswith(f"-# {question}\n-# {understood}\n### [#5 Rate Limits")
    dropped = ["Without: before April 2025", "Without: hosted by Ines Albrecht"]
    assert [label for label in card.buttons if label.startswith("Without")][:2] == dropped
    await stage.restart()
    wider = await stage.press(card, "Without: before April 2025")
    assert "Understood: hosted by Ines Albrecht · the last of them\n###" in wider.text
    assert "### [#5" not in wider.text
    for label in ("Without: hosted by Ines Albrecht", "Without: the last of them"):
        wider = await stage.press(wider, label)
    assert wider.text.startswith("-# keys\n### [#")
    assert not [label for label in wider.buttons if label.startswith("Without")]


async def test_what_fulfils_no_condition_is_said_to(stage: Stage) -> None:
    card = await stage.ask("ask", question="which episode covered API keys in 2019")
    assert "Understood: in 2019. Nothing like that fits as well as this\n### [#5" in card.text
    card = await stage.ask("ask", question="episodes from 1999")
    assert "Understood: from 1999\n### No episode covers that" in card.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (" ", "There is no question. Ask with a few words"),
        ("?!", "I need at least one word to look for."),
    ],
)
async def test_questions_without_words(stage: Stage, question: str, said: str) -> None:
    card = await stage.ask("ask", question=question)
    assert said in card.text
    assert card.private


async def test_hostile_questions(stage: Stage) -> None:
    hostile = "@everyone <@1> **API** `keys` [a](https://b.example) # \n> ||x||" * 20
    card = await stage.ask("ask", question=hostile[:1000])
    assert "\\*\\*API\\*\\*" in card.parts[1]["content"]
    assert "@everyone" not in card.parts[1]["content"]


async def test_in_context(stage: Stage) -> None:
    answer = await stage.ask("ask", question=KEYS)
    card = await stage.press(answer, "In context")
    assert card.private
    assert "-# **Tomas Okafor** · ≈ 18:35\nI do. What are API keys" in card.text
    assert "> Let us start with what one is. An **API key** is a long random string" in card.text
    assert card.buttons == ["Earlier", "Later", "Listen", "Show notes"]
    assert card.button("Listen")["url"].endswith("#t=1125")
    later = await stage.press(card, "Later")
    assert later.message and card.message
    assert later.message.id == card.message.id
    assert "For the same reasons that Joachim" in later.text


async def test_more_candidates_and_back(stage: Stage) -> None:
    first = await stage.ask("ask", question=KEYS)
    text = first.text
    more = await stage.press(first, "More candidates")
    assert more.text.startswith("-# api keys\n**5.** [#3 DNS")
    assert more.buttons == ["Back", "More candidates"]
    assert len(more.menu) == 5
    last = await stage.press(more, "More candidates")
    assert last.text.startswith("-# api keys\n**10.** ")
    assert last.buttons == ["Back"]
    assert (await stage.press(last, "Back")).text.startswith("-# api keys\n**5.** ")
    back = await stage.press(last, "Back")
    assert back.text == text.replace(KEYS, "api keys")
    assert not back.private
    assert len(stage.channel.history()) == 1


async def test_a_private_answer_turned_back_can_still_be_shared(stage: Stage) -> None:
    first = await stage.ask("ask", question=KEYS, private=True)
    assert "Share with the channel" in first.buttons
    more = await stage.press(first, "More candidates")
    back = await stage.press(more, "Back")
    assert back.private
    assert "Share with the channel" in back.buttons
    shared = await stage.press(back, "Share with the channel")
    assert not shared.private
    assert "### [#5 Rate Limits" in shared.text
    assert "Share with the channel" not in shared.buttons


async def test_somebody_else_gets_a_copy_of_their_own(stage: Stage) -> None:
    shared = await stage.ask("ask", question=KEYS)
    text = shared.text
    copy = await stage.press(shared, "More candidates", stage.bob)
    assert copy.private
    assert copy.text.startswith("-# api keys\n**5.** ")
    assert shared.text == text
    # The copy is Bob's: it turns in place.
    turned = await stage.press(copy, "More candidates", stage.bob)
    assert turned.message and copy.message
    assert turned.message.id == copy.message.id
    back = await stage.press(await stage.press(turned, "Back", stage.bob), "Back", stage.bob)
    assert back.private
    assert "Share with the channel" in back.buttons
    assert shared.text == text
    context = await stage.press(shared, "In context", stage.bob)
    assert context.private


async def test_open_an_episode(stage: Stage) -> None:
    answer = await stage.ask("ask", question=KEYS)
    value = next(value for label, value in answer.menu.items() if label.startswith("#9"))
    opened = await stage.choose(answer, value, stage.bob)
    assert opened.private
    assert "### [#9 Firmware Under Your Fingers" in opened.text


async def test_find_the_episode(stage: Stage) -> None:
    asked = await stage.bob.send(
        stage.channel, "@everyone <@12> <:key:1> passkeys?! https://a.example/weather"
    )
    card = Card(await stage.ann.context_menu(stage.channel, "Find the episode", asked))
    assert card.private
    assert "### [#4 Passkeys" in card.text
    assert "Share with the channel" in card.buttons
    longest = await stage.bob.send(stage.channel, "API keys " * 220)
    card = Card(await stage.ann.context_menu(stage.channel, "Find the episode", longest))
    assert "### [#5 Rate Limits" in card.text
    picture = await stage.bob.send(stage.channel, "", attachments=[("cat.png", b"not really")])
    card = Card(await stage.ann.context_menu(stage.channel, "Find the episode", picture))
    assert card.private
    assert card.text == "That message has no words I could look for."


async def test_private_or_not(stage: Stage) -> None:
    assert (await stage.ask("ask", question=KEYS, private=True)).private
    assert not (await stage.ask("ask", question=KEYS, private=False)).private
    await stage.moderator.slash(stage.channel, "answers", private=True)
    assert (await stage.ask("ask", question=KEYS)).private
    assert not (await stage.ask("ask", question=KEYS, private=False)).private
    await stage.restart()
    assert (await stage.ask("ask", question=KEYS)).private
    await stage.moderator.slash(stage.channel, "answers", private=False)
    assert not (await stage.ask("ask", question=KEYS)).private


async def test_where_only_the_member_has_the_bot_answers_are_theirs(stage: Stage) -> None:
    stage.installed = False
    assert (await stage.ask("ask", question=KEYS)).private
    assert not (await stage.ask("ask", question=KEYS, private=False)).private


async def test_by_direct_message(stage: Stage) -> None:
    user = stage.ann.user
    card = Card(await user.slash("ask", question=KEYS))
    assert not card.private
    assert "### [#5 Rate Limits" in card.text
    more = Card(await user.click(card.message, label="More candidates"))
    assert more.text.startswith("-# api keys\n**5.** ")
    context = await user.click(card.message, label="Back")
    assert Card(context).text.startswith("-# api keys\n### [#5")


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    answer = await stage.ask("ask", question=KEYS)
    private = await stage.ask("ask", question="tide clock", private=True)
    await stage.restart()
    assert (await stage.press(answer, "In context")).private
    more = await stage.press(answer, "More candidates")
    assert more.text.startswith("-# api keys\n**5.** ")
    opened = await stage.choose(more, next(iter(more.menu.values())))
    assert "### [#3 DNS" in opened.text
    await stage.restart()
    assert (await stage.press(more, "Back")).text.startswith("-# api keys\n### [#5")
    assert "tide clock" in (await stage.press(private, "Share with the channel")).text


async def test_the_reference_archive(large_stage: Stage) -> None:
    stage = large_stage
    card = await stage.ask("ask", question="the episode about the tulip bulb trading game")
    assert len(card.text) < 2_500
    long = await stage.ask("ask", question="What is machine learning?", private=True)
    context = await stage.press(long, "In context") if "In context" in long.buttons else long
    assert "**" in context.text
