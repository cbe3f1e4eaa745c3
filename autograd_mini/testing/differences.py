"""Slopes by central differences, each with a bound of its own error.

Nine points, x - 4h to x + 4h, give a formula with an error of O(h^8), and the inner seven one of
O(h^6) (Fornberg, Mathematics of Computation 51, 1988). The difference of the two is about the error
of the second, and so bounds that of the first, generously. How noisy the samples are, they tell
themselves: their fourth and eighth differences should be next to nothing, and what they are in fact
is rounding in f (Hamming, Numerical Methods, 1962). Where they all lie on one step of a staircase,
as those of 1 - cos(x) at 1e-6, they do not: what f is known to round is noise, too.

A probe, much narrower and with a step that is no power of two, sees what the samples may miss: a
wave whose period divides their distance, as in sin(2**14 * pi * x). Where x is large, steps are
parts of x and, before that, of 1: the scale of sin(x) is the same everywhere.

Where the samples determine no slope, the slopes of either side may still be known. At a corner they
are the ends of the interval in which any slope that may be called one must lie (Clarke's
subdifferential of a function of one number).
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, nan

_STEP = sys.float_info.epsilon ** (1 / 5)

# Steps to try, as multiples of that, until one gives a sharp bound.
_REFINEMENTS = (4.0, 1 / 4, 16.0, 1 / 32, 1 / 256, 1 / 4096, 1 / 65536)

# At this one nothing but noise is left of a fourth difference. It is no power of two, which could
# meet the rounding of f at the same phase in every value and see none of it.
_PROBE = 1 / 50000

# The error of a slope due to noise, in noise / h: 1.2 as a rule (the root of the sum of the squared
# weights), 2.1 if every value is off by it the wrong way, and the noise itself is an estimate.
_CARE = 6


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
    is_rough: bool
    is_flat: bool = False
    sides: tuple[Side | None, Side | None] = (None, None)

    def admits(self, claimed: float, rounding: float = 0.0) -> bool:
        """Whether a claimed slope, itself rounded, lies within the bound."""
        return abs(claimed - self.slope) <= self.bound + rounding + sys.float_info.min

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


#: Several functions of one number, evaluated together.
Sample = Callable[[float], Sequence[float]]

#: The values of one function from x - 4h to x + 4h.
Window = Sequence[float]

#: Of each function the noise in one value and a slope of few digits, if one is seen.
Probes = Sequence[tuple[float, "Slope | None"]]


def best_slopes(
    sample: Sample,
    x: float,
    center: Sequence[float],
    noises: Sequence[float] | None = None,
    stretch: float = 1.0,
) -> list[Slope]:
    """The slope at x of each function, by the step with the smallest bound; `center` is f(x).

    `noises` are known to be in one value of each, whatever the samples show. Every step is
    multiplied by `stretch`: another one makes an independent measurement.
    """
    if not math.isfinite(x):
        return [Slope(nan, inf, is_rough=True) for _ in center]
    scale = abs(x) if abs(x) > 1e-290 else 1.0
    around = partial(_slopes, sample, x, center, noises or [0.0] * len(center), stretch)
    if scale <= 1e3:
        return around(scale)
    narrow = around(1.0)  # f may not care that x is large
    if all(_is_sharp(slope, y, scale) for slope, y in zip(narrow, center, strict=True)):
        return narrow
    return [
        wide if wide.bound < near.bound and not wide.contradicts(near) else near
        for near, wide in zip(narrow, around(scale), strict=True)
    ]


def _slopes(
    sample: Sample,
    x: float,
    center: Sequence[float],
    known: Sequence[float],
    stretch: float,
    scale: float,
) -> list[Slope]:
    """The slopes by steps that are parts of `scale`."""

    def probed(scale: float) -> Probes:
        width = _exact(x, _STEP * scale * stretch * _PROBE)
        windows = _windows(sample, x, center, width)
        return [_probed(x, width, *each) for each in zip(windows, known, strict=True)]

    probes = probed(scale)
    steps = [(_STEP * scale * factor, probes) for factor in _REFINEMENTS]
    if scale < 1e-3:  # f may not care that x is small
        steps.append((4 * _STEP, probed(1.0)))
    best: list[Slope | None] = [None] * len(center)
    seen = []
    for step, probes in steps:
        h = _exact(x, 2.0 ** round(math.log2(step)) * stretch)
        seen.append((h, _windows(sample, x, center, h)))
        for i, window in enumerate(seen[-1][1]):
            if all(map(math.isfinite, window)) and not _is_sharp(best[i], center[i], scale):
                best[i] = _sharper(_slope(x, h, window, known[i], probes[i]), best[i])
        if all(_is_sharp(slope, y, scale) for slope, y in zip(best, center, strict=True)):
            break
    slopes = [slope or Slope(nan, inf, is_rough=True) for slope in best]
    return [
        _between(slope, *_sides(x, [(h, windows[i]) for h, windows in seen], known[i]))
        if slope.is_rough
        else slope
        for i, slope in enumerate(slopes)
    ]


def _between(slope: Slope, left: Side | None, right: Side | None) -> Slope:
    """Rough, with its sides; or their slope, if it is the same and they meet, as of x * abs(x)."""
    if left and right:
        apart = abs(left.slope - right.slope)
        bound = apart / 2 + max(left.bound, right.bound)
        middle = Slope((left.slope + right.slope) / 2, bound, is_rough=False)
        if middle.contradicts(slope):  # theirs was too wide a step
            return slope
        smooth = left.meets and right.meets and apart <= left.bound + right.bound
        if smooth and bound <= slope.bound:
            return middle
    return replace(slope, sides=(left, right))


def _sharper(found: Slope, known: Slope | None) -> Slope:
    return found if known is None or found.bound < known.bound else known


def _exact(x: float, h: float) -> float:
    """About h, so that x + h is exact (Numerical Recipes, section 5.7)."""
    return (x + h) - x or math.ulp(x)


def _misplaced(x: float, h: float) -> float:
    """How far from their places the nine samples are, at most."""
    return max(abs((x + k * h) - x - k * h) for k in range(-4, 5))


def _windows(sample: Sample, x: float, center: Sequence[float], h: float) -> list[Window]:
    """What each function is around x."""
    left = [sample(x - k * h) for k in (4, 3, 2, 1)]
    right = [sample(x + k * h) for k in (1, 2, 3, 4)]
    return list(zip(*left, center, *right, strict=True))


def _probed(x: float, h: float, window: Window, known: float) -> tuple[float, Slope | None]:
    """The noise in one value and, if the window sees one, a slope of few digits."""
    if not all(map(math.isfinite, window)):
        return known, None
    noise = max(_noise(window), known)
    _, _, down2, down1, _, up1, up2, _, _ = window
    slope = (8 * (up1 - down1) - (up2 - down2)) / (12 * h)
    rounding = max(noise, math.ulp(max(map(abs, window)))) + abs(slope) * _misplaced(x, h)
    bound = _CARE * rounding / h
    return noise, Slope(slope, bound, is_rough=True) if slope else None


def _slope(
    x: float, h: float, window: Window, known: float, probed: tuple[float, Slope | None]
) -> Slope:
    least_noise, probe = probed
    down4, down3, down2, down1, _, up1, up2, up3, up4 = window
    largest = max(map(abs, window))
    left, right = window[:5], window[4:]
    bend = max(_noise(left), _noise(right))
    # that may be curvature, and the eighth difference a corner at x: noise is in both
    half = max(math.ulp(largest) / 2, math.ulp(0.0))  # half of the least float is no float
    a, b, c, d = up1 - down1, up2 - down2, up3 - down3, up4 - down4
    guess = _eighth_difference(window) / 113.4
    if abs(x) < h:  # around 0 rounding may be odd in x: that cancels here, not in the seventh one
        guess = max(guess, abs(d - 6 * c + 14 * b - 14 * a) / 29.3)
    noise = max(half, min(bend, guess), least_noise)
    slope = (672 * a - 168 * b + 32 * c - 3 * d) / (840 * h)
    coarser = (45 * a - 9 * b + c) / (60 * h)
    rounding = _CARE * (noise + abs(slope) * _misplaced(x, h)) / h
    bound = 2 * abs(slope - coarser) + rounding
    if probe and (missed := abs(slope - probe.slope)) > bound + probe.bound:
        bound += missed
    curves = _curve(left[::-1]), _curve(right)
    jump = abs(curves[1] - curves[0])
    if jump > 100 * noise and jump > 0.1 * max(map(abs, curves)):
        bound += jump / h / 6  # of a parabola on one side alone, both formulas see 1/7
    corner = abs(_rise(right) + _rise(left[::-1])) / h
    is_corner = corner > 10 * rounding + 100 * bend / h + 1e-9 * abs(slope)
    is_jump = bound > 1e-3 * abs(slope) and bound * h > 1e-9 * largest + sys.float_info.min
    spread = max(window) - min(window)  # over 8 steps
    is_noise = 0 < spread <= 800 * bound * h  # not even two digits
    is_flat = spread <= 16 * max(math.ulp(largest), known)
    return Slope(slope, bound, is_corner or is_jump or is_noise, is_flat)


def _sides(
    x: float, windows: Sequence[tuple[float, Window]], known: float
) -> tuple[Side | None, Side | None]:
    """The slopes from the left and from the right: None where they do not settle down."""
    below = [_side(x, -h, window[4::-1], known) for h, window in windows]
    above = [_side(x, h, window[4:], known) for h, window in windows]
    sharpest = [min(sides, key=lambda each: each[0].bound) for sides in (below, above)]
    steepest = max((abs(side.slope) for side, _ in sharpest if side.bound < inf), default=0.0)
    left, right = (
        side if side.bound <= max(1e-3 * steepest, flat) else None for side, flat in sharpest
    )
    return left, right


def _side(x: float, h: float, values: Window, known: float) -> tuple[Side, float]:
    """The slope at x from four values beside it, not from f(x), the first: there may be a jump.

    The derivative at 0 of the cubic through the values at 1, 2, 3, 4, and of the parabola through
    the first three for the error. Also how small a bound is next to nothing.
    """
    _, *beside = values
    if not all(map(math.isfinite, beside)):
        return Side(nan, inf), 0.0
    a, b, c, d = beside
    slope = (-26 * a + 57 * b - 42 * c + 11 * d) / (6 * h)
    parabola = (-5 * a + 8 * b - 3 * c) / (2 * h)
    largest = max(map(abs, beside))
    noise = max(math.ulp(largest), _side_noise(beside), known)
    rounding = (30 * noise + 4 * abs(slope) * math.ulp(abs(x))) / abs(h)
    bound = 2 * abs(slope - parabola) + rounding
    flat = 1e-12 * max(largest, known / sys.float_info.epsilon) / abs(h) + sys.float_info.min
    return Side(slope, bound, meets=abs(_rise(values) / h - slope) <= bound), flat


def _noise(values: Sequence[float]) -> float:
    """The noise in one value, from the fourth differences of five or more.

    Independent errors of one size add up to 8.4 times it, the root of 1 + 16 + 36 + 16 + 1.
    """
    largest = 0.0
    for i in range(len(values) - 4):
        a, b, c, d, e = values[i : i + 5]
        largest = max(largest, abs(a - 4 * b + 6 * c - 4 * d + e))
    return largest / 8.4


def _eighth_difference(values: Window) -> float:
    """Of nine values; independent errors of one size add up to 113.4 times it."""
    weights = (1, -8, 28, -56, 70, -56, 28, -8, 1)
    return abs(sum(weight * y for weight, y in zip(weights, values, strict=True)))


def _side_noise(values: Window) -> float:
    """The noise in one value, from the third difference of four beside x: a jump is not noise."""
    a, b, c, d = values
    return abs(a - 3 * b + 3 * c - d) / 4.5  # the root of 1 + 9 + 9 + 1


def _rise(values: Sequence[float]) -> float:
    """h times the slope at the first of five values, from those on one side alone."""
    y, a, b, c, d = values
    return (-25 * y + 48 * a - 36 * b + 16 * c - 3 * d) / 12


def _curve(values: Sequence[float]) -> float:
    """h**2 times the second derivative at the first of five values, from those on one side."""
    y, a, b, c, d = values
    return (35 * y - 104 * a + 114 * b - 56 * c + 11 * d) / 12


def _is_sharp(slope: Slope | None, y: float, scale: float) -> bool:
    if slope is None:
        return False
    aim = 1e-8 * abs(slope.slope) + 1e-13 * abs(y) / max(scale, 1e-3) + sys.float_info.min
    return slope.bound <= aim
