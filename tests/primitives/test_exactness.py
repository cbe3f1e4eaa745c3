"""What floats can do exactly is done exactly."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.primitives import TABLE
from tests.primitives.rows import OPERATORS

any_float = st.floats()


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**"])
@given(x=any_float, y=any_float | st.integers(-9, 9).map(float))
def test_arithmetic_has_the_bits_of_python_floats(name, x, y):
    python = OPERATORS[name]
    try:
        want = python(x, y)
    except ArithmeticError:
        return  # IEEE 754 has an answer, and test_ieee_754 asks for it
    if isinstance(want, complex):
        want = nan
    for out in (python(Value(x), Value(y)), python(Value(x), y), python(x, Value(y))):
        assert repr(out.data) == repr(want)
    assert repr(TABLE[name](x, y)) == repr(want)


def test_49_over_49_is_1():
    assert all((Value(n) / n).data == 1 for n in range(1, 200))


def test_integer_powers_are_exact():
    for n in range(-9, 10):
        for k in range(6):
            assert (Value(n) ** k).data == n**k
            if k:
                assert (Value(n) ** k).local_derivatives[0] == k * n ** (k - 1)


def test_narrow_integers_become_floats_first():
    x = Value(np.int8(100))
    assert (x * np.int8(100)).data == (np.int8(100) * x).data == (x * x).data == 10000.0
    assert am.sum(np.array([100, 100], dtype=np.int8)) == 200.0
    assert am.maximum(True, np.uint8(3)) == 3.0
    assert am.dot(np.array([100], dtype=np.int8), [np.int8(100)]) == 10000.0
