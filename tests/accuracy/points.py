"""Where a row is measured: in its domain, around it, and at the extremes."""

import math
import random
from collections.abc import Iterator

from autograd_mini.primitives import Interval, Primitive

#: Near these, or their negatives, some row has a pole, a root, or a derivative with a root.
LANDMARKS = (
    *(0.5, 1.0, 2.0, math.pi / 2, math.pi, math.e, math.log(2), math.sqrt(2), math.sqrt(0.5)),
    1.2784645427610738,  # silu' is 0 at its negative
    2.3993572805154675,  # silu''
    0.7517915246935645,  # gelu'
    0.5671432904097838,  # -x = exp(x)
)

#: Uniformly in the row's domain; sizes from 1e-9 to 1e3 and points as near as 1 ulp to a landmark,
#: or to another operand or its negative; sizes from the smallest float to the largest.
REGIONS = ("domain", "around", "extreme")


def points(row: Primitive, count: int, seed: int = 0) -> Iterator[tuple[str, list[float]]]:
    """(region, operands), `count` times: half of them of the domain, a twentieth extreme."""
    draw = random.Random(f"{row.name} {seed}")
    for index in range(count):
        domain = row.domain if row.arity else row.domain * draw.choice([2, 4, 6])
        if index % 2 == 0:
            yield "domain", [draw.uniform(*interval) for interval in domain]
        elif index % 20 == 1:
            yield "extreme", [_signed(draw, low, _extreme(draw)) for low, _ in domain]
        else:
            yield "around", _around(draw, domain)


def _extreme(draw: random.Random) -> float:
    return math.ldexp(draw.uniform(1, 2), draw.randint(-1075, 1023)) or 5e-324


def _around(draw: random.Random, domain: tuple[Interval, ...]) -> list[float]:
    kind = draw.choice(["moderate", "near a landmark", "near another"])
    operands: list[float] = []
    for low, _ in domain:
        if kind == "moderate":
            size = 10 ** draw.uniform(-9, 3)
        else:
            near = abs(draw.choice(operands)) if operands and kind == "near another" else 0.0
            size = near or draw.choice(LANDMARKS)
            size *= 1 + draw.choice((1, -1)) * 2 ** draw.uniform(-52.5, -1)
            while size in map(abs, operands):  # a tie is a kink
                size = math.nextafter(size, 0)
        operands.append(_signed(draw, low, size))
    return operands


def _signed(draw: random.Random, low: float, size: float) -> float:
    return size if low >= 0 or draw.random() < 0.5 else -size
