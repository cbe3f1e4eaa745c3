"""Every row against mpmath: values, slopes and second slopes keep their digits.

The short form of `make accuracy`, by the same measure.
"""

import math

import pytest
from mpmath import mp

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.primitives import TABLE
from tests.accuracy.exceptions import is_excused
from tests.accuracy.measure import measure
from tests.accuracy.points import points
from tests.accuracy.reference import EXACT
from tests.primitives.rows import every_row


def assert_accurate(row, points):
    for (quantity, region), worst in measure(row, points).worst.items():
        excused = is_excused(row.name, quantity, region, worst)
        assert excused, f"{quantity} is off by {worst.error:.3g} {worst.where}"


def test_reference_and_table_have_the_same_rows():
    assert EXACT.keys() == TABLE.keys()


@every_row
def test_value_and_slopes_keep_their_digits(row):
    assert_accurate(row, points(row, 100))


SIZES = [1e-300, 1e-8, 0.3, 0.999999, 1.000001, 7.7, 20.0, 37.3, 300.1, 700.3, 1e8, 1e160, 1e300]
UNARY = [row for row in TABLE.values() if row.arity == 1]


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_value_and_slopes_from_tiny_to_huge(row):
    sizes = [("around" if 1e-9 < x < 1e3 else "extreme", x) for x in SIZES]
    assert_accurate(row, [(region, [sign * x]) for region, x in sizes for sign in (1, -1)])


def test_tanh_slope_at_20_where_peers_say_0():
    (slope,) = am.tanh(Value(20.0)).local_derivatives
    assert slope == pytest.approx(float(mp.sech(20) ** 2), rel=1e-15, abs=0)
    assert slope == pytest.approx(1.7e-17, rel=1e-3, abs=0)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_atan2_slopes_where_squares_leave_the_floats(size):
    y, x = 3 * size, 4 * size
    slopes = am.atan2(Value(y), Value(x)).local_derivatives
    assert slopes == pytest.approx((0.16 / size, -0.12 / size), rel=1e-15, abs=0)


def test_quotient_slope_survives_a_huge_divisor():
    x, y = Value(3e200), Value(1e200)
    assert (x / y).local_derivatives == pytest.approx((1e-200, -3e-200), rel=1e-15, abs=0)
    assert (Value(1.0) / y).local_derivatives[1] == 0.0


@pytest.mark.parametrize(
    ("function", "xs", "out", "slopes"),
    [
        (am.softplus, (1000.0,), 1000.0, (1.0,)),
        (am.softplus, (-1000.0,), 0.0, (0.0,)),
        (am.sigmoid, (1000.0,), 1.0, (0.0,)),
        (am.sigmoid, (-1000.0,), 0.0, (0.0,)),
        (am.logaddexp, (1000.0, -1000.0), 1000.0, (1.0, 0.0)),
        (am.logaddexp, (1000.0, 1000.0), 1000 + math.log(2), (0.5, 0.5)),
        (am.logaddexp, (-1000.0, -1000.0), -1000 + math.log(2), (0.5, 0.5)),
        (am.logsumexp, (1000.0,) * 4, 1000 + math.log(4), (0.25,) * 4),
        (am.logsumexp, (-1000.0,) * 4, -1000 + math.log(4), (0.25,) * 4),
        (am.logsumexp, (1000.0, -1000.0), 1000.0, (1.0, 0.0)),
        (am.silu, (1000.0,), 1000.0, (1.0,)),
        (am.silu, (-1000.0,), 0.0, (0.0,)),
        (am.gelu, (1000.0,), 1000.0, (1.0,)),
        (am.gelu, (-1000.0,), 0.0, (0.0,)),
        (am.tanh, (1000.0,), 1.0, (0.0,)),
        (am.elu, (-1000.0,), -1.0, (0.0,)),
    ],
)
def test_finite_and_exact_at_a_thousand(function, xs, out, slopes):
    node = function(*map(Value, xs))
    assert (node.data, node.local_derivatives) == (out, slopes)


def test_softmax_at_a_thousand():
    xs = [Value(1000.0), Value(-1000.0), Value(1000.0)]
    shares = am.softmax(xs)
    assert [share.data for share in shares] == [0.5, 0.0, 0.5]
    assert shares[0].local_derivatives == (0.25, -0.0, -0.25)
    assert shares[1].local_derivatives == (0.0, -0.0, -0.0)
    assert [x.data for x in am.log_softmax(xs)] == [-math.log(2), -2000 - math.log(2), -math.log(2)]
