"""Slopes by central differences, each with a bound of its own error: the search for a step.

A probe, much narrower and with a step that is no power of two, sees what the samples may miss: a
wave whose period divides their distance, as in sin(2**14 * pi * x). Where x is large, steps are
parts of x and, before that, of 1: the scale of sin(x) is the same everywhere.
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from autograd_mini.testing.stencils import (
    UNKNOWN,
    Probe,
    Side,
    Slope,
    Window,
    measured,
    probed,
    side,
)

_STEP = sys.float_info.epsilon ** (1 / 5)

# Steps to try, as multiples of that, until one gives a sharp bound.
_REFINEMENTS = tuple(2.0**k for k in (2, -2, 4, -5, -8, -12, -16))

# At this one nothing but noise is left of a fourth difference. It is no power of two, which could
# meet the rounding of f at the same phase in every value and see none of it.
_PROBE = 1 / 50000

#: Several functions of one number, evaluated together.
Sample = Callable[[float], Sequence[float]]


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
        return [UNKNOWN] * len(center)
    scale = abs(x) if abs(x) > 1e-290 else 1.0
    around = partial(_slopes, sample, x, center, noises or [0.0] * len(center), stretch)
    if scale <= 1e3:
        return around(scale)
    return [  # f may not care that x is large
        wide if wide.bound < near.bound and not wide.contradicts(near) else near
        for near, wide in zip(around(1.0), around(scale), strict=True)
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

    def probes(scale: float) -> list[Probe]:
        width = _exact(x, _STEP * scale * stretch * _PROBE)
        windows = _windows(sample, x, center, width)
        return [probed(width, *each) for each in zip(windows, known, strict=True)]

    narrow = probes(scale)
    steps = [(_STEP * scale * factor, narrow) for factor in _REFINEMENTS]
    if scale < 1e-3:  # f may not care that x is small
        steps.append((4 * _STEP, probes(1.0)))
    best = [UNKNOWN] * len(center)
    seen = []
    for step, probe in steps:
        h = _exact(x, 2.0 ** round(math.log2(step)) * stretch)
        seen.append((h, _windows(sample, x, center, h)))
        for i, window in enumerate(seen[-1][1]):
            if all(map(math.isfinite, window)):
                found = measured(x, h, window, known[i], probe[i])
                sharper = found.bound < best[i].bound and not _is_blind(found, best[i], h)
                if best[i] is UNKNOWN or sharper:
                    best[i] = found
        if all(_is_sharp(slope, y, scale) for slope, y in zip(best, center, strict=True)):
            break
    return [
        _between(slope, *_sides([(h, windows[i]) for h, windows in seen], known[i]))
        if slope.is_rough
        else slope
        for i, slope in enumerate(best)
    ]


def _between(slope: Slope, left: Side | None, right: Side | None) -> Slope:
    """Rough, with its sides; or their slope, if it is the same and they meet, as of x * abs(x)."""
    if left and right:
        apart = abs(left.slope - right.slope)
        bound = apart / 2 + max(left.bound, right.bound)
        middle = Slope((left.slope + right.slope) / 2, bound)
        if middle.contradicts(slope):  # theirs was too wide a step
            return slope
        smooth = left.meets and right.meets and apart <= left.bound + right.bound
        if smooth and bound <= slope.bound:
            return middle
    return replace(slope, sides=(left, right))


def _exact(x: float, h: float) -> float:
    """About h, so that x + h is exact (Numerical Recipes, section 5.7)."""
    return (x + h) - x or math.ulp(x)


def _windows(sample: Sample, x: float, center: Sequence[float], h: float) -> list[Window]:
    """What each function is around x."""
    left = [sample(x - k * h) for k in (4, 3, 2, 1)]
    right = [sample(x + k * h) for k in (1, 2, 3, 4)]
    return list(zip(*left, center, *right, strict=True))


def _sides(
    windows: Sequence[tuple[float, Window]], known: float
) -> tuple[Side | None, Side | None]:
    """The slopes from the left and from the right: None where they do not settle down."""
    below = [side(-h, window[4::-1], known) for h, window in windows]
    above = [side(h, window[4:], known) for h, window in windows]
    sharpest = [min(sides, key=lambda each: each[0].bound) for sides in (below, above)]
    steepest = max((abs(each.slope) for each, _ in sharpest if each.bound < inf), default=0.0)
    left, right = (
        each if each.bound <= max(1e-3 * steepest, flat) else None for each, flat in sharpest
    )
    return left, right


def _is_blind(found: Slope, wider: Slope, h: float) -> bool:
    """Whether values look constant only because a slope seen over a wider step is rounded away.

    What f is computed from may be numbers of about 1, and rounded as such: 1 - math.cos(x) in one
    primitive is a staircase at 1e-6.
    """
    rise = abs(wider.slope) * 8 * h
    return found.is_flat and not wider.is_flat and rise <= 16 * sys.float_info.epsilon


def _is_sharp(slope: Slope, y: float, scale: float) -> bool:
    aim = 1e-8 * abs(slope.slope) + 1e-13 * abs(y) / max(scale, 1e-3) + sys.float_info.min
    return slope.bound <= aim
