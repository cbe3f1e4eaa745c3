"""Lifted functions are called as the functions were: arguments, batches, lists of results."""

import functools

import numpy as np
import pytest

from autograd_mini import (
    Value,
    atan2,
    dot,
    erf,
    exp,
    grad,
    hessian,
    jvp,
    log,
    mean,
    relu,
    softmax,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd_mini.lift import lift, program
from autograd_mini.lift.careful import replay
from autograd_mini.lift.program import Program


def call_price(spot, strike, rate, sigma, time):
    d1 = (log(spot / strike) + (rate + sigma * sigma / 2) * time) / (sigma * sqrt(time))
    d2 = d1 - sigma * sqrt(time)
    inside, paid = (0.5 * (1 + erf(d / 2**0.5)) for d in (d1, d2))
    return spot * inside - strike * exp(-rate * time) * paid


def test_greeks_of_many_options():
    rng = np.random.default_rng(0)
    spot, strike = rng.uniform(80, 120, (2, 50))
    program = lift(call_price, 100.0, 95.0, 0.03, 0.2, 1.0, wrt=range(5), reduction="none")
    prices, greeks = program.value_and_grad(spot, strike, 0.03, 0.2, 1.0)
    assert [g.shape for g in greeks] == [(50,)] * 5
    for i in range(50):
        price, expected = value_and_grad(call_price, range(5))(spot[i], strike[i], 0.03, 0.2, 1.0)
        assert prices[i] == pytest.approx(price, rel=1e-12)
        assert [g[i] for g in greeks] == pytest.approx(expected, rel=1e-11)


def test_a_large_batch_is_worked_off_in_blocks():
    program = lift(lambda x, y: x * exp(y), 1.0, 2.0, wrt=(0, 1), reduction="none")
    x, y = np.random.default_rng(0).normal(size=(2, 50_001))
    value, (dx, dy) = program.value_and_grad(x, y)
    assert (value == x * np.exp(y)).all()
    assert (dx == np.exp(y)).all()
    assert (dy == x * np.exp(y)).all()


def test_derives_in_the_first_argument_and_takes_a_batch_of_the_others():
    program = lift(lambda w, x: tanh(dot(w, x)), [0.1, 0.2], [0.3, 0.4])
    x = np.array([[0.3, 0.4], [1.0, 2.0]])
    value, gradient = program.value_and_grad([0.5, 0.6], x)
    outs = np.tanh(x @ [0.5, 0.6])
    assert value == pytest.approx(outs.mean(), rel=1e-14)
    assert gradient == pytest.approx(((1 - outs**2) @ x / 2).tolist(), rel=1e-12)
    assert program.value([0.5, 0.6], x) == value


def test_arguments_may_be_nested():
    program = lift(lambda p: p["w"] * p["x"][0] + p["x"][1], {"w": 3.0, "x": [5.0, 1.0]})
    assert program.value_and_grad({"w": 2.0, "x": [4.0, 1.0]}) == (9.0, {"w": 4.0, "x": [2.0, 1.0]})


def test_a_function_without_choices_may_be_written_with_where():
    program = lift(lambda x: where(x, x * 2, -x), 1.0)
    assert program.value_and_grad(3.0) == (6.0, 2.0)
    assert program.value_and_grad(-3.0) == (3.0, -1.0)


def solved(a, b):
    """Gaussian elimination in place, as textbooks write it; the sum of the solution."""
    n = len(b)
    for i in range(n):
        for j in range(i + 1, n):
            m = a[j][i] / a[i][i]
            for k in range(i, n):
                a[j][k] = a[j][k] - m * a[i][k]
            b[j] = b[j] - m * b[i]
    for i in reversed(range(n)):
        for k in range(i + 1, n):
            b[i] = b[i] - a[i][k] * b[k]
        b[i] = b[i] / a[i][i]
    return sum(b)


def test_elimination_in_place():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)
    program = lift(solved, np.eye(3).tolist(), [1.0, 2.0, 3.0], wrt=(0, 1))
    value, (da, db) = program.value_and_grad(a, b)
    slopes = np.linalg.solve(a.T, np.ones(3))
    assert value == pytest.approx(np.linalg.solve(a, b).sum())
    assert db == pytest.approx(slopes)
    assert da == pytest.approx(-np.outer(slopes, np.linalg.solve(a, b)))


def reversed_and_weighted(x):
    x.reverse()
    return x[0] - 2 * x[1]


def doubled_in_place(x):
    x *= 2.0
    return x[0] - 2 * x[1]


def popped(p):
    p["w"].append(1.0)
    return p["w"].pop(0) * p.pop("v")


@pytest.mark.parametrize(
    ("f", "given", "value"),
    [
        (reversed_and_weighted, [3.0, 5.0], -1.0),
        (doubled_in_place, np.array([3.0, 5.0]), -14.0),
        (popped, {"w": [3.0], "v": 5.0}, 15.0),
    ],
)
def test_an_argument_may_be_changed_in_place(f, given, value):
    program = lift(f, given)
    assert [program.value(given), program.value(given)] == [value, value]


def test_arrays_are_arrays_while_recording_too():
    def loss(W, x):
        return tanh((W @ x).sum())

    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.1, 0.2])
    program = lift(loss, W, x)
    value, gradient = program.value_and_grad(W, np.array([x, 2 * x]))
    sums = np.array([x, 2 * x]) @ W.sum(axis=0)
    assert value == pytest.approx(np.tanh(sums).mean(), rel=1e-14)
    row = (np.cosh(sums) ** -2 @ [x, 2 * x]) / 2
    assert gradient == pytest.approx(np.array([row, row]), rel=1e-12)


def test_a_batch_of_the_argument_derived_in():
    program = lift(lambda x, c: c * dot(x, x), [1.0, 1.0], 1.0, wrt=(0, 1), reduction="sum")
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    value, (dx, dc) = program.value_and_grad(x, 10.0)
    assert (value, dx.tolist(), dc) == (300.0, (20 * x).tolist(), 30.0)


def test_in_no_argument():
    assert lift(lambda x: 2 * x, 1.0, wrt=()).value_and_grad(3.0) == (6.0, ())


def test_float32_stays_float32():
    x = np.ones((4, 2), dtype=np.float32)
    _, gradient = lift(lambda x: dot(x, x), [1.0, 1.0]).value_and_grad(x)
    assert gradient.dtype == np.float32


def test_derivatives_are_lifted_as_any_function():
    def f(x):
        return exp(x) * tanh(x)

    for derived in (grad(f), grad(grad(f)), hessian(f), grad(hessian(f))):
        program = lift(derived, 1.0, reduction="none")
        x = np.array([-0.5, 0.3, 2.0])
        value, slopes = program.value_and_grad(x)
        for i in range(3):
            expected, slope = value_and_grad(derived)(x[i])
            assert value[i] == pytest.approx(expected, rel=1e-12)
            assert slopes[i] == pytest.approx(slope, rel=1e-12)


def test_the_source_calls_the_arguments_by_their_names():
    example = [1.0, 2.0], 3.0, [4.0, 5.0]
    program = lift(lambda weights, bias, x: dot(weights, x) + bias, *example, wrt=(0, 1))
    assert "weights = parameters[" in str(program)
    assert "bias = parameters[" in str(program)


# ---- several results


def test_a_list_of_results_is_an_array():
    program = lift(lambda x: [x * x, 3.0, tanh(x), x], 1.0, reduction="none")
    assert program.value(2.0).tolist() == [4.0, 3.0, np.tanh(2.0), 2.0]
    x = np.array([1.0, 2.0])
    assert program.value(x).tolist() == np.array([x * x, [3.0] * 2, np.tanh(x), x]).T.tolist()


@pytest.mark.parametrize(
    ("f", "formula"),
    [
        (lambda x: [2 * x[0]], lambda x: 2 * x[:, :1]),
        (lambda x: [x[1], x[1]], lambda x: x[:, [1, 1]]),
        (lambda x: (x[2], x[0]), lambda x: x[:, [2, 0]]),
        (lambda x: [x[0], x[1], x[0]], lambda x: x[:, [0, 1, 0]]),
        (lambda x: [1.0, 2.0], lambda x: np.array([[1.0, 2.0]] * len(x))),
        (lambda x: np.array(x) ** 2, lambda x: x**2),
        (lambda x: [log(v) for v in x], np.log),
        (softmax, lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)),
    ],
)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_lists_of_one_kind(f, formula, reduction):
    program = lift(f, [1.0, 2.0, 3.0], reduction=reduction)
    with np.errstate(divide="ignore"):
        for x in (np.array([[1.0, 2.0, 3.0], [4.0, 0.5, 2.0]]), np.array([[0.0, 1.0, 2.0]])):
            expected = formula(x)
            reduced = {"none": expected, "mean": expected.mean(axis=0), "sum": expected.sum(axis=0)}
            np.testing.assert_allclose(program.value(x), reduced[reduction], rtol=1e-14)
            np.testing.assert_allclose(program.value(x[0]), expected[0], rtol=1e-14)


def test_a_list_of_recorded_values():
    x = [Value(1.0), Value(2.0)]
    program = lift([x[0] + x[1], x[0] * x[1]], inputs=x)
    assert program.value([], [3.0, 4.0]).tolist() == [7.0, 12.0]
    assert "outputs" in str(program)


def test_a_list_has_no_gradient():
    program = lift(lambda x: [x, x], 1.0)
    with pytest.raises(ValueError, match=r"a list of 2 scalars .* no gradient: lift each .* sum"):
        program.value_and_grad(2.0)
    x = Value(1.0)
    with pytest.raises(ValueError, match="a list of 1 scalars"):
        lift([x], wrt=[x]).to_jax()


@pytest.mark.parametrize("out", [[[1.0]], {"a": 1.0}, [[]]])
def test_results_that_are_no_list_of_numbers(out):
    with pytest.raises(TypeError, match="one number or a list of numbers, but here is a"):
        lift(lambda x: out, 1.0)


def test_an_empty_list():
    with pytest.raises(ValueError, match="an empty list: there is nothing to compute"):
        lift(lambda x: [], 1.0)


# ---- the same answers as eager


@pytest.mark.parametrize(
    "f",
    [
        log,
        sqrt,
        lambda x: 1 / x,
        abs,
        lambda x: x.relu(),
        lambda x: (x.sqrt() - 1).relu() + x,  # an upstream of 0 meets an infinite slope
        lambda x: where(x, log(x), 0.0),
        lambda x: x.maximum(0.0),
        lambda x: x**0.5 * 0.0,
        lambda x: exp(800 + x) - exp(800 + x),
        grad(lambda x: sqrt(x * x)),
        grad(lambda x: relu(x) ** 0.5),
        lambda x: jvp(lambda x: where(x, sqrt(x), 0.0), (x,), (1.0,))[1],
    ],
)
@pytest.mark.parametrize("at", [0.0, -0.0, -1.0, 1.0, np.inf, -np.inf, np.nan])
def test_kinks_and_numbers_that_are_not_finite(f, at):
    expected = value_and_grad(f)(at)
    program = lift(f, 1.0, reduction="none")
    value, slope = program.value_and_grad(at)
    np.testing.assert_array_equal([value, slope], expected)
    values, slopes = program.value_and_grad(np.array([2.0, at]))
    np.testing.assert_array_equal([values[1], slopes[1]], expected)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_only_examples_with_numbers_that_are_not_finite_are_replayed(reduction, monkeypatch):
    def f(w, x):
        return w[0] * sqrt(x[0]) + relu(sqrt(x[1]) - 1) * w[1]

    w, rows = np.array([2.0, 3.0]), np.array([[4.0, 9.0]] * 11)
    rows[4, 1] = rows[7, 1] = 0.0  # an upstream of 0 meets an infinite slope: nan in an array
    replayed = []
    monkeypatch.setattr(program, "replay", lambda *given: replayed.append(given) or replay(*given))
    for wrt in (0, 1):
        lifted = lift(f, [1.0, 1.0], [1.0, 1.0], wrt=wrt, reduction=reduction)
        arguments = (w, rows) if wrt == 0 else (np.tile(w, (11, 1)), rows)
        value, gradient = lifted.value_and_grad(*arguments)
        pairs = [value_and_grad(f, wrt)(w.tolist(), row) for row in rows.tolist()]
        values, gradients = map(np.array, zip(*pairs, strict=True))
        count = {"mean": 11, "sum": 1, "none": 1}[reduction]
        if reduction != "none":
            values = values.sum() / count
        if reduction != "none" and wrt == 0:
            gradients = gradients.sum(axis=0)
        np.testing.assert_allclose(value, values, rtol=1e-14)
        np.testing.assert_allclose(gradient, gradients / count, rtol=1e-14)
    assert len(replayed) <= 4


def test_a_value_that_is_not_finite_in_a_batch():
    rows = np.array([1.0, 0.0, -1.0, 4.0], np.float32)
    for reduction, total in (("none", None), ("sum", np.nan), ("mean", np.nan)):
        found = lift(log, 1.0, reduction=reduction).value(rows)
        expected = [0.0, -np.inf, np.nan, np.log(4.0)] if total is None else total
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    pairs = lift(lambda x: [log(x), x * 1e39], 1.0, reduction="none").value(rows)
    np.testing.assert_allclose(pairs[:, 0], [0.0, -np.inf, np.nan, np.log(4.0)], rtol=1e-6)


def test_numbers_are_rounded_as_they_were_written():
    cases = {
        (1.0, 1e16, 1e16): [lambda a, b, c: a + (b - c), lambda a, b, c: (b - c) + a],
        (1e16, 1.0, 1e16): [lambda a, b, c: (a - c) + b, lambda a, b, c: a - (c - b)],
        (3.0, 1e200, 1e-200): [lambda a, b, c: a * (b / c), lambda a, b, c: a / (b / c)],
        (3.0, 7.0, 1e-9): [lambda a, b, c: -(a - b) - (-c), lambda a, b, c: (a - b) - c * -a],
    }
    for at, functions in cases.items():
        for f in functions:
            program = lift(f, 1.0, 2.0, 3.0, reduction="none")
            assert program.value(*at) == f(*at)
            assert program.value(*np.array([at, at]).T).tolist() == [f(*at)] * 2


def test_a_zero_keeps_its_sign_among_constants():
    def f(x):
        return sum(a * atan2(c, a) for a, c in zip(x, [0.0, -0.0, 0.0, -0.0], strict=True))

    at = [-1.0, -2.0, -3.0, -5.0]
    (value, gradient), (expected, slopes) = lift(f, at).value_and_grad(at), value_and_grad(f)(at)
    assert value == pytest.approx(expected, rel=1e-14)
    assert gradient == pytest.approx(slopes, rel=1e-14)


# ---- errors


def test_a_constant_function():
    assert lift(lambda _: 2.0, 1.0).value_and_grad(5.0) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 2.0), "takes 1 arguments, but 2 were given"),
        (([1.0],), "x has length 2 in the example, but 1 was given"),
        ((3.0,), r"x has length 2 in the example, but 3\.0 was given"),
        (([[1.0, 2.0], [3.0, 4.0]],), r"x\[0\] is one number .* but a list .* numpy.array\(rows\)"),
        (([np.ones(3), np.ones(2)],), r"leading axes of x differ: \[\(2,\), \(3,\)\]"),
        (([np.ones((3, 2)), 1.0],), r"x\[0\] is one number, or an array .* shape \(3, 2\) was"),
        ((np.ones(3),), r"x has shape \(2,\) in the example, but shape \(3,\) was given"),
        ((np.ones((1, 1, 2)),), r"shape \(1, 1, 2\) was given: only a batch has one axis more"),
    ],
)
def test_wrong_arguments(arguments, message):
    program = lift(lambda x: functools.reduce(lambda a, b: a * b, x), [1.0, 2.0])
    for run in (program.value, program.value_and_grad):
        with pytest.raises(ValueError, match=message):
            run(*arguments)


def test_batches_have_one_size():
    program = lift(lambda x, y: x * y[0], 1.0, [1.0])
    with pytest.raises(ValueError, match=r"the leading axes of arguments differ"):
        program.value(np.ones(2), np.ones((3, 1)))


def test_a_dict_has_the_keys_of_the_example():
    program = lift(lambda p: p["w"] * 2, {"w": 1.0})
    with pytest.raises(ValueError, match=r"p has 'w' in the example, but \{'v': 1.0\} has not"):
        program.value({"v": 1.0})


@pytest.mark.parametrize("given", [1j, "1", None, Value(1.0), [1j]])
def test_what_is_not_a_real_number(given):
    program = lift(lambda x: x * 2, 1.0)
    with pytest.raises(TypeError, match=r"x must hold real numbers, but its dtype is .*: make"):
        program.value(given)


@pytest.mark.parametrize("example", [1j, "1", None, [1.0, None]])
def test_an_example_is_made_of_real_numbers(example):
    with pytest.raises(TypeError, match="expected one real number, got"):
        lift(lambda x: 2.0, example)


def test_wrt_names_an_argument():
    with pytest.raises(ValueError, match="wrt names argument 2, but 1 were given"):
        lift(lambda x: x, 1.0, wrt=2)
    with pytest.raises(ValueError, match=r"wrt names argument 0 twice: name each once"):
        lift(lambda x, y: x * y, 1.0, 2.0, wrt=(0, 0))
    for given, kind in ((Value(1.0), "Value"), ([Value(1.0)], "Value"), ("0", "str"), (0.0, "fl")):
        with pytest.raises(TypeError, match=rf"as in wrt=0 or wrt=\(0, 1\), but got a {kind}"):
            lift(lambda x: x, 1.0, wrt=given)


def test_places_may_be_numbers_of_numpy_or_generated():
    def f(x, y):
        return x * y * y

    assert lift(f, 1.0, 2.0, wrt=np.int64(1)).value_and_grad(3.0, 5.0) == (75.0, 30.0)
    assert lift(f, 1.0, 2.0, wrt=(i for i in (1, 0))).value_and_grad(3.0, 5.0)[1] == (30.0, 25.0)


def test_leaves_may_be_generated_or_an_array():
    a, x = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)]
    expected = (31.0, [5.0, 7.0])
    for target in (dot(a, x), lambda: dot(a, x)):
        for kind in (iter, np.array):
            program = lift(target, wrt=kind(a), inputs=kind(x))
            value, gradient = program.value_and_grad([2.0, 3.0], [5.0, 7.0])
            assert (value, gradient.tolist()) == expected


@pytest.mark.parametrize("name", ["wrt", "inputs"])
def test_leaves_are_a_list(name):
    a = Value(2.0)
    for target in (a * a, lambda: a * a):
        with pytest.raises(TypeError, match=rf"{name}= .* is a list .* one Value: write {name}=\["):
            lift(target, **{name: a})


def test_an_array_without_axes_is_a_number():
    program = lift(lambda x: np.array(x * x), 1.0)
    assert program.value_and_grad(3.0) == (9.0, 6.0)
    assert lift(lambda x: [np.array(x * x), np.array(2.0)], 1.0).value(3.0).tolist() == [9.0, 2.0]


def test_an_example_or_leaves():
    with pytest.raises(
        TypeError, match=r"takes an example of the arguments of a function, or else"
    ):
        lift(lambda x: x, 1.0, inputs=[Value(1.0)])
    with pytest.raises(
        TypeError, match=r"takes an example of the arguments of a function, or else"
    ):
        lift(Value(1.0) * 2, 1.0)
    with pytest.raises(
        TypeError, match=r"needs an example of the arguments of f, as in lift\(f, 1"
    ):
        lift(lambda x: x)


def test_a_mean_over_a_batch_is_a_float():
    assert type(lift(mean, [1.0, 2.0]).value(np.ones((3, 2)))) is float


def test_another_call_between_does_not_disturb_a_call(monkeypatch):
    """As another thread does it: a batch, while the gradient of one example is computed."""
    program = lift(lambda x, c: c * x, 1.0, 1.0, wrt=0, reduction="sum")
    run = Program.value_and_grad

    def interrupted(self, *given):
        monkeypatch.setattr(Program, "value_and_grad", run)
        program.value_and_grad(np.ones(3), 2.0)
        return run(self, *given)

    monkeypatch.setattr(Program, "value_and_grad", interrupted)
    assert program.value_and_grad(5.0, np.array([2.0, 3.0])) == (25.0, 5.0)
