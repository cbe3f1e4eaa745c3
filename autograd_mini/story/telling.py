"""From a graph of Values to its story."""

from itertools import count
from math import inf

from autograd_mini.graph import topological_order
from autograd_mini.primitives import to_float, to_label
from autograd_mini.scopes import scopes_of
from autograd_mini.story.model import Story
from autograd_mini.story.parts import Edge, Node
from autograd_mini.value import Value


def tell(root: Value, limit: float = inf, advice: str = "") -> Story:
    """The story of `root` and of all it was computed from.

    A node's gradient is the one its Value holds. A root whose gradient is 0 has not been
    differentiated, and every 0 in its graph means "not computed" rather than "flat here"; a
    gradient that an earlier backward pass left is told as it is.
    TypeError if `root` is not a Value, or a label is no text; ValueError with the `advice` if
    there would be more than `limit` nodes.
    """
    if not isinstance(root, Value):
        raise TypeError(
            f"expected a Value, whose graph can be shown, got {root!r} ({type(root).__name__}): "
            f"pass the result of a computation on Values, as Value(2.0) * 3 is"
        )
    order = topological_order(root)
    size = len(order) + sum(len(value.operands) - len(value.parents) for value in order)
    if size > limit:
        raise ValueError(
            f"the graph has {size:,} Values and constants, more than the limit of {limit:,}: "
            f"{advice}show a Value nearer to the leaves, or ask for all of it, slowly, with "
            f"limit={size}"
        )
    labels = {to_label(value.label) for value in order}
    free_names = (name for number in count(1) if (name := f"v{number}") not in labels)
    scopes = scopes_of(order)
    ids: dict[Value, int] = {}
    nodes: list[Node] = []
    edges: list[Edge] = []
    for value in order:
        sources = []
        for operand in value.operands:
            if isinstance(operand, Value):
                sources.append(ids[operand])
            else:
                sources.append(len(nodes))
                nodes.append(Node(len(nodes), "", "", "", operand, None, True, scopes[value]))
        number = ids[value] = len(nodes)
        gradient = value.grad if value.grad or root.grad else None
        name = value.label or next(free_names)
        op = value.op if value.operands else ""
        data = to_float(value.data)  # which the user may have changed, to any kind of number
        nodes.append(Node(number, value.label, name, op, data, gradient, False, scopes[value]))
        slopes = iter(value.local_derivatives)
        for slot, (source, operand) in enumerate(zip(sources, value.operands, strict=True)):
            slope = next(slopes) if isinstance(operand, Value) else None
            edges.append(Edge(source, number, slot, slope))
    return Story(nodes, edges)


def places(story: Story, root: Value) -> dict[Value, int]:
    """The number of the node that tells of each Value in the story of `root`."""
    numbers = [node.id for node in story.nodes if not node.is_constant]
    return dict(zip(topological_order(root), numbers, strict=True))


def place_in(story: Story, root: Value, value: Value) -> int:
    """The number of the node that tells of `value` in the story of `root`.

    TypeError if it is not a Value; ValueError if `root` was not computed from it.
    """
    if not isinstance(value, Value):
        raise TypeError(
            f"expected a Value of the graph, got {value!r} ({type(value).__name__}): pass x itself "
            f"and not its number, as in wrt=x"
        )
    found = places(story, root).get(value)
    if found is None:
        raise ValueError(f"{root!r} was not computed from {value!r}: there is no path between them")
    return found
