"""Which mistake is told from claimed gradients, and that none is told where none was made."""

import inspect
import math
import re

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini import (
    atan,
    check_claimed,
    dot,
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    tan,
    tanh,
)

RNG = np.random.default_rng(3)
X, T = RNG.normal(size=(4, 2)), RNG.normal(size=4)
PARAMS = {"W": RNG.normal(size=(3, 2)), "b": RNG.normal(size=3), "v": RNG.normal(size=3)}

ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, h: h * (1 - h)),
    "tanh": (np.tanh, lambda z, h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda z, h: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z, h: np.where(z > 0, 1, 0.01)),
}


def squared_errors(activation):
    """The loss of a network of three hidden units over a batch."""
    function = getattr(ag, activation)

    def loss(p):
        total = 0.0
        for x, t in zip(X, T, strict=True):
            h = [function(dot(w, x) + b) for w, b in zip(p["W"], p["b"], strict=True)]
            total += (dot(p["v"], h) - t) ** 2
        return total

    return loss


def place(activation):
    line = inspect.getsourcelines(squared_errors)[1] + 7
    return f"{activation} (test_mistakes.py:{line}, 12 times)"


def by_hand(activation, slope=None, multiplied=lambda z, h: h):
    """Its gradients, with another derivative of the activation or with others' operands for h."""
    function, right = ACTIVATIONS[activation]
    z = X @ PARAMS["W"].T + PARAMS["b"]
    h = function(z)
    d_out = 2 * (h @ PARAMS["v"] - T)
    d_z = np.outer(d_out, PARAMS["v"]) * (slope or right)(z, h)
    return {"W": d_z.T @ X, "b": d_z.sum(axis=0), "v": d_out @ multiplied(z, h)}


def diagnoses(activation, claimed):
    return [
        str(each) for each in check_claimed(squared_errors(activation), PARAMS, claimed).diagnoses
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_right_by_hand(activation):
    assert check_claimed(squared_errors(activation), PARAMS, by_hand(activation))


@pytest.mark.parametrize(
    ("activation", "slope", "text"),
    [
        ("tanh", lambda z, h: h * (1 - h), "taken to be y * (1 - y), where y is its value: it is "),
        ("tanh", lambda z, h: 1 - h, "taken to be 1 - y, where y is its value: it is 1 - y**2"),
        ("tanh", lambda z, h: 1 - z * z, "1 - y**2 in its result y, and here it is computed from"),
        ("tanh", lambda z, h: 1.0 + 0 * h, "left out of the chain; the first entry lacks 0."),
        ("sigmoid", lambda z, h: h, "taken to be y, where y is its value: it is y * (1 - y)"),
        ("sigmoid", lambda z, h: 1 - h, "taken to be 1 - y, where y is its value: it is y * (1 - "),
        ("sigmoid", lambda z, h: 1 - h * h, "taken to be 1 - y**2, where y is its value: it is y "),
        ("sigmoid", lambda z, h: z * (1 - z), "y * (1 - y) in its result y, and here it is "),
        ("relu", lambda z, h: h * (1 - h), "taken to be y * (1 - y), where y is its value"),
        ("leaky_relu", lambda z, h: h, "taken to be y, where y is its value"),
    ],
)
def test_a_wrong_derivative_of_an_activation(activation, slope, text):
    W, b = diagnoses(activation, by_hand(activation, slope))
    assert W.startswith(f"W: all 6 entries wrong: the derivative of {place(activation)} is {text}")
    assert b.startswith(f"b: all 3 entries wrong: the derivative of {place(activation)} is {text}")


@pytest.mark.parametrize(("activation", "other"), [("relu", 0.0), ("leaky_relu", 0.01)])
def test_an_inverted_mask(activation, other):
    claimed = by_hand(activation, lambda z, h: np.where(z > 0, other, 1.0))
    text = (
        f"entries wrong: the mask of {place(activation)} is inverted: the slope is 1 where it "
        f"should be {other:g}, and {other:g} where it should be 1"
    )
    assert diagnoses(activation, claimed) == [f"W: all 6 {text}", f"b: all 3 {text}"]


def test_the_inverted_mask_of_a_maximum():
    def loss(p):
        return dot([2.0, 3.0, 4.0], [maximum(w, 1.0) for w in p])

    line = inspect.getsourcelines(loss)[1] + 1
    (diagnosis,) = check_claimed(loss, [0.5, 1.5, 2.5], [2.0, 0.0, 0.0]).diagnoses
    assert str(diagnosis) == (
        f"params: all 3 entries wrong: the mask of maximum (test_mistakes.py:{line}, 3 times) is "
        f"inverted: the slope is 1 where it should be 0, and 0 where it should be 1"
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_operand_of_an_activation_for_its_value(activation):
    (v,) = diagnoses(activation, by_hand(activation, multiplied=lambda z, h: z))
    assert v.endswith(
        f"3 entries wrong: in the gradient of what {place(activation)} is multiplied with, its "
        f"operand stands where its value should: is it z for h?"
    )


@pytest.mark.parametrize(("rate", "words"), [(0.01, "plus 0.01 times"), (-2.5, "minus 2.5 times")])
def test_weight_decay(rate, words):
    right = by_hand("tanh")
    claimed = {name: slopes + rate * PARAMS[name] for name, slopes in right.items()}
    text = (
        f"entries wrong: every entry is the true one {words} its parameter: is there a weight "
        f"decay in one of the two, and not in the other?"
    )
    assert diagnoses("tanh", claimed) == [
        f"W: all 6 {text}",
        f"b: all 3 {text}",
        f"v: all 3 {text}",
    ]


@pytest.mark.parametrize(
    ("params", "more"),
    [
        ([0.5, 0.0], [0.3, 0.0]),  # of one number, any other is a multiple
        ([0.5, 0.5], [0.3, 0.3]),
        ([0.5, 0.7], [0.3, 0.4]),
    ],
)
def test_what_is_no_weight_decay(params, more):
    claimed = [3 * params[0] ** 2 + more[0], 5 + more[1]]
    report = check_claimed(lambda p: p[0] ** 3 + 5 * p[1], params, claimed)
    assert [each.kind for each in report.diagnoses] == ["unexplained"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_explains_what_is_drawn_at_random(activation, seed):
    draw = np.random.default_rng(seed)
    claimed = {name: draw.normal(size=array.shape) for name, array in PARAMS.items()}
    report = check_claimed(squared_errors(activation), PARAMS, claimed)
    assert [each.kind for each in report.diagnoses] == ["unexplained"] * 3


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_half_a_mistake_is_none(activation):
    right, wrong = by_hand(activation), by_hand(activation, lambda z, h: 1 - h)
    half = {name: (right[name] + wrong[name]) / 2 for name in ("W", "b")}
    report = check_claimed(squared_errors(activation), PARAMS, {**right, **half})
    assert [each.kind for each in report.diagnoses] == ["unexplained"] * 2


# --- a stretch of the chain left out -------------------------------------------------------------


def only(f, params, claimed):
    """The one diagnosis, without the lines."""
    (diagnosis,) = check_claimed(f, params, claimed).diagnoses
    return re.sub(r"test_mistakes\.py:\d+, ", "", str(diagnosis)).partition("wrong: ")[2]


def test_the_outermost_derivatives_of_a_batch_left_out():
    """The mean over the batch is not left out."""

    def loss(w):
        return ag.mean([tanh(sin(atan(dot(w, x)))) for x in X])

    slopes = 1 / (1 + (X @ [0.5, 0.7]) ** 2)
    assert only(loss, [0.5, 0.7], slopes @ X / 4).startswith(
        "the derivatives of tanh (4 times) and of sin (4 times) are left out of the chain; the "
    )


def test_as_many_as_four_derivatives_left_out():
    def loss(w):
        return 5 * tan(sin(tanh(atan(0.3 * w[0] + 0.7 * w[1]))))

    text = only(loss, [0.5, 0.7], [5 * 0.3, 5 * 0.7])
    assert re.findall(r"of (\w+) \(", text) == ["tan", "sin", "tanh", "atan"]
    assert text.endswith(" are left out of the chain")


def test_derivatives_side_by_side_left_out():
    def loss(w):
        return tanh(2 * w[0]) + sigmoid(exp(w[1]))

    text = only(loss, [0.5, 0.7], [2.0, math.exp(0.7)])
    assert re.findall(r"of (\w+) \(", text) == ["sigmoid", "tanh"]


def test_the_sum_that_a_gradient_arrives_at_is_its_last():
    """The gradient arrives at both additions; the one that gives 3 is named."""
    assert only(lambda p: (p[0] + p[1] + p[2]) ** 2, [0.5, 0.7, 1.8], [1.0, 1.0, 1.0]) == (
        "every entry is off by exactly 1/6: 6 is the gradient that arrives at + (giving 3), and it "
        "is left out of the chain"
    )


# --- no false alarms -----------------------------------------------------------------------------


NOTHING = "no single mistake known here explains it: try one example and one layer at a time"


@pytest.mark.parametrize(
    ("f", "params", "claimed", "text"),
    [
        # outside of a logarithm nothing is called ignored, nor what adds two Values
        (lambda p: ag.sum([(x + 1) ** 2 for x in p]), [1.0, 2.0], [8.0, 9.0], NOTHING),
        (
            lambda p: log(p[0] + p[1]),
            [2.0, 3.0],
            [0.5, 0.5],
            "every entry is 2.5 times the true one",
        ),
        (lambda p: log(p[0] + 1) * p[1], [0.0, 2.0], [2.5, 0.5], NOTHING),
        # a square is no product with 2, and no cube
        (lambda p: p[0] * p[1], [3.0, 2.0], [1.0, 1.5], "every entry is 1/2 of the true one"),
        (
            lambda p: p[0] ** 3 + p[1] ** 3,
            [3.0, 2.0],
            [13.5, 6],
            "every entry is 1/2 of the true one",
        ),
        (
            lambda p: p[0] ** -1 + p[1] ** -1,
            [0.5, 0.25],
            [-2, -8],
            "every entry is 1/2 of the true one",
        ),
        # no mask is inverted where all is on one side, or where there are ties
        (lambda p: relu(p[0]) * p[1], [2.0, 3.0], [7.0, 5.0], NOTHING),
        (
            lambda p: dot([2.0, 3.0, 4.0], [maximum(x, 1.0) for x in p]),
            [0.5, 1.0, 2.0],
            [0.7, 0.3, 0.1],
            NOTHING.replace("it:", "[0] and [2]:"),
        ),
        # what is next to nothing may be wrong by half
        (
            lambda p: 1e-4 * p[0] * p[1],
            [2, 3],
            [1.5e-4, 1e-4],
            "every entry is 1/2 of the true one",
        ),
        # one number has a ratio to any other, and may be the gradient of something else
        (lambda p: p[0] * 1.0, [2.0], [1 / 3.3e7], NOTHING),
        (lambda p: p[0] * 1.0, [2.0], [3.7e-20], NOTHING),
        # a gradient that overflows explains no other, nor does one that is next to nothing
        (lambda p: ag.sum([1e160 * (1e-160 * x) for x in p]), [1.0, 2.0], [3.0, 2.0], NOTHING),
        (lambda p: p[0] + p[1], [1.0, 2.0], [5e-324, 1e-323], NOTHING),
    ],
)
def test_what_resembles_a_mistake(f, params, claimed, text):
    assert only(f, params, claimed) == text
