"""The story of a graph: what was computed, from what, how steeply and in which order, as data.

The engine's Values are for computing; whoever shows a graph to people reads a `Story` instead.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, count
from math import inf, isclose, isfinite, isnan
from typing import Any, NamedTuple

from autograd_mini import formulas
from autograd_mini.formulas import Operand, Style
from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE, pairs, to_float, to_label
from autograd_mini.scopes import Scope, scopes_of
from autograd_mini.value import Value


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

#: The first words of a file that holds a story, and how it is written.
FORMAT, VERSION = "autograd_mini story", 1


@dataclass(frozen=True)
class Story:
    """Nodes in topological order, the root last, and edges ordered by target and slot.

    Whatever else happened follows from these: the events, and the formulas.
    """

    nodes: list[Node]
    edges: list[Edge]

    @property
    def root(self) -> Node:
        """The node whose story it is."""
        return self.nodes[-1]

    @property
    def seed(self) -> float:
        """What the backward pass begins with: the root's gradient or, before one, 1."""
        return self.root.gradient or 1.0

    @cached_property
    def _firsts(self) -> list[int]:
        counts = [0] * (len(self.nodes) + 1)
        for edge in self.edges:
            counts[edge.target + 1] += 1
        return list(accumulate(counts))

    def slots(self, node: int) -> range:
        """The numbers of the edges into a node: one for each operand, in order."""
        return range(self._firsts[node], self._firsts[node + 1])

    def which(self, edge: int) -> str:
        """What tells an edge from others between its two nodes: x * x reads "x[1]" and "x[2]".

        "[1]", "[2]", ... or, for an edge that is the only one, "".
        """
        return self._marks.get(edge, "")

    @cached_property
    def _marks(self) -> dict[int, str]:
        alike = defaultdict(list)
        for number, edge in enumerate(self.edges):
            alike[edge.source, edge.target].append(number)
        several = [numbers for numbers in alike.values() if len(numbers) > 1]
        return {each: f"[{i}]" for numbers in several for i, each in enumerate(numbers, 1)}

    @cached_property
    def is_outdated(self) -> bool:
        """Whether an operand was changed after the recording: some value is not what it gives now.

        An operation of the user's own that is not defined here, or fails, is believed.
        """
        return not all(self._gives(node) for node in self.nodes if node.op in TABLE)

    def _gives(self, node: Node) -> bool:
        operands = [self.nodes[self.edges[number].source].value for number in self.slots(node.id)]
        try:
            value = TABLE[node.op].forward(*operands)
        except Exception:
            return True
        # another machine, where the story may be from, rounds an exp differently
        return isclose(value, node.value, rel_tol=1e-12) or (isnan(value) and isnan(node.value))

    @cached_property
    def events(self) -> list[Event]:
        """The forward pass, operation by operation; the seed; each push of the backward pass.

        The pushes are those of `backward()`, in its order and to the last bit.
        """
        forward = [Forward(node.id) for node in self.nodes if node.op]
        return [*forward, Seed(self.root.id, self.seed), *self.pushes(self.seed)]

    def pushes(self, seed: float) -> Iterator[Push]:
        """The pushes of a backward pass that begins with `seed`."""
        totals = [0.0] * len(self.nodes)
        totals[self.root.id] = seed
        for node in reversed(self.nodes):
            upstream = totals[node.id]
            for number in self.slots(node.id):
                source, _, _, local = self.edges[number]
                if local is not None:
                    # a factor of exactly 0 makes 0, as in the reverse sweep
                    contribution = upstream * local if upstream and local else 0.0
                    totals[source] += contribution
                    yield Push(number, upstream, local, contribution, totals[source])

    def formula(self, node: int, style: Style = "text") -> str:
        """How a node was computed, in the names of its operands: "w * x"; its name for a leaf."""
        if self.nodes[node].op:
            return formulas.operation(self.nodes[node].op, self._operands(node), style)
        return formulas.operand_text(self._operand(node), style)

    def partials(self, node: int, style: Style = "text") -> list[str | None]:
        """For each edge into a node the formula of its local derivative; None if there is none."""
        if (node, style) not in self._partials:  # a view asks once for each edge
            self._partials[node, style] = formulas.partials(
                self.nodes[node].op, self._operand(node), self._operands(node), style
            )
        return self._partials[node, style]

    @cached_property
    def _partials(self) -> dict[tuple[int, Style], list[str | None]]:
        return {}

    def to_json(self) -> str:
        """The story as JSON, for `from_json` and for readers that are not Python.

        Those find the events and the formulas too. A number that JSON does not know is the text
        "nan", "inf" or "-inf".
        """
        nodes, edges = [], [edge._asdict() for edge in self.edges]
        for node in self.nodes:
            texts = {"formula": self.formula(node.id), "latex": self.formula(node.id, "latex")}
            nodes.append(node._asdict() | texts)
            partials = zip(self.partials(node.id), self.partials(node.id, "latex"), strict=True)
            for number, (text, latex) in zip(self.slots(node.id), partials, strict=True):
                edges[number] |= {"formula": text, "latex": latex}
        events = [{"kind": type(event).__name__.lower()} | event._asdict() for event in self.events]
        whole = {"format": FORMAT, "version": VERSION, "nodes": nodes, "edges": edges}
        return json.dumps(without_infinities(whole | {"events": events}), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Story":
        """The story that `to_json` wrote. ValueError for anything else, with the reason."""
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"this is no story, or a part of one: {error}") from None
        found = whole.get("format") if isinstance(whole, dict) else type(whole).__name__
        if found != FORMAT:
            raise ValueError(f"this is no story: its format is {found!r}, not {FORMAT!r}")
        if whole.get("version") != VERSION:
            raise ValueError(
                f"this story is of version {whole.get('version')!r}, and version {VERSION} can be "
                f"read here: write it again with to_json(), or use the package that wrote it"
            )
        try:
            nodes = [_node(number, fields) for number, fields in enumerate(whole["nodes"])]
            edges = [_edge(nodes, fields) for fields in whole["edges"]]
            if not nodes or not _in_order(edges):
                raise ValueError("it has no nodes, or its edges are not in order")
            _check_operands(nodes, edges)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this story is damaged: {error!r}") from None
        return cls(nodes, edges)

    def _operand(self, node: int) -> Operand:
        found = self.nodes[node]
        return Operand(found.value, None if found.is_constant else found.name)

    def _operands(self, node: int) -> list[Operand]:
        return [self._operand(self.edges[number].source) for number in self.slots(node)]


def without_infinities(tree: Any) -> Any:
    """What JSON can say: lists, dicts, and the text "nan", "inf" or "-inf" for such a number."""
    if isinstance(tree, dict):
        return {key: without_infinities(branch) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        return [without_infinities(branch) for branch in tree]
    return str(tree) if isinstance(tree, float) and not isfinite(tree) else tree


def _node(number: int, fields: dict[str, Any]) -> Node:
    label, name, op = (_typed(fields[key], str) for key in ("label", "name", "op"))
    scope = tuple(_typed(each, str) for each in _typed(fields["scope"], list))
    if fields["id"] != number:
        raise ValueError(f"node {number} says that it is node {fields['id']}")
    gradient = None if fields["gradient"] is None else float(fields["gradient"])
    is_constant = _typed(fields["is_constant"], bool)
    return Node(number, label, name, op, float(fields["value"]), gradient, is_constant, scope)


def _edge(nodes: list[Node], fields: dict[str, Any]) -> Edge:
    source, target, slot = (_typed(fields[key], int) for key in ("source", "target", "slot"))
    if not 0 <= source < target < len(nodes):
        raise ValueError(f"an edge from node {source} to node {target}, of {len(nodes)}")
    local = fields["local_derivative"]
    return Edge(source, target, slot, None if local is None else float(local))


def _in_order(edges: list[Edge]) -> bool:
    """Whether the edges come target by target, and the slots of each target from 0 on."""
    counts = sorted(Counter(edge.target for edge in edges).items())
    places = [(target, slot) for target, count in counts for slot in range(count)]
    return places == [(edge.target, edge.slot) for edge in edges]


def _check_operands(nodes: list[Node], edges: list[Edge]) -> None:
    """ValueError unless each operation has as many operands as it takes, and a leaf none."""
    counts = Counter(edge.target for edge in edges)
    for node in nodes:
        row, count = TABLE.get(node.op), counts[node.id]
        known = row.arity if row else None
        takes_so_many = count == known if known else bool(count) == bool(node.op)
        in_pairs = row is None or row.pack is not pairs or count % 2 == 0
        if not takes_so_many or not in_pairs:
            what = f"computed by {node.op}" if node.op else "a leaf"
            raise ValueError(f"node {node.id} is {what}, and has {count} operand(s)")


def _typed(found: Any, kind: type) -> Any:
    if type(found) is not kind:
        raise TypeError(f"{found!r} is no {kind.__name__}")
    return found


def tell(root: Value, limit: float = inf, advice: str = "") -> Story:
    """The story of `root` and of all it was computed from.

    After `root.backward()` the gradient of `root` is the seed. A root whose gradient is 0 has
    therefore not been differentiated, and every 0 in its graph means "not computed" rather than
    "flat here"; a gradient that an earlier backward pass left is told as it is.
    TypeError if `root` is not a Value, or a label is no text; ValueError with the
    `advice` if it was computed from more than `limit` Values.
    """
    if not isinstance(root, Value):
        raise TypeError(
            f"expected a Value, whose graph can be shown, got {root!r} ({type(root).__name__}): "
            f"pass the result of a computation on Values, as Value(2.0) * 3 is"
        )
    order = topological_order(root)
    if len(order) > limit:
        raise ValueError(
            f"the graph has {len(order):,} Values, more than the limit of {limit:,}: {advice}show "
            f"a Value nearer to the leaves, or ask for all of it, slowly, with limit={len(order)}"
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


def place_in(story: Story, root: Value, value: Value) -> int:
    """The number of the node that tells of `value` in the story of `root`.

    TypeError if it is not a Value; ValueError if `root` was not computed from it.
    """
    if not isinstance(value, Value):
        raise TypeError(
            f"expected a Value of the graph, got {value!r} ({type(value).__name__}): pass x itself "
            f"and not its number, as in wrt=x"
        )
    values = [node.id for node in story.nodes if not node.is_constant]
    for number, found in zip(values, topological_order(root), strict=True):
        if found is value:
            return number
    raise ValueError(f"{root!r} was not computed from {value!r}: there is no path between them")
