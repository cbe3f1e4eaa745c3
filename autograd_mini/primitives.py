"""The table: one row per operation, and the only place where a derivative is written.

A row holds the operation on floats (`forward`) and one partial derivative per argument, called
with the output and the arguments. Rules are written with Python's operators and this module's own
functions, so whoever calls a rule decides what it computes: floats give a number, Values a
derivative that can be derived again, symbols a formula, arrays one call for a thousand nodes.

Floats follow IEEE 754: a `forward` returns inf or nan where Python's `math` would raise.
"""

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from math import inf, nan
from typing import Any

from autograd_mini import numerics
from autograd_mini.numerics import ieee

Interval = tuple[float, float]

#: Where samples of an argument are drawn.
REAL: Interval = (-4.0, 4.0)
POSITIVE: Interval = (0.05, 8.0)
INSIDE_ONE: Interval = (-0.95, 0.95)

#: How tightly an operation binds when it is printed.
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)


@dataclass(frozen=True, eq=False)
class Primitive:
    """One operation: a row of the table, callable on floats, on Values, on any reader's operands.

    `name` is what `Value.op` says. `partials` has one rule per argument; an n-ary row has a
    single rule that returns a derivative per operand. `domain` is the interval to sample for each
    argument (one for all operands of an n-ary row). `constant_slopes` are the partials of a row
    whose partials are all numbers. `defaults` fill in trailing arguments; `pack`
    makes a row n-ary: it turns the arguments of a call into operands. `kink` says in a sentence
    what the slope is where there is none. `python` and `latex` are templates with a `%s` per
    operand; `precedence` tells a printer where an operand needs parentheses. `array(xp, *operands)`
    is `forward` on arrays of a library `xp`; the package's own rows have theirs in the lift.
    """

    name: str
    forward: Callable[..., float]
    partials: tuple[Callable[..., Any], ...]
    domain: tuple[Interval, ...]
    constant_slopes: tuple[float, ...] | None = None
    defaults: tuple[float, ...] = ()
    pack: Callable[..., Sequence[Any]] | None = None
    kink: str = ""
    python: str = ""
    latex: str = ""
    precedence: int = ATOM
    array: Callable[..., Any] | None = None

    @property
    def arity(self) -> int | None:
        """The number of operands; None for an n-ary row."""
        return len(self.partials) if self.pack is None else None

    def operands(self, *arguments: Any) -> Sequence[Any]:
        """The operands of a call: defaults filled in, sequences laid end to end."""
        if self.pack is not None:
            return self.pack(*arguments)
        arity, given = len(self.partials), len(arguments)
        if given == arity:
            return arguments
        if arity - len(self.defaults) <= given < arity:
            return (*arguments, *self.defaults[given - arity :])
        raise TypeError(f"{self.name} takes {arity} argument(s), but was given {given}")

    def derivatives(self, out: Any, operands: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """d out / d operand for each operand that is wanted; no other rule is run."""
        if self.pack is not None:
            return list(compress(self.partials[0](out, *operands), wanted))
        return [partial(out, *operands) for partial in compress(self.partials, wanted)]

    def __call__(self, *arguments: Any) -> Any:
        """Floats in, float out; a Value (or another reader's operand) in, one of those out."""
        operands = self.operands(*arguments)
        for operand in operands:
            if type(operand) is not float and hasattr(operand, "apply_primitive"):
                return operand.apply_primitive(self, operands)
        return self.forward(*[x if type(x) is float else to_float(x) for x in operands])


#: Every row by name: `TABLE[value.op]`.
TABLE: dict[str, Primitive] = {}


def row(
    name: str, forward: Callable[..., float], *partials: float | Callable[..., Any], **fields: Any
) -> Primitive:
    """Enter a row into the table. A partial that is the same everywhere is written as a number.

    Arguments may be any real number unless `domain` says otherwise.
    """
    if not any(map(callable, partials)):
        fields["constant_slopes"] = tuple(map(to_float, partials))
    fields.setdefault("domain", (REAL,) * len(partials))
    rules = tuple(rule if callable(rule) else _constant(to_float(rule)) for rule in partials)
    TABLE[name] = Primitive(name, forward, rules, **fields)
    return TABLE[name]


def _constant(slope: float) -> Callable[..., float]:
    return lambda out, *operands: slope


def to_float(number: Any) -> float:
    """The float of one real number: an int, a bool, a NumPy scalar, an array of one element.

    TypeError for anything else, with what to write instead.
    """
    if type(number) is float:
        return number
    scalar = number
    try:
        if hasattr(number, "item"):  # NumPy and PyTorch; an error if there is more than one
            scalar = number.item()
        if hasattr(scalar, "__float__"):
            return float(scalar)
    except OverflowError:  # an int beyond the largest float
        return inf if scalar > 0 else -inf
    except (TypeError, ValueError, RuntimeError):
        pass
    hints = {
        str: "convert it with float(...) first",
        complex: "take its .real, .imag or abs()",
        type(None): "does a function end without `return`?",
    }
    each = "make one Value per element, [Value(x) for x in ...]"
    other = each if isinstance(number, Iterable) else "pass an int or a float"
    fix = hints.get(type(scalar), other)
    raise TypeError(f"expected one real number, got {number!r} ({type(number).__name__}): {fix}")


def to_label(label: Any) -> str:
    """The label of a Value, which is text. TypeError for anything else."""
    if isinstance(label, str):
        return label
    kind = type(label).__name__
    raise TypeError(f"a label is text, got {label!r} ({kind}): write label='x', or leave it out")


# ---- how the arguments of an n-ary call become operands


def flat(*arguments: Any) -> list[Any]:
    """Scalars and sequences laid end to end: `sum(a, b)` and `sum([a, b])` are the same."""
    operands: list[Any] = []
    for argument in arguments:
        scalars = argument.tolist() if hasattr(argument, "tolist") else argument
        operands += scalars if isinstance(scalars, Iterable) else [scalars]
    return operands


def pairs(xs: Any, ys: Any) -> list[Any]:
    """Two sequences of one length, laid end to end; ValueError with both lengths otherwise."""
    left, right = flat(xs), flat(ys)
    if len(left) != len(right):
        raise ValueError(f"dot needs two sequences of one length, got {len(left)} and {len(right)}")
    return left + right


# ---- rules of the n-ary rows: one derivative per operand


def _others_product(out: Any, *xs: Any) -> list[Any]:
    before = accumulate([1.0, *xs[:-1]], operator.mul)
    after = reversed(list(accumulate([1.0, *xs[:0:-1]], operator.mul)))
    return [left * right for left, right in zip(before, after, strict=True)]


def _even_shares(chosen: list[Any]) -> list[Any]:
    return [one / ties for ties in [sum(chosen)] for one in chosen]


def _softmax_slopes(out: Any, *xs: Any) -> list[Any]:
    _, *others = softmax(xs)
    return [out * sum(others), *(-out * share for share in others)]


def _log_softmax_slopes(out: Any, *xs: Any) -> list[Any]:
    _, *others = softmax(xs)
    return [-expm1(out), *(-share for share in others)]


# ---- the table, which is read down its columns
# fmt: off

add = row("+", operator.add, 1.0, 1.0, python="%s + %s", precedence=SUM)
sub = row("-", operator.sub, 1.0, -1.0, python="%s - %s", precedence=SUM)
mul = row("*", operator.mul, lambda out, x, y: y,
                             lambda out, x, y: x,
          python="%s * %s", latex=r"%s \cdot %s", precedence=PRODUCT)
div = row("/", numerics.divide, lambda out, x, y: 1 / y,
                                lambda out, x, y: -out / y,  # and not -x / y**2, which overflows
          domain=(REAL, POSITIVE), python="%s / %s", latex=r"\frac{%s}{%s}", precedence=PRODUCT)
pow: Primitive = row("**", numerics.power, lambda out, x, y: where(abs(y), y * pow(x, y - 1), y / where(abs(x), x, inf)),
                                           lambda out, x, y: where(abs(x) + relu(-y), out * log(x), 0 * out * x),
          domain=(POSITIVE, REAL), python="%s ** %s", latex="%s^{%s}", precedence=POWER,
          kink="x**0 has slope 0 in x everywhere; 0**y has slope 0 in y for y >= 0")
neg = row("neg", operator.neg, -1.0, python="-%s", precedence=SIGN)
pos = row("pos", operator.pos, 1.0, python="+%s", precedence=SIGN)

exp = row("exp", ieee(math.exp), lambda out, x: out, latex="e^{%s}")
expm1 = row("expm1", ieee(math.expm1), lambda out, x: exp(x))
log: Primitive = row("log", ieee(math.log, poles={0: -inf}), lambda out, x: where(-x, nan, 1 / x),
          domain=(POSITIVE,), latex=r"\ln %s", kink="log' of a negative number is nan")
log1p = row("log1p", ieee(math.log1p, poles={-1: -inf}), lambda out, x: where(-1 - x, nan, 1 / (1 + x)), domain=((-0.9, 8.0),),
            kink="log1p' of a number below -1 is nan")
log2 = row("log2", ieee(math.log2, poles={0: -inf}), lambda out, x: where(-x, nan, math.log2(math.e) / x),
           domain=(POSITIVE,), latex=r"\log_2 %s", kink="log2' of a negative number is nan")
log10 = row("log10", ieee(math.log10, poles={0: -inf}), lambda out, x: where(-x, nan, math.log10(math.e) / x),
            domain=(POSITIVE,), latex=r"\log_{10} %s", kink="log10' of a negative number is nan")
sqrt = row("sqrt", ieee(math.sqrt), lambda out, x: 0.5 / out, domain=(POSITIVE,), latex=r"\sqrt{%s}", kink="sqrt'(0) = inf")

sin = row("sin", ieee(math.sin), lambda out, x: cos(x))
cos: Primitive = row("cos", ieee(math.cos), lambda out, x: -sin(x))
tan = row("tan", ieee(math.tan), lambda out, x: 1 / cos(x) ** 2, domain=((-1.4, 1.4),))
asin = row("asin", ieee(math.asin), lambda out, x: 1 / sqrt(_one_minus_square(x)), domain=(INSIDE_ONE,), kink="asin'(-1) = asin'(1) = inf")
acos = row("acos", ieee(math.acos), lambda out, x: -1 / sqrt(_one_minus_square(x)), domain=(INSIDE_ONE,), kink="acos'(-1) = acos'(1) = -inf")
atan = row("atan", math.atan, lambda out, x: (1 / hypot(1.0, x)) ** 2)
sinh = row("sinh", ieee(math.sinh, overflow=operator.pos), lambda out, x: cosh(x))
cosh: Primitive = row("cosh", ieee(math.cosh), lambda out, x: sinh(x))
tanh = row("tanh", math.tanh, lambda out, x: (1 / cosh(x)) ** 2)  # 1 - out**2 has no digits left at 20
asinh = row("asinh", math.asinh, lambda out, x: 1 / hypot(1.0, x))
acosh = row("acosh", ieee(math.acosh), lambda out, x: 1 / (sqrt(x - 1) * sqrt(x + 1)), domain=((1.05, 8.0),), kink="acosh'(1) = inf, and nan below")
atanh = row("atanh", ieee(math.atanh, poles={-1: -inf, 1: inf}),
            lambda out, x: where(abs(x) - 1, nan, 1 / _one_minus_square(x)), domain=(INSIDE_ONE,),
            kink="atanh'(-1) = atanh'(1) = inf, and nan beyond")
atan2 = row("atan2", math.atan2, lambda out, y, x: x / hypot(y, x) / hypot(y, x),
                                 lambda out, y, x: -y / hypot(y, x) / hypot(y, x),
              domain=(POSITIVE, REAL), kink="the slopes at (0, 0) are nan")
hypot: Primitive = row("hypot", math.hypot, lambda out, x, y: _direction(x, y),
                                            lambda out, x, y: _direction(y, x),
            domain=(POSITIVE, REAL), kink="the slopes at (0, 0) are 0, and theirs are nan")
erf = row("erf", math.erf, lambda out, x: 2 / math.sqrt(math.pi) * _exp_product(-x, x))
erfc = row("erfc", math.erfc, lambda out, x: -2 / math.sqrt(math.pi) * _exp_product(-x, x))

abs: Primitive = row("abs", operator.abs, lambda out, x: sign(x), latex="|%s|", kink="|x|'(0) = 0")
sign: Primitive = row("sign", lambda x: nan if math.isnan(x) else float((x > 0) - (x < 0)), 0.0, kink="the slope is 0 everywhere, at 0 too")
where: Primitive = row("where", lambda c, x, y: x if c > 0 else y, 0.0, lambda out, c, x, y: where(c, 1.0, 0.0),
                                                                        lambda out, c, x, y: where(c, 0.0, 1.0),
            kink="only the operand that was chosen has a slope; the condition has none")

sigmoid: Primitive = row("sigmoid", numerics.sigmoid, lambda out, x: out * sigmoid(-x), latex=r"\sigma(%s)")
softplus = row("softplus", numerics.softplus, lambda out, x: sigmoid(x))
relu: Primitive = row("relu", lambda x: 0.0 if x <= 0 else x, lambda out, x: where(x, 1.0, 0.0), kink="relu'(0) = 0")
leaky_relu = row("leaky_relu", lambda x, slope: x if x > 0 else slope * x,
                 lambda out, x, slope: where(x, 1.0, slope),
                 lambda out, x, slope: where(x, 0.0, x),
                 defaults=(0.01,), domain=(REAL, POSITIVE), kink="the slope at 0 is the negative slope")
elu = row("elu", lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
          lambda out, x, alpha: where(x, 1.0, alpha * exp(x)),
          lambda out, x, alpha: where(x, 0.0, expm1(x)),
          defaults=(1.0,), domain=(REAL, POSITIVE), kink="the slope at 0 is alpha")
gelu = row("gelu", lambda x: x * numerics.normal_cdf(x), lambda out, x: _normal_cdf(x) + x * _exp_product(-x, x / 2) / math.sqrt(2 * math.pi))
silu = row("silu", numerics.silu, lambda out, x: sigmoid(x) * (1 + x * sigmoid(-x)))
logaddexp = row("logaddexp", numerics.logsumexp, lambda out, x, y: sigmoid(x - y),
                                                     lambda out, x, y: sigmoid(y - x))

sum = row("sum", numerics.total, lambda out, *xs: [1.0] * len(xs), domain=(REAL,), pack=flat)
mean = row("mean", lambda *xs: numerics.divide(numerics.total(*xs), len(xs)), lambda out, *xs: [1 / len(xs)] * len(xs),
           domain=(REAL,), pack=flat)
prod = row("prod", lambda *xs: math.prod(xs, start=1.0), _others_product, domain=(REAL,), pack=flat)
dot = row("dot", numerics.dot, lambda out, *xys: xys[len(xys) // 2 :] + xys[: len(xys) // 2], domain=(REAL,), pack=pairs)
maximum = row("maximum", numerics.maximum, lambda out, *xs: _even_shares([where(out - x, 0.0, 1.0) for x in xs]),
              domain=(REAL,), pack=flat, latex=r"\max(%s)", kink="a tie of n operands gives each 1/n")
minimum: Primitive = row("minimum", lambda *xs: -numerics.maximum(*map(operator.neg, xs)),
              lambda out, *xs: _even_shares([where(x - out, 0.0, 1.0) for x in xs]),
              domain=(REAL,), pack=flat, latex=r"\min(%s)", kink="a tie of n operands gives each 1/n")
logsumexp = row("logsumexp", numerics.logsumexp, lambda out, *xs: softmax(xs), domain=(REAL,), pack=flat)
# one output of the vector function of that name: the one that belongs to the first operand
_softmax_of_first: Primitive = row("softmax", lambda *xs: numerics.shares(*xs)[0], _softmax_slopes, domain=(REAL,), pack=flat)
_log_softmax_of_first = row("log_softmax", numerics.log_share, _log_softmax_slopes, domain=(REAL,), pack=flat)

# what rules are written in, where a plainer form, or its derivative, would lose digits
_exp_product: Primitive = row("exp_product", numerics.exp_product, lambda out, x, y: out * y,
                                                                   lambda out, x, y: out * x, latex=r"e^{%s \cdot %s}")
_normal_cdf: Primitive = row("normal_cdf", numerics.normal_cdf, lambda out, x: _exp_product(-x, x / 2) / math.sqrt(2 * math.pi),
                             latex=r"\Phi(%s)")
_one_minus_square: Primitive = row("one_minus_square", lambda x: (1 - x) * (1 + x), lambda out, x: -2 * x, domain=(INSIDE_ONE,))
_direction: Primitive = row("direction", numerics.direction, lambda out, x, y: _direction(y, x) / hypot(x, y) * _direction(y, x),
                                                             lambda out, x, y: -out * _direction(y, x) / hypot(x, y),
                            domain=(POSITIVE, REAL), kink="the direction of (0, 0) is 0, its slopes are nan")

# fmt: on


def _each_first(row: Primitive, operands: list[Any]) -> list[Any]:
    return [row(x, operands[:i], operands[i + 1 :]) for i, x in enumerate(operands)]


def softmax(*xs: Any) -> list[Any]:
    """exp(x_i) / sum_j exp(x_j) for each x_i, finite and exact at any size; n scalars in, n out."""
    operands = flat(*xs)
    if operands and all(type(x) is float for x in operands):
        return numerics.shares(*operands)
    return _each_first(_softmax_of_first, operands)


def log_softmax(*xs: Any) -> list[Any]:
    """log(softmax(xs)), with all its digits where a share is close to 1; n scalars in, n out."""
    return _each_first(_log_softmax_of_first, flat(*xs))
