"""What the tests of the table share: its rows, points of their domains, and how to call them."""

import operator
import random

import pytest

import autograd_mini as am
from autograd_mini import Value
from autograd_mini.primitives import TABLE


def samples(row, count):
    """`count` lists of operands from the row's domain; an n-ary row gets 2, 4 or 6 of them."""
    rng = random.Random(row.name)
    for _ in range(count):
        domain = row.domain if row.arity else row.domain * rng.choice([2, 4, 6])
        yield [rng.uniform(*interval) for interval in domain]


def call(row, operands):
    """Call a row as a user does: `dot` takes two sequences."""
    half = len(operands) // 2
    return row(operands[:half], operands[half:]) if row.name == "dot" else row(*operands)


def slopes_at(row, operands):
    return call(row, [Value(x) for x in operands]).local_derivatives


every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
named_rows = pytest.mark.parametrize(
    "row", [row for name, row in TABLE.items() if hasattr(am, name)], ids=lambda row: row.name
)
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": abs,
}
