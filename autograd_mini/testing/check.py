"""check_gradients: what the package derives, beside what finite differences measure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograd_mini.testing.blame import blamed
from autograd_mini.testing.compare import compare_all, moving, named_outputs, recorded
from autograd_mini.testing.inputs import Inputs, listed, whole
from autograd_mini.testing.report import Report, Row
from autograd_mini.trees import map_leaves, named_leaves

_BESIDE = "close by: at the given point this slope may be right, by coincidence"


def check_gradients(
    f: Callable[..., Any], *args: Any, order: int = 2, parameters: Any = None
) -> Report:
    """Compare the derivatives of `f` at `args` with central differences.

    Every number in `args`, also inside lists, tuples, dicts and NumPy arrays, is an input; so is
    every parameter of a module among them, and of `parameters`: a module, or Values that `f` reads
    from around it. `f` may return one number or many, nested. With n inputs, order 1 compares the n
    derivatives of each output, order 2 also the n derivatives of each of those, and so on; from 2
    on, the first ones are compared at a point close by, too. How large an error is allowed follows,
    slope by slope, from how well it can be measured. Values are moved while `f` runs and put back.

    The report is true if all slopes pass; a kink or the edge of a domain does not. At a kink any
    slope between those of its two sides may be claimed, and no other. If a slope is wrong, the
    report names the first operation whose own derivative is, and your line that ran it.
    Where `f` is a module, or a method of one, its parameters are inputs unless others are given.
    ValueError if there is no input or no output, or if `f` gives two results for the same input.

    >>> check_gradients(lambda x, y: x * y + x**2, 2.0, -3.0, order=1)
    input  at  analytic  numeric  error    bound    verdict
    x      2   1         1        0.0e+00  9.0e-13  pass
    y      -3  2         2        0.0e+00  5.3e-13  pass
    2 slopes: 2 pass; largest relative error 0.0e+00
    """
    order = whole("order", order, "1 for first derivatives, 2 for second ones too")
    inputs = Inputs(f, args, parameters)
    report = _compared(inputs, order)
    if order == 1 or report[0].verdict == "FAIL":
        return report
    # The rules of x * y may be swapped, and are right at (2, 2). Second derivatives do not show it:
    # what is derived from wrong rules is held against differences of wrong rules.
    from random import Random  # not needed before anything is checked

    random = Random(0)
    near = [x.data + random.uniform(0.005, 0.01) * (abs(x.data) or 1.0) for x in inputs]
    beside = moving([*inputs], lambda: _compared(inputs, 1), 0)(*near)
    wrong = [replace(row, note=_BESIDE) for row in beside if row.verdict == "FAIL"]
    return Report([*wrong, *report], beside.culprit, beside.diagnoses) if wrong else report


def _compared(inputs: Inputs, order: int) -> Report:
    """The report on one point."""
    results = recorded(inputs.run)
    if not [*named_leaves(map_leaves(listed, results))]:
        raise ValueError(
            f"f returned {results!r}, which holds no number: return the one to derive, or several"
        )
    outputs = named_outputs(results)
    rows = sorted(compare_all(inputs.run, outputs, inputs, order), key=Row.badness)
    if rows[0].verdict != "FAIL":
        return Report(rows)
    lowest = min(row.order for row in rows if row.verdict == "FAIL")
    return blamed(rows, list(outputs.values()), inputs, lowest)


def assert_gradients(
    f: Callable[..., Any], *args: Any, order: int = 2, parameters: Any = None
) -> Report:
    """`check_gradients`, but AssertionError with the table unless every slope passes."""
    report = check_gradients(f, *args, order=order, parameters=parameters)
    if not report:
        raise AssertionError(f"the gradients could not all be confirmed\n{report}")
    return report
