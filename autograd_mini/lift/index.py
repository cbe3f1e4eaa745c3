"""Lists of positions -> strides: where a list of integers is a walk over a regular grid.

`[0, 3, 6, 1, 4, 7]` is `0 + 1 * i + 3 * j` over a grid of 2 x 3. Whatever is not such a walk is
kept as it is, as an index array, and read with a gather.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

#: (size, stride) per axis, the outermost first.
Axes = list[tuple[int, int]]


def decompose(positions: Any) -> Axes | None:
    """The axes of a regular walk with as few of them as possible; None if it is not one."""
    axes: Axes = []
    while len(positions) > 1:
        steps = np.diff(positions)
        stride = int(steps[0])
        breaks = np.flatnonzero(steps != stride)
        size = int(breaks[0]) + 1 if len(breaks) else len(positions)
        if len(positions) % size:
            return None
        runs = positions.reshape(-1, size)
        if (runs - runs[:, :1] != np.arange(size) * stride).any():
            return None
        axes.insert(0, (size, stride))
        positions = runs[:, 0]
    return axes


def common_sizes(total: int, walks: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """The sizes of one grid on which every walk, given by its sizes, has a stride per axis.

    A walk that does not fit the grid of those before it is left out.
    """
    cuts = {1, total}
    for sizes in walks:
        proposed = cuts | inner_products(sizes)
        ordered = sorted(proposed)
        if all(big % small == 0 for small, big in pairwise(ordered)):
            cuts = proposed
    ordered = sorted(cuts, reverse=True)
    return tuple([big // small for big, small in pairwise(ordered)])


def inner_products(sizes: Iterable[int]) -> set[int]:
    """How many elements the last axis has, the last two, ... all of them."""
    sizes = list(sizes)
    return {prod(sizes[i:]) for i in range(len(sizes))}


def on_grid(axes: Axes | None, sizes: tuple[int, ...]) -> list[int] | None:
    """The stride of a walk along every axis of a finer grid; None if the axes do not fit."""
    if axes is None:
        return None
    strides: list[int] = []
    rest = list(axes)
    for size in reversed(sizes):
        if not rest:
            return None
        length, stride = rest.pop()
        if length % size:
            return None
        strides.insert(0, stride)
        if length > size:
            rest.append((length // size, stride * size))
    return strides if not rest else None


def compressed(values: Any) -> Any:
    """An array with every axis along which nothing changes cut to length 1."""
    for axis in range(values.ndim):
        first = values.take([0], axis=axis)
        same = np.ascontiguousarray(np.broadcast_to(first, values.shape))
        if values.tobytes() == same.tobytes():  # to the bit: 0.0 and -0.0 are two constants
            values = first
    return values
