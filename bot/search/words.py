"""Words: how text is cut into them, and which of a question's carry no meaning.

The cut is that of the index (FTS5's ``unicode61`` with diacritics removed and ``+`` and ``#``
kept, so that "C++" and "C#" are words), which must not drift apart from this one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

WORD = re.compile(r"(?:[^\W_]|[+#])+")

# Words that a question about a podcast is asked with, and not about.
FILLERS = frozenset(
    "about again all also am an and another any anybody anyone anything are aren as asked asking "
    "at be been being between both but by came can could couldn cover covered covering covers d "
    "did didn discuss discussed discusses discussing discussion do does doesn doing don done "
    "episode episodes ep every everything explain explained explains explaining find for from "
    "gave get gets getting give given go goes going got guy had has have having he her here hers "
    "him his how i if in into is isn it its just kind know let like ll looking m made make me "
    "mention mentioned mentions mentioning might more most much my near need no not of off on once "
    "one ones or other our out over own part please podcast podcasts question questions re really "
    "remember s said say saying says section segment she should show shows so some somebody "
    "someone something somewhere speak speaks spoke stuff such t talk talked talking talks tell "
    "tells than thank thanks that the their them then there these they thing things this those "
    "to told too topic topics understand up upon us ve very want wants was wasn we week were weren "
    "what when where whether which while who whole whom whose why will with won would you your "
    "a".split()
)


def fold(text: str) -> str:
    """Lower case without diacritics."""
    text = text.lower()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    if any(map(unicodedata.combining, decomposed)):
        decomposed = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", decomposed)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return WORD.findall(fold(text))


def places(text: str, wanted: Container[str]) -> list[tuple[int, int]]:
    """Where those words of a text stand that are among the ``wanted``, which are folded."""
    folded = fold(text)
    if folded == text.lower():  # folding moved nothing, so that it need not be done word by word
        return [match.span() for match in WORD.finditer(folded) if match[0] in wanted]
    return [match.span() for match in WORD.finditer(text) if fold(match[0]) in wanted]
