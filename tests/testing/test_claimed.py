"""A published backward, wrong and corrected; and how check_claimed is asked."""

import math
import random

import numpy as np
import pytest

import autograd_mini as ag
import nn
from autograd_mini import Value, check_claimed, define_primitive, sigmoid, tanh
from tests.testing.claims import found, line, squash

# --- the delta rule, as it was printed -----------------------------------------------------------


class DeltaRule:
    """A 2-3-1 network of sigmoids, its loss (o - t)**2 / 2, and a published backward for it."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.x, self.t = [draw.uniform(0.1, 1), draw.uniform(0.1, 1)], draw.choice([0.0, 1.0])
        self.params = {
            "w_im": [[draw.uniform(-1, 1) for _ in range(2)] for _ in range(3)],
            "b_m": [draw.uniform(-1, 1) for _ in range(3)],
            "w_mo": [draw.uniform(-1, 1) for _ in range(3)],
            "b_o": draw.uniform(-1, 1),
        }

    def loss(self, p):
        m = [sigmoid(ag.dot(w, self.x) + b) for w, b in zip(p["w_im"], p["b_m"], strict=True)]
        z_o = ag.dot(p["w_mo"], m) + p["b_o"]
        if isinstance(z_o, Value):
            z_o.label = "z_o"
        o = sigmoid(z_o)
        return (o - self.t) ** 2 / 2

    def backward(self, *, as_printed):
        p = self.params
        m = [
            squash(w[0] * self.x[0] + w[1] * self.x[1] + b)
            for w, b in zip(p["w_im"], p["b_m"], strict=True)
        ]
        o = squash(sum(w * each for w, each in zip(p["w_mo"], m, strict=True)) + p["b_o"])
        delta_o = (o - self.t) * o * (1 - o)
        delta_m = [w * each * (1 - each) for w, each in zip(p["w_mo"], m, strict=True)]
        if not as_printed:
            delta_m = [delta_o * delta for delta in delta_m]
        return {
            "w_im": [[delta * x for x in self.x] for delta in delta_m],
            "b_m": [delta_o] * 3 if as_printed else delta_m,
            "w_mo": [delta_o * each for each in m],
            "b_o": delta_o,
        }, delta_o


@pytest.mark.parametrize("seed", range(5))
def test_the_published_delta_rule(seed):
    rule = DeltaRule(seed)
    claimed, delta_o = rule.backward(as_printed=True)
    report = check_claimed(rule.loss, rule.params, claimed)
    assert [row.verdict for row in report].count("FAIL") == 9
    assert found(report) == {
        "w_im": ("gradient left out", 6, 6),
        "b_m": ("derivatives left out", 3, 3),
    }
    w_im, b_m = report.diagnoses
    assert w_im.factor == pytest.approx(1 / delta_o, rel=1e-9)
    z_o, m = line(DeltaRule.loss, 2), line(DeltaRule.loss, 1)
    assert str(w_im) == (
        f"w_im: all 6 entries wrong: every entry is off by exactly 1/{delta_o:.6g}: {delta_o:.6g} "
        f"is the gradient that arrives at z_o ({z_o}), and it is left out of the chain"
    )
    assert str(b_m).startswith(f"b_m: all 3 entries wrong: the derivatives of dot ({z_o}, giving ")
    assert f" and of sigmoid ({m}, 3 times) are left out of the chain; the first entry lacks " in (
        str(b_m)
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_delta_rule_corrected(seed):
    rule = DeltaRule(seed)
    claimed, _ = rule.backward(as_printed=False)
    report = check_claimed(rule.loss, rule.params, claimed)
    assert report
    assert report.diagnoses == ()
    assert str(report).splitlines()[0].split()[2] == "claimed"


# --- how it is asked -----------------------------------------------------------------------------


def test_a_module_and_its_gradients_in_order_or_by_name():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)

    def loss(model):
        return (model([0.3, -0.7]) - 1) ** 2

    loss(model).backward()
    slopes = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert check_claimed(loss, model, slopes)
    assert check_claimed(loss, model, list(slopes.values()))
    assert check_claimed(lambda: loss(model), model, list(slopes.values()))
    report = check_claimed(loss, model, {**slopes, "layers.1.neurons.0.bias": 0.0})
    assert found(report) == {"layers.1.neurons.0.bias": ("zero", 1, 1)}


def test_values_that_f_reads_from_around_it():
    w = [Value(2.0, "w0"), Value(3.0, "w1")]
    assert check_claimed(lambda: w[0] * w[1], w, [3.0, 2.0])
    report = check_claimed(lambda: w[0] * w[1], w, [2.0, 3.0])
    assert {row.input for row in report} == {"w0", "w1"}
    assert not report


def test_a_function_that_does_not_say_what_it_takes():
    assert check_claimed(max, [1.0, 2.0], [0.0, 1.0])


def test_values_that_come_one_by_one():
    w = [Value(2.0), Value(3.0)]

    class Foreign:
        def parameters(self):
            yield from w

    for params in (iter(w), dict(enumerate(w)).values(), Foreign()):
        assert len(check_claimed(lambda: w[0] * w[1], params, [3.0, 2.0])) == 2
    assert check_claimed(lambda module: w[0] * w[1], Foreign(), [3.0, 2.0])


def test_parameters_around_a_function_are_values():
    with pytest.raises(TypeError, match=r"parameters\[0\] is 2\.0 \(float\), but only a Value can"):
        check_claimed(lambda: Value(1.0), [2.0], [1.0])


def test_lists_of_layers():
    params = [[[1.0, 2.0], [3.0, 4.0]], [0.5, 0.6], 2.0]

    def f(p):
        (a, b), c, d = p
        return ag.dot(a, c) * d + ag.dot(b, c)

    claimed = [[[1.0, 1.2], [0.5, 0.6]], (5.0, 8.0), np.array([1.7])]
    assert check_claimed(f, params, claimed)
    claimed[1] = (5.0, -8.0)
    assert list(found(check_claimed(f, params, claimed))) == ["params[1]"]


def test_a_list_of_matrices_is_no_array_of_three_axes():
    params = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    report = check_claimed(
        lambda p: ag.sum(p[0][0]) + ag.sum(p[0][1]) + 2 * ag.sum(p[1][0]) + 2 * ag.sum(p[1][1]),
        params,
        [[[1.0, 1.0], [1.0, 1.0]], [[-2.0, -2.0], [-2.0, -2.0]]],
    )
    assert found(report) == {"params[1]": ("sign", 4, 4)}


def test_a_list_of_nothing_has_no_gradient():
    assert (
        len(check_claimed(lambda p: p["w"] * 3, {"w": 2.0, "rest": []}, {"w": 3.0, "rest": []}))
        == 1
    )


def test_columns_for_rows_are_no_mistake():
    assert check_claimed(lambda p: ag.dot(p, [2.0, 3.0]), [1.0, 1.0], np.array([[2.0], [3.0]]))


def test_a_wrong_primitive_is_blamed_before_the_hand():
    wrong = define_primitive("wrong", math.sin, lambda out, x: 2.0, check=False)
    report = check_claimed(lambda x: 3 * wrong(x), 0.5, 3 * math.cos(0.5))
    assert report
    assert report.culprit.primitive == "wrong"
    assert report.diagnoses == ()


def test_a_second_derivative_is_not_blamed_for_a_first():
    """The rule of `once` is right, but cannot be derived again; what is wrong is float(x)."""
    once = define_primitive("once", math.sin, lambda out, x: math.cos(float(x)), check=False)
    report = check_claimed(lambda x: once(x) + x * float(x), 0.5, math.cos(0.5) + 1.0)
    assert report.culprit is None
    assert "is not recorded, as after float(x)" in str(report)


@pytest.mark.parametrize(
    ("params", "claimed", "message"),
    [
        ({"w": 1.0}, {"v": 1.0}, r"params is a dict of \['w'\], but what is claimed is \['v'\]"),
        ({"w": 1.0}, [1.0], r"params is a dict of \['w'\], but what is claimed is list"),
        ({"w": [1.0, 2.0]}, {"w": [1.0] * 3}, r"w has the shape \(2,\), but .* has \(3,\)"),
        ({"w": [1.0, 2.0]}, {"w": [[1.0], [1.0, 2.0]]}, r"has none: its rows differ in length"),
        ([[1.0], [1.0, 2.0]], [[1.0]] * 3, "params has 2 parts, but what is .* has 3 parts"),
        ([[1.0], [1.0, 2.0]], [[1.0]], "params has 2 parts, but what is claimed of it has 1 parts"),
        ([[1.0], [1.0, 2.0]], 1.0, "params has 2 parts, but what is claimed of it has one number"),
        (
            np.ones((2, 3, 4)),
            np.ones((4, 3, 2)),
            r"\(2, 3, 4\), .* \(4, 3, 2\)\. Claim a number for",
        ),
        (
            [[1.0]],
            1.0,
            r"has the shape \(1, 1\), but .* has none: it is one number\. Claim a number",
        ),
        ({"w": [1.0, 2.0]}, {"w": [[1.0] * 3]}, r"w has the shape \(2,\), but .* has \(1, 3\)"),
        ({"w": [1.0, 2.0]}, {"w": [1.0]}, r"w has the shape \(2,\), but .* has \(1,\)"),
        (nn.MLP(1, [1]), [1.0], "the module has 2 parameters, but 1 gradients are claimed: give"),
        (
            nn.MLP(1, [1]),
            {"layers.0.neurons.0.bias": 1.0, "weight": 2.0},
            r"names of named_parameters\(\): layers.0.neurons.0.weights.0, weight is only in one",
        ),
        (nn.MLP(1, [1]), [1.0] * 3, "the module has 2 parameters, but 3 gradients are claimed"),
    ],
)
def test_claims_that_do_not_fit(params, claimed, message):
    with pytest.raises(ValueError, match=message):
        check_claimed(lambda p: 1.0, params, claimed)


def test_a_loss_is_one_value():
    with pytest.raises(TypeError, match=r"one Value, the loss, but this one returned a list"):
        check_claimed(lambda x: [x, x], 1.0, 1.0)


def test_a_function_that_raises_outside_of_its_domain():
    root = define_primitive("root", math.sqrt, lambda out, x: 0.5 / out, check=False)
    (row,) = check_claimed(root, 0.0, 1.0)
    assert row.verdict == "edge"


@pytest.mark.parametrize("draw", [random.Random(0).random, iter([1.0, 1.2, 1.5]).__next__])
def test_a_loss_that_does_not_repeat_itself(draw):
    with pytest.raises(
        ValueError, match=r"f returned \[\d\.\d+\], then \[\d.\d+\].* Seed its random"
    ):
        check_claimed(lambda x: x * draw(), 1.0, 0.5)


def test_a_loss_that_is_no_number_has_no_slope():
    (row,) = check_claimed(ag.log, -1.0, 0.5)
    assert row.verdict == "edge"


def test_the_values_are_as_before():
    w = Value(2.0)
    check_claimed(lambda: tanh(w), [w], [0.0])
    assert (w.data, w.grad) == (2.0, 0.0)


def test_values_that_f_reads_from_around_it_may_be_nested():
    w, b = [Value(0.5, "w0"), Value(0.25, "w1")], Value(0.1, "b")
    report = check_claimed(
        lambda: (w[0] * 3.0 + w[1] * 4.0 + b) ** 2,
        {"w": w, "b": b},
        {"w": [15.6, 20.8], "b": -5.2},
    )
    assert list(map(str, report.diagnoses)) == ["b: wrong: it has the wrong sign"]
