"""Learning rates that change: functions of the number of steps made so far.

An optimiser takes one in the place of a number, as in `SGD(parameters, lr=Cosine(0.1, steps=500))`.
Any function will do. These are objects only to print themselves; nothing in them changes, so
training that is resumed after step 300 is at the rate of step 300.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class StepDecay:
    """`lr`, multiplied by `factor` after every `every` steps.

    >>> schedule = StepDecay(1.0, every=10, factor=0.5)
    >>> schedule(9), schedule(10), schedule(25)
    (1.0, 0.5, 0.25)
    """

    lr: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check(self.lr, every=self.every)

    def __call__(self, step: int) -> float:
        """The rate of the step after `step` others."""
        return float(self.lr * self.factor ** (step // self.every))


@dataclass(frozen=True)
class Cosine:
    """From `lr` to `final` along half a cosine, in `steps` steps; `final` from then on.

    Loshchilov & Hutter, "SGDR" (2017), eq. 5.

    >>> schedule = Cosine(1.0, steps=100)
    >>> schedule(0), round(schedule(50), 6), schedule(100), schedule(150)
    (1.0, 0.5, 0.0, 0.0)
    """

    lr: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        _check(self.lr, steps=self.steps)

    def __call__(self, step: int) -> float:
        """The rate of the step after `step` others."""
        if step >= self.steps:
            return self.final
        return self.final + (self.lr - self.final) * (1 + cos(pi * step / self.steps)) / 2


@dataclass(frozen=True)
class WarmUp:
    """Up to `then` in equal stairs within `steps` steps; then on with it, as from its beginning.

    `then` is a rate or another schedule.

    >>> schedule = WarmUp(4, then=Cosine(1.0, steps=100))
    >>> [schedule(step) for step in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    >>> round(schedule(54), 6)
    0.5
    """

    steps: int
    then: float | Schedule

    def __post_init__(self) -> None:
        _check(self.then(0) if callable(self.then) else self.then, steps=self.steps)

    def __call__(self, step: int) -> float:
        """The rate of the step after `step` others."""
        after = max(step - self.steps, 0)
        rate = self.then(after) if callable(self.then) else self.then
        return rate * min((step + 1) / self.steps, 1.0)


def _check(lr: float, **counts: int) -> None:
    if not lr > 0:
        raise ValueError(f"lr is the size of a step, greater than 0, got {lr}")
    for name, count in counts.items():
        if count < 1 or int(count) != count:
            raise ValueError(f"{name} is a number of steps, at least 1, got {count}")
