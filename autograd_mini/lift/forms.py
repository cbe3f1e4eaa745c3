"""The rows of the table on arrays: their forward functions, in the names of the array API standard.

Only functions, no derivatives: those come from the table. Most rows are a function of the same
name; what the standard lacks is written here in what it has.
"""

# ruff: noqa: D102 (a method is the row of its name)

from collections.abc import Callable
from functools import partial, reduce
from math import sqrt
from types import SimpleNamespace
from typing import Any

from autograd_mini.primitives import TABLE


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: The rows that have an array form.
ARRAY_FORMS = words("""
    + - * / ** neg pos abs sign where exp expm1 log log1p log2 log10 sqrt
    sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 hypot erf erfc
    sigmoid softplus relu leaky_relu elu gelu silu logaddexp
    sum mean prod dot maximum minimum logsumexp softmax log_softmax
    exp_product normal_cdf one_minus_square direction
""")

#: What is called by its name in the standard, on every library.
STANDARD = words("""
    exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh tanh
    asinh acosh atanh atan2 hypot logaddexp abs sign pow
    reshape permute_dims tensordot take einsum matmul broadcast_to
""")


class Forms:
    """What emitted source calls, on the arrays of one library: each public method is a name.

    A row of any number of operands is called with these, or with one array and the `axis` along
    which its slices are the operands: the last axis, or a tuple of the last ones.
    """

    own: SimpleNamespace  # the primitives that were defined with an array form
    erf: Callable[[Any], Any]  # not in the standard: each library has its own
    erfc: Callable[[Any], Any]

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        for name in STANDARD:
            setattr(self, name, getattr(xp, name))
        own = {name: partial(row.array, xp) for name, row in TABLE.items() if row.array}
        self.own = SimpleNamespace(**own)

    # ---- along axes

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._xp.sum(x, axis=axis, keepdims=keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._xp.max(x, axis=axis, keepdims=keepdims)

    def min(self, x: Any, axis: Any = None) -> Any:
        return -self.max(-x, axis=axis)

    def _largest(self, x: Any) -> tuple[Any, Any, Any]:
        """The largest along the last axis, what x is above it, and a sum of the exp of that.

        The sum leaves out one of the largest: with its 1 it would lose the digits of small others.
        """
        top = self.max(x, -1, keepdims=True)
        above = x - top
        terms = self._xp.exp(above)
        rest = self.sum(terms * (above < 0), -1, keepdims=True)
        ties = self._xp.round(self.sum(terms, -1, keepdims=True) - rest) - 1.0
        return top, above, rest + ties

    def _logsumexp_of(self, *xs: Any) -> Any:
        top = reduce(self._xp.maximum, xs)
        above = [x - top for x in xs]
        rest = sum((self._xp.exp(d) * (d < 0) for d in above), start=0.0 * top)
        ties = sum((d >= 0 for d in above), start=0.0 * top) - 1.0
        return top + self._xp.log1p(rest + ties)

    def logsumexp(self, *xs: Any, axis: Any = None) -> Any:
        if axis is None:
            return self._logsumexp_of(*xs)
        (x,) = xs
        if isinstance(axis, tuple):
            x = self._xp.reshape(x, (*x.shape[: min(axis)], -1))
        top, _, rest = self._largest(x)
        return (top + self._xp.log1p(rest))[..., 0]

    def log_softmax(self, x: Any, *others: Any, axis: Any = None) -> Any:
        if axis is None:
            return -self._logsumexp_of(x - x, *(z - x for z in others))
        _, above, rest = self._largest(x)
        return above - self._xp.log1p(rest)

    def softmax(self, x: Any, *others: Any, axis: Any = None) -> Any:
        exp = self._xp.exp
        if axis is None:
            top = reduce(self._xp.maximum, others, x)
            return exp(x - top) / sum((exp(z - top) for z in others), start=exp(x - top))
        shares = exp(x - self.max(x, axis, keepdims=True))
        return shares / self.sum(shares, axis, keepdims=True)

    # ---- of several operands

    def total(self, *xs: Any) -> Any:
        return sum(xs[1:], start=xs[0])

    def mean(self, *xs: Any) -> Any:
        return self.total(*xs) / len(xs)

    def maximum(self, *xs: Any) -> Any:
        return reduce(self._xp.maximum, xs)

    def minimum(self, *xs: Any) -> Any:
        return reduce(self._xp.minimum, xs)

    def where(self, c: Any, x: Any, y: Any) -> Any:
        return self._xp.where(c > 0, x, y)

    # ---- of each element

    def relu(self, x: Any) -> Any:
        return self._xp.maximum(x, 0.0)

    def sigmoid(self, x: Any) -> Any:
        return 1.0 / (1.0 + self._xp.exp(-x))  # exp may overflow to inf, and 1 / inf is the answer

    def silu(self, x: Any) -> Any:
        return x * self.sigmoid(x)

    def softplus(self, x: Any) -> Any:
        return self._xp.maximum(x, 0.0) + self._xp.log1p(self._xp.exp(-abs(x)))

    def leaky_relu(self, x: Any, slope: Any) -> Any:
        return self._xp.where(x > 0, x, slope * x)

    def elu(self, x: Any, alpha: Any) -> Any:
        return self._xp.where(x > 0, x, alpha * self._xp.expm1(self._xp.minimum(x, 0.0)))

    def gelu(self, x: Any) -> Any:
        return x * self.normal_cdf(x)

    def normal_cdf(self, x: Any) -> Any:
        return 0.5 * self.erfc(-x / sqrt(2))

    def exp_product(self, x: Any, y: Any) -> Any:
        return self._xp.exp(x * y)

    def one_minus_square(self, x: Any) -> Any:
        return (1.0 - x) * (1.0 + x)

    def direction(self, x: Any, y: Any) -> Any:
        length = self._xp.hypot(x, y)
        return self._xp.where(length > 0, x / length, length)


def names_of(forms: Forms | type[Forms]) -> dict[str, Callable[..., Any]]:
    """What source can call."""
    return {name: getattr(forms, name) for name in dir(forms) if not name.startswith("_")}
