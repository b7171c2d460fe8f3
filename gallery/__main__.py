"""Picture every card: ``python -m gallery [--docs] [SCENE ...]``, into ``build/gallery/``.

The bot runs on the sample show in a simulated Discord, whose preview Chromium takes pictures of,
at the width of a desktop and of a phone. Where either is missing, it says so and that is all.
With ``--docs`` it renews the pictures of the documentation.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import io
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.loading import load
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from gallery.news import SHOW
from gallery.scenes import SCENES
from tests.cogs.stage import Stage, open_stage

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "build" / "gallery"
FOR_MODERATORS = ("announcements", "answers", "log", "preview", "setup", "stats", "why")
DOCUMENTED = (
    *("ask", "no-answer", "understood", "candidates", "context", "message"),
    *("quote", "quote-later", "episode", "section", "latest", "random", "browse", "person"),
    *("following", "followed", "forget", "help"),
    *("setup", "preview", "announced", "announcements", "why", "answers", "stats"),
)
WIDTHS = {"desktop": 800, "phone": 390}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync"
)
_NEEDED = ("playwright", "PIL", "aiohttp", "markdown_it", "linkify_it", "regex", "av")
_TALL = 4000  # pixels, more than any card
_SHARP = 2  # pixels of a picture to one of the page
_PICTURE = re.compile(r"https://[^\s'\"]+/images/[^\s'\"]+")  # of the sample show's episodes
# Only the message, without the preview's own tools.
_STYLE = ".preview-toolbar, .messages-sidebar { display: none !important }"


def missing() -> str | None:
    """What is not here that pictures need, in one line."""
    if absent := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        return f"no pictures: {', '.join(absent)} not installed (make gallery tries to)"
    if not browser():
        return f"no pictures: no browser here ({', '.join(BROWSERS)})"
    return None


def browser() -> str | None:
    """Where the browser is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


async def play(names: Sequence[str]) -> None:
    """Play the scenes and take two pictures of each."""
    from playwright.async_api import async_playwright  # pyright: ignore[reportMissingImports]

    with tempfile.TemporaryDirectory() as temporary:
        loaded = Path(temporary) / "archive.sqlite3"
        async with await Archive.open(loaded) as archive:
            await load(archive, FolderSource(SHOW / "episodes"))
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=browser(), args=FLAGS.split()
            )
            for name in names:
                own = Path(temporary) / name  # what happens in one scene is no news in another
                own.mkdir()
                async with open_stage(Path(shutil.copy(loaded, own))) as stage:
                    stage.env.backend.edit_bot_profile("episode-bot")
                    await SCENES[name](stage)
                    await picture(chromium, stage, name)
            await chromium.close()


async def picture(chromium: Any, stage: Stage, name: str) -> None:
    """Show the channel's last message in both widths."""
    pictures = _PICTURE.findall(str(stage.env.backend.messages[stage.channel.id]))
    covers = {url: ("cover.png", cover(url)) for url in pictures}
    member = stage.moderator if name in FOR_MODERATORS else stage.ann
    viewers = [member if stage.channel.guild else member.user]
    async with stage.env.preview(stage.channel, viewers=viewers, assets=covers) as preview:
        for label, width in WIDTHS.items():
            page = await chromium.new_page(
                viewport={"width": width, "height": _TALL},
                device_scale_factor=_SHARP,
                bypass_csp=True,
            )
            await page.goto(preview.url)
            await page.add_style_tag(content=_STYLE)
            await page.wait_for_function("window.simcordPreview?.ready === true")
            await page.locator("#focused-content").screenshot(path=BUILT / f"{name}-{label}.png")
            await page.close()


def cover(url: str) -> bytes:
    """A picture that stands for an episode's own, which is not here."""
    from PIL import Image, ImageDraw  # pyright: ignore[reportMissingImports]

    hue = sum(url.encode()) * 37 % 360
    image = Image.new("RGB", (256, 256), f"hsl({hue}, 45%, 35%)")
    draw = ImageDraw.Draw(image)
    for ring in range(4):
        edge = 30 + ring * 28
        draw.ellipse((edge, edge, 256 - edge, 256 - edge), f"hsl({hue}, 45%, {45 + ring * 10}%)")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def document(name: str) -> None:
    """Put a picture into the documentation: without the empty space beside it, and small."""
    from PIL import Image  # pyright: ignore[reportMissingImports]

    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    image = Image.open(BUILT / f"{name}-desktop.png").convert("RGB")
    image = image.crop((0, 0, 690 * _SHARP, image.height)).quantize(96)
    image.save(folder / f"{name}.png", optimize=True)


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="gallery", description="Picture every card.")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--docs", action="store_true", help="those of the documentation")
    asked = parser.parse_args()
    if unknown := set(asked.scenes) - set(SCENES):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}; see --help")
    if what := missing():
        print(what)
        return
    names = asked.scenes or (DOCUMENTED if asked.docs else list(SCENES))
    BUILT.mkdir(parents=True, exist_ok=True)
    asyncio.run(play(names))
    if asked.docs:
        for name in names:
            document(name)
    print(f"{len(names)} scenes in {BUILT}")


if __name__ == "__main__":
    main()
