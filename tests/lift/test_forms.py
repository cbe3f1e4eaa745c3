"""The forms of rows on arrays, where NumPy goes a way of its own."""

import numpy as np
import pytest

from autograd_mini.lift.backends import NUMPY
from autograd_mini.lift.forms import Forms, names_of

OWN, GENERAL = NUMPY.names(float), names_of(Forms(np))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("spread", [0.0, 1.0, 50.0, 1000.0])
def test_shares_by_both_ways(name, spread):
    x = spread * np.random.default_rng(0).integers(-3, 4, (4, 5, 6)) / 3  # the largest occurs often
    found, expected = (forms[name](x, axis=2) for forms in (OWN, GENERAL))
    assert found == pytest.approx(expected, rel=1e-14, abs=0)


def test_a_share_near_one_keeps_its_digits():
    log_shares = OWN["log_softmax"](np.array([[40.0, 0.0, -1000.0]]), axis=1)
    assert log_shares[0, 0] == pytest.approx(-np.exp(-40.0), rel=1e-14, abs=0)


def test_an_array_that_is_not_contiguous():
    x = np.random.default_rng(0).normal(size=(6, 5)).T
    assert (OWN["log_softmax"](x, axis=1) == OWN["log_softmax"](x.copy(), axis=1)).all()


def test_logsumexp_along_several_axes():
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    expected = np.log(np.exp(x).sum(axis=(1, 2)))
    for forms in (OWN, GENERAL):
        assert forms["logsumexp"](x, axis=(1, 2)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("shape", [(7,), (7, 3), (7, 3, 2)])
@pytest.mark.parametrize("axis", [0, -1, None])
def test_sums(shape, axis):
    x = np.random.default_rng(0).normal(size=shape)
    assert OWN["sum"](x, axis=axis) == pytest.approx(x.sum(axis=axis), rel=1e-13)


def test_sigmoid_and_relu_into_an_array():
    x, out = np.array([-800.0, -1.0, 0.0, 800.0]), np.empty(4)
    for name in ("sigmoid", "relu"):
        with np.errstate(over="ignore"):
            assert OWN[name](x, out=out) is out
            assert (out == GENERAL[name](x)).all()


def test_the_product_of_a_column_and_a_row():
    column, row = np.array([1.0, 0.0, -2.5]), np.array([3.0, np.inf])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(OWN["outer"](column, row), column[:, None] * row)
