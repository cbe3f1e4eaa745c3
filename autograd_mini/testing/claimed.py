"""check_claimed: a backward written by hand, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograd_mini.modes import changed_mode
from autograd_mini.primitives import to_float
from autograd_mini.testing.blame import blamed
from autograd_mini.testing.blocks import side_by_side
from autograd_mini.testing.compare import derived, moving, recorded
from autograd_mini.testing.diagnosis import diagnosed
from autograd_mini.testing.inputs import Inputs, opened, repeated, takes_arguments
from autograd_mini.testing.judge import compare
from autograd_mini.testing.report import Report, Row
from autograd_mini.testing.roles import Graph
from autograd_mini.value import Value


def check_claimed(f: Callable[..., Any], params: Any, claimed: Any) -> Report:
    """Compare gradients from a backward written by hand with those of `f`, and say what is wrong.

    `f(params)` returns one number; if `f` takes nothing it is called so, and `params` are the
    Values it reads. `params` are numbers, nested in lists, tuples and dicts or in NumPy arrays, or
    a module. `claimed` are the gradients, nested alike; for a module a number for each of its
    parameters, in order or by name. ValueError if they do not fit, or if `f` gives two results for
    the same parameters.

    The report holds a row for each parameter: what is claimed, beside what finite differences
    measure. Its `diagnoses` say of each array of parameters what mistake explains the wrong
    entries, if one does: a sign, a constant factor, a transpose, the gradient of another array, a
    sum left out, a gradient or a derivative that is missing from the chain or is in it twice, the
    formula of another activation, an inverted mask, a weight decay.

    >>> def loss(p):
    ...     return (p["w"][0] * 3.0 + p["w"][1] * 4.0 - 1.0) ** 2
    >>> report = check_claimed(loss, {"w": [0.5, 0.25]}, {"w": [4.5, 6.0]})
    >>> print(*report.diagnoses)
    w: all 2 entries wrong: every entry is 1/2 of the true one: the 2 of the square is missing
    """
    called = takes_arguments(f)
    params = params if called else opened(params)  # an iterator can be read once only
    inputs = Inputs(f, [params]) if called else Inputs(f, [], params)
    tree = opened(*inputs.arguments) if called else params
    blocks = list(side_by_side(tree, claimed, ""))
    out = recorded(inputs.run)
    if not isinstance(out, Value):
        raise TypeError(
            f"check_claimed needs a function that returns one Value, the loss, but this one "
            f"returned a {type(out).__name__}"
        )

    def number() -> list[float]:
        with changed_mode(recording=False):
            return [to_float(inputs.run())]

    def numbers() -> list[float]:
        return 2 * number()  # for the claim, and for the engine that is to explain it

    center = 2 * repeated(number)
    engine = dict(zip(inputs, derived(out, inputs), strict=True))
    judged: dict[Value, tuple[Row, Row]] = {}
    for block in blocks:
        for value, claim in zip(block.values, block.in_place(), strict=True):
            claims = [engine[value]._replace(slope=claim), engine[value]]
            sample = moving([value], numbers, len(claims))
            theirs, ours = compare(inputs[value], ["", ""], claims, sample, value.data, center)
            if block.shape != block.claimed_shape and theirs.verdict == "pass":
                theirs = replace(theirs, verdict="shape")
            judged[value] = theirs, ours
    rows = sorted((theirs for theirs, _ in judged.values()), key=Row.badness)
    if "FAIL" in {ours.verdict for _, ours in judged.values()}:
        return blamed(rows, [out], inputs, 1, judged="claimed")
    wrong = [
        [
            i
            for i, value in enumerate(block.values)
            if block.shape != block.claimed_shape or judged[value][0].verdict == "FAIL"
        ]
        for block in blocks
    ]
    diagnoses = diagnosed(blocks, wrong, Graph(out, [*inputs]))
    return Report(rows, diagnoses=diagnoses, judged="claimed")
