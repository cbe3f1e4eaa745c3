"""A million operands, 10,000 training steps, 1,000 hash seeds: what takes minutes."""

import gc
import os
import random
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nn import MLP, SGD, fit
from tests.test_limits import *  # noqa: F403 (the same tests, of the size below)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def size(scaled, no_collector):
    return scaled(1_000_000)


@pytest.mark.parametrize("engine", ["eager", "lifted"])
def test_memory_does_not_grow_over_10_000_steps(scaled, engine):
    """The collector is off: every graph must be freed by counting references alone."""
    rng, steps = random.Random(0), scaled(10_000)
    X = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(8)]
    y = [float(x1 > x0 * x0) for x0, x1 in X]
    model = MLP(2, [4, 1])
    sizes, counts = [], []

    def measure(*_):
        sizes.append(tracemalloc.get_traced_memory()[0])
        if len(sizes) % (steps // 20) == 0:  # a walk over all objects is slow
            counts.append(len(gc.get_objects()))
        return 0.0

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        fit(
            *(model, X, y),
            loss="binary_cross_entropy_with_logits",
            optimizer=SGD(model.parameters(), lr=0.1),
            steps=steps,
            metric=measure,
            engine=engine,
        )
    finally:
        tracemalloc.stop()
        gc.enable()
    assert len(sizes) == steps
    assert len({*counts[1:]}) == 1  # not a single container more
    # notes of each step, and the tuples CPython keeps; a graph of each would be 20,000 bytes a step
    assert sizes[-1] - sizes[steps // 10] < 200_000 + 200 * steps


def test_the_same_bits_under_1000_hash_seeds(scaled):
    def digest(seed):
        return subprocess.run(
            [sys.executable, ROOT / "tests/soak/same_bits.py"],
            env=os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    with ThreadPoolExecutor(os.cpu_count()) as processes:
        digests = {*processes.map(digest, range(scaled(1000)))}
    assert len(digests) == 1
    assert len(digests.pop()) == 65  # sha256, and the end of the line
