"""Where kinds would multiply they are told by depth: few array steps, and what eager gives."""

import random
from itertools import chain, product

import numpy as np
import pytest

from autograd_mini import Value, maximum
from autograd_mini import sum as total
from autograd_mini.lift import fuse, lift
from autograd_mini.lift.flatten import flatten
from autograd_mini.lift.group import group
from tests.lift import test_random_loops, test_random_networks, test_unstructured
from tests.lift.grids import GRIDS, padded_convolutions, relaxation, time_warping
from tests.lift.networks import PROGRAMS, made, values
from tests.lift.test_programs import assert_close, data, eager_gradient


@pytest.fixture
def told_by_depth(monkeypatch):
    monkeypatch.setattr(fuse, "_multiply", lambda kinds: True)


# ---- which programs


def are_told_by_depth(loss, parameters, inputs):
    return fuse.fuse(flatten(loss, parameters, inputs)).by_depth


@pytest.mark.parametrize("program", GRIDS)
def test_grids_are_told_by_depth(program):
    assert are_told_by_depth(*made(program))


@pytest.mark.parametrize("program", PROGRAMS)
def test_other_programs_are_not(program):
    assert not are_told_by_depth(*made(program))


def test_neither_is_what_is_faster_on_floats():
    """Of many kinds at one depth, but of few operands there: nothing repeats, or not often."""
    drawn = random.Random(0)
    leaves = values(drawn, 500)
    places = [*leaves]
    for _ in range(2000):
        i, j = drawn.sample(range(500), 2)
        places[i] = drawn.choice((places[i] * places[j], maximum(places[i], places[j])))
    assert not are_told_by_depth(total(places), leaves, [])
    assert not are_told_by_depth(*relaxation(drawn, 6, 6, sweeps=8))


# ---- how many array steps


def steps(loss, parameters, inputs):
    return lift(loss, wrt=parameters, inputs=inputs).stats()["array_steps"]


@pytest.mark.parametrize("boundary", ["inputs", "constants", "zeros", "parameters"])
def test_array_steps_do_not_depend_on_the_size_of_a_grid(boundary):
    sizes = [(12, 14), (14, 12), (20, 20), (12, 30)]
    assert len({steps(*relaxation(random.Random(0), *size, 4, boundary)) for size in sizes}) == 1


def test_array_steps_do_not_depend_on_the_size_of_an_image():
    assert len({steps(*padded_convolutions(random.Random(0), size)) for size in (8, 11, 14)}) == 1


def test_every_sweep_takes_the_same_few_array_steps():
    found = [steps(*relaxation(random.Random(0), 16, 16, sweeps)) for sweeps in range(4, 9)]
    assert set(np.diff(found)) == {7}


def test_an_alignment_takes_array_steps_per_anti_diagonal_not_per_cell():
    found = [steps(*time_warping(random.Random(0), length)) for length in (20, 30, 40)]
    assert found[2] - found[1] == found[1] - found[0]


# ---- what is printed


def printed(program):
    loss, parameters, inputs = made(program)
    return str(lift(loss, wrt=parameters, inputs=inputs))


@pytest.mark.parametrize(
    "line",
    [
        "t3 = empty((152,))",
        "t3[:42] = t1",
        "t3[42:] = sum(take(t2, index_1, axis=-1), axis=1) / 4.0",
        "h1 = sum(take(t5, index_1, axis=-1), axis=1) / 4.0  # 110",
        "add_at(d4, index_1, (d3[42:] * 0.25)[:, None])",
    ],
)
def test_the_boundary_is_laid_beside_what_was_computed_inside(line):
    """And every sweep reads it in the same way."""
    assert f"\n    {line}\n" in printed(relaxation)


@pytest.mark.parametrize("line", ["t3[0] = 0.0", "t3[1:] = tanh(z1)", "z2 = t4 @ b2  # 81"])
def test_a_convolution_is_a_product_of_windows_and_a_kernel(line):
    assert f"\n    {line}\n" in printed(padded_convolutions)


def test_what_is_read_from_several_kinds_is_laid_end_to_end():
    x = [Value(float(i)) for i in range(6)]
    sines, squares = [v.sin() for v in x[:4]], [v * v for v in x[4:]]
    root = total([v.exp() for v in (sines[3], squares[0], sines[1], squares[1])])
    told = fuse._fused(flatten([root, *sines], x, []), by_depth=True)
    groups = {each.op: each for each in group(told).groups}
    joined, exp = groups["concat"], groups["exp"]
    of_sines, of_squares = joined.slots
    assert (of_sines.source, of_squares.source) == (groups["sin"].kind, groups["*"].kind)
    assert ((of_sines.offset, of_sines.strides), of_squares.offset) == ((1, (2,)), 0)
    assert (joined.lengths, joined.grid) == ([2, 2], (4,))
    assert exp.slots[0].source == joined.kind


# ---- the same numbers

RULES = (
    lambda w, around, x: total([a * b for a, b in zip(w, around, strict=True)]).tanh(),
    lambda w, around, x: total(around) * 0.25,
    lambda w, around, x: x + w[0] * (around[0] - 2 * x + around[1]),
    lambda w, around, x: (maximum(around) + w[0]).sin(),
    lambda w, around, x: x - w[0] * x * (x - around[0]) / (1 + around[1] * around[1]),
)


def random_stencil(seed, numbers):
    """The result, parameters and inputs; the seed alone decides what is computed."""
    rng, numbers = random.Random(seed), random.Random(numbers)
    shape = rng.choice([(rng.randint(2, 9),), (rng.randint(2, 5), rng.randint(2, 5))])
    near = [*product((-1, 0, 1), repeat=len(shape))]
    offsets, rule = rng.sample(near, rng.randint(2, len(near))), rng.choice(RULES)

    def around(cell):
        return [tuple(i + d for i, d in zip(cell, o, strict=True)) for o in offsets]

    cells = [*product(*map(range, shape))]
    read = dict.fromkeys(each for cell in cells for each in around(cell))
    edge = [each for each in read if each not in cells]
    weights, start, given = (values(numbers, len(each)) for each in (offsets, cells, edge))
    outside = (given, [0.0] * len(edge), values(rng, len(edge)), rng.choices(start, k=len(edge)))
    boundary = dict(zip(edge, rng.choice(outside), strict=True))
    grid, seen = dict(zip(cells, start, strict=True)), []
    for _ in range(rng.randint(2, 5)):
        now = grid | boundary
        grid = {c: rule(weights, [now[each] for each in around(c)], grid[c]) for c in cells}
        seen.append(rng.choice([*grid.values()]))  # a second use
    result = total([*(x * x for x in grid.values()), *seen])
    leaves = [weights, start, given]
    split = rng.randint(1, 3)
    return result, *([*chain(*part)] for part in (leaves[:split], leaves[split:]))


@pytest.mark.parametrize("told", ["as they are", "by depth"])
def test_random_stencils(told, request):
    if told == "by depth":
        request.getfixturevalue("told_by_depth")
    for seed in range(150):
        loss, parameters, inputs = random_stencil(seed, numbers=0)
        reduction = ("mean", "sum", "none")[seed % 3]
        lifted = lift(loss, wrt=parameters, inputs=inputs, reduction=reduction)
        rows = []
        for numbers in (1, 2):
            result, p, x = random_stencil(seed, numbers)
            rows.append((result.data, eager_gradient(result, p), data(p), data(x)))
        value, slopes, p, x = rows[0]
        found = lifted.value_and_grad(p, x)
        assert_close(found[0], value)
        assert_close(found[1], slopes)
        if inputs:
            _, slopes, p, y = rows[1]
            found = lifted.value_and_grad(p, np.array([y, y]))
            times = {"mean": 1, "sum": 2, "none": np.ones((2, 1))}[reduction]
            assert_close(found[1], slopes * times)


@pytest.mark.parametrize("block", [0, 1])
def test_any_random_program_may_be_told_by_depth(told_by_depth, block):
    test_random_loops.test_random_loops(block)
    test_random_networks.test_random_networks(block)


def test_so_may_one_without_structure(told_by_depth):
    test_unstructured.test_random_programs(0)
