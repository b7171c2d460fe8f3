"""Acronyms, learned where a text spells them out: "Google Kubernetes Engine (GKE)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What stands between an acronym and its words, whichever comes first. As fixed strings, which
# are found many times faster than patterns: every word of an archive is looked at.
_BETWEEN = (
    *(" (", " or ", " aka ", " known as ", " stands for ", " stand for ", " short for "),
    *(" means ", " which is ", " as in ", " abbreviated "),
)
_SHORT_AFTER = re.compile(r"(?:the\s|to\s|as\s)?([A-Z][A-Z0-9]{1,5})s?\b")
_SHORT_BEFORE = re.compile(r"\b([A-Z][A-Z0-9]{1,5})s?,?(?:\s(?:which\s)?is|\swhich)?$")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SMALL = frozenset("a an and as at by for from in of on or the to with".split())
_WINDOW = 90  # characters in which the words of an acronym stand


def learn(text: str) -> Iterator[tuple[str, str]]:
    """Yield each acronym that a text spells out, with its words, both in lower case."""
    for between in _BETWEEN:
        end = 0
        while (start := text.find(between, end)) >= 0:
            end = start + len(between)
            if match := _SHORT_AFTER.match(text, end):
                before = _WORD.findall(text, max(0, start - _WINDOW), start)
                if words := _spelling(match[1].lower()[::-1], before[::-1]):
                    yield match[1].lower(), " ".join(reversed(words))
            elif match := _SHORT_BEFORE.search(text, max(0, start - 16), start):
                after = _WORD.findall(text, end, end + _WINDOW)
                if words := _spelling(match[1].lower(), after):
                    yield match[1].lower(), " ".join(words)


def _spelling(letters: str, nearest: list[str]) -> list[str]:
    """The words with these initials, of those nearest to an acronym."""
    nearest = [word.lower() for word in nearest]
    return _initials(letters, nearest, _SMALL) or _initials(letters, nearest, frozenset())


def _initials(letters: str, nearest: list[str], uncounted: frozenset[str]) -> list[str]:
    taken: list[str] = []
    left = letters
    for word in nearest:
        if not left:
            break
        if word[0] == left[0] and word not in uncounted:
            left = left[1:]
        elif word not in _SMALL:
            return []
        elif not taken:
            continue
        taken.append(word)
    return [] if left else taken
