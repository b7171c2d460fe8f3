"""Items of feeds, field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.episode import Link, Note, Section
from bot.sources.captions.reading import Kind
from bot.sources.feed import item, show
from bot.sources.feed.item import Attached
from tests.sources.feed.reading import (
    ADDRESS,
    elements,
    episode,
    episodes,
    problems,
    rss,
)


def test_everything(tmp_path: Path) -> None:
    one = episode(
        tmp_path,
        """
        <title>All of it &amp;amp; more</title>
        <guid isPermaLink="false"> tag:1 </guid>
        <link>/posts/all-of-it/?utm=1</link>
        <pubDate>Fri, 09 Oct 2020 04:30:38 GMT</pubDate>
        <description>A short text.</description>
        <content:encoded><![CDATA[<p>Intro with <a href="/posts/one/">one</a>.</p>
          <h2>Links</h2><ul><li>Kaggle <a href="https://kaggle.example">site</a></li></ul>]]>
        </content:encoded>
        <enclosure url="https://cdn.example/a.mp3?x=1&amp;y=2" length="12,345" type="audio/mpeg"/>
        <itunes:duration>1:02:03</itunes:duration>
        <itunes:season>2</itunes:season><itunes:episode>7</itunes:episode>
        <itunes:image href="https://show.example/a.jpg"/>
        <itunes:episodeType>bonus</itunes:episodeType><itunes:explicit>yes</itunes:explicit>
        <itunes:keywords>One, two,one</itunes:keywords><category>Three</category>
        <podcast:person>Ada Lovelace</podcast:person>
        <podcast:person role="Guest" group="Cast">Bob Ross</podcast:person>
        <podcast:person role="editor" group="Audio Post-Production">Eve</podcast:person>
        <spotify:limit xmlns:spotify="https://spotify.example" recentCount="1"/>
        """,
    )
    assert one.path == one.guid == "tag:1"
    assert one.title == "All of it & more"
    assert (one.url, one.slug) == ("https://show.example/posts/all-of-it/?utm=1", "all-of-it")
    assert one.published == datetime(2020, 10, 9, 4, 30, 38, tzinfo=UTC)
    assert not one.date_only
    assert one.description == "A short text."
    assert one.summary == "Intro with one."
    assert one.sections == (
        Section(
            "",
            0,
            (
                Note(
                    "Intro with one.",
                    (Link("https://show.example/posts/one/", "one", "one", "one"),),
                ),
            ),
        ),
        Section(
            "Links",
            2,
            (Note("Kaggle site", (Link("https://kaggle.example", "site", "Kaggle"),), 1),),
        ),
    )
    assert (one.audio_url, one.audio_size) == ("https://cdn.example/a.mp3?x=1&y=2", 12345)
    assert (one.duration, one.season, one.number) == (3723, 2, 7)
    assert one.image == "https://show.example/a.jpg"
    assert one.categories == ("Three", "One", "two")
    assert (one.hosts, one.guests) == (("Ada Lovelace",), ("Bob Ross",))
    assert one.extra == {
        "enclosure type": "audio/mpeg",
        "itunes:episodeType": "bonus",
        "itunes:explicit": "yes",
        "podcast:person": {"role": "editor", "group": "Audio Post-Production", "text": "Eve"},
        "spotify:limit": {"recentCount": "1"},
    }


def test_nothing_but_an_enclosure(tmp_path: Path) -> None:
    one = episode(tmp_path, '<enclosure url="https://cdn.example/a.mp3"/>')
    assert one.path == one.guid == one.audio_url == "https://cdn.example/a.mp3"
    assert one.title == "https://cdn.example/a.mp3"
    assert (one.published, one.duration, one.audio_size, one.number) == (None, None, None, None)
    assert (one.sections, one.turns, one.description) == ((), (), None)


def test_empty_items_are_told_apart_from_nothing(tmp_path: Path) -> None:
    assert episode(tmp_path, "").path == "-"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title type="html">Fish &amp;amp; Chips</title><id>urn:feed</id>
  <link rel="alternate" href="https://show.example/"/>
  <link rel="next" href="?page=2"/><link rel="self" href="x"/>
  <author><name>Ada Lovelace</name></author>
  <entry>
    <title type="html">&lt;b&gt;Bold&lt;/b&gt; one</title><id>urn:1</id>
    <link href="/1.html"/>
    <link rel="enclosure" type="audio/ogg" length="99" href="/1.ogg"/>
    <updated>2020-10-10T00:00:00Z</updated><published>2020-10-09T06:30:38+02:00</published>
    <category term="news" label="News"/>
    <summary>Short.</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long &lt; <em>one</em>
      with <a href="https://a.example/?x=1&amp;y=2">a link</a>.</p></div></content>
  </entry>
</feed>"""


def test_atom(tmp_path: Path) -> None:
    [one], _, whose = elements(tmp_path, ATOM)
    assert (whose.title, whose.link) == ("Fish & Chips", "https://show.example/")
    assert whose.next_page == f"{ADDRESS}?page=2"
    found = item.parse(one, whose, ADDRESS).episode
    assert (found.path, found.title) == ("urn:1", "Bold one")
    assert (found.url, found.slug) == ("https://show.example/1.html", "bold-one")
    assert (found.audio_url, found.audio_size) == ("https://show.example/1.ogg", 99)
    assert found.published == datetime(2020, 10, 9, 4, 30, 38, tzinfo=UTC)
    assert found.categories == ("News",)
    assert (found.description, found.summary) == ("Short.", "Long < one with a link.")
    assert found.sections[0].links[0].url == "https://a.example/?x=1&y=2"
    assert found.hosts == ("Ada Lovelace",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3723", 3723),
        ("62:03", 3723),
        ("01:02:03", 3723),
        ("3722.6", 3723),
        ("1h 2m 3s", 3723),
        ("62 min 3 sec", 3723),
        ("PT1H2M3S", 3723),
        ("0", None),
        ("00:00:00", None),
    ],
)
def test_durations(tmp_path: Path, text: str, seconds: int | None) -> None:
    assert episode(tmp_path, f"<itunes:duration>{text}</itunes:duration>").duration == seconds
    assert problems(tmp_path, f"<itunes:duration>{text}</itunes:duration>") == []


@pytest.mark.parametrize(
    ("inner", "number", "season"),
    [
        ("<podcast:episode>3</podcast:episode><itunes:episode>4</itunes:episode>", 3, None),
        ("<itunes:episode>4</itunes:episode><itunes:season>2</itunes:season>", 4, 2),
        ('<podcast:episode display="Ch.3">204</podcast:episode>', 204, None),
        ("<podcast:episode>315.5</podcast:episode>", None, None),
        ("<podcast:episode>315.0</podcast:episode>", 315, None),
        ("<title>Episode 12: On</title>", 12, None),
        ("<title>#12 On</title>", 12, None),
        ("<title>12 Monkeys</title>", None, None),
        ('<podcast:season name="Summer">1</podcast:season>', None, 1),
    ],
)
def test_numbers(tmp_path: Path, inner: str, number: int | None, season: int | None) -> None:
    one = episode(tmp_path, inner)
    assert (one.number, one.season) == (number, season)


def test_how_a_number_is_shown_is_kept(tmp_path: Path) -> None:
    assert episode(tmp_path, '<podcast:episode display="Ch.3">204</podcast:episode>').extra == {
        "podcast:episode": {"display": "Ch.3", "text": "204"}
    }
    assert episode(tmp_path, "<podcast:episode>315.5</podcast:episode>").extra == {
        "podcast:episode": "315.5"
    }
    assert episode(tmp_path, '<podcast:season name="Summer">1</podcast:season>').extra == {
        "podcast:season": {"name": "Summer", "text": "1"}
    }


def test_what_is_wrong_is_told_with_feed_line_and_advice(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "<guid>g</guid>\n<pubDate>soon</pubDate>\n<itunes:duration>long</itunes:duration>\n"
        "<itunes:episode>one</itunes:episode>",
    )
    assert [str(problem) for problem in found] == [
        "g:4: pubDate is 'soon', which is no date such as 'Fri, 09 Oct 2020 04:30:38 GMT'; "
        f"ignored (in {ADDRESS})",
        f"g:5: itunes:duration is 'long', which is not HH:MM:SS; ignored (in {ADDRESS})",
        f"g:6: itunes:episode is 'one', which is no number; ignored (in {ADDRESS})",
    ]


def test_people_of_an_item_replace_those_of_the_show(tmp_path: Path) -> None:
    channel = (
        "<title>S</title><podcast:person>Terry Scott</podcast:person>"
        "<podcast:person role='host'>June Whitfield</podcast:person>"
    )
    usual, special = episodes(
        tmp_path, rss("", "<podcast:person>Reginald Marsh</podcast:person>", channel=channel)
    )
    assert usual.hosts == ("Terry Scott", "June Whitfield")
    assert special.hosts == ("Reginald Marsh",)


@pytest.mark.parametrize(
    ("author", "hosts"),
    [
        ("Mark Mandel and Francesc Campoy", ("Mark Mandel", "Francesc Campoy")),
        ("ada@show.example (Ada Lovelace)", ("Ada Lovelace",)),
        ("Ada Lovelace &lt;ada@show.example&gt;", ("Ada Lovelace",)),
        ("ada@show.example", ()),
        ("Show", ()),
        ("Show Media Network", ()),
        ("ACME", ()),
    ],
)
def test_authors_are_hosts_where_they_are_people(
    tmp_path: Path, author: str, hosts: tuple[str, ...]
) -> None:
    assert episode(tmp_path, f"<author>{author}</author>").hosts == hosts


def test_plain_descriptions(tmp_path: Path) -> None:
    one = episode(
        tmp_path,
        "<description>Line one.\n\nSee https://a.example/x?y=1&amp;copy=2, and more.</description>",
    )
    assert one.description is None
    assert one.summary == "Line one.\nSee https://a.example/x?y=1&copy=2, and more."
    assert one.sections[0].links == [Link(*["https://a.example/x?y=1&copy=2"] * 3)]


def test_the_best_transcript_in_the_language_of_the_show(tmp_path: Path) -> None:
    kinds = ("text/plain", "text/html", "application/x-subrip", "text/vtt", "application/json")
    inner = "".join(
        f'<podcast:transcript url="https://a.example/{n}" type="{kind}"/>'
        for n, kind in enumerate(kinds)
    )
    inner += '<podcast:transcript url="https://a.example/de.json" language="de-DE"/>'
    inner += '<podcast:transcript url="javascript:x"/><podcast:transcript/>'
    [one], _, _ = elements(tmp_path, rss(inner))
    assert item.links_of(one, show.Show(language="en-us"), ADDRESS).transcripts == (
        Attached("https://a.example/4", Kind.JSON),
        Attached("https://a.example/3", Kind.WEBVTT),
        Attached("https://a.example/2", Kind.SRT),
        Attached("https://a.example/1", Kind.HTML),
        Attached("https://a.example/0", Kind.TEXT),
        Attached("https://a.example/de.json", Kind.JSON),
    )


def test_chapters_become_sections(tmp_path: Path) -> None:
    [one], _, whose = elements(tmp_path, rss("<title>T</title>"))
    marked = b"""{"version": "1.2.0", "chapters": [
        {"startTime": 168, "title": "Second", "url": "https://a.example"},
        {"startTime": 0.5, "title": "First"},
        {"startTime": 200, "toc": false, "title": "Silent"},
        {"startTime": "x", "title": "Nowhere"}, {"startTime": 1}, 7]}"""
    found = item.parse(one, whose, ADDRESS, marked=marked)
    assert found.problems == ()
    assert found.episode.sections == (
        Section("First", 2, (), 0.5),
        Section(
            "Second",
            2,
            (Note("", (Link("https://a.example", "Second", "Second"),)),),
            168.0,
        ),
    )


def test_chapters_in_the_feed(tmp_path: Path) -> None:
    one = episode(
        tmp_path,
        '<psc:chapters version="1.2"><psc:chapter start="00:00:00.000" title="Hello"/>'
        '<psc:chapter start="1:02:03" title="Bye" href="https://a.example"/></psc:chapters>',
    )
    assert [(part.heading, part.seconds) for part in one.sections] == [
        ("Hello", 0.0),
        ("Bye", 3723.0),
    ]


@pytest.mark.parametrize("marked", [b"{", b"[" * 9999, b"{}", b"null", b"\xff", b'{"chapters": 1}'])
def test_broken_chapters_are_told(tmp_path: Path, marked: bytes) -> None:
    [one], _, whose = elements(tmp_path, rss("<guid>g</guid>"))
    found = item.parse(one, whose, ADDRESS, marked=marked)
    assert [problem.path for problem in found.problems] == ["g"]
    assert "chapters" in found.problems[0].message


def test_transcripts_speak_with_the_names_of_the_people(tmp_path: Path) -> None:
    [one], _, whose = elements(
        tmp_path,
        rss("<podcast:person>Ada Lovelace</podcast:person><itunes:duration>100</itunes:duration>"),
    )
    spoken = (
        b"WEBVTT\n\n00:01.500 --> 00:03.000\n<v Ada>Hello.\n\n00:03.000 --> 00:04.000\n<v X>Hi."
    )
    [hello, hi] = item.parse(one, whose, ADDRESS, spoken=spoken).episode.turns
    assert (hello.label, hello.speaker, hello.seconds) == ("Ada", "Ada Lovelace", 1.5)
    assert (hi.label, hi.speaker, hi.seconds, hi.exact) == ("X", None, 3.0, True)


def test_a_broken_transcript_leaves_the_episode(tmp_path: Path) -> None:
    [one], _, whose = elements(tmp_path, rss("<guid>g</guid><title>T</title>"))
    found = item.parse(one, whose, ADDRESS, spoken=b"WEBVTT\n\n")
    assert found.episode.title == "T"
    assert str(found.problems[0]).startswith("g:1: the transcript holds no cue")


# The specification's own example.


def test_example_field_by_field(tmp_path: Path, shared: Path) -> None:
    folder = shared / "podcasting20"
    found, feed, whose = elements(tmp_path, (folder / "example.xml").read_bytes())
    assert (feed.whole, feed.broken) == (True, [])
    assert whose.title == "Podcasting 2.0 Namespace Example"
    assert whose.link == "https://example.com/podcast"
    assert whose.language == "en-US"
    assert whose.author == "John Doe"
    assert whose.image == "https://example.com/images/pci_avatar-massive.jpg"
    assert whose.guid == "y0ur-gu1d-g035-h3r3"
    assert whose.locked
    marked = (folder / "chapters" / "example.json").read_bytes()
    read = [item.parse(one, whose, ADDRESS, marked=marked) for one in found]
    assert [problem for one in read for problem in one.problems] == []
    fields = [
        (3, "The Future", "A look into the future of podcasting and how we get to Podcasting 2.0!"),
        (2, "The Present", "Where are we at now in the podcasting era. What are the current "
            "challenges?"),
        (1, "The Past", "How did podcasting get started? What was it like in the beginning?"),
    ]  # fmt: skip
    sizes = [43200000, 43113000, 43111403]
    for (one, _), (number, title, description), size in zip(read, fields, sizes, strict=True):
        assert one.path == one.guid == f"https://example.com/ep000{number}"
        assert one.url == f"https://example.com/podcast/ep000{number}"
        assert one.slug == f"ep000{number}"
        assert one.title == f"Episode {number} - {title}"
        assert (one.number, one.season) == (number, 1)
        assert one.published == datetime(2020, 10, 6 + number, 4, 30, 38, tzinfo=UTC)
        assert one.description == one.blurb == description
        assert one.audio_url == f"https://example.com/file-0{number}.mp3"
        assert one.audio_size == size
        assert one.image == f"https://example.com/ep000{number}/artMd.jpg"
        assert one.hosts == ("Adam Curry",)
        assert one.guests == ("Dave Jones",)
        assert one.duration is None
        assert one.extra["enclosure type"] == "audio/mpeg"
        assert one.extra["itunes:explicit"] == "false"
        assert one.extra["podcast:season"] == {"name": "Podcasting 2.0", "text": "1"}
        assert one.extra["podcast:person"]["role"] == "cover art designer"
        assert len(one.extra["podcast:alternateEnclosure"]) == (5 if number == 3 else 4)
        assert [(part.heading, part.seconds) for part in one.sections] == [
            ("Intro", 0.0),
            ("Hearing Aids", 168.0),
            ("Progress Report", 260.0),
            ("Namespace", 410.0),
            ("Just Break Up", 3990.0),
            ("Donations", 4600.0),
            ("The Big Players", 5510.0),
            ("Spread the Word", 5854.0),
            ("Outro", 6089.0),
        ]
    links = item.links_of(found[0], whose, ADDRESS)
    assert links.chapters == "https://example.com/ep3_chapters.json"
    assert [one.url for one in links.transcripts] == [
        "https://example.com/ep3/transcript.txt",  # in English, as the show is
        "https://example.com/episode1/transcript.vtt",  # in Spanish
    ]
