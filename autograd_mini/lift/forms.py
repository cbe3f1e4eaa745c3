"""The rows of the table on arrays: their forward functions, in the names of the array API standard.

Only functions, no derivatives: those come from the table. Most rows are a function of the same
name; what the standard lacks is written here in what it has.
"""

from collections.abc import Callable
from functools import partial, reduce
from math import sqrt
from types import SimpleNamespace
from typing import Any

from autograd_mini.primitives import TABLE

_OLD_NAMES = {
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")},
    "permute_dims": "transpose",
    "concat": "concatenate",
    "pow": "power",
}
STANDARD = (
    "exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh "
    "atanh atan2 hypot logaddexp abs sum max reshape permute_dims tensordot take einsum matmul "
    "broadcast_to"
)


#: The rows that have an array form here.
ARRAY_FORMS = {
    *(
        "+",
        "-",
        "*",
        "/",
        "**",
        "neg",
        "pos",
        "abs",
        "sign",
        "where",
        "exp",
        "expm1",
        "log",
        "log1p",
    ),
    *("log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("asinh", "acosh", "atanh", "atan2", "hypot", "erf", "erfc", "sigmoid", "softplus", "relu"),
    *("leaky_relu", "elu", "gelu", "silu", "logaddexp", "sum", "mean", "prod", "dot", "maximum"),
    *("minimum", "logsumexp", "softmax", "log_softmax"),
    *("exp_product", "normal_cdf", "one_minus_square", "direction"),
}


def forms(xp: Any, **special: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """What emitted source calls, by name, for an array module `xp`."""
    total, highest = xp.sum, xp.max
    if (
        xp.__name__ == "numpy"
    ):  # its sum and max spend longer on preliminaries than on a small array
        total, highest = xp.add.reduce, xp.maximum.reduce
    where, exp, log1p, maximum, minimum = xp.where, xp.exp, xp.log1p, xp.maximum, xp.minimum

    def sigmoid(x: Any) -> Any:
        return 1.0 / (1.0 + exp(-x))  # exp may overflow to inf, and 1 / inf is the answer

    def largest(x: Any, axis: Any) -> tuple[Any, Any, Any]:
        """The largest, what x is above it, and the sum of the exp of that over all but one of them.

        A sum that holds the 1 of the largest would lose the digits of small others.
        """
        top = highest(x, axis=axis, keepdims=True)
        above = x - top
        terms = exp(above)
        rest = total(terms * (above < 0), axis=axis, keepdims=True)
        ties = nearest(total(terms, axis=axis, keepdims=True) - rest) - 1.0
        return top, above, rest + ties

    def logsumexp(x: Any, axis: Any) -> Any:
        top, _, rest = largest(x, axis)
        return total(top + log1p(rest), axis=axis)

    def log_softmax(x: Any, axis: Any) -> Any:
        _, above, rest = largest(x, axis)
        return above - log1p(rest)

    def softmax(x: Any, axis: Any) -> Any:
        shares = exp(x - highest(x, axis=axis, keepdims=True))
        return shares / total(shares, axis=axis, keepdims=True)

    def shares_of_first(x: Any, *others: Any) -> Any:
        top = reduce(maximum, others, x)
        return exp(x - top) / sum((exp(z - top) for z in others), start=exp(x - top))

    def log_shares_of_first(x: Any, *others: Any) -> Any:
        return -total_logsumexp(x - x, *(z - x for z in others))

    def total_logsumexp(*xs: Any) -> Any:
        top = reduce(maximum, xs)
        rest = sum((where(x < top, exp(x - top), 0.0) for x in xs), start=0.0 * top)
        ties = sum((where(x < top, 0.0, 1.0) for x in xs), start=0.0 * top) - 1.0
        return top + log1p(rest + ties)

    def mean(*xs: Any) -> Any:
        return sum(xs[1:], start=xs[0]) / len(xs)

    def normal_cdf(x: Any) -> Any:
        return 0.5 * special["erfc"](-x / sqrt(2))

    def direction(x: Any, y: Any) -> Any:
        length = named["hypot"](x, y)
        return where(length > 0, x / length, length)

    nearest = getattr(xp, "rint", xp.round)  # the quicker of the two in NumPy
    named = {name: _standard(xp, name) for name in STANDARD.split()}
    return (
        named
        | special
        | {
            "own": own(xp),
            "sum": lambda x, axis=None: total(x, axis=axis),
            "max": lambda x, axis=None: highest(x, axis=axis),
            "where": lambda c, x, y: where(c > 0, x, y),
            "relu": lambda x: maximum(x, 0.0),
            "maximum": lambda *xs: reduce(maximum, xs),
            "minimum": lambda *xs: reduce(minimum, xs),
            "min": lambda x, axis=None: -highest(-x, axis=axis),
            "sign": xp.sign,
            "sigmoid": sigmoid,
            "softplus": lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))),
            "leaky_relu": lambda x, slope: where(x > 0, x, slope * x),
            "elu": lambda x, alpha: where(x > 0, x, alpha * xp.expm1(minimum(x, 0.0))),
            "gelu": lambda x: x * normal_cdf(x),
            "silu": lambda x: x * sigmoid(x),
            "logsumexp": lambda *xs, **axis: (
                logsumexp(*xs, **axis) if axis else total_logsumexp(*xs)
            ),
            "softmax": lambda *xs, **axis: softmax(*xs, **axis) if axis else shares_of_first(*xs),
            "log_softmax": lambda *xs, **axis: (
                log_softmax(*xs, **axis) if axis else log_shares_of_first(*xs)
            ),
            "normal_cdf": normal_cdf,
            "exp_product": lambda x, y: exp(x * y),
            "one_minus_square": lambda x: (1.0 - x) * (1.0 + x),
            "direction": direction,
            "mean": mean,
            "total": lambda *xs: sum(xs[1:], start=xs[0]),
        }
    )


def own(xp: Any) -> SimpleNamespace:
    """The array forms of primitives that were defined with one."""
    rows = [row for row in TABLE.values() if row.array]
    return SimpleNamespace(**{row.name: partial(row.array, xp) for row in rows if row.array})


def _standard(xp: Any, name: str) -> Any:
    return getattr(xp, name, None) or getattr(xp, _OLD_NAMES.get(name, name))
