"""The strategies: what they draw, and how small the program is that a wrong rule fails on."""

import importlib.util
import math
import sys
from math import inf

import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

import nn
from autograd_mini import (
    Value,
    assert_gradients,
    check_gradients,
    cos,
    define_primitive,
    exp,
    sin,
    tanh,
)
from autograd_mini.primitives import TABLE
from autograd_mini.testing import strategies
from autograd_mini.testing.programs import Program
from autograd_mini.testing.strategies import mlps, programs, values

ROWS = [*TABLE]
THOROUGH = settings(derandomize=True, max_examples=5000)


def smallest_wrong(*rows, seed_rows=("sin", "*", "sum", "exp", "-", "maximum")):
    """The smallest program of these and other rows that finite differences contradict."""

    def is_wrong(program):
        report = check_gradients(program, *program.point, order=1)
        return any(row.verdict == "FAIL" for row in report)

    return repr(find(programs([*seed_rows, *rows]), is_wrong, settings=THOROUGH))


def define(name, forward, *partials, **fields):
    return define_primitive(name, forward, *partials, check=False, **fields)


# ---- a primitive of one's own, as a user tests it -----------------------------------------------


def test_a_failing_test_prints_a_program_of_two_lines():
    square = define("square", lambda x: x * x, lambda out, x: x)

    @given(programs([square, "sin", "*", "sum"]))
    def test_square(program):
        report = check_gradients(program, *program.point, order=1)
        assert not any(row.verdict == "FAIL" for row in report), report

    with pytest.raises(AssertionError) as caught:
        test_square()
    assert "x      1   1         2        1.0e+00" in str(caught.value)
    notes = "\n".join(caught.value.__notes__)
    assert "program=def f(x=1.0):\n        return square(x),\n" in notes


def test_a_right_rule_passes():
    square = define("square", lambda x: x * x, lambda out, x: 2 * x)
    drawn = []

    @given(programs([square, "sin", "*", "sum"]))
    def test_square(program):
        drawn.append(program)
        report = check_gradients(program, *program.point, order=1)
        assert not any(row.verdict == "FAIL" for row in report), report

    test_square()
    assert len(drawn) >= 100
    assert sum("square(t" in repr(program) for program in drawn) > 10


@pytest.mark.parametrize(
    ("name", "forward", "partials", "want"),
    [
        ("cube", lambda x: x**3, (lambda out, x: 2 * x**2,), "def f(x=1.0):\n    return cube(x)"),
        ("flip", lambda x: -x, (1.0,), "def f(x=1.0):\n    return flip(x)"),
        (
            "half_sin",
            lambda x: math.sin(x) / 2,
            (lambda out, x: cos(x) / 2.002,),
            "def f(x=1.0):\n    return half_sin(x)",
        ),
        (
            "wrong_below_0",
            lambda x: x**2,
            (lambda out, x: 2 * abs(x),),
            "def f(x=-1.0):\n    return wrong_below_0(x)",
        ),
        (
            "swapped",
            lambda x, y: x * sin(y),
            (lambda out, x, y: x * cos(y), lambda out, x, y: sin(y)),
            "def f(x=1.0, y=1.0):\n    return swapped(x, y)",
        ),
        (
            "second_only",
            lambda x, y: x - 2 * y,
            (1.0, 2.0),
            "def f(x=1.0, y=1.0):\n    return second_only(x, y)",
        ),
    ],
)
def test_the_smallest_program_that_shows_a_wrong_rule(name, forward, partials, want):
    define(name, forward, *partials)
    assert smallest_wrong(name) == want


def test_what_fails_in_composition_only_shrinks_to_the_composition():
    def is_sine_of_a_product(program):
        ops = [step.row.name for step in program.steps]
        return "*" in ops and "sin" in ops and ops.index("*") < ops.index("sin")

    rows = programs(["+", "exp", "sin", "*", "sum"])
    found = find(rows, is_sine_of_a_product, settings=THOROUGH)
    assert repr(found) == "def f(x=1.0, y=1.0):\n    t1 = x * y\n    return sin(t1)"


# ---- what is drawn ------------------------------------------------------------------------------


@given(programs(ROWS))
def test_programs_are_differentiable(program):
    assert math.isfinite(program())
    report = check_gradients(program, *program.point, order=1)
    assert not any(row.verdict == "FAIL" for row in report), report


@given(programs(["sin", TABLE["dot"]], max_steps=2))
def test_programs_of_some_rows(program):
    assert {step.row.name for step in program.steps} <= {"sin", "dot"}
    assert 1 <= len(program.steps) <= 2


def test_programs_of_the_whole_table_have_your_rows_too():
    strategy = programs()
    for name in [*TABLE]:
        if name not in ROWS[:3]:
            del TABLE[name]
    define("late", lambda x: 2 * x, 2.0)
    of_all = {"late", *ROWS[:3]}

    def has_them(program):
        return {step.row.name for step in program.steps} == of_all

    find(strategy, has_them, settings=settings(THOROUGH, phases=[Phase.generate]))


def test_programs_at_edges():
    def is_at_a_kink(program):
        return program.steps[-1].row.name == "relu" and program.point == (0.0,)

    find(programs(["relu", "-"], edges=True), is_at_a_kink)
    tie = find(programs(["maximum"], edges=True), lambda program: len(program.inputs) == 2)
    assert isinstance(tie, Program)


def test_programs_of_nothing():
    with pytest.raises(ValueError, match="'squre' is not in the table"):
        programs(["squre"])
    with pytest.raises(TypeError, match=r"3 \(int\) is neither a primitive nor the name of one"):
        programs([3])
    with pytest.raises(ValueError, match="got -3: write at least max_steps=1"):
        programs(["sin"], max_steps=-3)
    define("lost", lambda x: math.nan, 1.0)

    @given(programs(["lost"]))
    def test(program):
        raise AssertionError

    with pytest.raises(HypothesisException):
        test()


@given(st.lists(values(), min_size=2, max_size=2))
def test_values(drawn):
    x, y = drawn
    assert -4 <= x.data <= 4
    assert (x.parents, x.grad, x.label) == ((), 0.0, "")
    (x * y).backward()
    assume(x is not y)
    assert (x.grad, y.grad) == (y.data, x.data)


@given(values(), st.sampled_from([sin, cos, tanh, exp, lambda x: x * x, lambda x: x**3 / 7]))
def test_gradients_at_values_can_be_confirmed(x, f):
    assert_gradients(f, x)


@given(values(), values(-1e-6, 1e-9), values(-inf, inf), values(0.0, 1.0))
def test_no_number_is_next_to_zero(x, narrow, wide, positive):
    """Hypothesis likes 6e-48 and 5e-324."""
    for value, least in ((x, 1e-3), (narrow, 1e-9), (wide, 1e-3), (positive, 1e-3)):
        assert value.data == 0 or abs(value.data) >= least


def test_small_numbers_if_they_are_asked_for():
    assert 0 < find(values(), lambda x: 0 < abs(x.data) < 0.1).data < 0.1
    assert find(values(-1e-6, 1e-6), lambda x: x.data != 0).data > 0
    assert find(values(1e-9, 1.0), lambda x: x.data < 1e-8).data > 0
    assert find(values(0.0, 1.0), lambda x: x.data == 0).data == 0


def test_values_of_an_interval():
    assert find(values(2.0, 3.0), lambda x: x.data > 2.5).data == 3.0
    assert find(values(-inf, inf), lambda x: math.isinf(x.data)).data == inf
    assert type(find(values(), lambda x: x.data < -1)) is Value


@given(mlps(nn.MLP))
@settings(max_examples=30)
def test_mlps(drawn):
    model, x = drawn
    assert isinstance(model, nn.MLP)
    assert all(1 <= size <= 3 for size in model.sizes)
    assert len(x) == model.sizes[0]
    assert_gradients(model, x, parameters=model)


def test_mlps_with_other_activations_and_sizes():
    assert find(mlps(nn.MLP), lambda drawn: len(drawn[1]) == 3)
    strategy = mlps(nn.MLP, activations=["relu"], max_size=5)
    model, x = find(strategy, lambda drawn: len(drawn[1]) == 5)
    assert {layer.activation for layer in model.layers} == {"relu"}
    assert x == [0.0] * 5
    assert model.sizes == [5, 1]


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional argument"):
        mlps(nn.MLP, ["relu"])
    with pytest.raises(TypeError, match="positional argument"):
        programs(["sin"], 3)


def test_without_hypothesis(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    spec = strategies.__spec__
    with pytest.raises(ModuleNotFoundError, match="needs hypothesis: pip install hypothesis") as no:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert no.value.name == "hypothesis"
