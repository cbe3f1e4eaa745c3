"""The command line: `autograd-mini grad "x*y + tanh(x)" x=2 y=-3`."""

import argparse
import re
import sys
import textwrap
from collections.abc import Sequence

from autograd_mini import Value
from autograd_mini.expression import CONSTANTS, FUNCTIONS, ExpressionError, parse

_FUNCTION_LINES = textwrap.fill(" ".join(FUNCTIONS), 64).replace("\n", "\n" + " " * 15)
GUIDE = f"""\
examples:
  autograd-mini grad "x*y + tanh(x)" x=2 y=-3
      the value, and its slope in x and in y, by one backward pass
  autograd-mini grad "-log(sigmoid(w*x + b))" w=0.5 x=2 b=0.1
      the loss of a neuron, and what each of its numbers is to blame for

an expression is made of
  numbers      2  0.5  1e-3  and  {"  ".join(CONSTANTS)}
  operators    + - * / **  and parentheses; ** binds tightest, from the right
  functions    {_FUNCTION_LINES}
  variables    any other name: give each a number, name=number
"""


class UsageError(Exception):
    """What the user wrote cannot be carried out; the message says what to write instead."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 for a mistake in what was written."""
    parser = argparse.ArgumentParser(
        prog="autograd-mini",
        description="Derivatives by the chain rule, one number at a time.",
        epilog=GUIDE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    grad = commands.add_parser(
        "grad",
        help="the value of an expression and its slope in every variable",
        epilog=GUIDE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grad.add_argument("expression", help='for example "x*y + tanh(x)"')
    grad.add_argument("assignments", nargs="*", metavar="name=number", help="a number per variable")
    written = sys.argv[1:] if arguments is None else arguments
    chosen = parser.parse_args([_not_an_option(argument) for argument in written])
    try:
        print(gradient_table(chosen.expression, chosen.assignments))
    except (ExpressionError, UsageError) as error:
        print(f"autograd-mini: {error}", file=sys.stderr)
        return 2
    return 0


def gradient_table(expression: str, assignments: Sequence[str]) -> str:
    """Lines `name = number`: the value, then d value / d variable for each assignment."""
    compute = parse(expression)
    leaves: dict[str, Value] = {}
    for name, number in map(_assignment, assignments):
        if name in leaves:
            raise UsageError(f"{name} has two numbers: give it one")
        leaves[name] = Value(number, name)
    missing = [name for name in compute.variables if name not in leaves]
    if missing:
        raise UsageError(
            f"no number for {', '.join(missing)}: add {' '.join(f'{name}=1.0' for name in missing)}"
        )
    out = compute(**leaves)
    if isinstance(out, Value):
        out.backward()
    rows = [("value", float(out))]
    rows += [(f"d/d{name}", leaf.grad) for name, leaf in leaves.items()]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}} = {number!r}" for name, number in rows)


def _not_an_option(argument: str) -> str:
    """An expression that begins with a minus, with a space before it for argparse's sake."""
    is_option = argument in ("-h", "--help")
    return f" {argument}" if argument.startswith("-") and not is_option else argument


def _assignment(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals or not re.fullmatch(r"[^\W\d]\w*", name):
        raise UsageError(f"{text[:60]!r} assigns nothing: write name=number, as in x=2")
    if name in CONSTANTS or name in FUNCTIONS:
        raise UsageError(f"{name} has a meaning of its own: use another name for your variable")
    try:
        return name, float(number)
    except ValueError:
        raise UsageError(f"{number[:60]!r} is not a number: write {name}=2 for example") from None
