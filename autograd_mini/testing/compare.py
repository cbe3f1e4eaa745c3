"""Every derivative of a recorded function beside a measured one: the rows of a report."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from autograd_mini.functional import value_gradients
from autograd_mini.graph import reverse_sweep, topological_order
from autograd_mini.modes import changed_mode
from autograd_mini.primitives import TABLE, to_float
from autograd_mini.testing.inputs import listed, repeated
from autograd_mini.testing.judge import Claim, compare, compare_together
from autograd_mini.testing.report import Row
from autograd_mini.trees import map_leaves, named_leaves
from autograd_mini.value import Value

#: The Values derived in, each with its name.
Named = Mapping[Value, str]

#: Roundings in one contribution to a gradient, generously: those of its factors and of the sum.
_ROUNDINGS = 16

#: What Python's own math raises outside its domain.
OUTSIDE = (ArithmeticError, ValueError)


def compare_all(
    f: Callable[[], Any], outputs: Mapping[str, Any], inputs: Named, order: int
) -> list[Row]:
    """Every derivative up to `order` of the recorded `outputs` of f, beside those of f measured.

    ValueError if `f` gives two results for the same input.
    """
    if order > 1:
        for node in unlisted(outputs.values(), inputs):
            raise ValueError(
                f"{node.op!r} is not in the table of primitives, and only what is can be derived "
                f"twice: make it with define_primitive, or pass order=1"
            )
    with changed_mode(recording=True):
        levels = _levels(outputs, inputs, order)

    def run() -> list[float]:
        """All that is to be derived once: the outputs, and their derivatives below `order`."""
        with changed_mode(recording=order > 1):
            below = _levels(named_outputs(f()), inputs, max(order - 1, 1))
        numbers = [to_float(out) for level in below for out in level.values()]
        if order > 1:
            numbers += chain.from_iterable(_gradient(out, inputs) for out in below[-1].values())
        return numbers

    center = repeated(run)
    names = list(chain.from_iterable(levels))
    claims = [derived(out, inputs) for level in levels for out in level.values()]
    found = []
    for i, (value, name) in enumerate(inputs.items()):
        sample = moving([value], run, len(center))
        found.append(compare(name, names, [each[i] for each in claims], sample, value.data, center))
    rows = [row for rows in found for row in rows]
    for k in range(len(outputs)):
        at_kinks = [
            (value, rows[k], claim)
            for value, rows, claim in zip(inputs, found, claims[k], strict=True)
            if rows[k].verdict == "kink"
        ]
        if len(at_kinks) > 1:
            kinked, kinks, together = zip(*at_kinks, strict=True)
            rows += compare_together(kinks, together, moving(kinked, run, len(center)), k)
    return rows


def recorded(run: Callable[[], Any]) -> Any:
    """What `run` returns, its nodes with the lines that ran them."""
    with changed_mode(recording=True, lines=True):
        return run()


def named_outputs(results: Any) -> dict[str, Any]:
    """What a function returned, by name; a single number has none."""
    outputs = dict(named_leaves(map_leaves(listed, results), "output"))
    return outputs if len(outputs) > 1 else dict.fromkeys([""], *outputs.values())


def _gradient(out: Any, inputs: Named) -> list[float]:
    """d out / d input for every input, as recorded."""
    totals = reverse_sweep(out, 1.0, boundary=inputs) if isinstance(out, Value) else {}
    return [totals.get(value, 0.0) for value in inputs]


def derived(out: Any, inputs: Named) -> list[Claim]:
    """Each derivative, how far rounding may have moved it, and how noisy it makes `out`.

    Each edge adds to the rounding what passes through it, signs kept: of its paths, those that
    cancel before they reach it or after have no part in what is rounded there. A contribution below
    the least normal float loses digits, or all, and what it is still multiplied with carries that
    loss on: so tanh'' is 0 from 250 on, where the derivative of (1 / cosh(x))**2 in cosh(x) is.

    Each node that moves with the input adds to the noise how its own rounding reaches `out`: of
    1 - cos(x) at 1e-6, which is 5e-13, that of cos(x), which is 1.
    """
    if not isinstance(out, Value):
        return [Claim(0.0)] * len(inputs)
    order = topological_order(out, boundary=inputs)
    arriving = reverse_sweep(out, 1.0, boundary=inputs)
    claims = []
    for value in inputs:
        tangents, size, noise = {value: 1.0}, float(out is value), 0.0
        for node in order:
            if node in inputs:
                continue
            parts, upstream = [], arriving[node]
            for parent, local in zip(node.parents, node.local_derivatives, strict=True):
                if local and parent in tangents and math.isfinite(local):
                    carried = tangents[parent]
                    parts.append(part := local * carried)
                    if upstream:
                        size += abs(upstream * part)
                        if abs(upstream * local) < sys.float_info.min:
                            size += abs(carried) * sys.float_info.min
            if parts:  # though they may cancel, as those of x / x
                tangents[node] = sum(parts)
                reaching = abs(upstream) * math.ulp(node.data) / 2
                noise += reaching if math.isfinite(reaching) else 0.0
        rounding = _ROUNDINGS * sys.float_info.epsilon * size
        claims.append(Claim(arriving.get(value, 0.0), rounding, noise))
    return claims


def moving(values: Sequence[Value], run: Callable[[], Any], count: int) -> Callable[..., Any]:
    """What `run` gives as a function of some Values, which are put back whatever happens."""

    def sample(*numbers: float) -> Any:
        kept = [value.data for value in values]
        try:
            for value, x in zip(values, numbers, strict=True):
                value.data = x
            return run()
        except OUTSIDE:
            return [math.nan] * count
        finally:
            for value, x in zip(values, kept, strict=True):
                value.data = x

    return sample


def unlisted(outputs: Iterable[Any], inputs: Named) -> Iterator[Value]:
    """The nodes between inputs and outputs whose operation is not in the table of primitives."""
    roots = [out for out in outputs if isinstance(out, Value)]
    for node in topological_order(*roots, boundary=inputs):
        if node.parents and node not in inputs and node.op not in TABLE:
            yield node


def _levels(outputs: Mapping[str, Any], inputs: Named, count: int) -> list[Mapping[str, Any]]:
    """The outputs, their derivatives in every input, the derivatives of those, and so on."""
    levels = [outputs]
    while len(levels) < count:
        level: dict[str, Any] = {}
        for label, out in levels[-1].items():
            totals = value_gradients(out, inputs) if isinstance(out, Value) else {}
            for value, name in inputs.items():
                level[f"d/d{name} {label}".rstrip()] = totals.get(value, 0.0)
        levels.append(level)
    return levels
