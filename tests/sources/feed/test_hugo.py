"""The reference archive as Hugo's own RSS template renders it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.episode import Episode
from bot.sources.feed import item
from bot.sources.folder import FolderSource
from tests.sources.feed import hugo
from tests.sources.feed.reading import elements

BASE = "https://www.gcppodcast.com"


@pytest.fixture(scope="module")
def posts(shared: Path) -> list[Episode]:
    source = FolderSource(shared / "archive" / "post")
    return [source.parse(file).episode for file in source.files()]


def test_every_post_field_by_field(tmp_path: Path, posts: list[Episode]) -> None:
    found, feed, show = elements(tmp_path, hugo.feed("Google Cloud Platform Podcast", BASE, posts))
    assert (feed.broken, feed.whole) == ([], True)
    assert (show.title, show.link, show.language) == (
        "Google Cloud Platform Podcast",
        f"{BASE}/",
        "en-us",
    )
    assert len(found) == len(posts) == 329
    paths: set[str] = set()
    for element, post in zip(found, posts, strict=True):
        one, problems = item.parse(element, show, f"{BASE}/index.xml")
        assert problems == ()
        assert one.title == post.title
        assert one.path == one.guid == one.url == post.url
        assert one.slug == post.slug
        assert one.published == post.published
        # What the summary says is there once, as a description where it is short.
        said = one.blurb or ""
        assert "".join(said.split()) == "".join((post.summary or "").split())
        assert (one.hosts, one.audio_url, one.duration, one.number) == ((), None, None, None)
        paths.add(one.path)
    assert len(paths) == 329
