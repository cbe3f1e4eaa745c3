"""What a page is told of a training."""

from types import SimpleNamespace

import pytest

from autograd_mini import Value
from autograd_mini.show.training import recorded
from autograd_mini.story import tell


@pytest.fixture
def training():
    inputs = [Value(1.0, "x0"), Value(2.0, "x1")]
    weight, unused = Value(3.0, "w"), Value(4.0, "unused")
    return SimpleNamespace(
        inputs=inputs, points=[(0, 1), (1, 0)], targets=[-1, 1], parameters=[unused, weight],
        epochs=[1, 2], losses=[0.5, 0.25], numbers=[[4.0, 3.5], [4.0, 1 / 3]],
    )  # fmt: skip


def answer(training):
    x0, x1 = training.inputs
    return x0 * training.parameters[1] + x1


def test_leaves_are_told_by_their_places(training):
    out = answer(training)
    told = recorded(training, out, tell(out))
    names = [node.label for node in tell(out).nodes]
    assert [names[place] for place in told["inputs"]] == ["x0", "x1"]
    assert [names[place] for place in told["parameters"]] == ["w"]
    assert told["numbers"] == [[3.5], [0.333333333]]
    assert (told["threshold"], told["spread"]) == (0.0, 1.0)
    assert told["points"] == [[0.0, 1.0], [1.0, 0.0]]


def test_a_training_of_another_graph_is_refused(training):
    other = Value(1.0) * 2
    with pytest.raises(ValueError, match="from both of which the Value was computed"):
        recorded(training, other, tell(other))


def test_a_training_that_nobody_recorded_is_refused(training):
    training.epochs = []
    out = answer(training)
    with pytest.raises(ValueError, match=r"give fit the recorder, as in callbacks=\[recorder\]"):
        recorded(training, out, tell(out))
