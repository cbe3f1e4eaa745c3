"""What a story is made of: nodes, edges, and what happens at them."""

from typing import NamedTuple

from autograd_mini.scopes import Scope


class Node(NamedTuple):
    """A Value, or a constant that an operation read.

    `id` is the node's place in the story. `label` is as the user typed it; `name` is the label
    or, without one, "v1", "v2", ...; a constant has neither. `op` is "" where nothing was
    computed. `gradient` is None while it is not computed, and for a constant, which has none.
    `scope` names the modules and blocks the node belongs to, the outermost first.
    """

    id: int
    label: str
    name: str
    op: str
    value: float
    gradient: float | None
    is_constant: bool
    scope: Scope = ()


class Edge(NamedTuple):
    """Operand number `slot` of the operation that made node `target` is node `source`.

    `local_derivative` is d target / d source through this slot alone: `x * x` has two edges.
    None for a constant.
    """

    source: int
    target: int
    slot: int
    local_derivative: float | None


class Forward(NamedTuple):
    """An operation computes node `node`."""

    node: int


class Seed(NamedTuple):
    """The backward pass begins: the gradient of the root, `node`, is `gradient`."""

    node: int
    gradient: float


class Push(NamedTuple):
    """A node passes its gradient on through edge number `edge`, to the edge's source.

    `contribution` is `upstream` * `local_derivative`, and `total` what has arrived at the source
    so far, this contribution included.
    """

    edge: int
    upstream: float
    local_derivative: float
    contribution: float
    total: float


Event = Forward | Seed | Push
