"""What `fit` checks before the first step."""

import math

import numpy as np
import pytest

from nn import MLP, mse, softmax_cross_entropy
from nn.data import Data

NAN, INF = math.nan, math.inf


def test_rows_are_lists_of_floats():
    for X, y in (
        ([[1, 2], (3, True), np.array([5, 6], dtype=np.int8)], (7, 8, 9)),
        (np.array([[1, 2], [3, 1], [5, 6]], dtype=np.uint8), np.array([7, 8, 9])),
        (np.array([[1, 2], [3, 1], [5, 6]], dtype=object), [np.float32(7), np.int8(8), 9]),
    ):
        data = Data(X, y)
        assert len(data) == 3
        rows, targets = data.rows([2, 0])
        assert (rows, targets) == ([[5.0, 6.0], [1.0, 2.0]], [9.0, 7.0])
        assert {type(number) for number in [*rows[0], *rows[1], *targets]} == {float}


def test_targets_may_be_rows():
    for y in ([[1, 0], [0, 1]], np.eye(2)):
        assert Data([[1.0], [2.0]], y).rows([1]) == ([[2.0]], [[0.0, 1.0]])


def test_whatever_numpy_makes_an_array_of():
    class Frame:
        def __array__(self, dtype=None, copy=None):
            return np.array([[1.0], [NAN]], dtype=dtype, copy=copy)

    with pytest.raises(ValueError, match=r"X\[1\]\[0\] is nan"):
        Data(Frame(), [1, 2])


def test_the_data_given_is_left_alone():
    X, y = np.ones((2, 2)), [1, 0]
    data = Data(X, y)
    data.X[0, 0] = 5.0
    data.y[0] = 5.0
    assert X[0, 0] == y[0] == 1


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        ([], [], ValueError, "^X is empty"),
        (np.empty((0, 3)), [], ValueError, "^X is empty"),
        ([[1.0]], [], ValueError, "^y is empty"),
        ([[1.0], [2.0]], [1], ValueError, "^X has 2 rows, but y has 1$"),
        (np.ones((2, 1)), np.ones(3), ValueError, "^X has 2 rows, but y has 3$"),
        ([[1, 2], [3, 4], [5]], [1, 2, 3], ValueError, r"^X\[2\] has 1 numbers, but X\[0\] has 2"),
        ([[1, 2], 3], [1, 2], ValueError, r"^X\[1\] has no row but 3, but X\[0\] has 2"),
        ([[1], [2]], [[1, 2], [3]], ValueError, r"^y\[1\] has 1 numbers, but y\[0\] has 2"),
        ([[1, 2], [3, NAN]], [1, 2], ValueError, r"^X\[1\]\[1\] is nan: every number must be"),
        (np.array([[1, 2], [3, -INF]]), [1, 2], ValueError, r"^X\[1\]\[1\] is -inf: every"),
        ([[1], [2]], [1, INF], ValueError, r"^y\[1\] is inf"),
        ([[1], [2]], np.array([1, NAN]), ValueError, r"^y\[1\] is nan"),
        ([1, 2], [1, 2], ValueError, r"^X\[0\] is a number.* write X = \[\[x\] for x in X\]"),
        (np.ones(2), [1, 2], ValueError, r"^X\[0\] is a number"),
        (np.ones((2, 2, 2)), [1, 2], ValueError, r"^X has shape \(2, 2, 2\): a row of numbers"),
        ([["1", "a"]], [1], TypeError, r"^X\[0\]\[0\]: expected one real number, got '1'"),
        (
            np.array([["1", "a"]]),
            [1],
            TypeError,
            r"^X\[0\]\[0\]: expected one real number, got '1'",
        ),
        ([[1], [2]], [1, None], TypeError, r"^y\[1\]: expected one real number, got None"),
        ([[1], [2]], [1, [2]], TypeError, r"^y\[1\]: expected one real number, got \[2\]"),
        (None, [1], TypeError, "^X is a list of rows or an array, got None"),
        ([[1]], "1", TypeError, "^y is a list of rows or an array, got '1'"),
    ],
)
def test_what_it_refuses(X, y, error, message):
    with pytest.raises(error, match=message):
        Data(X, y)


def test_errors_carry_the_name():
    with pytest.raises(ValueError, match=r"^validation X\[0\]\[0\] is nan"):
        Data([[NAN]], [1], name="validation ")


def test_the_model_must_read_the_rows():
    with pytest.raises(
        ValueError, match=r"^X\[0\] does not fit .* takes 3 inputs, but was given 2"
    ):
        Data([[1, 2]], [1]).check_against(MLP(3, [1]), mse)


def test_the_loss_must_read_every_target():
    data = Data([[1, 2]] * 4, [0, 2, 3, 7])
    with pytest.raises(
        ValueError, match=r"^y\[2\]: class 3\.0 is out of range: 3 logits .* 0 to 2"
    ):
        data.check_against(MLP(2, [3]), softmax_cross_entropy)
    shares = Data([[1, 2]] * 3, np.array([[1, 0], [0, 1], [1, 1]]))
    with pytest.raises(ValueError, match=r"^y\[2\]: the shares of a target sum to 1"):
        shares.check_against(MLP(2, [2]), softmax_cross_entropy)
    column = Data([[1, 2]] * 2, [[1], [0]])
    with pytest.raises(ValueError, match=r"^y\[0\]: .* a number against a list of 1"):
        column.check_against(MLP(2, [1]), mse)


def test_a_loss_of_ones_own_is_not_called():
    Data([[1, 2]], [1]).check_against(MLP(2, [1]), lambda *_: 1 / 0)


def test_a_checksum_tells_data_apart():
    X, y = [[1.0, 2.0], [3.0, 4.0]], [0, 1]
    same = [Data(X, y), Data(np.array(X), np.array(y)), Data(np.asfortranarray(X), y)]
    assert len({data.checksum() for data in same}) == 1
    others = [Data(X[::-1], y), Data(X, y[::-1]), Data(X, [[0], [1]]), Data([[1, 2], [3, 4.5]], y)]
    assert len({data.checksum() for data in (same[0], *others)}) == 4  # a column is as its numbers
