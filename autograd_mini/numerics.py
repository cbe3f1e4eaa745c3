"""Functions on floats, where Python's own raises, or where the plain formula loses digits.

Floats follow IEEE 754: a function returns inf or nan where Python's `math` would raise.

Two ways to keep digits recur. Where exp is taken of a difference or a product, what their rounding
lost is computed exactly and given back, for exp(x + lost) = exp(x) * (1 + lost) nearly: an error of
half a unit in the last place of 500 would be one of 250 units in its exp. And where terms cancel,
they are counted again in decimals.
"""

import builtins
import math
import operator
from collections.abc import Callable
from math import inf, nan


def ieee(
    function: Callable[..., float],
    overflow: Callable[[float], float] = abs,
    poles: dict[float, float] | None = None,
) -> Callable[..., float]:
    """`function` with IEEE 754 results where Python raises.

    nan outside the domain, the given infinity at a pole, an infinity with the sign of
    `overflow(x)` beyond the largest float.
    """

    def forward(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return (poles or {}).get(x, nan)
        except OverflowError:
            return math.copysign(inf, overflow(x))

    return forward


def divide(x: float, y: float) -> float:
    """x / y, which Python refuses at y = 0."""
    try:
        return x / y
    except ZeroDivisionError:
        return x * math.copysign(inf, y)  # 0 * inf is nan


def power(x: float, y: float) -> float:
    """x ** y, never complex."""
    try:
        return math.pow(x, y)
    except ValueError:
        if x != 0:  # the root of a negative number
            return nan
    except OverflowError:
        pass
    return math.copysign(inf, x) if y % 2 == 1 else inf


exp = ieee(math.exp)

#: Added to a number below 1 and taken away again, it leaves the upper 26 of its 53 bits.
_SPLIT = 1.5 * 2**26


def exp_product(x: float, y: float) -> float:
    """exp(x * y), the product not rounded."""
    product = x * y
    if not math.fabs(product) < 746:
        return exp(product)
    return exp(product) * (1 + _product_error(x, y, product))


def _exp_difference(x: float, y: float) -> float:
    """exp(x - y) for x <= y, the difference not rounded."""
    difference = x - y
    out = math.exp(difference)
    if not out:
        return 0.0
    near_y = x - difference
    lost = (x - (difference + near_y)) + (near_y - y)  # exactly (Knuth, 1969)
    return out + out * lost


def _product_error(x: float, y: float, product: float) -> float:
    """x * y - product, exactly (Dekker, 1971)."""
    (x, p), (y, q) = math.frexp(x), math.frexp(y)  # so that nothing overflows on the way
    x_high, y_high = x + _SPLIT - _SPLIT, y + _SPLIT - _SPLIT
    x_low, y_low = x - x_high, y - y_high
    rest = math.ldexp(product, -p - q) - x_high * y_high
    return math.ldexp(x_low * y_low - (rest - x_low * y_high - x_high * y_low), p + q)


def normal_cdf(x: float) -> float:
    """How much of a standard normal distribution lies below x: erfc(-x / sqrt(2)) / 2."""
    root, rest = 1.4142135623730951, -9.667293313452913e-17  # of 2, to 32 digits
    t = -x / root
    if not math.fabs(t) < 28:
        return 0.5 * math.erfc(t)
    lost = (-x - t * root - _product_error(t, root, t * root) - t * rest) / root
    return 0.5 * math.erfc(t) - lost * math.exp(-t * t) / math.sqrt(math.pi)


def direction(x: float, y: float) -> float:
    """x / hypot(x, y): the cosine of the angle of the point (x, y)."""
    return x / math.hypot(x, y) if x or y else 0.0


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


def silu(x: float) -> float:
    """x * sigmoid(x)."""
    if x > -700:
        return x / (1 + math.exp(-x))
    root = math.exp(x / 2)  # exp(x) has lost digits before x * exp(x) does
    return x * root * root


def softplus(x: float) -> float:
    """log(1 + exp(x))."""
    return max(x, 0.0) + math.log1p(math.exp(-math.fabs(x)))


def maximum(*xs: float) -> float:
    """The largest; nan if one is nan."""
    if not xs:
        raise ValueError("maximum and minimum need at least one operand")
    return nan if any(map(math.isnan, xs)) else max(xs)


def total(*xs: float) -> float:
    """The sum, rounded once, whatever the order."""
    try:
        return math.fsum(xs)
    except (OverflowError, ValueError):  # inf is involved
        return builtins.sum(xs)


def dot(*operands: float) -> float:
    """The products of the first half with the second, added up with one more rounding."""
    half = len(operands) // 2
    return total(*map(operator.mul, operands[:half], operands[half:]))


def logsumexp(*xs: float) -> float:
    """log(sum(exp(xs)))."""
    top = maximum(*xs) if xs else -inf
    if not math.isfinite(top):
        return top
    out = top + math.log1p(_powers_below(top, xs))
    return _logsumexp_in_decimals(xs) if math.fabs(out) < -top else out


def _logsumexp_in_decimals(xs: tuple[float, ...]) -> float:
    """logsumexp near its root, where the largest operand and the logarithm of the rest cancel."""
    from decimal import Context, Decimal, localcontext  # slow to import, and seldom needed

    with localcontext(Context(prec=60, traps=[])):
        return float(sum((Decimal(x).exp() for x in xs), start=Decimal(0)).ln())


def shares(*xs: float) -> list[float]:
    """softmax: exp(x) / sum(exp(xs)) for each x."""
    top = maximum(*xs)
    powers = [_exp_difference(x, top) for x in xs]
    whole = total(*powers)
    return [power / whole for power in powers]


def log_share(x: float, *others: float) -> float:
    """log(shares(x, *others)[0]), no digits lost where the share is near 1."""
    top = maximum(x, *others)
    if not math.isfinite(top):
        return nan
    return x - top - math.log1p(_powers_below(top, (x, *others)))


def _powers_below(top: float, xs: tuple[float, ...]) -> float:
    """sum(exp(x - top)) over all but one x that is the top."""
    powers = [_exp_difference(x, top) for x in xs]
    powers.remove(1.0)
    return total(*powers)
