"""On a mismatch, the first operation whose own derivative is wrong, and the line that ran it."""

import inspect
import math

import pytest

import autograd_mini as ag
from autograd_mini import Value, assert_gradients, check_gradients, define_primitive, tanh
from autograd_mini.primitives import TABLE, Primitive
from autograd_mini.testing import Culprit


@pytest.fixture
def wrong_tanh():
    return define_primitive("wrong_tanh", math.tanh, lambda out, x: 1 - out, check=False)


@pytest.fixture
def wrong_product():
    return define_primitive(
        "wrong_product",
        lambda x, y: x * y,
        lambda out, x, y: y,
        lambda out, x, y: y,
        check=False,
    )


def line_of(function, offset):
    return f"{__file__}:{inspect.getsourcelines(function)[1] + offset}"


def test_which_argument_of_which_operation_on_which_line(wrong_product):
    def f(x, y):
        z = tanh(x) + y
        return ag.exp(wrong_product(z, y))

    report = check_gradients(f, 0.5, Value(2.0, "speed"))
    found = report.culprit
    assert isinstance(found, Culprit)
    assert (found.primitive, found.argument) == ("wrong_product", 1)
    assert found.line == line_of(f, 2)
    assert found.row.analytic == 2.0
    assert found.row.numeric == pytest.approx(math.tanh(0.5) + 2, rel=1e-9)
    assert found.row.point == 2.0
    assert found.call == f"wrong_product({math.tanh(0.5) + 2}, speed=2.0)"
    assert (
        f"first wrong operation: {found.call} at {found.line}: its "
        f"derivative in operand 1 comes out as 2; measured as 2.462117157, give or take "
    ) in str(report)


def test_the_first_of_several(wrong_tanh, wrong_product):
    def f(x):
        return wrong_product(wrong_tanh(x), x)

    assert check_gradients(f, 0.5).culprit.primitive == "wrong_tanh"


def test_one_use_of_many_is_wrong(wrong_tanh):
    """Right at 0, where tanh is 0: only the second use is to blame."""

    def f(x):
        first = wrong_tanh(x * 0)
        return first + wrong_tanh(x)

    report = check_gradients(f, 0.5)
    assert (report.culprit.call, report.culprit.line) == ("wrong_tanh(0.5)", line_of(f, 2))


def test_operands_that_are_constants_are_not_asked(wrong_product):
    assert check_gradients(lambda x: wrong_product(x, 3.0), 2.0, order=1)
    report = check_gradients(lambda x: wrong_product(3.0, x), 2.0)
    assert report.culprit.argument == 1


def test_a_rule_that_cannot_be_derived_again():
    waves = define_primitive("waves", math.sin, lambda out, x: math.cos(x), check=False)

    def f(x):
        return waves(2 * x)

    assert_gradients(f, 0.3, order=1)
    report = check_gradients(f, 0.3)
    assert (report[0].output, report[0].verdict) == ("d/dx", "FAIL")
    assert (
        f"first wrong operation: waves(0.6) at {line_of(f, 1)}: the derivative in operand 0 of its "
        f"rule (d/d0) comes out as 0; measured as -0.5646424734"
    ) in str(report)


def test_at_a_kink_the_slopes_of_both_sides_are_shown():
    define_primitive("ramp", lambda x: max(x, 0.0), lambda out, x: 2.0, check=False)
    report = check_gradients(lambda x: 3 * TABLE["ramp"](x), 0.0, order=1)
    assert [row.verdict for row in report] == ["FAIL"]
    assert (
        "its derivative in operand 0 comes out as 2; the slope is 0 from the left and 1 from the "
        "right"
    ) in str(report)


def test_two_kinks_that_cancel():
    """relu(x) - relu(-x) is x; its slope is 1, but the chain rule takes 0 from both."""

    def f(x):
        return ag.relu(x) - ag.relu(-x)

    report = check_gradients(f, 0.0, order=1)
    assert [(row.verdict, row.analytic) for row in report] == [("FAIL", 0.0)]
    assert (
        f"no operation is found wrong by itself, but relu(0.0) at {line_of(f, 1)} is at a kink, "
        f"where the chain rule need not hold: the slope is 0 from the left and 1 from the right, "
        f"and 0 is taken"
    ) in str(report)


def test_sums_of_many(wrong_tanh):
    xs = [0.1 * i for i in range(20)]
    report = check_gradients(lambda xs: ag.dot(xs, [wrong_tanh(x) for x in xs]), xs, order=1)
    assert report.culprit.call == "wrong_tanh(0.1)"


def test_every_operation_right_by_itself():
    report = check_gradients(lambda x: x * float(x), 2.0)
    assert report[0].verdict == "FAIL"
    assert report.culprit is None
    assert "not recorded, as after float(x), x.data or a function of math" in str(report)


def test_what_was_made_before_f_ran():
    w = Value(2.0, "w")
    y = w * 3
    report = check_gradients(lambda: y * 2, parameters=[w])
    assert report[0].verdict == "FAIL"
    assert "between the inputs and the output was made before f ran, or is not" in str(report)


def test_what_an_input_was_made_from_has_no_part_in_it():
    w = ag.sqrt(Value(0.0))  # its derivative is inf, and 0 arrives
    report = check_gradients(lambda: w * w + float(w), parameters=[w], order=1)
    assert report[0].verdict == "FAIL"
    assert "no recorded operation is found wrong by itself" in str(report)


@pytest.mark.parametrize(
    ("f", "x", "met"),
    [
        (lambda x: ag.sqrt(x) ** 2, 0.0, "sqrt(0.0) at "),
        (lambda x: 1 - ag.acosh(x) ** 2, 1.0, "acosh(1.0) at "),
        (lambda x: (x**3) ** (1 / 3), 0.0, "**(0.0, 3.0) at "),
    ],
)
def test_zero_times_infinity_is_named(f, x, met):
    report = check_gradients(f, x, order=1)
    assert report[0].verdict == "FAIL"
    assert report.culprit is None
    assert f"no operation is found wrong by itself, but in {met}" in str(report)
    assert "their product is taken as 0, and what it tends to may be something" in str(report)


def test_a_jump_is_no_kink_where_slopes_of_two_sides_meet():
    """The slope of sign is 0 on both sides: what is wrong is elsewhere."""
    report = check_gradients(lambda x: ag.sign(x) + float(x), 0.0, order=1)
    assert report[0].verdict == "FAIL"
    assert report.culprit is None
    assert "no recorded operation is found wrong by itself" in str(report)


def test_a_kink_of_a_rule_is_not_to_blame_for_a_first_derivative():
    ramp = define_primitive("ramp", lambda x: max(x, 0.0) ** 2, lambda out, x: 2 * ag.relu(x))
    assert check_gradients(lambda x: ramp(x) + float(x), 0.0).culprit is None
    report = check_gradients(lambda x: ramp(x) + ramp(-x), 0.0)
    assert [row.output for row in report if row.verdict == "FAIL"] == ["d/dx"]
    assert "found wrong by itself, but d/d0 of ramp(0.0) at " in str(report)


def test_a_result_that_was_changed():
    def f(x):
        h = ag.relu(x)
        h.data = 2.0
        return h * x

    report = check_gradients(f, Value(1.0, "x"), order=1)
    assert report[0].verdict == "FAIL"
    assert (
        f"relu(x=1.0) at {line_of(f, 1)} is 1, but its node holds 2: its .data or that of an "
        f"operand was changed after it ran, which no derivative sees"
    ) in str(report)


def test_what_is_0_and_meets_0_tells_nothing():
    report = check_gradients(lambda x: float(x) + 0 * ag.relu(-x), 1.0, order=1)
    assert "something between the inputs and the output was made before f ran" in str(report)


def test_a_slope_that_was_changed_is_wrong_as_it_was_recorded():
    """As the rule gives it, it is right."""

    def f(x):
        y = ag.sin(x)
        y.local_derivatives = (0.5,)
        return y * 3

    found = check_gradients(f, 1.0).culprit
    assert (found.primitive, found.line, found.row.analytic) == ("sin", line_of(f, 1), 0.5)


def test_an_operand_that_was_changed():
    def f(x):
        h = tanh(x)
        x.data = 0.25
        return 3 * h

    report = check_gradients(f, 1.0, order=1)
    assert (report.culprit.primitive, report.culprit.line) == ("tanh", line_of(f, 1))
    assert report.culprit.recorded == math.tanh(1.0)
    assert report.culprit.result == math.tanh(0.25)


def test_an_operation_that_is_not_in_the_table():
    loose = Primitive("loose", math.sin, (lambda out, x: 2.0,), ((0.0, 1.0),))
    report = check_gradients(lambda x: tanh(x) + loose(x), 0.5, order=1)
    assert report[0].verdict == "FAIL"
    assert "no operation of the table is found wrong by itself, but 'loose' is not in it" in (
        str(report)
    )


def test_the_same_operands_once_as_constants(wrong_product):
    def f(x, y):
        first = wrong_product(x, 3.0)
        return first + wrong_product(x, y)

    report = check_gradients(f, 2.0, 3.0, order=1)
    assert (report.culprit.argument, report.culprit.line) == (1, line_of(f, 2))


def test_a_rule_that_the_program_does_not_use_is_not_to_blame(wrong_product):
    report = check_gradients(lambda x: wrong_product(x, 3.0) ** 2 + float(x), 2.0)
    assert report[0].verdict == "FAIL"
    assert report.culprit is None


def test_an_operation_that_raises_beside_its_domain(wrong_tanh):
    root = define_primitive("root", math.sqrt, lambda out, x: 0.5 / out, check=False)
    report = check_gradients(lambda x, y: root(x) + wrong_tanh(y), 1e-9, 0.5, order=1)
    assert report.culprit.primitive == "wrong_tanh"


def test_the_line_is_known_where_an_inf_is_born_on_the_way(wrong_tanh):
    def f(x):
        return wrong_tanh(x) + ag.where(-x, ag.log(x * 0), x)

    report = check_gradients(f, 0.5)
    assert (report.culprit.primitive, report.culprit.line) == ("wrong_tanh", line_of(f, 1))


def test_assert_gradients_raises_with_the_culprit(wrong_tanh):
    with pytest.raises(AssertionError, match=r"operation: wrong_tanh\(0.5\) at .*\.py:"):
        assert_gradients(lambda x: 2 * wrong_tanh(x), 0.5)
