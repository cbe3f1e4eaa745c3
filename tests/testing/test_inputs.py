"""What check_gradients can be asked, in which forms, and what it refuses."""

import operator
import random
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

import nn
from autograd_mini import (
    Value,
    assert_gradients,
    check_claimed,
    check_gradients,
    grad,
    no_grad,
    prod,
    sin,
    softmax,
    tanh,
)

#: Most of these tests are about one slope.
check_first = partial(check_gradients, order=1)
assert_first = partial(assert_gradients, order=1)


class Point(NamedTuple):
    x: float
    y: float


def test_nested_arguments_have_readable_names():
    report = assert_first(
        lambda p, q: p["w"][0] * p["w"][1] + q.x * q.y + p["b"],
        {"w": [2.0, 3.0], "b": (1)},
        Point(4.0, 5.0),
    )
    assert {(row.input, row.point, row.analytic) for row in report} == {
        ("p['w'][0]", 2.0, 3.0),
        ("p['w'][1]", 3.0, 2.0),
        ("p['b']", 1.0, 1.0),
        ("q[0]", 4.0, 5.0),
        ("q[1]", 5.0, 4.0),
    }


def test_arguments_without_a_name_are_numbered():
    def f(x, *more, scale=2.0):
        return x * more[0] * scale

    def names(f, *args):
        return {row.input for row in check_first(f, *args)}

    assert names(f, 3.0, 4.0) == {"x", "args[1]"}
    assert names(operator.mul, 3.0, 4.0) == {"a", "b"}
    assert names(prod, 3.0, 4.0) == {"args[0]", "args[1]"}
    assert names(max, [3.0, 4.0]) == {"args[0][0]", "args[0][1]"}  # written in C: it does not tell


def test_many_outputs():
    report = assert_first(lambda x, y: {"sum": x + y, "both": [x * y, x]}, 2.0, 3.0)
    assert {(row.output, row.input, row.analytic) for row in report} == {
        ("output['sum']", "x", 1.0),
        ("output['sum']", "y", 1.0),
        ("output['both'][0]", "x", 3.0),
        ("output['both'][0]", "y", 2.0),
        ("output['both'][1]", "x", 1.0),
        ("output['both'][1]", "y", 0.0),
    }
    assert "output['both'][0]" in str(report)
    assert_first(softmax, [1.0, 2.0, -1.0])


def test_numpy_arrays_in_and_out():
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])
    report = assert_gradients(lambda W, x: np.tanh(W @ x), W, x, order=1)
    assert {row.input for row in report} == {
        *("W[0][0]", "W[0][1]", "W[1][0]", "W[1][1]", "x[0]", "x[1]")
    }
    assert {row.output for row in report} == {"output[0]", "output[1]"}


def test_a_value_is_checked_by_its_label():
    x = Value(2.0, "speed")
    (row,) = assert_first(lambda x: x**3, x)
    assert (row.input, row.analytic) == ("speed", 12.0)


def test_a_module_as_an_argument():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    report = assert_first(lambda model, x: model(x) ** 2, model, [0.3, -0.7])
    names = {name for name, _ in model.named_parameters()}
    assert {row.input for row in report} == names | {"x[0]", "x[1]"}


def test_inputs_of_one_label_are_named_by_their_places():
    def names(f, *args, **options):
        return sorted({row.input for row in check_gradients(f, *args, **options)})

    assert names(lambda p: p[0] * p[1], [Value(0.5, "x"), Value(-0.2, "x")]) == ["p[0]", "p[1]"]
    assert names(lambda x, y: x * y, Value(0.5, "y"), 2.0) == ["x", "y"]
    assert names(lambda parameters: parameters[0] * w, [2.0], parameters=[w := Value(3.0)]) == [
        *("f.parameters[0]", "parameters[0]")
    ]
    both = names(lambda a, b: a([1.0]) * b([1.0]), nn.MLP(1, [1], seed=0), nn.MLP(1, [1], seed=1))
    assert [name.partition(".layers.0.")[::2] for name in both] == [
        *(("a", "neurons.0.bias"), ("a", "neurons.0.weights.0")),
        *(("b", "neurons.0.bias"), ("b", "neurons.0.weights.0")),
    ]


class Doubling(nn.Module):
    """w * x, with a wrong slope in w alone."""

    def __init__(self):
        self.w = Value(3.0)

    def forward(self, x):
        return (self.w + float(self.w)) * x / 2


def test_a_module_as_the_function():
    model = Doubling()
    for f, x in ((model, "args[0]"), (model.forward, "x")):
        report = check_first(f, 2.0)
        assert [(row.input, row.verdict) for row in report] == [("w", "FAIL"), (x, "pass")]
    assert len(check_first(model.forward, 2.0, parameters=[])) == 1


def test_parameters_of_a_closure():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)

    def loss():
        return (model([0.3, -0.7]) - 1) ** 2

    by_module = assert_first(loss, parameters=model)
    by_values = assert_first(loss, parameters=model.parameters())
    assert len(by_module) == len(by_values) == 13
    assert [row.analytic for row in by_module] == [row.analytic for row in by_values]


def test_unlabelled_parameters_are_numbered():
    weights = [Value(1.0), Value(2.0)]
    report = assert_first(lambda: weights[0] * weights[1], parameters=weights)
    assert {row.input for row in report} == {"parameters[0]", "parameters[1]"}


def test_it_works_under_no_grad():
    with no_grad():
        assert_first(tanh, 0.3)


# --- what it leaves behind -----------------------------------------------------------------------


def test_data_and_gradients_are_as_before():
    model = nn.MLP(2, [3, 1], seed=0)
    before = [(p.data, p.grad) for p in model.parameters()]
    check_first(lambda: model([1.0, 2.0]), parameters=model)
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_data_is_put_back_when_f_fails_on_the_way():
    w = Value(1.0)

    def interrupted():
        if w.data != 1.0:
            raise KeyboardInterrupt
        return w * 2

    with pytest.raises(KeyboardInterrupt):
        check_first(interrupted, parameters=[w])
    assert w.data == 1.0


# --- what it refuses -----------------------------------------------------------------------------


def test_nothing_to_check():
    with pytest.raises(ValueError, match="nothing to check: pass the numbers to derive in"):
        check_first(lambda: 1.0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (3.0, r"parameters is 3\.0 \(float\), but only a Value .*: pass the Values that f reads"),
        ([Value(1.0), "ab"], r"parameters\[1\] is 'ab' \(str\), but only a Value can be moved"),
        (np.ones(2), r"parameters\[0\] is 1\.0 \(float\), .* let f take its numbers as arguments"),
    ],
)
def test_parameters_are_values(parameters, message):
    with pytest.raises(TypeError, match=message):
        check_first(lambda: 1.0, parameters=parameters)


def test_parameters_of_any_kind():
    w, b = Value(2.0), Value(3.0)

    class Foreign:
        def parameters(self):
            yield from (w, b)

    for parameters in (iter([w, b]), {"w": w, "b": b}.values(), Foreign(), {"in": [Foreign()]}):
        assert len(check_first(lambda: w * b, parameters=parameters)) == 2


@pytest.mark.parametrize("nothing", [[], {}, ([], ()), np.ones(0)])
def test_a_function_that_returns_nothing_to_derive(nothing):
    with pytest.raises(ValueError, match=r"f returned .*, which holds no number: return the one"):
        check_first(lambda x: nothing, 1.0)


def test_a_function_that_does_not_repeat_itself():
    random_ = random.Random(0)
    with pytest.raises(ValueError, match=r"f returned \[.*\], then \[.*\].*Seed its randomness"):
        check_first(lambda x: x * random_.random(), 1.0)
    with pytest.raises(ValueError, match="Seed its randomness"):
        check_first(lambda x: [x * random_.random(), x - x / 0.0], 1.0)
    (row,) = check_first(lambda x: x / 0.0 - x / 0.0, 1.0)
    assert row.verdict == "edge"  # nan, every time


def test_what_is_not_a_number():
    with pytest.raises(TypeError, match="expected one real number, got 'two'"):
        check_first(tanh, "two")
    with pytest.raises(TypeError, match="expected one real number, got None"):
        check_first(lambda x: [x, None], 1.0)


def test_a_function_without_return():
    for check in (check_gradients, lambda f, x: check_claimed(f, x, 1.0)):
        with pytest.raises(TypeError, match=r"^f returned None: does it end without `return`\?$"):
            check(lambda x: None, 1.0)
    with pytest.raises(TypeError, match=r"got None .*: does a function end without `return`\?"):
        grad(lambda x: None)(1.0)


@pytest.mark.parametrize("order", ["2", None, 1.5, True])
def test_an_order_is_a_whole_number(order):
    with pytest.raises(TypeError, match=rf"got {order!r} \(\w+\): write an int, order=2"):
        check_gradients(sin, 1.0, order=order)


def test_an_order_may_be_an_integer_of_numpy():
    assert len(check_gradients(sin, 1.0, order=np.int64(2))) == 2


def test_orders_that_make_no_sense():
    with pytest.raises(ValueError, match=r"order is 1 for first derivatives, 2 for .* got 0"):
        check_gradients(sin, 1.0, order=0)
