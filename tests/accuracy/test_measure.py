"""The measure is itself measured: its exact slopes are exact, and it sees a wrong last digit."""

import math
from dataclasses import replace

import pytest
from mpmath import mp, mpf

from autograd_mini import cos, exp, sin
from autograd_mini.primitives import TABLE
from tests.accuracy.exceptions import EXCEPTIONS, is_excused
from tests.accuracy.measure import PROMISED, Worst, measure, relative, ulps
from tests.accuracy.points import REGIONS, points
from tests.accuracy.reference import EXACT, exactly


@pytest.mark.parametrize(
    ("name", "x", "slope", "second"),
    [
        ("sin", 0.7, mp.cos, lambda x: -mp.sin(x)),
        ("cos", 1e-300, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
        ("tanh", 300.0, lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.sech(x) ** 2 * mp.tanh(x)),
        ("sqrt", 1e-320, lambda x: 1 / mp.sqrt(x) / 2, lambda x: -1 / mp.sqrt(x) ** 3 / 4),
        ("log", 1e308, lambda x: 1 / x, lambda x: -1 / x**2),
        ("softplus", -700.0, lambda x: 1 / (1 + mp.exp(-x)), mp.exp),
    ],
)
def test_slopes_by_differences_are_exact(name, x, slope, second):
    exact = exactly(EXACT[name], [x], 0, 0)
    with mp.workdps(600):
        assert abs(exact.slope / slope(mpf(x)) - 1) < 1e-29
        assert abs(exact.second / second(mpf(x)) - 1) < 1e-29


def test_mixed_second_slopes_are_exact():
    x, y = 0.7, -1.3
    exact = exactly(EXACT["atan2"], [x, y], 0, 1)
    with mp.workdps(60):
        assert abs(exact.slope - mpf(y) / (mpf(x) ** 2 + mpf(y) ** 2)) < 1e-29
        want = (mpf(x) ** 2 - mpf(y) ** 2) / (mpf(x) ** 2 + mpf(y) ** 2) ** 2
        assert abs(exact.second - want) < 1e-29


def test_what_is_no_real_number_has_no_slope():
    assert exactly(EXACT["log"], [-1.0], 0, 0) is None
    assert ulps(math.nan, None) == 0
    assert ulps(-1.0, None) == math.inf


def test_units():
    assert ulps(1.0, mpf(1)) == 0
    assert ulps(math.nextafter(1.0, 2.0), mpf(1)) == 1
    assert ulps(5e-324, mpf(0)) == 1
    assert ulps(math.inf, mpf(10) ** 309) == 0
    assert ulps(-math.inf, mpf(10) ** 309) == ulps(1e308, mpf(10) ** 309) == math.inf
    assert ulps(math.nan, mpf(1)) == ulps(math.inf, mpf(1)) == math.inf
    assert relative(1.0 + 1e-9, mpf(1)) == pytest.approx(1e-9)
    assert relative(math.nan, mpf(1)) == math.inf


@pytest.mark.parametrize(
    ("wrong", "quantity"),
    [
        (replace(TABLE["sin"], forward=lambda x: math.sin(x) * (1 + 1e-15)), "forward"),
        (replace(TABLE["sin"], partials=(lambda out, x: cos(x) * (1 + 2e-15),)), "slope"),
        (replace(TABLE["exp"], partials=(lambda out, x: exp(float(x)) + 0 * x,)), "second"),
        (replace(TABLE["exp"], partials=(lambda out, x: exp(x) + 0 * sin(1e9 * x),)), ""),
    ],
)
def test_a_wrong_row_is_seen(wrong, quantity, monkeypatch):
    monkeypatch.setitem(TABLE, wrong.name, wrong)
    found = measure(wrong, points(wrong, 20))
    off = [q for q in PROMISED if found.worst[q, "domain"].error > PROMISED[q]]
    assert quantity in off if quantity else not off


def test_a_rule_that_loses_its_digits_where_squares_overflow_is_seen(monkeypatch):
    def square(x, y):
        return x * x + y * y or math.ulp(0.0)

    plain = (lambda out, y, x: x / square(x, y), lambda out, y, x: -y / square(x, y))
    wrong = replace(TABLE["atan2"], partials=plain)
    monkeypatch.setitem(TABLE, "atan2", wrong)
    worst = measure(wrong, points(wrong, 200)).worst["slope", "extreme"]
    assert worst.error > 1e15
    assert not is_excused("atan2", "slope", "extreme", worst)


def test_exceptions_exceed_what_is_promised():
    for (name, quantity), (why, *errors, share) in EXCEPTIONS.items():
        assert name in TABLE
        assert why
        assert max(errors) > PROMISED[quantity]
        assert (max(errors) == math.inf) == (share > 0)
        for region, error in zip(REGIONS, errors, strict=True):
            limit = error or PROMISED[quantity]
            if limit < math.inf:
                assert is_excused(name, quantity, region, Worst(0.0, limit))
                worse = Worst(0.0, math.nextafter(limit, math.inf))
                assert not is_excused(name, quantity, region, worse)
    assert not is_excused("sin", "slope", "domain", Worst(0.0, 4.1))


def test_how_often_all_digits_may_be_lost():
    key = "prod", "slope", "extreme"  # at 12 % of points
    assert is_excused(*key, Worst(4.0, math.inf, broken=153, count=1000))
    assert not is_excused(*key, Worst(4.0, math.inf, broken=154, count=1000))
