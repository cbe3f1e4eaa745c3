"""Names from labels: the weights of `layers.0.neurons.7.weights.3` are layers_0_weights."""

import re
from collections.abc import Iterable
from operator import eq


def common_name(labels: Iterable[str]) -> str:
    """What the labels agree on, as an identifier; "" if nothing.

    A number that varies goes, and with it the word before it, unless it is the last: that is what
    is being counted.
    """
    words: list[str] = []
    fixed: list[bool] = []
    for label in labels:
        parts = label.split(".")
        if not words:
            words, fixed = parts, [True] * len(parts)
        elif len(parts) != len(words):
            return ""
        elif parts != words:
            alike = map(eq, parts, words)
            fixed = [same and now for same, now in zip(fixed, alike, strict=True)]
    last = max((i for i, same in enumerate(fixed) if same), default=-1)
    kept = [
        word
        for i, (word, same) in enumerate(zip(words, fixed, strict=True))
        if same and (i == last or i + 1 == len(words) or fixed[i + 1])
    ]
    return identifier("_".join(kept))


def identifier(text: str) -> str:
    """Text as a name that Python accepts."""
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    if re.fullmatch(r"(constant|index|others_of)_\d+", text):
        return f"{text}_"  # as the source calls its own arrays
    return f"_{text}" if text[:1].isdigit() else text
