"""What a gradient would be if a certain mistake had been made, for the mistakes people make.

Each mistake changes the backward pass over a recorded graph a little, at every node of one role:
the same operation, as far from the output. So what a mistake does to shared weights, to a sum over
a batch or to a whole layer comes out as it would in hand-written code.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE
from autograd_mini.value import Value

#: Operations that only add, and do not count as a step of the chain.
_LINEAR = {"+", "-", "neg", "pos", "sum", "mean"}

#: How many steps of the chain may be left out in one go.
_LONGEST_GAP = 4

#: A slope written in the result, and applied to the operand.
_IN_THE_RESULT: dict[str, tuple[str, Callable[[float], float]]] = {
    "sigmoid": ("y * (1 - y)", lambda x: x * (1 - x)),
    "tanh": ("1 - y**2", lambda x: 1 - x * x),
    "exp": ("y", lambda x: x),
}

#: Whether a node's gradient takes the contribution of one that used it.
Kept = Callable[[Value, Value], bool]

#: Given a node, an operand's position and its recorded local derivative: what is used instead.
Local = Callable[[Value, int, float], float]


@dataclass(frozen=True)
class Mistake:
    """A mistake: what it is called, a sentence, and the gradients of the inputs it leads to.

    `lacks` is the factor that all gradients behind a node then lack, if it is one number.
    """

    kind: str
    text: str
    gradients: dict[Value, float]
    lacks: float | None = None


class Graph:
    """A recorded function of the inputs, walked backwards rightly or wrongly.

    `mirrored` gives, by name, of each entry of a square matrix the one across the diagonal.
    """

    def __init__(
        self, out: Value, inputs: Sequence[Value], mirrored: Mapping[str, Mapping[Value, Value]]
    ) -> None:
        self.out, self.inputs, self.mirrored = out, dict.fromkeys(inputs), mirrored
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
        steps = dict.fromkeys(self.order, 0)
        for node in reversed(self.order):
            for _, parent, _ in self.edges[node]:
                self.users[parent].append(node)
                steps[parent] = max(steps[parent], steps[node] + (node.op not in _LINEAR))
        #: nodes by (steps to the output, operation)
        self.roles: dict[tuple[int, str], list[Value]] = defaultdict(list)
        for node in reversed(self.order):
            if node not in self.inputs:
                self.roles[steps[node], node.op].append(node)

    def swept(
        self,
        local: Local | None = None,
        arriving: Callable[[Value, float], float] | None = None,
        kept: Kept | None = None,
    ) -> dict[Value, float]:
        """Gradients by a backward pass with other local derivatives, or other arriving ones."""
        totals = dict.fromkeys(self.order, 0.0)
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

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """Every mistake that could be made, the simplest first."""
        return [
            replace(each, gradients={x: each.gradients.get(x, 0.0) for x in self.inputs})
            for each in self._mistakes()
        ]

    def _mistakes(self) -> Iterator[Mistake]:
        true = self.swept()
        for role in self.roles.values():
            yield self._gradient_left_out(role, true)
        for role in self.roles.values():
            if role[0].op not in _LINEAR:
                yield self._derivative_left_out(role)
        for role in self.roles.values():
            yield from self._wrong_slope(role)
        yield from self._one_contribution()
        for role in self.roles.values():
            yield from self._overwritten(role)
        yield from self._transposed()
        yield from self._gaps()

    def _gradient_left_out(self, role: list[Value], true: dict[Value, float]) -> Mistake:
        members = frozenset(role)
        arriving = {true[node] for node in role}
        if len(arriving) == 1:  # a chain of additions is one sum: its last
            (lacks,) = arriving
            text = f"{lacks:.6g} is the gradient that arrives at {described(role[:1])}, and it is"
        else:
            lacks = None
            text = f"the gradient that arrives at {described(role)} is"
        return Mistake(
            "gradient left out",
            f"{text} left out of the chain",
            self.swept(arriving=lambda node, up: 1.0 if node in members else up),
            lacks,
        )

    def _derivative_left_out(self, role: list[Value]) -> Mistake:
        return Mistake(
            "derivative left out",
            f"the derivative of {described(role)} is left out of the chain",
            self.swept(_dropping(frozenset(role))),
        )

    def _wrong_slope(self, role: list[Value]) -> Iterator[Mistake]:
        members, name, op = frozenset(role), described(role), role[0].op
        if op not in _LINEAR:
            yield Mistake(
                "derivative twice",
                f"the derivative of {name} is multiplied in twice",
                self.swept(lambda node, _, slope: slope**2 if node in members else slope),
            )
        if op in TABLE and TABLE[op].arity == 1 and op not in _LINEAR:
            yield Mistake(
                "value for derivative",
                f"the value of {name} stands where its derivative should",
                self.swept(lambda node, _, slope: node.data if node in members else slope),
            )
        if op == "softmax":
            yield Mistake(
                "derivatives left out",
                f"{name} has a derivative in each of its operands, and only that in its own counts",
                self.swept(lambda node, i, slope: 0.0 if node in members and i else slope),
            )
        if op in _IN_THE_RESULT:
            formula, rule = _IN_THE_RESULT[op]
            yield Mistake(
                "operand for result",
                f"the derivative of {name} is {formula} in its result y, and here it is "
                f"computed from its operand",
                self.swept(
                    lambda node, _, slope: rule(node.parents[0].data) if node in members else slope
                ),
            )
        if any(node.op.startswith("log") for member in role for node in self.users[member]) and (
            op in {"+", "-"} and all(len(node.parents) == 1 for node in role)
        ):
            yield Mistake(
                "operation ignored",
                f"these are the gradients of another function, one without {name}: what goes "
                f"into the logarithm is not what was derived",
                self.swept(
                    lambda node, _, slope: (
                        slope * node.data / node.operands[0].data
                        if node in members and isinstance(node.operands[0], Value)
                        else slope
                    )
                ),
            )

    def _one_contribution(self) -> Iterator[Mistake]:
        """`=` for `+=`, everywhere, at the inputs or at one role: of several uses one counts."""
        shared = {
            node: distinct
            for node, users in self.users.items()
            if len(distinct := [*dict.fromkeys(users)]) > 1
        }
        yield from self._one_use("a number", shared)
        roles = [(described(role), role) for role in self.roles.values()]
        for place, nodes in [("a parameter", self.inputs), *roles]:
            some = {node: shared[node] for node in nodes if node in shared}
            if 0 < len(some) < len(shared):
                yield from self._one_use(place, some)

    def _one_use(self, place: str, shared: Mapping[Value, list[Value]]) -> Iterator[Mistake]:
        most = max(map(len, shared.values()), default=0)
        uses = {  # users are in the order of the sweep
            "last use": {node: {users[0]} for node, users in shared.items()},
            "first use": {node: {users[-1]} for node, users in shared.items()},
        }
        for op in dict.fromkeys(user.op for users in shared.values() for user in users):
            by_op = {
                node: {user for user in users if user.op == op} for node, users in shared.items()
            }
            uses[f"use by {op}"] = {node: users for node, users in by_op.items() if users}
        for use, counting in uses.items():
            yield Mistake(
                "sum missing",
                f"where {place} is used several times (up to {most}), only its {use} counts: the "
                f"contributions are to be added, += and not =",
                self.swept(kept=_only(counting)),
            )

    def _overwritten(self, role: list[Value]) -> Iterator[Mistake]:
        """A backward that multiplies in place the array it was given, which others read too."""
        members = frozenset(role)

        def local(node: Value, position: int, slope: float) -> float:
            for other, parent, _ in self.edges[node]:
                if node.op in {"+", "-"} and other != position and parent in members:
                    for _, _, own in self.edges[parent]:
                        slope *= own
            return slope

        if any(user.op in {"+", "-"} for node in role for user in self.users[node]):
            yield Mistake(
                "overwritten",
                f"the backward of {described(role)} overwrites the gradient it is given, and "
                f"the other operand of the sum behind it gets the changed one: work on a copy",
                self.swept(local),
            )

    def _transposed(self) -> Iterator[Mistake]:
        """A gradient sent on through W where W.T should stand."""
        for name, across in self.mirrored.items():
            if across:
                yield Mistake(
                    "transpose",
                    f"what is sent on through {name} is multiplied with the transpose of what it "
                    f"should be: is it W for W.T, or W.T for W?",
                    self.swept(_across(across)),
                )

    def _gaps(self) -> Iterator[Mistake]:
        """A stretch of the chain left out: several derivatives one after the other."""
        depths = sorted({steps for steps, op in self.roles if op not in _LINEAR})
        for first, length in product(depths, range(2, _LONGEST_GAP + 1)):
            gap = [
                role
                for (steps, op), role in self.roles.items()
                if first <= steps < first + length and op not in _LINEAR
            ]
            members = frozenset(node for role in gap for node in role)
            names = " and of ".join(map(described, gap))
            yield Mistake(
                "derivatives left out",
                f"the derivatives of {names} are left out of the chain",
                self.swept(_dropping(members)),
            )


def _across(across: Mapping[Any, Value]) -> Local:
    def local(node: Value, i: int, slope: float) -> float:
        if node.op not in {"*", "dot"}:
            return slope
        count = len(node.operands)  # the factors of operand k are it and the one half of them on
        k = [k for k, x in enumerate(node.operands) if isinstance(x, Value)][i]
        factor = node.operands[(k + count // 2) % count]
        return across[factor].data if factor in across else slope

    return local


def _only(counting: Mapping[Value, Collection[Value]]) -> Kept:
    return lambda node, user: node not in counting or user in counting[node]


def _dropping(members: Collection[Value]) -> Local:
    return lambda node, _, slope: 1.0 if node in members else slope


def described(role: Sequence[Value]) -> str:
    """What a reader can find again: "z_o (nets.py:12)", "* (nets.py:12, 3 times)"."""
    first = role[0]
    lines = Counter(re.split(r"[\\/]", node.line)[-1] for node in role if node.line)
    facts = [line for line, _ in lines.most_common(1)]
    labels = [node.label for node in role if node.label]
    if len(labels) < len(role) or len(labels) > 4:
        labels = [first.op]
        facts.append(f"giving {first.data:.4g}" if len(role) == 1 else f"{len(role)} times")
    return f"{', '.join(labels)} ({', '.join(facts)})" if facts else ", ".join(labels)
