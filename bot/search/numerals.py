"""Numbers as they are written: in words in one place, in digits in another."""

from __future__ import annotations

# Not "one", which says too little.
_SMALL = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DIGITS = {
    **{word: str(number) for number, word in enumerate(_SMALL, start=2)},
    **{word: f"{ten}0" for ten, word in enumerate(_TENS, start=2)},
    **{f"{word[:-1]}ies": f"{ten}0s" for ten, word in enumerate(_TENS, start=2)},
}
_WORDS = {digits: word for word, digits in _DIGITS.items()}
_ONES = {"1": "one", **_WORDS}


def otherwise(word: str) -> tuple[str, ...]:
    """A number as it is written otherwise: "forty" for "40", "80s" for "eighties".

    The other writing may be of two words, "forty five" for "45". What is no such number has none.
    """
    if other := _DIGITS.get(word) or _WORDS.get(word):
        return (other,)
    if len(word) == 2 and (ten := _WORDS.get(f"{word[0]}0")) and (one := _ONES.get(word[1])):
        return ten, one
    return ()
