"""Kinds -> groups: the members of a kind laid out on a grid, their operands in regular places.

A group of 1,600 dots over 16 rows of weights and 100 points becomes a grid of 100 x 16, in which
the weights move with the second axis only and the points with the first: a matrix product.

Operands of several kinds are first laid end to end, by a group that does nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.fuse import CONSTANT, PARAMETER, SHARES, Kinds
from autograd_mini.lift.index import Axes, common_sizes, compressed, decompose, on_grid

#: A group that computes nothing.
CONCAT = "concat"


@dataclass
class Slot:
    """Where an operand of a whole group lies, over the axes of the group and then its own.

    Member m reads position `offset + sum(strides * m)` of kind `source`, or, where nothing regular
    is there, `index[m]`. The operand of constants is `values`.
    """

    source: int
    offset: int = 0
    strides: tuple[int, ...] = ()
    index: Any = None
    values: Any = None


@dataclass
class Group:
    """All scalars of one kind: `op` over a grid, reading `slots`; a row sums over `inner`.

    Or, if `op` is `CONCAT`, what the slots read, end to end, from each so many as in `lengths`.
    """

    kind: int
    op: str
    grid: tuple[int, ...]
    inner: tuple[int, ...]
    slots: list[Slot]
    lengths: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.op} over {self.grid} x {self.inner} -> kind {self.kind}"]
        for slot in self.slots:
            where = f"offset {slot.offset}, strides {slot.strides}"
            if slot.index is not None:
                where = f"gathered at {slot.index.shape}"
            if slot.values is not None:
                where = f"constants {slot.values.shape}"
            lines.append(f"    from kind {slot.source}: {where}")
        return "\n".join(lines)


@dataclass
class Groups:
    """The groups in an order in which each reads earlier ones only, and where the roots lie.

    If there are several, a slot of `roots` holds one or all, over an axis of its own.
    """

    kinds: Kinds
    groups: list[Group]
    roots: list[Slot]


@collector_paused()
def group(kinds: Kinds) -> Groups:
    """Lay out every kind, the operands before those that read them."""
    flat = kinds.flat
    constants = np.array(flat.constants, dtype=float)
    # of the scalars, then of the constants from the last to the first: constant k is number ~k
    of = np.array([*kinds.kind, *[CONSTANT] * len(constants)])
    position = np.zeros(len(of), dtype=np.int64)
    split = len(flat.parameters)
    position[:split] = np.arange(split)
    position[split : flat.leaves] = np.arange(flat.leaves - split)
    position[len(kinds.kind) :] = np.arange(len(constants))[::-1]
    grids: dict[int, tuple[int, ...]] = {}
    groups: list[Group] = []
    for kind in sorted(range(CONSTANT + 1, len(kinds.keys)), key=kinds.depth):
        op, found, width = kinds.keys[kind]
        ids = np.array(kinds.members[kind], dtype=np.int64)
        readers = ids[::width] if op in SHARES else ids  # a set is entered as a whole
        table = np.array([kinds.operands[i] for i in readers.tolist()], dtype=np.int64)
        rows, sources = [], [*found]
        for i, part in enumerate(np.split(table, len(found), axis=1)):
            rows.append(position[part])
            if kinds.by_depth:
                sources[i] = int(of[part[0, 0]])
                if (of[part] != sources[i]).any():
                    sources[i] = ~len(groups)
                    joined, rows[i] = _concat(sources[i], part, of, position, constants)
                    groups.append(joined)
        if op in SHARES:
            laid, ids = _shares(kind, op, ids.reshape(-1, width), rows[0], sources[0])
        else:
            order = _order(rows, sources)
            laid = _layout(kind, op, [part[order] for part in rows], sources, grids, constants)
            ids = ids[order]
        groups.append(laid)
        grids[kind] = laid.grid
        position[ids] = np.arange(len(ids))
    places = position[kinds.roots]
    of_roots = [kinds.kind_of(root) for root in kinds.roots]
    if flat.is_list and len(set(of_roots)) == 1:
        slots = [_walk(of_roots[0], places, constants)]
    else:
        slots = [Slot(kind, int(place)) for kind, place in zip(of_roots, places, strict=True)]
    return Groups(kinds, groups, slots)


def _concat(kind: int, part: Any, of: Any, position: Any, constants: Any) -> tuple[Group, Any]:
    """What a slot reads from several kinds, those of each kind together; and where it then lies."""
    read = part.ravel()
    order = np.argsort(of[read], kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(of[read[order]])) + 1)
    out, end = Group(kind, CONCAT, (), (), []), 0
    row = np.empty_like(read)
    for run in sorted(runs, key=len):  # a boundary first: its readers stay first, sweep by sweep
        walk, places = np.unique(position[read[run]], return_inverse=True)
        row[run] = end + places
        end += len(walk)
        out.slots.append(_walk(int(of[read[run[0]]]), walk, constants))
        out.lengths.append(len(walk))
    out.grid = (end,)
    return out, row.reshape(part.shape)


def _walk(source: int, places: Any, constants: Any) -> Slot:
    """A slot over one axis."""
    steps = decompose(places)
    if source == CONSTANT:
        return Slot(source, values=compressed(constants[places]))
    if steps is None or len(steps) > 1:
        return Slot(source, index=places)
    return Slot(source, int(places[0]), (steps[0][1] if steps else 0,))


def _order(rows: list[Any], sources: Sequence[int]) -> Any:
    """Sort members by where their operands lie: data before parameters, the most varied first."""

    def rank(slot: int) -> tuple[bool, bool, int]:
        source = sources[min(slot, len(sources) - 1)]
        return source == PARAMETER, source == CONSTANT, -len(np.unique(rows[slot][:, 0]))

    keys = [rows[slot][:, 0] for slot in sorted(range(len(rows)), key=rank)]
    return np.lexsort(keys[::-1])


def _layout(
    kind: int,
    op: str,
    rows: list[Any],
    sources: Sequence[int],
    grids: dict[int, Any],
    constants: Any,
) -> Group:
    count = len(rows[0])
    width = rows[0].shape[1]
    starts: list[Axes | None] = []
    inners: list[Axes | None] = []
    sizes = []
    for part, source in zip(rows, sources, strict=True):
        offsets = part - part[:, :1]
        regular = source != CONSTANT and (offsets == offsets[0]).all()
        starts.append(decompose(part[:, 0]) if regular else None)
        inners.append(decompose(offsets[0]) if regular else None)
        whole = width == 1 and source in grids and prod(grids[source]) == count
        if whole and starts[-1] == [(count, 1)]:  # the same members once more: keep their grid
            sizes.append(grids[source])
    walks = [[size for size, _ in axes] for axes in starts if axes is not None]
    grid = common_sizes(count, [*walks, *sizes])
    inner = common_sizes(width, [[size for size, _ in axes] for axes in inners if axes is not None])
    slots = []
    for part, source, start, steps in zip(rows, sources, starts, inners, strict=True):
        outer, own = on_grid(start, grid), on_grid(steps, inner)
        if source == CONSTANT:
            values = compressed(constants[part].reshape((*grid, *inner)))
            slots.append(Slot(source, values=values))
        elif outer is not None and own is not None:
            slots.append(Slot(source, int(part[0, 0]), (*outer, *own)))
        else:
            slots.append(Slot(source, index=compressed(part.reshape((*grid, *inner)))))
    return Group(kind, op, grid, inner, slots)


def _shares(kind: int, op: str, ids: Any, sets: Any, source: int) -> tuple[Group, Any]:
    """The shares of softmaxes as sets x shares, each where its operand lies; and their order."""
    width = ids.shape[1]
    within = np.argsort(sets, axis=1)
    sets, ids = np.take_along_axis(sets, within, axis=1), np.take_along_axis(ids, within, axis=1)
    order = np.argsort(sets[:, 0], kind="stable")
    sets, ids = sets[order], ids[order].ravel()
    start, steps = decompose(sets[:, 0]), decompose(sets[0])
    regular = (sets - sets[:, :1] == sets[0] - sets[0, 0]).all()
    if regular and start is not None and steps is not None and len(steps) == 1:
        grid = (*[size for size, _ in start], width)
        strides = (*[stride for _, stride in start], steps[0][1])
        return Group(kind, op, grid, (), [Slot(source, int(sets[0, 0]), strides)]), ids
    grid = (len(sets), width)
    return Group(kind, op, grid, (), [Slot(source, index=sets)]), ids
