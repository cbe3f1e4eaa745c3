"""What a gradient check found: rows of data that print as a table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isnan
from typing import Any

#: From worst to best, and what the reader of a table should know.
VERDICTS = {
    "FAIL": "further from the measured slope than the measurement can be wrong",
    "shape": "the right number, but in an array of another shape than its parameters have",
    "kink": "a corner, a jump or mere noise: there is no slope to measure, move the point a little",
    "edge": "not finite on both sides, be it f or its slope: there is no slope to measure, move "
    "into the domain",
    "pass": "equal to the measured slope, within the error of the measurement",
}

#: A longer table is cut off.
SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One derivative: d output / d input where the input is `point`.

    `analytic` is what the package says and `numeric` what finite differences measure, with an
    error of at most `bound`; nan and inf where they measure nothing. `output` is "" for a
    function that returns one number, "d/dx" for its derivative. `note` says what is known of a
    kink or an edge; at a `corner` the slopes of both sides are known, and differ.
    """

    input: str
    output: str
    point: float
    analytic: float
    numeric: float
    bound: float
    verdict: str
    note: str
    corner: bool

    @property
    def error(self) -> float:
        """How far the analytic slope is from the numeric one."""
        return abs(self.analytic - self.numeric)

    @property
    def order(self) -> int:
        """1 for a first derivative, 2 for a derivative of one, ..."""
        return 1 + self.output.count("d/d")

    def place(self) -> str:
        """Which slope it is, and where: "d/dy in x at 2"."""
        output = f"{self.output} in " if self.output else ""
        return f"{output}{self.input} at {self.point:.6g}"

    def badness(self) -> tuple[int, float]:
        """Sorts the worst row first: by verdict, then by the error, in units of its bound."""
        ratio = self.error / self.bound if self.bound else self.error
        return list(VERDICTS).index(self.verdict), -inf if isnan(ratio) else -ratio


class Report(tuple[Row, ...]):
    """The rows of a check, worst first. True if every row passed; prints as a table.

    `culprit` is, if a row fails, the first operation whose own derivative is wrong, or whose result
    was changed.
    `diagnoses` say what is wrong with gradients written by hand. `judged` heads the column of what
    is compared with the numbers: "analytic" slopes, or "claimed" ones.
    """

    culprit: Any
    diagnoses: tuple[Any, ...]
    judged: str

    def __new__(
        cls,
        rows: Iterable[Row],
        culprit: Any = None,
        diagnoses: Iterable[Any] = (),
        judged: str = "analytic",
    ) -> "Report":
        """A tuple of rows, and beside them what was found."""
        report = super().__new__(cls, rows)
        report.culprit, report.diagnoses, report.judged = culprit, tuple(diagnoses), judged
        return report

    def __bool__(self) -> bool:
        return all(row.verdict == "pass" for row in self)

    def summary(self) -> str:
        """One line: how many slopes were compared, the verdicts, the largest error."""
        counts = Counter(row.verdict for row in self)
        verdicts = ", ".join(
            f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]
        )
        judged = [row for row in self if row.verdict in ("FAIL", "pass") and row.numeric]
        largest = max((row.error / abs(row.numeric) for row in judged), default=0.0)
        noun = "slope" if len(self) == 1 else "slopes"
        return f"{len(self)} {noun}: {verdicts}; largest relative error {largest:.1e}"

    def __repr__(self) -> str:
        head = ("input", "output", "at", self.judged, "numeric", "error", "bound", "verdict")
        table = [head, *map(_cells, self[:SHOWN])]
        if not any(row.output for row in self):
            table = [cells[:1] + cells[2:] for cells in table]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
        if len(self) > SHOWN:
            lines.append(f"... and {len(self) - SHOWN} more")
        met = {row.verdict for row in self} - {"pass"}
        lines += [
            f"{verdict}: {meaning}" for verdict, meaning in VERDICTS.items() if verdict in met
        ]
        lines += [f"{row.place()}: {row.note}" for row in self[:SHOWN] if row.note]
        lines += [str(finding) for finding in (self.culprit, *self.diagnoses) if finding]
        return "\n".join([*lines, self.summary()])


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (f"{number:.10g}" for number in (row.analytic, row.numeric))
    small = (f"{number:.1e}" for number in (row.error, row.bound))
    return row.input, row.output, f"{row.point:.6g}", *numbers, *small, row.verdict
