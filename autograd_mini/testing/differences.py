"""Slopes by central differences, each with a bound of its own error.

Five points: f'(x) = (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h + O(h^4), most accurate where
h ~ eps^(1/5) (Abramowitz and Stegun, 25.3.6). The same formula at 2h has 16 times the truncation
error, so the difference of the two bounds it, generously. How noisy the samples are, they tell
themselves: on either side of x their fourth difference is h^4 f'''', next to nothing, and what it
is in fact is rounding in f (Hamming, Numerical Methods, 1962).
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_STEP = sys.float_info.epsilon ** (1 / 5)

#: Steps to try, as multiples of the first, until one gives a sharp bound.
_REFINEMENTS = (1.0, 1 / 16, 16.0, 1 / 256, 1 / 4096)


@dataclass(frozen=True)
class Slope:
    """A measured slope, the bound of its error and the step that gave both.

    `is_rough` if the samples do not determine a slope: there is a corner, a jump, or only noise.
    """

    slope: float
    bound: float
    step: float
    is_rough: bool

    def admits(self, claimed: float) -> bool:
        """Whether a claimed slope lies within the bound."""
        return abs(claimed - self.slope) <= self.bound


#: Several functions of one number, evaluated together.
Sample = Callable[[float], Sequence[float]]


def best_slopes(sample: Sample, x: float, center: Sequence[float]) -> list[Slope | None]:
    """The slope at x of each function, by the step with the smallest bound; `center` is f(x).

    None where no step finds finite values on both sides: x is at the edge of the domain.
    """
    scale = abs(x) if abs(x) > 1e-290 else 1.0
    steps = [_STEP * scale * factor for factor in _REFINEMENTS]
    if scale < 1e-3:
        steps.append(_STEP)  # f may not care that x is small
    best: list[Slope | None] = [None] * len(center)
    for step in steps:
        for i, found in enumerate(slopes(sample, x, center, step)):
            known = best[i]
            if found and (known is None or found.bound < known.bound):
                best[i] = found
        if all(found and _is_sharp(found, y, scale) for found, y in zip(best, center, strict=True)):
            break
    return best


def slopes(sample: Sample, x: float, center: Sequence[float], step: float) -> list[Slope | None]:
    """The slopes by one step; None where a value is not finite."""
    h = 2.0 ** round(math.log2(step))  # a power of two, so that x + h is hardly ever rounded
    left = [sample(x - k * h) for k in (1, 2, 3, 4)]
    right = [sample(x + k * h) for k in (1, 2, 3, 4)]
    return [
        _slope(x, h, y, [values[i] for values in left], [values[i] for values in right])
        for i, y in enumerate(center)
    ]


def _slope(
    x: float, h: float, y: float, left: Sequence[float], right: Sequence[float]
) -> Slope | None:
    if not all(map(math.isfinite, (*left, y, *right))):
        return None
    largest = max(map(abs, (*left, y, *right)))
    noise = max(math.ulp(largest), _fourth_difference(y, *left), _fourth_difference(y, *right))
    slope = (8 * (right[0] - left[0]) - (right[1] - left[1])) / (12 * h)
    wider = (8 * (right[1] - left[1]) - (right[3] - left[3])) / (24 * h)
    rounding = 10 * noise / h + abs(slope) * math.ulp(abs(x) + 4 * h) / h
    bound = 2 * abs(slope - wider) + rounding
    corner = abs(_outward(y, *left) + _outward(y, *right)) / h
    is_corner = corner > 10 * rounding + 1e-9 * abs(slope)
    is_jump = bound > 1e-3 * abs(slope) and bound * h > 1e-9 * largest + sys.float_info.min
    return Slope(slope, bound, h, is_corner or is_jump)


def _fourth_difference(y: float, a: float, b: float, c: float, d: float) -> float:
    """The noise in one sample: independent errors add up to 8.4 times their size."""
    return abs(y - 4 * a + 6 * b - 4 * c + d) / 8.4


def _outward(y: float, a: float, b: float, c: float, d: float) -> float:
    """h times the one-sided slope away from x."""
    return (-25 * y + 48 * a - 36 * b + 16 * c - 3 * d) / 12


def _is_sharp(found: Slope, y: float, scale: float) -> bool:
    return found.bound <= 1e-8 * abs(found.slope) + 1e-11 * abs(y) / max(scale, 1e-3)
