"""A training kept to be looked at: the parameters as they were, epoch by epoch."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import repeat
from typing import Any

from autograd_mini import Value, explore
from autograd_mini.lift import lift
from nn.callbacks import Epoch
from nn.data import Data
from nn.engines import worth_lifting
from nn.module import Module
from nn.state import set_all
from nn.trials import evaluating, untouched


class Recorder:
    """A callback of `fit` that records the training of a model of two inputs, for `explore()`.

    `X` are n pairs and `y` n numbers, the points that are shown; every so many epochs
    are recorded, as `every` says, and `epochs` are their numbers. Epoch 0 is the network as it was
    when the recorder was made; a training that goes on from a checkpoint has none. `losses` are
    those of the recorded networks on these points, where the history's are measured before each
    update. TypeError if the rows are no pairs, the targets no numbers, or the model's answer to a
    point is not one number; ValueError for data that `fit` would not take.

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
        self.data = Data(X, y)
        self.points, self.targets = self.data.rows(range(len(self.data)))
        if len(self.points[0]) != 2:
            raise TypeError("X must be rows of two numbers: what is shown is a plane")
        if isinstance(self.targets[0], list):
            raise TypeError(f"y[0] is {self.targets[0]}: write one number for each row of X")
        if every < 1:
            raise ValueError(f"every is {every}: write after how many epochs to record, at least 1")
        self.model, self.every = model, every
        with untouched(model), evaluating(model):
            answer = model(self.points[0])
        if not isinstance(answer, Value):
            found = f"a list of {len(answer)}" if isinstance(answer, list) else repr(answer)
            raise TypeError(
                f"the model answers {self.points[0]} with {found}, and what is shown over the "
                f"plane is one number: end the model in one output, as in MLP(2, [3, 1])"
            )
        self.parameters: Sequence[Value] = list(model.parameters())
        self.untrained = self._numbers()
        self.inputs: Sequence[Value] = ()
        self.loss_function: Any = None
        self.epochs: list[int] = []
        self.numbers: list[list[float]] = []

    def __call__(self, epoch: Epoch) -> None:
        """Record the epoch, if it is one of those to be recorded.

        ValueError if the training's loss does not take the recorder's targets.
        """
        if epoch.loss_function is not self.loss_function:
            with untouched(self.model), evaluating(self.model):
                self.data.check_against(self.model, epoch.loss_function)
            self.loss_function = epoch.loss_function
        if epoch.number == 1 and not self.epochs:
            self._record(0, self.untrained)
        if epoch.number % self.every == 0:
            self._record(epoch.number, self._numbers())

    def _record(self, number: int, numbers: list[float]) -> None:
        self.epochs.append(number)
        self.numbers.append(numbers)

    def _numbers(self) -> list[float]:
        return [parameter.data for parameter in self.parameters]

    @property
    def losses(self) -> list[float]:
        """The loss of each recorded network on the recorder's data, computed when asked for."""
        with untouched(self.model), evaluating(self.model):
            return [float(self.loss_function(each, self.targets)) for each in self._answers()]

    def _answers(self) -> list[list[float]]:
        """What each recorded network says to every point."""
        if worth_lifting(len(self.points) * len(self.numbers), len(self.parameters)):
            row = [Value(x) for x in self.points[0]]
            with suppress(Exception):  # no NumPy, or a model that one program cannot stand for
                program: Any = lift(
                    lambda: self.model(row), wrt=self.parameters, inputs=row, reduction="none"
                )
                return [program.value(each, self.points).tolist() for each in self.numbers]
        now = self._numbers()
        try:
            return [self._answers_with(each) for each in self.numbers]
        finally:
            set_all(self.parameters, repeat("data"), now)

    def _answers_with(self, numbers: list[float]) -> list[float]:
        set_all(self.parameters, repeat("data"), numbers)
        return [float(self.model(point)) for point in self.points]

    def explore(self, *, lang: str = "en", limit: int = 2000) -> Any:
        """A page with a slider over time: the boundary, the loss, the graph with its weights.

        A point that is clicked opens its own graph, of at most `limit` nodes, as in
        `autograd_mini.explore`. ValueError if nothing was recorded, or the graph is larger.
        """
        self.inputs = [Value(x, f"x{i}") for i, x in enumerate(self.points[0])]
        with untouched(self.model):
            self.model.eval()
            out = self.model(self.inputs)
        out.label = "answer"
        return explore(out, lang=lang, training=self, limit=limit)
