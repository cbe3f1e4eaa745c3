"""A claim, a function, and the verdict: one input at a time, and several at a kink together."""

import math
import random
from dataclasses import replace
from math import inf, nan

import pytest

from autograd_mini.testing.differences import best_slopes
from autograd_mini.testing.judge import Claim, compare, compare_together


def judged(f, x, slope, rounding=0.0, noise=0.0):
    claim = Claim(slope, rounding, noise)
    (row,) = compare("x", ["y"], [claim], lambda x: [f(x)], x, [f(x)])
    return row


def together(f, point, slopes, **claims):
    """The rows of a function of several inputs, each at a kink, and what is said of all."""
    rows = []
    for i, (x, slope) in enumerate(zip(point, slopes, strict=True)):

        def alone(x, i=i):
            return f(*point[:i], x, *point[i + 1 :])

        rows.append(replace(judged(alone, x, slope), input="abcde"[i]))
    claims = [Claim(slope, **claims) for slope in slopes]
    return rows, compare_together(rows, claims, lambda *xs: [f(*xs)])


def relu(x):
    return max(x, 0.0)


# --- one input -----------------------------------------------------------------------------------


def test_a_row_says_what_was_claimed_and_what_was_measured():
    row = judged(math.exp, 1.0, 2.5, rounding=0.25)
    assert (row.input, row.output, row.point, row.analytic) == ("x", "y", 1.0, 2.5)
    assert row.numeric == pytest.approx(math.e)
    assert 0.25 < row.bound < 0.2501
    assert (row.verdict, row.note, row.corner) == ("pass", "", False)


@pytest.mark.parametrize(
    ("f", "x", "slope", "rounding", "verdict"),
    [
        (math.exp, 1.0, math.e, 0.0, "pass"),
        (math.exp, 1.0, math.e + 1e-9, 0.0, "FAIL"),
        (math.exp, 1.0, math.e - 1e-9, 0.0, "FAIL"),
        (math.exp, 1.0, math.e + 1e-9, 1.1e-9, "pass"),
        (math.exp, 1.0, 0.0, inf, "edge"),  # it would excuse any claim
        (math.exp, 1.0, nan, 0.0, "FAIL"),
        (math.exp, 1.0, inf, 0.0, "FAIL"),
        (relu, 0.0, 0.5, 0.0, "kink"),
        (relu, 0.0, 1.001, 0.0, "FAIL"),
        (relu, 0.0, -0.001, 0.0, "FAIL"),
        (relu, 0.0, 1.001, 0.01, "kink"),
        (lambda x: 3 * x if x >= 0 else nan, 0.0, 3.0, 0.0, "edge"),
        (lambda x: 3 * x if x >= 0 else nan, 0.0, 3.1, 0.0, "FAIL"),
        (lambda x: nan, 0.0, 3.0, 0.0, "edge"),
        (lambda x: 1.0, 1.0, 0.0, 0.0, "pass"),  # flat: 0 is right, as far as can be seen
        (lambda x: 1.0, 1.0, 1e-20, 0.0, "pass"),
        (lambda x: 1.0, 1.0, 1e-14, 0.0, "kink"),  # too small to be seen
        (lambda x: 1.0, 1.0, 1e-14, 1e-13, "pass"),
        (lambda x: 1.0, 1.0, 1e-9, 0.0, "FAIL"),
    ],
)
def test_the_verdict(f, x, slope, rounding, verdict):
    for sign in (1, -1):
        row = judged(lambda x, sign=sign: sign * f(x), x, sign * slope, rounding)
        assert row.verdict == verdict


def test_each_output_has_its_own_verdict():
    claims = [Claim(2.0), Claim(3.0), Claim(0.0)]
    sample = lambda x: [2 * x, 2 * x, abs(x)]  # noqa: E731
    rows = compare("x", ["a", "b", "c"], claims, sample, 0.0, [0.0] * 3)
    assert [(row.output, row.verdict) for row in rows] == [
        *(("a", "pass"), ("b", "FAIL"), ("c", "kink"))
    ]


def test_noise_that_deceives_once_does_not_deceive_twice():
    """Of 4,000 such functions, in three the values of the first measurement lie badly."""
    for seed in (875, 931, 977):

        def f(x, seed=seed):
            return x + 1e-7 * random.Random(repr((seed, x))).uniform(-1, 1)

        (first,) = best_slopes(lambda x: [f(x)], 1.0, [1.0])
        assert not first.admits(1.0)
        (row,) = compare("x", ["y"], [Claim(1.0)], lambda x: [f(x)], 1.0, [1.0])
        assert row.verdict == "pass"
        (row,) = compare("x", ["y"], [Claim(1.01)], lambda x: [f(x)], 1.0, [1.0])
        assert (row.verdict, row.numeric) == ("FAIL", first.slope)


def test_known_noise_is_heeded():
    staircase = lambda x: 1.0 - math.cos(x)  # noqa: E731
    assert judged(staircase, 1e-6, 1e-6, noise=6e-17).verdict == "pass"
    assert judged(staircase, 1e-6, 2e-6, noise=6e-17).verdict == "FAIL"


@pytest.mark.parametrize(
    ("f", "x", "claimed", "note", "corner"),
    [
        (relu, 0.0, 0.5, "the slope is 0 from the left and 1 from the right", True),
        (abs, 0.0, 5.0, "the slope is -1 from the left and 1 from the right", True),
        (lambda x: x + (x > 0), 0.0, 1.0, "the slope is 1 on both sides", False),
        (lambda x: float(x > 0), 0.0, 0.0, "the slope is 0 on both sides", False),
        (lambda x: x if x >= 0 else nan, 0.0, 1.0, "the slope is 1 from the right", False),
        (lambda x: x if x <= 0 else nan, 0.0, 1.0, "the slope is 1 from the left", False),
        (
            lambda x: max(x / 3, x / 3 * (1 + 1e-7)),
            0.0,
            1.0,
            "the slope is 0.3333333333 from the left and 0.3333333667 from the right",
            True,
        ),
        (lambda x: x / 3 + (x > 0), 0.0, 1.0, "the slope is 0.333333 on both sides", False),
        (
            lambda x: x / 3 if x > 0 else 2 / 3 * x,
            0.0,
            1.0,
            "the slope is 0.666667 from the left and 0.333333 from the right",
            True,
        ),
        (lambda x: math.sqrt(abs(x)), 0.0, 1.0, "", False),
        (math.exp, 0.0, 5.0, "", False),
    ],
)
def test_the_note_tells_the_slopes_of_the_sides(f, x, claimed, note, corner):
    row = judged(f, x, claimed)
    assert (row.note, row.corner) == (note, corner)


def test_a_note_gives_no_more_digits_than_there_are():
    row = judged(lambda x: 1 - math.tanh(x), 18.0, 5.0, noise=6e-17)
    assert row.note == "the slope is 8.88e-16 ± 7.2e-15 on both sides"
    assert not row.corner


# --- several inputs at a kink --------------------------------------------------------------------


@pytest.mark.parametrize("start", [0.0, 2.0, -3e-4, 7e6])
@pytest.mark.parametrize(
    ("a", "b", "wrong"), [(0.5, 0.5, 0), (0.2, 0.8, 0), (1, 1, 1), (0, 0.9, 1)]
)
def test_at_a_tie_claims_add_up(start, a, b, wrong):
    slope = 2 * start + 1
    rows, found = together(
        lambda x, y: max(x, y) ** 2 + max(x, y), [start, start], [a * slope, b * slope]
    )
    assert [row.verdict for row in rows] == ["kink"] * 2
    assert len(found) == wrong
    for row in found:
        assert (row.input, row.output, row.verdict) == ("a and b together", "y", "FAIL")
        assert row.analytic == pytest.approx((a + b) * slope)
        assert row.numeric == pytest.approx(slope)
        assert row.point == abs(start)


def test_the_output_in_question_is_asked():
    rows, _ = together(max, [1.0, 1.0], [0.5, 0.5])
    claims = [Claim(0.5)] * 2
    for k, wrong in ((0, 1), (1, 0), (2, 1)):
        found = compare_together(
            rows, claims, lambda x, y: [2 * max(x, y), max(x, y), 3 * max(x, y)], k
        )
        assert len(found) == wrong


def test_what_is_rounded_may_be_off_by_that_in_all():
    claims = [Claim(0.505), Claim(0.505)]
    rows, _ = together(max, [1.0, 1.0], [0.5, 0.5])
    for rounding, wrong in ((0.004, 1), (0.006, 0)):
        loose = [claim._replace(rounding=rounding) for claim in claims]
        assert len(compare_together(rows, loose, lambda x, y: [max(x, y)])) == wrong


def test_up_to_three_are_named_and_others_counted():
    for n, name in (
        *((2, "a and b together"), (3, "a and b and c together")),
        *((4, "a and 3 others together"), (5, "a and 4 others together")),
    ):
        _, (row,) = together(max, [1.0] * n, [1.0] * n)
        assert row.input == name
        assert row.analytic == n


@pytest.mark.parametrize(
    ("f", "slopes", "wrong"),
    [
        (lambda x, y: relu(x) - relu(-y), (0, 0), 0),  # 0, 1 or 2 beside 0, on a line through it 1
        (lambda x, y: relu(x) - relu(-y), (1, 1), 0),
        (lambda x, y: relu(-x) + relu(y), (0, 1), 0),
        (lambda x, y: relu(-x) + relu(y), (-1, 0), 0),
        (lambda x, y: max(x, y) + relu(x), (1, 1), 0),
        (lambda x, y: max(x, y) + relu(x), (2, 1), 1),
        (lambda x, y: max(x, y) + relu(x), (0.5, 0.5), 0),
        (lambda x, y: max(x, y) + relu(x), (0, 0.5), 1),
        (max, (0, 0.98), 1),
        (min, (0, 0.98), 1),
    ],
)
def test_kinks_of_their_own_may_be_right_on_some_side(f, slopes, wrong):
    rows, found = together(f, [0.0, 0.0], slopes)
    assert "FAIL" not in {row.verdict for row in rows}
    assert len(found) == wrong


def test_of_many_kinks_the_steepest_sides_are_asked():
    """Four bend up and four down: one of 256 directions has the largest slope, one the least."""

    def f(*xs):
        return sum(map(relu, xs[:4])) - sum(map(relu, xs[4:]))

    for up, down, wrong in ((1, 0, 0), (0, -1, 0), (0.5, -0.5, 0), (1, 0.02, 1), (-0.02, -1, 1)):
        slopes = [up] * 4 + [down] * 4
        rows = [judged(relu, 0.0, 0.5) for _ in slopes]
        found = compare_together(rows, [Claim(slope) for slope in slopes], lambda *xs: [f(*xs)])
        assert len(found) == wrong


def test_beside_a_cusp_nothing_is_said_of_all():
    for cusp in (lambda x: math.sqrt(abs(x)), lambda x: math.sqrt(x) if x > 0 else 3 * x):
        f = lambda x, y, cusp=cusp: cusp(x) + relu(y)  # noqa: E731
        assert together(f, [0.0, 0.0], [9.0, 0.0])[1] == []
