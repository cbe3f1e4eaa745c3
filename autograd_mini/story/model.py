"""A story: nodes and edges, and all that follows from them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import isclose, isnan

from autograd_mini import formulas
from autograd_mini.formulas import Operand, Style
from autograd_mini.primitives import TABLE
from autograd_mini.scopes import Scope
from autograd_mini.story.parts import Edge, Event, Forward, Node, Push, Seed
from autograd_mini.story.reading import FORMAT, VERSION, read, without_infinities


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

        The pushes are those of `backward()`, in its order and to the last bit. What a Value's
        gradient holds is no part of them: it may be the sum of several passes, from other roots.
        """
        forward = [Forward(node.id) for node in self.nodes if node.op]
        return [*forward, Seed(self.root.id, 1.0), *self.pushes()]

    def pushes(self) -> Iterator[Push]:
        """The pushes of a backward pass from the root."""
        totals = [0.0] * len(self.nodes)
        totals[self.root.id] = 1.0
        for node in reversed(self.nodes):
            upstream = totals[node.id]
            for number in self.slots(node.id):
                source, _, _, local = self.edges[number]
                if local is not None:
                    # a factor of exactly 0 makes 0, as in the reverse sweep
                    contribution = upstream * local if upstream and local else 0.0
                    totals[source] += contribution
                    yield Push(number, upstream, local, contribution, totals[source])

    def name(self, node: int, inside: Scope = ()) -> str:
        """The name of a node, without what those know who are told that they are `inside`.

        Inside of ("MLP", "layers.0"), layers.0.neurons.1.bias is neurons.1.bias.
        """
        name = self.nodes[node].name
        known = (".".join(inside[start:]) + "." for start in range(len(inside)))
        return name.removeprefix(next(filter(name.startswith, known), ""))

    def formula(self, node: int, style: Style = "text", inside: Scope = ()) -> str:
        """How a node was computed, in the names of its operands: "w * x"; its name for a leaf."""
        if self.nodes[node].op:
            return formulas.operation(self.nodes[node].op, self._operands(node, inside), style)
        return formulas.operand_text(self._operand(node, inside), style)

    def partials(self, node: int, style: Style = "text", inside: Scope = ()) -> list[str | None]:
        """For each edge into a node the formula of its local derivative; None if there is none."""
        asked = node, style, inside
        if asked not in self._partials:  # a view asks once for each edge
            out, operands = self._operand(node, inside), self._operands(node, inside)
            self._partials[asked] = formulas.partials(self.nodes[node].op, out, operands, style)
        return self._partials[asked]

    @cached_property
    def _partials(self) -> dict[tuple[int, Style, Scope], list[str | None]]:
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
        return cls(*read(text))

    def _operand(self, node: int, inside: Scope) -> Operand:
        found = self.nodes[node]
        return Operand(found.value, None if found.is_constant else self.name(node, inside))

    def _operands(self, node: int, inside: Scope) -> list[Operand]:
        return [self._operand(self.edges[number].source, inside) for number in self.slots(node)]
