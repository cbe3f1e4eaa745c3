"""Where there is no slope, or no number: IEEE 754 and the kinks."""

import math
import random
from math import inf, nan

import pytest

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.primitives import TABLE
from tests.primitives.rows import OPERATORS, call, every_row, samples

# --- IEEE 754 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operands", "want"),
    [
        ("exp", (1000,), inf),
        ("exp", (-1000,), 0.0),
        ("exp", (-inf,), 0.0),
        ("expm1", (1000,), inf),
        ("log", (0,), -inf),
        ("log", (-0.0,), -inf),
        ("log", (-1,), nan),
        ("log", (inf,), inf),
        ("log1p", (-1,), -inf),
        ("log1p", (-2,), nan),
        ("log2", (0,), -inf),
        ("log2", (-1,), nan),
        ("log10", (0,), -inf),
        ("log10", (-1,), nan),
        ("sqrt", (-1,), nan),
        ("sqrt", (-0.0,), -0.0),
        ("sin", (inf,), nan),
        ("cos", (-inf,), nan),
        ("tan", (inf,), nan),
        ("asin", (2,), nan),
        ("acos", (-2,), nan),
        ("sinh", (1000,), inf),
        ("sinh", (-1000,), -inf),
        ("cosh", (-1000,), inf),
        ("tanh", (-inf,), -1.0),
        ("acosh", (0.5,), nan),
        ("atanh", (1,), inf),
        ("atanh", (-1,), -inf),
        ("atanh", (2,), nan),
        ("+", (inf, -inf), nan),
        ("-", (inf, inf), nan),
        ("*", (0, inf), nan),
        ("*", (1e200, -1e200), -inf),
        ("/", (1, 0), inf),
        ("/", (1, -0.0), -inf),
        ("/", (-1, 0), -inf),
        ("/", (inf, 0), inf),
        ("/", (0, 0), nan),
        ("/", (nan, 0), nan),
        ("**", (-8, 1 / 3), nan),
        ("**", (0, -1), inf),
        ("**", (-0.0, -1), -inf),
        ("**", (-0.0, -2), inf),
        ("**", (0, -0.5), inf),
        ("**", (-0.0, -0.5), inf),
        ("**", (0, 0), 1.0),
        ("**", (nan, 0), 1.0),
        ("**", (1, nan), 1.0),
        ("**", (10, 1000), inf),
        ("**", (-10, 1001), -inf),
        ("**", (-10, 1000), inf),
        ("**", (-10, -1001), -0.0),
        ("**", (0.5, -inf), inf),
        ("hypot", (inf, nan), inf),
        ("abs", (-inf,), inf),
        ("sign", (nan,), nan),
        ("relu", (nan,), nan),
        ("relu", (-0.0,), 0.0),
        ("leaky_relu", (nan, 0.01), nan),
        ("elu", (-inf, 1), -1.0),
        ("sigmoid", (-inf,), 0.0),
        ("softplus", (-inf,), 0.0),
        ("softplus", (inf,), inf),
        ("logaddexp", (-inf, -inf), -inf),
        ("logaddexp", (inf, -inf), inf),
        ("logsumexp", (-inf, 3.0), 3.0),
        ("sum", (inf, -inf), nan),
        ("sum", (inf, 1), inf),
        ("sum", (1e308, 1e308), inf),
        ("mean", (-inf, 1), -inf),
        ("dot", (1e200, 1e200), inf),
        ("prod", (1e200, -1e200), -inf),
        ("maximum", (nan, 1), nan),
        ("maximum", (1, nan), nan),
        ("minimum", (1, nan, 2), nan),
        ("minimum", (-inf, 2), -inf),
    ],
)
def test_ieee_754(name, operands, want):
    row = TABLE[name]
    for out in (call(row, operands), call(row, [Value(x) for x in operands])):
        assert float(out) == want or (math.isnan(float(out)) and math.isnan(want))
        assert math.copysign(1, float(out)) == math.copysign(1, want) or math.isnan(want)
    if name in OPERATORS:
        assert repr(float(OPERATORS[name](*map(Value, operands)))) == repr(float(want))


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 5e-324, 1e308, -1e308, inf, -inf, nan]


@every_row
def test_arithmetic_never_raises(row):
    rng = random.Random(0)
    for _ in range(300):
        operands = [Value(rng.choice(SPECIAL)) for _ in range(row.arity or 4)]
        out = call(row, operands)
        out.backward()
        assert type(out.data) is float
        assert {type(x.grad) for x in operands} == {float}


@every_row
def test_nan_in_nan_out(row):
    if row.name == "where":
        return  # a nan condition is not > 0; the operands are covered by the choice
    operands = next(samples(row, 1))
    for i in range(len(operands)):
        out = call(row, [nan if i == j else x for j, x in enumerate(operands)])
        assert math.isnan(out), f"operand {i}"


# --- kinks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "operands", "slopes"),
    [
        (am.relu, (0.0,), (0.0,)),
        (am.relu, (-0.0,), (0.0,)),
        (am.leaky_relu, (0.0,), (0.01,)),
        (am.leaky_relu, (0.0, 0.2), (0.2, 0.0)),
        (am.elu, (0.0, 1.5), (1.5, 0.0)),
        (am.abs, (0.0,), (0.0,)),
        (am.abs, (-3.0,), (-1.0,)),
        (am.sign, (0.0,), (0.0,)),
        (am.sign, (5.0,), (0.0,)),
        (am.maximum, (2.0, 2.0), (0.5, 0.5)),
        (am.minimum, (2.0, 2.0), (0.5, 0.5)),
        (am.maximum, (2.0, 2.0, 1.0, 2.0), (1 / 3, 1 / 3, 0.0, 1 / 3)),
        (am.minimum, (2.0, 2.0, 1.0, 1.0), (0.0, 0.0, 0.5, 0.5)),
        (am.maximum, (inf, 1.0), (1.0, 0.0)),
        (am.maximum, (-inf, -inf), (0.5, 0.5)),
        (am.where, (0.0, 1.0, 2.0), (0.0, 0.0, 1.0)),
        (am.where, (1.0, 1.0, 2.0), (0.0, 1.0, 0.0)),
        (am.hypot, (0.0, 0.0), (0.0, 0.0)),
        (am.pow, (0.0, 0.0), (0.0, 0.0)),
        (am.pow, (-2.0, 0.0), (0.0, nan)),
        (am.pow, (0.0, 1.0), (1.0, 0.0)),
        (am.pow, (0.0, 2.0), (0.0, 0.0)),
        (am.pow, (0.0, 0.5), (inf, 0.0)),
        (am.sqrt, (0.0,), (inf,)),
        (am.log, (0.0,), (inf,)),
        (am.log, (-1.0,), (nan,)),
        (am.log2, (-1.0,), (nan,)),
        (am.log10, (-1.0,), (nan,)),
        (am.log1p, (-1.5,), (nan,)),
        (am.sqrt, (-1.0,), (nan,)),
        (am.asin, (1.0,), (inf,)),
        (am.asin, (-1.0,), (inf,)),
        (am.acos, (1.0,), (-inf,)),
        (am.acosh, (0.5,), (nan,)),
        (am.atanh, (-1.0,), (inf,)),
        (am.log1p, (-1.0,), (inf,)),
        (am.atan2, (0.0, 0.0), (nan, nan)),
        (am.hypot, (0.0, -0.0), (0.0, 0.0)),
        (am.hypot, (5e-324, 0.0), (1.0, 0.0)),
        (am.sqrt, (-0.0,), (-inf,)),
        (am.log, (5e-324,), (inf,)),
        (am.log, (-5e-324,), (nan,)),
        (am.relu, (5e-324,), (1.0,)),
        (am.relu, (-5e-324,), (0.0,)),
        (am.abs, (-5e-324,), (-1.0,)),
        (am.sign, (5e-324,), (0.0,)),
        (am.maximum, (5e-324, 0.0), (1.0, 0.0)),
        (am.maximum, (0.0, -0.0), (0.5, 0.5)),
        (am.minimum, (inf, inf), (0.5, 0.5)),
        (am.where, (nan, 1.0, 2.0), (0.0, 0.0, 1.0)),
        (am.where, (-0.0, 1.0, 2.0), (0.0, 0.0, 1.0)),
        (am.pow, (nan, 0.0), (0.0, nan)),
        (am.pow, (-0.0, 0.5), (inf, 0.0)),
        (am.pow, (0.0, nan), (nan, nan)),
        (am.pow, (0.0, -1.0), (-inf, -inf)),
        (am.exp, (-inf,), (0.0,)),
        (am.exp, (inf,), (inf,)),
        (am.sigmoid, (inf,), (0.0,)),
        (am.softplus, (-inf,), (0.0,)),
        (am.tanh, (inf,), (0.0,)),
        (am.atan, (-inf,), (0.0,)),
        (am.erf, (inf,), (0.0,)),
        (am.elu, (-inf, 1.0), (0.0, -1.0)),
        (am.logaddexp, (inf, 1.0), (1.0, 0.0)),
        (am.logaddexp, (-inf, -inf), (nan, nan)),
        (am.logsumexp, (-inf, 1.0), (0.0, 1.0)),
        (am.acos, (-1.0,), (-inf,)),
        (am.acosh, (1.0,), (inf,)),
        (am.acosh, (-2.0,), (nan,)),
        (am.atanh, (1.0,), (inf,)),
        (am.atanh, (2.0,), (nan,)),
        (am.prod, (0.0, 3.0, 5.0), (15.0, 0.0, 0.0)),
        (am.prod, (0.0, 0.0, 5.0), (0.0, 0.0, 0.0)),
    ],
)
def test_kinks_and_edges(function, operands, slopes):
    node = function(*map(Value, operands))
    recorded = node.local_derivatives[: len(slopes)]
    assert recorded == pytest.approx(slopes, rel=0, abs=0, nan_ok=True)


def test_a_constant_exponent_is_a_kink_too():
    for x in (0.0, -2.0, 3.0):
        power = Value(x) ** 0
        assert (power.data, power.local_derivatives) == (1.0, (0.0,))
    for y in (0.0, 0.5, 3.0):
        assert (0 ** Value(y)).local_derivatives == (0.0,)


def test_a_nan_exponent_gives_a_nan_slope():
    assert math.isnan((Value(2.0) ** nan).local_derivatives[0])


#: Functions whose graphs pass through the origin, steeply or not.
THROUGH_ZERO = (
    *("neg", "pos", "expm1", "log1p", "sqrt", "sin", "tan", "asin", "atan", "sinh", "tanh"),
    *("asinh", "atanh", "erf", "gelu", "silu"),
)


@pytest.mark.parametrize("name", THROUGH_ZERO)
def test_zero_keeps_its_sign(name):
    same = -1.0 if name == "neg" else 1.0
    assert math.copysign(1, TABLE[name](-0.0)) == -same
    assert math.copysign(1, TABLE[name](0.0)) == same


def test_kinks_are_told_in_a_sentence():
    told = {name for name, row in TABLE.items() if row.kink}
    kinked = {"**", "log", "sqrt", "abs", "sign", "relu", "leaky_relu", "elu", "maximum", "minimum"}
    assert kinked | {"where", "hypot", "atan2", "log1p", "log2", "log10"} <= told
    assert {"asin", "acos", "acosh", "atanh"} <= told


def test_second_slopes_of_hypot_at_the_origin_are_no_numbers():
    """They have no limit there: it is 0 along an axis, and infinite beside it."""
    (xx, xy), (yx, yy) = am.hessian(am.hypot, (0, 1))(0.0, 0.0)
    assert all(map(math.isnan, (xx, xy, yx, yy)))


@pytest.mark.parametrize(
    ("function", "at", "want"),
    [
        (am.pow, (0.0, 0.0), [[0.0, 0.0], [0.0, 0.0]]),
        (am.pow, (4.0, 0.0), [[0.0, 0.25], [0.25, math.log(4.0) ** 2]]),
        (am.elu, (0.0, 1.5), [[1.5, 1.0], [1.0, 0.0]]),  # as from below
        (am.elu, (1000.0, 1.5), [[0.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_second_slopes_at_kinks_do_not_depend_on_the_order(function, at, want):
    assert [*map(list, am.hessian(function, (0, 1))(*at))] == want


@pytest.mark.parametrize("y", [0.0, 2.0, 3.0])
def test_the_slope_of_0_to_the_power_of_y_stays_0(y):
    assert am.grad(am.grad(lambda x, y: x**y, 1), 0)(0.0, y) == 0.0
    assert am.grad(am.grad(lambda x, y: x**y, 1), 1)(0.0, y) == 0.0
