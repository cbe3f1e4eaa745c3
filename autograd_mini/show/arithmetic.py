"""The arithmetic of a page: the table's own partials as JavaScript.

Each rule is called on symbols and its expression written down, so that a page computes with the
rows of the table and not with a second set of rules. Only the operations on floats themselves are
the page's own, since JavaScript's `Math` takes the place of Python's `math`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from math import inf, isnan
from pathlib import Path
from typing import Any

from autograd_mini import primitives
from autograd_mini.primitives import TABLE, Primitive

#: Operations on floats, by the names of their rows, in the page's language.
FORWARD = Path(__file__).parent / "page" / "forward.js"

_INFIX = {"+": "+", "-": "-", "*": "*", "/": "/"}


class Expression:
    """JavaScript that computes a number: what a rule makes of its operands, written down."""

    def __init__(self, text: str) -> None:
        self.text = text

    @staticmethod
    def apply_primitive(row: Primitive, operands: Sequence[Any]) -> "Expression":
        """The expression that applies a row, in parentheses."""
        texts = [text(operand) for operand in operands]
        if row.name in _INFIX:
            return Expression(f"({texts[0]} {_INFIX[row.name]} {texts[1]})")
        if row.name == "neg":
            return Expression(f"(-{texts[0]})")
        if row.name == "where":  # lazily: the other branch may not even be a number
            return Expression(f"({texts[0]} > 0 ? {texts[1]} : {texts[2]})")
        return Expression(f"f[{json.dumps(row.name)}]({', '.join(texts)})")

    def __add__(self, other: Any) -> Any:
        return primitives.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return primitives.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return primitives.sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return primitives.sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return primitives.mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return primitives.mul(other, self)

    def __truediv__(self, other: Any) -> Any:
        return primitives.div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return primitives.div(other, self)

    def __pow__(self, other: Any) -> Any:
        return primitives.pow(self, other)

    def __rpow__(self, other: Any) -> Any:
        return primitives.pow(other, self)

    def __neg__(self) -> Any:
        return primitives.neg(self)

    def __abs__(self) -> Any:
        return primitives.abs(self)


def text(operand: Any) -> str:
    """An operand as JavaScript."""
    if isinstance(operand, Expression):
        return operand.text
    number = float(operand)
    if isnan(number):
        return "NaN"
    if abs(number) == inf:
        return "Infinity" if number > 0 else "(-Infinity)"
    return repr(number) if str(number)[0] != "-" else f"({number!r})"


def derivatives(op: str, count: int) -> str:
    """`(out, x0, x1, ...) => [...]`: the partials of a row for so many operands.

    ValueError for an operation that is not in the table, or whose rule can only be run on floats.
    """
    row = TABLE.get(op)
    if row is None:
        raise ValueError(f"{op} is no row of the table")
    operands = [Expression(f"x{i}") for i in range(count)]
    try:
        slopes = row.derivatives(Expression("out"), operands, [True] * count)
    except Exception as error:  # whatever a rule of the user's own does with a symbol
        raise ValueError(f"a rule of {op} cannot be written as JavaScript: {error}") from error
    names = ", ".join(["out", *(f"x{i}" for i in range(count))])
    return f"({names}) => [{', '.join(map(text, slopes))}]"


def local_derivatives(operations: Iterable[tuple[str, int]]) -> str:
    """An object of JavaScript: for each operation and count of operands, under "op/count"."""
    lines = [
        f"  {json.dumps(f'{op}/{count}')}: {derivatives(op, count)},"
        for op, count in dict.fromkeys(operations)
    ]
    return "\n".join(["{", *lines, "}"])


def can_compute(op: str) -> bool:
    """Whether a page can run this operation; it cannot run a user's own."""
    return op in _INFIX or op in _known()


def _known() -> set[str]:
    return set(re.findall(r'^  "?([^\s":]+)"?:', FORWARD.read_text(encoding="utf-8"), re.MULTILINE))
