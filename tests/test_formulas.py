"""A formula is worth what it says: evaluated, it is the number that the row computes."""

import math
from random import Random

import pytest

from autograd_mini import Value, define_primitive, primitives
from autograd_mini.formulas import Operand, latex_name, number_text, operation, partials
from autograd_mini.primitives import TABLE

NAMES = {
    name: row for name, row in vars(primitives).items() if isinstance(row, primitives.Primitive)
}


def softmax(*xs):
    return primitives.softmax(xs)[0]


def evaluated(text, numbers):
    known = {"softmax": softmax, "normal_cdf": TABLE["normal_cdf"]}
    return eval(text, NAMES | known | numbers)


@pytest.mark.parametrize("op", TABLE)
def test_formulas_of_every_row_evaluate_to_what_it_computes(op):
    row, draw = TABLE[op], Random(op)
    count = row.arity or 4
    for _ in range(20):
        intervals = [row.domain[min(i, len(row.domain) - 1)] for i in range(count)]
        numbers = {
            name: draw.uniform(*interval)
            for name, interval in zip("abcd"[:count], intervals, strict=True)
        }
        operands = [Operand(number, name) for name, number in numbers.items()]
        out = row.forward(*numbers.values())
        if op not in ("softmax", "log_softmax"):  # each a part of a function of several outputs
            assert evaluated(operation(op, operands), numbers) == pytest.approx(out, rel=1e-14)
        slopes = row.derivatives(out, [*numbers.values()], [True] * count)
        for text, slope in zip(partials(op, Operand(out, "y"), operands), slopes, strict=True):
            # constants are written with six digits
            assert evaluated(text, numbers | {"y": out}) == pytest.approx(slope, rel=5e-6)


def formula(op, *operands):
    out = TABLE[op].forward(*[each.number for each in operands])
    return partials(op, Operand(out, "y"), operands)


X, THREE = Operand(-2.0, "x"), Operand(3.0, None)


def test_constants_are_computed_and_factors_of_one_left_out():
    assert formula("**", X, THREE) == ["3 * x ** 2", None]
    assert formula("**", X, Operand(2.0, None)) == ["2 * x", None]
    assert formula("**", X, Operand(1.0, None)) == ["1", None]
    assert formula("/", X, THREE) == ["0.333333", None]
    assert formula("maximum", X, THREE) == ["0", None]
    assert formula("dot", X, THREE, THREE, X) == ["3", None, None, "3"]


def test_the_branch_that_was_taken():
    assert formula("relu", X) == ["0"]
    assert formula("relu", Operand(2.0, "x")) == ["1"]
    assert formula("elu", X, Operand(1.0, None)) == ["exp(x)", None]
    assert formula("log", X) == ["nan"]


def test_a_share_is_derived_as_in_a_textbook():
    a, b, c = (Operand(number, name) for number, name in ((1.0, "a"), (-2.0, "b"), (0.5, None)))
    assert formula("softmax", a, b, c) == [
        *("y * (1 - softmax(a, b, 0.5))", "-y * softmax(b, a, 0.5)", None)
    ]
    assert formula("softmax", a, a) == ["y * (1 - softmax(a, a))", "-y * softmax(a, a)"]

    def some(out, x, y, z):
        return primitives.sum(primitives.softmax(x, y, z)[:2])

    def others_and_five(out, x, y, z):
        return primitives.sum(5.0, primitives.softmax(x, y, z)[1:])

    define_primitive("some", lambda *xs: 0.0, some, others_and_five, 0.0, check=False)
    assert formula("some", a, b, c) == [
        *("sum(softmax(a, b, 0.5), softmax(b, a, 0.5))",),
        *("sum(5, softmax(b, a, 0.5), softmax(0.5, a, b))", None),
    ]


def test_division_by_a_constant_zero_is_a_number_too():
    assert formula("/", X, Operand(0.0, None)) == ["inf", None]


def test_parentheses_where_they_are_needed_and_nowhere_else():
    assert operation("**", [X, Operand(-1.0, None)]) == "x ** (-1)"
    assert operation("-", [X, THREE]) == "x - 3"
    assert formula("tanh", X) == ["(1 / cosh(x)) ** 2"]
    assert partials("tanh", Operand(0.5, "y"), [X], "latex") == [
        r"\left(\frac{1}{\cosh(x)}\right)^{2}"
    ]
    assert operation("log", [X], "latex") == r"\ln \left(x\right)"
    assert operation("leaky_relu", [X, THREE], "latex") == r"\operatorname{leaky\_relu}(x, 3)"


def test_many_operands_are_cut_short():
    operands = [Operand(float(i), f"x{i}") for i in range(10)]
    assert operation("sum", operands) == "sum(x0, x1, x2, x3, …, x9)"
    assert operation("dot", operands) == "x0 * x5 + x1 * x6 + x2 * x7 + x3 * x8 + x4 * x9"
    assert operation("maximum", operands, "latex").endswith(r"x_{3}, \dots, x_{9})")
    wide = [Operand(1.0, f"x{i}") for i in range(65)]
    assert partials("sum", Operand(65.0, "y"), wide) == [None] * 65


def test_a_primitive_of_ones_own():
    cube = define_primitive("cube in formulas", lambda x: x**3, lambda out, x: 3 * x**2)
    try:
        assert operation(cube.name, [X]) == "cube in formulas(x)"
        assert formula(cube.name, X) == ["3 * x ** 2"]
    finally:
        del TABLE[cube.name]


def test_a_rule_that_cannot_be_read_has_no_formula():
    def rule(out, x):
        if isinstance(x, Value):
            raise TypeError("floats only")
        return 2 * x

    own = define_primitive("floats only", lambda x: x * x, rule, check=False)
    try:
        assert formula(own.name, X) == [None]
    finally:
        del TABLE[own.name]


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("v12", "v_{12}"),
        ("layers.0", r"\text{layers.0}"),
        ("w_1", r"\text{w}\_\text{1}"),
        ("a\\b", r"\text{a}\backslash \text{b}"),
        ("{}$%#&~^", r"\{\}\$\%\#\&{\sim}{}^{\wedge}"),
        ('<b>"日本語"', r'\text{<b>"日本語"}'),
        ("a\nb\tc", r"\text{a}\;\text{b}\quad \text{c}"),
        ("\x1b[31m", r"\backslash \text{x1b[31m}"),
    ],
)
def test_names_in_latex(name, latex):
    assert latex_name(name) == latex


@pytest.mark.parametrize(
    ("number", "text", "latex"),
    [
        (2.0, "2", "2"),
        (1 / 3, "0.333333", "0.333333"),
        (-1.5e-7, "-1.5e-07", r"-1.5 \times 10^{-7}"),
        (math.inf, "inf", r"\infty"),
        (-math.inf, "-inf", r"-\infty"),
        (math.nan, "nan", r"\mathrm{nan}"),
    ],
)
def test_numbers(number, text, latex):
    assert (number_text(number), number_text(number, "latex")) == (text, latex)
