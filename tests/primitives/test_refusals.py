"""What is refused, and in which words."""

import math
from math import inf

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import Value


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("3", r"expected one real number, got '3' \(str\): convert it with float\(\.\.\.\) first"),
        (None, r"got None \(NoneType\): does a function end without `return`\?"),
        (1j, r"got 1j \(complex\): take its \.real, \.imag or abs\(\)"),
        (np.complex128(1j), r"complex128\): take its \.real, \.imag or abs\(\)"),
        (np.array([1.0, 2.0]), r"ndarray\): make one Value per element, \[Value\(x\) for x in"),
        ([1, 2], r"got \[1, 2\] \(list\): make one Value per element"),
        (object, r"got <class 'object'> \(type\): pass an int or a float"),
    ],
)
def test_what_is_not_a_real_number_is_refused_with_a_remedy(wrong, message):
    for attempt in (Value, am.exp, lambda wrong: am.where(1.0, wrong, Value(1.0))):
        with pytest.raises(TypeError, match=message):
            attempt(wrong)
    with pytest.raises(TypeError, match=message):
        am.sum([Value(1.0), wrong])


def test_numbers_of_other_types_are_taken():
    for one in (1, True, np.float32(1), np.int8(1), np.array(1.0), np.array([[1.0]]), np.bool_(1)):
        assert type(Value(one).data) is float
        assert am.exp(one) == math.e
    assert Value(10**400).data == inf
    assert Value(-(10**400)).data == -inf
    assert (Value(1.0) - 10**400).data == -inf


def test_wrong_lengths_are_refused_with_both_lengths():
    with pytest.raises(ValueError, match="dot needs two sequences of one length, got 2 and 3"):
        am.dot([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="got 1 and 0"):
        am.dot([Value(1.0)], [])


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (am.exp, (), r"exp takes 1 argument\(s\), but was given 0"),
        (am.exp, (1.0, 2.0), r"exp takes 1 argument\(s\), but was given 2"),
        (am.atan2, (1.0,), r"atan2 takes 2 argument\(s\), but was given 1"),
        (am.where, (1.0, 2.0), r"where takes 3 argument\(s\), but was given 2"),
        (am.leaky_relu, (), r"leaky_relu takes 2 argument\(s\), but was given 0"),
    ],
)
def test_wrong_numbers_of_arguments_are_refused(function, arguments, message):
    with pytest.raises(TypeError, match=message):
        function(*arguments)


@pytest.mark.parametrize("function", [am.maximum, am.minimum])
def test_an_extreme_of_nothing_is_refused_by_name(function):
    with pytest.raises(ValueError, match=function.name):
        function([])
