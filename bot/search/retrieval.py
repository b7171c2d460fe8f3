"""Retrieval: the passages that hold a question's words, by the index alone.

FTS5 scores every row that holds any of the words, so that common ones make it slow. Here the
rarest words are looked up first; common ones only among the passages found so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.search.question import Term
from bot.store.archive import Archive

_BUDGET = 5000  # passages looked at for words that are looked up by themselves

Hit = tuple[int, int]  # a passage's id, and which terms it holds: bit i for the i-th


async def retrieve(
    archive: Archive,
    terms: Sequence[Term],
    *,
    span: tuple[int, int] | None = None,
) -> list[Hit]:
    """All passages that hold one of the telling terms, with all the terms that they hold.

    Args:
        archive: Where to look.
        terms: What for; those that the archive does not know are passed over.
        span: Only passages with ids from the first up to, not including, the second.
    """
    known = sorted(
        ((term.count, bit, _either(term.forms)) for bit, term in enumerate(terms) if term.count)
    )
    if not known:
        return []
    selects: list[str] = []
    parameters: list[object] = []
    telling: list[str] = []
    spent = 0
    where = "passage_index MATCH ?" + (" AND rowid >= ? AND rowid < ?" if span else "")
    for count, bit, query in known:
        if not telling or spent + count <= _BUDGET:
            spent += count
            telling.append(query)
        else:
            query = f"({query}) AND ({' OR '.join(telling)})"
        selects.append(f"SELECT rowid AS id, {1 << bit} AS bit FROM passage_index WHERE {where}")
        parameters += [query, *(span or ())]
    # Thousands of rows, as they come: to make anything of each would keep everybody else waiting.
    rows: list[Any] = await archive.rows(
        f"SELECT id, sum(bit) FROM ({' UNION ALL '.join(selects)}) GROUP BY id",
        parameters,
    )
    return rows


def _either(forms: dict[str, float]) -> str:
    """An FTS5 query for any of these words; as strings, so that none is an operator."""
    return " OR ".join(f'"{form}"' for form in forms)
