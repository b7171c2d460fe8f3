from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.episode import Episode, Link, Note, Problem, Section, Sound, Turn
from bot.errors import NotAnEpisodeError, SourceError
from bot.sources import hugo
from bot.sources.site import Site
from bot.sources.source import Parsed

SITE = Site(section="post", base_url="https://show.example", audio_base="https://audio.example")

WHOLE = """\
+++
audioDuration = "00:01:40"
audioFile = "one.mp3"
audioSize = 1234
categories = ["A", "", " B  C ", "A"]
date = "2017-04-05T11:34:59-07:00"
description = " What  it is about. "
draft = false
episodeNumber = 1
hosts = ["Ina Albrecht", "Tom Oak"]
title = "Storks with  Bo Wren"
image="/one.png"
linked = true
redditLink = "https://reddit.example/1"
googlePlusLink = ""
[[resources]]
src = "x"
day = 2017-04-05
+++

Hello [Bo](/post/episode-2-two/).

<!--more-->

##### About Bo Wren

Bo is a biologist.

{{< transcript "INA: Hi, I'm Ina." >}}
TOM: Yes. [LAUGHS]

BO: So.
{{< /transcript >}}
"""


def parse(text: str | bytes, path: str = "episode-1-one.md") -> Parsed:
    return hugo.parse(text if isinstance(text, bytes) else text.encode(), path, SITE)


def keys(front: str, path: str = "episode-1-one.md") -> Parsed:
    return parse(f"+++\n{front}\n+++\n", path)


def episode(front: str, path: str = "episode-1-one.md") -> Episode:
    return keys(front, path).episode


def test_whole_episode() -> None:
    parsed = parse(WHOLE)
    assert parsed.problems == ()
    assert parsed.episode == Episode(
        path="episode-1-one.md",
        slug="episode-1-one",
        title="Storks with Bo Wren",
        number=1,
        published=datetime(2017, 4, 5, 18, 34, 59, tzinfo=UTC),
        date_only=False,
        draft=False,
        linked=True,
        description="What it is about.",
        summary="Hello Bo.",
        duration=100,
        audio_size=1234,
        audio_file="one.mp3",
        audio_url="https://audio.example/one.mp3",
        url="https://show.example/post/episode-1-one/",
        image="https://show.example/one.png",
        hosts=("Ina Albrecht", "Tom Oak"),
        guests=("Bo Wren",),
        categories=("A", "B C"),
        links={"redditLink": "https://reddit.example/1"},
        extra={"resources": [{"src": "x", "day": "2017-04-05"}]},
        sections=(
            Section(
                "",
                0,
                (
                    Note(
                        "Hello Bo.",
                        (
                            Link(
                                "https://show.example/post/episode-2-two/",
                                "Bo",
                                "Bo",
                                "episode-2-two",
                            ),
                        ),
                    ),
                ),
            ),
            Section("About Bo Wren", 5, (Note("Bo is a biologist."),)),
        ),
        turns=(
            Turn("INA", "Hi, I'm Ina.", (), False, "Ina Albrecht", 0.0),
            Turn("TOM", "Yes.", (Sound(4, "LAUGHS"),), False, "Tom Oak", 60.0),
            Turn("BO", "So.", (), False, "Bo Wren", 80.0),
        ),
    )


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines(newline: str) -> None:
    assert parse(WHOLE.replace("\n", newline)) == parse(WHOLE)


def test_byte_order_mark() -> None:
    assert parse(b"\xef\xbb\xbf" + WHOLE.encode()) == parse(WHOLE)


def test_the_same_in_yaml_and_json() -> None:
    toml = episode('title = "One"\nepisodeNumber = 1\nhosts = ["A B"]\ndate = 2024-05-31')
    yaml = "---\ntitle: One\nepisodenumber: 1\nHosts:\n- A B\ndate: 2024-05-31\n---\n"
    json = '{"title": "One", "episodeNumber": "1", "hosts": ["A B"], "date": "2024-05-31"}\n'
    assert parse(yaml).episode == toml
    assert parse(json).episode == toml


def test_the_least_there_can_be() -> None:
    parsed = keys("episodeNumber = 1")
    assert parsed.episode == Episode(
        path="episode-1-one.md",
        slug="episode-1-one",
        title="Episode 1 one",
        number=1,
        url="https://show.example/post/episode-1-one/",
    )
    message = "has no title; it is called 'Episode 1 one' until it gets one"
    assert parsed.problems == (Problem("episode-1-one.md", 1, message),)


# What is an episode at all.


@pytest.mark.parametrize(
    "path", ["about.md", "search/index.md", "2024-05-31-news.md", "episodes.md"]
)
def test_pages_are_no_episodes(path: str) -> None:
    with pytest.raises(NotAnEpisodeError) as caught:
        keys('title = "About"\ndate = "2024-05-31"', path)
    assert (caught.value.path, caught.value.line) == (path, 1)


@pytest.mark.parametrize(
    "text",
    [
        "+++\nepisodeNumber = 1\n+++\n",
        '+++\nepisodeNumber = "soon"\n+++\n',
        '+++\naudioFile = "a.mp3"\n+++\n',
        "+++\n+++\n{{< transcript >}}",
    ],
)
def test_one_sign_makes_an_episode(text: str) -> None:
    assert parse(text, "about.md").episode.path == "about.md"


# Numbers and slugs.


@pytest.mark.parametrize(
    ("path", "front", "number", "slug"),
    [
        ("episode-7-x.md", "", 7, "episode-7-x"),
        ("Episode-7 X/index.md", "", 7, "episode-7-x"),
        ("ep_007.md", "", 7, "ep_007"),
        ("show12.md", "", 12, "show12"),
        ("12-x.md", 'audioFile = "a"', 12, "12-x"),
        ("2024-05-31-x.md", 'audioFile = "a"', None, "2024-05-31-x"),
        ("trailer.md", 'audioFile = "a"', None, "trailer"),
        ("episode-7-x.md", "episodeNumber = 8", 8, "episode-7-x"),
        ("episode-7-x.md", 'episodeNumber = " #8 "', 8, "episode-7-x"),
        ("episode-7-x.md", "episodeNumber = 8.0", 8, "episode-7-x"),
        ("episode-7-x.md", "episodeNumber = 0", 0, "episode-7-x"),
        ("episode-7-x.md", 'slug = "The Seventh"', 7, "the-seventh"),
        ("2017/episode-7.x.md", "", 7, "episode-7.x"),
        ("index.md", "episodeNumber = 1", 1, "index"),
    ],
)
def test_number_and_slug(path: str, front: str, number: int | None, slug: str) -> None:
    found = keys(f'title = "T"\n{front}', path)
    assert (found.episode.number, found.episode.slug) == (number, slug)
    assert found.problems == ()


def test_the_page_is_found_by_its_slug() -> None:
    found = episode('title = "T"\naudioFile = "a"', "It's  Ünique!/index.md")
    assert found.url is not None
    assert SITE.slug_of(found.url, found.url) == found.slug == "its-ünique"


# Values of odd forms.


@pytest.mark.parametrize(
    ("front", "field", "value"),
    [
        ("title = 404", "title", "404"),
        ('description = ""', "description", None),
        ('audioSize = "1,234"', "audio_size", 1234),
        ("audioSize = 0", "audio_size", None),
        ("audioSize = 12.7", "audio_size", 12),
        ("audioDuration = 00:33:08", "duration", 1988),
        ('audioDuration = "00:00:00"', "duration", None),
        ("date = 2024-05-31T06:00:00+02:00", "published", datetime(2024, 5, 31, 4, tzinfo=UTC)),
        ("date = 2024-05-31", "date_only", True),
        (
            'date = "2024-05-31"\npublishDate = "2024-06-01"',
            "published",
            datetime(2024, 6, 1, tzinfo=UTC),
        ),
        ('draft = "True"', "draft", True),
        ('draft = ""', "draft", False),
        (
            'hosts = "Ina Albrecht, Tom Oak and Jo Li"',
            "hosts",
            ("Ina Albrecht", "Tom Oak", "Jo Li"),
        ),
        ('hosts = "Ina Albrecht"', "hosts", ("Ina Albrecht",)),
        ("hosts = []", "hosts", ()),
        ('guests = "Bo Wren & Ina Oak"', "guests", ("Bo Wren", "Ina Oak")),
        ('hosts = ["A B"]\nguests = ["A B", "C D", "C D"]', "guests", ("C D",)),
        ('categories = "One, Two"', "categories", ("One, Two",)),
        ("categories = [2016, 1.5]", "categories", ("2016", "1.5")),
        ('featured_image = "x.png"', "image", "https://show.example/x.png"),
        ("EPISODEnumber = 9", "number", 9),
        ('url = "/x/"', "url", "https://show.example/x/"),
        ('xLink = " https://x.example "\nyLink = 5', "links", {"xLink": "https://x.example"}),
        ("x = 1\nyLink = 5", "extra", {"x": 1, "yLink": 5}),
    ],
)
def test_forms(front: str, field: str, value: Any) -> None:
    parsed = keys(front if front.startswith("title") else f'title = "T"\n{front}')
    assert getattr(parsed.episode, field) == value
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("front", "field", "value", "message"),
    [
        ("title = []", "title", "Episode 1 one", "title should be a text"),
        ("title = true", "title", "Episode 1 one", "title should be a text"),
        ('episodeNumber = "one"', "number", 1, "'one', which is not a whole number; ignored"),
        ("episodeNumber = 1.5", "number", 1, "1.5, which is not a whole number"),
        ("episodeNumber = true", "number", 1, "True, which is not a whole number"),
        ("episodeNumber = -1", "number", 1, "-1, which is not a whole number"),
        ('date = "soon"', "published", None, "'soon', which is not a date such as"),
        ('publishDate = "soon"', "published", None, "'soon', which is not a date; ignored"),
        ('audioDuration = "long"', "duration", None, "'long', which is not HH:MM:SS"),
        ('audioSize = "big"', "audio_size", None, "'big', which is not a number of bytes"),
        ("audioSize = true", "audio_size", None, "True, which is not a number of bytes"),
        ("audioSize = inf", "audio_size", None, "'inf', which is not a number of bytes"),
        ('draft = "maybe"', "draft", True, "neither true nor false; taken as true"),
        ("hosts = [[], true]", "hosts", (), "hosts should be a list of texts"),
        ("hosts = {}", "hosts", (), "hosts should be a list of texts"),
        ("audioFile = 5\nhosts = 5", "hosts", ("5",), ""),
    ],
)
def test_mistakes(front: str, field: str, value: Any, message: str) -> None:
    title = "" if front.startswith("title") else '\ntitle = "T"'
    parsed = keys(f"\n{front}{title}")
    assert getattr(parsed.episode, field) == value
    if message:
        assert message in parsed.problems[0].message
        assert parsed.problems[0].line == 3
        assert parsed.problems[0].path == "episode-1-one.md"


def test_long_values_are_cut_in_messages() -> None:
    [problem] = keys(f'title = "T"\ndate = "{"x" * 1000}"').problems
    assert len(problem.message) < 200


# Encodings.


def test_windows_1252() -> None:
    parsed = parse('+++\ntitle = "Macei\u00f3 – x"\naudioFile = "a"\n+++\n'.encode("cp1252"))
    assert parsed.episode.title == "Maceió – x"
    assert parsed.problems == (
        Problem("episode-1-one.md", 2, "not UTF-8 here; read as Windows-1252, save it as UTF-8"),
    )


def test_utf_16() -> None:
    parsed = parse(WHOLE.encode("utf-16"))
    assert parsed.episode == parse(WHOLE).episode
    assert [p.message for p in parsed.problems] == [
        "not UTF-8 here; read as UTF-16, save it as UTF-8"
    ]


@pytest.mark.parametrize("content", [b"+++\n\0\n+++\n", WHOLE.encode("utf-32"), b"\xff\xfe\x00"])
def test_binary(content: bytes) -> None:
    with pytest.raises(SourceError):
        parse(content)


def test_line_of_a_binary_byte() -> None:
    with pytest.raises(SourceError, match=r"^episode-1-one.md:3: this is a binary file"):
        parse(b"+++\n\nx\0\n+++\n")


# The body.


def test_line_of_an_oddity_in_the_body() -> None:
    parsed = parse('+++\ntitle = "T"\n+++\n\nNotes\n\n{{< transcript "INA: Hi."\nTOM: Yes.\n')
    assert parsed.problems == (
        Problem("episode-1-one.md", 7, "the transcript shortcode lacks its '>}}'; add it"),
    )


def test_notes_after_the_transcript() -> None:
    parsed = parse(WHOLE + "\n##### Later\n\nMore.\n")
    assert [section.heading for section in parsed.episode.sections] == [
        "",
        "About Bo Wren",
        "Later",
    ]
    assert len(parsed.episode.turns) == 3


def test_too_much_of_anything() -> None:
    with pytest.raises(SourceError, match="holds more than 99999 turns, notes or names"):
        parse("+++\n+++\n{{< transcript >}}\n" + "A:\n" * 100_000)
    with pytest.raises(SourceError, match="holds more than 99999"):
        parse("+++\nepisodeNumber = 1\n+++\n" + "#\n" * 100_000)
