"""Which operation is to blame: each node's own derivatives, held against its own differences."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from math import inf, isnan, nan
from typing import Any

from autograd_mini.anomaly import call_text
from autograd_mini.graph import reverse_sweep, topological_order
from autograd_mini.primitives import TABLE
from autograd_mini.testing.compare import OUTSIDE, Named, compare_all, named_outputs, unlisted
from autograd_mini.testing.judge import Claim, compare, compare_together
from autograd_mini.testing.report import Report, Row
from autograd_mini.value import Value

_UNRECORDED = (
    "no recorded operation is found wrong by itself: something between the inputs and the output "
    "was made before f ran, or is not recorded, as after float(x), x.data or a function of math"
)


@dataclass(frozen=True)
class Culprit:
    """The first operation whose own derivative is wrong or, if none is, that is at a kink.

    `call` shows it with its operands, `row` what it gave and what was measured, `line` is where
    your program ran it ("" if that is not known). In `row`, input is the operand's position, that
    of `argument`, or "0 and 1 together" where several operands are at a kink and only the sum of
    their slopes is wrong; output is "" for a recorded local derivative, "d/d0" if the rule for
    operand 0, derived once more, is wrong.
    """

    primitive: str
    argument: int
    call: str
    row: Row
    line: str

    def __str__(self) -> str:
        ran = _with_line(self.call, self.line)
        operand = f"operand{'' if self.row.input.isdigit() else 's'} {self.row.input}"
        if self.row.verdict == "kink":
            rule = f"{self.row.output} of " if self.row.output else ""
            return (
                f"no operation is found wrong by itself, but {rule}{ran} is at a "
                f"kink, where the chain rule need not hold: {self.row.note}, and "
                f"{self.row.analytic:.10g} is taken"
            )
        what = f"its derivative in {operand}"
        if self.row.output:
            what = f"the derivative in {operand} of its rule ({self.row.output})"
        truth = self.row.note or (
            f"measured as {self.row.numeric:.10g}, give or take {self.row.bound:.1e}"
        )
        given = f"{what} comes out as {self.row.analytic:.10g}"
        return f"first wrong operation: {ran}: {given}; {truth}"


@dataclass(frozen=True)
class Changed:
    """An operation whose result is not, or no longer, that of its operands; fields as above."""

    primitive: str
    call: str
    recorded: float
    result: float
    line: str

    def __str__(self) -> str:
        return (
            f"{_with_line(self.call, self.line)} is {self.result:.10g}, but its node holds "
            f"{self.recorded:.10g}: its .data or that of an operand was changed after it ran, "
            f"which no derivative sees"
        )


def _with_line(call: str, line: str) -> str:
    return f"{call} at {line}" if line else call


def blamed(
    rows: Sequence[Row], outputs: Sequence[Any], inputs: Named, order: int, judged: str = "analytic"
) -> Report:
    """The report of a check in which derivatives of this order are wrong, and none of a lower."""
    culprit = _find_culprit(outputs, inputs, order)
    unknown = (
        f"no operation of the table is found wrong by itself, but {node.op!r} is not in it: "
        f"make it with define_primitive, and it is checked too"
        for node in unlisted(outputs, inputs)
    )
    diagnosis = next(chain(unknown, _undefined(outputs, inputs)), _UNRECORDED)
    return Report(rows, culprit, [] if culprit else [diagnosis], judged)


def _undefined(outputs: Iterable[Any], inputs: Named) -> Iterator[str]:
    """Where a gradient of 0 meets an infinite derivative, or the other way round."""
    for out in outputs:
        totals = reverse_sweep(out, 1.0, boundary=inputs) if isinstance(out, Value) else {}
        for node, upstream in totals.items():
            if node in inputs:
                continue
            for local in node.local_derivatives:
                if {abs(upstream), abs(local)} == {0.0, inf}:
                    ran = _with_line(call_text(node.op, node.operands), node.line)
                    yield (
                        f"no operation is found wrong by itself, but in {ran} a gradient of "
                        f"{upstream:g} meets a derivative of {local:g}: their product is taken "
                        f"as 0, and what it tends to may be something else. Move the point a little"
                    )


def _find_culprit(outputs: Iterable[Any], inputs: Named, order: int) -> Culprit | Changed | None:
    """The first node, operands before results, whose own derivatives are wrong.

    First the recorded local derivatives; if all are right, those of the rules, up to `order`.
    If all of these are, too, the first operation whose result was changed, or else that is at a
    kink: a slope that may be claimed of each of two kinks need not add up to one of their sum, as
    in relu(x) - relu(-x). None if there is none.
    """
    roots = [out for out in outputs if isinstance(out, Value)]
    changed = kink = None
    nodes = []
    for node in topological_order(*roots, boundary=inputs):
        if node not in inputs and node.op in TABLE:
            result = _forward(node, [float(operand) for operand in node.operands])
            if result == node.data or isnan(result):
                nodes.append(node)
            elif not changed:
                call = call_text(node.op, node.operands)
                changed = Changed(node.op, call, node.data, result, node.line)
    for depth in range(1, order + 1):
        seen = set()
        for node in nodes:
            key = node.op, node.local_derivatives, *map(_identity, node.operands)
            if key not in seen:
                seen.add(key)
                for row in _recorded(node) if depth == 1 else _derived(node, depth):
                    found = Culprit(
                        node.op,
                        int(row.input.split()[0]),
                        call_text(node.op, node.operands),
                        row,
                        node.line,
                    )
                    if row.verdict == "FAIL":
                        return found
                    if row.corner and not kink:
                        kink = found
    return changed or kink


def _identity(operand: Value | float) -> tuple[str, bool]:
    """What two operands share for which an operation has the same derivatives."""
    return repr(float(operand)), isinstance(operand, Value)


def _forward(node: Value, numbers: Sequence[float]) -> float:
    try:
        return TABLE[node.op].forward(*numbers)
    except OUTSIDE:
        return nan


def _recorded(node: Value) -> list[Row]:
    """The local derivatives of a node beside differences of its operation."""
    numbers = [float(operand) for operand in node.operands]
    is_value = [isinstance(operand, Value) for operand in node.operands]
    claims = iter(node.local_derivatives)
    rows = []
    for position in compress(range(len(numbers)), is_value):

        def sample(x: float, position: int = position) -> list[float]:
            return [_forward(node, [*numbers[:position], x, *numbers[position + 1 :]])]

        claim = Claim(next(claims))
        rows += compare(str(position), [""], [claim], sample, numbers[position], [node.data])
    kinks = {int(row.input): row for row in rows if row.verdict == "kink"}
    if kinks:

        def moved(*xs: float) -> list[float]:
            changed = dict(zip(kinks, xs, strict=True))
            return [_forward(node, [changed.get(i, x) for i, x in enumerate(numbers)])]

        rows += compare_together(
            [*kinks.values()], [Claim(row.analytic) for row in kinks.values()], moved
        )
    return rows


def _derived(node: Value, order: int) -> list[Row]:
    """The derivatives of a node's operation and of its rules beside differences of them."""
    operands = [Value(x.data) if isinstance(x, Value) else x for x in node.operands]
    named = {x: str(i) for i, x in enumerate(operands) if isinstance(x, Value)}

    def run() -> Any:
        return Value.apply_primitive(TABLE[node.op], operands)

    return compare_all(run, named_outputs(run()), named, order)
