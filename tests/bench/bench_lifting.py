"""`make bench`: the time and the memory it takes to find the matrix program in a recorded graph.

The time is that from a recorded graph to the end of the program's first run, so that nothing is
left out that is done on demand. It should grow no faster than n log n: see the plot.
"""

import argparse
import resource
import sys
import time
from itertools import pairwise
from math import log2
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from contest import optional

import nn
from autograd_mini import Value, dot, lift, log_softmax

OUT = Path("out")
Recorded = tuple[Value, list[Value], list[Value]]


def main() -> None:
    """Print both tables, save the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    quick = parser.parse_args().quick
    widths = [50, 100] if quick else [98, 196, 392, 784]
    print("Lifting the loss of one example of n-50-10, until the first run on a batch")
    table("made with nn: a dot per neuron", made_with_nn, widths)
    # the last one has 1,000,000 nodes
    taken = table("op by op", op_by_op, widths if quick else [*widths, 1568, 3136, 9990])
    # macOS counts bytes, Linux kilobytes
    unit = 2**30 if sys.platform == "darwin" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(f"Peak memory of the process, with the recorded graph: {peak:.2f} GB")
    plot(taken)


def table(title: str, record: Any, widths: list[int]) -> list[tuple[int, float]]:
    """Lift n-50-10 for every n, and print the times; return (nodes, seconds)."""
    print(f" {title}")
    taken = []
    for n_in in widths:
        loss, parameters, inputs = record(n_in)
        numbers = np.array([p.data for p in parameters])
        row = np.array([x.data for x in inputs])
        start = time.perf_counter()
        program: Any = lift(loss, wrt=parameters, inputs=inputs)
        value, _ = program.value_and_grad(numbers, np.array([row, row]))
        seconds = time.perf_counter() - start
        assert abs(value - loss.data) < 1e-9 * abs(loss.data)
        found = program.stats()
        print(
            f"  n = {n_in:5,} {found['nodes']:9,} nodes {found['array_steps']:4} array steps "
            f"{seconds:8.3f} s {1e6 * seconds / len(parameters):7.2f} us per parameter"
        )
        taken.append((found["nodes"], seconds))
    return taken


def made_with_nn(n_in: int) -> Recorded:
    """The loss of one example, its parameters and its inputs."""
    x, t = example(n_in)
    model = nn.MLP(n_in, [50, 10], activation="relu", seed=0)
    return nn.softmax_cross_entropy([model(x)], [t]), model.parameters(), [*x, *t]


def op_by_op(n_in: int) -> Recorded:
    """The same, every multiplication and every addition a node."""
    x, t = example(n_in)
    draw, parameters, outputs = Random(0), [], x
    for depth, (fan_in, fan_out) in enumerate(pairwise([n_in, 50, 10])):
        inputs, outputs = outputs, []
        for n in range(fan_out):
            name = f"layers.{depth}.neurons.{n}"
            weights = [
                Value(draw.gauss(0, fan_in**-0.5), f"{name}.weights.{i}") for i in range(fan_in)
            ]
            z = bias = Value(0.0, f"{name}.bias")
            for w, each in zip(weights, inputs, strict=True):
                z = z + w * each
            outputs.append(z.relu() if depth == 0 else z)
            parameters += [*weights, bias]
    return -dot(t, log_softmax(outputs)), parameters, [*x, *t]


def example(n_in: int) -> tuple[list[Value], list[Value]]:
    """The leaves that stand for a row and its target."""
    draw = Random(0)
    x = [Value(draw.random(), f"x.{i}") for i in range(n_in)]
    return x, [Value(float(i == 0), f"t.{i}") for i in range(10)]


def plot(taken: list[tuple[int, float]]) -> None:
    """Lifting times against the number of nodes, and n log n through the first of them."""
    if not (pyplot := optional("matplotlib.pyplot")):
        return
    pyplot.switch_backend("Agg")
    nodes, seconds = zip(*taken, strict=True)
    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog(nodes, seconds, "o", color="#0072B2", label="lifting, op by op")
    unit = seconds[0] / (nodes[0] * log2(nodes[0]))
    line = [unit * n * log2(n) for n in nodes]
    axes.loglog(nodes, line, color="#D55E00", linewidth=1, label="n log n")
    axes.set(xlabel="nodes of the recorded graph", ylabel="seconds")
    axes.legend(frameon=False)
    OUT.mkdir(exist_ok=True)
    figure.savefig(OUT / "lifting_times.png", dpi=120)
    print(f"The plot: {OUT / 'lifting_times.png'}")


if __name__ == "__main__":
    main()
