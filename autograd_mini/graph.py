"""Walking a recorded graph: topological order and the reverse sweep.

A node is anything with `parents` and, aligned with them, `local_derivatives`. Nothing here
recurses, so a chain of a million nodes is walked like any other.
"""

from collections.abc import Collection
from typing import Any


def topological_order(*roots: Any, boundary: Collection[Any] = ()) -> list[Any]:
    """The roots and all they were computed from, each node after all of its parents.

    The walk does not look behind a node of `boundary`. The order depends on the graph alone, so
    the same program is walked, and its gradients are added up, in the same order in every run.
    """
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if node is None:  # all parents of the node below this mark are in the order now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.parents and node not in boundary:
                stack += (node, None, *node.parents[::-1])
            else:
                order.append(node)
    return order


def reverse_sweep(root: Any, seed: float, boundary: Collection[Any] = ()) -> dict[Any, float]:
    """`seed` * d root / d node for every node the root depends on: the chain rule, backwards.

    A node passes its gradient on only when it is final. That is what the order is for: in
    `b = a + a; c = b + b`, a walk that goes on from `b` at its first visit hands on half of it.

    A contribution in which either factor is exactly 0 is exactly 0, even if the other is infinite
    or nan: a branch nobody depends on cannot poison a gradient.
    """
    order = topological_order(root, boundary=boundary)
    totals = dict.fromkeys(order, 0.0)
    totals[root] = seed
    for node in reversed(order):
        upstream = totals[node]
        if upstream and node not in boundary:
            for parent, local in zip(node.parents, node.local_derivatives):
                if local:
                    totals[parent] += upstream * local
    return totals
