"""Primitives of one's own in lifted programs."""

import math
import sys

import numpy as np
import pytest

from autograd_mini import Value, define_primitive, exp, lift, log, value_and_grad
from autograd_mini.lift import record
from autograd_mini.lift.program import Program


def define_bump(name="bump", **fields):
    """exp(-c x**2), a bump of the width c**-0.5."""
    fields = {"array": lambda xp, x, c: xp.exp(-c * x * x)} | fields
    rules = (lambda out, x, c: -2 * c * x * out), (lambda out, x, c: -x * x * out)
    return define_primitive(name, lambda x, c: math.exp(-c * x * x), *rules, **fields)


def mixture(bump):
    def f(w, x):
        terms = [bump(a * b, 2.0) + bump(b, a) * exp(a) for a, b in zip(w, x, strict=True)]
        return log(sum(terms, start=bump(2.0, 0.5)))

    return f


W, X = np.array([0.1, 0.2, 0.3]), np.array([[1.0, -2.0, 0.5], [0.3, 0.0, 1.5]])


def assert_as_eager(f):
    program = lift(f, W, X[0], reduction="none")
    values, gradients = program.value_and_grad(W, X)
    for x, value, gradient in zip(X, values, gradients, strict=True):
        expected, slopes = value_and_grad(f)(W.tolist(), x.tolist())
        assert value == pytest.approx(expected, rel=1e-14)
        assert gradient == pytest.approx(slopes, rel=1e-13)
        alone, alone_gradient = program.value_and_grad(W, x)
        assert alone == pytest.approx(expected, rel=1e-14)
        assert alone_gradient == pytest.approx(slopes, rel=1e-13)
    return program


def test_value_and_gradient_are_as_eager():
    program = assert_as_eager(mixture(define_bump()))
    assert "own.bump(" in str(program)


def test_at_one_point_where_nothing_repeats():
    bump = define_bump()
    expected = value_and_grad(lambda x: bump(x, x + 1.0))(0.7)
    assert lift(lambda x: bump(x, x + 1.0), 1.0).value_and_grad(0.7) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name", ["view", "total", "contract", "take", "value", "inputs", "x", "gamma", "own", "t1"]
)
def test_a_primitive_may_be_called_what_the_source_calls_something_else(name):
    assert_as_eager(mixture(define_bump(name)))


def test_how_a_primitive_is_printed_elsewhere_is_not_how_it_is_called():
    assert_as_eager(mixture(define_bump(python="%s ~ %s", precedence=1)))


def test_without_an_array_form():
    bump = define_bump(array=None)
    message = r"no array form of the primitive 'bump': define .*, array=lambda xp, x: "
    with pytest.raises(NotImplementedError, match=message):
        lift(mixture(bump), W, X[0])


def test_where_the_result_is_not_finite_the_row_itself_is_asked():
    inverse = define_primitive(
        *("inverse", lambda x: 1 / x if x else math.inf, lambda out, x: -out * out),
        array=lambda xp, x: 1 / x,
        domain=((0.5, 2.0),),
    )
    program = lift(lambda x: inverse(x).minimum(3.0), 1.0, reduction="none")
    values, slopes = program.value_and_grad(np.array([0.0, 2.0]))
    assert (values.tolist(), slopes.tolist()) == ([3.0, 0.5], [0.0, -0.25])


def test_a_rule_that_arrays_cannot_go_through():
    waves = define_primitive(
        *("waves", math.sin, lambda out, x: math.cos(x)),
        check=False,
        array=lambda xp, x: xp.sin(x),
    )
    with pytest.raises(TypeError, match=r"functions of autograd_mini, cos\(x\) for math.cos\(x\)"):
        lift(waves, 1.0).value_and_grad(2.0)


def test_in_a_list():
    bump = define_bump()
    program = lift(lambda x: [bump(v, 1.0) for v in x], [1.0, 2.0])
    assert program.value([0.0, 1.0]) == pytest.approx([1.0, math.exp(-1)])


# ---- a name that is defined again


def define_power(n):
    return define_primitive(
        *("power", lambda x: x**n, lambda out, x: n * x ** (n - 1)), array=lambda xp, x: x**n
    )


AGAIN = "power was defined again after this program was recorded: lift what calls the new one"


@pytest.mark.parametrize("size", [1, 2, 40])
@pytest.mark.parametrize("run_before", [True, False])
def test_a_program_is_not_another_after_a_name_was_defined_again(size, run_before):
    cube = define_power(3)
    program = lift(lambda x: sum([cube(v) for v in x]), [2.0] * size)
    x = np.full(size, 2.0)
    if run_before:
        assert program.value(x) == 8.0 * size
        assert (program.value_and_grad(x)[1] == 12.0).all()
    define_power(2)
    for given in (x, x.astype(np.float32), np.stack([x, x]), x * np.nan):
        for run in (program.value, program.value_and_grad):
            with pytest.raises(RuntimeError, match=AGAIN):
                run(given)


def test_in_buffers_neither(monkeypatch):
    monkeypatch.setattr(sys.modules[Program.__module__], "LARGE", 0)
    cube = define_power(3)
    program = lift(lambda a, x: sum([cube(a * v) for v in x]), 1.0, [2.0, 3.0])
    x = np.ones((5, 2))
    assert program.value_and_grad(1.0, x) == (2.0, 6.0)
    define_power(2)
    with pytest.raises(RuntimeError, match=AGAIN):
        program.value_and_grad(1.0, x)


def test_a_recording_is_of_the_primitives_of_its_time():
    x, cube = Value(2.0), define_power(3)
    recording = record(lambda: cube(x), wrt=[x])
    square = define_power(2)
    with pytest.raises(RuntimeError, match=AGAIN):
        lift(recording)
    assert recording != record(lambda: square(x), wrt=[x])


def test_a_primitive_that_is_gone_is_not_recorded():
    cube = define_power(3)
    define_power(2)
    with pytest.raises(RuntimeError, match="power was defined again: call the new one"):
        lift(cube, 2.0)


def test_a_function_that_defines_what_it_calls():
    with pytest.raises(RuntimeError, match=AGAIN):
        lift(lambda x: 2.0 * define_power(3)(x), 2.0)
