"""Measure feeds: ``python -m bench.feeds``.

What polling 100 feeds costs, as a share of one core where it is done every 5 minutes, and how
much memory a feed of 50 MB takes, read alone and loaded into an archive. The feeds are served by
a process of its own, whose work does not count. Of feeds whose episodes have transcripts, which
are to be fetched first, ten are polled and counted tenfold.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

from bot.loading import load
from bot.sources.feed import xml
from bot.sources.feed.element import Feed
from bot.sources.feed.source import FeedSource
from bot.store.archive import Archive

FEEDS, ITEMS, EVERY = 100, 300, 300.0
MEGABYTES = 50
TRANSCRIPT = json.dumps(
    {"segments": [{"speaker": "A", "startTime": n, "body": "word"} for n in range(3600)]}
)
NOTES = "<p>" + "What was talked about, with <a href='https://a.example'>a link</a>. " * 40 + "</p>"

_TASKS = Path("/proc/self/task")


def item(number: int, notes: str = NOTES, more: str = "") -> str:
    return (
        f"<item><title>Episode {number}</title><guid>g{number}</guid>"
        f"<pubDate>Fri, 09 Oct 2020 04:30:{number % 60:02} GMT</pubDate>"
        f'<enclosure url="https://a.example/{number}.mp3" length="1" type="audio/mpeg"/>'
        f"<itunes:duration>1:02:03</itunes:duration>"
        f"<description><![CDATA[{notes}]]></description>{more}</item>\n"
    )


def feed(items: Iterable[str], built: int = 0) -> str:
    return (
        '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        f"<title>Show</title><lastBuildDate>{built}</lastBuildDate>{''.join(items)}"
        "</channel></rss>"
    )


def serve(ready: Connection) -> None:
    """Answer /MODE/NUMBER: ``plain``, ``etag`` (304 where it is as before) or ``new`` each time."""
    items = "".join(item(n) for n in range(ITEMS))
    spoken = "".join(
        item(n, more=f'<podcast:transcript url="/transcript/{n}" type="application/json"/>')
        for n in range(ITEMS)
    )
    built = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal built
        mode = request.match_info["mode"]
        if mode in ("etag", "spoken") and "If-None-Match" in request.headers:
            return web.Response(status=304)
        built += mode == "new"
        if mode == "transcript":
            return web.Response(text=TRANSCRIPT)
        if mode == "large":
            return web.Response(text=feed(item(n) for n in range(large_items())))
        headers = {"ETag": '"1"'} if mode in ("etag", "spoken") else {}
        which = spoken if mode == "spoken" else items
        response = web.Response(text=feed([which], built), headers=headers)
        response.enable_compression()
        return response

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/{mode}/{number}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


async def poll(port: int, folder: Path) -> None:
    print(
        f"{FEEDS} feeds of {ITEMS} episodes, {len(feed(map(item, range(ITEMS)))) / 1e6:.1f} MB each"
    )
    print(f"{'':44}{'CPU s':>8}{'of a core':>12}")
    for mode, told in (
        ("etag", "not changed (304)"),
        ("spoken", "not changed, each with a transcript"),
        ("plain", "sent again, the same bytes"),
        ("new", "sent again, another build date"),
    ):
        sources = [
            FeedSource(
                f"http://127.0.0.1:{port}/{mode}/{n}",
                folder / mode / str(n),
                private_hosts=["127.0.0.1"],
            )
            for n in range(FEEDS if mode != "spoken" else FEEDS // 10)
        ]
        times = FEEDS // len(sources)
        for source in sources:
            await source.refresh()
        started = time.process_time()
        changed = 0
        for source in sources:
            changed += await source.refresh()
        spent = (time.process_time() - started) * times
        print(f"poll: {told:38}{spent:8.2f}{spent / EVERY:12.2%}")
        if changed:
            started = time.process_time()
            for source in sources:
                await asyncio.to_thread(lambda source=source: sum(1 for _ in source.files()))
            spent += (time.process_time() - started) * times
            print(f"      {'and looked through for changes':38}{spent:8.2f}{spent / EVERY:12.2%}")


def large_items() -> int:
    """How many items a feed of so many megabytes has."""
    return MEGABYTES * 2**20 // len(item(0))


def peak_memory(process: str = "self") -> float:
    """The most that a process has held, in MB (``ru_maxrss`` begins with the parent's)."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def memory(path: Path) -> dict[str, float]:
    """Read a feed item by item, and say what it took."""
    before = peak_memory()
    started = time.process_time()
    found = Feed()
    items = sum(1 for _ in xml.items(path, "https://a.example", found))
    return {
        "items": items,
        "broken": len(found.broken),
        "seconds": time.process_time() - started,
        "before_mb": before,
        "peak_mb": peak_memory(),
    }


def watch(most: list[float]) -> None:
    """Note every tenth of a second what this process and those it started hold together, in MB."""
    page = os.sysconf("SC_PAGE_SIZE")
    while True:
        together = 0
        started = [one.read_text(encoding="ascii") for one in _TASKS.glob("*/children")]
        for process in ["self", *" ".join(started).split()]:
            with contextlib.suppress(OSError):  # it has ended
                told = Path(f"/proc/{process}/statm").read_text(encoding="ascii")
                together += int(told.split()[1]) * page
        most.append(together / 2**20)
        time.sleep(0.1)


async def loaded(url: str, folder: Path) -> dict[str, float]:
    """Load a feed into an archive, and say what it took."""
    most: list[float] = []
    threading.Thread(target=watch, args=(most,), daemon=True).start()
    before, started = peak_memory(), time.process_time()
    async with await Archive.open(folder / "archive.sqlite3") as archive:
        source = FeedSource(url, folder / "copy", private_hosts=["127.0.0.1"])
        report = await load(archive, source)
    return {
        "items": report.episodes,
        "seconds": time.process_time() - started,
        "before_mb": before,
        "peak_mb": peak_memory(),
        "together_mb": max(most),
    }


def measured(*arguments: str) -> dict[str, float]:
    """What this program measures in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.feeds", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def large(port: int, folder: Path) -> None:
    print(f"\n{MEGABYTES} MB in one feed{'items':>24}{'CPU s':>8}{'peak MB':>9}{'at start':>10}")
    many = large_items()
    kinds: dict[str, Callable[[], str]] = {
        "well-formed": lambda: feed(item(n) for n in range(many)),
        "broken in its middle": lambda: feed(
            item(n).replace("</title>", "</titel>") if n == many // 2 else item(n)
            for n in range(many)
        ),
        "one item": lambda: feed([item(0, NOTES * (MEGABYTES * 2**20 // len(NOTES)))]),
    }
    for told, make in kinds.items():
        path = folder / "large.xml"
        path.write_text(make(), encoding="utf-8")
        row = measured("--memory", str(path))
        print(
            f"{told:32}{row['items']:10,}{row['seconds']:8.2f}{row['peak_mb']:9.0f}"
            f"{row['before_mb']:10.0f}"
        )
    row = measured("--load", f"http://127.0.0.1:{port}/large/0", str(folder))
    print(
        f"{'fetched and loaded':32}{row['items']:10,}{row['seconds']:8.2f}{row['peak_mb']:9.0f}"
        f"{row['before_mb']:10.0f}"
        f" ({row['together_mb']:.0f} together with the process that parses)"
    )


def main() -> None:
    if "--memory" in sys.argv:
        print(json.dumps(memory(Path(sys.argv[-1]))))
        return
    if "--load" in sys.argv:
        print(json.dumps(asyncio.run(loaded(sys.argv[-2], Path(sys.argv[-1])))))
        return
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            port = here.recv()
            asyncio.run(poll(port, Path(folder)))
            large(port, Path(folder))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
