from __future__ import annotations

import pytest

from bot.search import encoder

pytestmark = pytest.mark.skipif(not encoder.available(), reason="the extra is not installed")


def test_like_meanings_are_closer_than_like_words() -> None:
    a, b, c = encoder.encode(
        [
            "The feline slept on the rug.",
            "A cat was napping on the carpet.",
            "The rug merchant raised his prices.",
        ]
    )
    assert a @ b > 0.6
    assert a @ b > a @ c


def test_vectors_have_length_one_and_keep_their_order() -> None:
    texts = [f"{'long ' * (n % 7)}text number {n}" for n in range(40)]
    vectors = encoder.encode(texts)
    assert vectors.shape == (40, encoder.WIDTH)
    for text, vector in zip(texts[::9], vectors[::9], strict=True):
        [alone] = encoder.encode([text])
        assert alone @ vector == pytest.approx(1, abs=0.02)
        assert vector @ vector == pytest.approx(1, abs=1e-4)


def test_any_text_can_be_encoded() -> None:
    assert encoder.encode([]).shape == (0, encoder.WIDTH)
    for text in ("", " ", "\u200b", "🦀 日本語", "x" * 10_000, "word " * 5_000):
        assert encoder.encode([text])[0] @ encoder.encode([text])[0] == pytest.approx(1, abs=1e-4)
