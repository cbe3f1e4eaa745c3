"""The networks of all lessons, every loss and every activation: lifted, they equal eager.

Each is recorded in both styles, a dot per neuron (as `nn` does) and op by op, and in both ways:
from one example, to be run on a batch, and from all examples with the data inside the graph. All
are run at weights at which they were not recorded.
"""

import random
import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd_mini import Value, mean, relu
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift import lift
from nn.layers import ACTIVATIONS
from nn.losses import LOSSES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ONE_HOT = "one-hot"


def margins(predictions, targets):
    return mean([relu(1 - t * p) for p, t in zip(predictions, targets, strict=True)])


#: sizes, activation, activation of the last layer, loss, targets, whether neurons have a bias
CASES = {
    "lesson 1, one neuron": ([2, 1], "tanh", "sigmoid", nn.mse, (0.0, 1.0), True),
    "lesson 3, the delta rule": ([2, 3, 1], "sigmoid", "sigmoid", nn.mse, (0.0, 1.0), True),
    "lesson 4, breast cancer": ([30, 5, 1], "sigmoid", "sigmoid", nn.sse, (0.0, 1.0), False),
    "lesson 5, layers": ([4, 6, 3], "relu", "linear", nn.softmax_cross_entropy, ONE_HOT, True),
    "lesson 6, sigmoids": ([5] * 11, "sigmoid", "sigmoid", nn.mse, (0.0, 1.0), True),
    "lesson 6, relus": ([5] * 11, "relu", "linear", nn.mse, (0.0, 1.0), True),
    "lesson 8, digits": ([64, 50, 10], "relu", "linear", nn.softmax_cross_entropy, ONE_HOT, True),
    "lesson 9, moons": ([2, 16, 16, 1], "relu", "linear", margins, (-1.0, 1.0), True),
} | {name: ([3, 4, 2], name, name, nn.mse, (-0.5, 0.5), True) for name in ACTIVATIONS}

TARGETS = {
    "binary_cross_entropy": (0.0, 1.0),
    "binary_cross_entropy_with_logits": (0.0, 1.0),
    "softmax_cross_entropy": ONE_HOT,
}
for name, loss in LOSSES.items():
    last = "sigmoid" if name == "binary_cross_entropy" else "linear"
    CASES[name] = ([3, 4, 3], "tanh", last, loss, TARGETS.get(name, (-1.0, 1.0)), True)


def drawn(case, count):
    """A model, and rows and targets for it."""
    sizes, activation, output, _, targets, bias = case
    rng = random.Random(str(sizes))
    model = nn.MLP(sizes[0], sizes[1:], activation, output, bias=bias, seed=1)
    for parameter in model.parameters():
        parameter.data += rng.uniform(-0.1, 0.1)  # biases start at 0
    rows = [[rng.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(count)]
    if targets == ONE_HOT:
        wanted = np.eye(sizes[-1])[[rng.randrange(sizes[-1]) for _ in rows]].tolist()
    else:
        wanted = [[rng.choice(targets) for _ in range(sizes[-1])] for _ in rows]
    return model, rows, [t if sizes[-1] > 1 else t[0] for t in wanted]


def op_by_op(model):
    """The model as a function in which every multiplication and every addition is a node."""

    def network(x):
        for layer in model.layers:
            x = [neuron_op_by_op(neuron, x) for neuron in layer.neurons]
        return x if len(x) > 1 else x[0]

    return network


def neuron_op_by_op(neuron, inputs):
    z = 0.0 if neuron.bias is None else neuron.bias
    for w, x in zip(neuron.weights, inputs, strict=True):
        z = z + w * x
    return ACTIVATIONS[neuron.activation](z)


def lifted_from_one(case, network, model, row, target):
    x = [Value(number, f"x.{i}") for i, number in enumerate(row)]
    t = [Value(number, f"t.{i}") for i, number in enumerate(np.atleast_1d(target))]
    loss = case[3]([network(x)], [t if isinstance(target, list) else t[0]])
    reduction = "sum" if case[3] is nn.sse else "mean"
    return lift(loss, wrt=model.parameters(), inputs=[*x, *t], reduction=reduction)


def assert_equal_to_eager(case, style, way, count=5):
    model, rows, targets = drawn(case, count)
    network = model if style == "dot" else op_by_op(model)
    if way == "from one example":
        program = lifted_from_one(case, network, model, rows[0], targets[0])
        inputs = np.column_stack([rows, targets])
    else:
        loss = case[3]([network(row) for row in rows], targets)
        program, inputs = lift(loss, wrt=model.parameters()), np.zeros(0)
    for i, parameter in enumerate(model.parameters()):
        parameter.data *= 1.1 if i % 2 else 0.95
    numbers = np.array([parameter.data for parameter in model.parameters()])
    value, gradient = program.value_and_grad(numbers, inputs)
    loss = case[3]([model(row) for row in rows], targets)
    totals = reverse_sweep(loss, 1.0)
    slopes = np.array([totals[parameter] for parameter in model.parameters()])
    assert slopes.any()
    assert abs(value - loss.data) <= 1e-12 * abs(loss.data)
    assert np.abs(gradient - slopes).max() <= 1e-12 * np.abs(slopes).max()
    return program


@pytest.mark.parametrize("way", ["from one example", "unrolled"])
@pytest.mark.parametrize("style", ["dot", "op by op"])
@pytest.mark.parametrize("name", CASES)
def test_equal_to_eager(name, style, way):
    assert_equal_to_eager(CASES[name], style, way)


def test_lesson_8_at_its_real_widths():
    """784-50-10 takes no more array steps than 64-50-10, and as many from either style."""
    small = CASES["lesson 8, digits"]
    wide = ([784, 50, 10], *small[1:])
    programs = [
        assert_equal_to_eager(case, style, "from one example", count)
        for case, count in ((small, 5), (wide, 2))
        for style in ("dot", "op by op")
    ]
    assert len({program.stats()["array_steps"] for program in programs}) == 1


class Affine:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.w.T


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * (self.x > 0)


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y, self.t = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), t
        return -(t * np.log(self.y)).sum() / len(t)

    def backward(self, dout):
        return dout * (self.y - self.t) / len(self.t)


@pytest.mark.parametrize("activation", [ReLU, Sigmoid])
def test_lesson_5_the_layers_written_by_hand(activation):
    """Forward and backward of the classes that README holds beside the program."""
    case = ([4, 6, 3], activation.__name__.lower(), *CASES["lesson 5, layers"][2:])
    model, rows, targets = drawn(case, 5)
    program = lifted_from_one(case, model, model, rows[0], targets[0])
    numbers = np.array([parameter.data for parameter in model.parameters()])
    value, gradient = program.value_and_grad(numbers, np.column_stack([rows, targets]))

    tables = numbers[:30].reshape(6, 5), numbers[30:].reshape(3, 7)
    first, last = (Affine(table[:, :-1].T, table[:, -1]) for table in tables)
    layers, loss = [first, activation(), last], SoftmaxWithLoss()
    x = np.array(rows)
    for layer in layers:
        x = layer.forward(x)
    assert value == pytest.approx(loss.forward(x, np.array(targets)), rel=1e-12)
    dout = loss.backward(1.0)
    for layer in reversed(layers):
        dout = layer.backward(dout)
    slopes = [np.vstack([affine.dw, affine.db]).T.ravel() for affine in (first, last)]
    np.testing.assert_allclose(gradient, np.concatenate(slopes), rtol=1e-12, atol=1e-15)


def test_readme_shows_the_program_of_lesson_8():
    """As it is printed, and each line of the table as it is in a program."""
    texts = []
    for activation in ("relu", "sigmoid"):
        model = nn.MLP(784, [50, 10], activation=activation)
        x = [Value(0.5, f"x.{i}") for i in range(784)]
        y = [Value(float(i == 0), f"y.{i}") for i in range(10)]
        loss = nn.softmax_cross_entropy(model(x), y)
        program = lift(loss, wrt=model.parameters(), inputs=[*x, *y])
        program.value_and_grad(np.zeros(39760), np.ones((2, 794)))
        texts.append(str(program))
    (shown,) = re.findall(r"^```text\n(def value_and.*?)\n```$", README, re.DOTALL | re.MULTILINE)
    assert shown == texts[0]
    rows = re.findall(r"^\| [\w ]*\| `d.*? \| `(.*?)`", README, re.MULTILINE)
    assert len(rows) == 6
    for row in rows:
        assert any(row in text for text in texts), row


def test_lesson_7_a_valley():
    """x**2 / 20 + y**2, on whose contours the optimisers walk."""
    x, y = Value(-7.0, "x"), Value(2.0, "y")
    program = lift(x**2 / 20 + y**2, wrt=[x, y])
    value, gradient = program.value_and_grad([3.0, -4.0])
    assert value == 16.45
    assert gradient.tolist() == pytest.approx([0.3, -8.0], rel=1e-15)


def test_lesson_2_three_ways_to_one_gradient():
    """That of the program, of finite differences and of a walk backwards along the graph."""
    model, rows, targets = drawn(CASES["lesson 3, the delta rule"], 4)
    loss = nn.mse([model(row) for row in rows], targets)
    program = lift(loss, wrt=model.parameters())
    numbers = np.array([parameter.data for parameter in model.parameters()])
    _, gradient = program.value_and_grad(numbers)
    steps = 1e-5 * np.eye(len(numbers))
    slopes = [(program.value(numbers + h) - program.value(numbers - h)) / 2e-5 for h in steps]
    assert gradient.tolist() == pytest.approx(slopes, rel=1e-7, abs=1e-10)
    loss.backward()
    assert gradient.tolist() == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)
