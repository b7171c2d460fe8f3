"""The picture of questions over time: by the process that draws it, and what can be read in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.telemetry import plot

UNTIL = date(2026, 11, 24)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_every_outcome_is_seen_on_a_ground_of_its_own() -> None:
    days = {UNTIL - timedelta(n): {"answered": n, "closest": 2, "nothing": 1} for n in range(5)}
    png = await plot.draw(days, UNTIL - timedelta(29), UNTIL)
    assert png and len(png) < 100_000
    colours = Image.open(BytesIO(png)).convert("RGBA").getcolors(10**6) or []
    seen: set[Any] = {pixel for _, pixel in colours}
    for colour, _ in plot.SERIES.values():
        assert (*bytes.fromhex(colour[1:]), 255) in seen
    assert {pixel[3] for pixel in seen} == {255}  # nothing shines through


def test_it_can_be_read_in_both_themes() -> None:
    assert contrast(plot._INK, plot._GROUND) > 7
    for colour, _ in plot.SERIES.values():
        assert contrast(colour, plot._GROUND) > 4.5


@pytest.mark.parametrize("days", [1, 7, 90])
def test_any_span(days: int) -> None:
    dates = [UNTIL - timedelta(n) for n in reversed(range(days))]
    png = plot.render(dates, {name: [10**6] * days for name in plot.SERIES})
    assert png.startswith(b"\x89PNG")


async def test_a_picture_that_cannot_be_made(caplog: pytest.LogCaptureFixture) -> None:
    assert await plot.draw({}, UNTIL, UNTIL - timedelta(5)) is None
    assert "could not be drawn: " in caplog.text


def test_the_bot_itself_never_loads_matplotlib() -> None:
    code = "import sys, cogs.stats, bot.client; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
