"""What is said of claimed gradients: of all entries or of some, in shapes right and wrong."""

import math

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini import check_claimed, log, relu, sigmoid, softmax, tanh
from tests.testing.claims import found, line, squash

# --- layers as classes ---------------------------------------------------------------------------


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class ReLU:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0  # in the array of the caller
        return dout


class SoftmaxWithLoss:
    def __init__(self, floor=0.0):
        self.floor = floor

    def forward(self, x, t):
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        self.y, self.t = powers / powers.sum(axis=1, keepdims=True), t
        return -(t * np.log(self.y + self.floor)).sum() / len(t)

    def backward(self, dout=1.0):  # noqa: ARG002 (that is the mistake)
        return (self.y - self.t) / len(self.t)


RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(4, 3)), np.eye(2)[[0, 1, 1, 0]]
W, B = RNG.normal(size=(3, 2)), RNG.normal(size=2)


def cross_entropy(logits, targets, floor=0.0):
    terms = [
        -log(softmax(row)[int(target.argmax())] + floor)
        for row, target in zip(logits, targets, strict=True)
    ]
    return ag.sum(terms) / len(terms)


def by_hand(floor=0.0):
    """What the layers claim of their weights."""
    affine, loss = Affine(W, B), SoftmaxWithLoss(floor)
    loss.forward(affine.forward(X), T)
    affine.backward(loss.backward())
    return {"W": affine.dW, "b": affine.db}


def classified(p):
    return cross_entropy(X @ p["W"] + p["b"], T)


def test_right_layers():
    assert check_claimed(classified, {"W": W, "b": B}, by_hand())


@pytest.mark.parametrize("add", [lambda a, b: a + b, lambda a, b: b + a])
def test_a_relu_that_overwrites_its_dout(add):
    """relu(h) + h: both branches get the same array, and the first one changes it."""
    weights = np.array([[1.0], [-2.0]])

    def residual(p):
        h = X @ p["W"] + p["b"]
        return ag.sum(add(np.vectorize(relu)(h), h) @ weights[:, 0])

    affine, layer = Affine(W, B), ReLU()
    layer.forward(affine.forward(X))
    dout = np.ones((4, 1)) @ weights.T
    affine.backward(layer.backward(dout) + dout)
    report = check_claimed(residual, {"W": W, "b": B}, {"W": affine.dW, "b": affine.db})
    assert found(report) == {"W": ("overwritten", 3, 6), "b": ("overwritten", 1, 2)}
    place = line(test_a_relu_that_overwrites_its_dout, 7)
    assert (
        f"W: 3 of 6 entries wrong: the backward of relu ({place}, 8 times) overwrites the gradient "
        f"it is given, and the other operand of the sum behind it gets the changed one: work on a "
        f"copy"
    ) in str(report)


def test_a_loss_layer_that_ignores_its_dout():
    def total(p):
        return 0.3 * classified(p) + 0.0

    report = check_claimed(total, {"W": W, "b": B}, by_hand())
    assert found(report) == {"W": ("gradient left out", 6, 6), "b": ("gradient left out", 2, 2)}
    assert report.diagnoses[0].factor == pytest.approx(1 / 0.3)
    assert "every entry is off by exactly 1/0.3: 0.3 is the gradient that arrives at /" in (
        str(report)
    )


@pytest.mark.parametrize("logit", [-5.0, -12.0, -20.0])
def test_a_floor_under_the_logarithm(logit):
    """log(p + 1e-7) with the slope of log(p): the loss stops at 16.118, the slope does not."""

    def capped(z):
        return -log(softmax(z)[0] + 1e-7)

    z = [logit, 0.0]
    p = squash(logit)
    report = check_claimed(capped, z, [p - 1, 1 - p])
    assert found(report) == {"params": ("operation ignored", 2, 2)}
    assert report.diagnoses[0].factor == pytest.approx((p + 1e-7) / p, rel=1e-9)
    assert "these are the gradients of another function, one without +" in str(report)


@pytest.mark.parametrize("average", [ag.mean, lambda terms: ag.sum(terms) / len(terms)])
def test_a_mean_over_the_batch_left_out(average):
    """Of minus the sum of t * log(y) for each row: no sign is turned."""

    def mean_cross_entropy(p):
        rows = [ag.log_softmax(row) for row in X @ p["W"] + p["b"]]
        return average([-ag.sum(t * np.array(row)) for row, t in zip(rows, T, strict=True)])

    assert check_claimed(mean_cross_entropy, {"W": W, "b": B}, by_hand())
    claimed = {name: 4 * slopes for name, slopes in by_hand().items()}
    report = check_claimed(mean_cross_entropy, {"W": W, "b": B}, claimed)
    for diagnosis in report.diagnoses:
        assert diagnosis.factor == pytest.approx(4)
        assert "sign" not in str(diagnosis)
        assert "0.25 is the gradient that arrives at neg (" in str(diagnosis)


def test_the_same_over_a_batch_where_the_factors_differ():
    def capped(p):
        return cross_entropy(X @ p["W"] + p["b"], T, floor=1e-3)

    report = check_claimed(capped, {"W": W, "b": B}, by_hand(floor=1e-3))
    assert {kind for kind, *_ in found(report).values()} == {"operation ignored"}


# --- mistakes, one by one ------------------------------------------------------------------------


RIGHT = by_hand()


def one(y):
    """2 w_0 + 3 w_1 through a sigmoid: (s - y)**2."""
    return lambda p: (sigmoid(2 * p["w"][0] + 3 * p["w"][1]) - y) ** 2


Z = 2 * 0.3 + 3 * 0.2
S = squash(Z)
SLOPE = 2 * (S - 1)


@pytest.mark.parametrize(
    ("slope", "kind", "factor", "text"),
    [
        (-SLOPE * S * (1 - S), "sign", -1, "every entry has the wrong sign"),
        (SLOPE, "derivative left out", 1 / (S * (1 - S)), "the derivative of sigmoid"),
        (-SLOPE, "derivative left out", -1 / (S * (1 - S)), "chain, and the sign is turned"),
        (SLOPE * (S * (1 - S)) ** 2, "derivative twice", S * (1 - S), "multiplied in twice"),
        (SLOPE * S, "wrong formula", 1 / (1 - S), "is taken to be y, where y is its value: it"),
        (
            SLOPE * Z * (1 - Z),
            "operand for result",
            Z * (1 - Z) / (S * (1 - S)),
            "is y * (1 - y) in its result y, and here it is computed from its operand",
        ),
        (S * (1 - S), "gradient left out", 1 / SLOPE, f"off by exactly 1/{SLOPE:.6g}: "),
        (-S * (1 - S), "gradient left out", -1 / SLOPE, f"off by exactly -1/{SLOPE:.6g}: "),
        (SLOPE * S * (1 - S) / 2, "factor", 1 / 2, "1/2 of the true one: the 2 of the square is"),
        (SLOPE * S * (1 - S) * 2, "factor", 2, "every entry is 2 times the true one"),
        (SLOPE * S * (1 - S) * 1.25, "factor", 1.25, "every entry is 1.25 times the true one"),
        (0.0, "zero", 0, "every entry is 0: no gradient arrives"),
        (math.nan, "not finite", None, "some entries are inf or nan"),
        (SLOPE * S * (1 - S) * (1 + 1e-6), "digits", None, "right to five digits, not more"),
    ],
)
def test_a_mistake_that_is_a_factor(slope, kind, factor, text):
    report = check_claimed(one(1.0), {"w": [0.3, 0.2]}, {"w": [2 * slope, 3 * slope]})
    (diagnosis,) = report.diagnoses
    assert diagnosis.kind == kind
    assert diagnosis.factor == (factor if factor is None else pytest.approx(factor, rel=1e-9))
    assert text in str(report)


def test_the_operands_left_out():
    slope = SLOPE * S * (1 - S)
    report = check_claimed(one(1.0), {"w": [0.3, 0.2]}, {"w": [slope, slope]})
    assert found(report) == {"w": ("derivative left out", 2, 2)}
    assert "the derivative of * " in str(report)
    assert str(report.diagnoses[0]).endswith("; the first entry lacks 2")


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_gradients_rounded_as_in_a_book(digits):
    shown = np.vectorize(lambda slope: float(f"{slope:.{digits}g}"))(RIGHT["W"])
    for rounded, unit in ((shown, "digits"), (RIGHT["W"].round(digits), "decimals")):
        (diagnosis,) = check_claimed(
            classified, {"W": W, "b": B}, {**RIGHT, "W": rounded}
        ).diagnoses
        assert diagnosis.kind == "digits"
        assert diagnosis.text.endswith(
            f"every entry is the true one rounded to {digits} {unit}: claim all digits"
        )


def test_what_nothing_explains():
    report = check_claimed(one(1.0), {"w": [0.3, 0.2]}, {"w": [1.0, 0.2]})
    assert found(report) == {"w": ("unexplained", 2, 2)}
    assert "try one example and one layer at a time" in str(report)


@pytest.mark.parametrize(
    ("name", "claimed", "kind", "text"),
    [
        ("W", RIGHT["W"].T, "transpose", "its shape is (2, 3), that of W is (3, 2): it is the"),
        ("W", 4 * RIGHT["W"], "gradient left out", "off by exactly 1/0.25: 0.25 is the gradient"),
        (
            "b",
            (SoftmaxWithLoss.backward, "rows"),
            "sum missing",
            "its shape is (4, 2), that of b is (2,): take the sum over the first axis, the 4 exam",
        ),
        ("b", (SoftmaxWithLoss.backward, "times 4"), "mean missing", "take the mean over the firs"),
        (
            "W",
            (SoftmaxWithLoss.backward, "last"),
            "sum missing",
            "only its last use counts: the co",
        ),
        ("W", (SoftmaxWithLoss.backward, "first"), "sum missing", "only its first use counts"),
        ("W", 2 * RIGHT["W"].T, "shape", "its shape is (2, 3), that of W is (3, 2)"),
    ],
)
def test_shapes_and_batches(name, claimed, kind, text):
    if isinstance(claimed, tuple):
        affine, loss = Affine(W, B), SoftmaxWithLoss()
        loss.forward(affine.forward(X), T)
        dout = loss.backward()
        claimed = {
            "rows": dout,
            "times 4": 4 * dout,
            "last": np.outer(X[-1], dout[-1]),
            "first": np.outer(X[0], dout[0]),
        }[claimed[1]]
    report = check_claimed(classified, {"W": W, "b": B}, {**RIGHT, name: claimed})
    assert {block: each[0] for block, each in found(report).items()} == {name: kind}
    assert text in str(report)
    assert not report


def test_a_batch_of_matrices_that_is_not_summed():
    x = np.array([[0.5, -1.0, 2.0], [1.5, 1.0, -0.5]])
    each = np.stack([np.outer([1.0, 2.0], row) for row in x])
    report = check_claimed(
        lambda W: ag.sum(W @ x.T @ np.ones(2) * [1.0, 2.0]), np.ones((2, 3)), each
    )
    assert found(report) == {"params": ("sum missing", 6, 6)}


def test_a_square_matrix_transposed():
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])
    slopes = np.outer(2 * (W @ x), x)
    report = check_claimed(lambda W: ag.sum((W @ x) ** 2), W, slopes.T)
    assert found(report) == {"params": ("transpose", 2, 4)}
    assert check_claimed(lambda W: ag.sum((W @ x) ** 2), W, slopes)


def test_the_diagonal_of_softmax_only():
    z = [0.2, -0.5, 1.0]
    y = softmax(z)
    report = check_claimed(
        lambda z: ag.dot([1.0, 2.0, 3.0], softmax(z)),
        z,
        [weight * share * (1 - share) for weight, share in zip([1.0, 2.0, 3.0], y, strict=True)],
    )
    assert found(report) == {"params": ("derivatives left out", 3, 3)}
    assert "only that in its own counts" in str(report)


def test_only_the_wrong_ones_are_counted_and_explained():
    report = check_claimed(lambda p: p[0] * p[1] + p[2], [2.0, 3.0, 4.0], [3.0, -2.0, 1.0])
    assert list(map(str, report.diagnoses)) == [
        "params: 1 of 3 entries wrong: at [1]: it has the wrong sign"
    ]


@pytest.mark.parametrize(
    ("rows", "change", "kind", "text"),
    [
        ([1], lambda slope: 0 * slope, "zero", "at [1][0] and [1][1]: every entry is 0"),
        ([0, 2], lambda slope: 3 * slope, "factor", "at [0][0], [0][1], [2][0] and [2][1]: every"),
        ([2], lambda slope: 4 * slope, "gradient left out", "at [2][0] and [2][1]: every entry is"),
        ([0], np.sqrt, "unexplained", "explains [0][0] and [0][1]: try one example and one layer"),
    ],
)
def test_some_rows_of_a_matrix_are_wrong(rows, change, kind, text):
    claimed = RIGHT["W"] + 0
    claimed[rows] = change(abs(claimed[rows]) if kind == "unexplained" else claimed[rows])
    report = check_claimed(classified, {"W": W, "b": B}, {**RIGHT, "W": claimed})
    assert found(report) == {"W": (kind, 2 * len(rows), 6)}
    assert text in str(report)


def test_an_array_of_three_axes_has_no_transpose():
    weights = np.arange(1.0, 9.0).reshape(2, 2, 2)
    report = check_claimed(lambda p: ag.sum((p * weights).ravel()), weights, weights.T)
    assert found(report) == {"params": ("unexplained", 4, 8)}


def test_many_wrong_entries_are_not_all_named():
    x = [0.5 + i for i in range(11)]
    claimed = [3 * i**2 + math.sin(i) for i in x[:9]] + [3 * i**2 for i in x[9:]]
    report = check_claimed(lambda p: ag.sum([each**3 for each in p]), x, claimed)
    assert "known here explains [0], [1], [2] and 6 others: try one example" in str(report)


@pytest.mark.parametrize(
    ("params", "right", "wrong"),
    [
        (0.3, -1.6, 17.0),
        ([0.3, 0.5], [-1.6, 0.0], [17.0, 0.0]),  # nothing is told by 0 either
        ([0.3, 1.0], [-1.6, 4.0], [17.0, 4.0]),
    ],
)
def test_one_wrong_number_is_no_factor(params, right, wrong):
    def f(p):
        return ag.sum([(w * 2.0 - 1) ** 2 for w in (p if isinstance(p, list) else [p])])

    assert check_claimed(f, params, right)
    (diagnosis,) = check_claimed(f, params, wrong).diagnoses
    assert (diagnosis.kind, diagnosis.wrong) == ("unexplained", 1)
    assert "times" not in diagnosis.text


@pytest.mark.parametrize(
    ("factor", "text"),
    [(3.0, "it is 3 times the true one"), (-1 / 5, "it is -1/5 of the true one")],
)
def test_one_wrong_number_may_be_a_whole_multiple(factor, text):
    report = check_claimed(lambda p: p[0] * p[1] + p[2], [2.0, 3.0, 4.0], [3.0, 2 * factor, 1.0])
    assert [str(each) for each in report.diagnoses] == [
        f"params: 1 of 3 entries wrong: at [1]: {text}"
    ]


def test_the_first_entry_that_lacks_something_is_a_wrong_one():
    report = check_claimed(lambda p: relu(p[0]) * 2 + relu(p[1]) * 3, [1.0, -1.0], [2.0, 3.0])
    assert str(report.diagnoses[0]).endswith("; the first wrong entry lacks 0")


def test_a_right_number_in_a_wrong_shape():
    W, x = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 1.0]]), np.array([0.5, -1.0])
    slopes = np.outer(2 * (W @ x), x)
    slopes[0, 0] += 1
    report = check_claimed(lambda W: ag.sum((W @ x) ** 2), W, slopes.T)
    assert [row.verdict for row in report] == ["FAIL"] + 5 * ["shape"]
    assert "shape: the right number, but in an array of another shape than its" in str(report)
    assert found(report) == {"params": ("shape", 6, 6)}


def test_at_a_kink_a_wrong_shape_is_told_too():
    report = check_claimed(lambda p: relu(p[0]) + relu(p[1]), np.zeros(2), np.zeros((4, 2)))
    assert [row.verdict for row in report] == ["kink", "kink"]
    assert found(report) == {"params": ("sum missing", 2, 2)}


def test_no_square_is_asked_for_where_there_is_none():
    report = check_claimed(lambda p: 6 * tanh(p[0]) + 8 * p[1] ** 3, [0.0, 1.0], [3.0, 12.0])
    assert [each.text for each in report.diagnoses] == ["every entry is 1/2 of the true one"]


def test_the_gradients_of_a_tall_and_of_a_wide_layer_swapped():
    x, params = np.array([0.5, -1.0]), {"W": np.eye(3)[:, :2] + 0.2, "V": np.ones((2, 3))}

    def loss(p):
        return ag.sum(p["V"] @ np.tanh(p["W"] @ x))

    h = np.tanh(params["W"] @ x)
    right = {"W": np.outer(2 * (1 - h * h), x), "V": np.outer([1.0, 1.0], h)}
    assert check_claimed(loss, params, right)
    report = check_claimed(loss, params, {"W": right["V"], "V": right["W"]})
    assert [str(each) for each in report.diagnoses] == [
        "W: all 6 entries wrong: it is the gradient of V",
        "V: all 6 entries wrong: it is the gradient of W",
    ]


def test_the_gradients_of_two_numbers_each_swapped_and_of_one():
    """One number may be the gradient of another by coincidence."""
    params = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": 5.0, "d": 15.0}
    report = check_claimed(
        lambda p: ag.dot(p["a"], [2.0, 3.0]) + ag.dot(p["b"], [5.0, 7.0]) + p["c"] * p["d"],
        params,
        {"a": [5.0, 7.0], "b": [2.0, 3.0], "c": 5.0, "d": 5.0},
    )
    assert [str(each) for each in report.diagnoses] == [
        "a: all 2 entries wrong: it is the gradient of b",
        "b: all 2 entries wrong: it is the gradient of a",
        "c: wrong: it is 1/3 of the true one",
    ]


def test_a_part_of_the_gradient_of_another_is_not_that_gradient():
    w, b = [1.5, 0.5, 2.0], [0.3, 0.7]

    def f(p):
        return p["w"][0] ** 2 * p["w"][1] * p["w"][2] * p["b"][0] * p["b"][1] ** 3

    product = w[0] ** 2 * w[1] * w[2] * b[0] * b[1] ** 3
    slopes = [2 * product / w[0], product / w[1], product / w[2]]
    report = check_claimed(
        f,
        {"w": w, "b": b},
        {"w": slopes, "b": slopes[:2]},
    )
    assert found(report) == {"b": ("unexplained", 2, 2)}
    of_b = [product / b[0], 3 * product / b[1]]
    report = check_claimed(
        f,
        {"w": w, "b": b},
        {"w": [*of_b, 1.0], "b": of_b},
    )
    assert found(report) == {"w": ("unexplained", 3, 3)}


def test_where_all_entries_of_a_long_array_are_wrong_none_is_named():
    n = 260
    weights = [1.0 + i for i in range(n)]
    report = check_claimed(
        lambda p: ag.dot(p, weights), [1.0] * n, [math.sqrt(w) + w for w in weights]
    )
    assert str(report.diagnoses[0]) == (
        "params: all 260 entries wrong: no single mistake known here explains it: try one example "
        "and one layer at a time"
    )
