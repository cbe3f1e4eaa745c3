"""The backward array program: the table's own partials, called on the arrays of each step.

The chain rule per group instead of per scalar. An operand that was read by many members along an
axis (a broadcast) gets the sum of their contributions along it; where an operand is a view of
another group, its contribution is added into that view of the other group's gradient.
"""

from collections import defaultdict
from math import prod
from typing import Any

import numpy as np

from autograd_mini.lift.arrays import BATCH, Along, Array, Graph, Shape
from autograd_mini.lift.build import Forward, Step, inner_axes, is_whole, read, regrouped
from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.fuse import SHARES
from autograd_mini.lift.group import CONCAT, Slot
from autograd_mini.primitives import TABLE

Pieces = list[tuple[Slot, Shape, Any]]  # (which view, the sizes of its frame, the contribution)


@collector_paused()
def differentiate(forward: Forward, seed: Any, wrt: int, per_example: bool) -> Any:
    """The gradient in all parameters (or all inputs): an array of their shape, or 0.0.

    `seed` is the upstream of the root. `per_example` keeps a gradient for every example of a
    batch instead of their sum.
    """
    graph, groups = forward.graph, forward.groups
    pieces: dict[int, Pieces] = defaultdict(list)
    (root,) = groups.roots
    pieces[root.source].append((root, (), seed))
    moves = {wrt}
    for step in forward.steps:
        if any(slot.source in moves for slot in step.group.slots):
            moves.add(step.group.kind)
    for step in reversed(forward.steps):
        kind = step.group.kind
        if kind not in moves or kind not in pieces:
            continue
        upstream = _assembled(graph, pieces.pop(kind), forward.results[kind])
        if isinstance(upstream, Array):
            forward.upstreams.setdefault(upstream, kind)
        wanted = [slot.source in moves for slot in step.group.slots]
        contributions = _split if step.group.op == CONCAT else _contributions
        for piece in contributions(graph, step, upstream, wanted, per_example):
            pieces[piece[0].source].append(piece)
    return _assembled(graph, pieces[wrt], forward.results[wrt]) if pieces[wrt] else 0.0


def _contributions(
    graph: Graph, step: Step, upstream: Any, wanted: list[bool], per_example: bool
) -> Pieces:
    """What the operands of one step receive: upstream * partial, summed where they were shared."""
    group, frame = step.group, step.frame
    axes = inner_axes(group)
    if isinstance(upstream, Array) and upstream.shape:
        upstream = graph.reframe(upstream, (*upstream.shape, *[1] * len(axes)))
    if group.op in SHARES:
        return [(group.slots[0], frame[1:], _through_shares(graph, step, upstream))]
    row = TABLE[group.op.removesuffix("[]")]
    try:
        slopes = row.derivatives(step.out, _along(step.operands, axes), wanted)
    except (
        ArithmeticError
    ):  # a float's / or ** raises where IEEE 754 has an answer; an array's does not
        boxed = [graph.boxed(x, frame) for x in step.operands]
        slopes = row.derivatives(step.out, _along(boxed, axes), wanted)
    found: Pieces = []
    slots = [slot for slot, want in zip(group.slots, wanted, strict=True) if want]
    shapes = [shape for shape, want in zip(step.shapes, wanted, strict=True) if want]
    for slot, shape, slope in zip(slots, shapes, slopes, strict=True):
        local = slope.array if isinstance(slope, Along) else slope
        passed = graph.contribution(upstream, local)
        found.append((slot, frame[1:], _received(graph, passed, frame, shape, per_example)))
    return found


def _received(graph: Graph, passed: Any, frame: Shape, shape: Shape, per_example: bool) -> Any:
    """What an operand of this shape receives: the sum over the axes along which it was shared."""
    shared = [i for i, n in enumerate(frame) if n != 1 == shape[i] and (i or not per_example)]
    return graph.total(passed, shared, frame)


def _split(
    graph: Graph, step: Step, upstream: Any, wanted: list[bool], per_example: bool
) -> Pieces:
    """What the parts of a concatenation receive: each its part of the upstream."""
    found: Pieces = []
    start, whole = 0, step.frame[1:]
    for slot, n, shape, want in zip(
        step.group.slots, step.group.lengths, step.shapes, wanted, strict=True
    ):
        if want:
            part, frame = upstream, (step.frame[0], n)
            if isinstance(part, Array) and part.shape[1:] == whole:
                part = read(graph, part, Slot(step.group.kind, start, (int(n > 1),)), (n,))
            found.append((slot, (n,), _received(graph, part, frame, shape, per_example)))
        start += n
    return found


def _along(operands: list[Any], axes: tuple[int, ...]) -> list[Any]:
    return [Along(x, axes) if axes and isinstance(x, Array) else x for x in operands]


def _through_shares(graph: Graph, step: Step, upstream: Any) -> Any:
    """What the operands of softmaxes receive, from the rule for one share of a set.

    Axis i is the share and j the operand: in the row of share i, operand i is the rule's first
    and all j != i are its others.
    """
    x, width = step.operands[0], step.frame[-1]
    i, j, square = (width, 1), (1, width), (1,) * (len(step.frame) - 1)
    values = (1.0 - np.eye(width)).reshape((*square, width, width))
    mask = graph.make("constant", (), values.shape, graph.table(values))
    graph.called.setdefault(mask.detail, f"others_of_{width}")

    def along(array: Any, axis: Shape) -> Any:
        if isinstance(array, Array) and array.shape:
            return graph.reframe(array, (*array.shape[:-1], *axis))
        return array

    if isinstance(upstream, Array) and upstream.shape and upstream.shape[-1] == 1:
        upstream = graph.make("broadcast", (upstream,), (*upstream.shape[:-1], width))
    others = Along(along(x, j), (len(step.frame),), mask)
    row = TABLE[step.group.op.removesuffix("[]")]
    to_first, to_others = row.partials[0](along(step.out, i), along(x, i), others)
    upstream = along(upstream, i)
    frame = (*step.frame, width)
    passed = graph.total(upstream * mask * to_others.array, (len(step.frame) - 1,), frame)
    return along_last(graph, upstream * to_first, -2) + along_last(graph, passed, -1)


def along_last(graph: Graph, x: Any, axis: int) -> Any:
    """The same elements without the other one of the last two axes, which has size 1."""
    return (
        graph.reframe(x, (*x.shape[:-2], x.shape[axis])) if isinstance(x, Array) and x.shape else x
    )


def _assembled(graph: Graph, pieces: Pieces, result: Array) -> Any:
    """The gradient of a kind from the contributions to views of it."""
    total: Any = 0.0
    parts: list[tuple[Any, Any]] = []
    args: list[Any] = []
    for slot, sizes, x in pieces:
        moving = []
        if slot.index is None:
            moving = [(n, s) for n, s in zip(sizes, slot.strides, strict=True) if s]
        if slot.index is None and is_whole(slot.offset, moving, prod(result.shape[1:])):
            total = total + _back(graph, x, slot, sizes, result.shape)
            continue
        if slot.index is not None:
            parts.append(("gather", (graph.table(slot.index), slot.index.shape)))
        else:
            parts.append(("view", (slot.offset, tuple(moving))))
        args.append(_kept(graph, x, slot))
    if not args:
        return total
    if isinstance(total, Array) or total:
        args.insert(0, total)
        parts.insert(0, ("whole", ()))
    batch = BATCH if any(isinstance(x, Array) and x.shape[:1] == (BATCH,) for x in args) else 1
    return graph.make("assemble", tuple(args), (batch, *result.shape[1:]), tuple(parts))


def _kept(graph: Graph, x: Any, slot: Slot) -> Any:
    """A contribution without the axes along which its slot does not move."""
    if slot.index is not None or not isinstance(x, Array) or not x.shape:
        return x
    kept = [x.shape[1 + i] for i, stride in enumerate(slot.strides) if stride]
    return graph.reframe(x, (x.shape[0], *kept))


def _back(graph: Graph, x: Any, slot: Slot, sizes: Shape, shape: Shape) -> Any:
    """A contribution in the frame of its reader, in the frame of what was read."""
    if not isinstance(x, Array) or not x.shape:
        return x
    moving = [1 + i for i, stride in enumerate(slot.strides) if stride]
    if [sizes[i - 1] for i in moving] == [n for n in shape[1:] if n != 1]:
        where = iter(moving)
        return graph.reframe(
            x, (x.shape[0], *[1 if n == 1 else x.shape[next(where)] for n in shape[1:]])
        )
    full = (x.shape[0], *[sizes[i - 1] for i in moving])
    if all(x.shape[i] == 1 for i in moving):
        return graph.reframe(x, (x.shape[0], *[1] * (len(shape) - 1)))
    x = graph.reframe(x, (x.shape[0], *[x.shape[i] for i in moving]))
    if x.shape != full:
        x = graph.make("broadcast", (x,), full)
    return regrouped(graph, x, (x.shape[0], *shape[1:]))
