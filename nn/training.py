"""fit: the training loop, and the History of what it saw."""

from dataclasses import dataclass, field
from math import ceil
from random import Random
from statistics import fmean
from typing import Any

from nn.data import Data
from nn.engines import Engine, chosen_engine, evaluating, undrawn
from nn.losses import LOSSES, Loss
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optim import Optimizer
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
    optimizer: Optimizer,
    batch_size: int | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    validation: tuple[Any, Any] | None = None,
    metric: str | Metric | None = None,
    shuffle: bool = True,
    seed: int = 0,
    progress: bool = True,
    engine: str = "auto",
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
        progress: whether a bar is drawn; there is none where stderr is not a terminal. It says
            which engine runs.
        engine: "eager" records every example. "lifted" records one, lifts it (see
            `autograd_mini.lift`) and runs whole batches, to the same numbers up to rounding;
            RuntimeError where that cannot be. "auto" lifts where it pays and can be.

    Everything is checked before the first step: ValueError or TypeError, naming the row or column,
    for data of the wrong shape, numbers that are not finite and labels out of range. An interrupt
    leaves the model as it was after the last complete step.

    Lifted, the parameters' `data` and `grad` are brought up to date after every epoch, at the end
    or an interrupt, and before a metric of your own is called.
    """
    loss_of, metric_of = _named("loss", loss, LOSSES), _named("metric", metric, METRICS)
    data = Data(X, y)
    if validation is not None and len(validation) != 2:
        raise TypeError("validation is a pair (X, y), as in validation=(X_unseen, y_unseen)")
    held_out = None if validation is None else Data(*validation, name="validation ")
    with undrawn(model), evaluating(model):
        for each in filter(None, (data, held_out)):
            each.check_against(model, loss_of, metric_of)
    if not hasattr(optimizer, "parameters"):
        raise TypeError(
            f"the optimizer is an object, as in SGD(model.parameters(), lr=0.1), got {optimizer!r}"
        )
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
    with undrawn(model):
        running = chosen_engine(engine, model, loss_of, optimizer, data, remaining * size)
    asked = metric_of is not None
    with progress_bar(remaining, progress) as advance:
        try:
            while remaining > 0:
                losses, scores = [], []
                for batch in _batches(len(data), size, rng)[:remaining]:
                    value, predictions = running.step(batch, asked)
                    losses.append(value)
                    if metric_of is not None:
                        targets = data.targets(batch)
                        scores.append(_scored(running, metric_of, predictions, targets))
                    advance(_beside_the_bar(running, value, scores))
                remaining -= len(losses)
                history.loss.append(fmean(losses))
                if metric_of is not None:
                    history.metric.append(fmean(scores))
                if held_out is not None:
                    value, predictions = running.evaluate(held_out, asked)
                    history.validation_loss.append(value)
                    if metric_of is not None:
                        targets = held_out.targets(range(len(held_out)))
                        score = _scored(running, metric_of, predictions, targets)
                        history.validation_metric.append(score)
                running.publish()
        finally:
            running.publish()
    return history


def _scored(engine: Engine, metric: Metric, predictions: Any, targets: list[Any]) -> float:
    """What the metric says; one of the user's own may look at the model, and change it."""
    if metric in METRICS.values():
        return float(metric(predictions, targets))
    engine.publish()
    score = float(metric(predictions, targets))
    engine.resume()
    return score


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
    if int(number) != number or number < 1:
        raise ValueError(f"{name} is a whole number, at least 1, got {number}")
    return number


def _named(kind: str, choice: Any, table: dict[str, Any]) -> Any:
    """The function of that name in a table; a function is its own answer."""
    if callable(choice) or (choice is None and kind == "metric"):
        return choice
    if choice not in table:
        raise ValueError(f"unknown {kind} {choice!r}: use one of {', '.join(table)}, or a function")
    return table[choice]


def _beside_the_bar(engine: Engine, loss: float, scores: list[float]) -> str:
    metric = f"  metric {scores[-1]:.3f}" if scores else ""
    return f"{engine.name}  loss {loss:.4g}{metric}"
