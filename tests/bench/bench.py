"""`make bench`: this project beside its peers, alternating in one process; medians and ratios.

Absolute times belong to the machine they were taken on; the ratios carry over. Every timing
includes a garbage collection, for a graph made of reference cycles is not freed before one.
"""

import argparse
import gc
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import micrograd.engine
import torch
import xad.adj_1st as xad

import nn
from autograd_mini import Value

SIZES = [2, 16, 16, 1]
MULTIPLY_ADDS = sum(a * b for a, b in pairwise(SIZES))

Point = tuple[float, float, float]


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    quick = parser.parse_args().quick
    points, rounds = random_points(3 if quick else 30), 2 if quick else 15
    chain_length = 10_000 if quick else 1_000_000

    gc.collect()
    gc.freeze()  # what the imports made is nobody's garbage
    layers = random_weights()
    model = as_mlp(layers)
    print(f"A 2-16-16-1 network's hinge loss over {len(points)} points, forward and backward")
    compare(
        {
            "autograd_mini, op by op": lambda: value_op_by_op(points, layers),
            "autograd_mini, nn.MLP": lambda: value_mlp(points, model),
            "XAD (C++ tape)": lambda: xad_op_by_op(points, layers),
            "micrograd": lambda: micrograd_op_by_op(points, layers),
            "PyTorch, 0-d tensors": lambda: torch_op_by_op(points, layers),
        },
        rounds,
        per=len(points) * MULTIPLY_ADDS,
    )
    print_memory()
    print_chain(chain_length)
    print_import(rounds)


def compare(contestants: dict[str, Callable[[], float]], rounds: int, per: int) -> None:
    """Time the contestants in turn, `rounds` times, and print them beside the first."""
    slopes = {name: run() for name, run in contestants.items()}
    first = next(iter(slopes.values()))
    assert all(abs(slope - first) < 1e-6 for slope in slopes.values()), slopes
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            gc.collect()
            start = time.perf_counter()
            run()
            gc.collect()
            times[name].append(time.perf_counter() - start)
    reference = median(next(iter(times.values())))
    for name, taken in times.items():
        middle = median(taken)
        print(
            f"  {name:26}{1e3 * middle:9.1f} ms {1e6 * middle / per:7.2f} us per multiply-add "
            f"{middle / reference:7.2f} x"
        )


def random_points(count: int) -> list[Point]:
    """Points (x0, x1, label -1 or 1)."""
    draw = random.Random(0)
    return [
        (draw.uniform(-1, 1), draw.uniform(-1, 1), draw.choice((-1.0, 1.0))) for _ in range(count)
    ]


def random_weights() -> list[list[list[float]]]:
    """For each layer, for each neuron: its weights and then its bias."""
    draw = random.Random(1)
    return [
        [[draw.uniform(-1, 1) for _ in range(n_in + 1)] for _ in range(n_out)]
        for n_in, n_out in pairwise(SIZES)
    ]


def op_by_op(points: list[Point], layers: Any, number: Any, relu: Any) -> Any:
    """The mean hinge loss, written one number at a time, for any engine."""
    total = number(0.0)
    for x0, x1, label in points:
        outputs = [number(x0), number(x1)]
        for depth, layer in enumerate(layers):
            inputs, outputs = outputs, []
            for *neuron_weights, bias in layer:
                z = bias
                for w, x in zip(neuron_weights, inputs, strict=True):
                    z = z + w * x
                outputs.append(relu(z) if depth < len(layers) - 1 else z)
        total = total + relu(1 + -label * outputs[0])
    return total * (1 / len(points))


def as_numbers(layers: Any, number: Any) -> Any:
    """The weights as leaves of an engine."""
    return [[[number(w) for w in neuron] for neuron in layer] for layer in layers]


# Each of these returns the slope of the loss in the same weight: all must agree.


def value_op_by_op(points: list[Point], weights: Any) -> float:
    """This project, every multiplication and addition a node."""
    layers = as_numbers(weights, Value)
    op_by_op(points, layers, Value, lambda x: x.relu()).backward()
    return float(layers[0][1][0].grad)


def value_mlp(points: list[Point], model: nn.MLP) -> float:
    """This project's nn.MLP: one dot node per neuron."""
    model.zero_grad()
    total = Value(0.0)
    for x0, x1, label in points:
        total = total + (1 + -label * model([x0, x1])).relu()
    (total * (1 / len(points))).backward()
    return float(model.layers[0].neurons[1].weights[0].grad)


def as_mlp(weights: Any) -> nn.MLP:
    """An nn.MLP with these weights."""
    model = nn.MLP(SIZES[0], SIZES[1:], activation="relu")
    numbers = [w for layer in weights for neuron in layer for w in neuron]
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    return model


def micrograd_op_by_op(points: list[Point], weights: Any) -> float:
    """Karpathy's micrograd, which records the same nodes."""
    number = micrograd.engine.Value
    layers = as_numbers(weights, number)
    op_by_op(points, layers, number, lambda x: x.relu()).backward()
    return float(layers[0][1][0].grad)


def xad_op_by_op(points: list[Point], weights: Any) -> float:
    """XAD, a tape in C++."""
    with xad.Tape() as tape:
        layers = as_numbers(weights, xad.Real)
        for layer in layers:
            for neuron in layer:
                for w in neuron:
                    tape.registerInput(w)
        tape.newRecording()
        zero = xad.Real(0.0)
        loss = op_by_op(points, layers, xad.Real, lambda x: x if x.getValue() > 0 else zero)
        tape.registerOutput(loss)
        loss.derivative = 1.0
        tape.computeAdjoints()
        return float(layers[0][1][0].derivative)


def torch_op_by_op(points: list[Point], weights: Any) -> float:
    """PyTorch, with a tensor for every number."""

    def leaf(number: float) -> torch.Tensor:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    layers = as_numbers(weights, leaf)
    op_by_op(points, layers, leaf, torch.relu).backward()
    return float(layers[0][1][0].grad)


def print_memory() -> None:
    """Bytes per recorded operation, of two Values and of a Value and a constant."""
    for title, other in (("two Values", Value(1.1)), ("a Value and a constant", 1.1)):
        tracemalloc.start()
        x = Value(1.0)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            x = x * other
        taken = (tracemalloc.get_traced_memory()[0] - before) / 10_000
        tracemalloc.stop()
        print(f"Bytes per recorded operation of {title}: {taken:.0f}")


def print_chain(length: int) -> None:
    """A chain of operations: record it, run backward, free it."""
    start = time.perf_counter()
    x = Value(1.0)
    for _ in range(length):
        x = x * 1.0000001
    recorded = time.perf_counter()
    x.backward()
    done = time.perf_counter()
    del x
    freed = time.perf_counter()
    print(
        f"A chain of {length:,} operations: recorded in {recorded - start:.2f} s, "
        f"backward {done - recorded:.2f} s, freed {freed - done:.2f} s"
    )


def print_import(rounds: int) -> None:
    """What `import autograd_mini` adds to the start of Python."""
    taken: dict[str, list[float]] = {"pass": [], "import autograd_mini": []}
    for _ in range(rounds):
        for code, times in taken.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
    added = median(taken["import autograd_mini"]) - median(taken["pass"])
    print(f"import autograd_mini: {1e3 * added:.0f} ms")


if __name__ == "__main__":
    main()
