"""What the values of a function at nine points show: its slope, its noise, a corner.

From x - 4h to x + 4h, they give a formula for the slope with an error of O(h^8), and the inner
seven one of O(h^6) (Fornberg, Mathematics of Computation 51, 1988). The difference of the two is
about the error of the second, and so bounds that of the first, generously. How noisy the values
are, they tell themselves: their fourth and eighth differences should be next to nothing, and what
they are in fact is rounding in f (Hamming, Numerical Methods, 1962). Where they all lie on one step
of a staircase, as those of 1 - cos(x) at 1e-6, they do not: what f is known to round is noise, too.

Where the values determine no slope, the slopes of either side may still be known. At a corner they
are the ends of the interval in which any slope that may be called one must lie (Clarke's
subdifferential of a function of one number).
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import NamedTuple

# Weights of f(x + kh) - f(x - kh) for k = 1, 2, 3, 4
_SLOPE = (672, -168, 32, -3)  # of 840 h times the slope
_COARSER = (45, -9, 1, 0)  # of 60 h times the slope

# and of values in a row, the first of them at x, or h beside it.
_FROM_FIVE = (-25, 48, -36, 16, -3)  # of 12 h times the slope
_FROM_FOUR_BESIDE = (-26, 57, -42, 11)  # of 6 h times the slope
_FROM_THREE_BESIDE = (-5, 8, -3, 0)  # of 2 h times the slope
_CURVE = (-104, 114, -56, 11)  # of 12 h**2 times the second derivative, but for its 35 f(x)

# Differences, which are noise if f is smooth.
_FOURTH = (1, -4, 6, -4, 1)
_EIGHTH = (1, -8, 28, -56, 70, -56, 28, -8, 1)

# The error of a slope due to noise, in noise / h: 1.2 as a rule (the root of the sum of the squared
# weights), 2.1 if every value is off by it the wrong way, and the noise itself is an estimate.
_CARE = 6

#: The values of one function from x - 4h to x + 4h.
Window = Sequence[float]


@dataclass(frozen=True)
class Side:
    """The slope on one side of x, and the bound of its error; f(x) belongs to it if it `meets`."""

    slope: float
    bound: float
    meets: bool = False


@dataclass(frozen=True)
class Slope:
    """A measured slope and the bound of its error.

    `is_rough` if the samples do not determine a slope: there is a corner, a jump or only noise; at
    the edge of the domain, where no step finds finite values on both sides, slope is nan. There,
    `sides` are the slopes from the left and from the right, as far as they are known. `is_flat` if
    the samples differ by no more than rounding can make them, as those of sin(x)**2 + cos(x)**2: a
    slope far below the bound may then be called 0, and any other is not seen.
    """

    slope: float
    bound: float
    is_rough: bool = False
    is_flat: bool = False
    sides: tuple[Side | None, Side | None] = (None, None)

    def admits(self, claimed: float, rounding: float = 0.0) -> bool:
        """Whether a claimed slope, itself rounded, lies within the bound."""
        return abs(claimed - self.slope) <= self.bound + rounding

    def contradicts(self, other: "Slope") -> bool:
        """Whether no slope is within the bounds of both."""
        return abs(self.slope - other.slope) > self.bound + other.bound

    def excludes(self, claimed: float, rounding: float = 0.0) -> bool:
        """Whether the slopes of both sides, or of the only side there is, rule out a claim."""
        known = [side for side in self.sides if side]
        if len(known) < 2 and not (known and math.isnan(self.slope)):
            return False
        low = min(side.slope - side.bound for side in known)
        high = max(side.slope + side.bound for side in known)
        return claimed < low - rounding or claimed > high + rounding


UNKNOWN = Slope(nan, inf, is_rough=True)


class Probe(NamedTuple):
    """What a narrow window shows: the noise in one value, and a slope of few digits."""

    noise: float
    slope: Slope


def probed(h: float, window: Window, known: float) -> Probe:
    """Of a window so narrow that a fourth difference is noise, a corner or a jump."""
    if not all(map(math.isfinite, window)):
        return Probe(known, UNKNOWN)
    fourths = [_noise(_FOURTH, window[i : i + 5]) for i in range(5)]
    noise = max(known, math.ulp(max(map(abs, window))), *fourths)
    return Probe(noise, Slope(_central(_SLOPE, window) / (840 * h), _CARE * noise / h))


def measured(x: float, h: float, window: Window, known: float, probe: Probe) -> Slope:
    """The slope at x, if the probe does not see another."""
    left, right = window[4::-1], window[4:]
    largest = max(map(abs, window))
    # fourth differences may be curvature, and the eighth a corner at x: noise is in both
    bend = max(_noise(_FOURTH, left), _noise(_FOURTH, right))
    noise = max(math.ulp(largest), min(bend, _noise(_EIGHTH, window)), probe.noise)
    slope = _central(_SLOPE, window) / (840 * h)
    coarser = _central(_COARSER, window) / (60 * h)
    rounding = _CARE * (noise + abs(slope) * _misplaced(x, h))
    bound = abs(slope - coarser) + rounding / h
    jump = abs(_weighed(_CURVE, right[1:]) - _weighed(_CURVE, left[1:])) / 12
    if jump > 40 * bend:  # more than noise or curvature
        bound += jump / (6 * h)  # of a parabola on one side of x alone, both formulas see 1/7
    if probe.slope.contradicts(Slope(slope, bound)):
        bound += abs(slope - probe.slope.slope)
    corner = abs(_weighed(_FROM_FIVE, left) + _weighed(_FROM_FIVE, right))
    is_corner = corner > 120 * rounding + 1200 * bend
    is_jump = bound > 1e-3 * abs(slope) and bound * h > max(1e-9 * largest, sys.float_info.min)
    spread = max(window) - min(window)  # over 8 steps
    is_noise = sys.float_info.min < spread <= 800 * bound * h  # not even two digits
    is_flat = spread <= 16 * max(math.ulp(largest), known)
    return Slope(slope, bound, is_corner or is_jump or is_noise, is_flat)


def side(h: float, values: Window, known: float) -> tuple[Side, float]:
    """The slope at x from four values beside it, not from f(x), the first: there may be a jump.

    The derivative at 0 of the cubic through the values at 1, 2, 3, 4, and of the parabola through
    the first three for the error. Also how small a bound is next to nothing.
    """
    _, *beside = values
    if not all(map(math.isfinite, beside)):
        return Side(nan, inf), 0.0
    slope = _weighed(_FROM_FOUR_BESIDE, beside) / (6 * h)
    coarser = _weighed(_FROM_THREE_BESIDE, beside) / (2 * h)
    largest = max(map(abs, beside))
    bound = abs(slope - coarser) + 30 * max(math.ulp(largest), known) / abs(h)
    meets = abs(_weighed(_FROM_FIVE, values) / (12 * h) - slope) <= bound
    flat = 1e-12 * max(largest, known / sys.float_info.epsilon) / abs(h) + sys.float_info.min
    return Side(slope, bound, meets), flat


def _weighed(weights: Sequence[int], values: Sequence[float]) -> float:
    return sum(weight * y for weight, y in zip(weights, values, strict=True))


def _central(weights: Sequence[int], window: Window) -> float:
    """What is even around x is 0 exactly."""
    return _weighed(
        weights, [up - down for up, down in zip(window[5:], window[3::-1], strict=True)]
    )


def _noise(difference: Sequence[int], values: Sequence[float]) -> float:
    """The noise in one value: independent errors of one size add up to a root of squares."""
    return abs(_weighed(difference, values)) / math.hypot(*difference)


def _misplaced(x: float, h: float) -> float:
    """How far from their places the outermost points are, at most, and so any other."""
    return max(abs((x + k * h) - x - k * h) for k in (-4, 4))
