"""Which mistake is told from claimed gradients, and that none is told where none was made."""

import inspect
import math
import re

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini import (
    Value,
    atan,
    check_claimed,
    dot,
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    sqrt,
    tan,
    tanh,
)
from tests.testing.claims import found, line

RNG = np.random.default_rng(5)  # each unit is active for one of the examples
X, T = RNG.normal(size=(2, 2)), RNG.normal(size=2)
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
    return f"{activation} ({line(squared_errors, 7)}, 6 times)"


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
        ("tanh", lambda z, h: 1.0 + 0 * h, "left out of the chain; the first entry lacks "),
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


@pytest.mark.parametrize(
    ("rate", "words"), [(0.01, "plus 0.01 times"), (-0.25, "minus 0.25 times")]
)
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
    ("params", "more", "kind"),
    [
        ([0.5, 0.7], [0.3, 0.42], "weight decay"),
        ([0.5, 0.7], [0.3, 0.4], "unexplained"),
        ([0.5, 0.0], [0.3, 0.0], "unexplained"),  # of one number, any other is a multiple
        ([0.5, 0.5], [0.3, 0.3], "unexplained"),
    ],
)
def test_it_takes_two_numbers_to_tell_a_weight_decay(params, more, kind):
    claimed = [3 * params[0] ** 2 + more[0], 5 + more[1]]
    report = check_claimed(lambda p: p[0] ** 3 + 5 * p[1], params, claimed)
    assert [each.kind for each in report.diagnoses] == [kind]


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


# --- what goes on through a matrix, or is added up -----------------------------------------------


def two_layers(p):
    return ag.sum(np.tanh(p["V"] @ np.tanh(p["W"] @ np.array([0.5, -1.0]))) * np.array([1.0, 2.0]))


LAYERS = {"W": np.array([[0.3, -0.2], [0.5, 0.7]]), "V": np.array([[1.1, 0.4], [-0.6, 0.9]])}


def two_layers_by_hand(passed_on):
    h = np.tanh(LAYERS["W"] @ [0.5, -1.0])
    delta = (1 - np.tanh(LAYERS["V"] @ h) ** 2) * [1.0, 2.0]
    return {
        "W": np.outer((1 - h * h) * (passed_on @ delta), [0.5, -1.0]),
        "V": np.outer(delta, h),
    }


def test_a_backward_through_the_transpose():
    assert check_claimed(two_layers, LAYERS, two_layers_by_hand(LAYERS["V"].T))
    report = check_claimed(two_layers, LAYERS, two_layers_by_hand(LAYERS["V"]))
    assert found(report) == {"W": ("transpose", 4, 4)}
    assert "W: all 4 entries wrong: what is sent on through V is multiplied with the transpose" in (
        str(report)
    )


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (3, 2)])
def test_a_backward_through_a_matrix_in_another_order_is_not_called_transposed(rows, columns):
    x, c = np.array([0.5, -1.0]), np.arange(1.0, 1 + rows)
    v = np.arange(6.0).reshape(rows, columns)
    params = {"W": np.array([[0.3, -0.2], [0.5, 0.7], [1.0, -0.6]])[:columns], "V": v}
    h = np.tanh(params["W"] @ x)
    sent = c @ v.T.reshape(v.shape)
    claimed = {"W": np.outer((1 - h * h) * sent, x), "V": np.outer(c, h)}
    report = check_claimed(lambda p: ag.sum(p["V"] @ np.tanh(p["W"] @ x) * c), params, claimed)
    assert found(report) == {"W": ("unexplained", 2 * columns, 2 * columns)}


def test_a_backward_through_the_transpose_of_dots():
    def loss(p):
        h = [tanh(ag.dot(w, [0.5, -1.0])) for w in p["W"]]
        return ag.dot([1.0, 2.0], [tanh(ag.dot(v, h)) for v in p["V"]])

    report = check_claimed(
        loss,
        {name: array.tolist() for name, array in LAYERS.items()},
        two_layers_by_hand(LAYERS["V"]),
    )
    assert found(report) == {"W": ("transpose", 4, 4)}


def cubes(w):
    """The sum of tanh(w x)**3 for x = 1 and 2: w is used twice, and so is each tanh."""
    total = 0.0
    for x in (1.0, 2.0):
        h = tanh(w * x)
        total = total + h * h * h
    return total


@pytest.mark.parametrize(("x", "word"), [(2.0, "last"), (1.0, "first")])
def test_a_parameter_overwritten_where_intermediates_are_shared_too(x, word):
    h = math.tanh(0.5 * x)
    report = check_claimed(cubes, 0.5, 3 * h * h * (1 - h * h) * x)
    assert found(report) == {"params": ("sum missing", 1, 1)}
    assert (
        f"where a parameter is used several times (up to 2), only its {word} use counts: the "
        f"contributions are to be added, += and not ="
    ) in str(report)


def test_an_intermediate_overwritten_where_parameters_are_added_up():
    """The last factor of h * h * h alone counts for h, for both x."""
    by_hand = 0.0
    for x in (1.0, 2.0):
        h = math.tanh(0.5 * x)
        by_hand += h * h * (1 - h * h) * x
    report = check_claimed(cubes, 0.5, by_hand)
    place = line(cubes, 4)
    assert f"where tanh ({place}, 2 times) is used several times (up to 2), only its last" in (
        str(report)
    )


@pytest.mark.parametrize("overwritten", [1, 2])
def test_an_intermediate_overwritten_in_one_turn_of_a_loop(overwritten):
    def loss(p):
        h = list(p)
        for _ in range(3):
            h = [tanh(x) * x for x in h]
        return ag.sum(h)

    def by_hand(x):
        slope = 1.0
        for turn in range(3):
            t = math.tanh(x)
            slope *= t if turn == overwritten else t + x * (1 - t * t)
            x *= t
        return slope

    report = check_claimed(loss, [1.5, 2.0], [by_hand(1.5), by_hand(2.0)])
    place = line(test_an_intermediate_overwritten_in_one_turn_of_a_loop, 5)
    assert f"where * ({place}, 2 times) is used several times (up to 2), only its last" in str(
        report
    )


@pytest.mark.parametrize(("path", "op"), [("main", "dot"), ("branch", r"+")])
def test_a_path_of_a_residual_net_forgotten(path, op):
    """h = x + tanh(W x) and o = h + tanh(V h); o * o uses o twice, and by neither path."""
    x, (first, second) = np.array([0.5, -1.0]), LAYERS.values()

    def loss(p):
        h = [a + tanh(ag.dot(w, x)) for a, w in zip(x, p["W"], strict=True)]
        out = [a + tanh(ag.dot(v, h)) for a, v in zip(h, p["V"], strict=True)]
        return ag.sum([o * o for o in out])

    h = x + np.tanh(first @ x)
    d_out = 2 * (h + np.tanh(second @ h))
    delta = d_out * (1 - np.tanh(second @ h) ** 2)
    branch = second.T @ delta

    def by_hand(d_h):
        return {"W": np.outer(d_h * (1 - np.tanh(first @ x) ** 2), x), "V": np.outer(delta, h)}

    assert check_claimed(loss, LAYERS, by_hand(d_out + branch))
    report = check_claimed(loss, LAYERS, by_hand(branch if path == "main" else d_out))
    assert found(report) == {"W": ("sum missing", 4, 4)}
    assert f"used several times (up to 3), only its use by {op} counts: the" in str(report)


def test_the_gradients_of_two_layers_swapped():
    right = two_layers_by_hand(LAYERS["V"].T)
    report = check_claimed(two_layers, LAYERS, {"W": right["V"], "V": right["W"]})
    assert [str(each) for each in report.diagnoses] == [
        "W: all 4 entries wrong: it is the gradient of V",
        "V: all 4 entries wrong: it is the gradient of W",
    ]
    assert {each.kind for each in report.diagnoses} == {"swapped"}


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
    assert only(loss, [0.5, 0.7], slopes @ X / 2).startswith(
        "the derivatives of tanh (2 times) and of sin (2 times) are left out of the chain; the "
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
    assert text.endswith(" are left out of the chain; the first entry lacks 0.419974")


def test_the_sum_that_a_gradient_arrives_at_is_its_last():
    """The gradient arrives at both additions; the one that gives 3 is named."""
    assert only(lambda p: (p[0] + p[1] + p[2]) ** 2, [0.5, 0.7, 1.8], [1.0, 1.0, 1.0]) == (
        "every entry is off by exactly 1/6: 6 is the gradient that arrives at + (giving 3), and it "
        "is left out of the chain"
    )


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (["a", "b", "c", "d"], "a, b, c, d ({place})"),
        (["a", "b", "c", "d", "e"], "tanh ({place}, 5 times)"),
        (["a", "b", ""], "tanh ({place}, 3 times)"),
        ([""], "tanh ({place}, giving 0.4621)"),
    ],
)
def test_up_to_four_numbers_are_named_by_their_labels(labels, text):
    def loss(p):
        outs = [tanh(x) for x in p]
        for out, label in zip(outs, labels, strict=True):
            if isinstance(out, Value):
                out.label = label
        return 3 * ag.sum(outs)

    n = len(labels)
    (diagnosis,) = check_claimed(loss, [0.5] * n, [3.0] * n).diagnoses
    found = text.format(place=line(loss, 1))
    assert f"the derivative of {found} is left out of the chain" in str(diagnosis)


def test_of_several_lines_that_of_most_numbers_is_named():
    def loss(p):
        some = tanh(p[0]) + tanh(p[1])
        return 2 * (some + tanh(p[2]))

    (diagnosis,) = check_claimed(loss, [0.5, 0.5, 0.5], [2.0, 2.0, 2.0]).diagnoses
    assert f"the derivative of tanh ({line(loss, 1)}, 3 times) is left out" in str(diagnosis)


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
        (lambda p: p[0] * p[1], [3.0, 2.0], [0.8, 1.2], "every entry is 0.4 times the true one"),
        # five digits are five whatever the size
        (
            lambda p: 1e3 * p[0] * p[1],
            [3.0, 2.0],
            [2e3 + 2e-3, 3e3 + 6e-3],
            "right to five digits, not more: is it single precision?",
        ),
        # no mask is inverted where all is on one side, or where there are ties
        (lambda p: relu(p[0]) * p[1], [2.0, 3.0], [7.0, 5.0], NOTHING),
        (
            lambda p: dot([2.0, 3.0, 4.0], [maximum(x, 1.0) for x in p]),
            [0.5, 1.0, 2.0],
            [0.7, 0.3, 0.1],
            NOTHING.replace("it:", "[0] and [2]:"),
        ),
        # an entry whose slope is infinite is not judged, nor does it excuse the others
        (
            lambda p: sqrt(p[0]) + sqrt(p[1]),
            [0.0, 4.0],
            [1.0, 0.5],
            "at [1]: it is 2 times the true one",
        ),
        # small entries beside large ones are looked at as closely
        (lambda p: p[0] + 1e-10 * p[1], [1.0, 2.0], [2.0, 3e-10], NOTHING),
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
