"""A feed as a source: over the network into a folder, and from there into episodes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import SourceError
from bot.sources.feed.source import FeedSource
from tests.sources.feed.reading import rss
from tests.sources.fetch.server import Server
from tests.sources.fetch.test_client import Clock

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello there.\n"
SRT = b"1\n00:00:05,000 --> 00:00:06,000\nBob: Good evening.\n"
CHAPTERS = b'{"version": "1.2.0", "chapters": [{"startTime": 1, "title": "Start"}]}'


def of(folder: Path, server: Server, clock: Clock | None = None) -> FeedSource:
    return FeedSource(
        server.url("/feed.xml"),
        folder / "cache",
        private_hosts=["127.0.0.1"],
        clock=clock or Clock(),
    )


def item(number: int, inner: str = "") -> str:
    return f"<title>Number {number}</title><guid>g{number}</guid>{inner}"


def transcript(*paths: str) -> str:
    return "".join(f'<podcast:transcript url="{path}"/>' for path in paths)


def titles(source: FeedSource) -> list[str]:
    return [source.parse(file).episode.title for file in source.files()]


def hashes(source: FeedSource) -> dict[str, bytes]:
    return {file.path: file.hash for file in source.files()}


async def test_items_with_all_that_belongs_to_them(tmp_path: Path, server: Server) -> None:
    server.answers |= {
        "/feed.xml": rss(
            item(2, transcript("/2.srt", "/2.vtt") + '<podcast:chapters url="/2.json"/>'), item(1)
        ).encode(),
        "/2.vtt": VTT,
        "/2.srt": SRT,
        "/2.json": CHAPTERS,
    }
    source = of(tmp_path, server)
    assert await source.refresh()
    source = pickle.loads(pickle.dumps(source))
    (second, problems), first = [source.parse(file) for file in source.files()]
    assert (second.path, second.guid, second.title) == ("g2", "g2", "Number 2")
    assert [(turn.seconds, turn.label) for turn in second.turns] == [(1.0, "Ann")]
    assert [(part.heading, part.seconds) for part in second.sections] == [("Start", 1.0)]
    assert problems == first.problems == ()
    assert source.unreadable == []
    assert source.show().title == "Show"
    assert sorted(server.paths) == ["/2.json", "/2.vtt", "/feed.xml"]  # the best one alone


async def test_nothing_is_fetched_twice(tmp_path: Path, server: Server) -> None:
    clock = Clock()
    server.answers |= {"/feed.xml": rss(item(1, transcript("/1.vtt"))).encode(), "/1.vtt": VTT}
    source = of(tmp_path, server, clock)
    assert await source.refresh()
    before = hashes(source)
    server.asked.clear()
    assert not await source.refresh()
    assert server.paths == ["/feed.xml"]
    assert await of(tmp_path, server, clock).refresh()  # what another process saw, nobody knows
    assert hashes(source) == before
    # Long after, the transcript is asked for once more: it may have been corrected.
    clock.now += 86_401
    server.answers["/1.vtt"] = VTT.replace(b"there", b"you")
    assert await source.refresh()
    assert hashes(source) != before
    assert server.paths[-1] == "/1.vtt"


async def test_what_stays_the_same_is_asked_for_ever_more_rarely(
    tmp_path: Path, server: Server
) -> None:
    clock = Clock()
    server.answers |= {"/feed.xml": rss(item(1, transcript("/1.vtt"))).encode(), "/1.vtt": VTT}
    source = of(tmp_path, server, clock)
    for _ in range(100):
        await source.refresh()
        clock.now += 86_400
    assert server.paths.count("/1.vtt") <= 9


async def test_new_items_change_no_others(tmp_path: Path, server: Server) -> None:
    server.answers["/feed.xml"] = rss(item(1)).encode()
    source = of(tmp_path, server)
    await source.refresh()
    before = hashes(source)
    server.answers["/feed.xml"] = rss(item(2, "<link>\n</link>"), item(1)).encode()
    assert await source.refresh()
    assert hashes(source)["g1"] == before["g1"]
    assert list(hashes(source)) == ["g2", "g1"]


async def test_the_whole_back_catalogue(tmp_path: Path, server: Server) -> None:
    def page(number: int, *links: str) -> bytes:
        inner = "".join(
            f'<atom:link rel="{rel}" href="{to}"/>' for rel, to in map(str.split, links)
        )
        return rss(item(number), item(number - 1), channel=f"<title>S</title>{inner}").encode()

    server.answers |= {
        "/feed.xml": page(9, "next ?page=2"),
        "/feed.xml?page=2": page(8, "next ?page=3"),
        "/feed.xml?page=3": page(7, "prev-archive /old.xml", "next ?page=4"),
        "/old.xml": page(6, "prev-archive /feed.xml"),  # leads back
    }
    source = of(tmp_path, server)
    await source.refresh()
    assert list(hashes(source)) == ["g9", "g8", "g7", "g6", "g5"]
    assert server.paths == ["/feed.xml", "/feed.xml?page=2", "/feed.xml?page=3", "/old.xml"]
    server.asked.clear()
    assert not await source.refresh()
    assert server.paths == ["/feed.xml"]
    server.answers["/old.xml"] = web.Response(status=500)  # what is there stays
    server.answers["/feed.xml"] = page(10, "next ?page=2")
    assert await source.refresh()
    assert list(hashes(source)) == ["g10", "g9", "g8", "g7", "g6", "g5"]


async def test_what_newer_items_push_out_stays(tmp_path: Path, server: Server) -> None:
    server.answers["/1.vtt"] = VTT

    async def now(*numbers: int) -> list[str]:
        inner = [item(n, transcript(f"/{n}.vtt") if n == 1 else "") for n in numbers]
        server.answers["/feed.xml"] = rss(*inner).encode()
        await source.refresh()
        return list(hashes(source))

    source = of(tmp_path, server)
    assert await now(3, 2, 1) == ["g3", "g2", "g1"]
    assert await now(4, 3, 2) == ["g4", "g3", "g2", "g1"]
    assert await now(6, 5, 4) == ["g6", "g5", "g4", "g1", "g3", "g2"]
    [first] = [source.parse(file).episode for file in source.files() if file.path == "g1"]
    assert (first.title, first.turns[0].label) == ("Number 1", "Ann")
    # What leaves the middle, or without anything new, was taken back.
    assert await now(7, 6, 4) == ["g7", "g6", "g4", "g1", "g3", "g2"]
    assert await now(7, 6) == ["g7", "g6", "g1", "g3", "g2"]
    # What is listed again is read from the feed.
    assert await now(7, 6, 3) == ["g7", "g6", "g3", "g1", "g2"]
    (tmp_path / "cache" / "attic.json").write_text('{"items": [1, []]}', encoding="utf-8")
    assert list(hashes(source)) == ["g7", "g6", "g3"]


async def test_pages_without_end(tmp_path: Path, server: Server) -> None:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.query.get("page", "1"))
        link = f'<atom:link rel="next" href="?page={number + 1}"/>'
        return web.Response(text=rss(item(number), channel=f"<title>S</title>{link}"))

    server.answers["/feed.xml"] = answer
    source = of(tmp_path, server)
    await source.refresh()
    assert len(hashes(source)) == len(server.asked) == 200


async def test_a_json_transcript_without_speakers_yields_to_one_with(
    tmp_path: Path, server: Server
) -> None:
    server.answers |= {
        "/feed.xml": rss(item(1, transcript("/1.json", "/1.vtt"))).encode(),
        "/1.json": b'{"segments": [{"startTime": 9, "body": "Hello there."}]}',
        "/1.vtt": VTT,
    }
    source = of(tmp_path, server)
    await source.refresh()
    [file] = source.files()
    assert source.parse(file).episode.turns[0].label == "Ann"


async def test_the_next_best_where_the_best_cannot_be_had(tmp_path: Path, server: Server) -> None:
    clock = Clock()
    server.answers |= {"/feed.xml": rss(item(1, transcript("/1.vtt", "/1.srt"))).encode()}
    source = of(tmp_path, server, clock)
    await source.refresh()
    [file] = source.files()
    found = source.parse(file)
    assert found.episode.turns == ()
    assert "the transcript http://127.0.0.1" in found.problems[0].message
    assert "could not be fetched so far" in found.problems[0].message
    clock.now += 3600
    server.answers["/1.srt"] = SRT
    assert await source.refresh()
    [file] = source.files()
    found = source.parse(file)
    assert (found.problems, found.episode.turns[0].label) == ((), "Bob")


async def test_transcripts_that_take_too_long_wait_for_the_next_time(
    tmp_path: Path, server: Server
) -> None:
    clock = Clock()

    async def answer(_: web.Request) -> web.Response:
        clock.now += 400
        return web.Response(body=VTT)

    inner = [item(n, transcript(f"/{n}.vtt")) for n in range(9)]
    server.answers |= {"/feed.xml": rss(*inner).encode()}
    server.answers |= {f"/{n}.vtt": answer for n in range(9)}
    source = of(tmp_path, server, clock)
    asked: list[int] = []
    while True:
        server.asked.clear()
        await source.refresh()
        if server.paths == ["/feed.xml"]:
            break
        asked.append(len(server.asked) - 1)
    assert sum(asked) == 9
    assert max(asked) < 9


async def test_what_is_no_feed_replaces_nothing(tmp_path: Path, server: Server) -> None:
    server.answers["/feed.xml"] = rss(item(1), item(2)).encode()
    clock = Clock()
    source = of(tmp_path, server, clock)
    await source.refresh()
    for bad in (b"<html></html>", b"", rss(item(3), item(2)).encode()[:-80], b"\x00\x01"):
        server.answers["/feed.xml"] = bad
        clock.now += 86_400
        with pytest.raises(SourceError, match=r"^http://127\.0\.0\.1:\d+/feed\.xml:\d+: "):
            await source.refresh()
        assert titles(source) == ["Number 1", "Number 2"]
    server.answers["/feed.xml"] = rss(item(3)).encode()
    clock.now += 86_400
    assert await source.refresh()
    assert titles(source) == ["Number 3"]


async def test_a_feed_that_was_never_fetched(tmp_path: Path, server: Server) -> None:
    source = of(tmp_path, server)
    with pytest.raises(SourceError, match="HTTP 404"):
        await source.refresh()
    with pytest.raises(SourceError, match="was not fetched yet"):
        list(source.files())


async def test_a_damaged_folder_is_fetched_anew(tmp_path: Path, server: Server) -> None:
    server.answers |= {"/feed.xml": rss(item(1, transcript("/1.vtt"))).encode(), "/1.vtt": VTT}
    source = of(tmp_path, server)
    await source.refresh()
    before = hashes(source)
    for damage in ("{}", "[]", '{"pages": {"x": 1}}', ""):
        (tmp_path / "cache" / "feed.json").write_text(damage, encoding="utf-8")
        await source.refresh()
        assert hashes(source) == before
    for body in (tmp_path / "cache").glob("*.body"):
        body.unlink()
    assert await source.refresh()
    assert hashes(source) == before


async def test_broken_items_keep_their_place(tmp_path: Path, server: Server) -> None:
    server.answers["/feed.xml"] = rss(item(1, "<link></x></link>"), item(2)).encode()
    source = of(tmp_path, server)
    await source.refresh()
    assert list(hashes(source)) == ["g2"]
    [error] = source.unreadable
    assert error.path == "g1"
    assert "not well-formed" in error.reason
    assert server.url("/feed.xml") in error.reason


async def test_twins_are_told(tmp_path: Path, server: Server) -> None:
    server.answers["/feed.xml"] = rss(item(1), item(1), item(2)).encode()
    source = of(tmp_path, server)
    await source.refresh()
    assert list(hashes(source)) == ["g1", "g2"]
    [error] = source.unreadable
    assert (error.path, error.line) == ("g1", 4)
    assert error.reason.startswith("another item has this guid, too")


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("", encoding="utf-8")
    source = FeedSource("https://a.example", tmp_path / "cache" / "deeper")
    with pytest.raises(SourceError, match="check its rights"):
        await source.refresh()
