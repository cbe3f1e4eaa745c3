"""The rows as things: complete, callable on floats and Values, one node each."""

import dataclasses
import math
import sys

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import Value, grad, primitives
from autograd_mini.primitives import TABLE, Primitive
from tests.primitives.rows import OPERATORS, call, every_row, named_rows, samples

NAMES = {
    *("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan"),
    *("asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf"),
    *("abs", "sign", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "gelu", "silu"),
    *("maximum", "minimum", "pow", "atan2", "hypot", "logaddexp"),
    *("sum", "dot", "prod", "logsumexp", "softmax", "mean", "where"),
}


# --- the table's shape ----------------------------------------------------------------------------


@every_row
def test_row_is_complete(row):
    assert TABLE[row.name] is row
    assert len(row.domain) == (row.arity or 1)
    assert all(low < high for low, high in row.domain)
    assert (row.precedence == primitives.ATOM) or row.python
    for template in filter(None, (row.python, row.latex)):
        assert template.count("%s") == (row.arity or 1)


@every_row
def test_domain_is_safe_to_its_corners(row):
    domain = row.domain if row.arity else row.domain * 4
    for corner in ([low for low, _ in domain], [high for _, high in domain]):
        out = call(row, [Value(x) for x in corner])
        assert math.isfinite(out.data)
        assert all(map(math.isfinite, out.local_derivatives))


def test_every_function_of_the_contract_exists():
    for name in NAMES:
        assert callable(getattr(am, name))
        assert callable(getattr(Value, name))
        assert name in am.__all__


# --- floats in, float out; a Value in, a Value out ------------------------------------------------


@every_row
def test_floats_in_float_out_and_values_in_value_out(row):
    operands = next(samples(row, 1))
    out = call(row, operands)
    assert type(out) is float
    assert type(call(row, [np.float64(x) for x in operands])) is float
    for i in range(len(operands)):
        node = call(row, [Value(x) if i == j else x for j, x in enumerate(operands)])
        assert type(node) is Value
        assert node.data == out
        assert node.op == row.name
        assert len(node.parents) == len(node.local_derivatives) == 1


@every_row
def test_a_row_records_its_operands_in_order(row):
    xs = [Value(x) for x in next(samples(row, 1))]
    node = call(row, xs)
    assert [*map(id, node.parents)] == [*map(id, xs)]
    assert [*map(id, node.operands)] == [*map(id, xs)]


@every_row
def test_a_row_has_a_slope_for_each_operand_and_no_more(row):
    operands = next(samples(row, 1))
    slopes = row.partials if row.arity else row.partials[0](row.forward(*operands), *operands)
    assert len(slopes) == len(operands)


@named_rows
def test_method_is_the_function(row):
    function, xs = getattr(am, row.name), [Value(x) for x in next(samples(row, 1))]
    xs = xs[:2] if row.name == "dot" else xs
    by_function, by_method = function(*xs), getattr(xs[0], row.name)(*xs[1:])
    if isinstance(by_function, list):  # softmax, log_softmax
        by_function, by_method = by_function[0], by_method[0]
    assert by_method.op == by_function.op == row.name
    assert by_method.data == by_function.data
    assert by_method.local_derivatives == by_function.local_derivatives


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_is_the_row(name):
    operands = next(samples(TABLE[name], 1))
    want = Value.apply_primitive(TABLE[name], [Value(x) for x in operands])
    got = OPERATORS[name](*map(Value, operands))
    assert (got.op, got.data, got.local_derivatives) == (name, want.data, want.local_derivatives)


NUMPY = {name: getattr(np, name, None) for name in sorted(NAMES)}
NUMPY |= {name: getattr(np, name.replace("a", "arc", 1)) for name in ("asin", "acos", "atan")}
NUMPY |= {name: getattr(np, name.replace("a", "arc", 1)) for name in ("asinh", "acosh", "atanh")}
#: numpy compares objects for these two, and has no logaddexp of objects
BY_COMPARISON = {"sign", "logaddexp", "maximum", "minimum"}
UFUNCS = [
    name for name, f in NUMPY.items() if isinstance(f, np.ufunc) and name not in BY_COMPARISON
]


@pytest.mark.parametrize("name", UFUNCS)
def test_numpy_ufuncs_on_object_arrays(name):
    row = TABLE[{"pow": "**"}.get(name, name)]
    columns = [np.array([Value(x) for x in xs]) for xs in zip(*samples(row, 3), strict=True)]
    for out, *xs in zip(NUMPY[name](*columns), *columns, strict=True):
        assert type(out) is Value
        assert out.op == row.name
        assert [*map(id, out.parents)] == [*map(id, xs)]
        assert out.data == row(*[x.data for x in xs])


def test_arguments_that_are_left_out_are_the_last_ones():
    three = Primitive("three", lambda *xs: 0.0, (None,) * 3, domain=(), defaults=(1.0, 2.0))
    assert three.operands(7.0) == (7.0, 1.0, 2.0)
    assert three.operands(7.0, 8.0) == (7.0, 8.0, 2.0)
    with pytest.raises(TypeError, match=r"three takes 3 argument\(s\), but was given 0"):
        three.operands()


@pytest.mark.parametrize("name", ["sin", "asin", "acos", "atanh", "tan"])
def test_samples_are_drawn_on_both_sides_of_0(name):
    ((least, greatest),) = TABLE[name].domain
    assert least == -greatest


@pytest.mark.parametrize(
    ("name", "steep", "flat"),
    [("log", 0.1, 7.5), ("acosh", 1.1, 7.5), ("log1p", -0.8, 7.5), ("tan", 1.3, 0.0)],
)
def test_samples_are_drawn_where_a_function_is_steep_and_where_it_is_flat(name, steep, flat):
    ((low, high),) = TABLE[name].domain
    assert low < steep < high
    assert low < flat < high


def test_a_row_is_what_it_is():
    sin = TABLE["sin"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        sin.forward = math.cos
    assert dataclasses.replace(sin) != sin


def test_numpy_atan2_and_inverse_names_are_methods():
    y, x = np.array([Value(1.0)]), np.array([Value(2.0)])
    assert np.arctan2(y, x)[0].data == math.atan2(1, 2)
    assert Value(0.5).arcsin().op == "asin"
    assert Value(0.5).arctanh().op == "atanh"


def test_numpy_linear_algebra_on_object_arrays():
    W = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = np.array([5.0, 6.0])
    out = (W @ x).sum() + np.mean(W) + np.dot(W, x)[0] * 0
    out.backward()
    assert out.data == 17 + 39 + 2.5
    assert [[w.grad for w in row] for row in W] == [[5.25, 6.25], [5.25, 6.25]]


def test_n_ary_functions_take_scalars_sequences_arrays_and_generators():
    xs = [1.0, 2.0, 4.0]
    assert am.sum(*xs) == am.sum(xs) == am.sum(np.array(xs)) == am.sum(x for x in xs) == 7.0
    assert am.prod(xs) == 8.0
    assert am.mean(xs) == 7 / 3
    assert am.dot(np.array(xs), xs) == 21.0
    assert am.sum(np.array([Value(x) for x in xs])).data == 7.0
    assert am.sum([]) == 0.0
    assert am.prod([]) == 1.0
    assert am.dot([], []) == 0.0
    assert am.logsumexp([]) == -math.inf


def test_n_ary_functions_are_single_nodes_however_many_operands():
    xs, ys = ([Value(i) for i in range(1000)] for _ in range(2))
    for node, width in [(am.sum(xs), 1000), (am.mean(xs), 1000), (am.dot(xs, ys), 2000)]:
        assert len(node.parents) == width
        assert all(parent.op == "" for parent in node.parents)


def test_wide_n_ary_rows_do_not_take_quadratic_work():
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    xs = [Value(0.001 * i) for i in range(400)]
    for function in (am.maximum, am.minimum, am.logsumexp, am.prod, am.mean):
        calls = 0
        sys.setprofile(count)
        function(xs)
        sys.setprofile(None)
        assert calls < 100 * len(xs), function.name


def test_sum_and_dot_are_exact_before_the_last_rounding():
    assert am.sum([1e16, 1.0, -1e16]) == 1.0
    assert am.sum([0.1] * 10) == 1.0
    assert am.dot([1e16, 1.0, -1e16], [1.0, 1.0, 1.0]) == 1.0


def test_where_runs_the_gradient_into_the_chosen_operand_only():
    c, a, b = Value(1.0), Value(2.0), Value(3.0)
    am.where(c, a * 10, b * 100).backward()
    assert (c.grad, a.grad, b.grad) == (0.0, 10.0, 0.0)
    am.where(c - 1, a * 10, b * 100).backward()
    assert (c.grad, a.grad, b.grad) == (0.0, 10.0, 100.0)


def test_defaults():
    assert am.leaky_relu(-2.0) == -0.02
    assert am.leaky_relu(-2.0, 0.5) == Value(-2.0).leaky_relu(0.5).data == -1.0
    assert am.elu(-1.0) == am.elu(-1.0, 1.0) == math.expm1(-1)


# --- only what is needed is evaluated -------------------------------------------------------------


def test_the_rule_of_a_constant_operand_is_never_run(monkeypatch):
    def explode(*_):
        raise AssertionError("the rule of a constant was run")

    monkeypatch.setattr(primitives, "log", explode)
    x = Value(-2.0)
    (x**3).backward()
    assert x.grad == 12.0
    assert grad(grad(lambda x: x**3))(-2.0) == -12.0
    with pytest.raises(AssertionError, match="rule of a constant"):
        x ** Value(3.0)


def test_a_rule_written_by_hand_serves_every_reader():
    cube = Primitive("cube", lambda x: x**3, (lambda _, x: 3 * x**2,), ((-1.0, 1.0),))
    x = Value(2.0)
    cube(x).backward()
    assert (cube(2.0), x.grad) == (8.0, 12.0)
    assert grad(cube)(2.0) == 12.0
