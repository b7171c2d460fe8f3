"""Text of the archive as Discord Markdown: nothing in it can format, link or mention."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.episode import Note
from bot.excerpt import clean, excerpt
from bot.search.results import Span

_SPECIAL = re.compile(r"[\\*_~|`<>\[\]]|:(?=[\w+-]+:)")
_AT_START = re.compile(r"^(?:(?=-?#{1,3}\s|[-+]\s)|(\d+)(?=[.)]\s))")
# A backslash does not stop Discord from seeing these, an invisible blank inside them does.
_MENTION = re.compile(r"@|(?<=:)(?=//)")
_CUT = re.compile(r"(?<=^…) | (?=…$)")  # beside a mark that should not stand on a line alone
_HOST = r"[\w-]+(?:\.[\w-]+)+\.?(?::\d{1,5})?"
_WEB = re.compile(rf"https?://{_HOST}(?:[/?#][^\s\x00-\x20\x7f]*)?", re.I)
_ADDRESS = {ord(character): f"%{ord(character):02X}" for character in '()<>[]\\"`|*'}


def escape(text: str) -> str:
    """A text that is shown as it is written, on one line."""
    return _AT_START.sub(r"\1\\", _inline(" ".join(clean(text).split())))


def _inline(text: str) -> str:
    return _MENTION.sub("\\g<0>\u200b", _SPECIAL.sub(r"\\\g<0>", text))


def shorten(text: str, length: int) -> str:
    """At most ``length`` characters, cut between words where possible and marked so."""
    text = " ".join(clean(text).split())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > length // 2 else cut).rstrip(" .,;:–-") + "…"


def tail(text: str, length: int) -> str:
    """The end of a text: at most ``length`` characters, cut as ``shorten`` does."""
    text = " ".join(clean(text).split())
    if len(text) <= length:
        return text
    cut = text[1 - length :]
    _, _, rest = cut.partition(" ")
    return "…" + (rest if len(rest) > length // 2 else cut)


def quoted(text: str, highlights: Sequence[Span], words: int, length: int = 900) -> str:
    """An excerpt of at most ``words`` words and ``length`` characters, highlights in bold."""
    text, highlights = excerpt(clean(text).replace("\n", " "), highlights, words)
    parts: list[str] = []
    end = 0
    for start, stop in highlights:
        parts += [_inline(text[end:start]), "**", _inline(text[start:stop]), "**"]
        end = stop
    parts.append(_inline(text[end:]))
    marked = _AT_START.sub(r"\1\\", "".join(parts).strip())
    marked = _CUT.sub("\u00a0", marked)
    # Every character may have been escaped; one that is too long is shown without bold.
    return marked if len(marked) <= length else escape(shorten(text, length // 2))


def link(text: str, url: str | None, length: int = 200) -> str:
    """A masked link, or the bare text where there is no address to link to."""
    shown = shorten(text, length) or "link"
    if not web(url):
        return escape(shown)
    # Discord gives up on a link whose text has a bracket without its partner.
    shown = shown.replace("[", "(").replace("]", ")")
    return f"[{escape(shown)}]({_address(url)})"


def linked(note: Note, length: int) -> str:
    """A note with its links where they stand in it."""
    text = shorten(note.text, length)
    parts: list[str] = []
    loose: list[str] = []
    end = 0
    for one in note.links:
        at = text.find(one.text, end) if one.text else -1
        if at < 0:
            loose += [link(one.text or one.label, one.url, 60)] * web(one.url)
            continue
        parts += [_inline(text[end:at]), link(one.text, one.url)]
        end = at + len(one.text)
    parts.append(_inline(text[end:]))
    return " ".join([_AT_START.sub(r"\1\\", "".join(parts)), *loose]).strip()


def web(url: str | None, longest: int = 500) -> bool:
    """Whether an address can be linked to: on the web, and not too long for a button."""
    return url is not None and len(url) <= longest and _WEB.fullmatch(url) is not None


def _address(url: str | None) -> str:
    return (url or "").translate(_ADDRESS)


def at(url: str, seconds: float) -> str:
    """The address of a place in the audio (https://www.w3.org/TR/media-frags/)."""
    return f"{url.partition('#')[0]}#t={int(seconds)}"


def clock(seconds: float | None, exact: bool) -> str:
    """A position in the audio: "12:34", or "≈ 12:34" where it is an estimate."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds) if exact else round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    shown = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return shown if exact else f"≈ {shown}"


def heard(url: str | None, seconds: float | None, exact: bool) -> str:
    """``clock``; where the position is known to the second, a link to hear it from there."""
    shown = clock(seconds, exact)
    if not url or seconds is None or not exact or not web(place := at(url, seconds)):
        return shown
    return f"[{shown}]({_address(place)})"


def day(moment: date | None) -> str:
    """A day in words, the same for every reader: "5 April 2017"."""
    return f"{moment.day} {moment:%B %Y}" if moment else ""
