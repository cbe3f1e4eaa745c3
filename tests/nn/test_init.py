"""Initialisers, against the distributions their papers state."""

from math import sqrt
from random import Random
from statistics import fmean, pvariance

import pytest

from nn import Neuron, he, normal, uniform, xavier, zeros
from nn.init import INITIALISERS, initialiser


def draws(init, n_in=30, n_out=20, count=20_000):
    rng = Random(0)
    return [init(rng, n_in, n_out) for _ in range(count)]


# The bounds are about four standard errors of 20,000 draws: a factor of 1.05 does not pass.


@pytest.mark.parametrize(
    ("init", "low", "high"),
    [
        (uniform(), -1.0, 1.0),
        (uniform(0.0, 1.0), 0.0, 1.0),
        (uniform(3.0, 5.0), 3.0, 5.0),
        (xavier, -sqrt(6 / 50), sqrt(6 / 50)),
    ],
)
def test_uniform_ones_fill_their_interval(init, low, high):
    weights = draws(init)
    assert low <= min(weights) < low + 0.001 * (high - low)
    assert high - 0.001 * (high - low) < max(weights) < high
    assert fmean(weights) == pytest.approx((low + high) / 2, abs=0.009 * (high - low))


def test_xavier_has_the_variance_of_the_paper():
    assert pvariance(draws(xavier)) == pytest.approx(2 / (30 + 20), rel=0.03)


@pytest.mark.parametrize(
    ("init", "mean", "deviation"),
    [(he, 0.0, sqrt(2 / 30)), (normal(), 0.0, 1.0), (normal(3.0, 0.5), 3.0, 0.5)],
)
def test_normal_ones_have_the_mean_and_variance_they_state(init, mean, deviation):
    weights = [weight - mean for weight in draws(init)]
    assert fmean(weights) == pytest.approx(0.0, abs=0.03 * deviation)
    assert pvariance(weights) == pytest.approx(deviation**2, rel=0.04)
    within_one = fmean(abs(weight) < deviation for weight in weights)
    assert within_one == pytest.approx(0.6827, abs=0.014)  # a uniform would have 0.577


def test_zeros():
    assert set(draws(zeros)) == {0.0}


def test_by_name_or_function():
    assert set(INITIALISERS) == {"uniform", "normal", "xavier", "he", "zeros"}
    assert [initialiser(name) for name in ("xavier", "he", "zeros")] == [xavier, he, zeros]
    assert initialiser(xavier) is xavier
    neuron = Neuron(2, init=lambda _, n_in, n_out: n_in + n_out / 10)
    assert [weight.data for weight in neuron.weights] == [2.1, 2.1]


def test_an_unknown_name_lists_the_names():
    with pytest.raises(
        ValueError, match="unknown initialiser 'glorot': use one of uniform, normal, xavier"
    ):
        Neuron(2, init="glorot")
