"""A small bot with one of everything, for the bench's own tests; it knows nothing of the bench."""

from __future__ import annotations

import asyncio
import os
import re
import time
from typing import Any

import aiohttp
import discord
from discord import app_commands, ui
from discord.http import Route

BUGS = ["ant", "bee", "beetle", "butterfly"]


class Vote(ui.DynamicItem[ui.Button[Any]], template=r"vote:(?P<count>\d+)"):
    """A button whose custom id is its state, so that it outlives restarts."""

    def __init__(self, count: int) -> None:
        super().__init__(ui.Button(label=f"Votes: {count}", custom_id=f"vote:{count}"))
        self.count = count

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: ui.Item, match: re.Match[str], /
    ) -> Vote:
        return cls(int(match["count"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = ui.View(timeout=None).add_item(Vote(self.count + 1))
        await interaction.response.edit_message(view=view)


class Kept(ui.View):
    """A view that is registered again at every start."""

    @ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: ui.Button) -> None:
        await interaction.response.send_message("still here", ephemeral=True)


class Colours(ui.View):
    @ui.button(label="Next")
    async def next(self, interaction: discord.Interaction, _: ui.Button) -> None:
        await interaction.response.edit_message(content="page 2")

    @ui.button(label="Rename")
    async def rename(self, interaction: discord.Interaction, _: ui.Button) -> None:
        await interaction.response.send_modal(Rename())

    @ui.select(
        placeholder="Colour", options=[discord.SelectOption(label=c) for c in ("red", "blue")]
    )
    async def colour(self, interaction: discord.Interaction, select: ui.Select) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"chose {select.values[0]}", ephemeral=True)


class Rename(ui.Modal, title="Rename"):
    name = ui.Label(text="Name", component=ui.TextInput(max_length=20))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.name.component, ui.TextInput)
        await interaction.response.edit_message(content=f"now {self.name.component.value}")


class Card(ui.LayoutView):
    """Components V2."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        button = ui.Button(label="Open", url="https://example.com/")
        section = ui.Section("# A card", "with a link", accessory=button)
        row = ui.ActionRow().add_item(Vote(0))
        self.add_item(ui.Container(section, ui.Separator(), ui.TextDisplay("below"), row))


class Bot(discord.Client):
    async def setup_hook(self) -> None:
        self.add_view(Kept(timeout=None))
        self.add_dynamic_items(Vote)
        await tree.sync()

    async def on_ready(self) -> None:
        print("ready", flush=True)

    async def on_resumed(self) -> None:
        print("resumed", flush=True)

    async def close(self) -> None:
        print("closing", flush=True)
        await super().close()


bot = Bot(
    intents=discord.Intents(guilds=True, guild_messages=True),
    allowed_mentions=discord.AllowedMentions.none(),
    guild_ready_timeout=0.05,
)
tree = app_commands.CommandTree(bot)


@tree.command(description="Look up an insect")
@app_commands.describe(name="Which one")
async def bug(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.send_message(f"{name}: six legs ({interaction.locale})")


@bug.autocomplete("name")
async def bug_names(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=b.title(), value=b) for b in BUGS if b.startswith(current)]


@tree.command(description="Think first")
@app_commands.rename(hidden="private")
async def think(interaction: discord.Interaction, hidden: bool = False) -> None:
    await interaction.response.defer(thinking=True, ephemeral=hidden)
    await interaction.followup.send("thought")
    file = discord.File(__file__, filename="source.py")
    await interaction.followup.send("and more", file=file, ephemeral=True)


@tree.command(description="Answer with controls")
async def controls(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("page 1", view=Colours())


@tree.command(description="Answer with Components V2")
async def card(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(view=Card())


@tree.command(description="Block the event loop")
async def stall(interaction: discord.Interaction) -> None:
    time.sleep(0.5)  # noqa: ASYNC251 - this is what the bench is to notice
    await interaction.response.send_message("late")


@tree.command(description="Break limits", name="break")
async def break_limits(interaction: discord.Interaction, how: str) -> None:
    match how:
        case "long":
            await interaction.response.send_message("x" * 2_001)
        case "twice":
            await interaction.response.defer()
            path = f"/interactions/{interaction.id}/{interaction.token}/callback"
            await bot.http.request(Route("POST", path), json={"type": 5})
        case "early":
            await interaction.followup.send("before any answer")


posting = app_commands.Group(name="post", description="Write into a channel")
tree.add_command(posting)


@posting.command(name="text", description="Write a text")
async def post_text(
    interaction: discord.Interaction,
    channel: discord.TextChannel,
    text: str,
    nonce: str | None = None,
) -> None:
    await interaction.response.defer(ephemeral=True)
    try:
        message = await (channel.send(text, nonce=nonce) if nonce else channel.send(text))
    except discord.HTTPException as error:
        await interaction.followup.send(f"{error.status} {error.code}")
    except (OSError, aiohttp.ClientError) as error:
        await interaction.followup.send(type(error).__name__)
    else:
        await interaction.followup.send(str(message.id))


@posting.command(name="kept", description="Write a persistent view")
async def post_kept(interaction: discord.Interaction, channel: discord.TextChannel) -> None:
    message = await channel.send("kept", view=Kept(timeout=None))
    await channel.send(view=Card())
    await interaction.response.send_message(str(message.id))


@tree.context_menu(name="Shout it")
async def shout(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(message.content.upper())


@tree.context_menu(name="Who is it")
async def who(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(member.display_name, ephemeral=True)


async def main() -> None:
    async with bot:
        await bot.start(os.environ["SAMPLE_TOKEN"])


if __name__ == "__main__":
    discord.utils.setup_logging()
    asyncio.run(main())
