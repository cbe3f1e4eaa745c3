"""define_primitive: a row of one's own does all that the package's rows do."""

import itertools
import math
import re

import numpy as np
import pytest

from autograd_mini import Value, check_gradients, cos, define_primitive, draw, grad, lift, sin
from autograd_mini.primitives import TABLE


def define_cube(**fields):
    return define_primitive("cube", lambda x: x * x * x, lambda out, x: 3 * x * x, **fields)


def test_floats_and_values():
    cube = define_cube()
    assert cube(2.0) == 8.0
    assert type(cube(2)) is float
    x = Value(2.0)
    y = cube(x)
    y.backward()
    assert (y.op, y.data, x.grad) == ("cube", 8.0, 12.0)


def test_every_order_of_derivative():
    cube = define_cube()
    assert grad(grad(cube))(2.0) == 12.0
    assert grad(grad(grad(cube)))(2.0) == 6.0


def test_drawn_and_checked_as_any_other():
    cube = define_cube()
    assert check_gradients(lambda x: sin(cube(x)), 0.7)
    assert "cube" in draw(cube(Value(2.0))).source


def test_several_arguments_and_constant_slopes():
    mix = define_primitive("mix", lambda x, y: 3 * x + math.cos(y), 3.0, lambda out, x, y: -sin(y))
    assert grad(mix, argnums=(0, 1))(1.0, 2.0) == (3.0, -math.sin(2.0))
    assert grad(grad(mix, 1), 1)(1.0, 2.0) == -math.cos(2.0)


def test_a_rule_that_cannot_be_derived_again_is_refused():
    message = r"rule 0 of waves cannot be derived again: .* cos\(x\) for math.cos\(x\)"
    with pytest.raises(ValueError, match=message):
        define_primitive("waves", math.sin, lambda out, x: math.cos(x))
    waves = define_primitive("waves", math.sin, lambda out, x: math.cos(x), check=False)
    assert grad(waves)(1.0) == math.cos(1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda out, x: x * x,
        lambda out, x: -3 * x * x,
        lambda out, x: 3 * x * x * (1 + 1e-6),
        lambda out, x: 3 * x * x + 1e-6,
        0.0,
    ],
)
def test_a_wrong_rule_is_refused(wrong):
    message = r"a partial of cube is wrong: at cube\(.*\) the rule for .* gives .* but finite"
    with pytest.raises(ValueError, match=message):
        define_primitive("cube", lambda x: x * x * x, wrong)
    assert "cube" not in TABLE


NUMBERS = itertools.count()


def forgetful(*_):
    pass


@pytest.mark.parametrize(
    ("forward", "partials", "error", "message"),
    [
        (
            *(lambda x: x * x, [lambda x: 2 * x], TypeError),
            r"rule 0 of own is called with \(out, x\): too many positional arguments\. "
            r"Write it as lambda out, x: \.\.\.",
        ),
        (
            *(lambda x, y: x * y, [lambda out, x, y: y], TypeError),
            r"the forward of own is called with \(x\): missing a required argument: 'y'\. "
            r"Give a partial for each of its arguments",
        ),
        (
            *(math.hypot, [lambda out, x, y: x / out, lambda x, y: y], TypeError),
            r"rule 1 of own .* Write it as lambda out, x0, x1: \.\.\.",
        ),
        (3.0, [1.0], TypeError, r"the forward of own .*: 3\.0 is not a callable object"),
        (
            *(lambda x: x, [forgetful], TypeError),
            r"rule 0 of own: .* got None \(NoneType\): does a function end without `return`\?",
        ),
        (forgetful, [1.0], TypeError, r"got None \(NoneType\): does a function end without"),
        (
            *(lambda x: x + next(NUMBERS), [1.0], ValueError),
            r"own\(2\.7.*\) is 2\.7.*, then 3\.7.*: a primitive has one value for its arguments",
        ),
    ],
)
def test_what_cannot_be_called_or_gives_no_number(forward, partials, error, message):
    with pytest.raises(error, match=message):
        define_primitive("own", forward, *partials)
    assert "own" not in TABLE


@pytest.mark.parametrize(
    "interval",
    [(0.0, math.inf), (-math.inf, 0.0), (1.0, 1.0), (1.0, math.nan), (-1.7e308, 1.7e308)],
)
def test_an_interval_is_finite_and_in_order(interval):
    with pytest.raises(ValueError, match=r"low comes first, and both are finite, for points are"):
        define_cube(domain=(interval,))


@pytest.mark.parametrize("domain", [(0.1, 10.0), 5, ((0, 1, 2),), ((0, "a"),), (None,)])
def test_a_domain_is_made_of_pairs(domain):
    message = r"the domain of cube has a \(low, high\) for each argument, .* got "
    with pytest.raises(TypeError, match=message + re.escape(repr(domain))):
        define_cube(domain=domain)


@pytest.mark.parametrize("field", ["python", "latex"])
@pytest.mark.parametrize("template", ["%s^2 %s", "100%", "%d"])
def test_a_template_has_a_place_for_each_argument(field, template):
    message = rf"{field} of cube is a template with a %s for each of its 1 argument\(s\), .* got "
    with pytest.raises(ValueError, match=message + re.escape(repr(template))):
        define_cube(**{field: template})
    assert define_cube(**{field: "%s^3 %%"})(2.0) == 8.0


def test_a_refused_rule_leaves_the_old_one():
    cube = define_cube()
    with pytest.raises(ValueError, match="is wrong"):
        define_primitive("cube", lambda x: x * x * x, lambda out, x: x)
    assert TABLE["cube"] is cube


def test_unchecked_on_request():
    assert grad(define_primitive("odd", lambda x: x, lambda out, x: 7.0, check=False))(1.0) == 7.0


def test_names():
    define_cube()
    assert define_cube() is TABLE["cube"]
    with pytest.raises(ValueError, match="'tanh' is a primitive of autograd_mini: choose another"):
        define_primitive("tanh", math.tanh, lambda out, x: 1 - out * out)


def test_the_domain_is_where_it_is_checked():
    ln = define_primitive("ln", math.log, lambda out, x: 1 / x, domain=((0.1, 5.0),))
    assert grad(ln)(2.0) == 0.5
    give = re.escape("give the domain in which it is defined, as in domain=((0.1, 10.0),)")
    with pytest.raises(ValueError, match=rf"ln\(-.*\) raises .*: {give}"):
        define_primitive("ln", math.log, lambda out, x: 1 / x)
    with pytest.raises(ValueError, match="1 partials but 2 intervals"):
        define_primitive("ln", math.log, lambda out, x: 1 / x, domain=((0.1, 5.0), (0.1, 5.0)))
    with pytest.raises(ValueError, match="needs a partial derivative for each argument"):
        define_primitive("ln", math.log)


def test_rules_may_use_the_package_and_each_other():
    versine = define_primitive("versine", lambda x: 1 - math.cos(x), lambda out, x: sin(x))
    doubled = define_primitive("doubled", lambda x: 2 * versine(x), lambda out, x: 2 * sin(x))
    assert grad(grad(doubled))(0.3) == 2 * cos(0.3)


def test_the_old_one_is_gone_when_a_name_is_defined_again():
    cube = define_cube()
    define_primitive("cube", lambda x: x * x, lambda out, x: 2 * x)
    with pytest.raises(RuntimeError, match="cube was defined again: call the new one"):
        grad(cube)(2.0)


def test_a_slope_may_be_an_int_and_a_result_is_a_float():
    twice = define_primitive("twice", lambda x: 2 * x, 2)
    assert grad(twice)(5.0) == 2.0
    assert type(define_primitive("two", lambda x: 2, 0)(1.0)) is float


@pytest.mark.parametrize("name", ["", " ", 3, None])
def test_a_name_is_needed(name):
    with pytest.raises(ValueError, match="a primitive needs a name"):
        define_primitive(name, lambda x: x, 1.0)


def test_intervals_are_in_order():
    with pytest.raises(ValueError, match=r"interval \(10, 0.1\): low comes first"):
        define_primitive("ln", math.log, lambda out, x: 1 / x, domain=((10, 0.1),))


# ---- array forms


def define_bump(array, **fields):
    return define_primitive("bump", lambda x: math.exp(-x * x), rule, array=array, **fields)


def rule(out, x):
    return -2 * x * out


def test_an_array_form_is_kept():
    assert define_bump(lambda xp, x: xp.exp(-x * x)).array is not None
    assert define_cube().array is None


@pytest.mark.parametrize(
    "array",
    [
        lambda xp, x: xp.exp(-x),
        lambda xp, x: xp.exp(-x * x) * (1 + 1e-6),
        lambda xp, x: xp.exp(-x * x) + 1e-9,
    ],
)
def test_a_wrong_array_form_is_refused(array):
    message = r"the array form of bump is wrong: at bump\(.*\) it gives .*, but forward "
    with pytest.raises(ValueError, match=message):
        define_bump(array)
    assert "bump" not in TABLE
    assert define_bump(array, check=False).array is array


def test_an_array_form_works_on_each_element():
    with pytest.raises(ValueError, match=r"makes shape \(\) of shape \(20, 1\): it works on each"):
        define_bump(lambda xp, x: xp.sum(x))


@pytest.mark.parametrize("name", ["my bump", "lambda", "None", "__class__", "__", "\u00b5", "ﬁt"])
def test_what_is_called_in_a_source_needs_a_name_of_python(name):
    message = f"calls {name!r}: make it a Python name, which is no keyword"
    with pytest.raises(ValueError, match=message):
        define_primitive(name, math.sin, lambda out, x: cos(x), array=lambda xp, x: xp.sin(x))
    assert name not in TABLE
    assert define_primitive(name, math.sin, lambda out, x: cos(x)).array is None


@pytest.mark.parametrize("name", ["match", "_", "__bump", "\u03bc", "隆起"])
def test_a_name_of_python_is_called(name):
    wave = define_primitive(name, math.sin, lambda out, x: cos(x), array=lambda xp, x: xp.sin(x))
    for given in (0.5, [0.5, 0.5]):
        program = lift(lambda x: sum(map(wave, x)) if isinstance(x, list) else wave(x), given)
        assert program.value(given) == pytest.approx(np.sum(np.sin(given)))
