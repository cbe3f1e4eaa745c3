"""Values and slopes at 50 digits from mpmath; gradients of unwieldy ones in tests/crosscheck."""

import mpmath
import numpy as np
import pytest

from autograd_mini import Value, sigmoid
from autograd_mini.lift import lift
from nn import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge,
    mse,
    softmax_cross_entropy,
    sse,
)
from nn.losses import LOSSES

LOGITS = [
    *([0.3, -1.2, 2.0], [0.0, 0.0, 0.0], [40.0, 0.0, -3.0], [-500.0, 0.25, 0.5]),
    *([1000.0, -1000.0, 999.0], [-1000.0, -1000.0, 1000.0]),
]


def values(tree):
    return [values(branch) for branch in tree] if isinstance(tree, list) else Value(tree)


def flat(tree):
    return [x for branch in tree for x in flat(branch)] if isinstance(tree, list) else [tree]


def loss_and_slopes(loss, predictions, targets, **options):
    inputs = values(predictions)
    out = loss(inputs, targets, **options)
    out.backward()
    return out.data, [x.grad for x in flat(inputs)]


def exact(number):
    """The nearest float of an mpmath number, however small."""
    return pytest.approx(float(number), rel=1e-14, abs=0.0)


# ---- squared errors


def test_squared_errors():
    predictions, targets = [[1.0, 2.0], [3.0, 5.0]], [[0.0, 2.0], [6.0, 4.0]]
    assert loss_and_slopes(sse, predictions, targets) == (11.0, [2.0, 0.0, -6.0, 2.0])
    assert loss_and_slopes(mse, predictions, targets) == (2.75, [0.5, 0.0, -1.5, 0.5])
    assert mse(values(predictions), targets, reduction="sum").data == 11.0
    assert sse(values(predictions), targets, reduction="mean").data == 2.75


def test_one_example_or_a_batch():
    assert loss_and_slopes(mse, 5.0, 3.0) == (4.0, [4.0])
    assert loss_and_slopes(mse, [5.0, 1.0], [3.0, 1.0]) == (2.0, [2.0, 0.0])


# ---- hinge


def test_hinge():
    predictions, targets = [0.25, 3.0, -0.5, -2.0, 1.0], [1, 1, 1, -1, 1]
    slopes = [-1.0, 0.0, -1.0, 0.0, 0.0]  # none from the margin on, where the kink is
    assert loss_and_slopes(hinge, predictions, targets, reduction="sum") == (2.25, slopes)
    assert hinge(predictions, targets) == 0.45
    assert loss_and_slopes(hinge, [[0.5]], [[-1]]) == (1.5, [1.0])


@pytest.mark.parametrize("label", [0, 2, 0.5])
def test_hinge_has_labels_of_its_own(label):
    with pytest.raises(ValueError, match=rf"target {float(label)} is not -1 or 1: .* 2 \* y - 1"):
        hinge([0.5, 0.5], [1, label])


# ---- binary cross-entropy


@pytest.mark.parametrize("t", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("p", [0.5, 1e-300, 1e-17, 0.999999, 0.2])
def test_binary_cross_entropy_keeps_its_digits(p, t):
    with mpmath.workdps(400):
        p_, t_ = mpmath.mpf(p), mpmath.mpf(t)
        out = -(t_ * mpmath.log(p_) + (1 - t_) * mpmath.log(1 - p_))
        slope = -t_ / p_ + (1 - t_) / (1 - p_)
    assert loss_and_slopes(binary_cross_entropy, [p], [t]) == (exact(out), [exact(slope)])


@pytest.mark.parametrize(("p", "t"), [(0.0, 0.0), (1.0, 1.0)])
def test_binary_cross_entropy_of_certainty(p, t):
    assert loss_and_slopes(binary_cross_entropy, [p], [t]) == (0.0, [1.0 - 2.0 * t])
    assert binary_cross_entropy([1.0 - p], [t]) == float("inf")


@pytest.mark.parametrize("t", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [0.0, 2.5, -2.5, 40.0, -40.0, 700.0, -700.0, 1000.0, -1000.0])
def test_binary_cross_entropy_with_logits_is_exact_everywhere(z, t):
    with mpmath.workdps(900):
        p, t_ = 1 / (1 + mpmath.exp(-mpmath.mpf(z))), mpmath.mpf(t)
        out = -(t_ * mpmath.log(p) + (1 - t_) * mpmath.log(1 - p))
        slope = p - t_
    loss, (derivative,) = loss_and_slopes(binary_cross_entropy_with_logits, [z], [t])
    assert loss == exact(out)
    assert derivative == exact(slope)


def test_with_logits_is_the_cross_entropy_of_the_sigmoid():
    logits, targets = [0.3, -1.2, 2.0], [1, 0, 0]
    by_hand = binary_cross_entropy([sigmoid(z) for z in logits], targets)
    assert binary_cross_entropy_with_logits(logits, targets) == pytest.approx(by_hand, rel=1e-14)


@pytest.mark.parametrize("loss", [binary_cross_entropy, binary_cross_entropy_with_logits])
def test_binary_reductions(loss):
    both = [loss([0.3], [1]), loss([0.8], [0])]
    assert loss([0.3, 0.8], [1, 0], reduction="sum") == pytest.approx(sum(both), rel=1e-15)
    assert loss([0.3, 0.8], [1, 0]) == pytest.approx(sum(both) / 2, rel=1e-15)


@pytest.mark.parametrize("loss", [binary_cross_entropy, binary_cross_entropy_with_logits])
@pytest.mark.parametrize("label", [-1, 2, 1.5, float("nan")])
def test_binary_labels_out_of_range(loss, label):
    with pytest.raises(ValueError, match=rf"target {float(label)} is not in \[0, 1\]: .* 0 and 1"):
        loss([0.5], [label])


@pytest.mark.parametrize("p", [-0.1, 1.3, float("nan")])
def test_a_logit_is_no_probability(p):
    with pytest.raises(
        ValueError, match=f"prediction {p} is not .* binary_cross_entropy_with_logits"
    ):
        binary_cross_entropy([Value(p)], [1])


# ---- softmax cross-entropy


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_softmax_cross_entropy_is_exact_everywhere(logits, wanted):
    one_hot = [float(i == wanted) for i in range(3)]
    with mpmath.workdps(1800):
        powers = [mpmath.exp(mpmath.mpf(z)) for z in logits]
        shares = [power / mpmath.fsum(powers) for power in powers]
        out = exact(-mpmath.log(shares[wanted]))
        slopes = [exact(share - hot) for share, hot in zip(shares, one_hot, strict=True)]
    assert loss_and_slopes(softmax_cross_entropy, logits, wanted) == (out, slopes)
    assert loss_and_slopes(softmax_cross_entropy, logits, one_hot) == (out, slopes)


@pytest.mark.parametrize("target", [1, [0, 1]])
def test_a_class_without_a_share_has_no_term(target):
    """The logit -inf of a class that is ruled out; lifted too."""
    x = [-np.inf, 1.0]
    assert loss_and_slopes(softmax_cross_entropy, x, target) == (0.0, [0.0, 0.0])
    logits = [Value(0.5), Value(0.5)]
    program = lift(lambda: softmax_cross_entropy(logits, target), wrt=logits)
    out, slopes = program.value_and_grad(np.array(x))
    assert (out, slopes.tolist()) == (0.0, [0.0, 0.0])


def test_softer_targets():
    logits, target = [0.3, -1.2, 2.0], [0.5, 0.2, 0.3]
    weighted = [
        share * softmax_cross_entropy(logits, wanted) for wanted, share in enumerate(target)
    ]
    assert softmax_cross_entropy(logits, target) == pytest.approx(sum(weighted), rel=1e-14)


def test_softmax_batches():
    rows, targets = [[0.3, -1.2, 2.0], [1.0, 0.0, 0.5]], [2, 0]
    each = [softmax_cross_entropy(row, target) for row, target in zip(rows, targets, strict=True)]
    total = softmax_cross_entropy(rows, targets, reduction="sum")
    assert total == pytest.approx(sum(each), rel=1e-15)
    assert softmax_cross_entropy(rows, targets) == pytest.approx(total / 2, rel=1e-15)
    for wanted in ([2.0, 0.0], np.array([2, 0]), [(0, 0, 1), (1, 0, 0)], np.eye(3)[[2, 0]]):
        assert softmax_cross_entropy(np.array(rows), wanted) == pytest.approx(total / 2, rel=1e-15)


@pytest.mark.parametrize("wanted", [3, -1, 1.5, float("nan"), "1"])
def test_a_class_out_of_range(wanted):
    with pytest.raises(ValueError, match=f"class {wanted!r} is out of range: 3 logits .* 0 to 2"):
        softmax_cross_entropy([[0.1, 0.2, 0.3]], [wanted])


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        ([[1.0, 2.0, 3.0]], [[1, 0]], "3 logits need 3 shares, but the target has 2"),
        ([[1.0, 2.0]], [[1, 1]], r"sum to 1, those of \[1, 1\] do not"),
        ([[1.0, 2.0]], [[2, -1]], r"share 2\.0 is not in \[0, 1\]"),
        (0.5, 1, "got one number: .* binary_cross_entropy_with_logits"),
        ([0.5, 0.2], [[0, 1]], "2 logits need 2 shares, but the target has 1"),
        ([[0.5, 0.2]], [0, 1], "1 predictions need as many targets, but got a list of 2"),
        ([[0.5, 0.2]], 1, "1 predictions need as many targets, but got a number"),
    ],
)
def test_softmax_shapes(logits, targets, message):
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(logits, targets)


# ---- all of them


def test_losses_by_name():
    assert list(LOSSES) == [
        *("mse", "sse", "hinge", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
        "softmax_cross_entropy",
    ]


@pytest.mark.parametrize("loss", [mse, binary_cross_entropy, binary_cross_entropy_with_logits])
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_numbers_in_a_float_out(loss, kind):
    out = loss(kind([0.3, 0.8]), kind([1, 0]))
    assert isinstance(out, float)
    assert loss(values([0.3, 0.8]), [1, 0]).data == out


@pytest.mark.parametrize("loss", [mse, sse, binary_cross_entropy, binary_cross_entropy_with_logits])
@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        ([0.1, 0.2], [1], "2 predictions need as many targets, but got a list of 1"),
        ([0.1, 0.2], [[1], [0]], "differ in shape: a number against a list of 1"),
        ([[0.1], [0.2]], [1, 0], "differ in shape: a list of 1 against a number"),
        ([], [], "at least one prediction"),
    ],
)
def test_shapes_must_agree(loss, predictions, targets, message):
    with pytest.raises(ValueError, match=message):
        loss(predictions, targets)


@pytest.mark.parametrize(
    ("loss", "predictions", "targets"),
    [
        (mse, [[0.5, 2.0], [1.0, 0.0]], [[0, 1], [1, 1]]),
        (sse, [0.5, 2.0], [0, 1]),
        (hinge, [0.5, 2.0], [-1, 1]),
        (binary_cross_entropy, [0.5, 0.2], [0, 1]),
        (binary_cross_entropy_with_logits, [0.5, 2.0], [0, 1]),
    ],
)
def test_without_a_reduction_terms_are_nested_as_the_predictions(loss, predictions, targets):
    terms = loss(predictions, targets, reduction="none")
    assert np.shape(terms) == np.shape(predictions)
    assert flat(terms) == [
        loss(*pair) for pair in zip(*map(flat, (predictions, targets)), strict=True)
    ]
    with_values = loss(values(predictions), targets, reduction="none")
    assert [term.data for term in flat(with_values)] == flat(terms)


def test_softmax_without_a_reduction():
    rows, targets = [[0.3, -1.2, 2.0], [1.0, 0.0, 0.5]], [2, [0.5, 0.5, 0.0]]
    each = [softmax_cross_entropy(row, target) for row, target in zip(rows, targets, strict=True)]
    assert softmax_cross_entropy(rows, targets, reduction="none") == each
    assert softmax_cross_entropy(rows[0], 2, reduction="none") == each[0]


def test_unknown_reduction():
    with pytest.raises(ValueError, match="unknown reduction 'avg': use one of mean, sum, none"):
        mse([1.0], [2.0], reduction="avg")
