"""Nested lists, tuples and dicts: mapped, and named leaf by leaf."""

from typing import NamedTuple

from autograd_mini.trees import map_leaves, named_leaves


class Point(NamedTuple):
    x: float
    y: float


def test_map_leaves_keeps_the_nesting():
    tree = {"a": [1, (2, 3)], "b": Point(4, 5), "c": 6}
    doubled = map_leaves(lambda x: 2 * x, tree)
    assert doubled == {"a": [2, (4, 6)], "b": Point(8, 10), "c": 12}
    assert type(doubled["a"][1]) is tuple
    assert type(doubled["b"]) is Point


def test_named_leaves_says_how_to_reach_each():
    tree = {"a": [1, (2, 3)], 7: Point(4, 5)}
    assert list(named_leaves(tree, "p")) == [
        ("p['a'][0]", 1),
        ("p['a'][1][0]", 2),
        ("p['a'][1][1]", 3),
        ("p[7][0]", 4),
        ("p[7][1]", 5),
    ]
    assert list(named_leaves(1.0, "x")) == [("x", 1.0)]
