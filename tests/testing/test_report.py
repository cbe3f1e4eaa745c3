"""A report is data, and prints as a table."""

from functools import partial

import pytest

import autograd_mini as ag
from autograd_mini import (
    Value,
    assert_gradients,
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


def test_assert_gradients_raises_with_the_table():
    with pytest.raises(AssertionError, match=r"could not all be confirmed\n.*\nx .*FAIL"):
        assert_first(lambda x: float(x) * 2, 1.0)
    report = assert_first(lambda x: x * 2, 1.0)
    assert report.summary() == "1 slope: 1 pass; largest relative error 0.0e+00"
