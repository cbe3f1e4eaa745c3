"""The lifted program on PyTorch and JAX gives what NumPy gives."""

import math
import re
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
import scipy.special
import torch

from autograd_mini import Value, cos, define_primitive, dot, erf, erfc, gelu, tanh, value_and_grad
from autograd_mini.lift import lift
from autograd_mini.lift.backends import _special
from autograd_mini.primitives import TABLE
from tests.lift.grids import GRIDS, relaxation
from tests.lift.networks import (
    PROGRAMS,
    attention,
    convolutions,
    cross_entropy,
    flat,
    jacobi,
    made,
    values,
)

README = Path(__file__).parents[2] / "README.md"


def prepared(program):
    loss, parameters, inputs = made(program)
    p, x = (np.array([node.data for node in nodes]) for nodes in (parameters, inputs))
    return lift(loss, wrt=parameters, inputs=inputs), p, x


def assert_same(found, expected):
    (value, gradient), (expected_value, expected_gradient) = found, expected
    assert np.asarray(value) == pytest.approx(expected_value, rel=1e-12)
    gap = np.abs(np.asarray(gradient) - expected_gradient).max()
    assert gap <= 1e-12 * np.abs(expected_gradient).max()


@pytest.mark.parametrize("program", [*PROGRAMS, *GRIDS])
def test_torch(program):
    lifted, p, x = prepared(program)
    run = lifted.to_torch()
    for inputs in (x, np.array([x, 1.1 * x]))[: 1 + bool(len(x))]:
        assert_same(run(torch.tensor(p), torch.tensor(inputs)), lifted.value_and_grad(p, inputs))


jax.config.update("jax_enable_x64", True)


@pytest.mark.parametrize("program", [cross_entropy, convolutions, attention, jacobi, relaxation])
def test_jax(program):
    lifted, p, x = prepared(program)
    run = jax.jit(lifted.to_jax())
    for inputs in (x, np.array([x, 1.1 * x])):
        assert_same(run(p, inputs), lifted.value_and_grad(p, inputs))


def hidden_used_twice(rng):
    w, x = values(rng, 2, 3), values(rng, 4, 3)
    h = [dot(row, point).tanh() for point in x for row in w]
    return sum((v * v for v in h), start=h[0].exp()), flat(w), flat(x)


def test_a_gradient_of_two_axes_from_the_whole_and_from_a_part():
    lifted, p, x = prepared(hidden_used_twice)
    for inputs in (x, np.array([x, 1.1 * x])):
        expected = lifted.value_and_grad(p, inputs)
        assert_same(lifted.to_torch()(torch.tensor(p), torch.tensor(inputs)), expected)
        assert_same(jax.jit(lifted.to_jax())(p, inputs), expected)


def test_jax_on_a_mesh():
    """README's lines, on as many devices as XLA_FLAGS simulates (see Makefile)."""
    lifted, p, x = prepared(cross_entropy)
    batch = x * np.random.default_rng(0).uniform(0.9, 1.1, (8, len(x)))
    parameters = SimpleNamespace(parameters=lambda: [Value(number) for number in p])
    session = {"program": lifted, "model": parameters, "batch": batch.tolist()}
    (lines,) = re.findall(r"^```py\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    exec(lines, session)
    assert len(session["rows"].sharding.device_set) == len(jax.devices()) == 4
    assert_same((session["value"], session["gradient"]), lifted.value_and_grad(p, batch))


def test_a_primitive_of_ones_own():
    ripple = define_primitive(
        *("ripple", lambda x: math.sin(x) * math.pi, lambda out, x: cos(x) * math.pi),
        array=lambda xp, x: xp.sin(x) * xp.pi,
    )
    try:
        w, x = [Value(0.3), Value(0.5)], [Value(1.0), Value(2.0)]
        lifted = lift(sum(ripple(a * b) for a, b in zip(w, x, strict=True)), wrt=w, inputs=x)
        p, batch = np.array([0.3, 0.5]), np.array([[1.0, 2.0], [3.0, 4.0]])
        expected = lifted.value_and_grad(p, batch)
        found = lifted.to_torch()(torch.tensor(p), torch.tensor(batch))
        assert_same(found, expected)
        assert_same(jax.jit(lifted.to_jax())(p, batch), expected)
    finally:
        del TABLE["ripple"]


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_other_libraries_check_what_they_are_given(library):
    w, x = Value(1.0), [Value(1.0) for _ in range(3)]
    program = lift(dot([0.5, 0.25, 0.75], x) * (w + 1), wrt=[w], inputs=x)
    run = program.to_jax() if library == "jax" else program.to_torch()
    array = jax.numpy.array if library == "jax" else torch.tensor
    one, row = array([3.0]), array([1.0, 1.0, 1.0])
    assert [each.item() for each in run(one, row)] == [6.0, 1.5]
    assert [each.item() for each in run(one, row.reshape(1, 1, 3))] == [6.0, 1.5]
    with pytest.raises(TypeError, match=r"parameters must be an array of floats, but.*int"):
        run(array([3]), row)
    with pytest.raises(TypeError, match=r"inputs must be an array of floats, but here is.*int"):
        run(one, array([[1, 1, 1]]))
    with pytest.raises(TypeError, match="parameters must be an array of floats, but here is list"):
        run([3.0], row)
    for wrong in (row[:2], array([1.0] * 4), array([[1.0] * 4])):
        with pytest.raises(ValueError, match="this program has 3 inputs"):
            run(one, wrong)
    with pytest.raises(ValueError, match="this program has 1 parameters"):
        run(row, row)


def test_a_lifted_function_elsewhere():
    def f(weights, x, bias):
        return tanh(dot(weights, x) + bias)

    program = lift(f, [0.5, -0.3], [1.0, 2.0], 0.25, wrt=(0, 2))
    numbers, rows = np.array([0.5, -0.3, 0.25]), np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
    value, (by_weights, by_bias) = program.value_and_grad(numbers[:2], rows, numbers[2])
    expected = value, np.append(by_weights, by_bias)
    assert_same(jax.jit(program.to_jax())(numbers, rows), expected)
    assert_same(program.to_torch()(torch.tensor(numbers), torch.tensor(rows)), expected)

    each = lift(f, [0.5, -0.3], [1.0, 2.0], 0.25, wrt=(0, 2), reduction="none")
    weights = np.array([[0.5, -0.3], [0.1, 0.2], [1.0, -1.0]])
    values, (by_weights, by_bias) = each.value_and_grad(weights, rows, np.full(3, 0.25))
    both = np.column_stack([weights, np.full(3, 0.25)])
    expected = values, np.column_stack([by_weights, by_bias])
    assert_same(jax.vmap(each.to_jax())(both, rows), expected)


@pytest.mark.parametrize("f", [erf, erfc, gelu])
def test_where_scipy_is_installed_its_functions_are_called(f):
    assert _special("erf") is scipy.special.erf
    x = np.linspace(-25, 25, 10_001)
    values, slopes = lift(f, 1.0, reduction="none").value_and_grad(x)
    pairs = [value_and_grad(f)(each) for each in x.tolist()]
    np.testing.assert_allclose(np.column_stack([values, slopes]), pairs, rtol=1e-12, atol=0)
    assert lift(f, 1.0).value(np.float32(0.5)) == pytest.approx(f(0.5), rel=1e-6)
