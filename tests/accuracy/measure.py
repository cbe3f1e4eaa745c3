"""How far a row's value, slopes and second slopes are from the exact ones."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from mpmath import mpf

from autograd_mini import Value, grad
from autograd_mini.primitives import Primitive
from tests.accuracy.points import REGIONS
from tests.accuracy.reference import EXACT, exactly
from tests.primitives.rows import call

#: What is measured, and the error that every row is to keep to: units in the last place for
#: values and slopes, relative to the exact one for second slopes.
PROMISED = {"forward": 2.0, "slope": 4.0, "second": 1e-12}


@dataclass
class Worst:
    """The largest error seen, and where; how many of how many points broke the promise."""

    promised: float
    error: float = 0.0
    where: str = ""
    broken: int = 0
    count: int = 0

    def see(self, error: float, where: str) -> None:
        """One point more; nan is larger than all."""
        self.add(Worst(self.promised, error, where, not error <= self.promised, 1))

    def add(self, other: "Worst") -> None:
        """What was seen elsewhere."""
        if not other.error <= self.error:
            self.error, self.where = other.error, other.where
        self.broken += other.broken
        self.count += other.count


class Measured:
    """The worst errors of a row, by quantity and region."""

    def __init__(self) -> None:
        self.worst = {
            (quantity, region): Worst(promised)
            for quantity, promised in PROMISED.items()
            for region in REGIONS
        }

    def add(self, other: "Measured") -> None:
        """What was measured elsewhere."""
        for key, worst in other.worst.items():
            self.worst[key].add(worst)


def measure(row: Primitive, points: Iterable[tuple[str, list[float]]]) -> Measured:
    """The worst errors over some points; at each the slope in one operand, derived in another."""
    found, draw = Measured(), Random(row.name)
    for region, operands in points:
        i, j = draw.randrange(len(operands)), draw.randrange(len(operands))
        node = call(row, [Value(x) for x in operands])
        slope = grad(lambda *xs: call(row, list(xs)), i)
        exact = exactly(EXACT[row.name], operands, i, j)
        errors = {
            "forward": ulps(node.data, exact and exact.value),
            "slope": ulps(node.local_derivatives[i], exact and exact.slope),
            "second": relative(grad(slope, j)(*operands), exact.second) if exact else 0.0,
        }
        several = f", in operands {i} and {j}" if len(operands) > 1 else ""
        for quantity, error in errors.items():
            where = f"at {', '.join(map(repr, operands))}{several}"
            found.worst[quantity, region].see(error, where)
    return found


def ulps(got: float, want: Any) -> float:
    """The error in units in the last place of `want`; of None, where nothing but nan is right."""
    if want is None:
        return 0.0 if math.isnan(got) else math.inf
    if abs(want) > sys.float_info.max:
        return 0.0 if got == math.copysign(math.inf, want) else math.inf
    if not math.isfinite(got):
        return math.inf
    return float(abs(mpf(got) - want) / math.ulp(float(want)))


def relative(got: float, want: Any) -> float:
    """The error beside `want`, or beside the smallest float that has all its digits."""
    if not math.isfinite(got) or abs(want) > sys.float_info.max:
        return ulps(got, want)
    return float(abs(mpf(got) - want) / max(abs(want), sys.float_info.min))
