"""No pattern of the bot can be made to run for ever by what it is given."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot
import cogs
from bot.errors import SourceError
from bot.sources.captions.reading import read

from ..conftest import ROOT
from ..sources.feed.reading import problems

# More than enough to tell what is exponential. Whoever meets longer texts, and many of them, gets
# one through the front door below.
LENGTH = 300

PIECES = [
    *" aA1<>[](){}.,:;-_&#\"'`*/\\\n\t@!?=|~+é\u3000",
    *("a ", "A ", "Aa ", "1 ", "a.", "a,", "1:", "a-", "a@", "<a", "&a", "](", "{{<", "..", "; "),
    *("a and ", "A, ", "with A ", "not ", "episode ", "http://a", "<!--", "<v ", "[? ", "00:00 "),
]

# Run in a process of its own: nothing else can stop a pattern that does not come to an end.
TRY = """
import json, re, sys
for line in sys.stdin:
    where, pattern, flags, binary, texts = json.loads(line)
    print(where, flush=True)
    made = re.compile(pattern.encode() if binary else pattern, flags)
    for text in texts:
        given = text.encode() if binary else text
        made.search(given), made.match(given), made.fullmatch(given)
print("done", flush=True)
"""


def patterns() -> dict[tuple[str | bytes, int], str]:
    """Every pattern of ``bot/`` and ``cogs/``, compiled there or on the spot, and where it is."""
    found: dict[tuple[str | bytes, int], str] = {}
    for package in (bot, cogs):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(info.name)).items():
                values = vars(value).values() if isinstance(value, type) else [value]
                for one in (one for value in values for one in compiled(value)):
                    found.setdefault((one.pattern, one.flags), f"{info.name}.{name}")
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re")),
                    args=[ast.Constant(value=str(text)), *_],
                ):
                    found.setdefault((text, 0), f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def compiled(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from compiled(tuple(value.values()))
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from compiled(one)


def hostile(pattern: str, length: int) -> list[str]:
    """Repetitions of what patterns are made of, and of this one's own words; never a match."""
    own = [f"{word} " for word in re.findall(r"[A-Za-z]{2,}", pattern)[:6]]
    return [piece * (length // len(piece)) + "\x00" for piece in [*PIECES, *own]]


def lines(found: dict[tuple[str | bytes, int], str], length: int) -> str:
    written: list[str] = []
    for (pattern, flags), where in found.items():
        text = pattern.decode() if isinstance(pattern, bytes) else pattern
        binary = isinstance(pattern, bytes)
        written.append(json.dumps([where, text, flags, binary, hostile(text, length)]))
    return "\n".join(written) + "\n"


def tried(given: str, limit: float) -> str:
    """The last line that trying them said, within ``limit`` seconds."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", TRY],
            input=given,
            capture_output=True,
            text=True,
            timeout=limit,
            check=True,
        )
    except subprocess.TimeoutExpired as late:
        out: Any = late.stdout or b""  # bytes also where text was asked for
        return bytes(out).decode().splitlines()[-1]
    return done.stdout.splitlines()[-1]


def test_no_pattern_backtracks_without_end() -> None:
    found = patterns()
    assert len(found) > 100
    start = time.monotonic()
    assert tried(lines(found, 10), 600) == "done"
    # Thirty times the text: a thousand times as long for all together is still no catastrophe,
    # since one that doubles with each character would take longer than the universe is old.
    limit = max(60.0, 1_000 * (time.monotonic() - start))
    assert tried(lines(found, LENGTH), limit) == "done"


def test_a_catastrophe_would_be_seen() -> None:
    assert tried(lines({(r"(a+)+b", 0): "here"}, 60), 3.0) == "here"


@pytest.mark.parametrize("piece", ["\n", " ", "1", "1:", " \n", "00:00 ", "<v ", "[", "(", "-->"])
def test_transcripts_are_read_in_time(piece: str) -> None:
    """Long enough that time which grows with the square of the length would be noticed."""
    code = (
        "from bot.sources.captions.reading import read\n"
        "from bot.errors import SourceError\n"
        f"text = {piece!r} * (1_000_000 // {len(piece)}) + 'x'\n"
        "for start in ('', 'WEBVTT\\n\\n', 'Ann: Hello.\\n', 'ANN', 'Bob ['):\n"
        "    try: read((start + text).encode(), 't')\n"
        "    except SourceError: pass\n"
        "print('done')\n"
    )
    assert python(code) == "done"


@pytest.mark.parametrize("piece", [" ", "1", "1h", "1h ", "a", "\u3000"])
def test_tags_of_feeds_are_read_in_time(piece: str) -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from tests.sources.feed.reading import problems\n"
        f"text = '1h' + {piece!r} * (200_000 // {len(piece)}) + '!'\n"
        "for tag in ('itunes:duration', 'pubDate', 'title', 'itunes:author', 'itunes:episode'):\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        problems(pathlib.Path(folder), f'<title>A</title><{tag}>{text}</{tag}>')\n"
        "print('done')\n"
    )
    assert python(code) == "done"


def python(code: str) -> str:
    """What a program printed; generous, as it takes a second or hours."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
        )
    except subprocess.TimeoutExpired:
        return "never came to an end"
    return done.stdout.strip() or done.stderr


def test_what_the_patterns_still_read(tmp_path: Path) -> None:
    srt = b"1\n 00:00:05,000  -->  00:00:06,000\nBob: Good evening.\n"
    assert read(srt, "t").turns[0].seconds == 5.0
    with pytest.raises(SourceError):
        read(b"\n" * 1000, "t")
    assert problems(tmp_path, "<title>A</title><itunes:duration>1 h 2 min</itunes:duration>") == []
