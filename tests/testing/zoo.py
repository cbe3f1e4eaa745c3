"""Wrong derivative rules, of the kinds people write, and right ones that are easily mistaken.

Floats in, floats out, so that every checker can be given the same mistake. `rules` has one per
operand, called with the output and the operands, as in the table of primitives.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import (
    acos,
    asinh,
    atan,
    atan2,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from autograd_mini.primitives import Primitive


@dataclass(frozen=True)
class Rule:
    kind: str
    name: str
    at: tuple[float, ...]
    forward: Callable[..., float]
    rules: tuple[Callable[..., float], ...]

    def primitive(self):
        return Primitive(self.name, self.forward, self.rules, ((-1.0, 1.0),) * len(self.at))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def normal(x):
    return 0.5 * erfc(-x / sqrt(2))


def share(*xs):
    return exp(xs[0]) / sum(map(exp, xs))


def logsumexp(*xs):
    return log(sum(map(exp, xs)))


ZOO = [
    Rule(kind, name, at, forward, rules)
    for kind, animals in {
        "factor": [
            ("exp, doubled", (0.7,), exp, lambda out, x: 2 * out),
            ("x**2 without its 2", (1.5,), lambda x: x * x, lambda out, x: x),
            ("sqrt without its half", (2.0,), sqrt, lambda out, x: 1 / out),
            ("log2 as if log", (3.0,), log2, lambda out, x: 1 / x),
            ("log10 with ln 2", (3.0,), log10, lambda out, x: 1 / (x * log(2))),
            ("erf without 2/sqrt(pi)", (0.4,), erf, lambda out, x: exp(-x * x)),
            ("mean as if sum", (1.0, 2.0), lambda x, y: (x + y) / 2, lambda o, x, y: 1.0, lambda o, x, y: 1.0),
            ("sin of degrees", (30.0,), lambda x: sin(x * pi / 180), lambda out, x: cos(x * pi / 180)),
            ("squared error, halved twice", (0.3,), lambda x: (x - 1) ** 2 / 2, lambda out, x: (x - 1) / 2),
        ],
        "sign": [
            ("cos", (0.7,), cos, lambda out, x: sin(x)),
            ("acos", (0.3,), acos, lambda out, x: 1 / sqrt(1 - x * x)),
            ("cosh as if cos", (0.8,), cosh, lambda out, x: -sinh(x)),
            ("erfc as if erf", (0.4,), erfc, lambda out, x: 2 / sqrt(pi) * exp(-x * x)),
            ("negation", (2.0,), lambda x: -x, lambda out, x: 1.0),
            ("1/x", (2.0,), lambda x: 1 / x, lambda out, x: 1 / x**2),
            ("exp(-x)", (0.5,), lambda x: exp(-x), lambda out, x: out),
            ("subtraction as if addition", (1.0, 2.0), lambda x, y: x - y, lambda o, x, y: 1.0, lambda o, x, y: 1.0),
            ("x/y in y", (1.0, 2.0), lambda x, y: x / y, lambda o, x, y: 1 / y, lambda o, x, y: o / y),
        ],
        "swapped operands": [
            ("x*y", (2.0, 3.0), lambda x, y: x * y, lambda o, x, y: x, lambda o, x, y: y),
            ("x/y", (2.0, 3.0), lambda x, y: x / y, lambda o, x, y: 1 / x, lambda o, x, y: -y / x**2),
            ("x - y", (2.0, 3.0), lambda x, y: x - y, lambda o, x, y: -1.0, lambda o, x, y: 1.0),
            ("x**y", (2.0, 3.0), lambda x, y: x**y, lambda o, x, y: x * y ** (x - 1), lambda o, x, y: o * log(y)),
            ("atan2", (2.0, 3.0), atan2, lambda o, y, x: y / (x * x + y * y), lambda o, y, x: -x / (x * x + y * y)),
            ("hypot", (2.0, 3.0), hypot, lambda o, x, y: y / o, lambda o, x, y: x / o),
            ("logaddexp", (0.2, 1.0), logsumexp, lambda o, x, y: sigmoid(y - x), lambda o, x, y: sigmoid(x - y)),
            ("leaky relu", (-2.0, 0.1), lambda x, s: max(x, s * x), lambda o, x, s: x, lambda o, x, s: s),
        ],
        "dropped term": [
            ("x exp(x), half its product rule", (0.5,), lambda x: x * exp(x), lambda out, x: exp(x)),
            ("x log(x), half its product rule", (2.0,), lambda x: x * log(x), lambda out, x: log(x)),
            ("silu without x s'(x)", (0.7,), lambda x: x * sigmoid(x), lambda out, x: sigmoid(x)),
            ("gelu without its density", (0.7,), lambda x: x * normal(x), lambda out, x: normal(x)),
            ("exp(-x*x) without the inner slope", (0.6,), lambda x: exp(-x * x), lambda out, x: out),
            ("tan without its 1", (0.6,), tan, lambda out, x: out * out),
            ("x/(1 + x), half its quotient rule", (0.5,), lambda x: x / (1 + x), lambda out, x: 1 / (1 + x)),
            ("softmax, the diagonal only", (0.5, 1.0), share, lambda o, x, y: o * (1 - o), lambda o, x, y: 0.0),
            ("softmax as if its sum were fixed", (0.5, 1.0), share, lambda o, x, y: o, lambda o, x, y: 0.0),
            ("x*x, one of its uses", (1.5,), lambda x: x * x, lambda out, x: x),
        ],
        "saturated": [
            ("sigmoid at 12, slope 0", (12.0,), sigmoid, lambda out, x: 0.0),
            ("sigmoid at -12, slope 0", (-12.0,), sigmoid, lambda out, x: 0.0),
            ("tanh at 8, slope 0", (8.0,), tanh, lambda out, x: 0.0),
            ("tanh at 4, 1 - tanh**2 in single precision", (4.0,), tanh, lambda out, x: round((1 - out * out) * 2**24) / 2**24),
            ("erf at 3, slope 0", (3.0,), erf, lambda out, x: 0.0),
            ("gelu at -5, slope 0", (-5.0,), lambda x: x * normal(x), lambda out, x: 0.0),
            ("softplus at 9 as if x", (9.0,), lambda x: log1p(exp(x)), lambda out, x: 1.0),
            ("exp(x - 200), slope 0", (1.0,), lambda x: exp(x - 200), lambda out, x: 0.0),
            ("log(x + 1e5), slope 0", (1.0,), lambda x: log(x + 1e5), lambda out, x: 0.0),
            ("log(x + 1e-7) as if log(x)", (1e-3,), lambda x: log(x + 1e-7), lambda out, x: 1 / x),
            ("logaddexp(0, -14), the winner takes all", (0.0, -14.0), logsumexp, lambda o, x, y: 1.0, lambda o, x, y: 0.0),
        ],
        "power off by one": [
            ("x**3, 3 x**3", (1.3,), lambda x: x**3, lambda out, x: 3 * x**3),
            ("x**3, 2 x**2", (1.3,), lambda x: x**3, lambda out, x: 2 * x**2),
            ("1/x, -1/x", (1.7,), lambda x: 1 / x, lambda out, x: -1 / x),
            ("1/x**2, -2/x**2", (1.7,), lambda x: x**-2, lambda out, x: -2 / x**2),
            ("sqrt, out/2", (2.0,), sqrt, lambda out, x: 0.5 * out),
            ("tanh, 1 - tanh", (0.5,), tanh, lambda out, x: 1 - out),
            ("tanh, 1/cosh", (0.5,), tanh, lambda out, x: 1 / cosh(x)),
            ("atan, 1/(1 + x)", (0.5,), atan, lambda out, x: 1 / (1 + x)),
            ("asinh, 1/(1 + x*x)", (0.5,), asinh, lambda out, x: 1 / (1 + x * x)),
            ("log, 1/x**2", (2.0,), log, lambda out, x: 1 / x**2),
            ("x**n, n x**n", (1.3, 2.5), lambda x, n: x**n, lambda o, x, n: n * o, lambda o, x, n: o * log(x)),
        ],
        "almost right": [
            ("sin, off by 1e-3", (0.7,), sin, lambda out, x: cos(x) * (1 + 1e-3)),
            ("sin, off by 1e-4", (0.7,), sin, lambda out, x: cos(x) * (1 + 1e-4)),
            ("sin, off by 1e-5", (0.7,), sin, lambda out, x: cos(x) * (1 + 1e-5)),
            ("sin, off by 1e-6", (0.7,), sin, lambda out, x: cos(x) * (1 + 1e-6)),
            ("sin by a forward difference, h = 1e-6", (0.7,), sin, lambda out, x: (sin(x + 1e-6) - out) / 1e-6),
            ("log10 with ln 10 = 2.3026", (3.0,), log10, lambda out, x: 1 / (2.3026 * x)),
            ("erf with 2/sqrt(pi) = 1.1284", (0.4,), erf, lambda out, x: 1.1284 * exp(-x * x)),
            ("x + expm1(x) at 1e-3, slope 2", (1e-3,), lambda x: x + expm1(x), lambda out, x: 2 + 0 * x),
            ("gelu as if x s(1.702 x)", (0.3,), lambda x: x * normal(x), lambda out, x: sigmoid(1.702 * x) * (1 + 1.702 * x * sigmoid(-1.702 * x))),
        ],
        "wrong at a kink": [
            ("relu'(0) = 2", (0.0,), lambda x: max(x, 0.0), lambda out, x: 2.0),
            ("relu'(0) = -1", (0.0,), lambda x: max(x, 0.0), lambda out, x: -1.0),
            ("|x|'(0) = 2", (0.0,), abs, lambda out, x: 2.0),
            ("sign'(0) = 1", (0.0,), lambda x: float((x > 0) - (x < 0)), lambda out, x: 1.0),
            ("floor'(1) = 1", (1.0,), math.floor, lambda out, x: 1.0),
            ("leaky relu'(0) = 0", (0.0,), lambda x: max(x, 0.1 * x), lambda out, x: 0.0),
            ("a tie of max, 2 for one", (1.0, 1.0), max, lambda o, x, y: 2.0, lambda o, x, y: 0.0),
            ("a tie of max, 1 for each", (1.0, 1.0), max, lambda o, x, y: 1.0, lambda o, x, y: 1.0),
            ("a tie of min, 0 for each", (1.0, 1.0), min, lambda o, x, y: 0.0, lambda o, x, y: 0.0),
            ("a tie of three, 1/2 for each", (0.0, 0.0, 0.0), max, *[lambda *_: 0.5] * 3),
            ("hard tanh'(1) = -1", (1.0,), lambda x: min(max(x, -1.0), 1.0), lambda out, x: -1.0),
        ],
    }.items()
    for name, at, forward, *rules in animals
]  # fmt: skip

#: Right, at points where a difference of fixed step and a fixed tolerance go astray.
RIGHT = [
    Rule("right", name, at, forward, rules)
    for name, at, forward, *rules in [
        ("relu'(0) = 0", (0.0,), lambda x: max(x, 0.0), lambda out, x: 0.0),
        ("relu'(0) = 1", (0.0,), lambda x: max(x, 0.0), lambda out, x: 1.0),
        ("|x|'(0) = 0", (0.0,), abs, lambda out, x: 0.0),
        ("leaky relu'(0) = 0.1", (0.0,), lambda x: max(x, 0.1 * x), lambda out, x: 0.1),
        ("a tie of max, 1/2 for each", (1.0, 1.0), max, lambda o, x, y: 0.5, lambda o, x, y: 0.5),
        ("a tie of max, the first wins", (1.0, 1.0), max, lambda o, x, y: 1.0, lambda o, x, y: 0.0),
        ("two kinks that cancel", (0.0, 0.0), lambda x, y: max(x, 0.0) - max(-y, 0.0), lambda o, x, y: 0.0, lambda o, x, y: 0.0),
        ("relu at 1e-7", (1e-7,), lambda x: max(x, 0.0), lambda out, x: 1.0),
        ("sqrt at 1e-9", (1e-9,), sqrt, lambda out, x: 0.5 / out),
        ("log at 1e-5", (1e-5,), log, lambda out, x: 1 / x),
        ("1/x at 1e-4", (1e-4,), lambda x: 1 / x, lambda out, x: -out / x),
        ("sin(1000 x)", (1.0,), lambda x: sin(1000 * x), lambda out, x: 1000 * cos(1000 * x)),
        ("exp at 20", (20.0,), exp, lambda out, x: out),
        ("x + 1e8", (0.3,), lambda x: x + 1e8, lambda out, x: 1.0),
        ("exp(x - 200)", (1.0,), lambda x: exp(x - 200), lambda out, x: out),
        ("log(x + 1e5)", (1.0,), lambda x: log(x + 1e5), lambda out, x: 1 / (x + 1e5)),
        ("sigmoid at 12", (12.0,), sigmoid, lambda out, x: sigmoid(x) * sigmoid(-x)),
    ]
]  # fmt: skip
