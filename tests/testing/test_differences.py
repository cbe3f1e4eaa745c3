"""The search for a step: which points are sampled, and what is made of several windows."""

import math
import random
from math import inf, nan

import pytest

from autograd_mini.testing.differences import best_slopes


def slope_of(f, x, **options):
    (found,) = best_slopes(lambda x: [f(x)], x, [f(x)], **options)
    return found


def points_of(f, x, **options):
    """Where f is sampled, in order."""
    points = []

    def sample(x):
        points.append(x)
        return [f(x)]

    best_slopes(sample, x, [f(x)], **options)
    return points


# --- where f is sampled --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "windows"),
    [
        (math.exp, 1.0, 2),  # a probe, and one step that is sharp enough
        (math.sin, 0.3, 2),
        (math.exp, 1e-4, 3),  # beside 0 another probe is taken
        (math.exp, -1e-4, 3),
        (lambda x: 0.0, 1.0, 2),
        (lambda x: 3.0, 1.0, 4),  # an ulp of a constant is sharp for the third step
        (lambda x: 3.0, 1e-5, 10),
        (lambda x: 3.0, 0.02, 4),
        (lambda x: 3.0, 50.0, 4),
        (abs, 0.0, 8),  # a kink is looked at through all steps
        (math.sqrt, 2e6, 6),  # far out there are two scales
        (math.sqrt, 2e2, 2),
        (lambda x: math.sin(1000 * x), 1.0, 5),
        (lambda x: nan, 1.0, 8),
    ],
)
def test_no_more_points_than_needed(f, x, windows):
    assert len(points_of(f, x)) == 8 * windows


@pytest.mark.parametrize("x", [1.0, -1.0, 0.1, 1 / 3, 12.7, 700.0, 3e6, -3e6, 1e12, 1e-5, 1e100])
@pytest.mark.parametrize("stretch", [1.0, 0.4])
def test_points_are_at_equal_distances_on_both_sides(x, stretch):
    points = points_of(abs, x, stretch=stretch)
    for i in range(0, len(points), 8):
        h = points[i + 4] - x
        assert h > 0
        for point, k in zip(points[i : i + 8], (-4, -3, -2, -1, 1, 2, 3, 4), strict=True):
            assert abs(point - x - k * h) <= math.ulp(point)
            assert point - x != 0


def test_the_probe_is_narrow_and_its_step_no_power_of_two():
    for x in (1.0, 0.1, 250.0):
        probe, step = (points_of(math.exp, x)[i] - x for i in (4, 12))
        assert 1e-6 < probe / step < 1e-5
        assert math.frexp(step)[0] == 0.5
        assert math.frexp(probe)[0] != 0.5


@pytest.mark.parametrize("x", [1.0, 0.1, 250.0, -3.0])
def test_the_steps_are_parts_of_x(x):
    steps = [point - x for point in points_of(lambda y: abs(y - x), x)[12:64:8]]
    assert max(steps) / abs(x) < 0.02
    assert 1e-3 < steps[0] / abs(x) < 5e-3
    assert 5e-9 < min(steps) / abs(x) < 3e-8


@pytest.mark.parametrize("x", [0.0, 5e-324, 1e-300])
def test_next_to_0_they_are_parts_of_1(x):
    assert 1e-3 < points_of(math.exp, x)[12] - x < 5e-3


def test_close_to_0_the_last_step_is_that_at_1():
    """And so is its probe."""
    far, near = points_of(lambda x: abs(x - 1e-5), 1e-5), points_of(abs, 1.0)
    assert far[-4] - 1e-5 == pytest.approx(near[12] - 1)
    assert far[12] - 1e-5 == pytest.approx(near[4] - 1)


def test_another_stretch_takes_other_points():
    for f in (math.exp, abs):
        points, others = points_of(f, 1.0), points_of(f, 1.0, stretch=0.4)
        assert not {*points} & {*others}
        for i in (4, 12):
            assert others[i] - 1 == pytest.approx(0.4 * (points[i] - 1))


def test_at_infinity_nothing_is_sampled():
    for x in (inf, -inf, nan):
        assert points_of(abs, x) == []
        slopes = best_slopes(lambda x: [x, x], x, [x, x])
        assert [(math.isnan(slope.slope), slope.bound) for slope in slopes] == [(True, inf)] * 2


# --- what is made of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "slope", "bound"),
    [
        (math.exp, 1.0, math.e, 1e-11),
        (math.exp, 1e-7, 1.0 + 1e-7, 1e-10),
        (math.sin, 3e6, math.cos(3e6), 1e-11),
        (math.sqrt, 1e10, 5e-6, 1e-16),  # near and far agree, and far is sharper
        (lambda x: x + math.sin(x), 3e7, 1 + math.cos(3e7), 1e-3),  # far, it looks straight
        (lambda x: math.sin(1000 * x), 1.0, 1000 * math.cos(1000), 1e-6),
        (lambda x: x * x, 1e150, 2e150, 1e138),
        (lambda x: x * x, 1e-200, 0.0, 1e-120),
        (math.atan, 1e-3, 1 / (1 + 1e-6), 1e-10),
        (lambda x: math.log(x) * 1e-3, 1e3, 1e-6, 1e-14),
    ],
)
def test_the_slope_is_within_a_small_bound(f, x, slope, bound):
    found = slope_of(f, x)
    assert abs(found.slope - slope) <= found.bound <= bound
    assert not found.is_rough
    assert found.sides == (None, None)


def test_each_function_has_a_step_of_its_own():
    def sample(x):
        return [math.exp(x), math.sin(1000 * x), abs(x - 1), 7.0]

    smooth, wave, corner, constant = best_slopes(sample, 1.0, sample(1.0))
    assert smooth.admits(math.e, 1e-15)
    assert smooth.bound < 1e-11
    assert wave.admits(1000 * math.cos(1000))
    assert wave.bound < 1e-6
    assert [side.slope for side in corner.sides] == [-1.0, 1.0]
    assert (constant.slope, constant.is_flat) == (0.0, True)
    assert constant.bound < 1e-12


def test_what_is_known_to_be_noise_is_in_the_bound():
    quiet, *noisy = best_slopes(lambda x: [x, x, x], 1.0, [1.0] * 3, [0.0, 1e-12, 1e-10])
    for found, noise in zip(noisy, (1e-12, 1e-10), strict=True):
        assert found.slope == 1.0
        assert noise < found.bound
        assert 100 * quiet.bound < found.bound < 1e5 * noise


# --- sides ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 1.0, -1e-5, 3e6])
@pytest.mark.parametrize(("below", "above"), [(0.0, 1.0), (-1.0, 1.0), (3.0, 2.5), (0.0, -1e-4)])
def test_at_a_corner_both_sides_are_known(below, above, x):
    found = slope_of(lambda y: (above if y > x else below) * (y - x), x)
    assert found.is_rough
    for side, slope in zip(found.sides, (below, above), strict=True):
        assert abs(side.slope - slope) <= side.bound < 1e-9
        assert side.meets


@pytest.mark.parametrize("x", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_where_the_sides_have_one_slope_and_meet_it_is_the_slope(x, slope):
    found = slope_of(lambda y: slope * (y - x) + (y - x) * abs(y - x), x)
    assert not found.is_rough
    assert abs(found.slope - slope) <= found.bound < 1e-6
    assert found.sides == (None, None)


def test_the_sides_of_a_noisy_corner_are_known():
    def f(x):
        return abs(x - 1) + 1e-9 * random.Random(repr(x)).uniform(-1, 1)

    found = slope_of(f, 1.0)
    assert found.is_rough
    for side, slope in zip(found.sides, (-1, 1), strict=True):
        assert abs(side.slope - slope) < 1e-5
        assert 1e-9 < side.bound < 1e-4


def test_where_they_do_not_meet_it_is_none():
    for up in (1.0, -1.0, 1e-3):
        found = slope_of(lambda y, up=up: 2 * y + up * (y > 1), 1.0)
        assert found.is_rough
        assert [side.slope for side in found.sides] == [pytest.approx(2)] * 2
        assert [side.meets for side in found.sides] == [True, False]
        left = slope_of(lambda y, up=up: 2 * y + up * (y >= 1), 1.0)
        assert [side.meets for side in left.sides] == [False, True]


def test_at_an_edge_one_side_is_known():
    for sign in (1, -1):
        found = slope_of(lambda x, sign=sign: 5 * x if sign * x >= 0 else nan, 0.0)
        assert math.isnan(found.slope)
        beyond, within = found.sides[::sign]
        assert beyond is None
        assert within.slope == pytest.approx(5)


def test_a_side_that_is_too_steep_is_not_known():
    """sqrt(|x|) has no slope at 0, and neither has what is beside a corner of it."""
    assert slope_of(lambda x: math.sqrt(abs(x)), 0.0).sides == (None, None)
    left, right = slope_of(lambda x: math.sqrt(x) if x > 0 else 3 * x, 0.0).sides
    assert left.slope == pytest.approx(3)
    assert right is None


def test_between_flat_pieces_the_sides_are_flat():
    for step in (1.0, 1e6):
        found = slope_of(lambda x, step=step: step * (x > 1), 1.0)
        assert [side.slope for side in found.sides] == [0.0, 0.0]


def test_a_jump_between_steps_of_a_staircase_is_no_slope():
    """What is known to be noise is nothing beside the numbers it is the rounding of."""
    found = slope_of(lambda x: 1e-9 * (x > 1) + 1e-16 * x, 1.0, noises=[1e-16])
    assert [abs(side.slope) <= side.bound < 1e-9 for side in found.sides] == [True, True]


def test_sides_that_a_wide_step_misses_are_not_told():
    """1e6 waves pass between the points of the widest: all of them seem to be flat."""
    found = slope_of(lambda x: math.sin(x * x), 1058975.9733158317, noises=[1e-4])
    assert found.is_rough
    assert found.sides == (None, None)
    assert abs(found.slope - -2102926.295) < found.bound
