"""Slopes by central differences, each with a bound of its own error.

Five points: f'(x) = (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h + O(h^4), most accurate where
h ~ eps^(1/5) (Abramowitz and Stegun, 25.3.6). The same formula at 2h has 16 times the truncation
error, so the difference of the two bounds it, generously. How noisy the samples are, they tell
themselves: for a small h their fourth difference should be next to nothing, and what it is in fact
is rounding in f (Hamming, Numerical Methods, 1962).
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_STEP = sys.float_info.epsilon ** (1 / 5)

# Steps to try, as multiples of the first, until one gives a sharp bound.
_REFINEMENTS = (1.0, 1 / 16, 16.0, 1 / 256, 1 / 4096, 1 / 65536)

# At this one nothing but noise is left of a fourth difference. It is no power of two, which could
# meet the rounding of f at the same phase in every value and see none of it.
_PROBE = 1 / 50000


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

#: The values of one function from x - 4h to x + 4h.
Window = Sequence[float]


def best_slopes(
    sample: Sample, x: float, center: Sequence[float], stretch: float = 1.0
) -> list[Slope | None]:
    """The slope at x of each function, by the step with the smallest bound; `center` is f(x).

    Every step is multiplied by `stretch`: another one makes an independent measurement. None where
    no step finds finite values on both sides: x is at the edge of the domain.
    """
    scale = abs(x) if abs(x) > 1e-290 else 1.0
    first = _STEP * scale * stretch
    steps = [first * factor for factor in _REFINEMENTS]
    if scale < 1e-3:
        steps.append(_STEP * stretch)  # f may not care that x is small
    probe = _windows(sample, x, center, first * _PROBE)
    noise = [_noise(window) if _is_finite(window) else 0.0 for window in probe]
    best: list[Slope | None] = [None] * len(center)
    for step in steps:
        h = 2.0 ** round(math.log2(step))  # a power of two, so that x + h is hardly ever rounded
        for i, window in enumerate(_windows(sample, x, center, h)):
            if _is_finite(window):
                found, known = _slope(x, h, window, noise[i]), best[i]
                best[i] = found if known is None or found.bound < known.bound else known
        if all(slope and _is_sharp(slope, y, scale) for slope, y in zip(best, center, strict=True)):
            break
    return best


def _windows(sample: Sample, x: float, center: Sequence[float], h: float) -> list[Window]:
    """What each function is around x."""
    left = [sample(x - k * h) for k in (4, 3, 2, 1)]
    right = [sample(x + k * h) for k in (1, 2, 3, 4)]
    return list(zip(*left, center, *right, strict=True))


def _slope(x: float, h: float, window: Window, least_noise: float) -> Slope:
    far_down, _, down2, down1, _, up1, up2, _, far_up = window
    largest = max(map(abs, window))
    left, right = window[:5], window[4:]  # each for itself: a corner at x is not noise
    noise = max(math.ulp(largest), _noise(left), _noise(right), least_noise)
    slope = (8 * (up1 - down1) - (up2 - down2)) / (12 * h)
    wider = (8 * (up2 - down2) - (far_up - far_down)) / (24 * h)
    rounding = 10 * noise / h + abs(slope) * math.ulp(abs(x) + 4 * h) / h
    bound = 2 * abs(slope - wider) + rounding
    corner = abs(_rise(right) + _rise(left[::-1])) / h
    is_corner = corner > 10 * rounding + 1e-9 * abs(slope)
    is_jump = bound > 1e-3 * abs(slope) and bound * h > 1e-9 * largest + sys.float_info.min
    is_noise = 0 < max(window) - min(window) <= 8 * bound * h  # over the 8 steps of the window
    return Slope(slope, bound, h, is_corner or is_jump or is_noise)


def _noise(values: Sequence[float]) -> float:
    """The noise in one value, from the fourth differences of five or more.

    Independent errors of one size add up to 8.4 times it, the root of 1 + 16 + 36 + 16 + 1.
    """
    largest = 0.0
    for i in range(len(values) - 4):
        a, b, c, d, e = values[i : i + 5]
        largest = max(largest, abs(a - 4 * b + 6 * c - 4 * d + e))
    return largest / 8.4


def _rise(values: Sequence[float]) -> float:
    """h times the slope at the first of five values, from those on one side alone."""
    y, a, b, c, d = values
    return (-25 * y + 48 * a - 36 * b + 16 * c - 3 * d) / 12


def _is_finite(window: Window) -> bool:
    return all(map(math.isfinite, window))


def _is_sharp(slope: Slope, y: float, scale: float) -> bool:
    return slope.bound <= 1e-8 * abs(slope.slope) + 1e-11 * abs(y) / max(scale, 1e-3)
