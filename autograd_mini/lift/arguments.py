"""The arguments of a lifted function: numbers nested as in the example, and the same as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd_mini.lift.recording import Unknown
from autograd_mini.primitives import to_float

#: Numbers, or lists, tuples, dicts and arrays of them, nested.
Tree = Any


@dataclass(frozen=True)
class Argument:
    """One argument: `tree` is what the function is recorded with, an Unknown for each number.

    `shape` is that of the example as an array, None if it is nested in another way.
    """

    name: str
    tree: Tree
    leaves: list[Unknown]
    shape: tuple[int, ...] | None

    def fresh(self) -> Tree:
        """The tree in containers of its own: a function may change those that it is given."""
        return _map(lambda _, leaf: leaf, self.tree)

    def block(self, given: Tree) -> Any:
        """What was given, as an array with a column per number, and for a batch a row per example.

        TypeError for what is not a real number, ValueError for what is not nested as the example.
        """
        if hasattr(given, "ndim") and self.shape is not None:
            array, batch = as_array(given, self.name), given.shape[: given.ndim - len(self.shape)]
            if array.shape != (*batch, *self.shape) or len(batch) > 1:
                raise ValueError(
                    f"{self.name} has shape {self.shape} in the example, but shape {array.shape} "
                    f"was given: only a batch has one axis more, in front"
                )
            array = array.reshape((*batch, len(self.leaves)))
        else:
            columns = list(self._columns(self.tree, given, self.name))
            _check_batch([column.shape for column in columns if column.ndim], self.name)
            array = np.stack(np.broadcast_arrays(*columns), axis=-1) if columns else np.zeros(0)
        if array.dtype.kind not in "fiub":
            raise TypeError(
                f"{self.name} must hold real numbers, but its dtype is {array.dtype}: make them "
                f"float first"
            )
        return array

    def nested(self, block: Any, given: Tree) -> Tree:
        """A block nested as what was given; the other way round than `block`."""
        if hasattr(given, "ndim") and self.shape is not None:
            return block.reshape((*block.shape[:-1], *self.shape))
        columns = iter(np.moveaxis(block, -1, 0))
        return _map(lambda *_: _plain(next(columns)), self.tree)

    def _columns(self, tree: Tree, given: Tree, place: str) -> Iterator[Any]:
        """An array per number: of no axis, or of one for the batch."""
        if isinstance(tree, Unknown):
            if tree is not self.tree and isinstance(given, list | tuple | dict):
                raise ValueError(
                    f"{place} is one number in the example, but a {type(given).__name__} was "
                    f"given: make a batch of rows an array, numpy.array(rows)"
                )
            array = as_array(given, place)
            if array.ndim > 1:
                raise ValueError(
                    f"{place} is one number, or an array with one for each example, but shape "
                    f"{array.shape} was given"
                )
            yield array
            return
        keys: Any = tree if isinstance(tree, dict) else range(len(tree))
        if not hasattr(given, "__len__") or len(given) != len(tree):
            size = len(given) if hasattr(given, "__len__") else repr(given)
            raise ValueError(f"{place} has length {len(tree)} in the example, but {size} was given")
        for key in keys:
            try:
                part = given[key]
            except (KeyError, IndexError, TypeError):
                raise ValueError(
                    f"{place} has {key!r} in the example, but {given!r} has not"
                ) from None
            yield from self._columns(tree[key], part, f"{place}[{key!r}]")


def as_array(given: Any, name: str) -> Any:
    """An array of what was given. TypeError if numbers are masked, ValueError for ragged lists."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, and every number is needed: fill it first, as in "
            f"{name}.filled(0.0)"
        )
    try:
        return np.asarray(given)
    except ValueError as error:
        raise ValueError(
            f"{name} must be nested lists of one length at each depth, but {error}"
        ) from None


def named_arguments(f: Any, example: tuple[Tree, ...]) -> list[Argument]:
    """The example's arguments under the names that `f` gives them."""
    try:
        parameters = [
            p.name
            for p in signature(f).parameters.values()
            if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # a builtin has no signature
        parameters = []
    names = [*parameters[: len(example)], *[f"x{i}" for i in range(len(parameters), len(example))]]
    return [_argument(name, given) for name, given in zip(names, example, strict=True)]


def _argument(name: str, example: Tree) -> Argument:
    leaves: list[Unknown] = []

    def unknown(place: str, number: Any) -> Unknown:
        to_float(number)  # or an error that says what it is
        leaves.append(Unknown(place))
        return leaves[-1]

    tree = _map(unknown, example, name)
    return Argument(name, tree, leaves, _shape(tree))


def joined(blocks: list[Any]) -> Any:
    """Blocks side by side; one without a batch is the same for every example.

    ValueError if two are batches of different sizes.
    """
    sizes = [block.shape[:1] for block in blocks if block.ndim > 1]
    _check_batch(sizes, "arguments")
    if len(blocks) == 1:
        return blocks[0]
    batch = sizes[0] if sizes else ()
    rows = [np.broadcast_to(block, (*batch, block.shape[-1])) for block in blocks]
    if all(row.shape[-1] == 1 for row in rows):  # a number each: let each be contiguous
        return np.array([row[..., 0] for row in rows]).T
    return np.concatenate(rows, axis=-1)


def _check_batch(sizes: list[tuple[int, ...]], what: str) -> None:
    if len(set(sizes)) > 1:
        raise ValueError(
            f"the leading axes of {what} differ: {sorted(set(sizes))}; give all one length"
        )


def _map(function: Any, tree: Tree, place: str = "") -> Tree:
    """A tree with `function` of its place, such as "p.w.0", and of itself for every number."""
    if isinstance(tree, dict):
        return {key: _map(function, branch, f"{place}.{key}") for key, branch in tree.items()}
    if not isinstance(tree, list | tuple) and not getattr(tree, "ndim", 0):
        return function(place, tree)
    branches = [_map(function, branch, f"{place}.{i}") for i, branch in enumerate(tree)]
    if isinstance(tree, tuple):
        return tree._make(branches) if hasattr(tree, "_make") else tuple(branches)
    return branches if isinstance(tree, list) else np.array(branches)


def _shape(tree: Tree) -> tuple[int, ...] | None:
    if hasattr(tree, "shape"):
        return tuple(tree.shape)
    if not isinstance(tree, list | tuple):
        return () if isinstance(tree, Unknown) else None
    shapes = {_shape(branch) for branch in tree}
    if len(shapes) != 1 or None in shapes:
        return None
    return (len(tree), *shapes.pop())  # type: ignore[misc]


def _plain(x: Any) -> Any:
    return float(x) if x.ndim == 0 else x
