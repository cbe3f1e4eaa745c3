"""Initialisers: how large a weight is before the first step.

An initialiser is a function `(rng, n_in, n_out) -> float` that draws one weight of a layer with
`n_in` inputs and `n_out` outputs. All randomness comes from `rng`, a seeded `random.Random`.
"""

from collections.abc import Callable
from math import sqrt
from random import Random

Initialiser = Callable[[Random, int, int], float]


def uniform(low: float = -1.0, high: float = 1.0) -> Initialiser:
    """An initialiser that draws from [low, high)."""

    def draw(rng: Random, n_in: int, n_out: int) -> float:  # noqa: ARG001
        return rng.uniform(low, high)

    return draw


def normal(mean: float = 0.0, deviation: float = 1.0) -> Initialiser:
    """An initialiser that draws from the normal distribution."""

    def draw(rng: Random, n_in: int, n_out: int) -> float:  # noqa: ARG001
        return rng.gauss(mean, deviation)

    return draw


def xavier(rng: Random, n_in: int, n_out: int) -> float:
    """Uniform within +-sqrt(6 / (n_in + n_out)): Glorot & Bengio (2010), eq. 16."""
    bound = sqrt(6 / (n_in + n_out))
    return rng.uniform(-bound, bound)


def he(rng: Random, n_in: int, n_out: int) -> float:  # noqa: ARG001
    """Normal with variance 2 / n_in, made for ReLU: He et al. (2015), eq. 10."""
    return rng.gauss(0.0, sqrt(2 / n_in))


def zeros(rng: Random, n_in: int, n_out: int) -> float:  # noqa: ARG001
    """Always 0."""
    return 0.0


INITIALISERS: dict[str, Initialiser] = {
    "uniform": uniform(),
    "normal": normal(),
    "xavier": xavier,
    "he": he,
    "zeros": zeros,
}


def initialiser(init: str | Initialiser) -> Initialiser:
    """The initialiser of that name; a function is its own answer."""
    if callable(init):
        return init
    if init not in INITIALISERS:
        raise ValueError(
            f"unknown initialiser {init!r}: use one of {', '.join(INITIALISERS)}, "
            "or a function (rng, n_in, n_out) -> float"
        )
    return INITIALISERS[init]
