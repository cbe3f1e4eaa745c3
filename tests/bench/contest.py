"""A contest: who does the same thing in the least time, in one process and in turn.

The order is new in each round: where libraries keep threads of their own, those of one spin on
while the other is being timed, and who comes next in a fixed order pays.
"""

import random
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

Run = Callable[[], Any]

#: Seconds of a contestant's turn.
TURN = 0.003


def compare(title: str, contestants: Mapping[str, Run], rounds: int, digits: int = 9) -> None:
    """Time the contestants, `rounds` times each, and print medians beside that of the first.

    All must give the answers of the first: the same three in a row, for a step of training leads
    from one to the next. An answer is a number or an array.
    """
    print(title)
    answers = [[run() for _ in range(3)] for run in contestants.values()]
    for found in answers:
        for one, expected in zip(found, answers[0], strict=True):
            size = np.abs(expected).max()
            np.testing.assert_allclose(one, expected, rtol=10.0**-digits, atol=size * 10.0**-digits)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order, rng = [*contestants.items()], random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for name, run in order:
            times[name].append(turn(run))
    reference = median(next(iter(times.values())))
    for name, taken in times.items():
        middle = median(taken)
        print(f"  {name:30}{1e6 * middle:12,.1f} us {middle / reference:10,.2f} x")


def turn(run: Run) -> float:
    """The mean time of a run, over as many as fit in TURN: what they share stays in the caches."""
    count, start = 0, time.perf_counter()
    while True:
        run()
        count += 1
        taken = time.perf_counter() - start
        if taken > TURN:
            return taken / count


def optional(module: str) -> Any:
    """A library that takes part if it is there; else None, and a line says what is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        print(f"  without {module}, which is not installed: pip install {module.partition('.')[0]}")
        return None
