"""Derivatives as functions: grad, value_and_grad, jvp, jacobian, hessian. They nest to any order.

Each runs `f` on fresh nodes, one per number in the arguments, and reads the graph recorded from
there. Because a derivative is taken in nodes of its own, an inner derivative cannot be confused
with an outer one, even where both are taken at the same number.

If all that `f` read were numbers, the recorded local derivatives are multiplied and the result is
a number. If it read a Value, as an argument or from around it, the rules of the table are called
with Values instead, and the result is a Value that can be derived again. So it is with a Value that
`f` makes itself, for it could be anybody's: write constants as numbers.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

from autograd_mini.anomaly import check_backward
from autograd_mini.graph import reverse_sweep, topological_order
from autograd_mini.modes import changed_mode, current_mode
from autograd_mini.primitives import TABLE, mul, to_float
from autograd_mini.trees import Tree, map_leaves, named_leaves
from autograd_mini.value import Value


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """The gradient of a function that returns one number, nested like the argument it is taken in.

    `argnums` names the positional arguments to derive in; for several the result is a tuple.
    TypeError if `f` returns several numbers: that is a `jacobian`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["x"][0])({"w": 3.0, "x": [5.0]})
    {'w': 5.0, 'x': [3.0]}
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Any, Tree]]:
    """Like `grad`, but returns (value, gradient) from one run of `f`."""

    def derived(*args: Any, **kwargs: Any) -> tuple[Any, Tree]:
        run = _Run(f, args, kwargs, argnums)
        if isinstance(run.out, Iterable):
            raise TypeError(
                f"grad needs a function that returns one number, but this one returned a "
                f"{type(run.out).__name__}: use jacobian"
            )
        return run.finished(run.out), run.gradient(run.out)

    return derived


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """Every output derived in every input: nested like the output, and each entry like the input.

    For m numbers from n numbers that is a list of m lists of n.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def derived(*args: Any, **kwargs: Any) -> Tree:
        run = _Run(f, args, kwargs, argnums)
        return map_leaves(run.gradient, run.out)

    return derived


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """The second derivatives of a function that returns one number: the jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def jvp(
    f: Callable[..., Any], primals: Sequence[Tree], tangents: Sequence[Tree]
) -> tuple[Tree, Tree]:
    """Forward mode: (`f(*primals)`, its derivative in the direction `tangents`).

    `tangents` is nested like `primals`, a number for each number; ValueError otherwise.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    run = _Run(f, primals, {}, range(len(primals)))
    directions = list(_aligned(tangents, primals))
    run.keeps_values |= any(isinstance(direction, Value) for direction in directions)
    pushed = run.pushed_forward(directions)
    tangent_out = map_leaves(lambda out: run.finished(pushed.get(out, 0.0)), run.out)
    return map_leaves(run.finished, run.out), tangent_out


class _Run:
    """One run of `f` on fresh nodes, and the derivatives that can be read from what it recorded."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Tree],
        kwargs: dict[str, Any],
        argnums: int | Sequence[int],
    ) -> None:
        chosen = [argnums] if isinstance(argnums, int) else list(argnums)
        for position in chosen:
            if not -len(args) <= position < len(args):
                raise ValueError(f"argnums names argument {position}, but {len(args)} were given")
        self.inputs: list[Value] = []
        fresh = list(args)
        try:
            with changed_mode(recording=True):
                for position in chosen:
                    fresh[position] = map_leaves(self._fresh, args[position])
                self.out = f(*fresh, **kwargs)
        finally:  # now that f is done, nobody can ask a derivative in its inputs again
            for node in self.inputs:
                node.op = "pos" if node.parents else "constant"
        taken = tuple(fresh[position] for position in chosen)
        #: the arguments derived in, as nodes: the shape of every gradient
        self.shape = taken[0] if isinstance(argnums, int) else taken

        self.boundary = frozenset(self.inputs)
        outputs = [out for _, out in named_leaves(self.out) if isinstance(out, Value)]
        self.order = topological_order(*outputs, boundary=self.boundary)
        self.keeps_values = current_mode().recording and (
            any(node.parents for node in self.inputs)
            or any(node.op == "" and node not in self.boundary for node in self.order)
        )
        self.dependent = _dependent(self.order, self.inputs)

    def _fresh(self, number: Any) -> Value:
        node = +number if isinstance(number, Value) else Value(number)
        node.op = ""  # while f runs it is a leaf: an inner run that reads it must keep Values
        self.inputs.append(node)
        return node

    def finished(self, number: Any) -> Any:
        """A Value if the run keeps Values, else a float."""
        if self.keeps_values:
            return number if isinstance(number, Value) else _constant(number)
        return to_float(number)

    def gradient(self, out: Any) -> Tree:
        """d out / d input for every input, in the shape of the arguments."""
        if not isinstance(out, Value):
            totals: dict[Value, Any] = {}
            to_float(out)
        elif self.keeps_values:
            totals = _value_sweep(out, self.order, self.dependent, self.boundary)
        else:
            totals = reverse_sweep(out, 1.0, self.boundary)
            check_backward(totals)
        return map_leaves(lambda node: self.finished(totals.get(node, 0.0)), self.shape)

    def pushed_forward(self, directions: Sequence[Any]) -> dict[Any, Any]:
        """The tangent of every node that depends on the inputs, given those of the inputs."""
        tangents: dict[Any, Any] = dict(zip(self.inputs, directions, strict=True))
        for node in self.order:
            if node in self.dependent and node not in self.boundary:
                edges = self._edges(node)
                pieces = [contribution(tangents[parent], local) for parent, local in edges]
                tangents[node] = sum(pieces[1:], start=pieces[0])
        return tangents

    def _edges(self, node: Value) -> list[tuple[Any, Any]]:
        """The parents that depend on the inputs, each with the local derivative in it."""
        if self.keeps_values:
            return _value_edges(node, self.dependent)
        recorded = zip(node.parents, node.local_derivatives, strict=True)
        return [edge for edge in recorded if edge[0] in self.dependent]


def value_gradients(out: Value, inputs: Iterable[Value]) -> dict[Value, Any]:
    """d out / d input for every input that `out` depends on, as numbers or Values.

    Where it depends on an input, the derivative is a Value: the rules of the table have been
    called with Values, so it can be derived again in the same inputs.
    """
    boundary = frozenset(inputs)
    order = topological_order(out, boundary=boundary)
    totals = _value_sweep(out, order, _dependent(order, boundary), boundary)
    return {node: totals[node] for node in order if node in boundary and node in totals}


def _dependent(order: Iterable[Value], inputs: Iterable[Value]) -> set[Value]:
    """The nodes that are reached from the inputs; no other has a derivative."""
    dependent = set(inputs)
    for node in order:
        if not dependent.isdisjoint(node.parents):
            dependent.add(node)
    return dependent


def _value_sweep(
    out: Value, order: Sequence[Value], dependent: set[Value], boundary: frozenset[Value]
) -> dict[Value, Any]:
    totals: dict[Value, Any] = {out: 1.0}
    for node in reversed(order):
        if node in totals and node in dependent and node not in boundary:
            for parent, local in _value_edges(node, dependent):
                piece = contribution(totals[node], local)
                totals[parent] = totals[parent] + piece if parent in totals else piece
    return totals


def _value_edges(node: Value, dependent: set[Value]) -> list[tuple[Any, Any]]:
    """The same, but the rules of the table are called with Values."""
    wanted = [operand in dependent for operand in node.operands]
    row = _CONTRIBUTION if node.op == _CONTRIBUTION.name else TABLE[node.op]
    try:
        slopes = row.derivatives(node, node.operands, wanted)
    except ArithmeticError:  # of a constant's / or **: a Value's have an answer
        operands = [x if isinstance(x, Value) else _constant(x) for x in node.operands]
        slopes = row.derivatives(node, operands, wanted)
    return list(zip(compress(node.operands, wanted), slopes, strict=True))


def _constant(number: Any) -> Value:
    """A Value that nobody can ask a derivative in: a run that reads it need not keep Values."""
    node = Value(number)
    node.op = "constant"
    return node


#: A contribution that is only recorded: it has no number to ask, so it says what it is.
_CONTRIBUTION = replace(mul, name="contribution")


def contribution(upstream: Any, local: Any) -> Any:
    """Upstream * local derivative: exactly 0 where a factor is, as in the reverse sweep."""
    if current_mode().instead:
        return _CONTRIBUTION(upstream, local)
    product = upstream * local
    if math.isnan(product) and 0 in (float(upstream), float(local)):
        return 0.0
    return product


def _aligned(tree: Tree, shape: Tree) -> Iterator[Any]:
    """The leaves of `tree`, in the order in which those of `shape` come."""
    if _outline(tree) != _outline(shape):
        raise ValueError(
            f"tangents must be nested like primals: {_outline(tree)} is beside {_outline(shape)}"
        )
    if isinstance(shape, dict):
        for key, branch in shape.items():
            yield from _aligned(tree[key], branch)
    elif isinstance(shape, list | tuple):
        for twig, branch in zip(tree, shape, strict=True):
            yield from _aligned(twig, branch)
    else:
        yield tree


def _outline(tree: Tree) -> str:
    if isinstance(tree, dict):
        return f"a dict of {sorted(map(str, tree))}"
    return f"a sequence of {len(tree)}" if isinstance(tree, list | tuple) else "a number"
