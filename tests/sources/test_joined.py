from __future__ import annotations

import pickle
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.loading import LoadReport, load
from bot.sources.feed.source import FeedSource
from bot.sources.folder import FolderSource
from bot.sources.joined import JoinedSource
from bot.sources.source import File, Parsed
from bot.store.archive import Archive

from .fetch.server import Server, serving

VTT = """WEBVTT

00:10.000 --> 00:14.000
Welcome to the garden, this is the show about soil.

00:20.000 --> 00:29.000
Thank you, I have been looking forward to this all week.
"""


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with serving() as one:
        yield one


class Counting(FolderSource):
    """Counts what is parsed."""

    parsed = 0

    def parse(self, file: File) -> Parsed:
        Counting.parsed += 1
        return super().parse(file)


def write(folder: Path, number: int, title: str = "Storks") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.md").write_text(
        f"+++\ntitle = '{title}'\nepisodeNumber = {number}\naudioFile = 'show-{number}.mp3'\n"
        "hosts = ['Ina Oak']\nguests = ['Tom Ash']\n+++\n\n## Soil\n\nAbout soil.\n\n"
        '{{< transcript "INA: Welcome to the garden, this is the show about soil." >}}\n'
        "TOM: Thank you, I have been looking forward to this all week.\n"
    )


def item(number: int, length: int = 100, more: str = "") -> str:
    return (
        f"<item><guid>g{number}</guid><title>Feed {number}</title>{more}"
        f"<pubDate>Wed, 01 Jan 2025 06:00:{number:02} GMT</pubDate><itunes:duration>{length}"
        f'</itunes:duration><enclosure url="https://cdn.example/show-{number}.mp3" '
        'type="audio/mpeg" length="5"/></item>'
    )


def serve(server: Server, *items: str) -> None:
    head = (
        '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
        'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Show</title>'
    )
    server.answers["/feed.xml"] = f"{head}{''.join(items)}</channel></rss>".encode()


def source_of(folder: Path, server: Server, *, days: int = 0) -> JoinedSource:
    """The folder and the feed, as they are after some days."""
    (folder / "show").mkdir(exist_ok=True)
    feed = FeedSource(
        server.url("/feed.xml"),
        folder / "cache",
        private_hosts=["127.0.0.1"],
        clock=(lambda: time.time() + days * 86_400) if days else time.time,
    )
    return JoinedSource([Counting(folder / "show"), feed], folder / "signs.json")


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncGenerator[Archive]:
    async with await Archive.open(tmp_path / "a.sqlite3") as opened:
        yield opened


def did(report: LoadReport) -> dict[str, int]:
    names = ("added", "changed", "renamed", "removed", "unchanged", "episodes")
    return {name: figure for name in names if (figure := getattr(report, name))}


async def test_an_episode_of_both_is_one(server: Server, archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "show", 1)
    write(tmp_path / "show", 2, "Only written")
    transcript = f'<podcast:transcript url="{server.url("/1.vtt")}" type="text/vtt"/>'
    server.answers["/1.vtt"] = VTT.encode()
    serve(server, item(3), item(1, more=transcript))
    report = await load(archive, source_of(tmp_path, server))
    assert did(report) == {"added": 3, "episodes": 3}
    assert (report.failed, report.skipped) == ((), ())
    by_title = {entry.title: entry for entry in await archive.catalogue()}
    assert set(by_title) == {"Storks", "Only written", "Feed 3"}
    whole = await archive.episode(by_title["Storks"].id)
    assert whole.audio_url == "https://cdn.example/show-1.mp3"
    assert whole.duration == 100
    assert [(t.speaker, t.seconds, t.exact) for t in whole.turns] == [
        ("Ina Oak", 10.0, True),
        ("Tom Ash", 20.0, True),
    ]


async def test_only_what_changed_is_read_again(
    server: Server, archive: Archive, tmp_path: Path
) -> None:
    for number in (1, 2, 3):
        write(tmp_path / "show", number)
    serve(server, item(1), item(2), item(3))
    await load(archive, source_of(tmp_path, server))
    Counting.parsed = 0
    assert did(await load(archive, source_of(tmp_path, server))) == {"unchanged": 3, "episodes": 3}
    assert Counting.parsed == 0
    serve(server, item(1), item(2, length=200), item(3))
    report = await load(archive, source_of(tmp_path, server))
    assert did(report) == {"changed": 1, "unchanged": 2, "episodes": 3}
    assert Counting.parsed == 1
    write(tmp_path / "show", 3, "Herons")
    assert did(await load(archive, source_of(tmp_path, server))) == {
        "changed": 1,
        "unchanged": 2,
        "episodes": 3,
    }
    (tmp_path / "signs.json").write_text("rubbish")
    assert did(await load(archive, source_of(tmp_path, server))) == {"unchanged": 3, "episodes": 3}


async def test_the_file_comes_after_the_item(
    server: Server, archive: Archive, tmp_path: Path
) -> None:
    """An episode keeps its id when its show notes are written."""
    serve(server, item(1, more="<itunes:episode>1</itunes:episode>"))
    await load(archive, source_of(tmp_path, server))
    [before] = await archive.catalogue()
    write(tmp_path / "show", 1)
    report = await load(archive, source_of(tmp_path, server))
    assert did(report) == {"renamed": 1, "episodes": 1}
    [after] = await archive.catalogue()
    assert (after.id, after.title) == (before.id, "Storks")
    (tmp_path / "show" / "1.md").unlink()
    assert did(await load(archive, source_of(tmp_path, server))) == {"renamed": 1, "episodes": 1}


async def test_a_broken_source_takes_nothing_away(
    server: Server, archive: Archive, tmp_path: Path
) -> None:
    write(tmp_path / "show", 1)
    serve(server, item(1), item(2))
    source = source_of(tmp_path, server)
    await load(archive, source)
    server.answers.clear()
    report = await load(archive, source)
    assert len(report.failed) == 1
    assert did(report) == {"unchanged": 2, "episodes": 2}
    (tmp_path / "show").rename(tmp_path / "away")
    with pytest.raises(SourceError, match="does not exist"):
        await load(archive, source)
    assert len(await archive.catalogue()) == 2


async def test_a_feed_that_was_never_fetched(
    server: Server, archive: Archive, tmp_path: Path
) -> None:
    write(tmp_path / "show", 1)
    source = source_of(tmp_path, server)
    report = await load(archive, source)
    assert did(report) == {"added": 1, "episodes": 1}
    assert len(report.failed) == 2  # it did not answer, and so there is nothing of it
    serve(server, item(1))
    later = source_of(tmp_path, server, days=9)
    assert did(await load(archive, later)) == {"changed": 1, "episodes": 1}


async def test_it_can_be_read_in_another_process(server: Server, tmp_path: Path) -> None:
    write(tmp_path / "show", 1)
    serve(server, item(1))
    source = source_of(tmp_path, server)
    await source.refresh()
    [file] = source.files()
    there = pickle.loads(pickle.dumps(source))
    assert there.parse(file).episode.duration == 100
    assert source.name.endswith("/feed.xml")
    assert source.watched == (tmp_path / "show",)
