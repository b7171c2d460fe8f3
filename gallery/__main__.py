"""Render every card to PNG: ``python -m gallery [SCENE ...]``, into ``build/gallery/``.

The bot runs on the sample show in a simulated Discord, whose preview Chromium takes pictures of,
at the width of a desktop and of a phone. Where either is missing, it says so and that is all.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.loading import load
from bot.store.archive import Archive
from gallery.scenes import SCENES
from tests.cogs.stage import Card, Stage, stage

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "build" / "gallery"
WIDTHS = {"desktop": 800, "phone": 390}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
_NEEDED = ("playwright", "PIL", "aiohttp", "markdown_it", "linkify_it", "regex", "av")
_TALL = 4000  # pixels, more than any card
# Only the message, without the preview's own tools.
_STYLE = ".preview-toolbar, .messages-sidebar { display: none !important }"


def missing() -> str | None:
    """What is not here that pictures need, in one line."""
    if absent := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        return f"no pictures: not installed: {', '.join(absent)} (make gallery installs them)"
    if not browser():
        return f"no pictures: no browser here ({', '.join(BROWSERS)})"
    return None


def browser() -> str | None:
    """Where the browser is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


async def main(names: list[str]) -> None:
    """Play the scenes and take two pictures of each."""
    from playwright.async_api import async_playwright

    BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(temporary) / "archive.sqlite3"
        async with await Archive.open(archive) as opened:
            await load(opened, ROOT / "data" / "episodes")
        async with async_playwright() as playwright, stage(archive) as played:
            chromium = await playwright.chromium.launch(
                executable_path=browser(), args=FLAGS.split()
            )
            played.env.backend.edit_bot_profile("episode-bot")
            for name in names:
                played.enter(name)
                await picture(chromium, played, name, await SCENES[name](played))
                await played.env.advance_time(60)  # or else Ann asks too often
            await chromium.close()


async def picture(chromium: Any, played: Stage, name: str, card: Card) -> None:
    """Show the channel's last message in both widths."""
    covers = {
        part["media"]["url"]: ("cover.png", cover(part["media"]["url"]))
        for part in card.parts
        if "media" in part
    }
    viewers = [played.moderator if name == "answers" else played.ann]
    async with played.env.preview(played.channel, viewers=viewers, assets=covers) as preview:
        for label, width in WIDTHS.items():
            page = await chromium.new_page(
                viewport={"width": width, "height": _TALL}, device_scale_factor=2, bypass_csp=True
            )
            await page.goto(preview.url)
            await page.add_style_tag(content=_STYLE)
            await page.wait_for_function("window.simcordPreview?.ready === true")
            await page.locator("#focused-content").screenshot(path=BUILT / f"{name}-{label}.png")
            await page.close()


def cover(url: str) -> bytes:
    """A picture that stands for an episode's own, which is not here."""
    from PIL import Image, ImageDraw

    hue = sum(url.encode()) * 37 % 360
    image = Image.new("RGB", (256, 256), f"hsl({hue}, 45%, 35%)")
    draw = ImageDraw.Draw(image)
    for ring in range(4):
        edge = 30 + ring * 28
        draw.ellipse((edge, edge, 256 - edge, 256 - edge), f"hsl({hue}, 45%, {45 + ring * 10}%)")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    if what := missing():
        print(what)
    else:
        asyncio.run(main(sys.argv[1:] or list(SCENES)))
        print(f"{len(sys.argv[1:] or SCENES)} scenes in {BUILT.relative_to(Path.cwd())}")
