"""Transcripts in every form: what is spoken, by whom, and at which second."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from bot.episode import Sound, Turn
from bot.errors import SourceError
from bot.sources.captions.reading import Kind, Transcript, kind_of, read


def of(text: str) -> Transcript:
    return read(text.encode(), "t")


def said(text: str) -> list[tuple[float | None, str | None, str]]:
    return [(turn.seconds, turn.label, turn.text) for turn in of(text).turns]


def test_webvtt() -> None:
    text = """WEBVTT - A title
Kind: captions

STYLE
::cue { color: red }

NOTE a comment
of two lines

intro
00:01.000 --> 00:03.500 align:start position:10%
<v Ada Lovelace>Hello, <i>dear</i> listeners of this &amp; that,

2
00:00:03.500 --> 01:00:05.250 line:0
and <00:00:04.000><c.loud>welcome.</c>

01:00:05.250 --> 01:00:07.000
<v.first.loud Bob>Thank you</v>
very much.
"""
    assert said(text) == [
        (1.0, "Ada Lovelace", "Hello, dear listeners of this & that, and welcome."),
        (3605.25, "Bob", "Thank you very much."),
    ]
    assert all(turn.exact for turn in of(text).turns)
    assert of(text).end == 3607.0
    assert of(text).problems == []


def test_several_voices_in_a_cue() -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:10.000\n<v A B>Is it you?\n<v C D>It is me.\n"
    assert said(text) == [(0.0, "A B", "Is it you?"), (5.263, "C D", "It is me.")]


def test_a_speaker_goes_on_until_another_is_named() -> None:
    text = (
        "WEBVTT\n\n00:00.000 --> 00:05.000\n<v John>One\n\n00:05.000 --> 00:10.000\n<v Tom>two\n\n"
        "00:10.000 --> 00:15.000\nthree\n\n00:15.000 --> 00:20.000\n<v John>four\n"
    )
    assert [(label, text) for _, label, text in said(text)] == [
        ("John", "One"),
        ("Tom", "two three"),
        ("John", "four"),
    ]


def test_srt() -> None:
    text = """1
00:00:00,179 --> 00:00:02,399
Travis: When you first get
started in podcasting, it's

2
00:00:02,400 --> 00:00:04,000
almost {\\an8}<font color="#fff">guaranteed.</font>

3
00:00:05,000 --> 00:00:06,000
Sarah: It was 5 < 6 in

1985

4
00:00:06,000 --> 00:00:07,000
Travis: Yes.
Sarah: No.
"""
    assert said(text) == [
        (0.179, "Travis", "When you first get started in podcasting, it's almost guaranteed."),
        (5.0, "Sarah", "It was 5 < 6 in 1985"),
        (6.0, "Travis", "Yes."),
        (6.545, "Sarah", "No."),
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_encodings(newline: str, encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nZoë: Grüß dich.\n".replace("\n", newline)
    [turn] = read(text.encode(encoding), "t").turns
    assert (turn.label, turn.text, turn.seconds) == ("Zoë", "Grüß dich.", 1.0)


def test_latin_is_read_and_told() -> None:
    found = read("1\n00:00:01,000 --> 00:00:02,000\nZoë\n".encode("latin-1"), "a.srt")
    assert found.turns[0].text == "Zoë"
    assert str(found.problems[0]) == (
        "a.srt:3: not UTF-8 here; read as Windows-1252, save it as UTF-8"
    )


def test_what_only_looks_like_a_speaker() -> None:
    assert said(
        "1\n00:01,000 --> 00:02,000\nWelcome to the show.\n\n"
        "2\n00:02,000 --> 00:03,000\nRemember: be kind.\n\n"
        "3\n00:03,000 --> 00:04,000\nRemember: back up.\n"
    ) == [(1.0, None, "Welcome to the show. Remember: be kind. Remember: back up.")]


def test_a_change_of_speaker_without_a_name() -> None:
    text = "1\n00:01,000 --> 00:02,000\n>> Hi there.\n\n2\n00:02,000 --> 00:04,000\n- So?\n- Yes.\n"
    assert said(text) == [(1.0, None, "Hi there."), (2.0, None, "So?"), (2.909, None, "Yes.")]


def test_sounds_are_no_words() -> None:
    [turn] = of("WEBVTT\n\n00:01.000 --> 00:02.000\n[MUSIC] Hello\n[LAUGHTER] you.\n").turns
    assert turn.text == "Hello you."
    assert turn.sounds == (Sound(0, "MUSIC"), Sound(6, "LAUGHTER"))


def test_lines_that_roll_up_are_spoken_once() -> None:
    text = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\nfirst line\n\n"
        "00:02.000 --> 00:02.010\nfirst line\n\n"
        "00:02.010 --> 00:04.000\nfirst line\nsecond line\n\n"
        "00:04.000 --> 00:06.000\nsecond line\nthird line\n"
    )
    assert said(text) == [(0.0, None, "first line second line third line")]


def test_repetition_is_kept_where_it_was_spoken() -> None:
    text = "1\n00:01,000 --> 00:02,000\nNo.\n\n2\n00:02,000 --> 00:03,000\nNo.\n"
    assert said(text) == [(1.0, None, "No. No.")]


def test_an_hour_of_one_speaker_gives_a_place_for_every_half_minute() -> None:
    cues = [
        f"{n}\n{n * 3 // 3600:02}:{n * 3 // 60 % 60:02}:{n * 3 % 60:02},000 --> "
        f"{(n * 3 + 3) // 3600:02}:{(n * 3 + 3) // 60 % 60:02}:{(n * 3 + 3) % 60:02},000\n"
        f"word{n} is said. And{n} goes on\n"
        for n in range(1200)
    ]
    turns = of("\n".join(cues)).turns
    starts = [turn.seconds or 0.0 for turn in turns]
    assert all(turn.exact for turn in turns)
    assert max(b - a for a, b in itertools.pairwise(starts)) <= 26
    assert len(turns) < 200
    assert all(turn.text.endswith("said.") for turn in turns[:-1])
    words = " ".join(turn.text for turn in turns).split()
    assert words == " ".join(f"word{n} is said. And{n} goes on" for n in range(1200)).split()


def test_an_hour_without_a_full_stop_is_cut_each_minute() -> None:
    segments = [{"startTime": n, "endTime": n + 1, "body": f"w{n}"} for n in range(3600)]
    turns = of(json.dumps({"segments": segments})).turns
    assert [turn.seconds for turn in turns] == [60.0 * n for n in range(60)]


def test_a_long_text_without_labels_or_times_is_cut_at_sentences() -> None:
    text = "\n".join(f"Sentence {n} has seven words in it." for n in range(1000))
    turns = of(text).turns
    assert all(turn.seconds is None and not turn.exact for turn in turns)
    assert max(len(turn.text.split()) for turn in turns) < 80
    assert " ".join(turn.text for turn in turns) == text.replace("\n", " ")


def test_a_pause_ends_a_turn_with_its_sentence() -> None:
    text = (
        "1\n00:00,000 --> 00:06,000\nThat was it.\n\n2\n00:08,000 --> 00:09,000\nNow this.\n\n"
        "3\n00:09,500 --> 00:10,000\nAnd that.\n"
    )
    assert said(text) == [(0.0, None, "That was it."), (8.0, None, "Now this. And that.")]


def test_json_word_by_word() -> None:
    segments = [
        {"speaker": "Darth Vader", "startTime": 0.5, "endTime": 0.75, "body": "I"},
        {"speaker": "Darth Vader", "startTime": "1", "endTime": 1.25, "body": " am"},
        {"speaker": "Darth Vader", "startTime": "00:00:02.25", "body": "father"},
        {"speaker": "Darth Vader", "startTime": 2.5, "body": ".\n"},
        {"speaker": "Luke", "startTime": 2.75, "endTime": 3.0, "body": "Nooooo"},
        {"speaker": "Luke", "startTime": 4, "body": "  "},
        "nothing",
    ]
    found = of(json.dumps({"version": "1.0.0", "segments": segments}))
    assert [(t.seconds, t.label, t.text) for t in found.turns] == [
        (0.5, "Darth Vader", "I am father."),
        (2.75, "Luke", "Nooooo"),
    ]
    assert [problem.message for problem in found.problems] == [
        "2 of the segments hold no text; left out"
    ]


def test_json_of_whisper() -> None:
    text = json.dumps({"text": "…", "segments": [{"id": 0, "start": 1.5, "end": 2, "text": " Hi"}]})
    assert said(text) == [(1.5, None, "Hi")]


def test_json_in_no_order() -> None:
    segments = [
        {"speaker": "B", "startTime": 5, "body": "later"},
        {"speaker": "A", "startTime": 1, "body": "first"},
    ]
    assert said(json.dumps(segments)) == [(1.0, "A", "first"), (5.0, "B", "later")]


def test_html() -> None:
    text = (
        "<html><head><title>T</title></head><body><cite>Kevin:</cite>\n<time>0:00</time>\n"
        "<p>We have an <b>update</b></p><p>planned.</p><cite>Alban :</cite><time>1:00:09</time>"
        "<p>It&#39;s cool.</p><script>no()</script></body></html>"
    )
    assert said(text) == [
        (0.0, "Kevin", "We have an update planned."),
        (3609.0, "Alban", "It's cool."),
    ]


def test_html_without_cite_is_read_as_text() -> None:
    text = "<p>[00:05] ADA: Hello.</p><div>BOB: Hi<br>there.</div>"
    assert said(text) == [(5.0, "ADA", "Hello."), (None, "BOB", "Hi\nthere.")]


def test_plain_text() -> None:
    assert said("ADA: Hello.\n\nBOB: Hi.") == [(None, "ADA", "Hello."), (None, "BOB", "Hi.")]
    assert said("Just words.\nMore.") == [(None, None, "Just words.\nMore.")]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("WEBVTT\n\nNOTE nothing\n", 1, "holds no cue such as"),
        ("WEBVTT\n\n00:01 --> soon\nHi\n", 3, "holds no cue such as"),
        ('{"segments": [\n{"body": }]}', 2, "this is not valid JSON: Expecting value"),
        ('{"text": "a"}', 1, 'holds no list of "segments"'),
        ('{"segments": [{"speaker": "A"}]}', 1, 'none of its segments has a "body"'),
        ('{"a":' * 100_000, 1, "this is not valid JSON"),
        ("", 1, "holds no spoken word"),
        ("<p></p>", 1, "holds no spoken word"),
        ("a\nb\0", 2, "this is a binary file"),
    ],
)
def test_broken_files_say_where_and_what_to_do(text: str, line: int, reason: str) -> None:
    with pytest.raises(SourceError) as raised:
        of(text)
    assert raised.value.path == "t"
    assert (raised.value.line, reason in raised.value.reason) == (line, True), raised.value


def test_a_broken_cue_stops_no_other() -> None:
    found = of("WEBVTT\n\n00:01.000 -> --> 2\nlost\n\n00:05.000 --> 00:03.000\nkept\n")
    assert [(turn.seconds, turn.text) for turn in found.turns] == [(5.0, "kept")]
    assert [problem.line for problem in found.problems] == [3, 6]


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("https://a.example/t.vtt?x=1", "", Kind.WEBVTT),
        ("https://a.example/t", "text/vtt; charset=utf-8", Kind.WEBVTT),
        ("t.srt", "application/x-subrip", Kind.SRT),
        ("t.srt", "text/plain", Kind.SRT),
        ("t.vtt", "application/json", Kind.JSON),
        ("t.html", "", Kind.HTML),
        ("t", "application/octet-stream", Kind.TEXT),
    ],
)
def test_kinds(name: str, media_type: str, kind: Kind) -> None:
    assert kind_of(name, media_type) is kind


# The specification's own examples.


@pytest.fixture
def examples(shared: Path) -> Path:
    return shared / "podcasting20" / "transcripts"


def spoken(path: Path) -> list[Turn]:
    return read(path.read_bytes(), path.name).turns


def by_speaker(turns: list[Turn]) -> list[tuple[str | None, str]]:
    """What each says until another speaks, in a row."""
    whole: list[tuple[str | None, str]] = []
    for turn in turns:
        if whole and whole[-1][0] == turn.label:
            whole[-1] = (turn.label, f"{whole[-1][1]} {turn.text}")
        else:
            whole.append((turn.label, turn.text))
    return whole


def test_example_webvtt(examples: Path) -> None:
    assert [(t.seconds, t.exact, t.label) for t in spoken(examples / "example.vtt")] == [
        (0.0, True, "Sarah"),
        (19.08, True, "Gillian"),
    ]
    assert spoken(examples / "example.vtt")[0].text == (
        "In today's episode, you'll learn whether or not you should have a podcast trailer. And "
        "if so, what should you include in one? Welcome to Podcasting Q&A, where you learn the "
        "best tips and strategies to launch, grow and monetize your podcast. This week's question "
        "comes from Gillian."
    )


def test_example_json(examples: Path) -> None:
    assert [(t.seconds, t.label, t.text) for t in spoken(examples / "example.json")] == [
        (0.5, "Darth Vader", "I am your father."),
        (2.75, "Luke", "Nooooo"),
    ]


def test_example_srt(examples: Path) -> None:
    turns = spoken(examples / "example.srt")
    text = (examples / "example.srt").read_text(encoding="utf-8")
    assert all(turn.exact for turn in turns)
    assert [label for label, _ in by_speaker(turns)] == (
        "Travis Sarah Travis Gilon Travis Gilon Travis Sarah Gilon Travis".split()
    )
    words = [
        word
        for line in text.splitlines()
        if "-->" not in line and not line.isdigit()
        for word in line.split()
    ]
    labels = {f"{label}:" for label, _ in by_speaker(turns)}
    assert " ".join(t.text for t in turns).split() == [w for w in words if w not in labels]
    starts = [turn.seconds or 0.0 for turn in turns]
    assert starts == sorted(starts)
    assert starts[:4] == [0.179, 21.61, 46.541, 53.03]


def test_example_html_says_the_same_as_srt(examples: Path) -> None:
    turns = spoken(examples / "example.html")
    assert by_speaker(turns) == by_speaker(spoken(examples / "example.srt"))
    stated = [turn.seconds for turn in turns if turn.exact]
    assert stated[:3] == [0.0, 53.0, 102.0]
    assert len(stated) == 10
