"""The checker is itself checked: it accepts what is right and refuses what is a little wrong."""

import math
import random
import re
from dataclasses import replace
from functools import partial

import pytest

import autograd_mini as ag
import nn
from autograd_mini import (
    Value,
    assert_gradients,
    check_gradients,
    cos,
    define_primitive,
    elu,
    exp,
    grad,
    log,
    maximum,
    relu,
    sigmoid,
    sign,
    sin,
    softmax,
    sqrt,
    tanh,
    where,
)
from autograd_mini.primitives import TABLE, Primitive
from autograd_mini.testing import check_claimed

#: Most of these tests are about one slope; second derivatives have tests of their own.
check_first = partial(check_gradients, order=1)
assert_first = partial(assert_gradients, order=1)


def scaled(row, factor):
    """The same operation with every slope multiplied by `factor`."""
    if row.pack is not None:
        rules = (lambda *all_: [factor * slope for slope in row.partials[0](*all_)],)
    else:
        rules = tuple(
            lambda *all_, partial=partial: factor * partial(*all_) for partial in row.partials
        )
    return replace(row, partials=rules, constant_slopes=None)


def points(row, count):
    random_ = random.Random(row.name)
    for _ in range(count):
        yield [random_.uniform(*interval) for interval in row.domain * (1 if row.arity else 4)]


def called(row):
    """The row as a function of its operands; `dot` wants them in two sequences."""
    if row.name == "dot":
        return lambda a, b, c, d: row([a, b], [c, d])
    return row


def verdicts(report):
    return [row.verdict for row in report]


# --- right and wrong slopes ----------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_row_is_accepted(row):
    for point in points(row, 25):
        assert_gradients(called(row), *point)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, -1.0, 0.0])
def test_no_row_is_accepted_with_a_wrong_slope(row, factor):
    wrong = called(scaled(row, factor))
    for point in points(row, 10):
        for entry in check_first(wrong, *point):
            assert (entry.verdict == "pass") == (entry.analytic == entry.numeric == 0), entry


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: exp(x - 200), 1.0),
        (lambda x: log(x + 1e5), 1.0),
        (sigmoid, 12.0),
        (lambda x: (x + 1e8) - 1e8, 0.3),
        (lambda x: sin(x + 1e6), 0.3),
        (exp, 1e-10),
        (exp, -0.0),
        (lambda x: 1 / x, 1e-10),
        (lambda x: x * 1e-300, 2.0),
        (lambda x: x * 1e300, 2.0),
        (lambda x: sin(1000 * x), 1.0),
        (lambda x: tanh(x) ** 40, 0.7),
        (elu, 0.0),  # its second derivative jumps, its slope does not
        (lambda x: relu(x - 1e-6), 0.0),  # a corner close by
    ],
)
def test_hard_points_are_accepted(f, x):
    assert_first(f, x)


@pytest.mark.parametrize(
    ("right", "x"),
    [(lambda x: exp(x - 200), 1.0), (lambda x: log(x + 1e5), 1.0), (sigmoid, 12.0)],
)
def test_small_slopes_are_refused_when_they_are_missing(right, x):
    assert verdicts(check_first(lambda x: right(float(x)) + 0 * x, x)) == ["FAIL"]


def test_noise_refuses_nothing_that_is_right():
    """The difference of large numbers: f is known to 10 digits only, in random ones."""
    random_ = random.Random(5)
    for _ in range(300):
        scale = 10 ** random_.uniform(2, 6)
        assert_first(
            lambda x, scale=scale: sin(3 * x) * 1e-3 + sqrt(x + scale) - scale**0.5,
            random_.uniform(0.5, 4),
        )


def log_1_minus_sigmoid(x):
    return log(1 - sigmoid(x))


def cross_entropy(x):
    return -log(softmax([x, 0.0])[0])


def squared_error(x):
    return (sigmoid(x) - 1) ** 2 / 2


@pytest.mark.parametrize(
    ("f", "x", "measured"),
    [
        (lambda x: 1 - cos(x), 1e-6, 2),
        (lambda x: exp(x) - 1, 1e-150, 2),
        (lambda x: sqrt(x**2 + 1) - 1, 1e-6, 2),
        (lambda x: log(ag.cosh(x)), 1e-9, 2),
        (lambda x: tanh(x) - x, 1e-6, 2),
        (lambda x: sin(x) - x, 1e-7, 2),
        (lambda x: ag.softplus(x) - x, 21.0, 2),
        (lambda x: log(1 + exp(x)), -24.0, 2),
        (lambda x: log(1 + exp(x)), -36.0, 1),
        (lambda x: 1 - sigmoid(x), 24.0, 2),
        (lambda x: 1 - sigmoid(x), 36.0, 1),
        (lambda x: 1 - tanh(x), 18.0, 1),
        (log_1_minus_sigmoid, 24.0, 1),
        (log_1_minus_sigmoid, 33.0, 0),
        (cross_entropy, 24.0, 2),
        (cross_entropy, 36.0, 1),
        (squared_error, 24.0, 2),
        (squared_error, 36.0, 0),
        (lambda x: 1 - cos(x) + 1 / (x + 1e308 + 1e308), 1e-6, 2),  # 1 / inf, of no size at all
    ],
)
def test_the_difference_of_nearly_equal_numbers_is_a_staircase(f, x, measured):
    """Its steps are an ulp of those numbers, many of the result: a narrow window sees only one."""
    found = verdicts(check_gradients(f, x))
    assert (found.count("pass"), found.count("FAIL")) == (measured, 0)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1 - cos(x), 1e-6),
        (lambda x: exp(x) - 1, 1e-150),
        (lambda x: log(ag.cosh(x)), 1e-9),
        (lambda x: 1 - sigmoid(x), 24.0),
        (log_1_minus_sigmoid, 24.0),
        (cross_entropy, 24.0),
        (squared_error, 24.0),
    ],
)
def test_a_staircase_excuses_nothing_that_is_a_little_wrong(f, x):
    wrong = check_first(lambda x: 1.001 * f(x) - 0.001 * f(float(x)), x)  # float() hides a slope
    assert verdicts(wrong) == ["FAIL"]


def test_what_does_not_move_is_no_noise():
    """exp(y) is rounded, but alike whatever x is."""
    assert_first(lambda x, y: 1e-16 * x + (exp(y) - 1), 2.0, 0.0)


def test_noise_does_not_refuse_what_is_claimed_by_hand():
    w = Value(1e-6, "w")
    assert check_claimed(lambda: 1 - cos(w), {"w": w}, {"w": math.sin(1e-6)})
    assert not check_claimed(lambda: 1 - cos(w), {"w": w}, {"w": 1.01e-6})


def test_a_slope_below_the_noise_is_not_said_to_be_0():
    report = check_first(lambda x: 1 - tanh(x), 18.0)
    assert re.fullmatch(r"the slope is \S+ ± \d\.\de-1[45] on both sides", report[0].note)


@pytest.mark.parametrize("x", [1e-7, 1e-6, -1e-5, 1e-4])
def test_what_cancels_inside_one_operation(x):
    versin = define_primitive(
        "versin", lambda x: 1 - math.cos(x), lambda out, x: sin(x), check=False
    )
    assert check_first(versin, x)
    wrong = define_primitive(
        "versin", lambda x: 1 - math.cos(x), lambda out, x: 2 * sin(x), check=False
    )
    assert check_first(wrong, x)[0].verdict == "FAIL"


def noise(x):
    """Of size 10, the same in every run."""
    return random.Random(repr(float(x))).uniform(-10, 10)


@pytest.mark.parametrize("slope", [0.5, 3.0, 8.0])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda y, line: exp(-1 / y) + line(y), 0.0),  # huge on the left
        (lambda y, line: 0.5 ** (1 / (y - 1)) + line(y), 1.0),
        (lambda y, line: line(y) + noise(y), 1.0),
    ],
)
def test_a_bound_larger_than_the_slope_passes_nothing(f, x, slope):
    line = claiming(lambda y: 3 * y, slope)
    assert verdicts(check_first(lambda y: f(y, line), x)) == ["kink"]


def test_the_bound_holds_the_error():
    """Measured against slopes known exactly, at a thousand points."""
    random_ = random.Random(7)
    for _ in range(1000):
        x = random_.uniform(-3, 3)
        (row,) = check_first(lambda x: exp(sin(2 * x)), x)
        exact = 2 * math.cos(2 * x) * math.exp(math.sin(2 * x))
        assert abs(row.numeric - exact) <= row.bound <= 1e-7


@pytest.mark.parametrize("stairs", [math.floor, lambda x: round(x * 256) / 256])
def test_a_staircase_has_the_slope_of_a_stair(stairs):
    """Wide steps, which land on every so many stairs, measure that of a straight line."""
    random_ = random.Random(2)
    for x in [100.5, *(random_.uniform(0, 255) for _ in range(40))]:
        assert verdicts(check_first(claiming(stairs, 0.0), x)) == ["pass"]
        assert verdicts(check_first(claiming(stairs, 1.0), x)) == ["FAIL"]


def test_what_is_too_steep_to_be_measured_well_is_not_refused():
    """From afar sigmoid(1e8 * x) is a jump between flat pieces."""
    assert verdicts(check_first(lambda x: sigmoid(1e8 * x), 0.0)) == ["kink"]
    assert "FAIL" not in verdicts(check_gradients(lambda x: exp(-((1e7 * x) ** 2)), 0.0))
    assert "FAIL" not in verdicts(check_gradients(lambda x: 1e-7 * log(ag.cosh(1e7 * x)), 0.0))


def test_what_is_hidden_from_the_graph_fails():
    assert verdicts(check_first(math.exp, 1.0)) == ["FAIL"]


def test_a_wrong_gradient_of_one_parameter_is_found():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    report = check_first(lambda: tanh(w * 2 + float(b)), parameters=[w, b])
    assert [(row.input, row.verdict) for row in report] == [("b", "FAIL"), ("w", "pass")]


# --- where there is no slope ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (relu, 0.0),
        (ag.abs, 0.0),
        (sign, 0.0),
        (lambda x: where(x, 1.0, 0.0), 0.0),
        (lambda x: maximum(x, 2.0), 2.0),
        (lambda x: 1e6 + ag.abs(x - 1), 1.0),
        (lambda x: x + 1e-3 * sign(x), 0.0),
    ],
)
def test_a_kink_is_neither_passed_nor_failed(f, x):
    report = check_first(f, x)
    assert verdicts(report) == ["kink"]
    assert not report
    assert "kink: a corner, a jump or mere noise" in str(report)


@pytest.mark.parametrize("f", [sqrt, log, math.sqrt])
def test_the_edge_of_a_domain(f):
    report = check_first(f, 0.0) if f is not log else check_first(f, 5e-324)
    assert verdicts(report) == ["edge"]
    assert not report
    assert "edge: not finite on both sides" in str(report)


def test_close_to_an_edge_or_a_kink_there_is_a_slope():
    assert_first(sqrt, 1e-8)
    assert_first(lambda x: sqrt(1 - x), 1 - 1e-6)
    assert_first(lambda x: ag.abs(x - 1), 1 + 1e-6)


# --- beside rounding and beside 0 -----------------------------------------------------------------


@pytest.mark.parametrize(("height", "slope"), [(1e12, 1.0), (1e13, 0.0), (1e14, 1.0)])
def test_what_drowns_in_rounding_is_not_passed(height, slope):
    """The samples of height + x are coarse steps: neither a right nor a wrong slope shows."""
    forward, rule = (lambda x: height + x), (lambda out, x: slope)
    (row,) = check_first(Primitive("drowned", forward, (rule,), ((0.0, 2.0),)), 1.0)
    assert row.verdict == "kink"


@pytest.mark.parametrize("x", [6e-48, -1e-150, 1e-200, 1e-300, -5e-324])
@pytest.mark.parametrize(
    "f", [sin, tanh, cos, sigmoid, lambda x: x * x, lambda x: x**3, lambda x: (x - 1) ** 2]
)
def test_points_next_to_zero_are_like_others(f, x):
    """Close by, x * x is below the least float and cos(x) is 1: from further off, they move."""
    assert_gradients(f, x)
    assert check_first(lambda x: f(x) + 1e-6 * float(x), x)[0].verdict == "FAIL"


def test_a_slope_that_is_nothing_beside_what_can_be_measured():
    """The second derivative in w and b is 1e-263, that of 1 - tanh(w * 2e-132)**2."""
    assert_gradients(lambda w, b: tanh(w * 2e-132 + b), 1.2, 0.0)


@pytest.mark.parametrize("w", [0.45065713958430464, 0.1, 1 / 3, 3.7])
@pytest.mark.parametrize("c", [1.6513894538284767, 1.1, 1.9])
def test_rounding_that_is_odd_around_zero_is_seen(c, w):
    """c + w * x is rounded alike on both sides of 0, with the other sign."""
    (row,) = check_first(lambda x: cos(c + w * x), 0.0)
    assert abs(row.numeric + w * math.sin(c)) <= row.bound


def test_what_never_moves_is_not_passed():
    assert verdicts(check_first(claiming(lambda x: 3.0, 1e-14), 1e-200)) == ["kink"]


def test_a_true_zero_is_no_noise():
    assert check_first(lambda x: x * x, 0.0)
    assert check_first(lambda x: 1e14 + 0 * x, 1.0)


# --- second derivatives and beyond ---------------------------------------------------------------


def test_higher_derivatives():
    assert_first(grad(tanh), 0.4)
    assert_first(grad(grad(tanh)), 0.4)
    assert_first(grad(lambda x: ag.sum(x) ** 3), [1.0, 2.0])


def f2(x, y):
    return x * log(y) + sin(x * y)


def test_second_derivatives_are_checked_unless_told_otherwise():
    report = assert_gradients(f2, 0.7, 2.0)
    assert {(row.output, row.input) for row in report} == {
        *(("", "x"), ("d/dx", "x"), ("d/dy", "x")),
        *(("", "y"), ("d/dx", "y"), ("d/dy", "y")),
    }
    (mixed,) = [row for row in report if (row.output, row.input) == ("d/dx", "y")]
    assert mixed.analytic == pytest.approx(1 / 2.0 + math.cos(1.4) - 1.4 * math.sin(1.4))
    assert len(check_gradients(f2, 0.7, 2.0, order=1)) == 2
    assert len(assert_gradients(f2, 0.7, 2.0, order=3)) == 2 + 4 + 8


def test_names_of_higher_derivatives_of_many_outputs():
    report = assert_gradients(lambda x: {"a": x * x, "b": exp(x)}, 1.0, order=3)
    assert {row.output for row in report} == {
        *("output['a']", "d/dx output['a']", "d/dx d/dx output['a']"),
        *("output['b']", "d/dx output['b']", "d/dx d/dx output['b']"),
    }


def test_second_derivatives_of_a_model():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    report = assert_gradients(lambda: (model([0.3, -0.7]) - 1) ** 2, parameters=model)
    assert len(report) == 13 + 13 * 13


@pytest.mark.parametrize("factor", [1 + 1e-6, 0.0])
def test_a_wrong_second_derivative_is_found(factor, monkeypatch):
    """The rule is right as a number, and its graph is that of another function."""

    def rule(out, x):
        return math.cos(x) if type(x) is float else ag.cos(factor * x)

    wave = replace(TABLE["sin"], partials=(rule,))
    monkeypatch.setitem(TABLE, "sin", wave)
    report = check_gradients(wave, 0.7)
    assert [(row.output, row.verdict) for row in report] == [("d/dargs[0]", "FAIL"), ("", "pass")]


@pytest.mark.parametrize(
    ("forward", "rules", "point", "refused"),
    [
        (
            lambda x, y: x * y,
            (lambda out, x, y: x, lambda out, x, y: y),
            (2, 2),
            {"args[0]", "args[1]"},
        ),
        (lambda x, y: x * y, (lambda out, x, y: y, lambda out, x, y: y), (2, 2), {"args[1]"}),
        (
            lambda x, y: x * x + y,
            (lambda out, x, y: 4.0, lambda out, x, y: 1.0),
            (2, 0),
            {"args[0]"},
        ),
        (max, (lambda *_: 0.5, lambda *_: 0.5), (0, 0), {"args[0]", "args[1]"}),
    ],
)
def test_a_rule_right_at_one_point_by_coincidence_is_refused(
    forward, rules, point, refused, monkeypatch
):
    """Derived twice it is measured against itself."""
    wrong = Primitive("wrong", forward, rules, ((0.0, 1.0),) * 2)
    monkeypatch.setitem(TABLE, "wrong", wrong)
    assert not [row for row in check_first(wrong, *point) if row.verdict == "FAIL"]
    report = check_gradients(wrong, *point)
    assert {row.input for row in report if row.verdict == "FAIL"} == refused
    assert report[0].note == "close by: at the given point this slope may be right, by coincidence"
    assert 0.005 < abs(report[0].point - point[0]) / (point[0] or 1) < 0.01
    assert report.culprit.primitive == "wrong"
    assert len(report) == len(refused) + 6


def test_nothing_close_by_is_asked_of_a_function_that_ends_there():
    """One point of it is known: elsewhere f itself raises, on recorded Values too."""

    def f(x):
        if float(x) > 1:
            raise ValueError("outside")
        return sqrt(1 - x)

    assert {row.verdict for row in check_gradients(f, 1.0)} == {"edge"}


def test_what_cannot_be_derived_twice():
    loose = Primitive("loose", math.sin, (lambda out, x: math.cos(x),), ((0.0, 1.0),))
    assert_gradients(loose, 0.5, order=1)
    with pytest.raises(ValueError, match=r"'loose' is not in the table .* or pass order=1"):
        check_gradients(loose, 0.5)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sin(x) ** 2 + ag.cos(x) ** 2,
        lambda x: ag.sum(softmax([x, 1.0, 2 * x])),
        lambda x: exp(log(x)),
        lambda x: log(exp(x)),
        lambda x: 3 * x + 2,
    ],
)
def test_slopes_that_cancel_to_nothing_pass(f):
    """Measured and derived alike are 0 but for rounding."""
    random_ = random.Random(3)
    for _ in range(20):
        assert_gradients(f, random_.uniform(0.1, 3.0))


# --- kinks: the slopes of both sides bound what may be claimed -----------------------------------


def claiming(forward, *slopes):
    rules = tuple(lambda *_, slope=slope: slope for slope in slopes)
    return Primitive("claimed", forward, rules, ((-1.0, 1.0),) * len(slopes))


@pytest.mark.parametrize(
    ("forward", "x", "low", "high"),
    [
        (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
        (abs, 0.0, -1.0, 1.0),
        (lambda x: abs(math.sin(x)) * math.exp(x), math.pi, -math.exp(math.pi), math.exp(math.pi)),
        (lambda x: max(3 * x, 6.0), 2.0, 0.0, 3.0),
        (lambda x: 1e6 * abs(x - 1), 1.0, -1e6, 1e6),
    ],
)
def test_a_slope_between_those_of_the_sides_may_be_claimed_and_no_other(forward, x, low, high):
    margin = 1e-3 * (high - low)
    for slope in (low, (low + high) / 2, high):
        assert verdicts(check_first(claiming(forward, slope), x)) == ["kink"]
    for slope in (low - margin, high + margin):
        assert verdicts(check_first(claiming(forward, slope), x)) == ["FAIL"]


@pytest.mark.parametrize("first", [0.3, 0.0, -2e-5, 7e9])
@pytest.mark.parametrize(("share", "verdict"), [(0.5, "kink"), (0.51, "FAIL"), (0.0, "FAIL")])
def test_inputs_at_a_tie_must_add_up(first, share, verdict):
    tie = claiming(max, share, share)
    report = check_first(lambda p: {"tie": 3 * tie(*p), "one": p[0]}, [first, first])
    assert report[0].verdict == verdict
    if verdict == "FAIL":
        assert (report[0].input, report[0].output) == ("p[0] and p[1] together", "output['tie']")
        assert report[0].analytic == 6 * share
        assert report[0].numeric == pytest.approx(3)
        assert [row.verdict for row in report].count("FAIL") == 1


def test_many_inputs_at_a_tie_have_a_short_name():
    claimed = claiming(max, *[1.0] * 5)
    report = check_first(lambda x: claimed(*x), [0.0] * 5)
    assert (report[0].input, report[0].verdict) == ("x[0] and 4 others together", "FAIL")


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: relu(x) - relu(-y),
        lambda x, y: 2 * ag.abs(x) - relu(y),
        lambda x, y: maximum(x, y) + relu(x) - relu(-y) / 2,
        lambda x, y: x * ag.abs(x) + relu(y) + relu(-y) / 3,
        lambda x, y: sqrt(ag.abs(x)) + relu(y),
    ],
)
def test_kinks_of_their_own_need_not_add_up(f):
    """Moved alike they have a slope, but each claim may be made of its own kink."""
    assert {row.verdict for row in check_first(f, 0.0, 0.0)} <= {"kink", "pass"}


@pytest.mark.parametrize("jump", [math.floor, lambda x: float(x > 1), lambda x: 2.0 * (x >= 1)])
def test_at_a_jump_between_flat_pieces_the_slope_is_0(jump):
    assert verdicts(check_first(claiming(jump, 0.0), 1.0)) == ["kink"]
    assert verdicts(check_first(claiming(jump, 1.0), 1.0)) == ["FAIL"]


@pytest.mark.parametrize("slope", [-1e6, 0.0, 1e6, math.inf])
def test_beside_a_cusp_any_slope_may_be_claimed(slope):
    cusp = claiming(lambda x: math.sqrt(abs(x)), slope)
    assert verdicts(check_first(cusp, 0.0)) == ["kink"]


def test_an_infinite_gradient_times_0_is_no_edge():
    """The distance from a point, at the point: sqrt'(0) is inf, and the slopes below it are 0."""
    report = check_first(lambda x, y: sqrt(x * x + y * y), 0.0, 0.0)
    assert verdicts(report) == ["kink", "kink"]
    assert report[0].note == "the slope is -1 from the left and 1 from the right"
    assert math.isfinite(report[0].bound)


def test_the_slopes_of_the_sides_are_told():
    report = check_first(lambda x: ag.abs(x) + x, 0.0)
    assert report[0].note == "the slope is 0 from the left and 2 from the right"
    assert f"x at 0: {report[0].note}" in str(report)
    assert report[0].corner


def test_sides_of_one_slope_are_no_corner():
    report = check_first(lambda x: 2 * x + sign(x), 0.0)
    assert (report[0].note, report[0].corner) == ("the slope is 2 on both sides", False)


def test_sides_that_differ_are_shown_with_the_digits_that_do():
    report = check_first(lambda x: x + 1e-7 * relu(x - 1), 1.0)
    assert report[0].corner
    assert report[0].note.startswith("the slope is 1 from the left and 1.0000001")


@pytest.mark.parametrize(
    ("forward", "x", "slope"),
    [
        (lambda x: max(x, 0.0) ** 2, 0.0, 0.0),
        (lambda x: x * abs(x), 0.0, 0.0),
        (lambda x: 3 - max(x - 1, 0.0) ** 2, 1.0, 0.0),
        (lambda x: math.cosh(max(x, -0.3 * x)), 0.0, 0.0),
        (lambda x: (x - 2) * abs(x - 2) + 1e-6 * x, 2.0, 1e-6),
    ],
)
def test_one_slope_on_both_sides_is_the_slope(forward, x, slope):
    """Only the second derivative jumps."""
    assert_first(claiming(forward, slope), x)
    for wrong in (1e-8, -1e-8):
        assert verdicts(check_first(claiming(forward, slope + wrong), x)) == ["FAIL"]
        jump = claiming(lambda y, wrong=wrong: forward(y) + math.copysign(wrong, y - x), slope)
        assert verdicts(check_first(jump, x)) == ["kink"]


# --- waves that a step could miss ----------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 0.25, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("power", [8, 11, 14, 17])
def test_a_wave_whose_period_divides_the_step_is_seen(power, x):
    def wave(x):
        return sin(2**power * math.pi * x)

    assert_first(wave, x)
    assert verdicts(check_first(lambda x: wave(float(x)) + 0 * x, x)) == ["FAIL"]


@pytest.mark.parametrize("x", [1234.5, 3e6, 2e7, 1.3e9, 1.7e12, -3e6])
@pytest.mark.parametrize("f", [sin, lambda x: x * sin(x), lambda x: exp(cos(x))])
def test_a_large_phase_is_measured_as_well_as_a_small_one(f, x):
    """A step that is a part of x spans thousands of waves."""
    assert_gradients(f, x)
    wrong = check_first(lambda x: (1 + 1e-6) * f(x) - 1e-6 * f(float(x)), x)
    assert verdicts(wrong) == ["FAIL"]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: sin(math.pi * x), 1.5e6),  # wide steps are whole periods: f looks constant
        (lambda x: x + sin(x), 3e7),  # and here straight
        (lambda x: sin(1000 * x), 1.1e7),
        (lambda x: log(x) + 1e-3 * sqrt(x), 1.1e12),  # here narrow steps see little but noise
        (lambda x: 1 / x, 1.1e12),
    ],
)
def test_wide_steps_decide_only_what_narrow_ones_do_not(f, x):
    assert_first(f, x)
    assert verdicts(check_first(lambda x: 1.001 * f(x) - 1e-3 * f(float(x)), x)) == ["FAIL"]


@pytest.mark.parametrize("f", [lambda x: x + sin(x), lambda x: sin(3 * x), lambda x: sin(x + 0.3)])
def test_a_phase_of_which_little_is_left_after_rounding_is_not_judged(f):
    assert verdicts(check_first(f, 1.234e12)) == ["kink"]


def test_what_is_measured_on_one_side_by_too_wide_a_step_is_no_slope():
    report = check_first(lambda x: sin(x * x), 1058975.9733158317)
    assert (verdicts(report), report[0].note) == (["kink"], "")


# --- paths that cancel, overflow or are lost ------------------------------------------------------


def verlet(x, force):
    """A hundred steps whose paths are exponentially many and cancel."""
    before = now = x
    for _ in range(100):
        before, now = now, 2 * now - before - 0.01 * force(now)
    return now


def test_paths_that_cancel_do_not_excuse_a_wrong_slope():
    wrong = define_primitive("wrong_sin", math.sin, lambda out, x: 2 * cos(x), check=False)
    try:
        assert check_gradients(lambda x: verlet(x, sin), 1.0, order=1)
        assert check_gradients(lambda x: verlet(x, wrong), 1.0, order=1)[0].verdict == "FAIL"
    finally:
        del TABLE["wrong_sin"]


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("f", [tanh, exp, lambda x: x * x, lambda x: 1e-300 * x, lambda x: 0 * x])
def test_an_input_that_is_not_finite_is_an_edge(f, x):
    assert {row.verdict for row in check_gradients(f, x)} == {"edge"}


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1 / (1e-200 / x), 1e-10),  # the gradient is inf on the way, and f is steep
        (lambda x: 1 / x, 1e-160),  # -inf is right, and measured
        (lambda x: (x * 1e-200) / (x * x * 1e-320), 1.0),  # the gradient is inf - inf
    ],
)
def test_a_slope_that_overflows_is_an_edge(f, x):
    report = check_first(f, x)
    assert verdicts(report) == ["edge"]
    assert not math.isfinite(report[0].analytic)
    assert "edge: not finite on both sides, be it f or its slope" in str(report)


def test_an_infinite_claim_of_a_finite_slope_fails():
    for claim in (math.inf, -math.inf, math.nan):
        assert verdicts(check_first(claiming(math.sin, claim), 0.5)) == ["FAIL"]


def test_products_below_the_least_float_are_rounded_to_zero():
    assert check_gradients(lambda x, y: x * y, 1.7e-170, 3e-153, order=1)


@pytest.mark.parametrize("x", [100.0, 250.0, 300.0, -300.0, 372.0])
def test_a_contribution_below_the_least_float_is_lost(x):
    """From 250 on tanh'' comes out as 0: on the way 1e-400 is to be multiplied with cosh(x)."""
    assert_gradients(tanh, x)
    assert_gradients(lambda x: 1e250 * tanh(x) * 1e-250, x)


def test_nothing_else_is_excused_next_to_the_least_float():
    for slope in (0.0, 1e-250, 1.01e-240):
        assert verdicts(check_first(claiming(lambda x: x * 1e-240, slope), 3.0)) == ["FAIL"]
    wrong = define_primitive("wrong_exp", math.exp, lambda out, x: out / 2, check=False)
    assert check_first(lambda x: 1e-200 * wrong(x - 80), 0.5)[0].verdict == "FAIL"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: where(1 - abs(x), x * x / 2, abs(x) - 0.5), 1.0),  # Huber's loss at its delta
        (lambda x: x + relu(x - 1) ** 2, 1.0),
        (lambda x: x + abs(x - 1) * (x - 1), 1.0),
        (lambda x: x + where(x - 0.7, 40 * (x - 0.7) ** 2, 0.0), 0.7),
    ],
)
def test_a_jump_of_the_second_derivative_alone_is_no_fault(f, x):
    assert check_first(f, x)
    doubled = check_first(lambda x: f(x) + 1e-5 * float(x) ** 2, x)  # float() hides a slope
    assert doubled[0].verdict == "FAIL"
