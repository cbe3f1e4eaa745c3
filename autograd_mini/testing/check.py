"""check_gradients: what the package derives, beside what finite differences measure."""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from math import inf, nan
from typing import Any

from autograd_mini.graph import reverse_sweep
from autograd_mini.modes import changed_mode
from autograd_mini.primitives import to_float
from autograd_mini.testing.differences import Slope, best_slopes
from autograd_mini.testing.report import Report, Row
from autograd_mini.value import Value


def check_gradients(f: Callable[..., Any], *args: Any, parameters: Any = None) -> Report:
    """Compare the derivatives of `f` at `args` with central differences.

    Every number in `args`, also inside lists, tuples and dicts, is an input; so is every parameter
    of a module among them, and of `parameters`: a module, or Values that `f` reads from around it.
    `f` may return one number or many, nested. How large an error is allowed follows, slope by
    slope, from how well it can be measured. Values are moved while `f` runs and put back.

    The report is true if all slopes pass; a kink or the edge of a domain does not.
    ValueError if there is no input, or if `f` gives two results for the same input.

    >>> check_gradients(lambda x, y: x * y + x**2, 2.0, -3.0)
    input  at  analytic  numeric  error    bound    verdict
    x      2   1         1        0.0e+00  2.5e-12  pass
    y      -3  2         2        0.0e+00  2.7e-12  pass
    2 slopes: 2 pass; largest relative error 0.0e+00
    """
    inputs: dict[Value, str] = {}
    names = _argument_names(f, args)
    fresh = [_as_input(arg, name, inputs) for arg, name in zip(args, names, strict=True)]
    if parameters is not None:
        _add_parameters(parameters, "parameters", inputs)
    if not inputs:
        raise ValueError(
            "nothing to check: pass the numbers to derive in, check_gradients(f, 2.0), or the "
            "Values that f reads, check_gradients(f, parameters=model.parameters())"
        )
    with changed_mode(recording=True):
        outputs = dict(_leaves(f(*fresh), "output"))
    center = [to_float(out) for out in outputs.values()]

    def run() -> list[float]:
        with changed_mode(recording=False):
            return [to_float(out) for _, out in _leaves(f(*fresh), "output")]

    if (again := run()) != center and not any(map(math.isnan, center)):
        raise ValueError(
            f"f returned {center}, then {again} for the same input: finite differences need a "
            f"function that repeats itself. Seed its randomness, or call model.eval()"
        )
    gradients = [_gradient(out, inputs) for out in outputs.values()]
    labels = list(outputs) if len(outputs) > 1 else [""]
    rows = []
    for value, name in inputs.items():
        claims = [gradient.get(value, 0.0) for gradient in gradients]
        sample = _moved(value, run, len(center))
        slopes = best_slopes(sample, value.data, center)
        verdicts = list(map(_verdict, claims, slopes))
        if any(verdict != "pass" for verdict in verdicts):  # noise can deceive, but hardly twice
            others = best_slopes(sample, value.data, center, stretch=0.4)
            for i, (claim, other) in enumerate(zip(claims, others, strict=True)):
                if _verdict(claim, other) == "pass":
                    slopes[i], verdicts[i] = other, "pass"
        for label, claim, slope, verdict in zip(labels, claims, slopes, verdicts, strict=True):
            measured = (slope.slope, slope.bound) if slope else (nan, inf)
            rows.append(Row(name, label, value.data, claim, *measured, verdict))
    return Report(sorted(rows, key=Row.badness))


def assert_gradients(f: Callable[..., Any], *args: Any, parameters: Any = None) -> Report:
    """`check_gradients`, but AssertionError with the table unless every slope passes."""
    report = check_gradients(f, *args, parameters=parameters)
    if not report:
        raise AssertionError(f"the gradients could not all be confirmed\n{report}")
    return report


def _verdict(claim: float, slope: Slope | None) -> str:
    if slope is None:
        return "edge"
    drowned = slope.slope == 0 != claim and slope.admits(claim)  # f looks constant, and need not be
    if slope.is_rough or drowned:
        return "kink"
    return "pass" if slope.admits(claim) else "FAIL"


def _gradient(out: Any, inputs: dict[Value, str]) -> dict[Value, float]:
    return reverse_sweep(out, 1.0, boundary=inputs) if isinstance(out, Value) else {}


def _moved(
    value: Value, run: Callable[[], list[float]], count: int
) -> Callable[[float], list[float]]:
    """All outputs as a function of one input, which is put back whatever happens."""

    def sample(x: float) -> list[float]:
        kept = value.data
        value.data = x
        try:
            return run()
        except (ArithmeticError, ValueError):  # as Python's own math does outside its domain
            return [nan] * count
        finally:
            value.data = kept

    return sample


def _argument_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    numbered = [f"args[{i}]" for i in range(len(args))]
    try:
        names = [
            parameter.name
            for parameter in inspect.signature(f).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # a function written in C may not tell
        return numbered
    return [*names[: len(args)], *numbered[len(names) :]]


def _as_input(tree: Any, name: str, inputs: dict[Value, str]) -> Any:
    """The argument to pass to `f`: its numbers become Values, listed in `inputs`."""
    if isinstance(tree, dict):
        return {key: _as_input(x, f"{name}[{key!r}]", inputs) for key, x in tree.items()}
    if isinstance(tree, list | tuple):
        items = [_as_input(x, f"{name}[{i}]", inputs) for i, x in enumerate(tree)]
        if isinstance(tree, list):
            return items
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if hasattr(tree, "parameters"):
        _add_parameters(tree, name, inputs)
        return tree
    value = tree if isinstance(tree, Value) else Value(tree)
    inputs.setdefault(value, value.label or name)
    return value


def _add_parameters(owner: Any, name: str, inputs: dict[Value, str]) -> None:
    if hasattr(owner, "named_parameters"):
        named = owner.named_parameters()
    else:
        values = owner.parameters() if hasattr(owner, "parameters") else owner
        named = ((value.label or f"{name}[{i}]", value) for i, value in enumerate(values))
    for label, value in named:
        inputs.setdefault(value, label)


def _leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from _leaves(branch, f"{name}[{key!r}]")
    elif isinstance(tree, list | tuple):
        for i, branch in enumerate(tree):
            yield from _leaves(branch, f"{name}[{i}]")
    else:
        yield name, tree
