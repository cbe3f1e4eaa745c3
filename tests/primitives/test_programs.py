"""Random programs over all rows."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from autograd_mini import Value, grad, hessian, jvp, primitives
from autograd_mini.primitives import TABLE
from tests.accuracy.reference import EXACT, exactly
from tests.primitives.rows import call


class Digits:
    """One more reader: operands of as many digits as mpmath is asked for."""

    def __init__(self, number):
        self.number = number

    @staticmethod
    def apply_primitive(row, operands):
        numbers = [x.number if isinstance(x, Digits) else mpf(x) for x in operands]
        return Digits(EXACT[row.name](*numbers))


steps = st.tuples(st.sampled_from([*TABLE.values()]), st.lists(st.integers(0, 50), min_size=8))
programs = st.lists(steps, min_size=1, max_size=6)
# no two alike: at a tie a central difference sees the mean of two slopes, not the convention
numbers = st.integers(-200, 200).map(lambda n: n / 100)
inputs = st.lists(numbers, min_size=1, max_size=3, unique=True)


def run(program, *xs):
    """Each step applies a row to earlier results, squeezed into the row's domain on the way."""
    results = list(xs)
    for row, picks in program:
        domain = row.domain if row.arity else row.domain * (2 + 2 * (picks[-1] % 3))
        operands = []
        for pick, (low, high) in zip(picks, domain, strict=False):
            share = primitives.sigmoid(primitives.add(results[pick % len(results)], 0.1234))
            operands.append(primitives.add(low, primitives.mul(high - low, share)))
        results.append(call(row, operands))
    return results[-1]


@given(program=programs, xs=inputs)
def test_random_programs_eager_functional_forward_and_exact(program, xs):
    everywhere = range(len(xs))
    leaves = [Value(x) for x in xs]
    run(program, *leaves).backward()
    eager = [leaf.grad for leaf in leaves]

    def f(*xs):
        return run(program, *xs)

    assert list(grad(f, everywhere)(*xs)) == eager
    through_rules = grad(f, everywhere)(*map(Value, xs))
    assert [float(slope) for slope in through_rules] == pytest.approx(eager, rel=1e-9, abs=1e-13)
    for i in everywhere:
        direction = [float(i == j) for j in everywhere]
        value, slope = jvp(f, xs, direction)
        assert value == f(*xs)
        assert slope == pytest.approx(eager[i], rel=1e-9, abs=1e-13)
        exact = exactly(lambda *xs: f(*map(Digits, xs)).number, xs, i, i).slope
        assert eager[i] == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


@given(program=programs, xs=inputs)
def test_random_programs_forward_over_reverse_is_reverse_over_forward(program, xs):
    def f(xs):
        return run(program, *xs)

    ahead = [1.0, -0.5, 0.25][: len(xs)]
    _, forward_over_reverse = jvp(grad(f), (xs,), (ahead,))
    reverse_over_forward = grad(lambda xs: jvp(f, (xs,), (ahead,))[1])(xs)
    by_hessian = [sum(map(operator.mul, line, ahead)) for line in hessian(f)(xs)]
    assert forward_over_reverse == pytest.approx(reverse_over_forward, rel=1e-9, abs=1e-10)
    assert forward_over_reverse == pytest.approx(by_hessian, rel=1e-9, abs=1e-10)
