"""Losses: one number that says how far predictions are from their targets.

Each takes the predictions of one example or of a whole batch, and targets of the same nesting. The
terms of all examples become one number by `reduction`, their "mean" or their "sum", or with "none"
stay a list. With Values among the predictions the result is a Value, with numbers alone a float.

For training, `functools.partial(sse, reduction="mean")` is a loss too.

Targets that are numbers are checked. Targets that are Values are not: a recorded loss can be run
with others later, and a check of one number says nothing about the next.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from inspect import signature
from typing import Any, ParamSpec

from autograd_mini import (
    Value,
    dot,
    log,
    log1p,
    log_softmax,
    logsumexp,
    mean,
    relu,
    scope,
    softplus,
    where,
)
from autograd_mini import sum as total

Loss = Callable[[Any, Any], Any]
P = ParamSpec("P")

REDUCTIONS = {"mean": mean, "sum": total}

#: Operations whose results are in [0, 1] by themselves.
SHARES = ("sigmoid", "softmax")


def _in_its_scope(loss: Callable[P, Any]) -> Callable[P, Any]:
    """The loss, a box of its own in pictures."""

    @wraps(loss)
    def scoped(*args: P.args, **kwargs: P.kwargs) -> Any:
        with scope(loss.__name__):
            return loss(*args, **kwargs)

    return scoped


@_in_its_scope
def mse(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """Squared error: the mean of (prediction - target)**2 over all numbers."""
    return _reduced(_each(_squared_error, predictions, targets), reduction)


def _squared_error(p: Any, t: Any) -> Any:
    error = p - t
    return error * error


@_in_its_scope
def sse(predictions: Any, targets: Any, reduction: str = "sum") -> Any:
    """Summed squared error: `mse` with another reduction unless you say which."""
    return _reduced(_each(_squared_error, predictions, targets), reduction)


@_in_its_scope
def hinge(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - t * prediction): what is missing to a margin of 1 on the right side of 0.

    Targets t are -1 and 1; ValueError otherwise.
    """
    return _reduced(_each(_missing_margin, predictions, targets), reduction)


def _missing_margin(p: Any, t: Any) -> Any:
    if not isinstance(t, Value) and t not in (-1, 1):
        raise ValueError(f"target {float(t)} is not -1 or 1: of labels y in 0 and 1 make 2 * y - 1")
    return relu(1 - t * p)


@_in_its_scope
def binary_cross_entropy(predictions: Any, targets: Any, reduction: str = "mean") -> Any:
    """-(t log p + (1 - t) log(1 - p)) of probabilities p; targets t are in [0, 1] too.

    log1p(-p) keeps the digits of a small p. Where the weight of a logarithm is 0, so is its term,
    even at log 0. ValueError if a prediction or a target is not in [0, 1].
    """
    return _reduced(_each(_surprise_at_share, predictions, targets), reduction)


def _surprise_at_share(p: Any, t: Any) -> Any:
    _check_target("target", t, "label the classes 0 and 1")
    if getattr(p, "op", "") not in SHARES:
        _check_number("prediction", p, "use binary_cross_entropy_with_logits, or a sigmoid")
    return -dot([t, 1 - t], [where(t, log(p), 0.0), where(1 - t, log1p(-p), 0.0)])


@_in_its_scope
def binary_cross_entropy_with_logits(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    """The binary cross-entropy of sigmoid(z), from logits z: finite and exact at any z.

    log(sigmoid(z)) is -softplus(-z), and log(1 - sigmoid(z)) is -softplus(z).
    """
    return _reduced(_each(_surprise_at_logit, logits, targets), reduction)


def _surprise_at_logit(z: Any, t: Any) -> Any:
    _check_target("target", t, "label the classes 0 and 1")
    return dot([t, 1 - t], [softplus(-z), softplus(z)])


@_in_its_scope
def softmax_cross_entropy(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    """-log(softmax(logits)) of the target's class, finite and exact at any logits.

    `logits` is a list of n numbers, or a batch of those. Each target is a class, 0 to n - 1, or a
    list of n shares that sum to 1: a one-hot vector, or a softer one. A class with no share has no
    term, even at a logit of -inf, if the share is a number; one that is a Value may yet change.
    """
    rows, wanted = _listed(logits), _listed(targets)
    if not isinstance(rows, list):
        raise ValueError(
            "softmax_cross_entropy needs a list of logits, one per class, but got one number: "
            "for two classes and one logit there is binary_cross_entropy_with_logits"
        )
    if rows and not isinstance(_listed(rows[0]), list):  # one example
        return _reduced(_surprise(rows, wanted), reduction)
    _check_lengths(rows, wanted)
    pairs = zip(map(_listed, rows), map(_listed, wanted), strict=True)
    return _reduced([_surprise(row, target) for row, target in pairs], reduction)


def _surprise(logits: Sequence[Any], target: Any) -> Any:
    """-log(softmax(logits)) of one class, or its average over a distribution of classes."""
    count = len(logits)
    if isinstance(target, list):
        if len(target) != count:
            raise ValueError(
                f"{count} logits need {count} shares, but the target has {len(target)}"
            )
        _check_shares(target)
        pairs = zip(target, log_softmax(logits), strict=True)
        return -dot(target, [x if isinstance(t, Value) or t else 0.0 for t, x in pairs])
    if target not in range(count):
        raise ValueError(
            f"class {target!r} is out of range: {count} logits are classes 0 to {count - 1}"
        )
    # sum_j exp(z_j) / exp(z) with its own term, 1, apart: log_softmax, of this class only
    z = logits[int(target)]
    return logsumexp(0.0, [other - z for i, other in enumerate(logits) if i != target])


def _each(term: Callable[[Any, Any], Any], predictions: Any, targets: Any) -> Any:
    """`term(prediction, target)` of each pair, nested as they are; ValueError if shapes differ."""
    left, right = _listed(predictions), _listed(targets)
    if isinstance(left, list) != isinstance(right, list):
        raise ValueError(
            f"predictions and targets differ in shape: {_shape(left)} against {_shape(right)}"
        )
    if not isinstance(left, list):
        return term(left, right)
    _check_lengths(left, right)
    return [_each(term, p, t) for p, t in zip(left, right, strict=True)]


def _listed(tree: Any) -> Any:
    """Arrays and tuples as lists, anything else as it is."""
    if isinstance(tree, tuple):
        return list(tree)
    return tree.tolist() if hasattr(tree, "tolist") else tree


def _shape(tree: Any) -> str:
    return f"a list of {len(tree)}" if isinstance(tree, list) else "a number"


def _check_lengths(predictions: Any, targets: Any) -> None:
    if not isinstance(targets, list) or len(predictions) != len(targets):
        raise ValueError(
            f"{len(predictions)} predictions need as many targets, but got {_shape(targets)}"
        )


def _check_shares(target: list[Any]) -> None:
    for share in target:
        _check_target("share", share, "a target is a class or a list of shares")
    if not any(isinstance(share, Value) for share in target) and abs(total(target) - 1) > 1e-6:
        raise ValueError(f"the shares of a target sum to 1, those of {target} do not")


def _check_target(what: str, number: Any, fix: str) -> None:
    if not isinstance(number, Value):
        _check_number(what, number, fix)


def _check_number(what: str, number: Any, fix: str) -> None:
    if not 0 <= number <= 1:
        raise ValueError(f"{what} {float(number)} is not in [0, 1]: {fix}")


def _reduced(terms: Any, reduction: str) -> Any:
    if reduction not in (*REDUCTIONS, "none"):
        names = ", ".join((*REDUCTIONS, "none"))
        raise ValueError(f"unknown reduction {reduction!r}: use one of {names}")
    numbers = list(_flat(terms))
    if not numbers:
        raise ValueError("a loss needs at least one prediction, but got none")
    return terms if reduction == "none" else REDUCTIONS[reduction](numbers)


def _flat(terms: Any) -> Iterator[Any]:
    if isinstance(terms, list):
        for branch in terms:
            yield from _flat(branch)
    else:
        yield terms


LOSSES: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (
        *(mse, sse, hinge, binary_cross_entropy, binary_cross_entropy_with_logits),
        softmax_cross_entropy,
    )
}


def base_of(loss: Loss) -> Loss:
    """The function behind a `functools.partial`."""
    return loss.func if isinstance(loss, partial) else loss


def reduction_of(loss: Loss) -> Any:
    """What one of this package's losses, perhaps as a `functools.partial`, does by default."""
    return signature(loss).parameters["reduction"].default
