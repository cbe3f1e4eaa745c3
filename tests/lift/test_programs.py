"""Lifted value and gradient equal eager's: networks, loops, batches."""

import random
import sys

import numpy as np
import pytest

import nn
from autograd_mini import Value, dot, log_softmax
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift import lift
from autograd_mini.lift.careful import replay
from autograd_mini.lift.flatten import flatten
from autograd_mini.lift.forms import ARRAY_FORMS
from autograd_mini.primitives import TABLE, Primitive
from tests.lift.grids import GRIDS
from tests.lift.networks import PROGRAMS, made, mlp, values


def data(nodes):
    return np.array([node.data for node in nodes])


def eager_gradient(loss, nodes):
    totals = reverse_sweep(loss, 1.0)
    return np.array([totals.get(node, 0.0) for node in nodes])


def assert_close(found, expected):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("program", [*PROGRAMS, *GRIDS])
def test_value_and_gradient_equal_eagers(program):
    loss, parameters, inputs = made(program)
    lifted = lift(loss, wrt=parameters, inputs=inputs)
    value, gradient = lifted.value_and_grad(data(parameters), data(inputs))
    assert_close(value, loss.data)
    assert_close(gradient, eager_gradient(loss, parameters))
    assert lifted.value(data(parameters), data(inputs)) == value


@pytest.mark.parametrize("program", [*PROGRAMS, *GRIDS])
def test_at_numbers_that_were_not_recorded(program):
    loss, parameters, inputs = made(program)
    lifted = lift(loss, wrt=parameters, inputs=inputs)
    scale = np.random.default_rng(1).uniform(0.9, 1.1, len(parameters) + len(inputs))
    p, x = np.split(data([*parameters, *inputs]) * scale, [len(parameters)])
    value, gradient = lifted.value_and_grad(p, x)
    expected, slopes = replay(flatten(loss, parameters, inputs), p.tolist(), x.tolist())
    assert_close(value, expected)
    assert_close(gradient, slopes[: len(p)])


@pytest.mark.parametrize("program", [p for p in (*PROGRAMS, *GRIDS) if made(p)[2]])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_batch_recorded_from_one_example(program, reduction):
    loss, parameters, inputs = made(program)
    p, flat = data(parameters), flatten(loss, parameters, inputs)
    batch = data(inputs) * np.random.default_rng(0).uniform(0.9, 1.1, (3, len(inputs)))
    rows = [replay(flat, p.tolist(), x.tolist()) for x in batch]
    reduce = {"mean": np.mean, "sum": np.sum, "none": lambda rows, **_: np.array(rows)}[reduction]
    lifted = lift(loss, wrt=parameters, inputs=inputs, reduction=reduction)
    value, gradient = lifted.value_and_grad(p, batch)
    assert_close(value, reduce([value for value, _ in rows], axis=0))
    assert_close(gradient, reduce([slopes[: len(p)] for _, slopes in rows], axis=0))
    assert_close(lifted.value(p, batch), value)


@pytest.mark.parametrize("style", ["ops", "dot"])
def test_array_steps_do_not_depend_on_widths_or_batch(style):
    def steps(sizes, count):
        rng = random.Random(0)
        network, parameters = mlp(sizes, rng, style)
        losses = [network(x)[0] ** 2 for x in values(rng, count, sizes[0])]
        lifted = lift(sum(losses[1:], start=losses[0]), wrt=parameters)
        lifted.value_and_grad(data(parameters))
        return lifted.stats()["array_steps"]

    assert steps([3, 4, 5, 2], 6) == steps([7, 16, 9, 3], 30)


def test_both_recording_styles_give_one_program():
    texts = [str(lift(loss, wrt=p, inputs=x)) for loss, p, x in map(made, PROGRAMS[:2])]
    assert texts[0] == texts[1]


def test_float32_stays_float32():
    loss, parameters, inputs = made(PROGRAMS[2])
    lifted = lift(loss, wrt=parameters, inputs=inputs)
    p, x = data(parameters).astype("float32"), data(inputs).astype("float32")
    value, gradient = lifted.value_and_grad(p, np.array([x, x]))
    assert gradient.dtype == np.float32
    assert np.abs(gradient - eager_gradient(loss, parameters)).max() < 1e-5
    assert abs(value - loss.data) < 1e-5


def test_saturated_cross_entropy_keeps_its_digits():
    logits, y = [Value(x) for x in (40.0, 0.0, -1000.0)], [1.0, 0.0, 0.0]
    loss = -dot(y, log_softmax(logits))
    value, gradient = lift(loss, wrt=logits).value_and_grad(data(logits))
    assert value == pytest.approx(loss.data, rel=1e-12, abs=0)
    assert gradient == pytest.approx(eager_gradient(loss, logits), rel=1e-12, abs=0)
    assert 0 < value < 1e-16


def test_zero_upstream_through_an_infinite_slope_contributes_zero():
    x = Value(0.0)
    loss = (x.sqrt() - 1).relu() + x
    assert eager_gradient(loss, [x]) == [1.0]
    value, gradient = lift(loss, wrt=[x]).value_and_grad([0.0])
    assert (value, gradient.tolist()) == (0.0, [1.0])


@pytest.mark.parametrize(("number", "expected"), [(0.0, float("-inf")), (-1.0, float("nan"))])
def test_numbers_that_are_not_finite(number, expected):
    x = Value(1.0)
    value, gradient = lift(x.log(), wrt=[x]).value_and_grad([number])
    assert repr(value) == repr(expected)
    y = Value(number)
    assert repr(gradient.tolist()) == repr(eager_gradient(y.log(), [y]).tolist())


def test_what_does_not_depend_on_a_leaf_is_a_constant():
    x, y = Value(2.0), Value(3.0)
    value, gradient = lift(y * y, wrt=[x]).value_and_grad([5.0])
    assert (value, gradient.tolist()) == (9.0, [0.0])


@pytest.mark.parametrize(
    ("reduction", "value", "gradient"),
    [("mean", 9.0, [6.0]), ("sum", 36.0, [24.0]), ("none", [9.0] * 4, [[6.0]] * 4)],
)
def test_a_batch_on_which_the_value_does_not_depend(reduction, value, gradient):
    w, x = Value(3.0), Value(1.0)
    found = lift(w * w, wrt=[w], inputs=[x], reduction=reduction).value_and_grad(
        [3.0], np.ones((4, 1))
    )
    assert np.asarray(found[0]).tolist() == value
    assert found[1].tolist() == gradient


def test_a_leaf_may_be_in_the_middle_of_a_graph():
    x = Value(2.0)
    middle = x * x
    value, gradient = lift(middle * 3, wrt=[middle]).value_and_grad([5.0])
    assert (value, gradient.tolist()) == (15.0, [3.0])


# --- errors


def test_wrong_number_of_parameters():
    x = Value(2.0)
    with pytest.raises(ValueError, match=r"has 1 parameters, but parameters of\s+shape \(2,\)"):
        lift(x * x, wrt=[x]).value([1.0, 2.0])


def test_wrong_shape_of_inputs():
    x = Value(2.0)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) were given: pass\s+shape \(1,\) for one"):
        lift(x * x, inputs=[x]).value([], np.zeros((2, 3)))


def test_numbers_must_be_real():
    x = Value(2.0)
    with pytest.raises(TypeError, match="parameters must be real numbers, but have dtype complex"):
        lift(x * x, wrt=[x]).value([1j])


def test_a_value_cannot_be_two_leaves():
    x = Value(2.0, label="x")
    with pytest.raises(ValueError, match="named twice"):
        lift(x * x, wrt=[x], inputs=[x])


def test_leaves_are_values():
    x = [Value(2.0)]
    with pytest.raises(TypeError, match=r"are Values, but got a list: write.*inputs=\[\*x, \*y\]"):
        lift(x[0] * 2, inputs=[x])


def test_a_primitive_without_an_array_form_is_named(monkeypatch):
    monkeypatch.setitem(
        TABLE, "cube", Primitive("cube", lambda x: x**3, (lambda _, x: 3 * x * x,), ())
    )
    x = Value(2.0)
    with pytest.raises(NotImplementedError, match="no array form of the primitive 'cube': define"):
        lift(TABLE["cube"](x), wrt=[x])


def test_every_row_of_the_table_has_an_array_form():
    assert set(TABLE) == ARRAY_FORMS


def test_unknown_reduction():
    x = Value(2.0)
    with pytest.raises(ValueError, match="'median'"):
        lift(x * x, wrt=[x], reduction="median")


def test_only_values_and_functions_are_lifted():
    with pytest.raises(TypeError, match=r"a Value or a function, not 3\.0"):
        lift(3.0)


@pytest.mark.parametrize(
    ("library", "run"),
    [
        ("numpy", lambda: lift(Value(2.0) * 2)),
        ("jax", lambda: lift(Value(2.0) * 2).to_jax()),
        ("torch", lambda: lift(Value(2.0) * 2).to_torch()),
    ],
)
def test_a_missing_library_is_named_with_its_install_line(monkeypatch, library, run):
    for name in (library, "jax.numpy", "jax.scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=f"not installed: pip install {library}"):
        run()


# ---- what must not pass silently


def half_of_w(reduction="mean"):
    w, x = Value(1.0), [Value(1.0) for _ in range(3)]
    return lift(dot([0.5, 0.25, 0.75], x) * (w + 1), wrt=[w], inputs=x, reduction=reduction)


@pytest.mark.parametrize(
    ("reduction", "value", "slope"), [("mean", "nan", "[nan]"), ("sum", "0.0", "[0.0]")]
)
def test_a_batch_of_nothing(reduction, value, slope):
    found = half_of_w(reduction).value_and_grad([3.0], np.zeros((0, 3)))
    assert (repr(found[0]), repr(found[1].tolist())) == (value, slope)
    assert repr(half_of_w(reduction).value([3.0], np.zeros((0, 3)))) == value


def test_a_batch_of_nothing_without_a_reduction():
    values, slopes = half_of_w("none").value_and_grad([3.0], np.zeros((0, 3)))
    assert (values.shape, slopes.shape) == ((0,), (0, 1))


def test_results_do_not_change_with_the_arguments():
    x = [Value(1.0), Value(2.0)]
    given = np.array([3.0, 4.0])
    value = lift(x, inputs=x).value([], given)
    w = Value(1.0)
    _, slope = lift(w * x[0], wrt=[w], inputs=x[:1]).value_and_grad([2.0], rate := np.array([5.0]))
    given[:], rate[:] = 0.0, 0.0
    assert (value.tolist(), slope.tolist()) == ([3.0, 4.0], [5.0])


def test_masked_and_ragged_numbers():
    with pytest.raises(TypeError, match=r"inputs is a masked array.*filled"):
        half_of_w().value([3.0], np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]))
    with pytest.raises(ValueError, match="inputs must be nested lists of one length"):
        half_of_w().value([3.0], [[1.0, 2.0, 3.0], [1.0]])


def test_float32_stays_float32_where_a_number_is_nan():
    program = half_of_w("none")
    p, x = np.ones(1, "float32"), np.array([[1, 2, np.nan], [1, 2, 3]], "float32")
    assert [each.dtype for each in program.value_and_grad(p, x)] == [np.float32] * 2


def test_the_seed_of_a_mean_is_of_the_backward_half():
    model = nn.MLP(2, [3, 1], activation="sigmoid", output="sigmoid", seed=0)
    x, t = [Value(0.1, "x.0"), Value(0.2, "x.1")], Value(1.0, "t")
    program = lift(nn.mse([model(x)], [t]), wrt=model.parameters(), inputs=[*x, t])
    program.value_and_grad([p.data for p in model.parameters()], np.ones((2, 3)))
    forward, backward = str(program).split("# backward")
    assert "1.0 / inputs.shape[0]" in backward
    assert "1.0 / inputs.shape[0]" not in forward
