"""Graphs as wide as they are deep elsewhere; `make soak` runs these with a million operands."""

import copy
import gc
import math
import pickle
import tracemalloc
import weakref

import pytest

import autograd_mini as am
from autograd_mini import Value, grad, jvp, no_grad

#: What a backward pass may take on top of the graph, for each node in it.
BYTES_PER_NODE = 250


class Label(str):
    """A label that can be watched: a Value's own slots leave no room for weak references."""


@pytest.fixture
def no_collector():
    """Only reference counts free memory, and leave nothing for the collector to find."""
    gc.collect()
    gc.disable()
    yield
    assert gc.collect() == 0
    gc.enable()


@pytest.fixture
def size(no_collector):
    return 20_000


def leaves(count):
    return [Value(1 + (i % 7) / 8) for i in range(count)]


def test_one_node_of_many_operands(size):
    xs = leaves(size)
    total = math.fsum(x.data for x in xs)
    largest = sum(x.data == 1.75 for x in xs)
    for function, value, slope in (
        (am.sum, total, lambda x: 1.0),
        (am.mean, total / size, lambda x: 1 / size),
        (lambda xs: am.dot(xs, xs), math.fsum(x.data**2 for x in xs), lambda x: 2 * x),
        (am.maximum, 1.75, lambda x: (x == 1.75) / largest),
    ):
        root = function(xs)
        assert root.data == value
        root.backward()
        assert all(x.grad == slope(x.data) for x in xs[:100])
        assert math.isclose(math.fsum(x.grad for x in xs), math.fsum(slope(x.data) for x in xs))
        for x in xs:
            x.grad = 0.0
    shares = am.logsumexp(xs)
    shares.backward()
    assert math.isclose(math.fsum(x.grad for x in xs), 1.0)


def test_many_nodes_read_one(size):
    x = Value(3.0, label=Label("x"))
    watched = weakref.ref(x.label)
    root = am.sum([x * i for i in range(size)])
    root.backward()
    assert x.grad == size * (size - 1) / 2
    twin = pickle.loads(pickle.dumps(copy.deepcopy(root)))
    assert twin.data == root.data == 3 * x.grad
    assert len(twin.parents) == size
    del x, twin
    assert watched() is not None
    del root
    assert watched() is None


def test_functions_of_many_numbers(size):
    xs = [1 + (i % 7) / 8 for i in range(size)]

    def f(xs):
        return am.sum([x * x for x in xs])

    assert grad(f)(xs) == [2 * x for x in xs]
    value, slope = jvp(f, (xs,), ([1.0] * size,))
    assert (value, slope) == (math.fsum(x * x for x in xs), math.fsum(2 * x for x in xs))


def test_a_deep_function(size):
    def f(x):
        for _ in range(size):
            x = x * 1.0 + 0.25
        return x

    assert grad(f)(2.0) == 1.0
    assert jvp(f, (2.0,), (3.0,)) == (2 + size / 4, 3.0)
    with no_grad():
        assert f(Value(2.0)).data == 2 + size / 4


@pytest.mark.parametrize("shape", ["deep", "wide"])
def test_what_a_backward_pass_takes(size, shape):
    one, x = Value(1.0), Value(2.0)
    if shape == "deep":
        root = x
        for _ in range(size):
            root = root + one
    else:
        root = am.sum([x * one for _ in range(size)])
    tracemalloc.start()
    root.backward()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert x.grad == (1.0 if shape == "deep" else size)
    assert peak / size < BYTES_PER_NODE
    assert kept / size < 30  # the gradients themselves, floats of 24 bytes
