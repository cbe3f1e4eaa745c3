"""A lifted function: a program that is called as the function was."""

from collections.abc import Callable, Iterable
from itertools import accumulate
from numbers import Integral
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.arguments import Tree, joined, named_arguments
from autograd_mini.lift.flatten import Flat, check_repeated, flatten
from autograd_mini.lift.program import Program, Reduction, lifted
from autograd_mini.lift.recording import recorded

#: A program derives in its parameters, of which a batch shares one set, or in its inputs.
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
        wrt: int | Iterable[int],
        reduction: Reduction,
    ) -> None:
        self._arguments = named_arguments(f, example)
        self._is_single = not isinstance(wrt, Iterable)
        self._wrt = _positions([wrt] if self._is_single else wrt, len(example))
        everything = list(range(len(example)))
        #: which arguments are the parameters of a program, and which its inputs
        self._roles: dict[Derived, tuple[list[int], list[int]]] = {
            "parameters": (self._wrt, [i for i in everything if i not in self._wrt]),
            "inputs": ([], everything),
        }
        self._recordings, again = self._recorded(f), self._recorded(f)
        check_repeated(self._recordings["inputs"], again["inputs"])
        self._reduction = reduction
        self._programs: dict[Derived, Program] = {}
        self._last: Derived = "parameters"  # the program to print: that of the last call
        self._program("parameters")  # what cannot be lifted is an error now

    def value(self, *arguments: Tree) -> Any:
        """What the function returns: a float, or with `reduction="none"` one per example.

        Of a list an array, or with `reduction="none"` a row per example.
        """
        derived, parameters, inputs = self._arranged(self._blocks(arguments))
        return self._program(derived).value(parameters, inputs)

    def value_and_grad(self, *arguments: Tree) -> tuple[Any, Tree]:
        """The value, and its derivative in the arguments `wrt`."""
        blocks = self._blocks(arguments)
        derived, parameters, inputs = self._arranged(blocks)
        value, gradient = self._program(derived).value_and_grad(parameters, inputs)
        parts = self._split(derived, gradient)
        for i, part in parts.items():
            if part.ndim > blocks[i].ndim and self._reduction != "none":
                parts[i] = part.sum(axis=0)  # one for the whole batch
        slopes = [self._arguments[i].nested(parts[i], arguments[i]) for i in self._wrt]
        return value, slopes[0] if self._is_single else tuple(slopes)

    def to_jax(self) -> Callable[..., Any]:
        """The same function for JAX: a pure `(parameters, inputs) -> (value, gradient)`.

        `parameters` are the numbers of the arguments `wrt`, end to end in one array, and `inputs`
        those of the others; with a leading axis `inputs` are a batch. `jax.vmap` makes a batch of
        both. For the rest see `Program.to_jax`.
        """
        return self._program("parameters").to_jax()

    def to_torch(self) -> Callable[..., Any]:
        """The same function for PyTorch, of tensors: see `to_jax`."""
        return self._program("parameters").to_torch()

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

    def _arranged(self, blocks: list[Any]) -> tuple[Derived, Any, Any]:
        """Which program can derive in these arguments, and its parameters and inputs."""
        derived: Derived = "inputs" if any(blocks[i].ndim > 1 for i in self._wrt) else "parameters"
        self._last = derived
        p, x = (joined([blocks[i] for i in part]) for part in self._roles[derived])
        return derived, p if p.size else p.astype(x.dtype), x

    def _split(self, derived: Derived, gradient: Any) -> dict[int, Any]:
        """The part of a gradient that belongs to each argument."""
        parameters, inputs = self._roles[derived]
        part = inputs if derived == "inputs" else parameters
        stops = list(accumulate(len(self._arguments[i].leaves) for i in part))
        return dict(zip(part, np.split(gradient, stops[:-1], axis=-1), strict=False))

    def _program(self, derived: Derived) -> Program:
        if derived not in self._programs:
            flat = self._recordings[derived]
            self._programs[derived] = lifted(flat, self._reduction, derived)
        return self._programs[derived]

    def _recorded(self, f: Callable[..., Any]) -> dict[Derived, Flat]:
        """What one run of the function computes, for each way to derive it."""
        root = recorded(f, [argument.fresh() for argument in self._arguments])
        return {
            derived: flatten(root, self._leaves(parameters), self._leaves(inputs))
            for derived, (parameters, inputs) in self._roles.items()
        }

    def _leaves(self, part: list[int]) -> list[Any]:
        return [leaf for i in part for leaf in self._arguments[i].leaves]


def _positions(wrt: Any, count: int) -> list[int]:
    """The arguments to derive in. TypeError and ValueError for what names none, or one twice."""
    found = list(wrt)
    for i, position in enumerate(found):
        if not isinstance(position, Integral):
            raise TypeError(
                f"wrt names arguments by their places, as in wrt=0 or wrt=(0, 1), but got a "
                f"{type(position).__name__}"
            )
        if position not in range(count):
            raise ValueError(f"wrt names argument {position}, but {count} were given")
        if position in found[:i]:
            raise ValueError(f"wrt names argument {position} twice: name each once")
    return found
