"""What `fit` makes its steps with: two engines with the same methods, and the same numbers."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from autograd_mini import Value
from autograd_mini.lift import lift, record
from nn.data import Data
from nn.losses import (
    LOSSES,
    SHARES,
    Loss,
    base_of,
    binary_cross_entropy,
    reduction_of,
    softmax_cross_entropy,
)
from nn.module import Module
from nn.optim import Optimizer
from nn.trials import evaluating, untouched

ENGINES = ("auto", "eager", "lifted")

#: From how many examples on, and examples times parameters, lifting takes less time than it saves.
WORTH_LIFTING = 100, 50_000

#: On how many numbers an optimiser's rule is tried.
TRIED = 8


class Eager:
    """Every example is recorded, operation by operation, on Values."""

    name = "eager"

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer, data: Data) -> None:
        self.model, self.loss, self.optimizer, self.data = model, loss, optimizer, data

    def step(self, batch: Sequence[int], predicting: bool) -> tuple[float, Any]:  # noqa: ARG002
        """Learn from the rows at these indices; return their loss and predictions before that.

        Both are returned as numbers, so that the graph of the batch is freed here.
        """
        rows, targets = self.data.rows(batch)
        self.optimizer.zero_grad()
        predictions = [self.model(row) for row in rows]
        value = _one_value(self.loss(predictions, targets))
        if not value.parents:
            raise ValueError(
                "the loss depends on no parameter, so there is nothing to learn: does the model "
                "compute with .data, or under no_grad()?"
            )
        value.backward()
        self.optimizer.step()
        return value.data, _numbers(predictions)

    def evaluate(self, data: Data, predicting: bool) -> tuple[float, Any]:  # noqa: ARG002
        """The loss of all rows and the predictions, in evaluation mode."""
        rows, targets = data.rows(range(len(data)))
        with evaluating(self.model):
            predictions = [_numbers(self.model(row)) for row in rows]
            return float(self.loss(predictions, targets)), predictions

    def publish(self) -> None:
        """Let the Values hold the numbers after the last step; they do."""

    def resume(self) -> None:
        """Go on from the numbers in the Values."""


class Lifted:
    """One example is recorded, and its graph lifted; batches run through the array program.

    The numbers live in `numbers`, one for each of the optimiser's parameters, what the optimiser
    remembers of them in `memory`. Both are replaced as a whole: an interrupt finds those before a
    step or those after it.

    RuntimeError if the lifted program might not be what the model computes: if two calls in a row
    compute different things. Not noticed is a model that changes later, as by counting its calls
    up to the fiftieth: a program calls nothing. Train such a model with the eager engine.
    """

    name = "lifted"

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer, data: Data) -> None:
        self.model, self.optimizer = model, optimizer
        self._check(loss, optimizer)
        with evaluating(model):
            example = model(data.rows([0])[0][0])
        self.classes = 0
        if base_of(loss) is softmax_cross_entropy and not hasattr(data.y[0], "__len__"):
            self.classes = len(example)
        self.row = [Value(x, f"x.{i}") for i, x in enumerate(data.rows([0])[0][0])]
        self.target = self._target(data)
        self.loss = loss
        self.recording: Any = None
        self.program: Any = None
        self._predict: Any = None
        self.numbers: Any = None
        self.memory: list[Any] = []
        self.gradient: Any = None
        self.resume()
        self._check_rule()
        self.inputs = self._arranged(data)

    def _recorded(self) -> Any:
        """The loss of one example as the model computes it now."""
        targets = self.target if isinstance(self.target, list) else [self.target]
        leaves = [*self.row, *targets]

        def run() -> Any:
            outputs = self.model(self.row)
            if base_of(self.loss) is binary_cross_entropy:
                self._check_probabilities(outputs)
            return _one_value(self.loss([outputs], [self.target]))

        self.model.train()
        recording = record(run, self.optimizer.parameters, leaves)
        with evaluating(self.model):
            others = [record(run, self.optimizer.parameters, leaves)]
        if recording != self.recording:  # else the last one was the same, calls ago
            others.append(record(run, self.optimizer.parameters, leaves))
        if any(recording != other for other in others):
            raise RuntimeError(
                "the model was recorded twice in training and once in evaluation mode, and the "
                "recordings differ: one program cannot stand for a model that draws at random, "
                "changes from call to call or behaves differently in training"
            )
        return recording

    @staticmethod
    def _check(loss: Loss, optimizer: Optimizer) -> None:
        if base_of(loss) not in LOSSES.values():
            raise RuntimeError(
                f"how {getattr(loss, '__name__', loss)!r} makes one number of a batch is not known:"
                f" use one of {', '.join(LOSSES)}"
            )
        if any(
            getattr(type(optimizer), name, None) is not getattr(Optimizer, name)
            for name in ("step", "zero_grad")
        ):
            raise RuntimeError(
                f"{type(optimizer).__name__} has a step of its own, which moves Values: define "
                "`moved`, which works on arrays too"
            )
        if (Value(1.0) + 1.0).line:  # known under detect_anomaly() only
            raise RuntimeError("detect_anomaly() watches operations that a program does not run")

    def _check_rule(self) -> None:
        """RuntimeError unless the optimiser moves an array as it moves each of its numbers.

        What is tried is a copy, on numbers that it cannot write to.
        """
        import numpy as np

        numbers, *memory = [np.array(column[:TRIED]) for column in (self.numbers, *self.memory)]
        columns = [numbers, np.linspace(-1.0, 1.0, len(numbers)), *memory]
        for column in columns:
            column.setflags(write=False)
        rule = copy(self.optimizer).moved
        reason = "it moves them elsewhere than one by one"
        try:
            with np.errstate(all="ignore"):
                each = np.array([rule(*row) for row in zip(*columns, strict=True)]).T
                found = np.array(rule(*columns))
            same = found.shape == each.shape and np.allclose(found, each, equal_nan=True)
        except Exception as error:
            same, reason = False, str(error)
        if not same:
            raise RuntimeError(
                f"{type(self.optimizer).__name__}.moved cannot take all numbers in one array: "
                f"{reason}. Write it with operators that floats and arrays share, as in "
                "slope * (slope > 0) for `slope if slope > 0 else 0`, and let it keep nothing but "
                "what it returns"
            )

    def _check_probabilities(self, outputs: Any) -> None:
        for output in outputs if isinstance(outputs, list | tuple) else [outputs]:
            if output.op not in SHARES:
                raise RuntimeError(
                    "binary_cross_entropy checks in every step that predictions are in [0, 1], and "
                    f"a program cannot: end in one of {', '.join(SHARES)}, which always are, or "
                    "use binary_cross_entropy_with_logits"
                )

    def _target(self, data: Data) -> Any:
        if self.classes:
            return [Value(float(i == 0), f"t.{i}") for i in range(self.classes)]
        target = data.rows([0])[1][0]
        if isinstance(target, list):
            return [Value(t, f"t.{i}") for i, t in enumerate(target)]
        return Value(target, "t")

    def _arranged(self, data: Data) -> Any:
        """A row of the program's inputs for every example: its numbers, then its target's."""
        import numpy as np

        y = np.asarray(data.y)
        if self.classes:
            y = np.eye(self.classes)[y.astype(int)]
        return np.column_stack([np.asarray(data.X), y])

    def step(self, batch: Sequence[int], predicting: bool) -> tuple[float, Any]:
        """Learn from the rows at these indices; return their loss and predictions before that."""
        import numpy as np

        inputs = self.inputs if len(batch) == len(self.inputs) else self.inputs[batch]
        value, gradient = self.program.value_and_grad(self.numbers, inputs)
        predictions = self._predictions(inputs) if predicting else None
        with np.errstate(all="ignore"):  # the numbers that floats go through without a word
            numbers, *memory = self.optimizer.moved(self.numbers, gradient, *self.memory)
        made = numbers, memory, gradient, self.optimizer.steps + 1
        self.numbers, self.memory, self.gradient, self.optimizer.steps = made
        return value, predictions

    def evaluate(self, data: Data, predicting: bool) -> tuple[float, Any]:
        """The loss of all rows and, if asked for, the predictions."""
        inputs = self._arranged(data)
        value = self.program.value(self.numbers, inputs)
        return value, self._predictions(inputs) if predicting else None

    def _predictions(self, inputs: Any) -> Any:
        """What the model says to every row."""
        if self._predict is None:
            self._predict = lift(
                lambda: self.model(self.row),
                wrt=self.optimizer.parameters,
                inputs=self.row,
                reduction="none",
            )
        return self._predict.value(self.numbers, inputs[:, : len(self.row)]).tolist()

    def publish(self) -> None:
        """Let the Values hold the numbers after the last step, and its gradient."""
        memory = [column.tolist() for column in self.memory]
        self.optimizer.assign(self.numbers.tolist(), memory, self.optimizer.steps)
        if self.gradient is not None:
            for parameter, slope in zip(
                self.optimizer.parameters, self.gradient.tolist(), strict=True
            ):
                parameter.grad = slope

    def resume(self) -> None:
        """Go on from the numbers in the Values, and from what else was changed in the model."""
        with untouched(self.model):
            recording = self._recorded()
        if recording != self.recording:
            self.recording, self._predict = recording, None
            self.program = lift(recording, reduction=reduction_of(self.loss))
        import numpy as np

        self.numbers = np.array([parameter.data for parameter in self.optimizer.parameters])
        self.memory = [np.array(column) for column in self.optimizer.memory]


Engine = Eager | Lifted


def chosen_engine(
    engine: str, model: Module, loss: Loss, optimizer: Optimizer, data: Data, examples: int
) -> Engine:
    """The engine of that name; "auto" lifts if `examples` pay for it and nothing speaks against it.

    RuntimeError that says why if "lifted" is asked for and cannot be.
    """
    given = model, loss, optimizer, data
    worth_it = worth_lifting(examples, len(optimizer.parameters))
    if engine == "eager" or (engine == "auto" and not worth_it):
        return Eager(*given)
    try:
        return Lifted(*given)
    except Exception as error:
        if engine == "auto":  # if the model itself is wrong, the eager engine will say so
            return Eager(*given)
        if isinstance(error, ImportError):
            raise
        raise RuntimeError(f'engine="lifted" cannot run this model: {error}') from error


def worth_lifting(examples: int, parameters: int) -> bool:
    """Whether so many examples pay for lifting a model with so many parameters."""
    least, work = WORTH_LIFTING
    return examples >= least and examples * parameters >= work


def _one_value(loss: Any) -> Value:
    if isinstance(loss, list | tuple):
        raise TypeError(
            f"a loss returns one Value, got a list of {len(loss)}: a training needs the reduction "
            '"mean" or "sum"'
        )
    if not isinstance(loss, Value):
        raise TypeError(f"a loss returns one Value, computed from the predictions, got {loss!r}")
    return loss


def _numbers(tree: Any) -> Any:
    return [_numbers(branch) for branch in tree] if isinstance(tree, list | tuple) else float(tree)
