"""The printed program: the textbook's layer formulas, derived."""

import random
import re

import numpy as np
import pytest

from autograd_mini import Value, dot, log_softmax
from autograd_mini.lift import lift
from tests.lift.networks import made, mlp, skip_connection


@pytest.fixture(scope="module")
def digits():
    """784-50-10 with softmax and cross-entropy, recorded from one example, as a batch."""
    rng = random.Random(0)
    network, parameters = mlp([784, 50, 10], rng, "dot", "sigmoid")
    x = [Value(rng.random(), label=f"x.{i}") for i in range(784)]
    y = [Value(float(i == 3), label=f"y.{i}") for i in range(10)]
    program = lift(-dot(y, log_softmax(network(x))), wrt=parameters, inputs=[*x, *y])
    program.value_and_grad([p.data for p in parameters], np.ones((2, 794)))
    return str(program)


@pytest.mark.parametrize(
    "line",
    [
        "z1 = x @ layers_0_weights.T + layers_0_bias  # B x 50",
        "h1 = sigmoid(z1)  # B x 50",
        "z2 = h1 @ layers_1_weights.T + layers_1_bias  # B x 10",
        "h2 = log_softmax(z2, axis=1)  # B x 10",
        "d_z1 = d_z2 @ layers_1_weights * (h1 * sigmoid(-z1))  # B x 50",
        "d_layers_1_weights = d_z2.T @ h1  # 10 x 50",
        "d_layers_1_bias = sum(d_z2, axis=0)  # 10",
        "d_layers_0_weights = d_z1.T @ x  # 50 x 784",
        "d_layers_0_bias = sum(d_z1, axis=0)  # 50",
    ],
)
def test_the_formulas_of_the_textbook(digits, line):
    assert f"\n    {line}\n" in digits


def test_a_gate_and_the_shares_as_they_are_written_by_hand():
    network, parameters = mlp([3, 5, 4], random.Random(0), "dot", "relu")
    x, y = [Value(0.1) for _ in range(3)], [Value(float(i == 2)) for i in range(4)]
    program = lift(-dot(y, log_softmax(network(x))), wrt=parameters, inputs=[*x, *y])
    program.value_and_grad([p.data for p in parameters], np.ones((2, 7)))
    assert re.search(r"d_z1 = d_z2 @ \w+ \* \(z1 > 0\)  # B x 5\n", str(program))
    shares = "d_z2 = -(d_h2 * expm1(h2)) - d_h2 @ others_of_4 * exp(h2)  # B x 4\n"
    assert shares in str(program)


def test_it_fits_on_one_page(digits):
    assert len(digits.splitlines()) < 35
    assert max(map(len, digits.splitlines())) <= 110


def test_it_is_python(digits):
    compile(digits, "program", "exec")
    assert digits.startswith("def value_and_grad(parameters, inputs):\n")


def test_every_name_is_written_before_it_is_read():
    loss, parameters, inputs = made(skip_connection)
    lines = str(lift(loss, wrt=parameters, inputs=inputs)).splitlines()
    known = {"parameters", "inputs"}
    for line in lines[1:]:
        code = line.partition("#")[0]
        target, _, value = code.partition(" = ") if " = " in code else ("", "", code)
        names = set(re.findall(r"\b(?:[zhtbWx]\d*|d_\w+)\b(?!\()", value))
        assert names <= known, line
        known |= set(re.findall(r"^\s*(\w+)$", target))


@pytest.mark.parametrize(
    "label", ["exp", "lambda", "z1", "constant_0", "parameters", "1", "x y", "é"]
)
def test_labels_never_hide_what_the_source_calls(label):
    nodes = [Value(0.1 * i, label=f"{label}.{i}") for i in range(1, 5)]
    scaled = [(x * c).exp() for x, c in zip(nodes, (2.0, 3.0, 5.0, 7.0), strict=True)]
    loss = dot(nodes, scaled) * nodes[0]
    value, gradient = lift(loss, wrt=nodes).value_and_grad([x.data for x in nodes])
    loss.backward()
    assert value == pytest.approx(loss.data, rel=1e-14)
    assert gradient == pytest.approx([x.grad for x in nodes], rel=1e-14)


def test_a_product_that_is_scaled_or_added_to_is_not_written_in_place():
    rng = random.Random(0)
    w = [[Value(rng.random()) for _ in range(3)] for _ in range(2)]
    x = [[Value(rng.random()) for _ in range(3)] for _ in range(4)]
    out = [dot(row, point) ** 2 for row in w for point in x]
    flat = [v for row in w for v in row]
    loss = 3.0 * sum(out[1:], start=out[0]) - sum(
        [v * v for v in flat[1:]], start=flat[0] * flat[0]
    )
    _, gradient = lift(loss / 7.0, wrt=flat).value_and_grad([v.data for v in flat])
    (loss / 7.0).backward()
    assert gradient == pytest.approx([v.grad for v in flat], rel=1e-13)


def test_stats_count_the_work():
    rng = random.Random(0)
    network, parameters = mlp([30, 20, 1], rng)
    x = [Value(rng.random()) for _ in range(30)]
    stats = lift(network(x)[0], wrt=parameters, inputs=x).stats()
    products = 2 * (30 * 20 + 20) + 2 * 20  # W @ x, and the rows of d_W are products as well
    assert products <= stats["flops"] <= 1.5 * (products + 30 * 20)
    assert stats["bytes"] >= 8 * (30 * 20 + len(parameters))


def test_stats_count_scalars_in_and_array_steps_out():
    loss, parameters, inputs = made(skip_connection)
    stats = lift(loss, wrt=parameters, inputs=inputs).stats()
    assert stats["nodes"] == 15
    assert 0 < stats["array_steps"] < 40


def test_the_name_of_a_gradient_is_that_of_all_of_it():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    forward, backward = str(lift(x * y + abs(x) - x, wrt=[x, y])).split("# backward")
    assert " d_" not in forward
    assert "d_y = x" in backward
    assert "d_x" not in backward  # it arrives in three parts
