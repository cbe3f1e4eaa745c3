"""Which operation is to blame: each node's own derivatives, held against its own differences."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import compress
from typing import Any

from autograd_mini.anomaly import call_text
from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE, Primitive
from autograd_mini.testing.compare import compare_all, named_outputs
from autograd_mini.testing.judge import compare, compare_together
from autograd_mini.testing.report import Row
from autograd_mini.value import Value


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
        where = f" at {self.line}" if self.line else ""
        if self.row.verdict == "kink":
            return (
                f"no operation is wrong by itself, but {self.call}{where} is at a kink, where the "
                f"chain rule need not hold: {self.row.note}, and {self.row.analytic:.10g} is taken"
            )
        operand = f"operand{'' if self.row.input.isdigit() else 's'} {self.row.input}"
        what = f"its derivative in {operand}"
        if self.row.output:
            what = f"the derivative in {operand} of its rule ({self.row.output})"
        truth = self.row.note or (
            f"measured as {self.row.numeric:.10g}, give or take {self.row.bound:.1e}"
        )
        given = f"{what} comes out as {self.row.analytic:.10g}"
        return f"first wrong operation: {self.call}{where}: {given}; {truth}"


def find_culprit(outputs: Collection[Any], inputs: Collection[Value], order: int) -> Culprit | None:
    """The first node, operands before results, whose own derivatives are wrong.

    First the recorded local derivatives; if all are right, those of the rules, up to `order`.
    If all of these are, too, the first operation that is at a kink: a slope that may be claimed of
    each of two kinks need not add up to one of their sum, as in relu(x) - relu(-x). None if there
    is none: then something between inputs and outputs is not recorded.
    """
    roots = [out for out in outputs if isinstance(out, Value)]
    nodes = [
        node
        for node in topological_order(*roots, boundary=inputs)
        if node not in inputs and node.op in TABLE
    ]
    kink = None
    for depth in range(1, order + 1):
        seen = set()
        for node in nodes:
            numbers = tuple(map(float, node.operands))
            if (node.op, numbers) not in seen:
                seen.add((node.op, numbers))
                rows = _recorded(node) if depth == 1 else _derived(TABLE[node.op], numbers, depth)
                for row in rows:
                    if row.verdict == "FAIL" or (row.verdict == "kink" and row.note and not kink):
                        call = call_text(node.op, node.operands)
                        found = Culprit(node.op, int(row.input.split()[0]), call, row, node.line)
                        if row.verdict == "FAIL":
                            return found
                        kink = found
    return kink


def _recorded(node: Value) -> list[Row]:
    """The local derivatives of a node beside differences of its operation."""
    numbers = [float(operand) for operand in node.operands]
    is_value = [isinstance(operand, Value) for operand in node.operands]
    claims = iter(node.local_derivatives)
    rows = []
    for position in compress(range(len(numbers)), is_value):

        def sample(x: float, position: int = position) -> list[float]:
            return [TABLE[node.op].forward(*numbers[:position], x, *numbers[position + 1 :])]

        claim = next(claims), 0.0
        rows += compare(str(position), [""], [claim], sample, numbers[position], [node.data])
    kinks = {int(row.input): row for row in rows if row.verdict == "kink"}
    if len(kinks) > 1:

        def moved(*xs: float) -> list[float]:
            changed = dict(zip(kinks, xs, strict=True))
            return [TABLE[node.op].forward(*[changed.get(i, x) for i, x in enumerate(numbers)])]

        rows += compare_together([*kinks.values()], 0.0, moved)
    return rows


def _derived(row: Primitive, numbers: tuple[float, ...], order: int) -> list[Row]:
    """The derivatives of a primitive and of its rules beside differences of them."""
    operands = {Value(number): str(i) for i, number in enumerate(numbers)}

    def run() -> Any:
        return Value.apply_primitive(row, list(operands))

    return compare_all(run, named_outputs(run()), operands, order)
