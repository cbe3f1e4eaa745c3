"""The story of a graph: what was computed, from what and how steeply, as plain data.

The engine's Values are for computing; whoever shows a graph to people reads a `Story` instead.
"""

from dataclasses import dataclass
from itertools import count
from math import inf

from autograd_mini.graph import topological_order
from autograd_mini.value import Value


@dataclass(frozen=True, slots=True)
class Node:
    """A Value, or a constant that an operation read.

    `id` is the node's place in the story. `label` is as the user typed it; `name` is the label
    or, without one, "v1", "v2", ...; a constant has neither. `op` is "" where nothing was
    computed. `gradient` is None while it is not computed, and for a constant, which has none.
    """

    id: int
    label: str
    name: str
    op: str
    value: float
    gradient: float | None
    is_constant: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """Operand number `slot` of the operation that made node `target` is node `source`.

    `local_derivative` is d target / d source through this slot alone: `x * x` has two edges.
    None for a constant.
    """

    source: int
    target: int
    slot: int
    local_derivative: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """Nodes in topological order, the root last, and edges ordered by target and slot."""

    nodes: list[Node]
    edges: list[Edge]


def tell(root: Value, limit: float = inf) -> Story:
    """The story of `root` and of all it was computed from.

    After `root.backward()` the gradient of `root` is the seed. A root whose gradient is 0 has
    therefore not been differentiated, and every 0 in its graph means "not computed" rather than
    "flat here"; a gradient that an earlier backward pass left is told as it is.
    TypeError if `root` is not a Value; ValueError if it was computed from more than `limit` Values.
    """
    if not isinstance(root, Value):
        raise TypeError(
            f"expected a Value, whose graph can be shown, got {root!r} ({type(root).__name__}): "
            f"pass the result of a computation on Values, as Value(2.0) * 3 is"
        )
    order = topological_order(root)
    if len(order) > limit:
        raise ValueError(
            f"the graph has {len(order):,} Values, more than the limit of {limit:,}: show a Value "
            f"nearer to the leaves, or ask for all of it, slowly, with limit={len(order)}"
        )
    labels = {value.label for value in order}
    free_names = (name for number in count(1) if (name := f"v{number}") not in labels)
    ids: dict[Value, int] = {}
    nodes: list[Node] = []
    edges: list[Edge] = []
    for value in order:
        sources = []
        for operand in value.operands:
            if not isinstance(operand, Value):
                nodes.append(Node(len(nodes), "", "", "", operand, None, is_constant=True))
                sources.append(nodes[-1].id)
            else:
                sources.append(ids[operand])
        ids[value] = len(nodes)
        gradient = value.grad if value.grad or root.grad else None
        name = value.label or next(free_names)
        op = value.op if value.operands else ""
        nodes.append(
            Node(len(nodes), value.label, name, op, value.data, gradient, is_constant=False)
        )
        slopes = iter(value.local_derivatives)
        for slot, (source, operand) in enumerate(zip(sources, value.operands, strict=True)):
            slope = next(slopes) if isinstance(operand, Value) else None
            edges.append(Edge(source, ids[value], slot, slope))
    return Story(nodes, edges)
