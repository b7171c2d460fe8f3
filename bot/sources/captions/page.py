"""HTML transcripts: ``<cite>`` names the speaker, ``<time>`` the start, ``<p>`` holds the words.

Form: https://github.com/Podcastindex-org/podcast-namespace (docs/examples/transcripts). A page
without ``<cite>`` is read as the plain text it shows.
"""

from __future__ import annotations

from bot.episode import Turn
from bot.sources import transcript
from bot.sources.captions import cues
from bot.sources.captions.cues import Cue
from bot.sources.frontmatter import parse_clock
from bot.sources.markup import events
from bot.sources.notes import clean

_INLINE = frozenset("a abbr b code em i mark q s small span strong sub sup u wbr".split())
_HIDDEN = frozenset(("script", "style", "template", "nav", "title", "noscript"))


def turns(text: str) -> list[Turn]:
    """The turns of a page; those without a stated time have none."""
    reader = _Reader()
    for name, words in events(text):
        reader.event(name, words)
    reader.flush()
    if reader.cited:
        return cues.turns(_with_ends(reader.found))
    return cues.shortened(transcript.turns("\n".join(_line(cue) for cue in reader.found)))


class _Reader:
    def __init__(self) -> None:
        self.found: list[Cue] = []
        self.parts: list[str] = []
        self.seconds: float | None = None
        self.speaker: str | None = None
        self.cited = False
        self.hidden: str | None = None

    def event(self, name: str, words: str) -> None:
        if self.hidden:
            self.hidden = None if name == f"/{self.hidden}" else self.hidden
        elif name in _HIDDEN:
            self.hidden = name
        elif not name:
            self.parts.append(words)
        elif name in ("cite", "time"):
            self.flush()
        elif name == "/cite":
            self.speaker = clean("".join(self.parts)).rstrip(": ") or cues.NOBODY
            self.parts = []
            self.cited = True
        elif name == "/time":
            said = clean("".join(self.parts))
            self.parts = []
            try:
                self.seconds = parse_clock(said.strip("[]() "))
            except ValueError:
                self.parts = [said, " "]
        elif name.lstrip("/") not in _INLINE:
            self.flush()

    def flush(self) -> None:
        if text := clean("".join(self.parts)):
            self.found.append(Cue(self.seconds, None, text, self.speaker))
            self.seconds = self.speaker = None
        self.parts = []


def _with_ends(found: list[Cue]) -> list[Cue]:
    """A paragraph lasts until the next one that states its start."""
    end: float | None = None
    done: list[Cue] = []
    for cue in reversed(found):
        later = end if end is not None and cue.start is not None and end > cue.start else None
        done.append(cue._replace(end=later))
        end = cue.start if cue.start is not None else None
    return done[::-1]


def _line(cue: Cue) -> str:
    if cue.start is None:
        return cue.text
    minutes, seconds = divmod(int(cue.start), 60)
    return f"[{minutes // 60}:{minutes % 60:02}:{seconds:02}] {cue.text}"
