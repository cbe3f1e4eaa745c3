"""copy, deepcopy and pickle: working graphs, shared nodes, a million operations deep."""

import copy
import gc
import io
import pickle
import sys

import pytest

from autograd_mini import Value, dot, softmax, tanh
from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def deep_copied(x):
    return copy.deepcopy(x)


def pickled(x):
    return pickle.loads(pickle.dumps(x))


def pickled_in_python(x):
    stream = io.BytesIO()
    pickle._Pickler(stream).dump(x)
    return pickle._Unpickler(io.BytesIO(stream.getvalue())).load()


DUPLICATES = [deep_copied, pickled, pickled_in_python]
every_duplicate = pytest.mark.parametrize("duplicate", DUPLICATES)


def small_graph():
    x, y = Value(0.5, label="x"), Value(-2.0, label="y")
    root = tanh(x * y) + dot([x, y, x], [y, 3.0, x]) / 2 + x**2
    root.label = "root"
    return x, y, root


def chain(length):
    one, node = Value(1.0), Value(0.0)
    for _ in range(length):
        node = node + one
    return node


def fields(node):
    return {
        name: getattr(node, name) for name in Value.__slots__ if name not in ("operands", "parents")
    }


def assert_same_graph(first, second):
    """Equal fields and the same shape, in nodes of their own."""
    mine, theirs = topological_order(first), topological_order(second)
    assert len(mine) == len(theirs)
    my_place, their_place = ({node: i for i, node in enumerate(order)} for order in (mine, theirs))
    for a, b in zip(mine, theirs, strict=True):
        assert a is not b
        assert fields(a) == fields(b)
        for name in ("operands", "parents"):
            shape = [my_place.get(x, x) for x in getattr(a, name)]
            assert shape == [their_place.get(x, x) for x in getattr(b, name)]


@every_duplicate
def test_a_graph_once_more(duplicate):
    x, y, root = small_graph()
    root.backward(0.5)
    twin = duplicate(root)
    assert_same_graph(root, twin)
    twin.backward(2.0)
    assert (x.grad, y.grad, root.grad) != (0.0, 0.0, 0.5)
    by_label = {node.label: node for node in topological_order(twin)}
    assert by_label["x"].grad == pytest.approx(5 * x.grad, rel=1e-15, abs=0)
    assert root.grad == 0.5
    assert twin.grad == 2.5


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol(protocol):
    _, _, root = small_graph()
    assert_same_graph(root, pickle.loads(pickle.dumps(root, protocol)))


@every_duplicate
def test_a_leaf(duplicate):
    x = Value(3.0, label="x")
    x.grad = 7.0
    twin = duplicate(x)
    assert twin is not x
    assert fields(twin) == fields(x)
    assert twin.parents == ()


@every_duplicate
def test_what_two_roots_share_their_copies_share(duplicate):
    x, _, root = small_graph()
    other = root * x
    for a, b in ([root, other], [other, root], [root, root], [x, root]):
        twin_a, twin_b = duplicate([a, b])
        assert_same_graph(a, twin_a)
        assert_same_graph(b, twin_b)
        shared = {*topological_order(twin_a)} & {*topological_order(twin_b)}
        assert len(shared) == len({*topological_order(a)} & {*topological_order(b)})


@every_duplicate
def test_values_inside_other_objects(duplicate):
    x, y, root = small_graph()
    model = {"weights": [x, (y,)], "loss": root, "again": x}
    twin = duplicate(model)
    assert twin["again"] is twin["weights"][0]
    twin["loss"].backward()
    assert twin["weights"][0].grad != 0.0
    assert twin["weights"][1][0].grad != 0.0
    assert x.grad == y.grad == 0.0


def test_a_shallow_copy_has_the_same_parents():
    x, _, root = small_graph()
    root.backward()
    twin = copy.copy(root)
    assert twin is not root
    assert fields(twin) == fields(root)
    assert twin.parents == root.parents
    before = x.grad
    twin.backward()
    assert x.grad == 2 * before
    assert root.grad == 1.0


@every_duplicate
def test_a_copy_does_not_see_later_changes(duplicate):
    x, _, root = small_graph()
    twin = duplicate(root)
    x.data, x.label, root.grad = 100.0, "changed", 5.0
    leaf = topological_order(twin)[0]
    assert (leaf.data, leaf.label, twin.grad) == (0.5, "x", 0.0)


@every_duplicate
def test_a_copy_can_be_computed_with(duplicate):
    x = duplicate(Value(3.0))
    (x * x).backward()
    assert x.grad == 6.0


def test_repeated_parents_and_n_ary_nodes():
    x = Value(0.5)
    shares = softmax([x, x, 1.0, x * x])
    for duplicate in DUPLICATES:
        for share, twin in zip(shares, duplicate(shares), strict=True):
            assert_same_graph(share, twin)


# --- deep ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deep():
    gc.collect()
    gc.disable()  # it would walk a million nodes again and again, and find nothing
    yield chain(1_000_000)
    gc.enable()


def assert_works(root, length):
    assert root.data == length
    root.backward()
    assert root.parents[1].grad == length


def test_a_deep_copy_of_a_million_operations(deep):
    assert_works(copy.deepcopy(deep), 1_000_000)
    assert deep.parents[1].grad == 0.0


def test_a_pickle_of_a_million_operations(deep):
    assert_works(pickled(deep), 1_000_000)
    assert deep.parents[1].grad == 0.0


def test_a_shallow_copy_of_a_million_operations(deep):
    assert_works(copy.copy(deep), 1_000_000)


def test_python_pickler_20_000_operations_deep():
    assert_works(pickled_in_python(chain(20_000)), 20_000)


@every_duplicate
def test_a_list_of_many_nodes_of_a_deep_graph(duplicate):
    nodes = topological_order(chain(2_000))
    for order in (nodes[::100], nodes[::-1]):
        twins = duplicate(order)
        assert [node.data for node in twins] == [node.data for node in order]
        assert len({*topological_order(*twins)}) == len({*topological_order(*order)})


def test_a_deep_copy_walks_each_node_once():
    nodes = topological_order(chain(400))
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    copy.deepcopy(nodes)
    sys.setprofile(None)
    assert calls < 200 * len(nodes)


# --- interrupted ---------------------------------------------------------------------------------


class FullDisk:
    """A file that takes `room` writes."""

    def __init__(self, room):
        self.room = room

    def write(self, data):
        self.room -= 1
        if self.room < 0:
            raise OSError("no space left")
        return len(data)


@pytest.mark.parametrize("pickler", [pickle.Pickler, pickle._Pickler])
def test_a_failed_pickle_does_not_spoil_the_next(pickler):
    root = chain(3_000)
    inside = root
    for _ in range(100):
        inside = inside.parents[0]
    for room in range(3):
        with pytest.raises(OSError, match="no space left"):
            pickler(FullDisk(room)).dump(root)
        assert_works(pickled_in_python(inside), 2_900)
        inside.parents[1].grad = 0.0
        assert_works(pickled_in_python(root), 3_000)


def test_a_label_that_cannot_be_pickled_does_not_spoil_the_next():
    root = chain(3_000)
    inside = root.parents[0]
    inside.label = lambda: "no pickle"
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(root)
    inside.label = "inside"
    assert_works(pickled_in_python(inside), 2_999)
    assert_works(pickled_in_python(root), 3_000)


def test_rows_are_copied_and_pickled_by_name():
    row = TABLE["tanh"]
    assert pickle.loads(pickle.dumps(row)) is copy.deepcopy(row) is copy.copy(row) is row
