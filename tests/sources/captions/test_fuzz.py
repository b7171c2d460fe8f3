"""Whatever a transcript holds, it becomes turns or an error that says where; no word is lost."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.sources.captions.reading import read
from tests.sources.test_fuzz import check_turns

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
SEEDS = [
    b"WEBVTT\n\nNOTE x\n\n1\n00:01.000 --> 00:02.000 align:left\n<v Ann B>Hi &amp; <i>bye</i>\n",
    b"1\n00:00:01,000 --> 00:00:02,000\nAnn: It goes\non. [LAUGHTER]\n\n"
    b"2\n00:02,5 --> 1:00:03\n- A\n",
    b'{"segments":[{"speaker":"A","startTime":1,"endTime":2,"body":"x."},{"body":" y"}]}',
    b"<cite>Ann:</cite><time>0:01</time><p>It goes on.</p><p>And on.</p>",
    b"ANN: It goes on.\n\n[00:02] BOB: Yes.\n",
    *(path.read_bytes()[:3000] for path in sorted(SHARED.glob("podcasting20/transcripts/*"))),
]
PIECES = [
    *(b"\n", b"\n\n", b"-->", b" --> ", b"00:00:01.000", b"99:59:59,999", b"1", b"<v ", b"<v X>"),
    *(b"</v>", b"<", b">", b"&", b"&amp;", b"{", b"}", b"[", b"]", b'"', b":", b">> ", b"- "),
    *(b"NOTE", b"STYLE", b"WEBVTT", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\xe9", b"null"),
    *(b"<cite>", b"</cite>", b"<time>", b"<p>", b"</p>", b"<!--", b"<script>", b"1e999", b"NaN"),
]


def check(content: bytes) -> None:
    lines = content.count(b"\n") + content.count(b"\r") + 1
    try:
        turns, problems, end = read(content, "t")
    except SourceError as error:
        assert error.path == "t"
        assert 1 <= error.line <= lines
        assert error.reason
        return
    assert all(problem.path == "t" and 1 <= problem.line <= lines for problem in problems)
    assert end is None or end >= 0
    check_turns(tuple(turns))
    assert all(turn.exact == (turn.seconds is not None) for turn in turns)


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    check(content)


@given(st.sampled_from(SEEDS), st.data())
def test_mutations(seed: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(seed)))
        cut = data.draw(st.integers(0, 20))
        seed = seed[:at] + data.draw(st.sampled_from(PIECES)) + seed[at + cut :]
    check(seed)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
def test_pieces_in_any_order(content: bytes) -> None:
    check(content)


words = st.from_regex(r"\A[a-z]{1,8}[.,?]?\Z")
names = st.sampled_from(["Ann Lee", "Bob", "Chris"])


@given(
    st.lists(st.tuples(names, st.lists(words, min_size=1, max_size=30)), min_size=1, max_size=20),
    st.integers(100, 9_000),
)
@example([("Bob", ["a"]), ("Bob", ["a"])], 100)
def test_no_word_and_no_second_is_lost(spoken: list[tuple[str, list[str]]], step: int) -> None:
    """The same conversation in each form has the same words, speakers and starts."""

    def clock(milliseconds: int, point: str) -> str:
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"

    times = [(n * step, (n + 1) * step) for n in range(len(spoken))]
    lines = list(zip(spoken, times, strict=True))
    vtt = "WEBVTT\n\n" + "\n".join(
        f"{clock(start, '.')} --> {clock(end, '.')}\n<v {name}>{' '.join(said)}\n"
        for (name, said), (start, end) in lines
    )
    srt = "\n".join(
        f"{n}\n{clock(start, ',')} --> {clock(end, ',')}\n{name}: {' '.join(said)}\n"
        for n, ((name, said), (start, end)) in enumerate(lines, start=1)
    )
    segments = json.dumps(
        {
            "segments": [
                {
                    "speaker": name,
                    "startTime": start / 1000,
                    "endTime": end / 1000,
                    "body": " ".join(said),
                }
                for (name, said), (start, end) in lines
            ]
        }
    )
    expected = [(name, word) for name, said in spoken for word in said]
    found = [read(text.encode(), "t").turns for text in (vtt, srt, segments)]
    for turns in found:
        heard = [(turn.label, word) for turn in turns for word in turn.text.split()]
        assert heard == expected
        assert turns[0].seconds == 0.0
    assert found[0] == found[1] == found[2]


@given(st.text(max_size=200))
def test_plain_words_stay(text: str) -> None:
    text = re.sub(r"[^\w .\n]|_", "", text)
    try:
        turns = read(text.encode(errors="replace"), "t").turns
    except SourceError:
        assert not any(map(str.isalnum, text))
        return
    heard = Counter(" ".join(turn.text for turn in turns).split())
    assert heard == Counter(text.split())


@pytest.mark.parametrize(
    "content",
    [
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 200_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<c " * 200_000,
        "WEBVTT\n\n" + "00:01.000 --> 00:02.000\n" * 50_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "a. " * 200_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "[" * 200_000,
        "1\n00:01,000 --> 00:02,000\n" + "Ab: " * 100_000,
        "1\n00:01,000 --> 00:02,000\n" + "Ab: c.\n" * 50_000,
        "1\n00:01,000 --> 00:02,000\n" + "9" * 500_000,
        "1\n00:01,000 --> 00:02,000\n" + "{\\" * 200_000,
        ">" * 500_000,
        "[[" * 200_000 + "ANN: x",
        "ANN (" * 100_000,
        "<cite>" * 100_000,
        "<p><cite>A</cite>" * 50_000,
        "<!--" * 200_000,
        '{"segments":[' + '{"body":"a"},' * 50_000 + '{"body":"b"}]}',
        "ANN: " * 100_000,
        "ANN: [x] " * 50_000,
        ": " * 200_000,
        "“” " * 200_000,
        ".”’" * 200_000,
    ],
    ids=lambda content: repr(content[:40]),
)
def test_no_form_takes_more_than_linear_time(content: str) -> None:
    check(content.encode())
