"""Expressions mean what Python means, and whatever else is written is refused at its column."""

import math
import random
import re

import pytest

import autograd_mini
from autograd_mini import Value
from autograd_mini.expression import FUNCTIONS, LIMIT, ExpressionError, parse


@pytest.mark.parametrize(
    "text",
    [
        *("x*y + tanh(x)", "-x**2", "2**-x**2", "2**3**2", "(1+2)*3", "-(-3)", "--x", "+x"),
        *("1-2-3", "8/4/2", "2-3+4", "6/3*2", "-2**2", "2*-x", "x*-y**2", "((x))", " x\t+\ny "),
        *("maximum(1, 2, x)", "leaky_relu(-1)", "leaky_relu(-x, .5)", "atan2(1, x)", "1e-3*x"),
        *("pi*e", "hypot(x+1, 2*y)", "pow(x, y)", "abs(-x)*1.", "where(x-y, sin(x), cos(y))"),
    ],
)
def test_means_what_python_means(text):
    names = {name: getattr(autograd_mini, name) for name in FUNCTIONS}
    names |= {"x": 1.5, "y": -2.5, "pi": math.pi, "e": math.e}
    parsed = parse(text)
    values = {name: names[name] for name in parsed.variables}
    assert parsed(**values) == eval(" ".join(text.split()), names)


def test_random_expressions_mean_what_python_means():
    draw = random.Random(5)

    def expression(depth):
        if depth == 0:
            return draw.choice(["x", "y", "2", "0.5", "pi"])
        form = draw.choice(["{} + {}", "{} - {}", "{} * {}", "-{}", "({})", "{}**2", "tanh({})"])
        return form.format(*(expression(depth - 1) for _ in range(form.count("{}"))))

    names = {"x": 0.3, "y": -0.7, "pi": math.pi, "tanh": autograd_mini.tanh}
    for _ in range(300):
        text = expression(4)
        parsed = parse(text)
        got = parsed(**{name: names[name] for name in parsed.variables})
        assert got == eval(text, names), text


def test_a_value_in_a_value_out():
    x = Value(2.0)
    parse("x**3 / 3")(x=x).backward()
    assert x.grad == 4.0


def test_variables_in_order_of_first_use():
    assert parse("b*a + tanh(b) + pi").variables == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "a value is missing at the end"),
        ("x +", 4, "a value is missing at the end"),
        ("* x", 1, "a value is missing before '*'"),
        ("tanh()", 6, "a value is missing before ')'"),
        ("(x", 1, "this parenthesis is never closed"),
        ("sin(cos(x)", 1, "this parenthesis is never closed"),
        ("x)", 2, "')' stands outside of all parentheses"),
        ("x, y", 2, "',' stands outside of all parentheses"),
        ("(x, y)", 3, "',' separates the arguments of a function only"),
        ("2x", 2, "an operator is missing before 'x': a product is written *"),
        ("x y", 3, "an operator is missing before 'y'"),
        ("x (y)", 1, "there is no function x"),
        ("1..2", 3, "an operator is missing before '.2'"),
        ("2 * tanh", 5, "tanh is a function: write tanh(...)"),
        ("tanhh(x)", 1, "there is no function tanhh: did you mean tanh?"),
        ("1 + tanh(x, y)", 5, "tanh takes 1 argument(s), but was given 2"),
        ("x ^ 2", 3, "'^' means nothing here: a power is **"),
        ("x = 3", 3, "'=' means nothing here"),
        ("x.real", 2, "'.' means nothing here"),
        ("__import__('os')", 1, "there is no function __import__"),
        ("x + '1'", 5, '"\'" means nothing here'),
        ("lambda: x", 7, "':' means nothing here"),
        ("x[0]", 2, "'[' means nothing here"),
        ("x\0", 2, "means nothing here"),
        ("x\u202e", 2, "means nothing here"),
    ],
)
def test_errors_point_at_the_column(text, column, message):
    with pytest.raises(ExpressionError, match=re.escape(message)) as caught:
        parse(text)
    first, _, caret = str(caught.value).split("\n")
    assert f"(column {column})" in first
    assert caret == " " * (column + 1) + "^"


@pytest.mark.parametrize(
    "text", ["(" * 100_000 + "x" + ")" * 100_000, "x+" * 5_000_000, "9" * (LIMIT + 1)]
)
def test_long_texts_are_refused(text):
    with pytest.raises(ExpressionError, match="at most 10,000 characters") as caught:
        parse(text)
    assert len(str(caught.value)) < 400


def test_nesting_does_not_recurse():
    depth = LIMIT // 2 - 1
    assert parse("(" * depth + "x" + ")" * depth)(x=3.0) == 3.0
    assert parse("-" * (LIMIT - 1) + "x")(x=3.0) == -3.0


def test_a_tower_of_powers_is_a_float():
    assert parse("9**9**9**9")() == math.inf
