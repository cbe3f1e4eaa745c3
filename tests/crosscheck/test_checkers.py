"""The zoo of wrong rules before four gradient checkers, each with the settings it comes with."""

import math
from collections import Counter
from pathlib import Path

import autograd.extend
import autograd.test_util
import jax
import numpy as np
import pytest
import torch
from jax.test_util import check_grads

from autograd_mini import check_gradients
from tests.testing.zoo import RIGHT, ZOO

jax.config.update("jax_enable_x64", True)

README = Path(__file__).parents[2] / "README.md"


def value(rule, xs):
    try:
        return float(rule.forward(*map(float, xs)))
    except ValueError:  # outside the domain
        return math.nan


def refused_here(rule):
    report = check_gradients(rule.primitive(), *rule.at, order=1)
    return any(row.verdict == "FAIL" for row in report)


def refused_by_torch(rule):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(context, *xs):
            context.save_for_backward(*xs)
            return torch.tensor(value(rule, xs), dtype=torch.float64)

        @staticmethod
        def backward(context, upstream):
            xs = [x.item() for x in context.saved_tensors]
            return tuple(upstream * partial(value(rule, xs), *xs) for partial in rule.rules)

    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in rule.at]
    return not torch.autograd.gradcheck(Function.apply, xs, raise_exception=False)


def refused_by_jax(rule):
    def on_the_host(function, *xs):
        number = jax.ShapeDtypeStruct((), np.float64)
        return jax.pure_callback(lambda *ys: np.float64(function(*map(float, ys))), number, *xs)

    @jax.custom_vjp
    def f(*xs):
        return on_the_host(lambda *ys: value(rule, ys), *xs)

    def forward(*xs):
        out = f(*xs)
        return out, (out, *xs)

    def backward(saved, upstream):
        return tuple(upstream * on_the_host(partial, *saved) for partial in rule.rules)

    f.defvjp(forward, backward)
    return raises(lambda: check_grads(f, rule.at, order=1, modes=["rev"]))


def refused_by_hips(rule):
    f = autograd.extend.primitive(lambda *xs: value(rule, xs))
    autograd.extend.defvjp(
        f,
        *(
            lambda out, *xs, partial=partial: lambda upstream: upstream * partial(out, *xs)
            for partial in rule.rules
        ),
    )
    np.random.seed(0)  # noqa: NPY002 (its random directions come from there)
    return any(
        raises(lambda i=i: autograd.test_util.check_grads(f, i, modes=["rev"], order=1)(*rule.at))
        for i in range(len(rule.at))
    )


def raises(check):
    try:
        check()
    except AssertionError:
        return True
    return False


CHECKERS = {
    "autograd_mini": refused_here,
    "PyTorch": refused_by_torch,
    "JAX": refused_by_jax,
    "HIPS autograd": refused_by_hips,
}


@pytest.fixture(scope="module")
def refused():
    """How many rules of each kind each checker refuses."""
    return {
        name: Counter(rule.kind for rule in ZOO + RIGHT if refuses(rule))
        for name, refuses in CHECKERS.items()
    }


def table(refused):
    kinds = Counter(rule.kind for rule in ZOO)
    yield f"| wrong rules refused, of {len(ZOO)} | {' | '.join(CHECKERS)} |"
    yield "|---|" + "---:|" * len(CHECKERS)
    for kind, count in kinds.items():
        yield f"| {kind} ({count}) | {' | '.join(str(refused[name][kind]) for name in CHECKERS)} |"
    sums = [sum(refused[name][kind] for kind in kinds) for name in CHECKERS]
    yield f"| all ({len(ZOO)}) | {' | '.join(map(str, sums))} |"
    rights = [refused[name]["right"] for name in CHECKERS]
    yield f"| right rules refused ({len(RIGHT)}) | {' | '.join(map(str, rights))} |"


def test_all_are_caught_here_and_no_right_one_refused(refused):
    assert refused["autograd_mini"] == Counter(rule.kind for rule in ZOO)


def test_peers_see_the_gross_ones(refused):
    """Else it is not they who were asked."""
    for peer in ("PyTorch", "JAX", "HIPS autograd"):
        assert refused[peer]["power off by one"] == 11


def test_the_table_of_the_readme(refused, capsys):
    lines = "\n".join(table(refused))
    with capsys.disabled():
        print(f"\n{lines}")
    assert lines in README.read_text("utf-8")
