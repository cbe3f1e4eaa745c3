"""Claimed slopes beside measured ones, and the verdict."""

import math
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from autograd_mini.testing.differences import Sample, best_slopes
from autograd_mini.testing.report import Row
from autograd_mini.testing.stencils import Side, Slope


class Claim(NamedTuple):
    """A derivative, how far rounding may have moved it, and the noise in what it is one of."""

    slope: float
    rounding: float = 0.0
    noise: float = 0.0


#: So small a part of the bound is nothing beside it.
_NOTHING = 1e-4

#: How far beside a point, in units of its largest number, the slopes next to a kink are taken.
_BESIDE = 1e-3

#: On so many sides of it, chosen at random; of two inputs that is all four.
_DIRECTIONS = 16


def compare(
    name: str,
    outputs: Sequence[str],
    claims: Sequence[Claim],
    sample: Sample,
    x: float,
    center: Sequence[float],
) -> list[Row]:
    """A row for each output: its claimed slope in one input at x, judged by differences."""
    measured = partial(best_slopes, sample, x, center, [claim.noise for claim in claims])
    slopes = measured()
    if any(map(_doubtful, claims, slopes)):  # noise can deceive, but hardly twice
        again = zip(claims, slopes, measured(stretch=0.4), strict=True)
        slopes = [old if _doubtful(claim, new) else new for claim, old, new in again]
    return [
        Row(
            name,
            output,
            x,
            claim.slope,
            slope.slope,
            slope.bound + claim.rounding,
            verdict := _verdict(claim, slope),
            _note(slope, verdict),
            _is_corner(slope),
        )
        for output, claim, slope in zip(outputs, claims, slopes, strict=True)
    ]


def compare_together(
    rows: Sequence[Row],
    claims: Sequence[Claim],
    sample: Callable[..., Sequence[float]],
    k: int = 0,
) -> list[Row]:
    """What several inputs at a kink claim together: a row if that is wrong, else none.

    At a tie, the slope of max(x, y) may be anything from 0 to 1 in x, and so in y; but moved alike
    they carry the maximum along, and the two claims must add up to 1. `sample` is a function of the
    inputs of `rows`, and its output number `k` is theirs.
    """
    point = [row.point for row in rows]
    start = max(map(abs, point))
    claim = Claim(*map(math.fsum, zip(*claims, strict=True)))

    def along(numbers: Sequence[float]) -> Sample:
        return lambda x: [sample(*[number + (x - start) for number in numbers])[k]]

    others = [row.input for row in rows[1:]] if len(rows) < 4 else [f"{len(rows) - 1} others"]
    name = " and ".join([rows[0].input, *others]) + " together"
    center = [sample(*point)[k]]
    (row,) = compare(name, [rows[0].output], [claim], along(point), start, center)
    if row.verdict != "FAIL":
        return []
    # In relu(x) - relu(-y) any slope from 0 to 1 may be claimed in either, though moved alike they
    # have the slope 1: beside the point it is 2 where each has its steeper side, or 0. Where kinks
    # of their own meet ties, it is on other sides that the claims may be right.
    steeper = []
    for i, x in enumerate(point):

        def alone(x: float, i: int = i) -> list[float]:
            return [sample(*point[:i], x, *point[i + 1 :])[k]]

        left, right = best_slopes(alone, x, center, [claim.noise])[0].sides
        if not left or not right:
            return []
        steeper.append(1 if right.slope > left.slope else -1)
    from random import Random  # not needed before kinks meet

    draw = Random(0)
    directions = {tuple(steeper), tuple(-sign for sign in steeper)}
    directions |= {tuple(draw.choice((-1, 1)) for _ in point) for _ in range(_DIRECTIONS)}
    near: list[Side | Slope] = []
    for signs in directions:
        beside = [x + s * _BESIDE * (start or 1.0) for x, s in zip(point, signs, strict=True)]
        (slope,) = best_slopes(along(beside), start, [sample(*beside)[k]], [claim.noise])
        near += [side for side in slope.sides if side] or [slope]
    low = min(each.slope - each.bound for each in near)
    high = max(each.slope + each.bound for each in near)
    return [] if low <= claim.slope <= high else [row]


def _doubtful(claim: Claim, slope: Slope) -> bool:
    return _verdict(claim, slope) != "pass"


def _verdict(claim: Claim, slope: Slope) -> str:
    if not math.isfinite(claim.rounding):  # something overflowed: that would excuse any claim
        return "edge"
    if slope.excludes(claim.slope, claim.rounding):
        return "FAIL"
    if not math.isfinite(slope.slope):
        return "edge"
    if slope.is_flat and abs(claim.slope) <= max(claim.rounding, _NOTHING * slope.bound):
        return "pass"
    admits = slope.admits(claim.slope, claim.rounding)
    if slope.is_rough or (slope.is_flat and admits):  # f looks constant, and need not be
        return "kink"
    return "pass" if admits else "FAIL"


def _is_corner(slope: Slope) -> bool:
    """Whether the slopes of both sides are known, and differ by more than their errors."""
    left, right = slope.sides
    if not left or not right:
        return False
    return abs(left.slope - right.slope) > left.bound + right.bound


def _note(slope: Slope, verdict: str) -> str:
    sides = {name: side for name, side in zip(("left", "right"), slope.sides, strict=True) if side}
    if verdict == "pass" or not sides:
        return ""
    steepest = max(abs(side.slope) for side in sides.values())
    if len(sides) == 2 and not _is_corner(slope):
        sharper = min(sides.values(), key=lambda side: side.bound)
        return f"the slope is {_shown(sharper, steepest, 6)} on both sides"
    for digits in (6, 10, 17):
        texts = {name: _shown(side, steepest, digits) for name, side in sides.items()}
        if len({*texts.values()}) == len(sides):
            break
    return "the slope is " + " and ".join(f"{text} from the {name}" for name, text in texts.items())


def _shown(side: Side, steepest: float, digits: int) -> str:
    """To so many digits, if the bound is small beside the steeper of both sides."""
    if side.bound <= max(1e-6 * steepest, sys.float_info.min):
        return f"{side.slope if abs(side.slope) > side.bound else 0:.{digits}g}"
    return f"{side.slope:.3g} ± {side.bound:.1e}"
