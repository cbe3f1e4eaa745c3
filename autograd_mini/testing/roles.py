"""A recorded graph by the roles of its nodes, and its backward pass, made rightly or wrongly."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from autograd_mini.graph import topological_order
from autograd_mini.value import Value

#: Operations that only add, and do not count as a step of the chain.
LINEAR = {"+", "-", "neg", "pos", "sum", "mean"}

#: Nodes of one role: the same operation, as many steps from the output.
Role = Sequence[Value]

#: Given a node, an operand's position and its recorded local derivative: what is used instead.
Local = Callable[[Value, int, float], float]

#: Given a node and the gradient that arrives at it: what goes on instead.
Arriving = Callable[[Value, float], float]

#: Whether a node's gradient takes the contribution of one that used it.
Kept = Callable[[Value, Value], bool]


class Graph:
    """What a function of the inputs recorded: `order`, the nodes that depend on them, and more.

    Of each node, `edges` has the operands that do, with their positions and the local derivatives,
    and `users` what it was an operand of, last first. `roles` are nodes by steps and operation.
    """

    def __init__(self, out: Value, inputs: Sequence[Value]) -> None:
        self.out, self.inputs = out, dict.fromkeys(inputs)
        order = topological_order(out, boundary=self.inputs)
        reached = set(inputs)
        for node in order:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
        self.order = [node for node in order if node in reached]
        self.edges = {
            node: []
            if node in self.inputs
            else [
                (i, parent, local)
                for i, (parent, local) in enumerate(
                    zip(node.parents, node.local_derivatives, strict=True)
                )
                if parent in reached
            ]
            for node in self.order
        }
        self.users: dict[Value, list[Value]] = defaultdict(list)
        steps: dict[Value, int] = defaultdict(int)
        for node in reversed(self.order):
            for _, parent, _ in self.edges[node]:
                self.users[parent].append(node)
                steps[parent] = max(steps[parent], steps[node] + (node.op not in LINEAR))
        self.roles: dict[tuple[int, str], list[Value]] = defaultdict(list)
        for node in reversed(self.order):
            if node not in self.inputs:
                self.roles[steps[node], node.op].append(node)

    def swept(
        self,
        local: Local | None = None,
        arriving: Arriving | None = None,
        kept: Kept | None = None,
    ) -> dict[Value, float]:
        """Gradients by a backward pass with other local derivatives, or other arriving ones."""
        totals = dict.fromkeys([*self.inputs, *self.order], 0.0)
        totals[self.out] = 1.0
        for node in reversed(self.order):
            if arriving:
                totals[node] = arriving(node, totals[node])
            upstream = totals[node]
            for position, parent, slope in self.edges[node]:
                used = local(node, position, slope) if local else slope
                if upstream and used and (not kept or kept(parent, node)):
                    totals[parent] += upstream * used
        return totals


def operation(role: Role) -> str:
    """What all nodes of a role do."""
    return role[0].op


def described(role: Role) -> str:
    """What a reader can find again: "z_o (nets.py:12)", "* (nets.py:12, 3 times)"."""
    first, *others = role
    lines = Counter(re.split(r"[\\/]", node.line)[-1] for node in role if node.line)
    facts = [line for line, _ in lines.most_common(1)]
    labels = [node.label for node in reversed(role)]
    if not all(labels) or len(labels) > 4:
        labels = [first.op]
        facts.append(f"{len(role)} times" if others else f"giving {first.data:.4g}")
    return f"{', '.join(labels)} ({', '.join(facts)})" if facts else ", ".join(labels)
