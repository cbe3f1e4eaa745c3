"""A training kept to be looked at: the parameters as they were, epoch by epoch."""

from collections.abc import Sequence
from typing import Any

from autograd_mini import Value, explore
from nn.callbacks import Epoch
from nn.module import Module


class Recorder:
    """A callback of `fit` that records the training of a model of two inputs, for `explore()`.

    `X` are n pairs and `y` n numbers, the points that are shown; every so many epochs
    are recorded, as `every` says, and `epochs` are their numbers. Epoch 0 is the network as it was
    when the recorder was made, with the loss of the first epoch, which is measured before each
    update; a training that goes on from a checkpoint has none. TypeError if the rows are no pairs
    or the targets no numbers.

    >>> import nn
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
    >>> model = nn.MLP(2, [1], output="sigmoid", seed=1)
    >>> recorder = nn.Recorder(model, X, y, every=10)
    >>> history = nn.fit(model, X, y, loss="mse", epochs=20, callbacks=[recorder],
    ...                  optimizer=nn.SGD(model.parameters(), lr=1.0))
    >>> recorder.epochs
    [0, 10, 20]
    >>> path = recorder.explore().save("out/training.html")  # doctest: +SKIP
    """

    def __init__(self, model: Module, X: Any, y: Any, *, every: int = 1) -> None:
        self.points = [[float(x) for x in row] for row in X]
        if not all(len(point) == 2 for point in self.points):
            raise TypeError("X must be rows of two numbers: what is shown is a plane")
        self.targets = [float(target) for target in y]
        if len(self.points) != len(self.targets):
            raise ValueError(f"{len(self.points)} rows of X, but {len(self.targets)} targets")
        if every < 1:
            raise ValueError(f"every is {every}: write after how many epochs to record, at least 1")
        self.model, self.every = model, every
        self.parameters: Sequence[Value] = list(model.parameters())
        self.untrained = self._numbers()
        self.inputs: Sequence[Value] = ()
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.numbers: list[list[float]] = []

    def __call__(self, epoch: Epoch) -> None:
        """Record the epoch, if it is one of those to be recorded."""
        if epoch.number == 1 and not self.epochs:
            self._record(0, epoch.loss, self.untrained)
        if epoch.number % self.every == 0:
            self._record(epoch.number, epoch.loss, self._numbers())

    def _record(self, number: int, loss: float, numbers: list[float]) -> None:
        self.epochs.append(number)
        self.losses.append(loss)
        self.numbers.append(numbers)

    def _numbers(self) -> list[float]:
        return [parameter.data for parameter in self.parameters]

    def explore(self, *, lang: str = "en") -> Any:
        """A page with a slider over time: the boundary, the loss, the graph with its weights.

        A point that is clicked opens its own graph, as in `autograd_mini.explore`. ValueError if
        nothing was recorded.
        """
        self.inputs = [Value(x, f"x{i}") for i, x in enumerate(self.points[0])]
        was_training = self.model.training
        self.model.eval()
        out = self.model(self.inputs)
        self.model.train(was_training)
        out.label = "answer"
        return explore(out, lang=lang, training=self)
