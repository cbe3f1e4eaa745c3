"""Value: what it records, its operators, and what it refuses."""

import math
import operator
from fractions import Fraction

import numpy as np
import pytest

from autograd_mini import Value, exp, maximum, tanh
from autograd_mini.primitives import TABLE

ARITHMETIC = [
    ("+", operator.add, (1.0, 1.0)),
    ("-", operator.sub, (1.0, -1.0)),
    ("*", operator.mul, (5.0, 2.0)),
    ("/", operator.truediv, (1 / 5, -2 / 25)),
    ("**", operator.pow, (5 * 2.0**4, 2.0**5 * math.log(2))),
]
arithmetic = pytest.mark.parametrize(("op", "apply", "slopes"), ARITHMETIC)
ORDER = [operator.lt, operator.le, operator.gt, operator.ge]


# --- a leaf --------------------------------------------------------------------------------------


def test_a_leaf_at_first():
    x = Value(3, label="x")
    assert (x.data, x.grad, x.label, x.op) == (3.0, 0.0, "x", "")
    assert (x.parents, x.local_derivatives) == ((), ())
    assert type(x.data) is type(x.grad) is float
    assert Value(1.0).label == ""
    assert repr(x) == "Value(data=3.0, grad=0.0, label='x')"
    assert repr(Value(-0.5)) == "Value(data=-0.5, grad=0.0)"


def test_a_value_holds_its_fields_and_nothing_else():
    x = Value(1.0)
    assert not hasattr(x, "__dict__")
    with pytest.raises(AttributeError):
        x.gard = 0.0


def test_a_label_that_is_no_text_is_refused():
    with pytest.raises(TypeError, match=r"a label is text, got 5 \(int\): write label='x'"):
        Value(2.0, 5)


def test_a_value_of_a_value_is_refused():
    with pytest.raises(
        TypeError, match=r"got Value\(data=3\.0.*: write \+v for a new node, or v\.data"
    ):
        Value(Value(3.0))


# --- operators -----------------------------------------------------------------------------------


@arithmetic
def test_arithmetic_of_two_values(op, apply, slopes):
    x, y = Value(2.0), Value(5.0)
    out = apply(x, y)
    assert (out.op, out.data) == (op, apply(2.0, 5.0))
    assert out.parents[0] is x
    assert out.parents[1] is y
    assert out.local_derivatives == pytest.approx(slopes, rel=1e-15, abs=0)


@arithmetic
@pytest.mark.parametrize("number", [5, 5.0, np.float64(5), np.int8(5), Fraction(5)])
def test_arithmetic_with_a_number_on_the_right(op, apply, slopes, number):
    x = Value(2.0)
    out = apply(x, number)
    assert (type(out), out.op, out.data) == (Value, op, apply(2.0, 5.0))
    assert out.parents == (x,)
    assert out.local_derivatives == pytest.approx(slopes[:1], rel=1e-15, abs=0)


@arithmetic
@pytest.mark.parametrize("number", [2, 2.0, np.float64(2), np.int8(2), Fraction(2)])
def test_arithmetic_with_a_number_on_the_left(op, apply, slopes, number):
    y = Value(5.0)
    out = apply(number, y)
    assert (type(out), out.op, out.data) == (Value, op, apply(2.0, 5.0))
    assert out.parents == (y,)
    assert out.local_derivatives == pytest.approx(slopes[1:], rel=1e-15, abs=0)


def test_booleans_are_numbers():
    assert (Value(2.0) * True).data == (True * Value(2.0)).data == 2.0


def test_signs_and_abs():
    x = Value(-3.0)
    for out, data, slope in ((-x, 3.0, -1.0), (+x, -3.0, 1.0), (abs(x), 3.0, -1.0)):
        assert out is not x
        assert (out.data, out.parents, out.local_derivatives) == (data, (x,), (slope,))


def test_a_parent_used_twice_is_recorded_twice():
    x = Value(3.0)
    assert (x * x).parents == (x, x)
    assert (x * x).local_derivatives == (3.0, 3.0)
    assert maximum(x, 1.0, x).parents == (x, x)


def test_op_names_the_row():
    x = Value(0.5)
    for out, op in [(x + 1, "+"), (1 - x, "-"), (x * 2, "*"), (1 / x, "/"), (2**x, "**")]:
        assert out.op == op
    for out, op in [(-x, "neg"), (+x, "pos"), (abs(x), "abs"), (tanh(x), "tanh")]:
        assert out.op == op
        assert out.op in TABLE


@arithmetic
def test_in_place_forms_build_new_nodes(op, apply, slopes):
    c = old = Value(2.0)
    in_place = getattr(operator, f"i{apply.__name__}")
    c = in_place(c, Value(5.0))
    assert c is not old
    assert c.parents[0] is old
    assert old.data == 2.0
    assert (c.op, c.data) == (op, apply(2.0, 5.0))
    assert c.local_derivatives == pytest.approx(slopes, rel=1e-15, abs=0)


def test_in_place_accumulation_differentiates():
    x = total = Value(3.0)
    for _ in range(3):
        total += x
        total *= x
    total.backward()
    assert total.data == 2 * 3**4 + 3**3 + 3**2
    assert x.grad == 8 * 3**3 + 3 * 3**2 + 2 * 3


def test_data_changed_later_changes_no_recorded_gradient():
    x, y = Value(3.0), Value(5.0)
    out = tanh(x * y / 10) + x**2
    want = 5 / 10 / math.cosh(1.5) ** 2 + 6
    x.data, y.data = 100.0, -7.0
    out.parents[0].data = 0.0
    out.backward()
    assert x.grad == pytest.approx(want, rel=1e-15, abs=0)
    assert out.data == math.tanh(1.5) + 9


def test_new_data_is_what_the_next_operation_reads():
    x = Value(3.0)
    x.data = 4.0
    assert (x * x).data == 16.0


# --- comparison, identity, conversion ------------------------------------------------------------


@pytest.mark.parametrize("compare", ORDER)
@pytest.mark.parametrize("pair", [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0)])
def test_order_compares_data(compare, pair):
    x, y = pair
    want = compare(x, y)
    assert compare(Value(x), Value(y)) is compare(Value(x), y) is compare(x, Value(y)) is want
    assert compare(Value(x), np.float64(y)) == want


def test_order_knows_numbers_beyond_floats():
    assert Value(1.0) < 10**400
    assert not Value(1.0) > 10**400
    assert Value(1.0) >= -(10**400)


def test_equality_is_identity_and_values_are_hashable():
    x, twin = Value(1.0), Value(1.0)
    assert x == x  # noqa: PLR0124 (that is the question)
    assert x != twin
    assert x != 1.0
    assert {x: "x", twin: "twin"}[x] == "x"
    assert len({x, twin, x}) == 2
    assert twin not in [x]


def test_builtin_min_max_and_sorted_use_the_order():
    x, y = Value(2.0), Value(1.0)
    assert min(x, y) is y
    assert max(x, y) is x
    assert sorted([x, y]) == [y, x]


def test_float_truth_round_and_format():
    x = Value(2.675)
    assert float(x) == 2.675
    assert type(float(x)) is float
    assert bool(x)
    assert bool(-x)
    assert not Value(0.0)
    assert round(x, 1) == 2.7
    assert f"{x:.1f}" == "2.7"
    assert f"{x}" == repr(x)


# --- what is foreign -----------------------------------------------------------------------------

NAMES = ["add", "sub", "mul", "truediv", "pow"]
NAMES += [*(f"r{name}" for name in NAMES), "lt", "le", "gt", "ge"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "foreign", ["a", None, 1j, [1.0], (1.0,), {}, np.ones(2), object], ids=repr
)
def test_an_operator_leaves_foreign_types_to_the_other_side(name, foreign):
    assert getattr(Value(1.0), f"__{name}__")(foreign) is NotImplemented


class Foreign:
    """A type that knows Values, as a symbol or an interval might."""

    def __radd__(self, other):
        return "radd"

    def __lt__(self, other):
        return "lt"


def test_the_other_side_is_asked():
    assert Value(1.0) + Foreign() == "radd"
    assert (Value(1.0) > Foreign()) == "lt"


@pytest.mark.parametrize("foreign", ["a", None, 1j, [1.0]])
def test_nobody_knows_how(foreign):
    for attempt in (lambda: Value(1.0) + foreign, lambda: foreign * Value(1.0)):
        with pytest.raises(TypeError, match="Value"):
            attempt()
    with pytest.raises(TypeError, match="not supported between instances of 'Value' and"):
        Value(1.0) < foreign  # noqa: B015


@arithmetic
def test_numpy_arrays_take_over(op, apply, slopes):
    x = Value(2.0)
    for out in (apply(x, np.array([5.0, 1.0])), apply(np.array([5.0, 1.0]), x)):
        assert (out.shape, out[0].op, out[1].parents) == ((2,), op, (x,))
    assert apply(x, np.array(5.0)).local_derivatives == pytest.approx(slopes[:1], rel=1e-15, abs=0)


# --- methods -------------------------------------------------------------------------------------


def test_methods_refuse_extra_arguments():
    with pytest.raises(TypeError):
        Value(1.0).exp(2.0)
    with pytest.raises(TypeError, match=r"atan2 takes 2 argument\(s\), but was given 1"):
        Value(1.0).atan2()


def test_methods_take_numbers_and_values():
    x = Value(3.0)
    assert x.hypot(4.0).data == x.hypot(Value(4)).data == 5.0
    assert x.maximum(1.0, 7.0).data == 7.0
    assert x.dot(2.0).data == 6.0
    assert x.where(1.0, 2.0).data == 1.0
    assert x.exp().data == exp(x).data == math.exp(3.0)


def test_a_method_whose_slope_no_float_can_divide_gives_that_of_ieee_754():
    assert Value(0.0).sqrt().local_derivatives == (math.inf,)
