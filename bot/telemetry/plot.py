"""Drawing questions over time, as a PNG.

matplotlib draws best of what there is and takes up some 70 MB, so that it is loaded only by a
process that ends with the picture: this file, run as a script. The picture brings its own dark
ground, so that it can be read on a dark and on a light Discord.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

log = logging.getLogger(__name__)

_PATIENCE = 20.0  # seconds for a picture
_GROUND, _INK, _LINES = "#2b2d31", "#dbdee1", "#4e5058"
# From Okabe and Ito's palette, which also the colour-blind tell apart.
SERIES = {
    "answered": ("#56b4e9", "answered"),
    "closest": ("#e69f00", "nearest only"),
    "nothing": ("#cc79a7", "nothing"),
}
_INCHES, _DPI = (4.8, 2.3), 210

Days = Mapping[date, Mapping[str, int]]

_turn = asyncio.Lock()  # one picture at a time: each needs its memory


async def draw(days: Days, since: date, until: date) -> bytes | None:
    """A bar for each day, stacked by outcome; None where no picture could be made.

    Args:
        days: How many questions had which outcome; days without any may be missing.
        since: The first day.
        until: The last day.
    """
    dates = [since + timedelta(n) for n in range((until - since).days + 1)]
    series = {name: [days.get(day, {}).get(name, 0) for day in dates] for name in SERIES}
    wanted = {"dates": [day.isoformat() for day in dates], "series": series}
    async with _turn:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", __file__),  # -P: what stands beside this file is no module
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                picture, complaint = await process.communicate(json.dumps(wanted).encode())
        except TimeoutError:
            picture, complaint = b"", b"it took too long"
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0 and picture:
        return picture
    last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    log.error("the questions could not be drawn: %s", last)
    return None


def render(dates: Sequence[date], series: Mapping[str, Sequence[int]]) -> bytes:
    """Draw, in this process."""
    from matplotlib.dates import AutoDateLocator, DateFormatter
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure: Any = Figure(_INCHES, dpi=_DPI, facecolor=_GROUND, layout="constrained")
    axes = figure.add_subplot(facecolor=_GROUND)
    floor = [0] * len(dates)
    for name, counts in series.items():
        colour, label = SERIES[name]
        axes.bar(dates, counts, bottom=floor, color=colour, label=label, width=0.85)
        floor = [below + count for below, count in zip(floor, counts, strict=True)]
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
    axes.xaxis.set_major_formatter(DateFormatter("%d %b"))
    midnight, edge = time(), timedelta(hours=14)
    axes.set_xlim(
        datetime.combine(dates[0], midnight) - edge, datetime.combine(dates[-1], midnight) + edge
    )
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_ylim(0, max(*floor, 4) * 1.05)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=_LINES, linewidth=0.6)
    axes.tick_params(colors=_INK, length=0, labelsize=9)
    axes.tick_params(axis="x", pad=7)  # away from the 0 of the other
    axes.spines[:].set_visible(False)
    figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=_INK, fontsize=9)
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def main() -> None:
    """Read from standard input what to draw, and write the picture to standard output."""
    wanted: dict[str, Any] = json.load(sys.stdin)
    dates = [date.fromisoformat(day) for day in wanted["dates"]]
    sys.stdout.buffer.write(render(dates, wanted["series"]))


if __name__ == "__main__":
    main()
