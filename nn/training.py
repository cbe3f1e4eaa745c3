"""fit: a model, data, and how to learn from them."""

from collections.abc import Sequence
from math import ceil
from numbers import Real
from random import Random
from typing import Any

from autograd_mini import Value
from nn.callbacks import Callback, EarlyStopping
from nn.checkpoint import Checkpoint, Course
from nn.data import Data
from nn.engines import ENGINES, chosen_engine
from nn.files import AnyPath
from nn.history import History
from nn.loop import Loop
from nn.losses import LOSSES, Loss
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optim import Optimizer
from nn.progress import progress_bar
from nn.trials import evaluating, untouched


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
    callbacks: Sequence[Callback] = (),
    checkpoint: AnyPath | None = None,
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
        metric: (predictions, targets) -> float, of numbers, or "accuracy" or "binary_accuracy".
        shuffle: whether batches are drawn in a new order in each epoch.
        seed: of that order.
        callbacks: functions called after each epoch with an `nn.Epoch`; one that returns something
            true ends the training. `nn.EarlyStopping(patience=5)` is one.
        checkpoint: a file that is written now and then, at the end, and in one piece. If it is
            there at the beginning, the training goes on from it, and after all steps is where it
            would have been without a break: weights, history, optimiser, shuffling, dropout.
            ValueError if it was made with another model, other data or settings, as far as they
            can be told apart: functions by their names only. `epochs` and `steps` may grow. An
            interrupt, like a killed process, loses what came after the last writing, at most
            twenty times as long as the writing took.
        progress: whether a bar is drawn; there is none where stderr is not a terminal. It says
            which engine runs.
        engine: "eager" records every example. "lifted" records one, lifts it (see
            `autograd_mini.lift`) and runs whole batches, to the same numbers up to rounding;
            RuntimeError where that cannot be. "auto" lifts where it pays and can be.

    Everything is checked before the first step: ValueError or TypeError, naming the row or column,
    for data of the wrong shape, numbers that are not finite and labels out of range.

    Ctrl-C ends the training with what was learned: the model is as it was after the last complete
    step, and the history that is returned says `interrupted`.

    Lifted, the parameters' `data` and `grad` are brought up to date after every epoch and at the
    end or an interrupt, not after every step: what looks at the model, or changes it, is a callback
    and not a metric.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: use one of {', '.join(ENGINES)}")
    if not (Value(0.0) + 0.0).parents:
        raise ValueError("fit is inside no_grad(), where nothing is recorded to learn from")
    loss_of, metric_of = _named("loss", loss, LOSSES), _named("metric", metric, METRICS)
    data = Data(X, y)
    if validation is not None and len(validation) != 2:
        raise TypeError("validation is a pair (X, y), as in validation=(X_unseen, y_unseen)")
    held_out = None if validation is None else Data(*validation, name="validation ")
    with evaluating(model):
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
    if not isinstance(callbacks, list | tuple) or not all(map(callable, callbacks)):
        raise TypeError(f"callbacks is a list of functions of an epoch, got {callbacks!r}")
    asked = {"loss": True, "metric": metric is not None}
    asked |= {f"validation_{name}": validation is not None and asked[name] for name in asked}
    for each in callbacks:
        if isinstance(each, EarlyStopping):
            each.check_measured([name for name in asked if asked[name]])
    size = len(data) if batch_size is None else min(_count("batch_size", batch_size), len(data))
    per_epoch = ceil(len(data) / size)
    total = _step_count(epochs, steps, per_epoch)

    course = Course(Random(seed) if shuffle and per_epoch > 1 else None)
    saving = None
    if checkpoint is not None:
        settings = {"loss": loss_of, "metric": metric_of, "data": data.checksum()}
        settings |= {"validation": held_out and held_out.checksum(), "batch_size": size}
        settings |= {"shuffle": shuffle, "seed": seed}
        saving = Checkpoint(
            *(checkpoint, settings),
            model=model,
            optimizer=optimizer,
            callbacks=callbacks,
            course=course,
        )
        if engine == "auto":
            engine = saving.engine or engine
        saving.resume()
    model.train()
    with untouched(model):
        running = chosen_engine(engine, model, loss_of, optimizer, data, total * size)
    course.engine = running.name
    loop = Loop(
        engine=running,
        course=course,
        model=model,
        optimizer=optimizer,
        loss=loss_of,
        data=data,
        held_out=held_out,
        metric=metric_of,
        callbacks=callbacks,
        saving=saving,
        size=size,
        total=total,
    )
    with progress_bar(total - course.steps, progress) as advance:
        loop.run(advance)
    return course.history


def _step_count(epochs: int | None, steps: int | None, per_epoch: int) -> int:
    if epochs is not None and steps is None:
        return _count("epochs", epochs) * per_epoch
    if steps is not None and epochs is None:
        return _count("steps", steps)
    raise ValueError(f"give either epochs or steps, got epochs={epochs} and steps={steps}")


def _count(name: str, number: Any) -> int:
    real = isinstance(number, Real)
    if not (real and number >= 1 and number % 1 == 0):
        raise ValueError(f"{name} is a whole number, at least 1, got {number!r}")
    return int(number)


def _named(kind: str, choice: Any, table: dict[str, Any]) -> Any:
    """The function of that name in a table; a function is its own answer."""
    if callable(choice) or (choice is None and kind == "metric"):
        return choice
    if choice not in table:
        raise ValueError(f"unknown {kind} {choice!r}: use one of {', '.join(table)}, or a function")
    return table[choice]
