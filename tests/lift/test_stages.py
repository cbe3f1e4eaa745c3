"""The stages of the pipeline, each on its own: plain data in, plain data out."""

import gc

import numpy as np
import pytest

from autograd_mini import Value, dot, mean, prod
from autograd_mini import sum as total
from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.flatten import flatten
from autograd_mini.lift.fuse import fuse
from autograd_mini.lift.group import group
from autograd_mini.lift.index import common_sizes, compressed, decompose, on_grid
from autograd_mini.lift.names import common_name
from autograd_mini.lift.views import slicing


def leaves(n):
    return [Value(float(i + 1)) for i in range(n)]


# --- flatten


def test_flatten_numbers_parameters_inputs_and_results():
    w, x, c = leaves(3)
    flat = flatten((w * x + c * 2.0) * w, [w], [x])
    assert str(flat) == "s2 = *(s0, s1)\ns3 = +(s2, 6.0)\ns4 = *(s3, s0)"
    assert flat.roots == [4]


def test_flatten_does_not_recurse():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = y * 1.0
    assert len(flatten(y, [x], []).ops) == 100_000


# --- fuse


def ops(root, parameters, inputs=()):
    return sorted(op for op, _, _ in fuse(flatten(root, parameters, list(inputs))).keys[3:])


def test_a_chain_of_products_is_the_dot_that_was_meant():
    w, x = leaves(4), leaves(4)
    acc = Value(0.5)
    for wi, xi in zip(w, x, strict=True):
        acc = acc + wi * xi
    assert ops(acc, w, x) == ops(dot(w, x) + 0.5, w, x) == ["+", "dot"]


def test_sums_of_two_kinds_of_products_are_two_dots():
    w, x = leaves(4), leaves(2)
    h = [v.tanh() for v in x]
    root = total([a * b for a, b in zip(w, [*x, *h], strict=True)])
    assert ops(root, w, x) == ["+", "dot", "dot", "tanh"]


def test_what_is_used_twice_is_not_taken_into_a_sum():
    a, b = leaves(2)
    product = a * b
    assert ops((product + a + b) * product, [a, b]) == ["*", "*", "+", "sum"]


def test_equal_computations_are_one():
    a, b = leaves(2)
    kinds = fuse(flatten((a * b).exp() * (a * b).exp(), [a, b], []))
    assert sum(len(members) for members in kinds.members[3:]) == 3


def test_means_and_products_become_simpler_rows():
    w = leaves(4)
    assert ops(mean(w), w) == ["/", "sum"]
    assert ops(prod(w), w) == ["*", "*"]


# --- index


@pytest.mark.parametrize(
    ("positions", "axes"),
    [
        ([5], []),
        ([3, 4, 5], [(3, 1)]),
        ([0, 0, 0, 1, 1, 1], [(2, 1), (3, 0)]),
        ([0, 3, 6, 1, 4, 7], [(2, 1), (3, 3)]),
        ([0, 1, 4, 5, 20, 21, 24, 25], [(2, 20), (2, 4), (2, 1)]),
        ([0, 1, 3], None),
        ([0, 1, 2, 4, 5, 7], None),
    ],
)
def test_decompose(positions, axes):
    assert decompose(np.array(positions)) == axes


def test_a_grid_on_which_all_walks_have_strides():
    sizes = common_sizes(24, [[24], [4, 6], [2, 12]])
    assert sizes == (2, 2, 6)
    assert on_grid([(24, 1)], sizes) == [12, 6, 1]
    assert on_grid([(4, 5), (6, 0)], sizes) == [10, 5, 0]
    assert common_sizes(6, [[2, 3], [3, 2]]) == (2, 3)
    assert on_grid([(3, 1), (2, 7)], (2, 3)) is None


def test_compressed_cuts_axes_along_which_nothing_changes():
    values = np.broadcast_to(np.array([1.0, np.nan, 3.0])[:, None], (2, 3, 4))
    assert compressed(values).shape == (1, 3, 1)


# --- views


def read(total_size, offset, moving, bases=()):
    """What the written slices pick."""
    how = slicing(total_size, offset, moving, bases)
    if how is None:
        return None
    cut, shape, slices, order = how
    part = np.arange(total_size)[slice(*(cut or (None,)))].reshape(shape)
    return eval(f"part[{', '.join(slices) or '...'}]", {"part": part}).transpose(order)


@pytest.mark.parametrize(
    ("size", "offset", "moving"),
    [
        (337, 48, [(16, 17), (16, 1)]),
        (337, 64, [(16, 17)]),
        (337, 336, []),
        (12, 0, [(3, 1), (4, 3)]),
        (24, 5, [(2, 12), (3, 2)]),
        (60, 7, [(2, 30), (3, 10), (2, 1)]),
    ],
)
def test_a_walk_as_slices(size, offset, moving):
    index = np.array(offset)
    for n, stride in moving:
        index = index[..., None] + stride * np.arange(n)
    assert (read(size, offset, moving) == index).all()


def test_an_overlapping_walk_is_no_slice():
    assert read(10, 0, [(4, 2), (3, 1)]) is None
    assert read(10, 0, [(3, 3), (2, 2)]) is None


# --- group


def test_a_layer_over_points_is_a_grid_of_points_and_neurons():
    w, x = leaves(6), leaves(8)
    out = [dot(w[2 * j : 2 * j + 2], x[2 * p : 2 * p + 2]) for p in range(4) for j in range(3)]
    dots, _ = group(fuse(flatten(total(out), w, x))).groups
    assert (dots.op, dots.grid, dots.inner) == ("dot", (4, 3), (2,))
    assert [slot.strides for slot in dots.slots] == [(0, 2, 1), (2, 0, 1)]


def test_what_is_irregular_is_gathered():
    w = leaves(5)
    out = total([w[i] * w[j].exp() for i, j in ((0, 1), (1, 3), (4, 0), (2, 2))])
    last = group(fuse(flatten(out, w, []))).groups[-1]
    assert last.op == "dot"
    assert any(slot.index is not None for slot in last.slots)


# --- names


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["layers.0.neurons.0.weights.0", "layers.0.neurons.1.weights.5"], "layers_0_weights"),
        (["layers.0.neurons.0.bias", "layers.0.neurons.1.bias"], "layers_0_bias"),
        (["x.0", "x.1"], "x"),
        (["a", "b"], ""),
        (["a.0", "b"], ""),
        (["", ""], ""),
        (["class weight"], "class_weight"),
    ],
)
def test_common_name(labels, name):
    assert common_name(labels) == name


# --- collector


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_paused_and_then_as_before(enabled):
    @collector_paused()
    def work():
        with collector_paused():
            pass
        assert not gc.isenabled()
        return 1 / 0

    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError):
            work()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
