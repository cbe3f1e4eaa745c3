"""Nested lists, tuples and dicts of numbers: the shape of arguments, results and gradients."""

from collections.abc import Callable, Iterator
from typing import Any

#: Numbers, or lists, tuples and dicts of them, nested. Anything else is a leaf.
Tree = Any


def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """The same nesting, with `function(leaf)` for each leaf."""
    if isinstance(tree, dict):
        return {key: map_leaves(function, branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [map_leaves(function, branch) for branch in tree]
    if isinstance(tree, tuple):
        branches = [map_leaves(function, branch) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else tuple(branches)
    return function(tree)


def named_leaves(tree: Tree, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf and how to reach it from `name`: ("p['w'][0]", 3.0)."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from named_leaves(branch, f"{name}[{key!r}]")
    elif isinstance(tree, list | tuple):
        for i, branch in enumerate(tree):
            yield from named_leaves(branch, f"{name}[{i}]")
    else:
        yield name, tree
