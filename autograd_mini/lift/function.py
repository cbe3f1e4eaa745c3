"""A lifted function: a program that is called as the function was."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.flatten import flatten
from autograd_mini.lift.fuse import fuse
from autograd_mini.lift.group import group
from autograd_mini.lift.program import Program, Reduction
from autograd_mini.lift.record import record_run
from autograd_mini.value import Value

#: Numbers, or lists, tuples and dicts of them, nested.
Tree = Any


class FunctionProgram:
    """A function of scalars as array code.

    Called with arguments like those of the example, and each may have a leading axis: then it
    holds a batch, and `reduction` says what becomes of the values. The gradient is taken in the
    arguments `wrt` and nested like them.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        example: Sequence[Tree],
        wrt: int | Sequence[int],
        reduction: Reduction,
    ) -> None:
        self._shape = [_map(Value, argument) for argument in example]
        self._leaves = [list(_leaves(tree)) for tree in self._shape]
        self._chosen = [wrt] if isinstance(wrt, int) else list(wrt)
        self._single = isinstance(wrt, int)
        for position in self._chosen:
            if not 0 <= position < len(example):
                raise ValueError(f"wrt names argument {position}, but {len(example)} were given")
        self._root = record_run(f, self._shape, [x for leaves in self._leaves for x in leaves])
        self._reduction = reduction
        self._programs: dict[str, Program] = {}
        self._last: Literal["parameters", "inputs"] = "parameters"

    def value(self, *arguments: Tree) -> Any:
        """What the function returns: a float, or with `reduction="none"` one per example."""
        program, parameters, inputs, _ = self._arranged(arguments)
        return program.value(parameters, inputs)

    def value_and_grad(self, *arguments: Tree) -> tuple[Any, Tree]:
        """The value, and its derivative in the arguments `wrt`."""
        program, parameters, inputs, batched = self._arranged(arguments)
        value, gradient = program.value_and_grad(parameters, inputs)
        chosen = self._chosen if self._last == "parameters" else range(len(self._leaves))
        parts: dict[int, Any] = {}
        start = 0
        for position in chosen:
            stop = start + len(self._leaves[position])
            part = gradient[..., start:stop]
            start = stop
            if self._last == "inputs" and not batched[position]:
                part = part if self._reduction == "none" else part.sum(axis=0)
            columns = iter(np.moveaxis(part, -1, 0))
            parts[position] = _filled(self._shape[position], columns)
        picked = tuple(_as_given(parts[p], arguments[p]) for p in self._chosen)
        return value, picked[0] if self._single else picked

    def stats(self) -> dict[str, int]:
        """Scalar nodes in, array steps out; their flops and bytes in float64, per example."""
        return self._program(self._last).stats()

    def __str__(self) -> str:
        return str(self._program(self._last))

    def _program(self, kind: Literal["parameters", "inputs"]) -> Program:
        """Derived in unbatched arguments, as parameters, or in batched ones, as inputs."""
        if kind not in self._programs:
            derived = (
                [x for p in self._chosen for x in self._leaves[p]] if kind == "parameters" else []
            )
            others = [
                x
                for p, leaves in enumerate(self._leaves)
                if kind == "inputs" or p not in self._chosen
                for x in leaves
            ]
            self._programs[kind] = Program(
                group(fuse(flatten(self._root, derived, others))), self._reduction, kind
            )
        return self._programs[kind]

    def _arranged(self, arguments: Sequence[Tree]) -> tuple[Program, Any, Any, list[bool]]:
        if len(arguments) != len(self._shape):
            raise ValueError(
                f"this program takes {len(self._shape)} arguments, but {len(arguments)} were given"
            )
        columns = [list(_columns(s, a)) for s, a in zip(self._shape, arguments, strict=True)]
        batched = [any(c.ndim for c in cs) for cs in columns]
        self._last = "inputs" if any(batched[p] for p in self._chosen) else "parameters"
        derived = [] if self._last == "inputs" else [c for p in self._chosen for c in columns[p]]
        others = [
            c
            for p, cs in enumerate(columns)
            if self._last == "inputs" or p not in self._chosen
            for c in cs
        ]
        sizes = {c.shape for c in others if c.ndim}
        if len(sizes) > 1 or any(len(size) > 1 for size in sizes):
            raise ValueError(
                f"the leading axes of the arguments differ: {sorted(sizes)}; give all one length"
            )
        inputs = np.stack(np.broadcast_arrays(*others)).T if others else np.zeros(0)
        return self._program(self._last), np.array(derived), inputs, batched


def _columns(shape: Tree, given: Tree) -> Iterator[Any]:
    """An array per number of the example: of no axis, or of one for the batch."""
    if isinstance(shape, dict):
        for key, branch in shape.items():
            yield from _columns(branch, given[key])
        return
    if not isinstance(shape, list | tuple):
        array = np.asarray(given, dtype=None if hasattr(given, "dtype") else float)
        if array.ndim > 1:
            raise ValueError(
                f"one number, or an axis of them, belongs here, but shape {array.shape} was given"
            )
        yield array
        return
    if hasattr(given, "ndim"):  # a batch of rows, or one row
        depth = np.ndim(np.empty_like(np.array(_map(lambda _: 0.0, shape))))
        given = np.moveaxis(given, 0, -1) if given.ndim == depth + 1 else given
    if len(given) != len(shape):
        raise ValueError(f"the example has {len(shape)} numbers here, but {len(given)} were given")
    for branch, part in zip(shape, given, strict=True):
        yield from _columns(branch, part)


def _as_given(gradient: Tree, argument: Tree) -> Tree:
    """An array where an array was given, the batch in front."""
    if hasattr(argument, "ndim") and isinstance(gradient, list | tuple):
        array = np.array(gradient)
        return (
            np.moveaxis(array, -1, 0)
            if array.ndim == argument.ndim and argument.ndim > 1
            else array
        )
    return gradient


def _filled(shape: Tree, columns: Iterator[Any]) -> Tree:
    """Arrays in the places of the numbers of an example."""
    return _map(lambda _: _plain(next(columns)), shape)


def _plain(x: Any) -> Any:
    return float(x) if x.ndim == 0 else x


def _map(function: Callable[[Any], Any], tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return {key: _map(function, branch) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)([_map(function, branch) for branch in tree])
    if getattr(tree, "ndim", 0):
        return [_map(function, branch) for branch in tree]
    return function(tree)


def _leaves(tree: Tree) -> Iterator[Any]:
    if isinstance(tree, dict | list | tuple):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(branch)
    else:
        yield tree
