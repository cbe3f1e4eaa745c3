"""Parameters and what is claimed of their gradients, side by side, array by array."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from autograd_mini.primitives import to_float
from autograd_mini.testing.inputs import listed
from autograd_mini.trees import map_leaves, named_leaves
from autograd_mini.value import Value

T = TypeVar("T")


@dataclass
class Block:
    """One array of parameters beside what is claimed of it, both flat; shapes as they were."""

    name: str
    shape: tuple[int, ...]
    values: list[Value]
    claims: list[float]
    claimed_shape: tuple[int, ...]

    def in_place(self) -> list[float]:
        """What is claimed of each parameter, transposed or summed where the shapes ask for it."""
        if self.claimed_shape == self.shape:
            return self.claims
        if self.claimed_shape == self.shape[::-1]:
            return transposed(self.claims, self.claimed_shape)
        size = len(self.values)
        return [math.fsum(self.claims[i::size]) for i in range(size)]

    def mirrored(self) -> dict[Value, Value]:
        """Of each entry of a square matrix the one across the diagonal; nothing for others."""
        if len(self.shape) != 2 or self.shape[0] != self.shape[1]:
            return {}
        return dict(zip(self.values, transposed(self.values, self.shape), strict=True))


def side_by_side(tree: Any, claimed: Any, name: str) -> Iterator[Block]:
    """Every array of parameters and what is claimed of it; ValueError where they do not fit."""
    if hasattr(tree, "named_parameters"):
        yield from _module_blocks(tree, claimed)
        return
    place = name or "params"
    if isinstance(tree, dict):
        if not isinstance(claimed, dict) or claimed.keys() != tree.keys():
            given = (
                sorted(map(str, claimed)) if isinstance(claimed, dict) else type(claimed).__name__
            )
            raise ValueError(
                f"claimed gradients are nested like the parameters: {place} is a dict of "
                f"{sorted(map(str, tree))}, but what is claimed is {given}"
            )
        for key, branch in tree.items():
            yield from side_by_side(branch, claimed[key], f"{name}.{key}" if name else str(key))
        return
    is_array = hasattr(tree, "tolist")
    tree, claims = listed(tree), map_leaves(listed, claimed)
    shape = _shape(tree)
    if shape is not None and (is_array or len(shape) <= 2):
        yield _array_block(place, shape, tree, claims)
        return
    if not isinstance(claims, list | tuple) or len(claims) != len(tree):
        size = f"{len(claims)} parts" if isinstance(claims, list | tuple) else "one number"
        raise ValueError(f"{place} has {len(tree)} parts, but what is claimed of it has {size}")
    for i, (branch, claim) in enumerate(zip(tree, claims, strict=True)):
        yield from side_by_side(branch, claim, f"{place}[{i}]")


def _array_block(place: str, shape: tuple[int, ...], tree: Any, claims: Any) -> Block:
    values = [leaf for _, leaf in named_leaves(tree)]
    numbers = [to_float(leaf) for _, leaf in named_leaves(claims)]
    found = _shape(claims)
    if found and len(numbers) == len(values) and 1 in found + shape:
        found = shape  # a row for a column, or a list of one for a number
    turned = shape[::-1] if len(shape) == 2 else shape
    if found is None or found not in (shape, turned, found[:1] + shape):
        formless = "its rows differ in length" if found is None else "it is one number"
        raise ValueError(
            f"{place} has the shape {shape}, but what is claimed of it has "
            f"{found or f'none: {formless}'}. Claim a number for each entry, in its place"
        )
    return Block(place, shape, values, numbers, found)


def _module_blocks(module: Any, claimed: Any) -> Iterator[Block]:
    named = module.named_parameters()
    if isinstance(claimed, dict):
        if odd := claimed.keys() ^ {name for name, _ in named}:
            raise ValueError(
                f"a dict of the gradients of a module has the names of named_parameters(): "
                f"{', '.join(sorted(map(str, odd)))} is only in one of the two"
            )
        claims = [to_float(claimed[name]) for name, _ in named]
    else:
        claims = [to_float(leaf) for _, leaf in named_leaves(map_leaves(listed, claimed))]
    if len(claims) != len(named):
        raise ValueError(
            f"the module has {len(named)} parameters, but {len(claims)} gradients are claimed: "
            f"give one for each, in the order of parameters() or by the names of named_parameters()"
        )
    pairs = [(name, value, claim) for (name, value), claim in zip(named, claims, strict=True)]
    for name, members in groupby(pairs, key=lambda pair: re.sub(r"\.\d+$", "", pair[0])):
        _, values, numbers = zip(*members, strict=True)
        shape = (len(values),)
        yield Block(name, shape, list(values), list(numbers), shape)


def _shape(tree: Any) -> tuple[int, ...] | None:
    """The shape of nested lists that form an array, else None."""
    if not isinstance(tree, list | tuple):
        return None if isinstance(tree, dict) else ()
    shapes = {_shape(branch) for branch in tree}
    inner = shapes.pop() if len(shapes) == 1 else None
    return None if inner is None else (len(tree), *inner)


def transposed(flat: Sequence[T], shape: tuple[int, ...]) -> list[T]:
    """The entries of a matrix of that shape, laid out as those of its transpose."""
    rows, columns = shape
    return [flat[row * columns + column] for column in range(columns) for row in range(rows)]
