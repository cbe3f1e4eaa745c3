"""How a strided walk over an array is written: reshape, slice and, if need be, transpose."""

from collections.abc import Sequence
from itertools import pairwise

#: (start, stop) of what is cut out first, if not all; the shape to slice; the slices; the order
View = tuple[tuple[int, int] | None, tuple[int, ...], list[str], list[int]]


def slicing(
    total: int, offset: int, moving: Sequence[tuple[int, int]], bases: Sequence[int] = ()
) -> View | None:
    """A walk of (size, stride) axes over `total` elements, as a reshape and slices.

    None if the walk meets an element twice or its strides do not divide one another. Where the
    rows do not fill the whole, `bases` are the places at which a cut may start, the best first.
    """
    order = sorted(range(len(moving)), key=lambda i: -moving[i][1])
    sizes = [moving[i][0] for i in order]
    strides = [moving[i][1] for i in order]
    radix = strides[0] if strides else 1
    inside = list(pairwise(strides))
    if min(strides, default=1) < 1 or any(big % small for big, small in inside):
        return None
    cut = None
    if total % radix:
        extent = 1 + sum((n - 1) * s for n, s in zip(sizes[1:], strides[1:], strict=True))
        lowest, highest = max(0, offset + extent - radix), min(offset, total - sizes[0] * radix)
        start = next((base for base in (*bases, offset) if lowest <= base <= highest), None)
        start = highest if start is None else start
        if not lowest <= start <= highest:
            return None
        cut, offset, total = (start, start + sizes[0] * radix), offset - start, sizes[0] * radix
    shape: list[int] = []
    slices: list[str] = []
    whole = total
    for size, stride in zip(sizes, strides, strict=True):
        length, first = whole // stride, offset // stride
        if first + size > length:
            return None
        shape.append(length)
        slices.append(
            ":"
            if size == length
            else f"{first or ''}:{'' if first + size == length else first + size}"
        )
        offset, whole = offset % stride, stride
    if whole > 1:
        shape.append(whole)
        slices.append(str(offset))
    return cut, tuple(shape), slices, [order.index(i) for i in range(len(order))]
