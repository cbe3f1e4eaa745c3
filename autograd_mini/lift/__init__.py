"""Lift: a recorded graph of scalars as the matrix program that it is.

Scalars to write, to teach and to check; matrices to run. The pipeline is a row of small functions
from plain data to plain data: flatten, fuse, group, build, differentiate, emit.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_mini.lift.function import FunctionProgram
    from autograd_mini.lift.program import Program

__all__ = ["lift"]


def lift(
    target: Any,
    *example: Any,
    wrt: Any = None,
    inputs: Sequence[Any] = (),
    reduction: Any = "mean",
) -> "Program | FunctionProgram":
    """The array program of a recorded Value, or of a function of scalars.

    `lift(loss, wrt=parameters, inputs=[*x, *y])` takes the graph of `loss`. The program can then
    be run with any numbers for the parameters and the inputs; all else in the graph is constant.

    `lift(f, *example)` records `f` once at the example, numbers or nested lists of them; `wrt`
    says in which arguments to derive, in the first if nothing is said. RuntimeError if the path
    of `f` depends on a number, so that one recording would not be enough.

    ImportError with the install line if NumPy is missing.
    """
    try:
        import numpy  # noqa: F401 (only to know that it is there)
    except ModuleNotFoundError:
        raise ImportError(
            "lift() runs on NumPy, which is not installed: pip install numpy"
        ) from None
    from autograd_mini.lift.flatten import flatten
    from autograd_mini.lift.function import FunctionProgram
    from autograd_mini.lift.fuse import fuse
    from autograd_mini.lift.group import group
    from autograd_mini.lift.program import Program
    from autograd_mini.value import Value

    if isinstance(target, Value):
        if example:
            raise TypeError("lift(value) takes no example: name its leaves with wrt= and inputs=")
        flat = flatten(target, list(wrt or ()), list(inputs))
        return Program(group(fuse(flat)), reduction, "parameters")
    if not callable(target):
        raise TypeError(f"lift() takes a Value or a function, not {target!r}")
    return FunctionProgram(target, example, 0 if wrt is None else wrt, reduction)
