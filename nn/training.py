"""fit: the training loop, and the History of what it saw."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from random import Random
from statistics import fmean
from typing import Any

from autograd_mini import Value, no_grad
from nn.data import Data
from nn.losses import LOSSES, Loss
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optim import SGD
from nn.progress import progress_bar


@dataclass
class History:
    """One entry per epoch, the last one perhaps cut short by `steps`.

    `loss` and `metric` are means over the epoch's steps, each taken before its update;
    `validation_loss` and `validation_metric` are taken after the epoch, over all validation rows
    at once. A list that nobody asked for is empty.
    """

    loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_metric: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        curves = [
            f"{name} {curve[0]:.4g} -> {curve[-1]:.4g}"
            for name, curve in vars(self).items()
            if curve
        ]
        return f"History({len(self.loss)} epochs: {', '.join(curves)})"


def fit(  # noqa: PLR0913 (all but three by keyword)
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Loss,
    optimizer: SGD,
    batch_size: int | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    validation: tuple[Any, Any] | None = None,
    metric: str | Metric | None = None,
    shuffle: bool = True,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train `model` on rows `X` and targets `y`, either for `epochs` or for `steps`.

    Args:
        model: called with one row, a list of floats.
        X: n rows of equal length, as lists or a NumPy array.
        y: n targets: numbers, or rows of equal length.
        loss: a function of a batch, (predictions, targets) -> Value, or its name in `nn.losses`.
        optimizer: as in `SGD(model.parameters(), lr=0.1)`.
        batch_size: rows per step; all of them by default.
        epochs: how often every row is used.
        steps: how many updates are made, as an alternative to `epochs`.
        validation: (X, y) on which the loss is reported after each epoch, never trained on.
        metric: (predictions, targets) -> float, or "accuracy" or "binary_accuracy".
        shuffle: whether batches are drawn in a new order in each epoch.
        seed: of that order.
        progress: whether a bar is drawn; there is none where stderr is not a terminal.

    Everything is checked before the first step: ValueError or TypeError, naming the row or column,
    for data of the wrong shape, numbers that are not finite and labels out of range. An interrupt
    leaves the model as it was after the last complete step.
    """
    loss_of, metric_of = _named("loss", loss, LOSSES), _named("metric", metric, METRICS)
    data = Data(X, y)
    held_out = None if validation is None else Data(*validation, name="validation ")
    with _evaluating(model):
        for each in filter(None, (data, held_out)):
            each.check_against(model, loss_of)
    if set(optimizer.parameters).isdisjoint(model.parameters()):
        raise ValueError(
            "the optimizer has none of this model's parameters: make it for this model, as in "
            "SGD(model.parameters(), lr=0.1)"
        )
    size = len(data) if batch_size is None else min(_count("batch_size", batch_size), len(data))
    per_epoch = ceil(len(data) / size)
    remaining = _step_count(epochs, steps, per_epoch)
    rng = Random(seed) if shuffle and per_epoch > 1 else None

    history = History()
    model.train()
    with progress_bar(remaining, progress) as advance:
        while remaining > 0:
            losses, scores = [], []
            for batch in _batches(len(data), size, rng)[:remaining]:
                rows, targets = data.rows(batch)
                optimizer.zero_grad()
                value, predictions = _accumulate_gradients(model, loss_of, rows, targets)
                optimizer.step()
                losses.append(value)
                if metric_of is not None:
                    scores.append(float(metric_of(predictions, targets)))
                advance(_beside_the_bar(value, scores))
            remaining -= len(losses)
            history.loss.append(fmean(losses))
            if metric_of is not None:
                history.metric.append(fmean(scores))
            if held_out is not None:
                _validate(history, model, loss_of, metric_of, held_out)
    return history


def _accumulate_gradients(
    model: Module, loss: Loss, rows: list[Any], targets: list[Any]
) -> tuple[float, Any]:
    """Add the gradient of a batch's loss to the parameters' grads; return loss and predictions.

    Both are returned as numbers, so that the graph of the batch is freed here.
    """
    predictions = [model(row) for row in rows]
    value = loss(predictions, targets)
    if not isinstance(value, Value):
        raise TypeError(f"a loss returns one Value, computed from the predictions, got {value!r}")
    value.backward()
    return value.data, _numbers(predictions)


def _validate(
    history: History, model: Module, loss: Loss, metric: Metric | None, held_out: Data
) -> None:
    rows, targets = held_out.rows(range(len(held_out)))
    with _evaluating(model):
        predictions = [_numbers(model(row)) for row in rows]
        history.validation_loss.append(float(loss(predictions, targets)))
    if metric is not None:
        history.validation_metric.append(float(metric(predictions, targets)))


@contextmanager
def _evaluating(model: Module) -> Generator[None]:
    """Run the model in evaluation mode and without recording; then restore its mode."""
    mode = model.training
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        model.train(mode)


def _batches(rows: int, size: int, rng: Random | None) -> list[list[int]]:
    """The indices of one epoch's rows, `size` at a time, in an order drawn from `rng` if given."""
    order = list(range(rows))
    if rng is not None:
        rng.shuffle(order)
    return [order[start : start + size] for start in range(0, rows, size)]


def _step_count(epochs: int | None, steps: int | None, per_epoch: int) -> int:
    if epochs is not None and steps is None:
        return _count("epochs", epochs) * per_epoch
    if steps is not None and epochs is None:
        return _count("steps", steps)
    raise ValueError(f"give either epochs or steps, got epochs={epochs} and steps={steps}")


def _count(name: str, number: int) -> int:
    if number < 1:
        raise ValueError(f"{name} is a whole number, at least 1, got {number}")
    return number


def _named(kind: str, choice: Any, table: dict[str, Any]) -> Any:
    """The function of that name in a table; a function is its own answer."""
    if not isinstance(choice, str):
        return choice
    if choice not in table:
        raise ValueError(f"unknown {kind} {choice!r}: use one of {', '.join(table)}, or a function")
    return table[choice]


def _numbers(tree: Any) -> Any:
    return [_numbers(branch) for branch in tree] if isinstance(tree, list | tuple) else float(tree)


def _beside_the_bar(loss: float, scores: list[float]) -> str:
    metric = f"  metric {scores[-1]:.3f}" if scores else ""
    return f"loss {loss:.4g}{metric}"
