"""Finding the release that somebody means."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process, utils

from bot.announce.memory import Release
from bot.errors import QuestionError
from bot.search.browse import likeness

_SURE = 75


def choose(releases: Sequence[Release], what: str) -> Release:
    """The release of a number, slug or about a title; ``~12`` is the one with this id.

    What is not public is found by its exact number or slug only, so that nobody is shown what
    they do not know of.

    Raises:
        QuestionError: Where none is meant.
    """
    what = " ".join(what.split())
    there = [one for one in releases if one.gone is None]
    if what.startswith("~") and what[1:].isdecimal():
        for one in there:
            if one.id == int(what[1:]):
                return one
    bare = what.casefold().removeprefix("episode").strip().lstrip("#").strip()
    for one in there:
        if bare.isdecimal() and one.seen.number == int(bare[:9]):
            return one
    for one in there:
        if one.seen.slug == what.casefold():
            return one
    names = {n: one.name for n, one in enumerate(there) if one.released is not None}
    best = process.extractOne(
        what, names, scorer=likeness, processor=utils.default_process, score_cutoff=_SURE
    )
    if best is None:
        raise QuestionError(f"No episode is called {what[:80]!r}.")
    return there[best[2]]
