"""Whatever a file holds, it becomes an episode or an error that says where; no word is lost."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.episode import Episode, Sound, Turn
from bot.errors import SourceError
from bot.sources import hugo, notes, transcript
from bot.sources.site import Site
from bot.store import rows

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("EPISODE_BOT_SHARED", ROOT.parent / "shared"))
SEEDS = [
    path.read_bytes()
    for path in (*ROOT.glob("data/episodes/episode-5*.md"), *SHARED.glob("seed/*.md"))
]
SITE = Site(
    section="post",
    base_url="https://show.example",
    permalinks={"post": "/:year/:month/:title/:slug/:sections/"},
)


def check(content: bytes, site: Site = SITE) -> None:
    try:
        episode, problems = hugo.parse(content, "a/index.md", site)
    except SourceError as error:
        assert error.path == "a/index.md"
        assert 1 <= error.line <= content.count(b"\n") + content.count(b"\r") + 1
        assert error.reason
        return
    for problem in problems:
        assert problem.path == "a/index.md"
        assert 1 <= problem.line <= content.count(b"\n") + content.count(b"\r") + 1
    check_turns(episode.turns)
    check_rows(episode)


def check_turns(turns: tuple[Turn, ...]) -> None:
    for turn in turns:
        offsets = [sound.offset for sound in turn.sounds]
        assert offsets == sorted(offsets)
        assert all(0 <= offset <= len(turn.text) for offset in offsets)
        assert turn.seconds is None or turn.seconds >= 0
        assert turn.text == turn.text.strip()


def check_rows(episode: Episode) -> None:
    """That it can be stored: as UTF-8, and with places of passages that are theirs alone."""
    made = rows.of(episode)
    json.dumps(made, ensure_ascii=False).encode()
    ids = [row[0] for row in made.passages]
    assert len(ids) == len(set(ids))
    for _, first, marks, _, text in made.passages:
        for turn, offset in json.loads(marks) if marks else ():
            assert first <= turn < len(episode.turns)
            assert 0 <= offset < len(text)


@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe+")
def test_bytes(content: bytes) -> None:
    check(content)


FENCES = st.sampled_from([("+++", "+++"), ("---", "---"), ("{", "}"), ("+++", ""), ("", "")])
KEYS = st.sampled_from(
    "title date publishDate episodeNumber audioFile audioDuration audioSize draft linked hosts "
    "guests categories slug url image redditLink".split()
)
SCALARS = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates().map(str),
    st.datetimes().map(str),
    st.times().map(str),
    st.from_regex(r"[0-9]{0,4}[:/. -][0-9]{0,3}[:/. -][0-9]{0,3}", fullmatch=True),
    st.sampled_from(["\ud800", "\0", "//[", "http://[", "Mon, 99 Jan 2024 +9999", "0" * 5000]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner),
    max_leaves=6,
)


@given(FENCES, st.text(max_size=150), st.text(max_size=150))
def test_text(fences: tuple[str, str], front: str, body: str) -> None:
    text = f"{fences[0]}\n{front}\n{fences[1]}\n{body}"
    check(text.encode(errors="surrogatepass"))


@given(st.dictionaries(KEYS, VALUES), st.booleans(), st.text(max_size=20))
def test_front_matter(keys: dict[str, object], as_yaml: bool, body: str) -> None:
    # JSON is YAML as well, read by quite other rules.
    text = json.dumps({"audioFile": "a.mp3", **keys})
    text = f"---\n{text}\n---\n{body}" if as_yaml else f"{text}\n{body}"
    check(text.encode(errors="replace"))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    content = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 200)))
        piece = content[start:end]
        elsewhere = draw(st.integers(0, len(content)))
        content = draw(
            st.sampled_from(
                [
                    content[:start] + content[end:],
                    content[:elsewhere] + piece + content[elsewhere:],
                    content[:start] + bytes(byte ^ 1 << end % 8 for byte in piece) + content[end:],
                    content[:start] + draw(st.binary(max_size=8)) + content[end:],
                    content[:start],
                    content[start:],
                ]
            )
        )
    return content


@given(mutated())
def test_mutations(content: bytes) -> None:
    check(content)


MARKUP = st.lists(
    st.sampled_from(
        "< > / ! - -- # ## * _ ` [ ] ( ) { } {{< >}} | : ; & &amp; &#0; \" ' = + 1. \\ \t \n \n\n "
        "a b https://x.example /post/a <a <a href= <a href='/b'> </a> <li> </li> <ul> </ul> <p> "
        "</p> <h1> </h1> <br> <img alt='c'> <script> </script> <!-- --> <!--more--> <table> <td> "
        "- ~~ ![ ]( //[ é \u200b".split(" ")
    ),
    max_size=40,
).map("".join)


@given(MARKUP)
def test_show_notes(markdown: str) -> None:
    found = notes.read(markdown, SITE, "https://show.example/post/b/")
    for section in found.sections:
        for note in section.notes:
            assert note.text == notes.clean(note.text)
            assert note.text or note.links
            assert note.depth >= 0
            assert all(link.url and link.label for link in note.links)


LABELS = ("INA", "TOM", "INA OAK", "O'NEIL", "DJ K.", "VOICE (LOW)", "Kelci", "Ina Oak")
WORDS = st.sampled_from(["so", "Well", "I", "OK", "é", "don't", "--", "C++", "a,b", "- c", "99%"])
PIECES = st.one_of(
    WORDS,
    st.sampled_from([f"{label}:" for label in LABELS]),
    st.sampled_from([":", ".", "?", "\n", "\n\n", "[", "]", "[LAUGHS]", "[? Kant ?]", "[Kant?]"]),
    st.sampled_from(["[AUDIO PLAYBACK]\n", "[END PLAYBACK]\n", '"', "**", "\n- ", "(", ")", "*"]),
)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@given(st.lists(PIECES, max_size=40), st.sampled_from([" ", ""]))
@example(["I", "INA:", "I", "INA:"], " ")
@example(["TOM:", "TOM:", "\n", ":", "TOM:"], " ")
@example(["[AUDIO PLAYBACK]\n", "\n- ", "so"], " ")
def test_no_word_of_a_transcript_is_lost(pieces: list[str], between: str) -> None:
    raw = between.join(pieces)
    turns = transcript.complete(transcript.turns(raw), {}, 100)
    check_turns(turns)
    kept = words(" ".join(f"{turn.label or ''} {turn.verbatim()}" for turn in turns))
    assert kept - words(raw) == Counter()
    # Only a label that is written twice by mistake may go.
    assert words(raw) - kept <= words(" ".join(turn.label or "" for turn in turns))


@st.composite
def spoken(draw: st.DrawFn, *, clip: bool = False) -> Turn:
    label = None if clip else draw(st.sampled_from(LABELS[:6]))
    text = ""
    sounds: list[Sound] = []
    for paragraph in draw(st.lists(st.lists(WORDS, min_size=1, max_size=5), max_size=3)):
        first = "so" if text or clip else ""  # a dash would start another clip
        text = f"{text}\n{' '.join([first, *paragraph]).strip()}".strip()
    if draw(st.booleans()):
        sounds.append(Sound(len(text), draw(st.sampled_from(["LAUGHS", "MUSIC PLAYING"]))))
    if not text and not sounds and clip:
        text = "so"
    return Turn(label, text, tuple(sounds), clip)


@given(st.lists(spoken(), min_size=1, max_size=8), st.lists(spoken(clip=True), max_size=3))
def test_turns_survive_being_written_and_read(turns: list[Turn], clips: list[Turn]) -> None:
    def written(turn: Turn) -> str:
        sounds = "".join(f" [{sound.name}]" for sound in turn.sounds)
        return f"{turn.label}: {turn.text}{sounds}" if turn.label else f"- {turn.text}{sounds}"

    lines = list(map(written, turns))
    if clips:
        lines += ["[AUDIO PLAYBACK]", *map(written, clips), "[END PLAYBACK]"]
    lead, *rest = [line.strip() for line in "\n\n".join(lines).split("\n")]
    lead = lead.replace('"', r"\"")
    body = f'{{{{< transcript "{lead}" >}}}}\n' + "\n".join(rest)
    found = transcript.turns(transcript.take(body).transcript or "")
    if clips:
        first, last = len(turns), len(turns) + len(clips) - 1
        assert found[first].sounds[0] == (0, "AUDIO PLAYBACK")
        found[first] = found[first]._replace(sounds=found[first].sounds[1:])
        assert found[last].sounds[-1].name == "END PLAYBACK"
        found[last] = found[last]._replace(sounds=found[last].sounds[:-1])
    assert found == turns + clips
