"""What a page needs to show a training: the network's numbers after recorded epochs."""

# ruff: noqa: D102 (the class says what its properties are)

from collections.abc import Sequence
from typing import Any, Protocol

from autograd_mini.story import Story, places
from autograd_mini.value import Value


class Training(Protocol):
    """A recorded training of a model that takes two numbers.

    `inputs` are the two leaves that a point goes into; `points` are n pairs and `targets` n
    numbers. `parameters` are the leaves that were trained; entry i of `numbers` holds a number
    for each of them after epoch `epochs[i]`, when the loss was `losses[i]`.
    """

    @property
    def inputs(self) -> Sequence[Value]: ...
    @property
    def points(self) -> Sequence[Sequence[float]]: ...
    @property
    def targets(self) -> Sequence[float]: ...
    @property
    def parameters(self) -> Sequence[Value]: ...
    @property
    def epochs(self) -> Sequence[int]: ...
    @property
    def losses(self) -> Sequence[float]: ...
    @property
    def numbers(self) -> Sequence[Sequence[float]]: ...


def recorded(training: Training, root: Value, story: Story) -> dict[str, Any]:
    """The training as the page reads it, its leaves by their places in `story`, that of `root`.

    A parameter that `root` does not depend on is left out. ValueError if nothing was recorded, or
    if `root` was not computed from both inputs.
    """
    if not training.epochs:
        raise ValueError("no epoch was recorded: give fit the recorder, as in callbacks=[recorder]")
    place = places(story, root)
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
        "epochs": list(training.epochs),
        "losses": list(training.losses),
        "numbers": [[float(f"{row[i]:.9g}") for i in kept] for row in training.numbers],
    }
