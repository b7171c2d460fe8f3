"""Cards: what is shown of answers, passages, episodes, people and lists, within every limit.

Each builder returns a view of Components V2 that holds the given buttons. Nothing here asks
the archive or Discord for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.episode import Episode
from bot.search.person import Profile
from bot.search.results import Answer, EpisodeHead, Evidence, Found, Page, Passage
from bot.search.transcript import Window
from bot.ui.limits import COMPONENT_TEXT, OPTION_TEXT, ROW_BUTTONS, SELECT_OPTIONS
from bot.ui.markdown import clock, day, escape, heard, link, linked, quoted, shorten, tail, web

Item = ui.Item[Any]
_TEXT = COMPONENT_TEXT - 200  # room for what is added at the end
OTHERS = 3  # further candidates shown below the best
_PROOF_WORDS = (34, 26)  # of the first and the second piece of evidence
TURN_LENGTH = 500


class Layout(ui.LayoutView):
    """What is sent, and need not be remembered: its controls are found by their custom ids.

    They work after a restart, and discord.py keeps neither the view nor a task that waits for it
    to time out.
    """

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.stop()


class Illustrated(Layout):
    """A card with pictures, which are sent along as files."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__()
        self._pictures = pictures

    def files(self) -> list[discord.File]:
        """The files, made anew: a file is good for being sent once."""
        return [discord.File(BytesIO(data), name) for name, data in self._pictures.items()]


class Card:
    """A container that is filled from the top, and never over Discord's limit on text."""

    def __init__(self, colour: int) -> None:
        self._colour = colour
        self._children: list[Item] = []
        self._left = _TEXT
        self._pictures: dict[str, bytes] = {}

    def text(self, text: str, *, image: str | None = None) -> bool:
        """Add a text, beside an image where there is one; False where it did not fit."""
        if not text or len(text) > self._left:
            return False
        self._left -= len(text)
        display: ui.TextDisplay[Any] = ui.TextDisplay(text)
        if web(image):
            self._children.append(ui.Section(display, accessory=ui.Thumbnail(str(image))))
        else:
            self._children.append(display)
        return True

    def texts(self, lines: Iterable[str]) -> None:
        """Add lines as one text, as many as fit."""
        fitting: list[str] = []
        left = self._left
        for line in lines:
            left -= len(line) + 1
            if left < 0:
                break
            fitting.append(line)
        self.text("\n".join(fitting))

    def picture(self, name: str, data: bytes, described: str) -> None:
        """Add a picture that is sent along as a file, with what it shows in words."""
        item = discord.MediaGalleryItem(f"attachment://{name}", description=described)
        self._children.append(ui.MediaGallery(item))
        self._pictures[name] = data

    def line(self) -> None:
        """Add a separator."""
        self._children.append(ui.Separator())

    def buttons(self, items: Iterable[Item | None]) -> None:
        """Add buttons, five to a row; None stands for one that does not apply."""
        there = [item for item in items if item is not None]
        for first in range(0, len(there), ROW_BUTTONS):
            self._children.append(ui.ActionRow(*there[first : first + ROW_BUTTONS]))

    def select(self, item: Item | None) -> None:
        """Add a menu."""
        if item is not None:
            self._children.append(ui.ActionRow(item))

    def view(self) -> ui.LayoutView:
        """The finished card."""
        view = Illustrated(self._pictures) if self._pictures else Layout()
        view.add_item(ui.Container(*self._children, accent_colour=discord.Colour(self._colour)))
        return view


def notice(colour: int, text: str) -> ui.LayoutView:
    """A plain line or two."""
    card = Card(colour)
    card.text(shorten(text, _TEXT))
    return card.view()


def answer(
    colour: int,
    found: Answer,
    best_buttons: Sequence[Item | None],
    buttons: Sequence[Item | None],
    menu: Item | None = None,
) -> ui.LayoutView:
    """The best episode with its proof, the closest there is, or an honest no; then others."""
    card = Card(colour)
    card.text(f"-# {escape(shorten(found.question, 200))}")
    card.text(_narrowed(found))
    others = list(found.episodes)
    if found.answered or found.closest:
        best, *others = found.episodes
        if found.closest:
            card.text("I am not sure. The closest I have:")
        card.text(heading(best.episode))
        for piece, words in zip(_telling(best), _PROOF_WORDS, strict=False):
            card.text(evidence(piece, best.episode, words=words))
        card.buttons(best_buttons)
        if others:
            card.line()
    else:
        looked = searched(found.searched, found.without_transcript)
        card.text(f"### No episode covers that\n-# I looked through {looked}.")
        card.text("The nearest I have:" if others else "Other words may help: a name, a joke.")
    for one in others[:OTHERS]:
        card.text(_candidate(one))
    if corrections := found.understood.get("corrections"):
        read = ", ".join(f"{escape(to)} for “{escape(word)}”" for word, to in corrections.items())
        card.text(f"-# Read as {shorten(read, 300)}")
    card.buttons(buttons)
    card.select(menu)
    return card.view()


def _narrowed(found: Answer) -> str:
    """How the conditions of a question were understood, and whether the best fulfils them."""
    if not found.conditions:
        return ""
    labels = " · ".join(escape(condition.label) for condition in found.conditions)
    missed = "" if found.fulfilled else ". Nothing like that fits as well as this"
    return f"-# Understood: {shorten(labels, 300)}{missed if found.episodes else ''}"


def searched(episodes: int, silent: int) -> str:
    """How much was looked through: "14 episodes, 1 of them without a transcript"."""
    without = f", {silent:,} of them without a transcript" if silent else ""
    return f"{episodes:,} {'episode' if episodes == 1 else 'episodes'}{without}"


def candidates(
    colour: int, found: Answer, offset: int, buttons: Sequence[Item | None], menu: Item | None
) -> ui.LayoutView:
    """Further candidates, each with its best piece of evidence."""
    card = Card(colour)
    card.text(f"-# {escape(shorten(found.question, 200))}")
    for number, one in enumerate(found.episodes[offset : offset + 5], start=offset + 1):
        card.text(f"**{number}.** {_candidate(one, words=20)}")
    card.buttons(buttons)
    card.select(menu)
    return card.view()


def _telling(found: Found) -> list[Evidence]:
    """The evidence that says more than the headline above it, or what the episode is about."""
    pieces = [piece for piece in found.evidence if piece.kind != "title"]
    if not pieces and (blurb := found.episode.blurb):
        pieces = [Evidence(kind="description", text=blurb)]
    return pieces


def _candidate(found: Found, *, words: int = 12) -> str:
    proof = next((quoted(p.text, p.highlights, words, 300) for p in _telling(found)), "")
    return entry(found.episode, proof)


def entry(head: EpisodeHead, *facts: str) -> str:
    """An episode in a list: its title as a link, and in small print its date and some facts."""
    small = " · ".join(filter(None, [day(head.published), *facts]))
    return f"{title(head)}\n-# {small}" if small else title(head)


def title(head: EpisodeHead) -> str:
    """An episode's number and title, as a link."""
    return link(_name(head), head.url)


def _name(head: EpisodeHead) -> str:
    return f"#{head.number} {head.title}" if head.number is not None else head.title


def heading(head: EpisodeHead) -> str:
    """An episode as a headline with its date and duration below."""
    facts = [day(head.published), clock(head.duration, exact=True)]
    small = " · ".join(filter(None, facts))
    return f"### {title(head)}\n-# {small}" if small else f"### {title(head)}"


def evidence(piece: Evidence, head: EpisodeHead, *, words: int) -> str:
    """A quotation with its highlights, and where it comes from."""
    if piece.kind == "transcript":
        said = [
            escape(shorten(piece.speaker or "clip", 80)),
            _place(head, piece.seconds, piece.exact),
        ]
        source = " · ".join(part for part in said if part)
    elif piece.section:
        source = f"show notes, {escape(shorten(piece.section, 80))}"
    else:
        source = {"note": "show notes", "hosts": "host", "guests": "guest"}.get(
            piece.kind, piece.kind
        )
    return f"> {quoted(piece.text, piece.highlights, words)}\n-# — {source}"


def _place(head: EpisodeHead, seconds: float | None, exact: bool) -> str:
    return heard(head.audio_url or head.url, seconds, exact)


def passage(
    colour: int, found: Passage, buttons: Sequence[Item | None], *, others: Sequence[Passage] = ()
) -> ui.LayoutView:
    """A quotation with who said it, what was said before and after, and other passages."""
    card = Card(colour)
    card.text(heading(found.episode))
    for turn in found.before[-1:]:
        card.text(f"-# **{_speaker(turn.speaker)}:** {escape(tail(turn.text, 110))}")
    card.text(
        f"{_said(found.episode, found.speaker, found.seconds, found.exact)}\n"
        f"> {quoted(found.text, found.highlights, 70, 1200)}"
    )
    for turn in found.after[:1]:
        card.text(f"-# **{_speaker(turn.speaker)}:** {escape(shorten(turn.text, 110))}")
    card.buttons(buttons)
    if others:
        card.line()
        for one in others[:OTHERS]:
            said = f"{_speaker(one.speaker)}: {quoted(one.text, one.highlights, 14, 300)}"
            card.text(entry(one.episode, said))
    return card.view()


def transcript(
    colour: int, window: Window, buttons: Sequence[Item | None], *, marked: int | None = None
) -> ui.LayoutView:
    """Some turns of a transcript; of the one numbered ``marked`` what was asked for stands out."""
    card = Card(colour)
    card.text(heading(window.episode))
    for turn in window.turns:
        if turn.turn == marked:
            text = f"> {quoted(turn.text, window.highlights, 90, 2 * TURN_LENGTH)}"
        else:
            text = escape(shorten(turn.text, TURN_LENGTH))
        card.text(f"-# {_said(window.episode, turn.speaker, turn.seconds, turn.exact)}\n{text}")
    card.buttons(buttons)
    return card.view()


def _speaker(name: str | None) -> str:
    return escape(shorten(name or "Clip", 80))


def _said(head: EpisodeHead, name: str | None, seconds: float | None, exact: bool) -> str:
    place = _place(head, seconds, exact)
    return f"**{_speaker(name)}**" + (f" · {place}" if place else "")


def episode(
    colour: int,
    head: EpisodeHead,
    whole: Episode,
    buttons: Sequence[Item | None],
    menu: Item | None,
) -> ui.LayoutView:
    """One episode: people, summary, categories, and the parts of its show notes."""
    card = Card(colour)
    people = [
        f"**{label}{'s' * (len(names) > 1)}** {escape(shorten(', '.join(names), 300))}"
        for label, names in (("Host", whole.hosts), ("Guest", whole.guests))
        if names
    ]
    card.text("\n".join([heading(head), *people]), image=whole.image)
    if whole.blurb:
        card.text(escape(shorten(whole.blurb, 400)))
    for part in whole.sections:
        if "question" in part.heading.casefold() and part.text:
            asked = f"**{escape(shorten(part.heading, 100))}**"
            card.text(f"{asked}\n{escape(shorten(part.text, 250))}")
            break
    if whole.categories:
        card.text(f"-# {escape(shorten(' · '.join(whole.categories), 300))}")
    card.buttons(buttons)
    card.select(menu)
    return card.view()


def section(
    colour: int, head: EpisodeHead, whole: Episode, number: int, buttons: Sequence[Item | None]
) -> ui.LayoutView:
    """One section of an episode's show notes, with its links."""
    card = Card(colour)
    part = whole.sections[number]
    facts = [title(head), _place(head, part.seconds, exact=True)]
    small = " · ".join(filter(None, facts))
    card.text(f"### {escape(shorten(part.heading or 'Show notes', 150))}\n-# {small}")
    notes = [("- " * bool(note.depth)) + text for note in part.notes if (text := linked(note, 500))]
    card.texts(notes)
    card.buttons(buttons)
    return card.view()


def listing(
    colour: int,
    headline: str,
    page: Page,
    offset: int,
    buttons: Sequence[Item | None],
    menu: Item | None,
) -> ui.LayoutView:
    """A page of episodes, with a menu to open one."""
    card = Card(colour)
    last = offset + len(page.episodes)
    shown = f"{offset + 1} to {last} of {page.total:,}" if page.episodes else f"{page.total:,}"
    card.text(f"### {headline}\n-# {shown}")
    room = 110 if len(page.episodes) <= 5 else 60
    for head in page.episodes:
        card.text(entry(head, escape(shorten(head.blurb or "", room))))
    card.buttons(buttons)
    card.select(menu)
    return card.view()


def person(
    colour: int,
    profile: Profile,
    shown: int,
    buttons: Sequence[Item | None],
    menu: Item | None,
) -> ui.LayoutView:
    """A host or guest: on what, how much of the talking, and the newest of their episodes."""
    card = Card(colour)
    roles = [
        f"{role} of {count:,}"
        for role, count in (("host", profile.hosted), ("guest", profile.guested))
        if count
    ] or [f"heard in {profile.total:,}"]
    facts = [
        f"{' and '.join(roles)} {'episode' if profile.total == 1 else 'episodes'}",
        f"{profile.words:,} words, {profile.share:.0%} of what was said there"
        if profile.words
        else "",
    ]
    told = " · ".join(filter(None, facts))
    card.text(f"### {escape(shorten(profile.name, 200))}\n{told[:1].upper()}{told[1:]}")
    if profile.topics:
        card.text(f"**Most about** {escape(shorten(', '.join(profile.topics), 300))}")
    card.line()
    for head, role in profile.episodes[:shown]:
        heard = role if profile.hosted and role != "host" else ""
        card.text(entry(head, heard))
    card.buttons(buttons)
    card.select(menu)
    return card.view()


def section_options(whole: Episode) -> list[discord.SelectOption]:
    """Menu entries that open a section of the show notes; their values are its number."""
    return [
        discord.SelectOption(
            label=shorten(part.heading, OPTION_TEXT) or "Introduction",
            description=shorten(part.notes[0].text if part.notes else "", OPTION_TEXT)
            or clock(part.seconds, exact=True)
            or None,
            value=str(number),
        )
        for number, part in enumerate(whole.sections)
        if part.notes or part.seconds is not None
    ][:SELECT_OPTIONS]


def options(heads: Sequence[EpisodeHead]) -> list[discord.SelectOption]:
    """Menu entries that open one of these episodes; their values are episode ids."""
    return [
        discord.SelectOption(
            label=shorten(_name(head), OPTION_TEXT) or "Untitled",
            description=day(head.published) or None,
            value=str(head.id),
        )
        for head in list({head.id: head for head in heads}.values())[:SELECT_OPTIONS]
    ]
