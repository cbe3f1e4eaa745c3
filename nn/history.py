"""History: the curves of a training."""

import io
from collections import deque
from dataclasses import dataclass, field
from typing import Any

CURVES = ("loss", "metric", "validation_loss", "validation_metric")


@dataclass
class History:
    """One entry per epoch, the last one perhaps cut short by `steps`.

    `loss` and `metric` are means over the epoch's steps, each taken before its update;
    `validation_loss` and `validation_metric` are taken after the epoch, over all validation rows
    at once. A list that nobody asked for is empty. `interrupted` says whether Ctrl-C ended the
    training; the epoch it came in has no entry.

    As the last line of a notebook's cell, a history is shown as its `plot()`.
    """

    loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_metric: list[float] = field(default_factory=list)
    interrupted: bool = False

    def add(self, measured: dict[str, float]) -> None:
        """Append an epoch's numbers to the curves of these names: to all or, interrupted, none."""
        curves = [getattr(self, name) for name in measured]
        deque(map(list.append, curves, measured.values()), maxlen=0)  # a single call into C

    def __repr__(self) -> str:
        curves = [
            f"{name} {curve[0]:.4g} -> {curve[-1]:.4g}"
            for name, curve in self._curves(*CURVES)
            if curve
        ]
        state = ["interrupted"] if self.interrupted else []
        count = len(self.loss)
        told = ", ".join(curves + state)
        return f"History({count} epoch{'' if count == 1 else 's'}{': ' if told else ''}{told})"

    def plot(self) -> Any:
        """A matplotlib figure of the curves, as in `history.plot().savefig("loss.png")`.

        The losses and, beside them, the metrics if there are any. The figure is its caller's: no
        window opens and pyplot does not keep it. ImportError with the install line if matplotlib
        is missing.
        """
        try:
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError("plot() draws with matplotlib: pip install matplotlib") from error
        panels = [("loss", "validation_loss"), ("metric", "validation_metric")]
        panels = [names for names in panels if any(curve for _, curve in self._curves(*names))]
        figure = Figure(figsize=(5.0 * max(len(panels), 1), 3.5), layout="constrained")
        for place, names in enumerate(panels, 1):
            axes = figure.add_subplot(1, len(panels), place)
            for (name, curve), style in zip(self._curves(*names), ("C0.-", "C1.-"), strict=True):
                if curve:
                    axes.plot(range(1, len(curve) + 1), curve, style, label=name.replace("_", " "))
            axes.set(xlabel="epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.legend(frameon=False)
        return figure

    def _curves(self, *names: str) -> list[tuple[str, list[float]]]:
        return [(name, getattr(self, name)) for name in names]

    def _repr_svg_(self) -> str | None:
        try:
            figure = self.plot()
        except ImportError:  # a notebook then falls back on the text
            return None
        file = io.StringIO()
        figure.savefig(file, format="svg")
        return file.getvalue()
