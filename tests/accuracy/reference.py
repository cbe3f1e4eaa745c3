"""Every row once more, in mpmath, and its derivatives to thirty digits and more."""

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mpmath import mp, mpf


def _exp(x: Any) -> Any:
    return mp.exp(x) if x > -5000 else mpf(0)  # 1e-2171


def _erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 40 else 1 - mp.sign(x)  # mpmath's own fails from 1e150 on


def _largest(xs: Sequence[Any]) -> tuple[Any, Any]:
    """The largest, and the log of the sum of the exp of what all are above it."""
    top, *others = sorted(xs, reverse=True)
    return top, mp.log1p(mp.fsum(_exp(x - top) for x in others))


def _log_share(x: Any, *others: Any) -> Any:
    """log(softmax(x, *others)[0])."""
    top, above = _largest((x, *others))
    return x - top - above


EXACT: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": mp.power,
    "neg": operator.neg,
    "pos": operator.pos,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "atan2": mp.atan2,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "erf": lambda x: mp.erf(x) if abs(x) < 40 else mp.sign(x),
    "erfc": _erfc,
    "abs": abs,
    "sign": mp.sign,
    "where": lambda c, x, y: x if c > 0 else y,
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "softplus": lambda x: mp.log1p(_exp(x)),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + _exp(-x)),
    "logaddexp": lambda *xs: sum(_largest(xs)),
    "sum": lambda *xs: mp.fsum(xs),
    "mean": lambda *xs: mp.fsum(xs) / len(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "dot": lambda *xys: mp.fdot(xys[: len(xys) // 2], xys[len(xys) // 2 :]),
    "maximum": max,
    "minimum": min,
    "logsumexp": lambda *xs: sum(_largest(xs)),
    "softmax": lambda *xs: _exp(_log_share(*xs)),
    "log_softmax": _log_share,
    "exp_product": lambda x, y: _exp(x * y),
    "normal_cdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    "one_minus_square": lambda x: 1 - x * x,
    "direction": lambda x, y: x / mp.sqrt(x * x + y * y),
}

#: A step of 2**-83 (1e-25) leaves an error of the step's square, 1e-50.
STEP = -83
#: Digits of the differences that must be right; how many to work with, until they are.
KEPT, DIGITS = 30, (110, 200, 500, 1400)


class Exact(NamedTuple):
    """A row's value at a point, its slope in operand i and that slope's own in operand j."""

    value: Any
    slope: Any
    second: Any


def exactly(f: Callable[..., Any], point: Sequence[float], i: int, j: int) -> Exact | None:
    """The row `f` at a point, by differences so small that thirty digits of them are right.

    None where `f` is not a real number. The steps are powers of two, so that a point beside `point`
    is exact; where the differences cancel, as those of tanh at 300 do, more digits are taken.
    """
    for digits in DIGITS:
        with mp.workdps(digits):
            xs = [mpf(x) for x in point]
            value = f(*xs)
            if mp.im(value) != 0:
                return None
            steps = [mp.ldexp(1, STEP + (min(mp.mag(x), 0) if x else 0)) for x in xs]

            def beside(*signs: tuple[int, int], xs: Any = xs, steps: Any = steps) -> Any:
                moved = list(xs)
                for k, sign in signs:
                    moved[k] += sign * steps[k]
                return f(*moved)

            ahead, behind = beside((i, 1)), beside((i, -1))
            rise = ahead - behind
            if i == j:
                bend, area = ahead - 2 * value + behind, steps[i] * steps[i]
            else:
                bend = beside((i, 1), (j, 1)) - beside((i, 1), (j, -1))
                bend -= beside((i, -1), (j, 1)) - beside((i, -1), (j, -1))
                area = 4 * steps[i] * steps[j]
            noise = max(abs(ahead), abs(value)) * mpf(10) ** (KEPT - digits)
            found = Exact(
                value, rise / (2 * steps[i]), bend / area if abs(bend) > noise else mpf(0)
            )
            if abs(rise) > noise and abs(bend) > noise:
                break
    return found
