"""Accuracies of a few examples counted by hand."""

import numpy as np
import pytest

from autograd_mini import Value
from nn import accuracy, binary_accuracy

LOGITS = [[0.1, 2.0, -1.0], [3.0, 0.0, 1.0], [0.0, 0.5, 0.4], [1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    "targets",
    [
        [1, 0, 2, 0],
        [1.0, 0.0, 2.0, 0.0],
        np.array([1, 0, 2, 0]),
        [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0.8, 0.1, 0.1]],
    ],
)
def test_accuracy_counts_the_largest_output(targets):
    assert accuracy(LOGITS, targets) == 0.5
    assert accuracy([[Value(z) for z in row] for row in LOGITS], targets) == 0.5


def test_where_an_output_is_nan_nothing_is_hit():
    nan = float("nan")
    assert accuracy([[nan, nan], [nan, 1.0], [1.0, nan], [1.0, 0.0]], [0, 1, 0, 0]) == 0.25
    assert binary_accuracy([nan, nan, 0.1], [0, 1, 0]) == 1 / 3


def test_accuracy_of_one_output_says_what_to_use():
    with pytest.raises(ValueError, match=r"one per class, but got one number: .* binary_accuracy"):
        accuracy([Value(0.3)], [1])


def test_binary_accuracy_compares_with_the_threshold():
    assert binary_accuracy([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 1]) == 0.5
    assert (
        binary_accuracy([Value(0.2), Value(-3.0), Value(0.1)], [1, -1, -1], threshold=0.0) == 2 / 3
    )
    assert binary_accuracy([3.0, 1.0], [1, 1], threshold=2.0) == 0.5
