"""Every row beside PyTorch in float64: values and slopes, at samples and at edges."""

import itertools
import math
import random
from math import inf, nan

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 (its usual name)

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.primitives import TABLE


def on_a_vector(function):
    return lambda *xs: function(torch.stack(xs))


def halves(xs):
    return torch.stack(xs[: len(xs) // 2]), torch.stack(xs[len(xs) // 2 :])


NAMED_OTHERWISE = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "**": torch.pow,
    "neg": torch.neg,
    "pos": torch.positive,
    "where": lambda c, x, y: torch.where(c > 0, x, y),
    "softplus": lambda x: F.softplus(x, threshold=50),  # from there on PyTorch says x
    "leaky_relu": lambda x, slope: F.prelu(x.reshape(1), slope.reshape(1)).sum(),
    # F.elu has no slope in alpha
    "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0))),
    "gelu": F.gelu,
    "silu": F.silu,
    "sum": on_a_vector(torch.sum),
    "mean": on_a_vector(torch.mean),
    "prod": on_a_vector(torch.prod),
    "dot": lambda *xys: torch.dot(*halves(xys)),
    "maximum": on_a_vector(torch.amax),
    "minimum": on_a_vector(torch.amin),
    "logsumexp": on_a_vector(lambda xs: torch.logsumexp(xs, 0)),
    "softmax": on_a_vector(lambda xs: torch.softmax(xs, 0)[0]),
    "log_softmax": on_a_vector(lambda xs: torch.log_softmax(xs, 0)[0]),
    "exp_product": lambda x, y: torch.exp(x * y),
    "normal_cdf": torch.special.ndtr,
    "one_minus_square": lambda x: 1 - x * x,
    "direction": lambda x, y: x / torch.hypot(x, y),
}
PEER = {name: NAMED_OTHERWISE.get(name) or getattr(torch, name) for name in TABLE}


def any_nan(*xs):
    return any(map(math.isnan, xs))


#: These serve the rules of other rows; PyTorch has no such function whose edges could be compared.
OF_OUR_OWN = {"exp_product", "one_minus_square", "direction"}
#: Where this project's answer is meant to be another: the reason, and at which operands.
DIFFERENT = {
    "log": ("log' of a negative number is nan, not 1/x", lambda x: x < 0),
    "log2": ("log2' of a negative number is nan", lambda x: x < 0),
    "log10": ("log10' of a negative number is nan", lambda x: x < 0),
    "log1p": (
        "log1p' below -1 is nan; PyTorch's log1p of a subnormal number is 0",
        lambda x: x < -1 or math.fabs(x) == 5e-324,
    ),
    "acosh": (
        "acosh' is nan where acosh is, and survives x * x = inf",
        lambda x: x <= -1 or x == 1e200,
    ),
    "atanh": ("atanh' is nan where atanh is", lambda x: math.fabs(x) > 1),
    "asinh": ("asinh' survives x * x = inf", lambda x: math.fabs(x) == 1e200),
    "tanh": ("tanh' keeps its digits: at 20 it is 1.7e-17, not 0", lambda x: math.fabs(x) == 20),
    "sigmoid": ("sigmoid' keeps its digits", lambda x: x == 20),
    "expm1": ("expm1' is exp(x), not out + 1", lambda x: x == -20),
    "gelu": ("gelu keeps its digits where erf is -1", lambda x: x == -20),
    "normal_cdf": ("the tail keeps its digits", lambda x: x == -20),
    "abs": ("|x|' at nan is nan, not 0", math.isnan),
    "sign": ("the sign of nan is nan, not 0", math.isnan),
    "relu": ("relu' at nan is 0, not 1: nan is not > 0", math.isnan),
    "elu": ("elu' at nan is nan", lambda x, alpha: math.isnan(x)),
    "maximum": ("each of n operands that nan lets nobody compare has 1/n, not nan", any_nan),
    "minimum": ("each of n operands that nan lets nobody compare has 1/n, not nan", any_nan),
    "logsumexp": (
        "beside an operand that is inf no share is a number; PyTorch says 0",
        lambda *xs: inf in xs and any(x < inf for x in xs),
    ),
    "prod": (
        "the product of the others is what it is; PyTorch divides, and inf / inf is nan",
        lambda *xs: (
            0 not in xs
            and any(
                not math.isfinite(x) and not any_nan(*xs[:i], *xs[i + 1 :])
                for i, x in enumerate(xs)
            )
        ),
    ),
    "hypot": ("hypot has slope 0 at (0, 0), not nan", lambda x, y: x == y == 0),
    "atan2": ("atan2 has slope nan at (0, 0), not 0", lambda y, x: x == y == 0),
}

EDGES = [
    *(0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 20.0, -20.0, 1000.0, -1000.0, 1e200, -1e200),
    *(inf, -inf, nan, 5e-324, -5e-324, 1e-310, -1e-310),
]
PAIRS = [
    *itertools.product([0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1000.0, -1000.0], repeat=2),
    *itertools.product([0.0, -0.0, 2.0, -3.0, 1e-310], [inf, -inf, nan]),
    *itertools.product([inf, -inf, nan], [0.0, -0.0, 2.0, -3.0, 1e-310, inf, -inf, nan]),
]
MORE = [
    *[(1.0, 1.0, 1.0, 1.0), (2.0, 1.0, 2.0, 0.0), (0.0, 0.0, 3.0, 5.0), (0.0, 2.0, -3.0, 5.0)],
    *[(1.0, 1.0, inf, inf), (-inf, 1.0, -inf, 1.0), (nan, 1.0, 1.0, 0.0)],
]


def edges(row):
    if row.name == "where":
        return [(c, 1.0, 2.0) for c in EDGES]
    return {1: [(x,) for x in EDGES], 2: PAIRS, None: PAIRS + MORE}[row.arity]


def samples(row, count):
    rng = random.Random(row.name)
    for _ in range(count):
        domain = row.domain if row.arity else row.domain * rng.choice([2, 4, 6])
        yield [rng.uniform(*interval) for interval in domain]


def ours(row, operands):
    """The value of a row and its gradient in every operand."""
    xs = [Value(x) for x in operands]
    out = Value.apply_primitive(row, xs)
    out.backward()
    return [out.data, *(x.grad for x in xs)]


def theirs(row, operands):
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    out = PEER[row.name](*xs)
    out.backward()
    return [out.item(), *(0.0 if x.grad is None else x.grad.item() for x in xs)]


every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)


@every_row
def test_samples(row):
    for operands in samples(row, 100):
        want = theirs(row, operands)
        assert ours(row, operands) == pytest.approx(want, rel=1e-11, abs=1e-14), operands


@pytest.mark.parametrize("name", [name for name in TABLE if name not in OF_OUR_OWN])
def test_edges(name):
    """Equal, but exactly where the table of differences says otherwise."""
    row = TABLE[name]
    _, is_different = DIFFERENT.get(name, ("", lambda *_: False))
    for operands in edges(row):
        mine, peers = ours(row, operands), theirs(row, operands)
        equal = mine == pytest.approx(peers, rel=1e-12, abs=0, nan_ok=True)
        assert equal != is_different(*operands), (operands, mine, peers)


def test_table_of_differences_is_used():
    for name, (_, is_different) in DIFFERENT.items():
        assert any(is_different(*operands) for operands in edges(TABLE[name])), name


@pytest.mark.parametrize(
    ("reason", "mine", "peers", "x", "slope", "peers_slope"),
    [
        (
            "an upstream of 0 contributes 0, even through an infinite local derivative",
            lambda x: am.maximum(am.sqrt(x), 1.0),
            lambda x: torch.maximum(torch.sqrt(x), torch.ones_like(x)),
            *(0.0, 0.0, nan),
        ),
        (
            "the branch that `where` did not choose cannot poison the gradient",
            lambda x: am.where(x, am.log(x), 3 * x),
            lambda x: torch.where(x > 0, torch.log(x), 3 * x),
            *(0.0, 3.0, nan),
        ),
        (
            "the same, where the other branch overflows",
            lambda x: am.where(x, am.softplus(x), am.log(1 + am.exp(x))),
            lambda x: torch.where(x > 0, F.softplus(x), torch.log(1 + torch.exp(x))),
            *(1000.0, 1.0, nan),
        ),
        (
            "a slope of 0 stops an infinite upstream",
            lambda x: am.sqrt(am.abs(x)),
            lambda x: torch.sqrt(torch.abs(x)),
            *(0.0, 0.0, nan),
        ),
    ],
)
def test_compositions_that_differ(reason, mine, peers, x, slope, peers_slope):
    node, tensor = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    mine(node).backward()
    peers(tensor).backward()
    assert node.grad == slope, reason
    assert tensor.grad.item() == pytest.approx(peers_slope, nan_ok=True), reason


def test_a_network_of_all_smooth_rows_to_second_order():
    def mine(x, y):
        h = am.tanh(x * y) + am.sigmoid(x) * am.softplus(y) + am.gelu(x - y)
        return am.logsumexp([h, am.silu(x), am.erf(y)]) / am.hypot(x, y) ** 1.5 + am.atan2(x, y)

    def peers(xs):
        x, y = xs
        h = torch.tanh(x * y) + torch.sigmoid(x) * F.softplus(y) + F.gelu(x - y)
        stacked = torch.stack([h, F.silu(x), torch.erf(y)])
        return torch.logsumexp(stacked, 0) / torch.hypot(x, y) ** 1.5 + torch.atan2(x, y)

    xs = torch.tensor([0.7, -1.3], dtype=torch.float64)
    want = torch.autograd.functional.hessian(peers, xs)
    got = am.hessian(mine, (0, 1))(0.7, -1.3)
    for line, want_line in zip(got, want, strict=True):
        assert line == pytest.approx(want_line.tolist(), rel=1e-11, abs=0)
    assert am.grad(mine, (0, 1))(0.7, -1.3) == pytest.approx(
        torch.autograd.functional.jacobian(peers, xs).tolist(), rel=1e-12, abs=0
    )
