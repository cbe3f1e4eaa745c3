"""copy, deepcopy and pickle for graphs of any depth, on any node with `__slots__`.

Python's own machinery would recurse from a node into its parents; these functions follow the
topological order, in which every parent is done before the node that needs it.
"""

import threading
from collections.abc import Callable, Set
from typing import Any

from autograd_mini.graph import topological_order


class _Pickling(threading.local):
    """The graph that this thread's pickler is in the middle of."""

    pending: Set[int] = frozenset()
    root = 0


_pickling = _Pickling()


def shallow_copy(node: Any) -> Any:
    """`copy.copy`: a second node with the same parents."""
    return _restored(type(node), *_fields(node))


def deep_copy(root: Any, memo: dict[int, Any]) -> Any:
    """`copy.deepcopy`: the graph once more; what two roots share, their copies share."""

    def twins(operands: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([memo.get(id(operand), operand) for operand in operands])

    for node in topological_order(root):
        if id(node) not in memo:
            twin = memo[id(node)] = shallow_copy(node)
            twin.operands, twin.parents = twins(node.operands), twins(node.parents)
    return memo[id(root)]


def reduce(node: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """`pickle`: all nodes in topological order, and of these the last.

    When the pickler then comes to a node of that list it has met the node's parents, so the
    node's own fields are all there is to write.
    """
    if id(node) in _pickling.pending:
        if id(node) == _pickling.root:
            _pickling.pending = frozenset()
        return _restored, (type(node), *_fields(node))
    order = topological_order(node)
    _pickling.pending, _pickling.root = {id(each) for each in order}, id(node)
    return _last, (order,)


def _last(order: list[Any]) -> Any:
    return order[-1]


def _fields(node: Any) -> tuple[Any, ...]:
    return tuple([getattr(node, name) for name in type(node).__slots__])


def _restored(kind: Any, *fields: Any) -> Any:
    node = object.__new__(kind)
    for name, field in zip(kind.__slots__, fields, strict=True):
        setattr(node, name, field)
    return node
