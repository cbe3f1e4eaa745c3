"""Memory kept between calls: no result of an earlier call changes, whoever calls next."""

import random
import threading

import numpy as np
import pytest

from autograd_mini import exp, maximum, tanh
from autograd_mini.lift import lift
from autograd_mini.lift import program as programs
from autograd_mini.lift.buffers import Buffers, shared
from tests.lift.networks import PROGRAMS, made
from tests.lift.test_unstructured import RandomProgram


@pytest.fixture(autouse=True)
def _always_in_buffers(monkeypatch):
    monkeypatch.setattr(programs, "LARGE", -1)


def data(nodes):
    return np.array([node.data for node in nodes])


def without_buffers(monkeypatch, program, *numbers):
    with monkeypatch.context() as patch:
        patch.setattr(programs, "LARGE", float("inf"))
        return program.value_and_grad(*numbers)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if made(p)[2]])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_same_numbers_in_buffers(monkeypatch, program, reduction):
    loss, parameters, inputs = made(program)
    lifted = lift(loss, wrt=parameters, inputs=inputs, reduction=reduction)
    p = data(parameters)
    for size in (3, 5, 3):
        batch = data(inputs) * np.random.default_rng(size).uniform(0.9, 1.1, (size, len(inputs)))
        found, expected = (
            lifted.value_and_grad(p, batch),
            without_buffers(monkeypatch, lifted, p, batch),
        )
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        scale = np.abs(expected[1]).max()
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-12, atol=1e-12 * scale)


def test_random_programs_in_buffers(monkeypatch):
    for seed in range(600):
        drawn = RandomProgram(random.Random(seed))
        root, parameters, inputs = drawn.recorded(drawn.parameters, drawn.inputs)
        if inputs:
            program = lift(root, wrt=parameters, inputs=inputs, reduction="none")
            p, x = data(parameters), np.array([data(inputs)] * 2)
            for found, expected in zip(
                program.value_and_grad(p, x),
                without_buffers(monkeypatch, program, p, x),
                strict=True,
            ):
                np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"seed {seed}")


def chain(x, y):
    """Many results, one after the other."""
    for _ in range(20):
        x = tanh(x * y + exp(-x) * 0.5)
    return maximum(x, y)


def gradient_program(reduction):
    return lift(chain, 0.3, 0.7, wrt=(0, 1), reduction=reduction)


@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_results_of_earlier_calls_stay(reduction):
    program = gradient_program(reduction)
    rng = np.random.default_rng(0)
    points = [rng.uniform(-1, 1, (2, size)) for size in (4, 4, 7, 4, 1, 7)]
    results = [program.value_and_grad(*point) for point in points]
    for point, (value, slopes) in zip(points, results, strict=True):
        again, new = gradient_program(reduction).value_and_grad(*point)
        assert np.array_equal(value, again)
        assert np.array_equal(slopes, new)


@pytest.mark.parametrize("f", [lambda x: x * 2.0, maximum, lambda x: maximum(x.exp()), tanh])
def test_a_returned_value_lies_in_no_buffer(f):
    program = lift(f, 0.3, reduction="none")
    first, slope = program.value_and_grad(np.array([1.0, 2.0]))
    kept = first.copy(), slope.copy()
    program.value_and_grad(np.array([3.0, 4.0]))
    assert np.array_equal(first, kept[0])
    assert np.array_equal(slope, kept[1])


def test_inputs_are_not_written_to():
    program, x = gradient_program("none"), np.random.default_rng(0).uniform(-1, 1, (2, 5))
    before = x.copy()
    program.value_and_grad(*x)
    assert np.array_equal(x, before)


def test_threads_have_buffers_of_their_own():
    program = gradient_program("none")
    points = [np.random.default_rng(i).uniform(-1, 1, (2, 2000 + i % 2)) for i in range(8)]
    expected = [gradient_program("none").value_and_grad(*point) for point in points]
    wrong = []

    def work(i):
        for _ in range(30):
            value, slopes = program.value_and_grad(*points[i])
            if not (value == expected[i][0]).all() or not np.array_equal(slopes, expected[i][1]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(points))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_both_precisions_in_turn():
    loss, parameters, inputs = made(PROGRAMS[2])
    program = lift(loss, wrt=parameters, inputs=inputs)
    p, x = data(parameters), np.array([data(inputs)] * 4)
    exact = program.value_and_grad(p, x)
    for _ in range(2):
        value, gradient = program.value_and_grad(p.astype("float32"), x.astype("float32"))
        assert gradient.dtype == np.float32
        assert value == pytest.approx(exact[0], rel=1e-5)
        again = program.value_and_grad(p, x)
        assert again[0] == exact[0]
        assert (again[1] == exact[1]).all()
        assert np.abs(gradient - exact[1]).max() < 1e-5


def test_a_batch_in_blocks(monkeypatch):
    monkeypatch.setattr(programs, "BLOCK", 7)
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 23))
    value, slopes = gradient_program("none").value_and_grad(x, y)
    monkeypatch.undo()
    expected, whole = gradient_program("none").value_and_grad(x, y)
    assert np.array_equal(value, expected)
    assert np.array_equal(slopes, whole)


# --- which lines share


def test_a_buffer_is_free_after_its_last_reader():
    lines = ["a = f(x, out=_)", "b = f(a, out=_)", "c = f(b, out=_)", "return c"]
    out, shapes = shared(lines, {0: (), 1: (), 2: ()})
    assert [line.partition("out=")[2] for line in out[:3]] == [
        "buffer_0)",
        "buffer_1)",
        "buffer_0)",
    ]
    assert shapes == [(), ()]


def test_a_view_keeps_what_it_shows():
    lines = ["a = f(x, out=_)", "v = a[:, 0]", "b = f(x, out=_)", "return v + b"]
    out, _ = shared(lines, {0: (3,), 2: (3,)})
    assert out[0].endswith("buffer_0)")
    assert out[2].endswith("buffer_1)")


def test_shapes_do_not_share():
    lines = ["a = f(x, out=_)", "b = f(a, out=_)", "c = f(b, out=_)", "return c"]
    assert shared(lines, {0: (2,), 1: (), 2: (2,)})[1] == [(2,), ()]


def test_sets_are_lent_to_one_call_at_a_time():
    buffers = Buffers([(), (3,)], float)
    first, second = buffers.lend(2), buffers.lend(2)
    assert [b.shape for b in first] == [(2,), (2, 3)]
    assert not any(np.shares_memory(a, b) for a, b in zip(first, second, strict=True))
    buffers.give_back(2, first)
    assert buffers.lend(2) is first


def test_sets_of_the_last_two_sizes_are_kept():
    buffers = Buffers([()], float)
    sets = {size: buffers.lend(size) for size in (2, 3, 4)}
    for size, lent in sets.items():
        buffers.give_back(size, lent)
    assert buffers.lend(3) is sets[3]
    assert buffers.lend(4) is sets[4]
    assert buffers.lend(2) is not sets[2]
