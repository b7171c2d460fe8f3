from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.sources.site import Site, page_of, urlized

PUBLISHED = datetime(2017, 4, 5, 18, 34, 59, tzinfo=UTC)
CONFIG = """\
baseURL = "https://show.example/"
title = "The Show"
[params]
episodeHostBaseURL = "https://audio.example/show"
"""


def site(
    folder: Path, config: str = CONFIG, *, name: str = "config.toml", episodes: str = "content/post"
) -> Site:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config, encoding="utf-8")
    (folder / episodes).mkdir(parents=True, exist_ok=True)
    return Site.find(folder / episodes)


def page(
    found: Site, path: str = "episode-1-one.md", title: str = "The Title", **keys: str
) -> str | None:
    return found.page_url(path, title=title, published=PUBLISHED, **keys)


# Where the configuration is, and in what form.


def test_found(tmp_path: Path) -> None:
    assert site(tmp_path) == Site(
        section="post",
        title="The Show",
        base_url="https://show.example/",
        audio_base="https://audio.example/show",
    )


@pytest.mark.parametrize(
    ("name", "config"),
    [
        (
            "hugo.toml",
            '\ufeffbaseurl = "https://show.example"\n[Params]\nEPISODEHOSTBASEURL = "https://a"',
        ),
        ("config/_default/hugo.toml", 'BaseURL = "https://show.example"'),
        ("hugo.yaml", "baseURL: https://show.example\nparams:\n  x: 1\n"),
        ("config.yml", "baseURL: https://show.example\n"),
        ("config.json", '{"baseURL": "https://show.example"}'),
    ],
)
def test_spellings(tmp_path: Path, name: str, config: str) -> None:
    assert page(site(tmp_path, config, name=name)) == "https://show.example/post/episode-1-one/"


def test_next_to_the_episodes_and_above(tmp_path: Path) -> None:
    assert page(site(tmp_path, episodes="post")) == "https://show.example/post/episode-1-one/"
    assert page(site(tmp_path, episodes="a/b/c/d")) == "https://show.example/a/b/c/d/episode-1-one/"
    assert page(site(tmp_path / "in", episodes="")) == "https://show.example/episode-1-one/"
    assert Site.find(tmp_path / "a/b/c/d") != Site()
    (tmp_path / "a/b/c/d/e").mkdir()
    assert Site.find(tmp_path / "a/b/c/d/e") == Site()


def test_another_content_folder(tmp_path: Path) -> None:
    found = site(tmp_path, 'contentDir = "pages"\n' + CONFIG, episodes="pages/show/2017")
    assert found.section == "show/2017"
    assert page(found) == "https://show.example/show/2017/episode-1-one/"


@pytest.mark.parametrize("base", ["/", "", "show.example"])
def test_without_the_address_of_the_site(tmp_path: Path, base: str) -> None:
    found = site(tmp_path, f'baseURL = "{base}"')
    assert page(found) is None
    assert page(found, url="https://x.example/y") is None
    assert found.absolute("/x.png") == "/x.png"
    assert page(Site()) is None


@pytest.mark.parametrize(
    ("name", "config", "line"),
    [
        ("config.toml", '\nbaseURL = "https\n', 2),
        ("config.yaml", "a: b\nbaseURL: [x\n", 3),
        ("config.json", '{\n"a" 1}', 2),
        ("config.yaml", "a: \x01", 1),
    ],
)
def test_mistakes(tmp_path: Path, name: str, config: str, line: int) -> None:
    with pytest.raises(SourceError) as caught:
        site(tmp_path, config, name=name)
    assert (caught.value.path, caught.value.line) == (str(tmp_path / name), line)
    assert caught.value.reason.startswith("the site's configuration cannot be read: ")


def test_no_table(tmp_path: Path) -> None:
    assert site(tmp_path, "- a\n", name="config.yaml") == Site(section="post")
    assert site(tmp_path, "params: 1\npermalinks: x\n", name="hugo.yaml") == Site(section="post")


# Addresses of pages.


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("episode-1-one.md", "episode-1-one"),
        ("episode-1-one/index.md", "episode-1-one"),
        ("Episode-1-One/index.md", "episode-1-one"),
        ("2017/Episode 1  one.md", "2017/episode-1-one"),
        ("sanity.io.md", "sanity.io"),
        ("it's & that.md", "its-that"),
        ("Pokémon.md", "pok%C3%A9mon"),
        ("index.md", ""),
    ],
)
def test_pages(tmp_path: Path, path: str, end: str) -> None:
    assert page(site(tmp_path), path) == f"https://show.example/post/{end}".rstrip("/") + "/"


def test_keys_of_the_front_matter(tmp_path: Path) -> None:
    found = site(tmp_path)
    assert page(found, slug="The Slug") == "https://show.example/post/the-slug/"
    assert page(found, "a/b/index.md", slug="c") == "https://show.example/post/a/c/"
    assert page(found, url="/x/y.html") == "https://show.example/x/y.html"
    assert page(found, url="x/y") == "https://show.example/x/y"
    assert page(found, url="https://x.example/y", slug="z") == "https://x.example/y"


@pytest.mark.parametrize(
    ("pattern", "slug", "end"),
    [
        ("/:year/:month/:day/:title/", None, "2017/04/05/the-title/"),
        ("/:slug", None, "the-title"),
        ("/:slug/", "A/B", "a-b/"),
        ("/:slugorfilename/", None, "episode-1-one/"),
        ("/:slugorcontentbasename/", "s", "s/"),
        ("/:filename/:contentbasename", "s", "episode-1-one/episode-1-one"),
        ("/:section/:sections/:yearday", None, "post/post/95"),
        ("/x/:monthname/:unknown/", None, "x/april/unknown/"),
    ],
)
def test_permalinks(tmp_path: Path, pattern: str, slug: str | None, end: str) -> None:
    config = f'{CONFIG}[permalinks]\npost = "{pattern}"\nother = "/no/"\n'
    found = site(tmp_path, config)
    url = found.page_url("episode-1-one.md", title="The Title", published=PUBLISHED, slug=slug)
    assert url == f"https://show.example/{end}"


def test_permalinks_by_kind(tmp_path: Path) -> None:
    found = site(tmp_path, f'{CONFIG}[permalinks.page]\nPost = "/:filename/"\n')
    assert page(found) == "https://show.example/episode-1-one/"
    assert page(found, "deep/er/index.md") == "https://show.example/er/"


def test_undated_permalink(tmp_path: Path) -> None:
    found = site(tmp_path, f'{CONFIG}[permalinks]\npost = "/:year/:title/"\n')
    assert found.page_url("a.md", title="T", published=None) == "https://show.example/year/t/"


def test_paths() -> None:
    assert page_of("a/b/index.md") == ("a", "b")
    assert page_of("a/b.c.md") == ("a", "b.c")
    assert page_of("index.md") == ("", "index")
    assert urlized(" A  b--c/D.e!? ") == "a-b-c/d.e"


# Other addresses.


@pytest.mark.parametrize(
    ("file", "url"),
    [
        (None, None),
        ("", ""),
        ("one.mp3", "https://audio.example/show/one.mp3"),
        ("/2017/one two.mp3", "https://audio.example/show/2017/one%20two.mp3"),
        ("https://x.example/one.mp3", "https://x.example/one.mp3"),
        ("[x.mp3", "https://audio.example/show/%5Bx.mp3"),
    ],
)
def test_audio(tmp_path: Path, file: str | None, url: str | None) -> None:
    assert site(tmp_path).audio_url(file) == url


def test_audio_without_a_host_of_its_own() -> None:
    found = Site(base_url="https://show.example")
    assert found.audio_url("/audio/one.mp3") == "https://show.example/audio/one.mp3"
    assert found.audio_url("one.mp3") is None
    assert Site().audio_url("/one.mp3") is None


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("/a", "https://show.example/a"),
        ("a", "https://show.example/a"),
        ("", "https://show.example/"),
        ("#a", "#a"),
        ("//x.example/a", "//x.example/a"),
        ("mailto:a@b", "mailto:a@b"),
        ("http://x", "http://x"),
        ("//[", "//["),
    ],
)
def test_absolute(url: str, absolute: str) -> None:
    assert Site(base_url="https://show.example/").absolute(url) == absolute
