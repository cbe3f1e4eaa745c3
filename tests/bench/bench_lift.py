"""`make bench`: lifted training steps beside hand-written NumPy, PyTorch and micrograd.

Every table gives medians, and ratios to the first row, whose losses all must share. All run on one
thread.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import argparse
import gc
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from contest import compare, optional

import nn
from autograd_mini import Value, lift, mean, relu

RATE = 0.1
Array = Any
Step = Callable[[], float]


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 200
    for dtype in (np.float64, np.float32):
        digits(20 if quick else 784, dtype, rounds)
    breast_cancer(rounds)
    unrolled_points(10 if quick else 100, rounds)
    beside_scalars(10 if quick else 100, 2 if quick else 9)


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
    if torch := optional("torch"):
        contestants["PyTorch"] = torch_step(torch, layers_of(model, dtype), x, t)
    title = f"A training step of {n_in}-50-10, batch 100, {dtype.__name__}"
    compare(title, contestants, rounds, digits=9 if dtype is np.float64 else 4)


def torch_step(torch: Any, layers: list[Array], x: Array, t: Array) -> Step:
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
    model, x, sign = plane(count)
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

    title = f"A training step of 2-16-16-1 over {count} points, recorded unrolled, float64"
    contestants = {"NumPy, by hand": by_hand, "lifted": lifted_hinge(model, x, sign)}
    compare(title, contestants, rounds)


def plane(count: int) -> tuple[nn.MLP, Array, Array]:
    """A 2-16-16-1 network, points of a plane, and a sign for each."""
    rng = np.random.default_rng(0)
    x, sign = rng.uniform(-1, 1, (count, 2)), rng.choice([-1.0, 1.0], count)
    return nn.MLP(2, [16, 16, 1], activation="relu", seed=0), x, sign


def hinge(model: Any, x: Array, sign: Array) -> Value:
    """The mean hinge loss, recorded from all points."""
    pairs = zip(x.tolist(), sign.tolist(), strict=True)
    return mean([relu(1 - s * model(row)) for row, s in pairs])


def lifted_hinge(model: nn.MLP, x: Array, sign: Array) -> Step:
    """A step through the lifted loss of all points."""
    program = lift(hinge(model, x, sign), wrt=model.parameters())
    return lifted_step(program, numbers_of(model), np.zeros(0))


def beside_scalars(count: int, rounds: int) -> None:
    """The same step beside those of which every number is an object."""
    model, x, sign = plane(count)
    contestants = {
        "lifted": lifted_hinge(model, x, sign),
        "recorded anew": eager_step(*plane(count)),
    }
    if micrograd := optional("micrograd.nn"):
        contestants["micrograd"] = micrograd_step(micrograd, model, x, sign)
    compare(f"The same step over {count} points, beside scalars", contestants, rounds)


def eager_step(model: nn.MLP, x: Array, sign: Array) -> Step:
    """A step without lift: the graph is recorded, and walked backwards, every time."""
    optimizer = nn.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss = hinge(model, x, sign)
        loss.backward()
        optimizer.step()
        return loss.data

    return step


def micrograd_step(micrograd: Any, model: nn.MLP, x: Array, sign: Array) -> Step:
    """The step as micrograd's own demo writes it, and what collecting its cycles takes."""
    theirs = micrograd.MLP(2, [16, 16, 1])
    parameters = theirs.parameters()
    for parameter, ours in zip(parameters, model.parameters(), strict=True):
        parameter.data = ours.data
    gc.collect()
    gc.freeze()  # what was there before is not micrograd's garbage

    def step() -> float:
        pairs = zip(x.tolist(), sign.tolist(), strict=True)
        losses = [(1 + -s * theirs(row)).relu() for row, s in pairs]
        loss = sum(losses) * (1 / len(losses))
        theirs.zero_grad()
        loss.backward()
        for parameter in parameters:
            parameter.data -= RATE * parameter.grad
        value = float(loss.data)
        del loss, losses
        gc.collect()
        return value

    return step


if __name__ == "__main__":
    main()
