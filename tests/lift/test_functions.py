"""Lifting functions, and refusing those whose path depends on a number."""

import functools
import math
import threading

import numpy as np
import pytest

from autograd_mini import Value, dot, erf, exp, log, sqrt, tanh, value_and_grad, where
from autograd_mini.lift import lift


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


def newton(x):
    y = x
    while abs(y * y - x) > 1e-9:
        y = (y + x / y) / 2
    return y


@pytest.mark.parametrize(
    ("f", "look"),
    [
        (lambda x: x if x <= 0 else -x, r"compared \(<=\)"),
        (lambda x: x if x > 0 else -x, r"compared \(>\)"),
        (lambda x: max(x, 2 * x), r"compared \(>\)"),
        (lambda x: min([x, 2 * x]), r"compared \(<\)"),
        (lambda x: sorted([x, 2 * x])[0], r"compared \(<\)"),
        (lambda x: x if x else -x, "used as a truth value"),
        (lambda x: x and x * 2, "used as a truth value"),
        (lambda x: x * float(x), r"converted with float\(\)"),
        (lambda x: x * math.floor(x), r"converted with float\(\)"),
        (lambda x: x * round(x), "rounded"),
        (lambda x: x if x.data > 0 else -x, r"read as \.data"),
        (newton, r"compared \(>\)"),
    ],
)
def test_a_path_that_depends_on_a_number_is_refused(f, look):
    with pytest.raises(RuntimeError, match=rf"{look}, so the(.|\n)*where\(c, a, b\)"):
        lift(f, 1.0)


def test_the_error_shows_the_line():
    with pytest.raises(RuntimeError, match=r"test_functions\.py:\d+\n    while abs"):
        lift(newton, 2.0)


def test_numbers_that_do_not_depend_on_the_inputs_may_be_looked_at():
    scale = Value(3.0)
    assert lift(lambda x: x * scale if scale > 0 else x, 1.0).value(2.0) == 6.0


def test_values_are_as_before_after_a_recording_and_in_other_threads():
    seen = []

    def f(x):
        thread = threading.Thread(target=lambda: seen.append(Value(1.0) < Value(2.0)))
        thread.start()
        thread.join()
        return x * 2

    lift(f, 1.0)
    with pytest.raises(RuntimeError, match="compared"):
        lift(lambda x: x if x > 0 else -x, 1.0)
    assert seen == [True]
    assert Value(1.0) < Value(2.0)
    assert float(Value(1.5)) == Value(1.5).data == 1.5


def test_one_number_is_returned():
    with pytest.raises(TypeError, match=r"this one returned a list: lift each entry"):
        lift(lambda x: [x, x], 1.0)


def test_a_constant_function():
    assert lift(lambda _: 2.0, 1.0).value_and_grad(5.0) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 2.0), "takes 1 arguments, but 2 were given"),
        (([1.0],), "the example has 2 numbers here, but 1 were given"),
        (([np.ones(3), np.ones(2)],), "the leading axes of the arguments differ"),
        (
            ([np.ones((3, 2)), 1.0],),
            r"one number, or an axis of them, belongs here, but shape \(3, 2\)",
        ),
    ],
)
def test_wrong_arguments(arguments, message):
    program = lift(lambda x: functools.reduce(lambda a, b: a * b, x), [1.0, 2.0])
    with pytest.raises(ValueError, match=message):
        program.value(*arguments)


def test_wrt_names_an_argument():
    with pytest.raises(ValueError, match="wrt names argument 2, but 1 were given"):
        lift(lambda x: x, 1.0, wrt=2)
