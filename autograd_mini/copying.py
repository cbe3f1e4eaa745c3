"""copy, deepcopy and pickle for graphs of any depth, on any node with `__slots__`.

Python's own machinery would recurse from a node into its parents; these functions follow the
topological order, in which every parent is done before the node that needs it.
"""

import copyreg
import threading
import weakref
from collections import deque
from collections.abc import Callable, Set
from typing import Any

from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE, Primitive


class _Pickling(threading.local):
    """The graph that a pickler of this thread is in the middle of, while that pickler lives."""

    order: "weakref.ref[deque[Any]]" = weakref.ref(deque())
    pending: Set[int] = frozenset()


_pickling = _Pickling()


def shallow_copy(node: Any) -> Any:
    """`copy.copy`: a second node with the same parents."""
    return _restored(type(node), *_fields(node))


def deep_copy(root: Any, memo: dict[Any, Any]) -> Any:
    """`copy.deepcopy`: the graph once more; what two roots share, their copies share."""
    twins = memo.setdefault("twins", {})
    for node in topological_order(root, boundary=twins):
        if node not in twins:
            twin = twins[node] = shallow_copy(node)
            twin.operands = tuple([twins.get(operand, operand) for operand in node.operands])
            twin.parents = tuple([twins[parent] for parent in node.parents])
    return twins[root]


def reduce(node: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """`pickle`: all nodes in topological order, and of these the last.

    When the pickler then comes to a node of that list it has met the node's parents, so the
    node's own fields are all there is to write.
    """
    order = _pickling.order()
    if order is not None and id(node) in _pickling.pending:
        if node is order[-1]:
            _pickling.pending = frozenset()
        return _restored, (type(node), *_fields(node))
    order = deque(topological_order(node))  # a list cannot be referred to weakly
    _pickling.order, _pickling.pending = weakref.ref(order), {id(each) for each in order}
    return deque.pop, (order,)


def _row(name: str) -> Primitive:
    return TABLE[name]


# rows are told apart by identity, and hold lambdas: a copy of one, pickled or not, is that row
copyreg.pickle(Primitive, lambda row: (_row, (row.name,)))


def _fields(node: Any) -> tuple[Any, ...]:
    return tuple([getattr(node, name) for name in type(node).__slots__])


def _restored(kind: Any, *fields: Any) -> Any:
    node = object.__new__(kind)
    for name, field in zip(kind.__slots__, fields, strict=True):
        setattr(node, name, field)
    return node
