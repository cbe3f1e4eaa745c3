"""Lift: a recorded graph of scalars as the matrix program that it is.

Scalars to write, to teach and to check; matrices to run. The pipeline is a row of small functions
from plain data to plain data: flatten, fuse, group, build, differentiate, emit.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_mini.lift.flatten import Flat
    from autograd_mini.lift.function import FunctionProgram
    from autograd_mini.lift.program import Program, Reduction

__all__ = ["lift", "record"]


def lift(
    target: Any,
    *example: Any,
    wrt: Any = None,
    inputs: Iterable[Any] = (),
    reduction: "Reduction" = "mean",
) -> "Program | FunctionProgram":
    """The array program of a function of scalars, or of a recorded Value.

    `lift(f, *example)` records `f`; the example, numbers nested as `f` takes them, says how
    many there are. `wrt` says in which arguments to derive, in the first if nothing is said.

    `lift(f, wrt=parameters, inputs=[*x, *y])` records what `f()` computes from Values that it
    knows, as in `lift(lambda: loss(model(x), y), wrt=model.parameters(), inputs=[*x, y])`.

    `lift(loss, wrt=parameters, inputs=[*x, *y])` takes the graph of `loss`, recorded before.

    A list of scalars, as in `lift(model(x), inputs=x)`, gives a program whose value is an array.

    The program runs with any numbers for the arguments, or for the parameters and inputs; all else
    is constant. RuntimeError where `f` looks at a number on its way: one recording is then not
    enough. `f` is run twice, and it is an error if two runs differ, as where random numbers are
    drawn inside. Not everything can be noticed: a graph recorded before does not tell whether
    anybody looked, nor does a condition on `repr(x)`, or on a leaf's number in another thread.

    A sum may be added up in another order than it was written in, and zeros are left out of it: a
    program agrees with the graph to rounding, but for the sign of a zero.

    ImportError with the install line if NumPy is missing.
    """
    try:
        import numpy  # noqa: F401 (only to know that it is there)
    except ModuleNotFoundError:
        raise ImportError(
            "lift() runs on NumPy, which is not installed: pip install numpy"
        ) from None
    from autograd_mini.lift.flatten import Flat, check_repeated, listed
    from autograd_mini.lift.function import FunctionProgram
    from autograd_mini.lift.program import lifted
    from autograd_mini.value import Value

    if not callable(target) and not isinstance(target, Value | Flat | list | tuple):
        raise TypeError(f"lift() takes a Value or a function, not {target!r}")
    leaves = listed(inputs, "inputs")
    if example and (leaves or not callable(target)):
        raise TypeError(
            "lift() takes an example of the arguments of a function, or else the Values that may "
            "change: wrt= and inputs="
        )
    if callable(target) and not example and wrt is None and not leaves:
        raise TypeError(
            "lift(f) needs an example of the arguments of f, as in lift(f, 1.0, [2.0, 3.0]), or, "
            "if f takes none, the Values that may change: wrt= and inputs="
        )
    if example:
        return FunctionProgram(target, example, 0 if wrt is None else wrt, reduction)
    parameters = [] if wrt is None else listed(wrt, "wrt")
    flat = target if isinstance(target, Flat) else record(target, parameters, leaves)
    if callable(target):
        check_repeated(flat, record(target, parameters, leaves))
    return lifted(flat, reduction)


def record(target: Any, wrt: Iterable[Any], inputs: Iterable[Any] = ()) -> "Flat":
    """What `lift(target, wrt=wrt, inputs=inputs)` lifts: a list of operations on scalars.

    Two recordings are equal if they are the same operations on the same leaves. `lift(recording)`
    is its program.
    """
    from autograd_mini.lift.flatten import check_leaves, flatten, listed
    from autograd_mini.lift.recording import as_root, recorded

    parameters, leaves = listed(wrt, "wrt"), listed(inputs, "inputs")
    check_leaves(parameters, leaves)
    everything = [*parameters, *leaves]
    root = recorded(target, (), everything) if callable(target) else as_root(target)
    return flatten(root, parameters, leaves)
