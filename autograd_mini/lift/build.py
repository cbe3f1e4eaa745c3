"""Groups -> the forward array program: a step per group, operands as views of earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import prod
from typing import Any

from autograd_mini.lift.arrays import BATCH, Array, Graph, Shape
from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.fuse import CONSTANT, INPUT, PARAMETER, SHARES
from autograd_mini.lift.group import CONCAT, Group, Groups, Slot
from autograd_mini.primitives import TABLE


@dataclass
class Step:
    """A group as it was built: its operands and its output, in one frame with its inner axes."""

    group: Group
    frame: Shape
    operands: list[Any]
    shapes: list[Shape]  # of the operands as they were read
    out: Any


@dataclass
class Forward:
    """The forward program, and what is needed to derive it backwards."""

    groups: Groups
    graph: Graph
    results: dict[int, Any]  # by kind
    steps: list[Step]
    value: Any
    upstreams: dict[Any, int] = field(default_factory=dict)  # gradients, and in which kind
    called: dict[tuple[str, bytes], str] = field(default_factory=dict)  # parts of leaves
    wrt: str = "parameters"
    length: int = 0  # how many nodes it has, without those of its derivative


@collector_paused()
def build(groups: Groups, batched: bool) -> Forward:
    """The program of the groups; `batched` if the inputs have a leading axis of examples."""
    graph, flat = Graph(), groups.kinds.flat
    results: dict[int, Any] = {
        PARAMETER: graph.make("parameters", (), (1, len(flat.parameters))),
        INPUT: graph.make("inputs", (), (BATCH if batched else 1, len(flat.inputs))),
    }
    steps = []
    for group in groups.groups:
        sizes = (*group.grid, *group.inner)
        operands = [
            read(graph, results.get(slot.source), slot, own)
            for slot, own in zip(group.slots, _slot_sizes(group), strict=True)
        ]
        shapes = [x.shape if isinstance(x, Array) else () for x in operands]
        if group.op.endswith("[]"):
            operands = [_along_inner(graph, x, group, (1, *sizes)) for x in operands]
        if group.op == CONCAT:
            out: Any = _end_to_end(graph, operands, group.lengths)
        else:
            out = _result(graph, group, operands, (1, *sizes))
        # where(1.0, x, y) is x: the result may depend on fewer examples than the operands
        batch = out.shape[0] if isinstance(out, Array) else 1
        steps.append(Step(group, (batch, *sizes), operands, shapes, out))
        results[group.kind] = _spread(graph, out, (batch, *group.grid))
    value = _listed(groups, graph, results) if flat.is_list else _read_root(groups, graph, results)
    return Forward(groups, graph, results, steps, value)


def _read_root(groups: Groups, graph: Graph, results: dict[int, Any]) -> Any:
    (slot,) = groups.roots
    if slot.source == CONSTANT:
        return groups.kinds.flat.constants[slot.offset]
    return read(graph, results[slot.source], slot, ())


def _listed(groups: Groups, graph: Graph, results: dict[int, Any]) -> Array:
    """All roots in one array, along its last axis."""
    count = len(groups.kinds.roots)
    if len(groups.roots) == 1:
        (slot,) = groups.roots
        return graph.spread(read(graph, results.get(slot.source), slot, (count,)), (1, count))
    parts = [_read_root(replace(groups, roots=[slot]), graph, results) for slot in groups.roots]
    return _end_to_end(graph, parts, [1] * count)


def _end_to_end(graph: Graph, parts: Sequence[Any], lengths: Sequence[int]) -> Array:
    batch = BATCH if any(isinstance(x, Array) and x.shape[0] == BATCH for x in parts) else 1
    starts = accumulate(lengths[:-1], initial=0)
    moving = [((n, 1),) if n > 1 else () for n in lengths]
    places = tuple(("view", place) for place in zip(starts, moving, strict=True))
    return graph.make("assemble", tuple(parts), (batch, sum(lengths)), places)


def _slot_sizes(group: Group) -> list[Shape]:
    """The frame in which each slot is read."""
    if group.op == CONCAT:
        return [(n,) for n in group.lengths]
    return [(*group.grid, *group.inner)] * len(group.slots)


def inner_axes(group: Group) -> tuple[int, ...]:
    """The axes of its frame that a group sums over."""
    return tuple(range(1 + len(group.grid), 1 + len(group.grid) + len(group.inner)))


def read(graph: Graph, source: Any, slot: Slot, sizes: Shape) -> Any:
    """The operand of a slot, in the frame of the group that reads it."""
    if slot.values is not None:
        return graph.constant(slot.values)
    if slot.index is not None:
        shape = (source.shape[0], *slot.index.shape)
        return graph.make("gather", (source,), shape, graph.table(slot.index))
    moving = [(size, stride) for size, stride in zip(sizes, slot.strides, strict=True) if stride]
    shape = (source.shape[0], *[n if s else 1 for n, s in zip(sizes, slot.strides, strict=True)])
    if is_whole(slot.offset, moving, prod(source.shape[1:])):
        return regrouped(graph, source, shape)
    return graph.make("view", (source,), shape, (slot.offset, tuple(moving)))


def is_whole(offset: int, moving: list[tuple[int, int]], total: int) -> bool:
    """Whether a walk reads every element once, in order."""
    expected = 1
    for size, stride in reversed(moving):
        if stride != expected:
            return False
        expected *= size
    return offset == 0 and expected == total


def regrouped(graph: Graph, x: Array, shape: Shape) -> Array:
    """All elements in their order, in another frame."""
    if [n for n in x.shape if n != 1] == [n for n in shape if n != 1]:
        return graph.reframe(x, shape)
    return graph.make("reshape", (x,), shape)


def _result(graph: Graph, group: Group, operands: list[Any], frame: Shape) -> Any:
    axes = inner_axes(group)
    match group.op:
        case "dot" if axes:
            return graph.total(operands[0] * operands[1], axes, frame)
        case "sum" if axes:
            return graph.total(operands[0], axes, frame)
        case op if op in SHARES:
            return graph.fold(op[:-2], operands[0], (len(frame) - 1,))
        case op if op.endswith("[]"):
            return graph.fold(op[:-2], operands[0], axes)
        case op:
            if any(isinstance(x, Array) for x in operands):
                return graph.elementwise(TABLE[op], tuple(operands))
            return TABLE[op].forward(*operands)


def _along_inner(graph: Graph, x: Any, group: Group, frame: Shape) -> Any:
    """An operand of an n-ary row with all its slices there, also where they are all the same."""
    count = len(group.inner) or 1
    shape = x.shape if isinstance(x, Array) else (1,) * len(frame)
    return graph.spread(x, (*shape[:-count], *frame[-count:]))


def _spread(graph: Graph, out: Any, shape: Shape) -> Array:
    """A result in the frame of its group's grid, every element there."""
    if isinstance(out, Array):
        out = graph.reframe(out, out.shape[: len(shape)])
    return regrouped(graph, graph.spread(out, shape), shape)
