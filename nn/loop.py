"""The training loop: steps, epochs, and what is measured on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

from nn.callbacks import Callback, Epoch
from nn.checkpoint import Checkpoint, Course
from nn.data import Data
from nn.engines import Engine
from nn.losses import Loss
from nn.metrics import Metric
from nn.module import Module
from nn.optim import Optimizer


@dataclass
class Loop:
    """Steps in batches of `size` until there are `total`, or a callback stops them."""

    engine: Engine
    course: Course
    model: Module
    optimizer: Optimizer
    loss: Loss
    data: Data
    held_out: Data | None
    metric: Metric | None
    callbacks: Sequence[Callback]
    saving: Checkpoint | None
    size: int
    total: int

    def run(self, advance: Callable[[str], None]) -> None:
        """Go on from where the course is; an interrupt ends it after a complete step."""
        try:
            while self._unfinished():
                self._steps(advance)
                self._end_epoch()
        except KeyboardInterrupt:
            self.course.history.interrupted = True
        finally:
            self.engine.publish()

    def _unfinished(self) -> bool:
        """Whether there are steps to make, or an epoch to end."""
        course = self.course
        return not course.stopped and (course.steps < self.total or bool(course.losses))

    def _steps(self, advance: Callable[[str], None]) -> None:
        """Make the epoch's steps, or as many of them as there are to make."""
        course, asked = self.course, self.metric is not None
        for batch in course.batches(len(self.data), self.size)[: self.total - course.steps]:
            loss, predictions = self.engine.step(batch, asked)
            beside = f"{self.engine.name}  loss {loss:.4g}"
            course.losses.append(loss)
            if self.metric is not None:
                score = float(self.metric(predictions, self.data.targets(batch)))
                course.scores.append(score)
                beside += f"  metric {score:.3f}"
            course.steps += 1
            advance(beside)
            if self.saving is not None and self.saving.due():
                self._save()

    def _end_epoch(self) -> None:
        course = self.course
        cut_short = len(course.losses) < ceil(len(self.data) / self.size)
        if cut_short:  # by `steps`: a training of more steps would complete it
            self._save()
        measured = {"loss": fmean(course.losses)}
        if self.metric is not None:
            measured["metric"] = fmean(course.scores)
        if self.held_out is not None:
            measured |= self._validated(self.held_out)
        course.history.add(measured)
        course.losses, course.scores = [], []
        self.engine.publish()
        if self.callbacks:
            number = len(course.history.loss)
            epoch = Epoch(number, self.model, self.optimizer, self.loss, **measured)
            answers = [callback(epoch) for callback in self.callbacks]
            course.stopped = any(answers)
            self.engine.resume()
        if not cut_short and not self._unfinished():
            self._save()

    def _validated(self, held_out: Data) -> dict[str, float]:
        loss, predictions = self.engine.evaluate(held_out, self.metric is not None)
        measured = {"validation_loss": loss}
        if self.metric is not None:
            targets = held_out.targets(range(len(held_out)))
            measured["validation_metric"] = float(self.metric(predictions, targets))
        return measured

    def _save(self) -> None:
        if self.saving is not None:
            self.engine.publish()
            self.saving.write()
