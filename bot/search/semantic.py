"""Meaning: episodes close to a question although they use other words.

Every passage that says what an episode is about is encoded as a vector when it is loaded (see
``bot.search.encoder``); the cosine between it and the question's tells how close they are.
Where the extra ``semantic`` is not installed, ``near`` finds nothing and all else works the
same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from bot.passages import Kind, episode_of, kind_of, span
from bot.search import encoder
from bot.store.archive import Archive

log = logging.getLogger(__name__)

_KINDS = frozenset({Kind.TITLE, Kind.DESCRIPTION, Kind.NOTE, Kind.TRANSCRIPT})  # that are encoded
_PASSAGES = 3  # an episode is as close as so many of its passages on average
_SHOW_NOTES = 0.9  # what their closeness counts: short texts are close to short questions
_MOST_PASSAGES = 200_000  # 300 MB of vectors; beyond, words alone have to do

# One thread, always the same: each that encodes many texts keeps the memory it needed for that.
_LEARNER = ThreadPoolExecutor(1, "learner")


class Near(NamedTuple):
    """How close in meaning an episode is, and its closest passages, the closest first.

    ``cosine`` is the mean of these passages', ``closeness`` how many standard deviations that
    is from the mean of all episodes.
    """

    closeness: float
    cosine: float
    passages: tuple[int, ...]


async def learn(archive: Archive, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Encode every episode that is not encoded yet; return how many were.

    ``progress`` is told (episodes done, episodes to encode).
    """
    if not encoder.available():
        return 0
    missing = await archive.rows(
        "SELECT id, hash FROM episode "
        "WHERE id NOT IN (SELECT episode_id FROM embedding WHERE model = ?) ORDER BY id",
        (encoder.MODEL,),
    )
    for done, (episode, file_hash) in enumerate(missing, start=1):
        rows = await archive.rows(
            "SELECT id, text FROM passage WHERE id >= ? AND id < ? ORDER BY id", span(episode)
        )
        texts = [text for passage, text in rows if kind_of(passage) in _KINDS]
        vectors = await _packed(texts)
        await archive.put_embedding(episode, encoder.MODEL, vectors, file_hash=file_hash)
        if progress:
            progress(done, len(missing))
    return len(missing)


async def _packed(texts: list[str]) -> bytes:
    """The vectors of texts, made a few at a time, so that a bot that is stopped waits for few."""
    import numpy as np

    loop = asyncio.get_running_loop()
    vectors: Any = np.empty((len(texts), encoder.WIDTH), dtype="float16")
    for some in encoder.batches(texts):
        few = [texts[at] for at in some]
        vectors[some] = await loop.run_in_executor(_LEARNER, encoder.encode, few)
    return vectors.tobytes()


class _Space(NamedTuple):
    """The vectors of an archive's passages, with their ids, and which are of no transcript."""

    passages: Any
    notes: Any
    vectors: Any


async def near(archive: Archive, question: str, allowed: set[int]) -> dict[int, Near]:
    """How close the episodes are to a question, by id, the closest first.

    Those that were never learnt are missing; all are without the extra.
    """
    if not encoder.available():
        return {}
    space = await archive.derived(_read)
    return await asyncio.to_thread(_nearest, space, question, allowed) if space else {}


async def _read(archive: Archive) -> _Space | None:
    rows = await archive.rows(
        "SELECT episode_id, vectors FROM embedding WHERE model = ? ORDER BY episode_id",
        (encoder.MODEL,),
    )
    if not rows or sum(len(row[1]) for row in rows) > _MOST_PASSAGES * encoder.WIDTH * 2:
        return None
    ids = await archive.rows("SELECT id FROM passage ORDER BY id")
    return await asyncio.to_thread(_space, rows, [i for (i,) in ids])


def _space(embeddings: list[Any], passages: list[int]) -> _Space | None:
    import numpy as np

    encoded = {episode for episode, _ in embeddings}
    ids = [i for i in passages if kind_of(i) in _KINDS and episode_of(i) in encoded]
    packed: list[Any] = [np.frombuffer(vectors, dtype="float16") for _, vectors in embeddings]
    vectors: Any = np.concatenate(packed, dtype="float32").reshape(-1, encoder.WIDTH)
    if len(ids) != len(vectors):
        log.warning("the embeddings do not fit the passages; load the episodes again")
        return None
    notes = np.array([kind_of(i) != Kind.TRANSCRIPT for i in ids])
    return _Space(np.array(ids), notes, vectors)


def _nearest(space: _Space, question: str, allowed: set[int]) -> dict[int, Near]:
    import numpy as np

    likeness: Any = space.vectors @ encoder.encode([question])[0]
    likeness[space.notes] *= _SHOW_NOTES
    of: Any = space.passages // span(1)[0]
    best: Any = np.lexsort((-likeness, of))  # episode by episode, the closest passage first
    episodes, first, count = np.unique(of, return_index=True, return_counts=True)
    last: Any = first + np.minimum(count, _PASSAGES)
    sums: Any = np.cumsum(np.append(0.0, likeness[best]))
    mean: Any = (sums[last] - sums[first]) / (last - first)
    shown: Any = np.flatnonzero(np.isin(episodes, list(allowed)))
    if not shown.size:
        return {}
    closeness: Any = (mean - mean[shown].mean()) / (mean[shown].std() or 1.0)
    return {
        int(episodes[at]): Near(
            float(closeness[at]),
            float(mean[at]),
            tuple(space.passages[best[first[at] : last[at]]].tolist()),
        )
        for at in shown[np.argsort(-closeness[shown])]
    }
