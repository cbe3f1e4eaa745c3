"""What `fit` calls after each epoch, and may be stopped by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from nn.history import CURVES
from nn.module import Module
from nn.optim import Optimizer


@dataclass(frozen=True)
class Epoch:
    """An epoch that has just ended: its number, from 1 on, and the last entries of the history.

    What was not measured is None. The model and the optimiser may be read, and changed; the loss
    is one of the model before each update, and `loss_function` finds that of the model as it is.
    """

    number: int
    model: Module
    optimizer: Optimizer
    loss_function: Callable[[Any, Any], Any]
    loss: float
    metric: float | None = None
    validation_loss: float | None = None
    validation_metric: float | None = None


#: Called with each epoch; the training stops if it returns something true.
Callback = Callable[[Epoch], Any]


class EarlyStopping:
    """Stop when nothing got better for `patience` epochs, and go back to the best of them.

    `watch` names an entry of `Epoch`; a loss gets better by falling, a metric by rising, and by
    more than `least`. `best` is the best epoch's entry, `best_epoch` its number and `best_state`
    the model's numbers after it: when this stops the training, the model is given them. A training
    that ends by itself keeps its last numbers; `model.load_state_dict(stopping.best_state)` goes
    back.
    """

    def __init__(
        self, patience: int, watch: str = "validation_loss", *, least: float = 0.0
    ) -> None:
        if watch not in CURVES:
            raise ValueError(f"unknown entry {watch!r}: watch one of {', '.join(CURVES)}")
        if patience < 1:
            raise ValueError(f"patience is a number of epochs, at least 1, got {patience}")
        self.patience, self.watch, self.least = patience, watch, least
        self._forget()

    def _forget(self) -> None:
        self.best: float = -inf if self._rises else inf
        self.best_epoch = 0
        self.best_state: dict[str, float] = {}

    @property
    def _rises(self) -> bool:
        return self.watch.endswith("metric")

    def __call__(self, epoch: Epoch) -> bool:
        """Whether to stop; ValueError if what is watched was not measured."""
        self.check_measured([name for name in CURVES if getattr(epoch, name) is not None])
        number = getattr(epoch, self.watch)
        if epoch.number == 1:
            self._forget()
        gain = number - self.best if self._rises else self.best - number
        if gain > self.least:
            self.best, self.best_epoch = number, epoch.number
            self.best_state = epoch.model.state_dict()
        stops = epoch.number - self.best_epoch >= self.patience
        if stops and self.best_state:
            epoch.model.load_state_dict(self.best_state)
        return stops

    def check_measured(self, names: Sequence[str]) -> None:
        """ValueError if what is watched is not among these entries."""
        if self.watch not in names:
            needed = [
                *(["validation=(X, y)"] if self.watch.startswith("validation") else []),
                *(["metric=..."] if self._rises else []),
            ]
            raise ValueError(
                f"EarlyStopping watches the {self.watch}, which is not measured: give fit "
                f"{' and '.join(needed)}, or watch another"
            )

    def state_dict(self) -> dict[str, Any]:
        """What it remembers, for a checkpoint."""
        return {name: getattr(self, name) for name in ("best", "best_epoch", "best_state")}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict()` returned."""
        self.best, self.best_epoch = float(state["best"]), int(state["best_epoch"])
        self.best_state = dict(state["best_state"])
