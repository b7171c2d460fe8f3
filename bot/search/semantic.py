"""Meaning: episodes close to a question although they use other words.

Word vectors (WordLlama, https://github.com/dleemiller/WordLlama: 256 numbers for each token,
taken from large language models) are averaged over a text; the cosine of two averages tells
how close the texts are. The package ships its weights and needs a CPU only. It is an optional
extra: where it is not installed, ``near`` finds nothing and all else works the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from bot.passages import episode_of, span
from bot.store.archive import Archive

log = logging.getLogger(__name__)

MODEL = "wordllama-l2-supercat-256"
_WIDTH = 256
_EPISODES = 40  # that count as near; the last of them is what "not near" means
_LOOKED_AT = 400  # passages
_MOST_PASSAGES = 400_000  # 200 MB of vectors; beyond, words alone have to do


class Near(NamedTuple):
    """An episode close in meaning: from 0 to 1 for the closest, and its closest passage."""

    closeness: float
    passage: int


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("wordllama") is not None


@lru_cache(maxsize=1)
def _model() -> Any:
    # Not WordLlama.load(): it looks for the tokenizer it ships in a folder of another name,
    # and then asks a hub for it.
    import wordllama  # pyright: ignore[reportMissingTypeStubs]
    from safetensors import safe_open
    from tokenizers import Tokenizer
    from wordllama.inference import (  # pyright: ignore[reportMissingTypeStubs]
        WordLlamaInference,
    )

    folder = Path(wordllama.__file__).parent
    weights: Any = safe_open(folder / "weights" / "l2_supercat_256.safetensors", framework="np")
    with weights as file:
        table = file.get_tensor("embedding.weight")
    tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    return WordLlamaInference(table, Tokenizer.from_file(str(tokenizer)))


def _embed(texts: list[str]) -> Any:
    """Unit vectors, one row for each text."""
    return _model().embed(texts, norm=True)


async def learn(archive: Archive, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Embed every episode that is not embedded yet; return how many were.

    ``progress`` is told (episodes done, episodes to embed).
    """
    if not available():
        return 0
    missing = await archive.rows(
        "SELECT id FROM episode EXCEPT SELECT episode_id FROM embedding WHERE model = ?", (MODEL,)
    )
    for done, (episode,) in enumerate(missing, start=1):
        texts = [
            text
            for (text,) in await archive.rows(
                "SELECT text FROM passage WHERE id >= ? AND id < ? ORDER BY id", span(episode)
            )
        ]
        vectors = await asyncio.to_thread(_packed, texts)
        await archive.put_embedding(episode, MODEL, vectors)
        if progress:
            progress(done, len(missing))
    return len(missing)


def _packed(texts: list[str]) -> bytes:
    return _embed(texts).astype("float16").tobytes() if texts else b""


class _Space(NamedTuple):
    """The vectors of an archive's passages, with their ids."""

    ids: Any
    vectors: Any


async def near(archive: Archive, question: str, allowed: set[int]) -> dict[int, Near]:
    """The episodes closest to a question in meaning, by id; none without the extra."""
    if not available():
        return {}
    space = await archive.derived(_read)
    return await asyncio.to_thread(_nearest, space, question, allowed) if space else {}


async def _read(archive: Archive) -> _Space | None:
    rows = await archive.rows(
        "SELECT episode_id, vectors FROM embedding WHERE model = ? ORDER BY episode_id", (MODEL,)
    )
    if not rows or sum(len(row[1]) for row in rows) > _MOST_PASSAGES * _WIDTH * 2:
        return None
    ids = await archive.rows("SELECT id FROM passage ORDER BY id")
    return await asyncio.to_thread(_space, rows, [i for (i,) in ids])


def _space(embeddings: list[Any], passages: list[int]) -> _Space | None:
    import numpy as np

    known = {episode for episode, _ in embeddings}
    ids = [i for i in passages if episode_of(i) in known]
    packed: list[Any] = [np.frombuffer(vectors, dtype="float16") for _, vectors in embeddings]
    vectors: Any = np.concatenate(packed, dtype="float32").reshape(-1, _WIDTH)
    if len(ids) != len(vectors):
        log.warning("the embeddings do not fit the passages; load the episodes again")
        return None
    return _Space(np.array(ids), vectors)


def _nearest(space: _Space, question: str, allowed: set[int]) -> dict[int, Near]:
    import numpy as np

    likeness: Any = space.vectors @ _embed([question])[0]
    count = min(_LOOKED_AT, len(likeness))
    top: Any = np.argpartition(-likeness, count - 1)[:count]
    best: dict[int, tuple[float, int]] = {}
    for place in top[np.argsort(-likeness[top])]:
        passage = int(space.ids[place])
        episode = episode_of(passage)
        if episode in allowed and episode not in best:
            best[episode] = (float(likeness[place]), passage)
        if len(best) == _EPISODES:
            break
    if not best:
        return {}
    scores = [score for score, _ in best.values()]
    low, high = scores[-1], scores[0]
    return {
        episode: Near((score - low) / ((high - low) or 1.0), passage)
        for episode, (score, passage) in best.items()
    }
