"""A lifted function: a program that is called as the function was."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Literal, get_args

import numpy as np

from autograd_mini.lift.arguments import Tree, joined, named_arguments
from autograd_mini.lift.flatten import flatten
from autograd_mini.lift.program import Program, Reduction, lifted
from autograd_mini.lift.recording import recorded

#: What a program derives in: arguments of which every call has one, or such as are batches too.
Derived = Literal["parameters", "inputs"]


class FunctionProgram:
    """A function of scalars as array code.

    Called with arguments like those of the example: a number where a number was, or an array of
    them, one for each example of a batch; for nested lists of numbers an array of that shape, or
    with an axis in front for a batch. `reduction` says what becomes of the values of a batch. The
    gradient is taken in the arguments `wrt` and nested like them.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        example: tuple[Tree, ...],
        wrt: int | Sequence[int],
        reduction: Reduction,
    ) -> None:
        self._arguments = named_arguments(f, example)
        self._wrt = [wrt] if isinstance(wrt, int) else list(wrt)
        self._is_single = isinstance(wrt, int)
        for position in self._wrt:
            if position not in range(len(example)):
                raise ValueError(f"wrt names argument {position}, but {len(example)} were given")
        root = recorded(f, [argument.tree for argument in self._arguments])
        self._recordings = {
            derived: flatten(root, *map(self._leaves, self._parts(derived)))
            for derived in get_args(Derived)
        }
        self._reduction = reduction
        self._programs: dict[Derived, Program] = {}
        self._last: Derived = "parameters"
        self._program("parameters")  # what cannot be lifted is an error now

    def value(self, *arguments: Tree) -> Any:
        """What the function returns: a float, or with `reduction="none"` one per example."""
        program, parameters, inputs = self._arranged(self._blocks(arguments))
        return program.value(parameters, inputs)

    def value_and_grad(self, *arguments: Tree) -> tuple[Any, Tree]:
        """The value, and its derivative in the arguments `wrt`."""
        blocks = self._blocks(arguments)
        program, parameters, inputs = self._arranged(blocks)
        value, gradient = program.value_and_grad(parameters, inputs)
        order = self._parts(self._last)[self._last == "inputs"]
        stops = accumulate(len(self._arguments[i].leaves) for i in order)
        parts = dict(zip(order, np.split(gradient, list(stops)[:-1], axis=-1), strict=True))
        slopes = []
        for i in self._wrt:
            is_shared = self._last == "inputs" and blocks[i].ndim == 1
            part = parts[i].sum(axis=0) if is_shared and self._reduction != "none" else parts[i]
            slopes.append(self._arguments[i].nested(part, arguments[i]))
        return value, slopes[0] if self._is_single else tuple(slopes)

    def stats(self) -> dict[str, int]:
        """Scalar nodes in, array steps out; their flops and bytes in float64, per example."""
        return self._program(self._last).stats()

    def __str__(self) -> str:
        return str(self._program(self._last))

    def _blocks(self, arguments: tuple[Tree, ...]) -> list[Any]:
        """An array for each argument, with a row per example where it is a batch."""
        if len(arguments) != len(self._arguments):
            raise ValueError(
                f"this program takes {len(self._arguments)} arguments, but {len(arguments)} were "
                f"given"
            )
        return [x.block(given) for x, given in zip(self._arguments, arguments, strict=True)]

    def _arranged(self, blocks: list[Any]) -> tuple[Program, Any, Any]:
        """The program that can derive in these arguments, its parameters and its inputs."""
        self._last = "inputs" if any(blocks[i].ndim > 1 for i in self._wrt) else "parameters"
        parameters, inputs = ([blocks[i] for i in part] for part in self._parts(self._last))
        p, x = joined(parameters), joined(inputs)
        return self._program(self._last), p if p.size else p.astype(x.dtype), x

    def _parts(self, derived: Derived) -> tuple[list[int], list[int]]:
        """Which arguments are the parameters of a program, and which its inputs."""
        everything = list(range(len(self._arguments)))
        if derived == "inputs":
            return [], everything
        return self._wrt, [i for i in everything if i not in self._wrt]

    def _program(self, derived: Derived) -> Program:
        if derived not in self._programs:
            self._programs[derived] = lifted(self._recordings[derived], self._reduction, derived)
        return self._programs[derived]

    def _leaves(self, part: list[int]) -> list[Any]:
        return [leaf for i in part for leaf in self._arguments[i].leaves]
