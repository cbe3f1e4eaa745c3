"""grad, value_and_grad, jvp, jacobian, hessian: containers, orders, and who derives in what."""

import math
import threading
from collections import namedtuple

import numpy as np
import pytest

from autograd_mini import (
    Value,
    cos,
    detect_anomaly,
    dot,
    exp,
    grad,
    hessian,
    jacobian,
    jvp,
    log,
    logsumexp,
    maximum,
    mean,
    no_grad,
    relu,
    sin,
    softmax,
    sqrt,
    tanh,
    value_and_grad,
    where,
)
from autograd_mini.functional import value_gradients

Point = namedtuple("Point", "x y")
EXACT = {"rel": 1e-12, "abs": 0}


# --- first derivatives, in any container ----------------------------------------------------------


def test_grad_of_a_scalar_function():
    assert grad(tanh)(0.5) == pytest.approx(1 / math.cosh(0.5) ** 2, **EXACT)
    assert grad(lambda x: x)(3.0) == 1.0
    assert grad(lambda x: x**3)(3) == 27.0


def test_floats_in_floats_out():
    assert type(grad(lambda x: x * x)(3.0)) is float
    value, slope = value_and_grad(lambda x: x * x)(np.float64(3.0))
    assert type(value) is type(slope) is float
    assert {type(x) for x in jvp(lambda x: x * x, (3.0,), (1.0,))} == {float}


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 2 * x,
        lambda x: x * x,
        lambda _: 5.0,
        lambda x: x * grad(lambda y: x + y)(2.0),
        lambda x: x * grad(lambda y: x * y * y)(2.0),
        lambda x: jvp(lambda y: x * y * y, (2.0,), (1.0,))[1],
        lambda x: hessian(lambda p: p[0] * p[1] * x)([1.0, 2.0])[0][1],
    ],
)
def test_floats_in_floats_out_at_any_order(f):
    """A constant that an inner derivative makes is not a Value that `f` read from around it."""
    for order in (grad(f), grad(grad(f)), grad(grad(grad(f)))):
        assert type(order(3.0)) is float
    value, slope = jvp(grad(f), (3.0,), (1.0,))
    assert type(value) is type(slope) is float
    assert type(hessian(lambda p: f(p[0]))([3.0])[0][0]) is float


def test_nested_containers_come_back_as_they_went_in():
    def f(p):
        return p["w"][0] * p["w"][1][0] + p["point"].x ** 2 * p["point"].y + p["b"]

    p = {"w": [2.0, (3.0,)], "point": Point(1.5, -2.0), "b": 7}
    slopes = grad(f)(p)
    assert slopes == {"w": [3.0, (2.0,)], "point": Point(-6.0, 2.25), "b": 1.0}
    assert type(slopes["point"]) is Point
    assert type(slopes["w"][1]) is tuple
    assert list(slopes) == list(p)


def test_empty_containers():
    assert grad(lambda p: p["x"] * 2)({"x": 1.0, "none": [], "neither": {}}) == {
        "x": 2.0,
        "none": [],
        "neither": {},
    }
    assert grad(logsumexp)([]) == []
    w = Value(2.0)
    assert grad(lambda _: w * 2)([]) == []


def test_the_function_sees_its_arguments_nested_as_given():
    def f(point, *, scale):
        assert isinstance(point, Point)
        assert isinstance(point.x, Value)
        assert scale == 10.0
        return point.x * point.y * scale

    assert grad(f)(Point(2.0, 3.0), scale=10.0) == Point(30.0, 20.0)
    assert value_and_grad(f)(Point(2.0, 3.0), scale=10.0) == (60.0, Point(30.0, 20.0))
    assert jacobian(f)(Point(2.0, 3.0), scale=10.0) == Point(30.0, 20.0)
    assert hessian(f)(Point(2.0, 3.0), scale=10.0) == Point(Point(0, 10.0), Point(10.0, 0.0))


def test_only_the_chosen_arguments_become_values():
    def f(x, name, y):
        assert name == "not a number"
        return x * x * y

    assert grad(f)(3.0, "not a number", 5.0) == 30.0
    assert grad(f, 2)(3.0, "not a number", 5.0) == 9.0
    assert grad(f, -1)(3.0, "not a number", 5.0) == 9.0
    assert grad(f, (0, 2))(3.0, "not a number", 5.0) == (30.0, 9.0)
    assert grad(f, [2, 0])(3.0, "not a number", 5.0) == (9.0, 30.0)
    assert grad(f, (2,))(3.0, "not a number", 5.0) == (9.0,)
    assert value_and_grad(f, (2,))(3.0, "not a number", 5.0) == (45.0, (9.0,))


@pytest.mark.parametrize("derive", [grad, value_and_grad, jacobian, hessian])
@pytest.mark.parametrize("argnums", [2, 5, -3, (0, 2)])
def test_argnums_out_of_range_are_named(derive, argnums):
    wrong = max(argnums) if isinstance(argnums, tuple) else argnums
    with pytest.raises(ValueError, match=f"argnums names argument {wrong}, but 2 were given"):
        derive(lambda x, y: x * y, argnums)(1.0, 2.0)


@pytest.mark.parametrize("derive", [grad, value_and_grad, jacobian, hessian])
def test_the_first_of_two_arguments_is_number_0_and_minus_2_and_the_default(derive):
    def f(x, y):
        return x**2 * y

    assert derive(f)(3.0, 5.0) == derive(f, 0)(3.0, 5.0) == derive(f, -2)(3.0, 5.0)
    assert derive(f)(3.0, 5.0) != derive(f, 1)(3.0, 5.0)


@pytest.mark.parametrize(
    "result",
    [
        lambda x: [x],
        lambda x: (x, x),
        lambda x: {"x": x},
        lambda x: Point(x, x),
        lambda x: np.array([x, x]),
    ],
)
def test_grad_of_several_numbers_names_jacobian(result):
    for derive in (grad, value_and_grad):
        with pytest.raises(TypeError, match=r"returned a \w+: use jacobian"):
            derive(result)(1.0)


def test_a_result_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="expected one real number, got None"):
        grad(lambda _: None)(1.0)
    with pytest.raises(TypeError, match="got 'a'"):
        jacobian(lambda x: [x, "a"])(1.0)
    with pytest.raises(TypeError, match="got 'a'"):
        grad(lambda x: x)("a")


def test_what_does_not_depend_on_an_input_has_derivative_0():
    assert grad(lambda _: 5.0)(1.0) == 0.0
    assert grad(lambda _: 5)(1.0) == 0.0
    assert grad(lambda _: Value(5.0) * 2)(1.0).data == 0.0
    assert grad(lambda x, _: x * 2, (0, 1))(1.0, 1.0) == (2.0, 0.0)
    assert jacobian(lambda xs: [xs[0], 7.0])([1.0, 2.0]) == [[1.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda xs: xs[0] * 3)([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(lambda _: 5.0, (1.0,), (1.0,)) == (5.0, 0.0)


def test_the_arguments_given_are_left_alone():
    x = Value(3.0, label="x")
    grad(lambda x: x * x)(x)
    assert (x.grad, x.data) == (0.0, 3.0)
    xs = [1.0, 2.0]
    grad(lambda xs: xs[0] * xs[1])(xs)
    assert xs == [1.0, 2.0]


def test_the_same_value_in_two_places():
    x = Value(3.0)
    slopes = grad(lambda x, y: x * x * y, (0, 1))(x, x)
    assert [slope.data for slope in slopes] == [18.0, 9.0]


# --- jvp, jacobian, hessian ----------------------------------------------------------------------


def f_of_three(xs):
    x, y, z = xs
    return sin(x * y) + exp(z) * x + tanh(y / z) ** 2 + logsumexp(xs)


def test_jvp_is_the_gradient_in_a_direction():
    xs, direction = [0.7, -0.4, 1.3], [0.3, 2.0, -1.0]
    value, slope = jvp(f_of_three, (xs,), (direction,))
    assert value == float(f_of_three(xs))
    by_grad = dot(grad(f_of_three)(xs), direction)
    assert slope == pytest.approx(by_grad, **EXACT)


def test_jvp_of_several_arguments_and_results():
    def f(point, scale):
        return {"sum": point.x + point.y, "more": [point.x * scale, 1.0]}

    value, slope = jvp(f, (Point(2.0, 3.0), 5.0), (Point(1.0, 0.0), 10.0))
    assert value == {"sum": 5.0, "more": [10.0, 1.0]}
    assert slope == {"sum": 1.0, "more": [5.0 + 20.0, 0.0]}


def test_jvp_matches_tangents_by_key():
    def f(p):
        return p["a"] * 10 + p["b"]

    _, slope = jvp(f, ({"a": 1.0, "b": 2.0},), ({"b": 1.0, "a": 0.0},))
    assert slope == 1.0


def test_jvp_refuses_tangents_that_do_not_fit():
    message = "tangents must be nested like primals"
    with pytest.raises(ValueError, match=message):
        jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match=message):
        jvp(lambda x, y: x * y[0], (1.0, [2.0]), ([1.0], 2.0))
    with pytest.raises(ValueError, match=message) as caught:
        jvp(logsumexp, ([0.5] * 789,), ([0.5] * 788,))
    assert "788" in str(caught.value)
    assert "789" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_jvp_refuses_tangents_of_other_keys():
    with pytest.raises(ValueError, match="tangents must be nested like primals"):
        jvp(lambda p: p["a"], ({"a": 1.0},), ({"b": 1.0},))


def test_jacobian():
    def f(xs):
        return [xs[0] * xs[1], sin(xs[1]), xs[0]]

    assert jacobian(f)([2.0, 3.0]) == [[3.0, 2.0], [0.0, math.cos(3.0)], [1.0, 0.0]]
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    assert jacobian(lambda x: {"a": (x, 2 * x)})(3.0) == {"a": (1.0, 2.0)}
    assert jacobian(lambda x, y: [x * y, y], (0, 1))(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]


def test_jacobian_of_softmax():
    xs = [0.3, -1.2, 2.0]
    shares = softmax(xs)
    want = [[p * ((i == j) - q) for j, q in enumerate(shares)] for i, p in enumerate(shares)]
    for got, line in zip(jacobian(softmax)(xs), want, strict=True):
        assert got == pytest.approx(line, **EXACT)


def test_jacobian_columns_are_jvps_and_rows_are_grads():
    def f(xs):
        return [sin(xs[0] * xs[1]), xs[1] / xs[0], hypotenuse(xs)]

    def hypotenuse(xs):
        return sqrt(dot(xs, xs))

    xs = [0.7, -0.4]
    rows = jacobian(f)(xs)
    for i in range(3):
        assert grad(lambda xs, i=i: f(xs)[i])(xs) == pytest.approx(rows[i], **EXACT)
    for j in range(2):
        direction = [float(j == k) for k in range(2)]
        assert jvp(f, (xs,), (direction,))[1] == pytest.approx([row[j] for row in rows], **EXACT)


def test_hessian_is_the_jacobian_of_the_gradient_and_symmetric():
    xs = [0.7, -0.4, 1.3]
    second = hessian(f_of_three)(xs)
    assert second == jacobian(grad(f_of_three))(xs)
    for i in range(3):
        for j in range(3):
            assert second[i][j] == pytest.approx(second[j][i], rel=1e-12, abs=1e-15)


def test_hessian_in_closed_form():
    assert hessian(lambda x, y: x**2 * y**3, (0, 1))(2.0, 3.0) == (
        (2 * 27.0, 4 * 27.0),
        (4 * 27.0, 4 * 18.0),
    )
    assert hessian(tanh)(0.0) == 0.0
    t = math.tanh(0.5)
    assert hessian(tanh)(0.5) == pytest.approx(-2 * t * (1 - t * t), **EXACT)


def test_forward_over_reverse_is_reverse_over_forward_is_the_hessian():
    xs, direction = [0.7, -0.4, 1.3], [0.3, 2.0, -1.0]
    _, forward_over_reverse = jvp(grad(f_of_three), (xs,), (direction,))
    reverse_over_forward = grad(lambda xs: jvp(f_of_three, (xs,), (direction,))[1])(xs)
    by_hessian = [dot(line, direction) for line in hessian(f_of_three)(xs)]
    assert forward_over_reverse == pytest.approx(by_hessian, **EXACT)
    assert reverse_over_forward == pytest.approx(by_hessian, **EXACT)


# --- any order, without confusion ----------------------------------------------------------------


def test_orders_of_a_power():
    f, want = lambda x: x**5, [32.0, 80.0, 160.0, 240.0, 240.0, 120.0, 0.0]
    for slope in want:
        assert float(f(2.0)) == slope
        f = grad(f)


def test_third_order_of_sine_and_exp():
    assert grad(grad(grad(sin)))(0.7) == pytest.approx(-math.cos(0.7), **EXACT)
    assert grad(grad(grad(grad(sin))))(0.7) == pytest.approx(math.sin(0.7), **EXACT)
    assert grad(grad(grad(lambda x: exp(2 * x))))(0.3) == pytest.approx(8 * math.exp(0.6), **EXACT)
    assert grad(grad(grad(log)))(2.0) == pytest.approx(0.25, **EXACT)
    assert grad(grad(grad(lambda x: 1 / x)))(2.0) == pytest.approx(-6 / 16, **EXACT)


def test_third_order_mixes_modes():
    def pushed(f):
        return lambda x: jvp(f, (x,), (1.0,))[1]

    for third in (
        pushed(pushed(pushed(sin))),
        grad(pushed(grad(sin))),
        pushed(grad(pushed(sin))),
        grad(grad(pushed(sin))),
        jacobian(hessian(sin)),
    ):
        assert third(0.7) == pytest.approx(-math.cos(0.7), **EXACT)


@pytest.mark.parametrize("derive", [grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]])
@pytest.mark.parametrize("inner", [grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]])
class TestPerturbationConfusion:
    def test_siskind_and_pearlmutter(self, derive, inner):
        """d/dx (x * d/dy (x + y)) at y = 1 is 1; whoever confuses the two says 2."""
        assert float(derive(lambda x: x * inner(lambda y: x + y)(1.0))(1.0)) == 1.0

    def test_inner_derivative_at_the_outer_variable(self, derive, inner):
        """d/dx (x * d/dy (x * y) at y = x) = d/dx x**2."""
        assert float(derive(lambda x: x * inner(lambda y: x * y)(x))(3.0)) == 6.0
        # d/dx (d/dy (x * y**2) at y = x) = d/dx 2 x**2
        assert float(derive(lambda x: inner(lambda y: x * y * y)(x))(3.0)) == 12.0

    def test_a_derivative_of_a_derivative_through_a_shift(self, derive, inner):
        """After Manzyuk et al.'s amazing bug: both derivatives are taken in a shift u at 0."""

        def hat(f):
            return lambda x: inner(lambda u: f(x + u))(0.0)

        assert float(hat(hat(exp))(1.0)) == pytest.approx(math.e, **EXACT)
        assert float(derive(hat(hat(exp)))(1.0)) == pytest.approx(math.e, **EXACT)
        assert float(derive(lambda z: hat(lambda y: y * z)(7.0))(5.0)) == 1.0

    def test_three_levels(self, derive, inner):
        """d/dx (x * d/dy (x * y * d/dz (x * y * z))) = d/dx 2 x**3 y = 18 x**2 at y = 3."""
        slope = derive(lambda x: x * inner(lambda y: x * y * inner(lambda z: x * y * z)(5.0))(3.0))
        assert float(slope(2.0)) == 72.0

    def test_the_inner_result_does_not_depend_on_the_outer_variable(self, derive, inner):
        assert float(derive(lambda _: inner(lambda y: y * y)(3.0))(2.0)) == 0.0
        assert float(derive(lambda x: x + inner(lambda y: y * y)(3.0))(2.0)) == 1.0
        assert float(derive(lambda x: inner(lambda _: x * 7)(3.0))(2.0)) == 0.0


def test_newton_iterations_are_differentiated():
    """d/da of the root of x**2 = a, found with an inner derivative, is 1 / (2 sqrt(a))."""

    def root(a):
        x = 1.0
        for _ in range(8):

            def f(x):
                return x * x - a

            x = x - f(x) / grad(f)(x)
        return x

    assert float(grad(root)(2.0)) == pytest.approx(0.5 / math.sqrt(2), **EXACT)
    assert float(grad(grad(root))(2.0)) == pytest.approx(-0.25 * 2**-1.5, **EXACT)


# --- Values in, Values out -----------------------------------------------------------------------


def test_a_value_in_gives_values_that_can_be_derived_again():
    x = Value(2.0)
    value, slope = value_and_grad(lambda x: x**3)(x)
    assert (type(value), value.data, type(slope), slope.data) == (Value, 8.0, Value, 12.0)
    slope.backward()
    assert x.grad == 12.0
    value.backward()
    assert x.grad == 24.0


def test_a_value_in_gives_values_even_of_a_constant_slope():
    x = Value(2.0)
    for slope in (grad(lambda x: 3 * x)(x), grad(lambda _: 3.0)(x), hessian(lambda x: x * x)(x)):
        assert type(slope) is Value
        slope.backward()
    assert x.grad == 0.0


def test_a_closure_over_a_value_gives_values_too():
    w = Value(3.0, label="w")
    slope = grad(lambda x: w**2 * x)(5.0)
    assert (type(slope), slope.data) == (Value, 9.0)
    slope.backward()
    assert w.grad == 6.0
    _, pushed = jvp(lambda x: w**2 * x, (5.0,), (1.0,))
    pushed.backward()
    assert w.grad == 12.0


def test_a_closure_over_a_computed_value():
    w = Value(3.0)
    square = w * w
    slope = grad(lambda x: square * x * x)(5.0)
    assert slope.data == 90.0
    slope.backward()
    assert w.grad == 60.0


def test_jvp_in_the_direction_of_a_value():
    v = Value(2.0)
    _, slope = jvp(lambda x: x**3, (2.0,), (v,))
    assert slope.data == 24.0
    slope.backward()
    assert v.grad == 12.0


def test_a_gradient_penalty():
    """Double backward through functional and eager: d/dw (d/dx tanh(w x))**2."""
    w, x = Value(0.7), 0.9
    penalty = grad(lambda x: tanh(w * x))(x) ** 2
    penalty.backward()
    t = math.tanh(0.63)
    slope, first = 1 - t * t, 0.7 * (1 - t * t)
    assert penalty.data == pytest.approx(first**2, **EXACT)
    assert w.grad == pytest.approx(2 * first * (slope - 0.7 * 0.9 * 2 * t * slope), **EXACT)


def test_numbers_and_rules_agree():
    """On floats the recorded slopes are multiplied, on Values the table's rules run."""
    xs = [0.7, -0.4, 1.3]
    by_rules = grad(f_of_three)([Value(x) for x in xs])
    assert [slope.data for slope in by_rules] == pytest.approx(grad(f_of_three)(xs), **EXACT)


# --- modes ---------------------------------------------------------------------------------------


def test_inside_no_grad_derivatives_are_right_and_nothing_is_recorded():
    w = Value(3.0)
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert hessian(lambda xs: xs[0] * xs[1])([1.0, 2.0]) == [[0.0, 1.0], [1.0, 0.0]]
        assert jvp(lambda x: x**3, (2.0,), (1.0,)) == (8.0, 12.0)
        slope = grad(lambda x: w * x)(2.0)
    assert float(slope) == 3.0
    assert not getattr(slope, "parents", ())


def test_no_grad_inside_makes_a_constant():
    def f(x):
        with no_grad():
            held = x * x
        return held * x

    assert float(grad(f)(3.0)) == 9.0
    assert float(jvp(f, (3.0,), (1.0,))[1]) == 9.0
    assert float(grad(grad(f))(3.0)) == 0.0


def test_a_failing_function_leaves_the_modes_as_they_were():
    def fail(_):
        raise RuntimeError("user's own")

    with no_grad():
        with pytest.raises(RuntimeError, match="user's own"):
            grad(fail)(1.0)
        assert (Value(1.0) * 2).parents == ()
    assert len((Value(1.0) * 2).parents) == 1


def test_threads_derive_side_by_side():
    wrong = []

    def work(n):
        for _ in range(50):
            wrong.extend([n] * (grad(grad(lambda x: x**n))(2.0) != n * (n - 1) * 2.0 ** (n - 2)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- zeros, infinities, depth --------------------------------------------------------------------


def test_zero_upstream_stops_infinity_in_every_mode():
    def f(x):
        return maximum(sqrt(x), 1.0)

    assert grad(f)(0.0) == 0.0
    assert grad(f)(Value(0.0)).data == 0.0
    assert jvp(f, (0.0,), (1.0,)) == (1.0, 0.0)
    assert jvp(sqrt, (0.0,), (0.0,)) == (0.0, 0.0)
    assert float(hessian(f)(0.0)) == 0.0
    assert float(hessian(lambda x: where(x, sqrt(x), x * x))(0.0)) == 2.0


def test_second_order_at_kinks():
    for f in (relu, abs, lambda x: x**0, lambda x: x**1, lambda x: maximum(x, 0.0)):
        assert float(hessian(f)(0.0)) == 0.0
    assert float(hessian(lambda x: x**2)(0.0)) == 2.0
    assert float(hessian(lambda x: x**2)(-3.0)) == 2.0
    assert float(hessian(lambda x: relu(x) ** 2)(0.0)) == 0.0


def test_rules_that_divide_by_a_constant_zero():
    """A constant 0 met by a rule's / is IEEE 754's, not Python's, whoever calls the rule."""
    x = Value(2.0)
    assert grad(lambda x: x / 0.0)(x).data == math.inf
    assert grad(lambda x: x / 0.0)(2.0) == math.inf
    assert jvp(lambda x: x / 0.0, (x,), (1.0,))[1].data == math.inf


def test_a_deep_graph_without_recursion():
    def deep(x):
        for _ in range(20_000):
            x = x + 1e-9 * x
        return x

    want = (1 + 1e-9) ** 20_000
    assert grad(deep)(1.0) == pytest.approx(want, rel=1e-11, abs=0)
    assert jvp(deep, (1.0,), (1.0,))[1] == pytest.approx(want, rel=1e-11, abs=0)
    assert float(grad(grad(lambda x: deep(x) ** 2 / 2))(1.0)) == pytest.approx(
        want**2, rel=1e-11, abs=0
    )


def test_a_wide_function():
    xs = [i / 100 for i in range(100)]
    slopes = grad(lambda xs: mean([cos(x) for x in xs]))(xs)
    assert slopes == pytest.approx([-math.sin(x) / 100 for x in xs], **EXACT)


def test_an_inner_derivative_sees_a_live_input_behind_a_constant_value():
    """A live input made from a Value whose own leaves are dead is alive all the same."""

    def f(z):
        c = grad(lambda u: z)(1.0)
        return z * grad(lambda x: grad(lambda y: x * x * y)(1.0))(c + 3.0)

    assert grad(f)(2.0) == 6.0


def test_inputs_are_dead_after_an_error():
    kept = []

    def f(x):
        kept.append(x)
        raise KeyError

    with pytest.raises(KeyError):
        grad(f)(2.0)
    assert kept[0].op == "constant"


def test_anomalies_in_functional_gradients():
    with pytest.raises(FloatingPointError, match="sqrt"), detect_anomaly():
        grad(sqrt)(0.0)


def test_value_gradients_are_those_of_the_inputs_that_are_read():
    x, unread = Value(3.0), Value(4.0)
    found = value_gradients(x * x + 1, [x, unread])
    assert [*found] == [x]
    assert found[x].data == 6.0
