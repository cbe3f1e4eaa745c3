"""The story is the graph as plain data: every operand slot an edge, constants among the nodes."""

import dataclasses
import json

import pytest

from autograd_mini import Value, dot, no_grad, tanh
from autograd_mini.story import Edge, Node, tell


def edges_of(story):
    return [(edge.source, edge.target, edge.slot, edge.local_derivative) for edge in story.edges]


def test_a_neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    out = tanh(w * x + b)
    out.backward()
    story = tell(out)
    assert [(node.name, node.op, node.value, node.gradient) for node in story.nodes] == [
        ("w", "", 0.5, w.grad),
        ("x", "", 2.0, x.grad),
        ("v1", "*", 1.0, out.local_derivatives[0]),
        ("b", "", 0.1, b.grad),
        ("v2", "+", 1.1, out.local_derivatives[0]),
        ("v3", "tanh", out.data, 1.0),
    ]
    assert [node.id for node in story.nodes] == [0, 1, 2, 3, 4, 5]
    assert edges_of(story) == [
        (0, 2, 0, 2.0),
        (1, 2, 1, 0.5),
        (2, 4, 0, 1.0),
        (3, 4, 1, 1.0),
        (4, 5, 0, out.local_derivatives[0]),
    ]


def test_a_repeated_operand_has_an_edge_per_slot():
    x = Value(3.0, "x")
    assert edges_of(tell(x * x)) == [(0, 1, 0, 3.0), (0, 1, 1, 3.0)]


def test_constants_are_nodes_without_name_or_gradient():
    x = Value(3.0, "x")
    out = 2 - x
    out.backward()
    story = tell(out)
    constant = story.nodes[0] if story.nodes[0].is_constant else story.nodes[1]
    assert constant == Node(constant.id, "", "", "", 2.0, None, is_constant=True)
    assert story.edges[0] == Edge(constant.id, 2, 0, None)
    assert story.edges[1].local_derivative == -1.0


def test_constants_between_values_keep_their_slots():
    x, y = Value(2.0), Value(5.0)
    story = tell(dot([x, 3.0], [7.0, y]))
    assert [(story.nodes[e.source].value, e.local_derivative) for e in story.edges] == [
        (2.0, 7.0),
        (3.0, None),
        (7.0, None),
        (5.0, 3.0),
    ]


def test_every_node_comes_after_its_operands():
    x = Value(1.5)
    y = x
    for _ in range(20):
        y = tanh(y * y + 0.3) - x
    assert all(edge.source < edge.target for edge in tell(y).edges)


def test_no_gradient_before_backward():
    x = Value(3.0, "x")
    assert [node.gradient for node in tell(x * x).nodes] == [None, None]


def test_a_gradient_of_zero_after_backward_is_a_gradient():
    x, y = Value(0.0, "x"), Value(3.0, "y")
    out = x * y
    out.backward()
    assert [node.gradient for node in tell(out).nodes] == [3.0, 0.0, 1.0]


def test_leftovers_of_an_earlier_backward_are_told_but_do_not_make_zeros_computed():
    x = Value(3.0, "x")
    (x * 5).backward()
    assert [node.gradient for node in tell(x * x).nodes] == [5.0, None]


def test_given_names_avoid_the_labels_in_use():
    out = (Value(1.0, "v1") + Value(2.0)) * 3
    names = [node.name for node in tell(out).nodes if not node.is_constant]
    assert names == ["v1", "v2", "v3", "v4"]
    assert [node.label for node in tell(out).nodes][:2] == ["v1", ""]


def test_what_was_computed_without_recording_is_a_leaf():
    with no_grad():
        out = Value(2.0) * 3
    (node,) = tell(out).nodes
    assert (node.op, node.value) == ("", 6.0)


def test_it_is_plain_data():
    x = Value(3.0, '"\n</script>')
    data = dataclasses.asdict(tell(x * x))
    assert json.loads(json.dumps(data)) == data


def test_a_limit_counts_values():
    x = Value(1.0)
    out = x + 1 + 1
    assert len(tell(out, limit=3).nodes) == 5
    with pytest.raises(ValueError, match=r"3 Values, more than the limit of 2: .* limit=3"):
        tell(out, limit=2)


def test_what_is_not_a_value():
    with pytest.raises(TypeError, match=r"expected a Value.*got 3\.0 \(float\): pass the result"):
        tell(3.0)


def test_a_long_chain_does_not_recurse():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = +y
    story = tell(y)
    assert len(story.nodes) == 100_001
    assert (story.nodes[0].value, story.edges[-1].source) == (x.data, 99_999)
