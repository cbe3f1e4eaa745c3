"""A report is data, and prints as a table."""

import math
from dataclasses import FrozenInstanceError, replace
from functools import partial

import pytest

import autograd_mini as ag
from autograd_mini import (
    Value,
    assert_gradients,
    check_claimed,
    check_gradients,
    sqrt,
)
from autograd_mini.testing import Report, Row

#: Most of these tests are about one slope.
check_first = partial(check_gradients, order=1)
assert_first = partial(assert_gradients, order=1)


def test_a_report_is_data_worst_first():
    def f(x, y, z):
        return ag.abs(x) + y**2 + float(z) + sqrt(Value(0.0) + x * 0 + 4)

    report = check_first(f, 0.0, 3.0, 1.0)
    assert isinstance(report, Report)
    assert [(row.input, row.verdict) for row in report] == [
        ("z", "FAIL"),
        ("x", "kink"),
        ("y", "pass"),
    ]
    worst = report[0]
    assert isinstance(worst, Row)
    assert (worst.point, worst.analytic, worst.output) == (1.0, 0.0, "")
    assert worst.error == pytest.approx(1.0, rel=1e-9)
    assert worst.bound < 1e-9


def row(**fields):
    """A right slope, but for what is said."""
    usual = {"input": "x", "output": "", "point": 2.0, "analytic": 4.0, "numeric": 4.0}
    return Row(**{**usual, "bound": 1.0, "verdict": "pass", "note": "", "corner": False, **fields})


def test_the_worst_of_one_verdict_is_furthest_off_in_units_of_its_bound():
    rows = [
        row(analytic=4.2),
        row(analytic=4.9),
        row(verdict="FAIL", analytic=7.0, bound=0.0),  # 3, as nothing else is known
        row(verdict="FAIL", analytic=5.0, bound=1e-3),
        row(verdict="FAIL", analytic=4.5, bound=1e-6),
        row(verdict="FAIL", analytic=math.nan),
    ]
    assert sorted(rows, key=Row.badness) == [*rows[:1:-1], rows[1], rows[0]]


def spoilt(x):
    y = x * x
    y.data = 5.0
    return y


@pytest.mark.parametrize(
    "found",
    [
        check_first(lambda x: x * x, 3.0)[0],
        check_first(lambda x: ag.relu(x) - ag.relu(-x) + float(x), 0.0).culprit,
        check_first(spoilt, 3.0).culprit,
        check_claimed(lambda x: x * x, 3.0, 1.0).diagnoses[0],
    ],
)
def test_what_is_found_is_data_that_stays_as_it_is(found):
    assert len({found, replace(found)}) == 1
    with pytest.raises(FrozenInstanceError):
        found.line = "another"


def test_a_row_says_which_slope_it_is():
    assert row().place() == "x at 2"
    assert row(output="d/dy").place() == "d/dy in x at 2"
    notes = str(check_gradients(lambda x: ag.relu(x) * x, 0.0)).splitlines()
    assert "d/dx in x at 0: the slope is 0 from the left and 2 from the right" in notes


def test_the_largest_relative_error_is_of_what_was_measured_and_is_not_0():
    rows = [row(analytic=3.0), row(analytic=9.0, numeric=0.0), row(analytic=9.0, verdict="kink")]
    assert Report(rows).summary() == "3 slopes: 1 kink, 2 pass; largest relative error 2.5e-01"
    assert check_first(ag.relu, 0.0).summary() == "1 slope: 1 kink; largest relative error 0.0e+00"


def test_a_report_prints_as_a_table():
    lines = str(check_first(lambda x, y: x * float(y), 2.0, 3.0)).splitlines()
    assert lines[0].split() == [
        *("input", "at", "analytic", "numeric", "error", "bound", "verdict")
    ]
    assert lines[1].split()[:5] == ["y", "3", "0", "2", "2.0e+00"]
    assert lines[1].endswith("FAIL")
    assert lines[2].startswith("x")
    assert lines[2].endswith("pass")
    assert lines[3].startswith("FAIL: further from the measured slope")
    assert lines[4].startswith("no recorded operation is found wrong by itself")
    assert lines[5] == "2 slopes: 1 FAIL, 1 pass; largest relative error 1.0e+00"


def test_a_long_table_is_cut_off():
    lines = str(check_first(ag.sum, [1.0] * 50)).splitlines()
    assert lines[-2] == "... and 30 more"
    assert len(lines) == 23
    assert "more" not in str(check_first(ag.sum, [1.0] * 20))


def test_assert_gradients_raises_with_the_table():
    with pytest.raises(AssertionError, match=r"could not all be confirmed\n.*\nx .*FAIL"):
        assert_first(lambda x: float(x) * 2, 1.0)
    report = assert_first(lambda x: x * 2, 1.0)
    assert report.summary() == "1 slope: 1 pass; largest relative error 0.0e+00"
