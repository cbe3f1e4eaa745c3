"""Metrics: how good predictions are, in people's terms. Nothing is differentiated."""

from collections.abc import Callable
from math import isnan
from statistics import fmean
from typing import Any

Metric = Callable[[Any, Any], float]


def accuracy(predictions: Any, targets: Any) -> float:
    """The share of examples whose largest output is the target's class.

    A prediction is a list with a number per class; a target a class or a list of shares. Where an
    output is nan, nothing was predicted, and nothing hit.
    """
    hits = [
        _largest(prediction) == (_largest(target) if hasattr(target, "__len__") else target)
        for prediction, target in zip(predictions, targets, strict=True)
    ]
    return fmean(hits)


def binary_accuracy(predictions: Any, targets: Any, threshold: float = 0.5) -> float:
    """The share of examples that are on the right side of `threshold`.

    A prediction is one number, a probability unless you set `threshold` (0 for logits). A target
    above 0 is a yes: labels may be 0 and 1 or -1 and 1. nan is on neither side.
    """
    hits = [
        not isnan(prediction) and (prediction > threshold) == (target > 0)
        for prediction, target in zip(predictions, targets, strict=True)
    ]
    return fmean(hits)


def _largest(numbers: Any) -> int:
    if not hasattr(numbers, "__len__"):
        raise ValueError(
            "accuracy compares a list of outputs, one per class, but got one number: for two "
            "classes and one output there is binary_accuracy"
        )
    floats = [float(number) for number in numbers]
    return -1 if any(map(isnan, floats)) else floats.index(max(floats))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "binary_accuracy": binary_accuracy}
