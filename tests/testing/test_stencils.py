"""The formulas for nine values, in exact numbers: what they find, and what they say of it."""

import itertools
import math
import sys
from math import inf, nan

import pytest

from autograd_mini.testing.stencils import UNKNOWN, Probe, Side, Slope, measured, probed, side

QUIET = Probe(0.0, UNKNOWN)
ULP = sys.float_info.epsilon


def window(f, h=1.0, x=0.0):
    return [f(x + k * h) for k in range(-4, 5)]


def measure(f, h=1.0, x=0.0, known=0.0, probe=QUIET):
    return measured(x, h, window(f, h, x), known, probe)


def power(n):
    return lambda x: x**n


# --- slopes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("h", [1.0, 0.5])
@pytest.mark.parametrize("n", range(10))
def test_the_slope_is_exact_up_to_the_eighth_power(n, h):
    slope = {1: 1.0, 9: -576.0 * h**8}.get(n, 0.0)
    assert measure(power(n), h).slope == slope
    assert probed(h, window(power(n), h), 0.0).slope.slope == slope


@pytest.mark.parametrize(("n", "error"), [(1, 0), (2, 0), (3, 0), (5, 0), (6, 0), (7, 36)])
def test_the_bound_is_the_error_of_the_formula_from_seven_values(n, error):
    """Beside so steep a parabola, the jump of the second derivatives of either side is nothing."""
    for h in (1.0, 0.5):
        bound = measure(lambda x: x**n + 1e9 * x**4, h).bound
        assert bound == pytest.approx(error * h**6, rel=1e-2, abs=1e-3)


@pytest.mark.parametrize("h", [1.0, 0.5, -0.5])
@pytest.mark.parametrize(
    ("n", "slope", "parabola"), [(0, 0, 0), (1, 1, 1), (2, 0, 0), (3, 0, -11), (4, 50, -60)]
)
def test_the_slope_of_a_side_is_exact_up_to_the_third_power(n, slope, parabola, h):
    """Its bound is how far it is from that of a parabola."""
    found, _ = side(h, [(k * h) ** n for k in range(5)], 0.0)
    assert found.slope == slope * h ** (n - 1)
    assert found.bound == pytest.approx(abs((slope - parabola) * h ** (n - 1)), abs=1e-11)


def test_a_side_is_found_without_the_value_at_the_point_itself():
    for h in (1.0, 2**-10, -(2**-10)):
        for first, meets in ((3.0, True), (3.1, False), (3 - 1e-9, False)):
            found, _ = side(h, [first, 5.0, 7.0, 9.0, 11.0], 0.0)
            assert (found.slope, found.meets) == (2.0 / h, meets)


def test_a_side_that_is_not_finite_is_not_known():
    found, flat = side(1.0, [0.0, 1.0, 2.0, inf, 4.0], 0.0)
    assert math.isnan(found.slope)
    assert (found.bound, found.meets, flat) == (inf, False, 0.0)
    assert side(1.0, [nan, 1.0, 2.0, 3.0, 4.0], 0.0)[0].slope == 1.0


def test_a_probe_that_is_not_finite_shows_nothing():
    values = window(power(1))
    assert probed(1.0, [*values[:8], inf], 0.25) == (0.25, UNKNOWN)


# --- noise ---------------------------------------------------------------------------------------


def test_the_noise_of_a_probe_is_a_fourth_difference():
    """One value that is off by 1, wherever it is, is seen with its largest weight."""
    for i, weight in enumerate((1, 4, 6, 6, 6, 6, 6, 4, 1)):
        values = [float(i == k) for k in range(9)]
        assert probed(1.0, values, 0.0).noise == weight / math.sqrt(1 + 16 + 36 + 16 + 1)


def test_noise_is_at_least_what_is_known_and_an_ulp_of_the_largest_value():
    line = window(lambda x: -x)
    assert probed(1.0, line, 0.0).noise == 4 * ULP
    assert probed(1.0, line, 0.5).noise == 0.5


def test_the_bound_is_proportional_to_the_noise():
    unit = measure(power(1)).bound / (4 * ULP)
    assert 2 * (672 + 168 + 32 + 3) / 840 < unit < 10  # no noise can do more than the first
    assert measure(power(1), 0.5).bound == 2 * unit * 2 * ULP
    assert measure(power(1), probe=Probe(1e-9, UNKNOWN)).bound == unit * 1e-9
    assert probed(0.5, window(power(1), 0.5), 1e-9).slope.bound == 2 * unit * 1e-9
    # known noise comes with the probe: by itself it makes no bound
    assert measure(power(1), known=1e-9).bound == unit * 4 * ULP


def test_noise_is_what_fourth_and_eighth_differences_both_show():
    """x**4 is no noise: its eighth difference is 0. Neither is a corner: each side has none."""
    unit = measure(power(1)).bound / (4 * ULP)
    assert measure(power(4)).bound == unit * 256 * ULP
    assert measure(abs).bound == unit * 4 * ULP
    weights = (1, -8, 28, -56, 70, -56, 28, -8, 1)
    for i, weight in enumerate(weights):
        values = [1e-3 * (i == k) for k in range(9)]
        fourth = (1, 4, 6, 4, 1, 4, 6, 4, 1)[i] / math.hypot(1, 4, 6, 4, 1)
        eighth = abs(weight) / math.hypot(*weights)
        found = measured(0.0, 1.0, values, 0.0, QUIET)
        odd = [0, 672 / 840, 168 / 840, 32 / 840, 3 / 840][abs(i - 4)]
        coarser = [0, 45 / 60, 9 / 60, 1 / 60, 0][abs(i - 4)]
        curve = abs([0, 104, 114, 56, 11][abs(i - 4)]) / 12 / 6
        noise = unit * min(fourth, eighth)
        assert found.bound == pytest.approx(
            1e-3 * (abs(odd - coarser) + noise + curve * (curve * 6 > 40 * fourth))
        )


def test_points_that_are_not_where_they_should_be_are_noise():
    """Above 1 floats are twice as far apart: 1 - ulp + h is rounded, 1 - ulp - h is not."""
    below = 1 - ULP / 2
    for h in (2.0**-8, 2.0**-9):
        found = measure(lambda x: 1e6 * (x - 1), h, below)
        assert abs(found.slope - 1e6) > 1e6 * ULP / 4 / h
        assert 1e6 * ULP / 2 * 2.1 / h < found.bound < 1e6 * ULP / 2 * 10 / h
        assert measure(lambda x: 1e6 * (x + 1), h, -below).bound == found.bound
        exact = measure(lambda x: 1e6 * (x - 1), h, 1 - ULP)
        assert exact.bound < found.bound / 4


def test_what_a_probe_sees_otherwise_is_a_doubt():
    line = measure(power(1))
    near = Probe(0.0, Slope(1.25, 0.25, is_rough=True))
    assert measure(power(1), probe=near) == line
    far = Probe(0.0, Slope(1.5, 0.25, is_rough=True))
    assert measure(power(1), probe=far).bound == line.bound + 0.5
    steep = Probe(0.0, Slope(-1.5, 0.25, is_rough=True))
    assert measure(power(1), probe=steep).bound == line.bound + 2.5


# --- corners, jumps, noise, flatness -------------------------------------------------------------


@pytest.mark.parametrize(("left", "right"), [(0, 1), (1, 0), (-1, 1), (3, 2), (1, 1 + 1e-8)])
def test_a_corner_is_rough_and_its_slope_in_between(left, right):
    for h in (1.0, 0.5):
        found = measure(lambda x: max(left * x, right * x), h)
        assert found.slope == pytest.approx((left + right) / 2)
        assert found.is_rough
        assert found.bound < 1e-13


@pytest.mark.parametrize("f", [math.sin, math.exp, lambda x: x**3 + x, power(4), lambda x: 3 * x])
def test_what_is_smooth_is_neither_rough_nor_flat(f):
    for x, h in itertools.product((0.3, 1.3), (2**-6, 2**-9)):
        found = measure(f, h, x)
        assert not found.is_rough
        assert not found.is_flat


@pytest.mark.parametrize(("curvature", "rough"), [(0.005, False), (0.004, True)])
def test_a_corner_that_could_be_curvature_is_none(curvature, rough):
    """Its sides differ by 2."""
    for h in (1.0, 2**-10):
        found = measure(lambda x, h=h: 1e4 * x + curvature * h * (x / h) ** 4 + abs(x), h)
        assert found.is_rough == rough


@pytest.mark.parametrize(("size", "rough"), [(2e-3, False), (4e-3, True)])
def test_a_corner_that_could_be_noise_is_none(size, rough):
    for h in (1.0, 2**-10):
        found = measure(lambda x: x + size * abs(x), h, probe=Probe(1e-4 * h, UNKNOWN))
        assert found.is_rough == rough


def test_the_bound_holds_what_a_jump_of_the_second_derivative_does():
    """A parabola on one side of x alone."""
    for h, a in itertools.product((1.0, 0.5), (2.0, -2.0)):
        for sign in (1, -1):
            found = measure(lambda x, a=a, sign=sign: a * max(sign * x, 0) ** 2 + x, h)
            assert found.slope == pytest.approx(1 + sign * a * h * 2 / 7)
            assert found.bound == pytest.approx(abs(a) * h * (2 / 6 + 3 / 10 - 2 / 7))


def test_a_jump_that_is_nothing_beside_curvature_is_none():
    a = measure(lambda x: 0.11 * x**4 + 6 * max(x, 0.0) ** 2)
    b = measure(lambda x: 0.1 * x**4 + 6 * max(x, 0.0) ** 2)
    assert b.bound - a.bound == pytest.approx(2.0)


@pytest.mark.parametrize("size", [1.0, 1e-2, -1e-2])
def test_a_jump_is_rough(size):
    for h in (1.0, 0.5):
        found = measure(lambda x: x + size * (x > 0), h)
        assert found.is_rough
        assert abs(found.slope - 1) <= found.bound / 0.05


def test_mere_noise_is_rough():
    flicker = [1.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 1.0]
    assert measured(0.0, 1.0, flicker, 0.0, QUIET).is_rough
    # of two digits left, none is noise
    for size, rough in ((1e-4, False), (1e-2, True)):
        for h in (1.0, 2**-10):
            assert measure(power(1), h, probe=Probe(size * h, UNKNOWN)).is_rough == rough


@pytest.mark.parametrize("height", [3.0, -1e14, 1e-200])
def test_what_is_constant_is_not_rough(height):
    """Its slope is nothing beside its bound, and that is nothing beside its height."""
    for h in (1.0, 2**-10):
        found = measure(lambda x: height, h)
        assert (found.slope, found.is_rough, found.is_flat) == (0.0, False, True)


@pytest.mark.parametrize(("size", "rough"), [(1e-9, True), (1e-6, False)])
def test_what_drowns_in_the_rounding_of_a_height_is_rough(size, rough):
    for h in (1.0, 2**-10):
        assert measure(lambda x, h=h: 1e6 + size * x / h, h).is_rough == rough


def test_nothing_is_rough_below_the_least_float():
    assert not measure(lambda x: 5e-324 * round(x)).is_rough
    assert not measure(lambda x: 0.0).is_rough


@pytest.mark.parametrize(("ulps", "flat"), [(0, True), (2, True), (3, False)])
def test_what_rounding_can_do_is_flat(ulps, flat):
    """Over eight steps of so many ulps."""
    assert measure(lambda x: 1.5 + x * ulps * ULP).is_flat == flat
    one_more = [1.5] * 8 + [1.5 + 17 * ULP]
    assert not measured(0.0, 1.0, one_more, 0.0, QUIET).is_flat
    noisy = measure(lambda x: 1.5 + x * ulps * 1e-9, known=1e-9)
    assert noisy.is_flat == flat


# --- what a slope says of a claim ----------------------------------------------------------------


def test_a_slope_admits_what_is_within_its_bound():
    slope = Slope(2.0, 0.5)
    for claimed, rounding, admitted in [
        *((2.5, 0.0, True), (1.5, 0.0, True), (2.625, 0.0, False), (1.375, 0.0, False)),
        *((2.25, 0.0, True), (1.75, 0.125, True)),
        *((2.625, 0.125, True), (1.375, 0.125, True), (nan, 1.0, False), (inf, 1.0, False)),
    ]:
        assert slope.admits(claimed, rounding) == admitted
    assert slope.admits(2.5)
    assert not slope.admits(2.625)


def test_two_slopes_contradict_each_other_if_no_slope_is_within_both():
    slope = Slope(2.0, 0.5)
    for other, contradicts in ((2.75, False), (1.25, False), (3.0, True), (1.0, True)):
        assert slope.contradicts(Slope(other, 0.25)) == contradicts
        assert Slope(other, 0.25).contradicts(slope) == contradicts
    assert not slope.contradicts(UNKNOWN)
    assert not UNKNOWN.contradicts(slope)


def test_sides_exclude_what_is_not_between_them():
    left, right = Side(-1.0, 0.25), Side(1.0, 0.5)
    for sides in ((left, right), (right, left)):
        slope = Slope(0.0, 0.0, is_rough=True, sides=sides)
        for claimed, excluded in ((-1.25, False), (1.5, False), (-1.375, True), (1.625, True)):
            assert slope.excludes(claimed) == excluded
        assert not slope.excludes(-1.375, 0.125)
        assert not slope.excludes(1.625, 0.125)


def test_one_side_excludes_only_where_there_is_no_other():
    """At the edge of a domain; else the other may be steep."""
    for sides in ((Side(1.0, 0.25), None), (None, Side(1.0, 0.25))):
        at_the_edge = Slope(nan, inf, is_rough=True, sides=sides)
        assert at_the_edge.excludes(1.5)
        assert not at_the_edge.excludes(1.25)
        assert not Slope(0.0, 0.0, is_rough=True, sides=sides).excludes(1.5)
    assert not UNKNOWN.excludes(1.5)
    assert not Slope(0.0, 0.0, is_rough=True).excludes(1.5)


# --- how small the bound of a side is ------------------------------------------------------------


def test_the_bound_of_a_side_is_proportional_to_the_noise():
    values = [float(k) for k in range(5)]
    unit = side(1.0, values, 0.0)[0].bound / (4 * ULP)
    assert (26 + 57 + 42 + 11) / 6 < unit < 100  # no noise can do more than the first
    for h in (0.5, -0.5):
        found, flat = side(h, values, 1e-9)
        assert found.bound == 2 * unit * 1e-9
        assert flat > found.bound
    quiet, small = side(1.0, values, 0.0)
    assert small > quiet.bound
    assert side(1.0, [0.0] * 5, 0.0)[1] >= side(1.0, [0.0] * 5, 0.0)[0].bound


def test_what_is_next_to_nothing_is_a_part_of_the_values_or_of_what_they_were_made_of():
    values = [float(k) for k in range(5)]
    _, flat = side(1.0, values, 0.0)
    assert flat < 1e-9
    assert side(0.25, values, 0.0)[1] == side(-0.25, values, 0.0)[1] == pytest.approx(4 * flat)
    assert side(1.0, [8 * y for y in values], 0.0)[1] == pytest.approx(8 * flat)
    _, noisy = side(1.0, values, 1e-9)
    assert noisy > 1000 * flat
    assert side(1.0, values, 3.3e-9)[1] == pytest.approx(3.3 * noisy)
