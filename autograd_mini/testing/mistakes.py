"""What a gradient would be if a certain mistake had been made, for the mistakes people make.

Each mistake changes the backward pass over a recorded graph a little, at every node of one role:
the same operation, as far from the output. So what a mistake does to shared weights, to a sum over
a batch or to a whole layer comes out as it would in hand-written code.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from autograd_mini.numerics import divide
from autograd_mini.primitives import TABLE
from autograd_mini.testing.roles import LINEAR, Graph, Kept, Local, Role, described, operation
from autograd_mini.value import Value

#: How many steps of the chain may be left out in one go.
_LONGEST_GAP = 4

#: Slopes as they are written in the result y.
_FORMULAS: dict[str, Callable[[float], float]] = {
    "y": lambda y: y,
    "1 - y": lambda y: 1 - y,
    "1 - y**2": lambda y: 1 - y * y,
    "y * (1 - y)": lambda y: y * (1 - y),
}

#: Which of them is right.
_IN_THE_RESULT = {"sigmoid": "y * (1 - y)", "tanh": "1 - y**2", "exp": "y"}

#: Operations whose slope is 1 on one side of their kink, and another on the other.
_MASKED = {"relu", "leaky_relu", "maximum", "minimum"}

#: Given a node and a local derivative of it: what is used instead.
Rule = Callable[[Value, float], float]

#: Names of matrices and, of each of their entries, the one across the diagonal.
Mirrored = Collection[tuple[str, Mapping[Value, Value]]]


class Mistake(NamedTuple):
    """A mistake: what it is called, a sentence, and the gradients of the inputs it leads to.

    `lacks` is the factor that all gradients behind a node then lack, if it is one number.
    """

    kind: str
    text: str
    gradients: dict[Value, float]
    lacks: float | None = None


def known_mistakes(graph: Graph, mirrored: Mirrored) -> list[Mistake]:
    """Every mistake that could be made, the simplest first."""
    return [
        each._replace(gradients={x: each.gradients[x] for x in graph.inputs})
        for each in _mistakes(graph, mirrored)
    ]


def _mistakes(graph: Graph, mirrored: Mirrored) -> Iterator[Mistake]:
    roles = graph.roles.values()
    true = graph.swept()
    for role in roles:
        yield _gradient_left_out(graph, role, true)
    for role in roles:
        yield _derivative_left_out(graph, role)
    for role in roles:
        yield from _wrong_slope(graph, role)
    yield from _one_contribution(graph)
    for role in roles:
        yield from _overwritten(graph, role)
    yield from _transposed(graph, mirrored)
    for role in roles:
        yield from _operand_for_value(graph, role)
    yield from _gaps(graph)
    for role in roles:
        yield from _two_of_the_square(graph, role)


def _gradient_left_out(graph: Graph, role: Role, true: Mapping[Value, float]) -> Mistake:
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
        graph.swept(arriving=lambda node, up: 1.0 if node in members else up),
        lacks,
    )


def _derivative_left_out(graph: Graph, role: Role) -> Mistake:
    return Mistake(
        "derivative left out",
        f"the derivative of {described(role)} is left out of the chain",
        graph.swept(_at(role, lambda *_: 1.0)),
    )


def _wrong_slope(graph: Graph, role: Role) -> Iterator[Mistake]:
    members, name, op = frozenset(role), described(role), operation(role)
    if op not in LINEAR:
        yield Mistake(
            "derivative twice",
            f"the derivative of {name} is multiplied in twice",
            graph.swept(_at(role, lambda _, slope: slope * slope)),
        )
    if _is_of_one(op):
        yield from _wrong_formula(graph, role)
    if op == "softmax":
        yield Mistake(
            "derivatives left out",
            f"{name} has a derivative in each of its operands, and only that in its own counts",
            graph.swept(lambda node, i, slope: 0.0 if i and node in members else slope),
        )
    slopes = {1.0, *(slope for node in role for _, _, slope in graph.edges[node])}
    if op in _MASKED and len(slopes) == 2:
        (other,) = slopes - {1.0}
        exchanged = {1.0: other, other: 1.0}
        yield Mistake(
            "mask inverted",
            f"the mask of {name} is inverted: the slope is 1 where it should be {other:.6g}, and "
            f"{other:.6g} where it should be 1",
            graph.swept(_at(role, lambda _, slope: exchanged[slope])),
        )
    logged = any(user.op.startswith("log") for node in role for user in graph.users[node])
    if logged and op in {"+", "-"} and all(len(node.parents) == 1 for node in role):
        yield Mistake(
            "operation ignored",
            f"these are the gradients of another function, one without {name}: what goes into the "
            f"logarithm is not what was derived",
            graph.swept(_at(role, _as_if_not_added)),
        )


def _as_if_not_added(node: Value, slope: float) -> float:
    """Of the derivative of log(x + c) that of log(x) is made."""
    return slope * divide(node.data, node.parents[0].data)


def _wrong_formula(graph: Graph, role: Role) -> Iterator[Mistake]:
    name, right = described(role), _IN_THE_RESULT.get(operation(role))
    if right:
        yield Mistake(
            "operand for result",
            f"the derivative of {name} is {right} in its result y, and here it is computed from "
            f"its operand",
            graph.swept(_at(role, lambda node, _: _FORMULAS[right](*map(float, node.operands)))),
        )
    truth = f": it is {right}" if right else ""
    for wrong in _FORMULAS:
        if wrong != right:
            yield Mistake(
                "wrong formula",
                f"the derivative of {name} is taken to be {wrong}, where y is its value{truth}",
                graph.swept(_at(role, _in_the_result(wrong))),
            )


def _in_the_result(formula: str) -> Rule:
    return lambda node, _: _FORMULAS[formula](node.data)


def _one_contribution(graph: Graph) -> Iterator[Mistake]:
    """`=` for `+=`, everywhere, at the inputs or at one role: of several uses one counts."""
    shared = {
        node: distinct
        for node, users in graph.users.items()
        if len(distinct := [*dict.fromkeys(users)]) > 1
    }
    roles = [(described(role), role) for role in graph.roles.values()]
    places: list[tuple[str, Iterable[Value]]] = [
        ("a number", shared),
        ("a parameter", graph.inputs),
    ]
    for place, nodes in [*places, *roles]:
        some = {node: shared[node] for node in nodes if node in shared}
        if some:
            yield from _one_use(graph, place, some)


def _one_use(graph: Graph, place: str, shared: Mapping[Value, list[Value]]) -> Iterator[Mistake]:
    most = max(map(len, shared.values()))
    uses = {  # users are in the order of the sweep
        "last use": {node: {users[0]} for node, users in shared.items()},
        "first use": {node: {users[-1]} for node, users in shared.items()},
    }
    for op in dict.fromkeys(user.op for users in shared.values() for user in users):
        by_op = {node: {user for user in users if user.op == op} for node, users in shared.items()}
        uses[f"use by {op}"] = {node: users for node, users in by_op.items() if users}
    for use, counting in uses.items():
        yield Mistake(
            "sum missing",
            f"where {place} is used several times (up to {most}), only its {use} counts: the "
            f"contributions are to be added, += and not =",
            graph.swept(kept=_only(counting)),
        )


def _overwritten(graph: Graph, role: Role) -> Iterator[Mistake]:
    """A backward that multiplies in place the array it was given, which others read too."""
    members = frozenset(role)

    def local(node: Value, position: int, slope: float) -> float:
        for other, parent, _ in graph.edges[node]:
            if node.op in {"+", "-"} and other != position and parent in members:
                for _, _, own in graph.edges[parent]:
                    slope *= own
        return slope

    if any(user.op in {"+", "-"} for node in role for user in graph.users[node]):
        yield Mistake(
            "overwritten",
            f"the backward of {described(role)} overwrites the gradient it is given, and the other "
            f"operand of the sum behind it gets the changed one: work on a copy",
            graph.swept(local),
        )


def _transposed(graph: Graph, mirrored: Mirrored) -> Iterator[Mistake]:
    """A gradient sent on through W where W.T should stand."""
    for name, across in mirrored:
        if across:
            yield Mistake(
                "transpose",
                f"what is sent on through {name} is multiplied with the transpose of what it "
                f"should be: is it W for W.T, or W.T for W?",
                graph.swept(_with_factors({x: other.data for x, other in across.items()})),
            )


def _operand_for_value(graph: Graph, role: Role) -> Iterator[Mistake]:
    """The gradient of a weight taken with what went into an activation, not with what came out."""
    if _is_of_one(operation(role)):
        operands = {node: float(node.operands[0]) for node in role}
        yield Mistake(
            "operand for value",
            f"in the gradient of what {described(role)} is multiplied with, its operand stands "
            f"where its value should: is it z for h?",
            graph.swept(_with_factors(operands)),
        )


def _gaps(graph: Graph) -> Iterator[Mistake]:
    """A stretch of the chain left out: several derivatives one after the other or side by side."""
    depths = sorted({steps for steps, op in graph.roles if op not in LINEAR})
    for first, length in product(depths, range(1, _LONGEST_GAP + 1)):
        gap = [
            role
            for (steps, op), role in graph.roles.items()
            if first <= steps < first + length and op not in LINEAR
        ]
        members = [node for role in gap for node in role]
        names = " and of ".join(map(described, gap))
        yield Mistake(
            "derivatives left out",
            f"the derivatives of {names} are left out of the chain",
            graph.swept(_at(members, lambda *_: 1.0)),
        )


def _two_of_the_square(graph: Graph, role: Role) -> Iterator[Mistake]:
    if operation(role) == "**" and all(float(node.operands[1]) == 2 for node in role):
        yield Mistake(
            "factor",
            "the 2 of the square is missing",
            graph.swept(_at(role, lambda _, slope: slope / 2)),
        )


def _is_of_one(op: str) -> bool:
    """Whether it does more than add, to one operand; others have defaults."""
    row = TABLE.get(op)
    return bool(row and row.arity and row.arity - len(row.defaults) == 1 and op not in LINEAR)


def _at(nodes: Collection[Value], rule: Rule) -> Local:
    """Other local derivatives at some nodes."""
    members = frozenset(nodes)
    return lambda node, _, slope: rule(node, slope) if node in members else slope


def _with_factors(others: Mapping[Any, float]) -> Local:
    """The local derivatives of products in which some Values, as factors, are other numbers."""

    def local(node: Value, i: int, slope: float) -> float:
        if node.op not in {"*", "dot"}:
            return slope
        count = len(node.operands)  # the factors of operand k are it and the one half of them on
        k = [k for k, x in enumerate(node.operands) if isinstance(x, Value)][i]
        factor = node.operands[k - count // 2]
        return others.get(factor, slope)

    return local


def _only(counting: Mapping[Value, Collection[Value]]) -> Kept:
    return lambda node, user: node not in counting or user in counting[node]
