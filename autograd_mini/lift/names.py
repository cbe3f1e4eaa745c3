"""Names from labels: the weights of `layers.0.neurons.7.weights.3` are layers_0_weights."""

import re
from collections import Counter
from collections.abc import Iterable
from math import prod
from operator import eq
from typing import Any

import numpy as np

from autograd_mini.lift.arrays import Array
from autograd_mini.lift.build import Forward
from autograd_mini.lift.express import walk


class Names:
    """Names for what a source computes, each given once."""

    def __init__(self, forward: Forward, reserved: Iterable[str]) -> None:
        self.forward = forward
        self.taken = Counter(reserved)

    def free(self, name: str) -> str:
        """The name, with a number if it is taken."""
        self.taken[name] += 1
        if name == "t" or self.taken[name] > 1:
            return self.free(f"{name}{'_' * name[-1:].isdigit()}{self.taken[name]}")
        return name

    def of_part(self, node: Array) -> str:
        """What the labels call this part of the parameters or inputs."""
        index = np.arange(prod(node.shape[1:])) if node.op == "reshape" else walk(*node.detail)
        return self.called(index, node.args[0].op)

    def called(self, index: Any, leaf: str = "parameters") -> str:
        """What the labels of these leaves have in common; "" if nothing."""
        key = leaf, index.tobytes()
        if key not in self.forward.called:
            labels = getattr(self.forward.groups.kinds.flat, leaf)
            self.forward.called[key] = common_name(labels[i] for i in index.ravel().tolist())
        return self.forward.called[key]


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
