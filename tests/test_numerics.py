"""The careful functions on floats, where plain ones fail; the rest is in `tests/primitives`."""

import decimal
import math
import random
from fractions import Fraction
from math import inf, nan

import pytest
from mpmath import mp, mpf

from autograd_mini import numerics


def assert_close(got, exact, ulps=2.0):
    with mp.workdps(60):
        want = exact()
        assert abs(got - want) <= ulps * math.ulp(float(want)), mp.nstr(want, 20)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        *[(-26.3, 26.3), (0.1, 0.1), (-0.1, 7000.1), (37.7, 18.1), (0.0, 3.0), (1e-200, 1e-200)],
        *[(35.47, 20.003), (-1.1e-304, 6.7e306)],
        *[(1.1e305, 1.1e-304), (-1.1e-304, 1.1e305), (-1.3e308, 5.3e-308), (1e-320, 7e307)],
    ],
)
def test_exp_of_a_product(x, y):
    assert_close(numerics.exp_product(x, y), lambda: mp.exp(mpf(x) * mpf(y)))


def test_exp_of_a_product_beyond_the_floats():
    assert numerics.exp_product(30.0, 30.0) == numerics.exp_product(inf, 2.0) == inf
    assert numerics.exp_product(-30.0, 30.0) == numerics.exp_product(-1e300, 1e300) == 0.0
    assert math.isnan(numerics.exp_product(nan, 1.0))
    assert math.isnan(numerics.exp_product(inf, 0.0))


def test_what_rounding_takes_from_a_product_is_known_exactly():
    draw = random.Random(0)
    for _ in range(2000):
        x, y = (math.ldexp(draw.uniform(-1, 1), draw.randint(-300, 300)) for _ in range(2))
        error = numerics._product_error(x, y, x * y)
        assert Fraction(x) * Fraction(y) == Fraction(x * y) + Fraction(error)


@pytest.mark.parametrize("x", [-37.9, -20.3, -1.1, -1e-9, 0.0, 0.3, 8.1, 30.0])
def test_normal_cdf(x):
    assert_close(numerics.normal_cdf(x), lambda: mp.erfc(-mpf(x) / mp.sqrt(2)) / 2, ulps=3)


def test_normal_cdf_far_out():
    assert [numerics.normal_cdf(x) for x in (-inf, -50.0, 50.0, inf)] == [0, 0, 1, 1]
    assert math.isnan(numerics.normal_cdf(nan))


@pytest.mark.parametrize("x", [-745.0, -710.3, -700.0, -699.9, -1.1, 0.0, 1.1, 40.0])
def test_sigmoid_and_silu_to_the_last_float(x):
    assert_close(numerics.sigmoid(x), lambda: 1 / (1 + mp.exp(-mpf(x))))
    assert_close(numerics.silu(x), lambda: mpf(x) / (1 + mp.exp(-mpf(x))))


NEAR_ITS_ROOT = [
    (-0.6931471805599453, -0.6931471805599453),
    (-0.5, -0.9327521295671886),
    (-1.3862943611198906, -1.386294361119891, -1.38629436111989, -1.3862943611198906),
    (-1e-9, -20.72326583694641, -inf),
]


@pytest.mark.parametrize("xs", NEAR_ITS_ROOT)
def test_logsumexp_near_its_root(xs):
    assert_close(numerics.logsumexp(*xs), lambda: mp.log(mp.fsum(map(mp.exp, map(mpf, xs)))))


def test_logsumexp_is_not_disturbed_by_the_users_decimals():
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact])):
        test_logsumexp_near_its_root(NEAR_ITS_ROOT[0])


def test_shares_of_far_apart_operands():
    low, high = -300.1, 417.3
    share, _ = numerics.shares(low, high)
    assert_close(share, lambda: mp.exp(mpf(low) - mpf(high)))
    log_share = numerics.log_share(high, low)
    assert_close(log_share, lambda: -mp.log1p(mp.exp(mpf(low) - mpf(high))))


@pytest.mark.parametrize("xs", [(inf, 1.0), (1.0, inf), (-inf, -inf), (nan, 1.0)])
def test_no_shares_of_infinity(xs):
    assert math.isnan(numerics.shares(*xs)[0] + numerics.log_share(*xs))


def test_a_share_of_nothing():
    assert numerics.shares(-inf, 1.0) == [0.0, 1.0]
    assert numerics.log_share(-inf, 1.0) == -inf
    assert numerics.log_share(1.0, -inf) == 0.0


def test_direction():
    assert numerics.direction(3.0, -4.0) == 0.6
    assert numerics.direction(-3e-310, 0.0) == -1.0
    assert numerics.direction(1e200, 1e200) == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert numerics.direction(0.0, 0.0) == 0.0
    assert math.isnan(numerics.direction(nan, 1.0))
