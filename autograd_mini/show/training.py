"""What a page needs to show a training: the network's numbers at recorded steps."""

from collections.abc import Sequence
from typing import Any, Protocol

from autograd_mini.graph import topological_order
from autograd_mini.story import tell
from autograd_mini.value import Value


class Training(Protocol):
    """A recorded training of a model that takes two numbers.

    `inputs` are the two leaves that a point goes into; `points` are n pairs and `targets` n
    numbers. `parameters` are the leaves that were trained; entry i of `numbers` holds a number
    for each of them after step `steps[i]`, when the loss was `losses[i]`.
    """

    inputs: Sequence[Value]
    points: Sequence[Sequence[float]]
    targets: Sequence[float]
    parameters: Sequence[Value]
    steps: Sequence[int]
    losses: Sequence[float]
    numbers: Sequence[Sequence[float]]


def recorded(training: Training, root: Value) -> dict[str, Any]:
    """The training as the page reads it, its leaves by their places in the story of `root`.

    A parameter that `root` does not depend on is left out. ValueError if nothing was recorded, or
    if `root` was not computed from both inputs.
    """
    if not training.steps:
        raise ValueError("no step of the training was recorded: record while it runs")
    values = [node.id for node in tell(root).nodes if not node.is_constant]
    place = dict(zip(topological_order(root), values, strict=True))
    if len(training.inputs) != 2 or not all(x in place for x in training.inputs):
        raise ValueError(
            "a training is shown for a network of two inputs, from both of which the Value was "
            "computed"
        )
    kept = [i for i, parameter in enumerate(training.parameters) if parameter in place]
    low, high = min(training.targets), max(training.targets)
    return {
        "inputs": [place[x] for x in training.inputs],
        "points": [[float(x) for x in point] for point in training.points],
        "targets": [float(target) for target in training.targets],
        "threshold": (low + high) / 2,
        "spread": (high - low) / 2 or 1.0,
        "parameters": [place[training.parameters[i]] for i in kept],
        "steps": list(training.steps),
        "losses": list(training.losses),
        "numbers": [[float(f"{row[i]:.9g}") for i in kept] for row in training.numbers],
    }
