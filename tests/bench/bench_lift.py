"""`make bench`: lifted programs beside hand-written NumPy and PyTorch, alternating in one process.

Every table gives medians, and ratios to the hand-written formulas, whose answers all must share.

All run on one thread, and in a new order in each round: where NumPy and PyTorch each keep threads,
those of one spin on while the other is being timed, and who comes next in a fixed order pays.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import argparse
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import nn
from autograd_mini import Value, mean, relu
from autograd_mini.lift import lift

try:
    import torch
except ModuleNotFoundError:
    torch = None

RATE = 0.1
Array = Any
Step = Callable[[], float]


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 400
    for dtype in (np.float64, np.float32):
        digits(20 if quick else 784, dtype, rounds)
    breast_cancer(rounds)
    unrolled_points(10 if quick else 100, rounds)
    lifting_times([50, 100] if quick else [50, 100, 200, 400, 784])


def compare(title: str, contestants: dict[str, Step], rounds: int, digits: int = 9) -> None:
    """Time the contestants in turn, `rounds` times, and print them beside the first."""
    print(title)
    losses = [[step() for _ in range(3)] for step in contestants.values()]
    for other in losses[1:]:
        np.testing.assert_allclose(other, losses[0], rtol=10.0**-digits)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    order, rng = [*contestants.items()], random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for name, step in order:
            start = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - start)
    reference = median(next(iter(times.values())))
    for name, taken in times.items():
        middle = median(taken)
        print(f"  {name:26}{1e6 * middle:9.1f} us {middle / reference:7.2f} x")


def lifted_step(program: Any, start: Array, inputs: Array) -> Step:
    """A step of gradient descent through a lifted program."""
    numbers = start

    def step() -> float:
        nonlocal numbers
        value, gradient = program.value_and_grad(numbers, inputs)
        numbers = numbers - numbers.dtype.type(RATE) * gradient
        return float(value)

    return step


def layers_of(model: nn.MLP, dtype: Any) -> list[Array]:
    """Each layer's weights and, if it has them, its biases, as arrays."""
    arrays = []
    for layer in model.layers:
        arrays.append(np.array([[w.data for w in n.weights] for n in layer.neurons], dtype))
        if layer.neurons[0].bias is not None:
            arrays.append(np.array([n.bias.data for n in layer.neurons], dtype))
    return arrays


def recorded(model: nn.MLP, loss: Any, n_in: int, target: list[float]) -> tuple[Value, list[Value]]:
    """The loss of one example, and the leaves that stand for its row and its target."""
    draw = random.Random(0)
    x = [Value(draw.random(), f"x.{i}") for i in range(n_in)]
    t = [Value(each, f"t.{i}") for i, each in enumerate(target)]
    out = model(x)
    return loss([out], [t if isinstance(out, list) else t[0]]), [*x, *t]


def numbers_of(model: nn.MLP, dtype: Any = float) -> Array:
    """All parameters in a row."""
    return np.array([p.data for p in model.parameters()], dtype)


def digits(n_in: int, dtype: Any, rounds: int) -> None:
    """784-50-10, ReLU and softmax cross-entropy, over a batch of 100."""
    model = nn.MLP(n_in, [50, 10], activation="relu", init="he", seed=0)
    one, leaves = recorded(model, nn.softmax_cross_entropy, n_in, [1.0] + [0.0] * 9)
    program = lift(one, wrt=model.parameters(), inputs=leaves)
    rng = np.random.default_rng(0)
    x = rng.random((100, n_in)).astype(dtype)
    t = np.eye(10, dtype=dtype)[rng.integers(0, 10, 100)]
    W1, b1, W2, b2 = layers_of(model, dtype)
    rate = dtype(RATE)

    def by_hand() -> float:
        nonlocal W1, b1, W2, b2
        h = np.maximum(x @ W1.T + b1, 0)
        z = h @ W2.T + b2
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - (z * t).sum(axis=1)).mean()
        d_z = (e / total - t) / dtype(len(x))
        d_h = (d_z @ W2) * (h > 0)
        W2, b2 = W2 - rate * (d_z.T @ h), b2 - rate * d_z.sum(axis=0)
        W1, b1 = W1 - rate * (d_h.T @ x), b1 - rate * d_h.sum(axis=0)
        return float(loss)

    contestants = {
        "NumPy, by hand": by_hand,
        "lifted": lifted_step(program, numbers_of(model, dtype), np.hstack([x, t])),
    }
    if torch is not None:
        contestants["PyTorch"] = torch_step(layers_of(model, dtype), x, t)
    title = f"A training step of {n_in}-50-10, batch 100, {dtype.__name__}"
    compare(title, contestants, rounds, digits=9 if dtype is np.float64 else 4)


def torch_step(layers: list[Array], x: Array, t: Array) -> Step:
    """The same step as PyTorch's users write it."""
    W1, b1, W2, b2 = parameters = [torch.tensor(a, requires_grad=True) for a in layers]
    rows, targets = torch.tensor(x), torch.tensor(t.argmax(axis=1))
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    linear = torch.nn.functional.linear

    def step() -> float:
        optimizer.zero_grad()
        z = linear(torch.relu(linear(rows, W1, b1)), W2, b2)
        loss = torch.nn.functional.cross_entropy(z, targets)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def breast_cancer(rounds: int) -> None:
    """30-5-1, sigmoids without biases and the mean squared error, over all 455 rows."""
    model = nn.MLP(30, [5, 1], activation="sigmoid", output="sigmoid", bias=False, seed=0)
    one, leaves = recorded(model, nn.mse, 30, [1.0])
    program = lift(one, wrt=model.parameters(), inputs=leaves)
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(455, 30)), rng.integers(0, 2, (455, 1)).astype(float)
    W1, W2 = layers_of(model, float)

    def by_hand() -> float:
        nonlocal W1, W2
        h = 1 / (1 + np.exp(-(x @ W1.T)))
        out = 1 / (1 + np.exp(-(h @ W2.T)))
        error = out - t
        d_z = 2 / len(x) * error * out * (1 - out)
        d_h = (d_z @ W2) * h * (1 - h)
        W2, W1 = W2 - RATE * (d_z.T @ h), W1 - RATE * (d_h.T @ x)
        return float((error * error).mean())

    lifted = lifted_step(program, numbers_of(model), np.hstack([x, t]))
    title = "A training step of 30-5-1, 455 rows, float64"
    compare(title, {"NumPy, by hand": by_hand, "lifted": lifted}, rounds)


def unrolled_points(count: int, rounds: int) -> None:
    """2-16-16-1 and a hinge loss, recorded over all points: the data are inside the graph."""
    model = nn.MLP(2, [16, 16, 1], activation="relu", seed=0)
    rng = np.random.default_rng(0)
    x, sign = rng.uniform(-1, 1, (count, 2)), rng.choice([-1.0, 1.0], count)
    pairs = zip(x.tolist(), sign.tolist(), strict=True)
    program = lift(mean([relu(1 - s * model(row)) for row, s in pairs]), wrt=model.parameters())
    W1, b1, W2, b2, W3, b3 = layers_of(model, float)

    def by_hand() -> float:
        nonlocal W1, b1, W2, b2, W3, b3
        h1 = np.maximum(x @ W1.T + b1, 0)
        h2 = np.maximum(h1 @ W2.T + b2, 0)
        margin = np.maximum(1 - sign[:, None] * (h2 @ W3.T + b3), 0)
        d_z = (margin > 0) * -sign[:, None] / count
        d_2 = (d_z @ W3) * (h2 > 0)
        d_1 = (d_2 @ W2) * (h1 > 0)
        W3, b3 = W3 - RATE * (d_z.T @ h2), b3 - RATE * d_z.sum(axis=0)
        W2, b2 = W2 - RATE * (d_2.T @ h1), b2 - RATE * d_2.sum(axis=0)
        W1, b1 = W1 - RATE * (d_1.T @ x), b1 - RATE * d_1.sum(axis=0)
        return float(margin.mean())

    lifted = lifted_step(program, numbers_of(model), np.zeros(0))
    title = f"A training step of 2-16-16-1 over {count} points, recorded unrolled, float64"
    compare(title, {"NumPy, by hand": by_hand, "lifted": lifted}, rounds)


def lifting_times(widths: list[int]) -> None:
    """From a recorded graph to a program that has run, for n-50-10."""
    print("Lifting the loss of one example, n-50-10, until its first run on a batch")
    for n_in in widths:
        model = nn.MLP(n_in, [50, 10], activation="relu", seed=0)
        one, leaves = recorded(model, nn.softmax_cross_entropy, n_in, [1.0] + [0.0] * 9)
        numbers, inputs = numbers_of(model), np.ones((2, len(leaves)))
        start = time.perf_counter()
        program: Any = lift(one, wrt=model.parameters(), inputs=leaves)
        program.value_and_grad(numbers, inputs)
        taken = time.perf_counter() - start
        print(f"  {len(numbers):7,} parameters{1e3 * taken:9.1f} ms")


if __name__ == "__main__":
    main()
