"""What `fit` is given, checked before the first step: an error names the row and the column."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any
from zlib import crc32

from autograd_mini import Value
from nn.losses import LOSSES, Loss, base_of
from nn.metrics import METRICS, Metric
from nn.module import Module


class Data:
    """Examples and their targets: rows of numbers `X`, and in `y` a number or a row for each.

    Both may be lists or NumPy arrays (or whatever NumPy makes an array of). An array stays one;
    only the rows of a batch become lists. `name` begins the names in errors, as in
    "validation X[3]". ValueError or TypeError for rows of unequal length, for what is not a
    finite number, if there are no rows, or not as many targets.
    """

    def __init__(self, X: Any, y: Any, name: str = "") -> None:
        self.name = name
        self.X = _checked(f"{name}X", X)
        self.y = _checked(f"{name}y", y)
        if not hasattr(self.X[0], "__len__"):
            raise ValueError(
                f"{name}X[0] is a number, not a row: write X = [[x] for x in X] if each example "
                "has one feature"
            )
        if len(self.X) != len(self.y):
            raise ValueError(f"{name}X has {len(self.X)} rows, but {name}y has {len(self.y)}")

    def __len__(self) -> int:
        return len(self.X)

    def rows(self, indices: Iterable[int]) -> tuple[list[Any], list[Any]]:
        """The examples and the targets at `indices`, as lists."""
        chosen = list(indices)
        return [_listed(self.X[i]) for i in chosen], self.targets(chosen)

    def targets(self, indices: Iterable[int]) -> list[Any]:
        """The targets at `indices`, as a list."""
        return [_listed(self.y[i]) for i in indices]

    def checksum(self) -> int:
        """A number that tells these data from others."""
        total = 0
        for part in (self.X, self.y):
            flat = part.ravel().data if hasattr(part, "ravel") else array("d", _flat(part))
            total = crc32(flat, total)
        return total

    def check_against(self, model: Module, loss: Loss, metric: Metric | None = None) -> None:
        """ValueError if the model cannot read the rows, or the loss or metric one of the targets.

        The model is run on the first row. If the loss is one of this package's, every distinct
        target is held against that prediction.
        """
        try:
            prediction = model(_listed(self.X[0]))
        except ValueError as error:
            raise ValueError(f"{self.name}X[0] does not fit the model: {error}") from error
        if metric is not None and base_of(metric) in METRICS.values():
            try:
                metric([prediction], self.targets([0]))
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"the metric cannot compare the prediction for {self.name}X[0] with "
                    f"{self.name}y[0]: {error}"
                ) from error
        if base_of(loss) not in LOSSES.values():
            return
        tried = set()
        for row, target in enumerate(map(_listed, self.y)):
            key = tuple(target) if isinstance(target, list) else target
            if key not in tried:
                tried.add(key)
                try:
                    loss([prediction], [target])
                except ValueError as error:
                    raise ValueError(f"{self.name}y[{row}]: {error}") from error


def _checked(name: str, data: Any) -> Any:
    """`data` as an array of floats, or as a list of floats or of rows of floats."""
    if hasattr(data, "__array__"):
        return _checked_array(name, data)
    if not hasattr(data, "__len__") or not hasattr(data, "__getitem__") or isinstance(data, str):
        raise TypeError(f"{name} is a list of rows or an array, got {data!r}")
    if len(data) == 0:
        raise ValueError(f"{name} is empty: there is nothing to learn from")
    if not hasattr(data[0], "__len__"):
        return _floats(name, data)
    rows = []
    for i, row in enumerate(data):
        if not hasattr(row, "__len__") or len(row) != len(data[0]):
            given = f"{len(row)} numbers" if hasattr(row, "__len__") else f"no row but {row!r}"
            raise ValueError(f"{name}[{i}] has {given}, but {name}[0] has {len(data[0])} numbers")
        rows.append(_floats(f"{name}[{i}]", row))
    return rows


def _checked_array(name: str, data: Any) -> Any:
    import numpy as np

    numbers = np.asarray(data)
    if numbers.dtype.kind not in "biuf":
        return _checked(name, numbers.tolist())
    if numbers.ndim not in (1, 2):
        raise ValueError(
            f"{name} has shape {numbers.shape}: a row of numbers per example is needed"
        )
    if len(numbers) == 0:
        raise ValueError(f"{name} is empty: there is nothing to learn from")
    for index in np.argwhere(~np.isfinite(numbers))[:1]:
        place = "".join(f"[{i}]" for i in index)
        raise ValueError(f"{name}{place} is {numbers[tuple(index)]}: every number must be finite")
    return numbers.astype(float)


def _floats(name: str, numbers: Sequence[Any]) -> list[float]:
    floats = []
    for i, number in enumerate(numbers):
        try:
            floats.append(number if type(number) is float else Value(number).data)
        except TypeError as error:
            raise TypeError(f"{name}[{i}]: {error}") from None
        if not isfinite(floats[-1]):
            raise ValueError(f"{name}[{i}] is {number}: every number must be finite")
    return floats


def _flat(rows: list[Any]) -> Iterator[float]:
    for row in rows:
        yield from row if isinstance(row, list) else [row]


def _listed(row: Any) -> Any:
    return row.tolist() if hasattr(row, "tolist") else row
