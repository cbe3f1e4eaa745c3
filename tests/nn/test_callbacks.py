"""Callbacks: what they are told, how they stop a training, and the best epoch of it."""

import math

import numpy as np
import pytest

from nn import MLP, SGD, EarlyStopping, Epoch, fit

ROWS = np.random.default_rng(0).normal(size=(10, 2))
YES = (ROWS[:, 0] > 0).astype(float)

ENGINES = pytest.mark.parametrize("engine", ["eager", "lifted"])


def trained(callbacks, engine="eager", **options):
    """The model and its history."""
    model = MLP(2, [2, 1], output="sigmoid")
    given = {"loss": "mse", "epochs": 5, "batch_size": 4} | options
    optimizer = SGD(model.parameters(), lr=0.5)
    history = fit(
        model, ROWS, YES, optimizer=optimizer, callbacks=callbacks, engine=engine, **given
    )
    return model, history


@ENGINES
def test_a_callback_is_told_the_epoch(engine):
    seen = []

    def look(epoch):
        seen.append((epoch, epoch.model.state_dict(), epoch.optimizer.steps))

    options = {"metric": "binary_accuracy", "validation": (ROWS[:3], YES[:3])}
    model, history = trained([look], engine, **options)
    epochs = [epoch for epoch, *_ in seen]
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4, 5]
    for name in ("loss", "metric", "validation_loss", "validation_metric"):
        assert [getattr(epoch, name) for epoch in epochs] == getattr(history, name)
    assert [steps for *_, steps in seen] == [3, 6, 9, 12, 15]
    assert all(epoch.model is model for epoch in epochs)
    assert seen[-1][1] == model.state_dict() != seen[-2][1]


def test_what_was_not_measured_is_none():
    epochs = []
    trained([epochs.append])
    assert (epochs[0].metric, epochs[0].validation_loss) == (None, None)


def test_something_true_stops_the_training():
    told = []
    model, history = trained([lambda epoch: epoch.number == 2, told.append])
    assert len(history.loss) == len(told) == 2
    assert model.state_dict() == trained([], epochs=2)[0].state_dict()


def test_an_error_in_a_callback_is_an_error_after_what_was_learned():
    left = []

    def fail(epoch):
        left.append(epoch)
        raise ZeroDivisionError("in the user's own lines")

    with pytest.raises(ZeroDivisionError, match="own lines"):
        trained([fail])
    assert left[0].model.state_dict() == trained([], epochs=1)[0].state_dict()


@ENGINES
def test_a_callback_may_change_the_model(engine):
    def reset(epoch):
        epoch.model.load_state_dict(MLP(2, [2, 1], seed=9).state_dict())

    def last_step(numbers):
        """From the numbers of seed 9, the epoch of a training in order."""
        model = MLP(2, [2, 1], output="sigmoid", seed=9)
        optimizer = SGD(model.parameters(), lr=0.5)
        fit(model, ROWS, YES, loss="mse", optimizer=optimizer, epochs=1, engine=engine)
        return model.state_dict()

    seen = []
    callbacks = [lambda epoch: seen.append(epoch.model.state_dict()), reset]
    trained(callbacks, engine, epochs=2, batch_size=None)
    assert seen[1] == pytest.approx(last_step(None), rel=1e-12)


# ---- early stopping


class Counting:
    """A model's stand-in: its state is the number of the epoch."""

    def __init__(self):
        self.number = 0

    def state_dict(self):
        return {"number": float(self.number)}

    def load_state_dict(self, state):
        self.number = state["number"]


def stopped_after(stopping, numbers):
    """After which epoch it stops (None: never), and the epoch whose numbers the model has then."""
    model = Counting()
    for number, value in enumerate(numbers, 1):
        model.number = number
        entries = {"loss": 0.0, stopping.watch: value}
        if stopping(Epoch(number, model, None, None, **entries)):
            return number, model.number
    return None, model.number


@pytest.mark.parametrize(
    ("options", "numbers", "expected"),
    [
        ({"patience": 1}, [3, 2, 1, 1.5, 0], (4, 3)),
        ({"patience": 2}, [3, 2, 2.5, 2.5, 0], (4, 2)),
        ({"patience": 2}, [3, 2, 2.5, 1, 2, 2, 2], (6, 4)),
        ({"patience": 2}, [3, 2, 2, 2], (4, 2)),
        ({"patience": 3}, [5, 4, 3, 2, 1], (None, 5)),
        ({"patience": 2, "least": 0.5}, [3, 2.6, 2.4, 2.2, 2], (5, 3)),
        ({"patience": 2, "watch": "loss"}, [1, 2, 3], (3, 1)),
        ({"patience": 2, "watch": "validation_metric"}, [0.5, 0.9, 0.8, 0.9], (4, 2)),
        ({"patience": 2, "watch": "metric"}, [0.5, 0.6, 0.7], (None, 3)),
        ({"patience": 2}, [math.nan, 1, math.nan, math.nan], (4, 2)),
        ({"patience": 2}, [math.nan, math.nan], (2, 2)),
    ],
)
def test_early_stopping(options, numbers, expected):
    assert stopped_after(EarlyStopping(**options), numbers) == expected


def test_early_stopping_remembers_the_best():
    stopping = EarlyStopping(2)
    stopped_after(stopping, [3.0, 1.0, 2.0, 1.5])
    assert (stopping.best, stopping.best_epoch, stopping.best_state) == (1.0, 2, {"number": 2.0})


def test_early_stopping_begins_anew_with_every_training():
    stopping = EarlyStopping(1)
    assert stopped_after(stopping, [1, 2]) == (2, 1)
    assert stopped_after(stopping, [9, 8, 7, 8]) == (4, 3)


@ENGINES
def test_early_stopping_goes_back_to_the_best_epoch(engine):
    """Targets that ask for the opposite: what is learned makes the validation worse."""
    stopping = EarlyStopping(patience=3)
    options = {"validation": (ROWS, 1 - YES), "epochs": 50}
    model, history = trained([stopping], engine, **options)
    best = min(history.validation_loss)
    assert len(history.validation_loss) == history.validation_loss.index(best) + 1 + 3 < 50
    errors = [(float(model(row)) - (1 - t)) ** 2 for row, t in zip(ROWS, YES, strict=True)]
    assert np.mean(errors) == pytest.approx(best, rel=1e-12)
    assert model.state_dict() == stopping.best_state


@pytest.mark.parametrize(
    ("watch", "needed"),
    [
        ("validation_loss", r"validation=\(X, y\), or"),
        ("metric", r"metric=\.\.\., or"),
        ("validation_metric", r"validation=\(X, y\) and metric=\.\.\., or"),
    ],
)
def test_what_is_watched_must_be_measured(watch, needed):
    seen = []
    with pytest.raises(ValueError, match=f"watches the {watch}, which is not measured: .*{needed}"):
        trained([seen.append, EarlyStopping(2, watch)])
    assert seen == []  # not an epoch was trained
    with pytest.raises(ValueError, match=f"watches the {watch}, which is not measured"):
        trained([seen.append, EarlyStopping(2, watch).__call__])  # that nobody can ask before
    assert len(seen) == 1


def test_what_early_stopping_refuses():
    with pytest.raises(ValueError, match="unknown entry 'accuracy': watch one of loss, metric, "):
        EarlyStopping(2, "accuracy")
    with pytest.raises(ValueError, match="patience is a number of epochs, at least 1, got 0"):
        EarlyStopping(0)
