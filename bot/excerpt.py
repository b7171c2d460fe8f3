"""Making a text of the archive fit to show: no control characters, and not too long."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Span = tuple[int, int]

# A run without blanks counts as several words, so that no script and no URL defeats the limit.
_WORD = re.compile(r"\S{1,40}")
_SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")

# Terminal codes, and what turns the direction of the text around. Each becomes one blank, so
# that offsets stay right.
_CONTROL = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)} - {0x0A},
    " ",
)


def clean(text: str) -> str:
    """The text without control characters; line ends stay, and every offset."""
    return text.translate(_CONTROL)


def excerpt(
    text: str, highlights: Sequence[Span], limit_words: int = 60
) -> tuple[str, tuple[Span, ...]]:
    """Cut ``text`` to at most ``limit_words`` words, those with the most highlights.

    The cut falls between sentences where one ends near by, or else between words, and is
    marked with "…". The highlights ([start, end) offsets) that are left come back moved to
    where their words now stand, shortened where the cut goes through one.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    if len(words) <= limit_words:
        return text, tuple(highlights)

    def ends_sentence(word: int) -> bool:
        return bool(_SENTENCE_END.search(text, *words[word]))

    first, last = _densest(words, highlights, limit_words)
    spare = limit_words - (last - first + 1)
    start = max(0, min(first - spare // 2, len(words) - limit_words))
    start = next((i for i in range(start, first + 1) if i == 0 or ends_sentence(i - 1)), start)
    stop = min(len(words), start + limit_words)
    if stop < len(words):
        shortest = max(last + 1, start + limit_words // 2)
        stop = next((i for i in range(stop, shortest - 1, -1) if ends_sentence(i - 1)), stop)

    begin, end = words[start][0], words[stop - 1][1]
    before = "… " if start else ""
    after = " …" if stop < len(words) else ""
    shift = len(before) - begin
    kept = [(max(a, begin), min(b, end)) for a, b in highlights if a < end and b > begin]
    return before + text[begin:end] + after, tuple((a + shift, b + shift) for a, b in kept)


def _densest(words: Sequence[Span], highlights: Sequence[Span], limit: int) -> tuple[int, int]:
    """The first and last word of the most highlighted words that fit into the limit."""
    starts, ends = [a for a, _ in words], [b for _, b in words]
    held = {
        word
        for start, end in highlights
        for word in range(bisect_right(ends, start), bisect_left(starts, end))
    }
    marked = sorted(held)
    if not marked:
        return 0, 0
    most = best = 0
    for left, first in enumerate(marked):
        fitting = bisect_left(marked, first + limit) - left
        if fitting > most:
            most, best = fitting, left
    return marked[best], marked[best + most - 1]
