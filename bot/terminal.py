"""Showing results in a terminal. What comes from the archive is data: never markup, no codes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bot.excerpt import clean, excerpt
from bot.search.results import Answer, EpisodeHead, Page, Quotes

if TYPE_CHECKING:
    from bot.episode import Episode, Note, Problem
    from bot.loading import LoadReport
    from bot.search.results import Evidence, Found, Passage, Span, SpokenTurn

_INDENT = 4
_CLOSEST = 3  # episodes named where none is the answer
_MOST_PROBLEMS = 10
_CONTEXT_WORDS = 30  # of the turns around a quoted passage
_HIGHLIGHT = "bold yellow"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise  # what rich has caught; it would exit, but the caller knows better


def terminal(*, stderr: bool = False) -> Console:
    """A console for the standard output: plain text, not wrapped, unless it is a terminal."""
    stream: TextIO | None = sys.stderr if stderr else sys.stdout
    plain = bool(
        not (stream and stream.isatty())
        or os.environ.get("NO_COLOR")
        or os.environ.get("TERM") == "dumb"
    )
    return _Console(
        stderr=stderr, color_system=None if plain else "auto", soft_wrap=plain, highlight=False
    )


@contextmanager
def progress_bar(what: str) -> Generator[Callable[[int, int], None] | None]:
    """A progress bar on standard error, as the callback to tell (done, total); or None."""
    console = terminal(stderr=True)
    if console.soft_wrap:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def clock(seconds: float, *, exact: bool) -> str:
    """A position in the audio: "12:34", "1:02:03", and "≈ 12:34" where it is estimated."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    shown = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return shown if exact else f"≈ {shown}"


def looked_through(searched: int, without_transcript: int) -> str:
    """What an honest "nothing found" goes with."""
    said = f"Looked through {count(searched, 'episode')}"
    if not without_transcript:
        return f"{said}."
    have = "has" if without_transcript == 1 else "have"
    return f"{said}; {without_transcript:,} {have} no transcript."


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 episode", "2,041 turns"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_result(console: Console, result: Answer | Quotes | Page | EpisodeHead) -> None:
    """Print what was found, or an honest line saying that nothing was."""
    match result:
        case Answer():
            _answer(console, result)
        case Quotes():
            _quotes(console, result)
        case Page():
            _page(console, result)
        case EpisodeHead():
            _head(console, result)


def _answer(console: Console, answer: Answer) -> None:
    if answer.conditions:
        labels = " · ".join(clean(condition.label) for condition in answer.conditions)
        missed = "" if answer.fulfilled else " (nothing like that fits as well)"
        _line(console, Text(f"Understood: {labels}{missed}", "dim"))
    if answer.closest:
        _line(console, Text("I am not sure. The closest I have:", "bold"))
    elif not answer.answered:
        _line(console, Text("No episode covers that.", "bold"))
        _line(console, Text(looked_through(answer.searched, answer.without_transcript)))
        if answer.episodes:
            _line(console, Text("Closest:"))
    episodes = answer.episodes if answer.answered else answer.episodes[:_CLOSEST]
    for rank, found in enumerate(episodes):
        if rank:
            console.print()
        _found(console, found, pieces=1 if rank or not answer.answered else 3)


def _quotes(console: Console, quotes: Quotes) -> None:
    if not quotes.passages:
        _line(console, Text("Nobody says that in a transcript.", "bold"))
        _line(console, Text(looked_through(quotes.searched, quotes.without_transcript)))
    for rank, passage in enumerate(quotes.passages):
        if rank:
            console.print()
        _passage(console, passage)


def _page(console: Console, page: Page) -> None:
    in_all = count(page.total, "episode")
    if not page.episodes:
        none = f"No more: {in_all} in all." if page.total else "No episode fits."
        _line(console, Text(none, "bold"))
        return
    for episode in page.episodes:
        _line(console, _title(episode))
        _meta(console, episode)
    if len(page.episodes) < page.total:
        _line(console, Text(f"{len(page.episodes)} of {in_all}", "dim"))


def _head(console: Console, episode: EpisodeHead) -> None:
    _line(console, _title(episode))
    _meta(console, episode)
    if episode.blurb:
        _line(console, Text(clean(episode.blurb)), _INDENT)


def print_episode(console: Console, episode: Episode, head: EpisodeHead) -> None:
    """Print an episode with its show notes, and how long its transcript is."""
    _head(console, head)
    for role, names in (
        ("Hosts", episode.hosts),
        ("Guests", episode.guests),
        ("Categories", episode.categories),
        ("Audio", (episode.audio_url,) if episode.audio_url else ()),
    ):
        if names:
            _line(console, Text(clean(f"{role}: {', '.join(names)}")), _INDENT)
    for section in episode.sections:
        console.print()
        if section.heading:
            start = f"{clock(section.seconds, exact=True)}  " if section.seconds is not None else ""
            _line(console, Text(start + clean(section.heading), "bold"), _INDENT)
        for note in section.notes:
            _note(console, note)
    words = sum(number for _, number in episode.spoken_words())
    size = f"{count(len(episode.turns), 'turn')}, {count(words, 'word')}" if words else "none"
    console.print()
    _line(console, Text(f"Transcript: {size}", "dim"), _INDENT)


def print_report(console: Console, report: LoadReport, place: str) -> None:
    """Print what loading did, each file that was left out, and the first oddities."""
    did = [
        f"{number:,} {what}"
        for what in ("added", "changed", "renamed", "removed")
        if (number := getattr(report, what))
    ]
    holds = f"{count(report.episodes, 'episode')} with {count(report.turns, 'turn')}"
    _line(
        console,
        Text(clean(f"{place}: {', '.join(did) or 'nothing changed'} in {report.seconds:.1f} s.")),
    )
    _line(console, Text(f"The archive holds {holds}."))
    if report.replaced:
        _line(console, Text(clean(f"It held those of {report.replaced} before.")))
    if report.failed:
        _line(console, Text(f"{count(len(report.failed), 'file')} left out:", "bold red"))
        for error in report.failed:
            _line(console, Text(clean(str(error))), _INDENT)
    if report.problems:
        _line(console, Text(f"Loaded, but odd in {count(len(report.problems), 'place')}:"))
        _some(console, report.problems)
    if report.skipped:
        _line(console, Text(f"{count(len(report.skipped), 'file')} skipped, being no episodes:"))
        _some(console, report.skipped)


def _some(console: Console, problems: Sequence[Problem]) -> None:
    for problem in problems[:_MOST_PROBLEMS]:
        _line(console, Text(clean(str(problem)), "dim"), _INDENT)
    if (more := len(problems) - _MOST_PROBLEMS) > 0:
        _line(console, Text(f"and {more:,} more; load --json lists all", "dim"), _INDENT)


def _line(console: Console, text: Text, indent: int = 0) -> None:
    """Print a text, indented also where it is wrapped; a plain console doesn't wrap."""
    for line in text.split("\n", allow_blank=True):
        for part in [line] if console.soft_wrap else _wrapped(line, console.width - indent):
            console.print(Text(" " * indent) + part, soft_wrap=True)


def _wrapped(text: Text, width: int) -> Iterable[Text]:
    """Break a line between words; unlike rich, never within a long one, which may be a URL."""
    breaks: list[int] = []
    used = 0
    for word in re.finditer(r"\S+\s*", text.plain):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return text.divide(breaks)


def _title(episode: EpisodeHead, highlights: Sequence[Span] = ()) -> Text:
    number = f"#{episode.number}  " if episode.number is not None else ""
    title = _marked(clean(episode.title), highlights, "bold")
    return Text.assemble((number, "bold cyan"), title)


def _meta(console: Console, episode: EpisodeHead) -> None:
    """The line below a title: date, length and address."""
    length = clock(episode.duration, exact=True) if episode.duration else None
    known = [part for part in (episode.date, length, episode.url) if part]
    if known:
        _line(console, Text(clean(" · ".join(known)), "dim"), _INDENT)


def _found(console: Console, found: Found, *, pieces: int) -> None:
    episode = found.episode
    in_title = [
        span
        for piece in found.evidence
        if piece.kind == "title" and piece.text == episode.title
        for span in piece.highlights
    ]
    _line(console, _title(episode, in_title))
    _meta(console, episode)
    elsewhere = [piece for piece in found.evidence if piece.kind != "title"]
    for piece in elsewhere[:pieces]:
        words = _words(piece.text, piece.highlights)
        _line(console, Text.assemble((f"{_where(piece)}: ", "cyan"), words), _INDENT)


def _where(piece: Evidence) -> str:
    """Where the words of a piece of evidence stand: who says them and when, or which notes."""
    if piece.kind == "transcript":
        return _spoken_by(piece.speaker, piece.seconds, exact=piece.exact)
    if piece.kind == "note":
        return clean(f"notes, {piece.section}" if piece.section else "notes")
    return piece.kind


def _spoken_by(speaker: str | None, seconds: float | None, *, exact: bool) -> str:
    who = clean(speaker or "a clip")
    return who if seconds is None else f"{who}, {clock(seconds, exact=exact)}"


def _passage(console: Console, passage: Passage) -> None:
    def around(turn: SpokenTurn) -> None:
        who = _spoken_by(turn.speaker, turn.seconds, exact=turn.exact)
        words = _words(turn.text, (), _CONTEXT_WORDS)
        _line(console, Text(f"{who}: {words.plain}", "dim"), _INDENT)

    _line(console, _title(passage.episode))
    _meta(console, passage.episode)
    for turn in passage.before:
        around(turn)
    who = _spoken_by(passage.speaker, passage.seconds, exact=passage.exact)
    words = _words(passage.text, passage.highlights)
    _line(console, Text.assemble((f"{who}: ", "cyan"), words), _INDENT)
    for turn in passage.after:
        around(turn)


def _note(console: Console, note: Note) -> None:
    line = Text("• " if note.depth else "").append(clean(note.text))
    for link in note.links:
        line.append(f" {clean(link.url)}", "dim")
    _line(console, line, _INDENT + 2 * max(0, note.depth - 1))


def _words(text: str, highlights: Sequence[Span], limit: int = 60) -> Text:
    """The words around the highlights, on one line."""
    return _marked(*excerpt(clean(text).replace("\n", " "), highlights, limit))


def _marked(text: str, highlights: Sequence[Span], style: str = "") -> Text:
    marked = Text(text, style)
    for start, end in highlights:
        marked.stylize(_HIGHLIGHT, start, end)
    return marked
