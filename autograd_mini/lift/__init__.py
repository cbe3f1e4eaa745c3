"""Lift: a recorded graph of scalars as the matrix program that it is.

Scalars to write, to teach and to check; matrices to run. The pipeline is a row of small functions
from plain data to plain data: flatten, fuse, group, build, differentiate, emit.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_mini.lift.program import Program

__all__ = ["lift"]


def lift(
    target: Any,
    *example: Any,
    wrt: Sequence[Any] = (),
    inputs: Sequence[Any] = (),
    reduction: str = "mean",
) -> "Program":
    """The array program of a recorded Value, or of a function of scalars.

    `lift(loss, wrt=parameters, inputs=[*x, *y])` takes the graph of `loss`. The program can then
    be run with any numbers for the parameters and the inputs; all else in the graph is constant.

    `lift(f, *example)` records `f` once at the example, nested lists of numbers, and derives in
    all of them.
    """
    try:
        from autograd_mini.lift.program import Program
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ImportError("lift() runs on NumPy, which is not installed: pip install numpy") from None
    from autograd_mini.lift.flatten import flatten
    from autograd_mini.lift.fuse import fuse
    from autograd_mini.lift.group import group
    from autograd_mini.lift.record import recorded
    from autograd_mini.value import Value

    if isinstance(target, Value):
        return Program(group(fuse(flatten(target, wrt, inputs))), reduction, "parameters")
    return recorded(target, example, reduction)
