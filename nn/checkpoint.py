"""How far a training has come, and the file it can be resumed from."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from nn.callbacks import Callback
from nn.files import CHECKPOINT, AnyPath, check_place, read, write
from nn.history import CURVES, History
from nn.module import Module
from nn.optim import Optimizer

#: Writing checkpoints takes at most about this share of the time.
SHARE = 0.05


@dataclass
class Course:
    """How far a training has come. `losses` and `scores` are those of the epoch it is in.

    `generator`, if there is one, draws the order of each epoch's rows.
    """

    generator: Random | None
    engine: str = ""
    steps: int = 0
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    stopped: bool = False
    history: History = field(default_factory=History)
    _before_epoch: Any = None

    def batches(self, rows: int, size: int) -> list[list[int]]:
        """The indices of the epoch's rows, `size` at a time; those that were not used yet."""
        order = list(range(rows))
        if self.generator is not None:
            self._before_epoch = self.generator.getstate()
            self.generator.shuffle(order)
        batches = [order[start : start + size] for start in range(0, rows, size)]
        return batches[len(self.losses) :]

    def state_dict(self) -> dict[str, Any]:
        """All of it, as plain numbers and lists."""
        names = ("engine", "steps", "losses", "scores", "stopped")
        return {name: getattr(self, name) for name in names} | {
            "generator": self._generator_state(),
            "history": {name: [*getattr(self.history, name)] for name in CURVES},
        }

    def _generator_state(self) -> Any:
        """From where the order of the epoch it is in, or of the next one, is drawn."""
        if self.generator is None:
            return None
        return self._before_epoch if self.losses else self.generator.getstate()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Be where `state_dict()` was."""
        self.steps, self.stopped = int(state["steps"]), bool(state["stopped"])
        if self.steps < 0:
            raise ValueError(f"a course of {self.steps} steps")
        self.losses, self.scores = [*map(float, state["losses"])], [*map(float, state["scores"])]
        if self.generator is not None:
            _set_generator(self.generator, state["generator"])
        for name in CURVES:
            getattr(self.history, name)[:] = map(float, state["history"][name])


class Checkpoint:
    """A file with all that a training goes on from, after any of its steps.

    Besides the course: the model's parameters and generators, the optimiser's state, and what
    callbacks with a `state_dict` remember. `settings`, with the model's layers and the optimiser's
    own, are those that decide what the next step is; ValueError if the file there was made with
    others, or is no checkpoint. Functions are told apart by their names alone, and those of a
    `Sequential` or a `forward` not at all.
    """

    def __init__(
        self,
        path: AnyPath,
        settings: Mapping[str, Any],
        *,
        model: Module,
        optimizer: Optimizer,
        callbacks: Sequence[Callback],
        course: Course,
    ) -> None:
        self.path = path
        check_place(path)
        self.model, self.optimizer, self.course = model, optimizer, course
        self.callbacks: list[Any] = [each for each in callbacks if hasattr(each, "state_dict")]
        settings = {
            "model": Module.__repr__(model),  # a dataclass has another, with numbers
            **settings,
            "callbacks": [type(each).__name__ for each in self.callbacks],
            **settings_of(optimizer),
        }
        self.settings = {name: _printed(setting) for name, setting in settings.items()}
        own = set(model.parameters())
        self.others = [each for each in optimizer.parameters if each not in own]
        self.found = read(path, CHECKPOINT) if Path(path).exists() else None
        self._took = self._written = 0.0
        if self.found is not None:
            self._check(self.found)

    def _check(self, content: Mapping[str, Any]) -> None:
        for part in ("settings", "course", "optimizer"):
            if not isinstance(content.get(part), dict):
                raise ValueError(f"{self.path} cannot be resumed from: it holds no {part}")
        if content["course"].get("engine") not in ("eager", "lifted"):
            raise ValueError(f"{self.path} cannot be resumed from: it names no engine")
        found = content["settings"]
        if content["optimizer"].get("lr") == self.optimizer.lr:  # what a callback made of it
            self.settings["lr"] = found.get("lr", "")
        changes = [
            f"{name} was {found.get(name)} and is {self.settings.get(name)}"
            for name in {**found, **self.settings}
            if found.get(name) != self.settings.get(name)
        ]
        if changes:
            raise ValueError(
                f"{self.path} is a checkpoint of another training: {', '.join(changes)}. Go on "
                "with what it was made with, or choose another file; nn.load(model, path) takes "
                "the weights alone"
            )

    @property
    def engine(self) -> str | None:
        """The engine that the file's training ran on; None if there is no file."""
        return None if self.found is None else str(self.found["course"]["engine"])

    def due(self) -> bool:
        """Whether writing now would keep to its share of the time."""
        return (time.monotonic() - self._written) * SHARE >= self._took

    def write(self) -> None:
        """Write the file in the place of the one before it; see `nn.files.write`."""
        start = time.monotonic()
        write(self.path, CHECKPOINT, {"settings": self.settings, **self._state()})
        self._written = time.monotonic()
        self._took = self._written - start

    def resume(self) -> None:
        """Go to where the file is, if there is one; ValueError, and no change, if it is damaged."""
        if self.found is None:
            return
        before = self._state()
        try:
            self._load(self.found)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            self._load(before)
            raise ValueError(f"{self.path} cannot be resumed from: {error!r}") from error

    def _state(self) -> dict[str, Any]:
        return {
            "parameters": self.model.state_dict(),
            "others": [each.data for each in self.others],
            "optimizer": self.optimizer.state_dict(),
            "course": self.course.state_dict(),
            "generators": [each.getstate() for each in self.model.generators()],
            "callbacks": [each.state_dict() for each in self.callbacks],
        }

    def _load(self, state: Mapping[str, Any]) -> None:
        self.model.load_state_dict(state["parameters"])
        for other, number in zip(self.others, state["others"], strict=True):
            other.data = float(number)
        self.optimizer.load_state_dict(state["optimizer"])
        self.course.load_state_dict(state["course"])
        for generator, drawn in zip(self.model.generators(), state["generators"], strict=True):
            _set_generator(generator, drawn)
        for callback, remembered in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state_dict(remembered)


def settings_of(optimizer: Optimizer) -> dict[str, Any]:
    """What an optimiser was made with."""
    changing = ("parameters", "remembers", "memory", "steps")
    own = {name: value for name, value in vars(optimizer).items() if name not in changing}
    return {"optimizer": type(optimizer), **own}


def _printed(setting: Any) -> str:
    """What a person calls it, the same in every process."""
    name = getattr(setting, "__qualname__", None)
    printed = setting if isinstance(setting, str) else repr(setting)
    return str(name) if name else re.sub(" at 0x[0-9a-fA-F]+", "", printed)


def _set_generator(generator: Random, state: Any) -> None:
    version, drawn, second_normal = state
    generator.setstate((version, tuple(drawn), second_normal))
