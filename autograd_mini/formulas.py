"""Operations and their partial derivatives as formulas, read from the rows that compute them.

A partial is written by calling its rule on Values that stand for the operands, and printing the
graph it records. Where a rule chooses by a number, the formula is the branch that was chosen: it
says how the slope at this point came about.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from autograd_mini import primitives
from autograd_mini.graph import topological_order
from autograd_mini.modes import changed_mode
from autograd_mini.primitives import ATOM, POWER, PRODUCT, SIGN, SUM, TABLE, Primitive
from autograd_mini.value import Value

#: "text" as one types it, "latex" for mathematics' own letters.
Style = Literal["text", "latex"]

#: An operation of more operands shows the first and the last.
SHOWN = 6
#: With more operands than this a partial, which may name them all, is not written out.
WIDE = 64

#: Functions for which LaTeX has a command of the same name.
_COMMANDS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp"}
#: What LaTeX reads as a command, as a symbol of mathematics that every renderer knows.
_IN_MATHEMATICS = {
    **{each: "\\" + each for each in "#$%&_{}"},
    "\\": r"\backslash",
    "^": r"{}^{\wedge}",
    "~": r"{\sim}",
    "\n": r"\;",
    "\t": r"\quad",
}


class Operand(NamedTuple):
    """What an operation read: its number and, unless it was a constant, how it is called."""

    number: float
    name: str | None


class _Text(NamedTuple):
    text: str
    binds: int
    number: float | None = None


_ONE, _TWO = _Text("1", ATOM, 1.0), _Text("2", ATOM, 2.0)

#: Rows that only keep the digits of other rows' rules, as a textbook writes them.
_TEXTBOOK: dict[str, Callable[..., _Text]] = {
    "exp_product": lambda write, x, y: write("exp", write("*", x, y)),
    "one_minus_square": lambda write, x: write("-", _ONE, write("**", x, _TWO)),
    "direction": lambda write, x, y: write("/", x, write("hypot", x, y)),
}


def number_text(number: float, style: Style = "text", precision: int = 6) -> str:
    """A number with up to `precision` significant digits."""
    plain = f"{number:.{precision}g}"
    if style == "text":
        return plain
    mantissa, _, exponent = plain.partition("e")
    special = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(plain, mantissa)
    return rf"{special} \times 10^{{{int(exponent)}}}" if exponent else special


def latex_name(name: str) -> str:
    r"""A name as LaTeX that shows it as typed: x, v_{12}, \text{layers.0}."""
    if re.fullmatch("[A-Za-z]", name):
        return name
    if found := re.fullmatch(r"([A-Za-z])(\d+)", name):
        return f"{found[1]}_{{{found[2]}}}"
    shown = "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in name)
    pieces = re.split(r"([#$%&_{}\\^~\n\t])", shown)
    written = [_IN_MATHEMATICS.get(each, rf"\text{{{each}}}") for each in pieces if each]
    return "".join(f"{piece} " if piece[-1].isalpha() else piece for piece in written).strip()


def operation(op: str, operands: Sequence[Operand], style: Style = "text") -> str:
    """The formula of one operation: "w * x", "tanh(v2)"."""
    return _applied(op, [_operand(each, style) for each in operands], style).text


def nested(op: str, parts: Sequence[_Text | Operand]) -> _Text:
    """One operation of operands that are formulas themselves; `.text` is what it says."""
    texts = [each if isinstance(each, _Text) else _operand(each, "text") for each in parts]
    return _applied(op, texts, "text")


def operand_text(operand: Operand, style: Style = "text") -> str:
    """The name of an operand, or the number of a constant."""
    return _operand(operand, style).text


def partials(
    op: str, out: Operand, operands: Sequence[Operand], style: Style = "text"
) -> list[str | None]:
    """For each operand the formula of d out / d operand.

    None for a constant, for more than 64 operands, and for a rule that cannot be read: that of a
    row which is not in the table, or which fails on Values.
    """
    row = TABLE.get(op)
    if row is None or len(operands) > WIDE:
        return [None] * len(operands)
    symbols: dict[Any, _Text] = {}

    def symbol(each: Operand) -> Value:
        value = Value(each.number)
        symbols[value] = _operand(each, style)
        return value

    wanted = [each.name is not None for each in operands]
    with changed_mode(recording=True, anomaly=False):
        try:
            slopes = _derivatives(row, symbol(out), operands, wanted, symbol)
        except Exception:  # a rule of the user's own, written for floats alone
            return [None] * len(operands)
    written = iter([_written(slope, symbols, style) for slope in slopes])
    return [next(written) if yes else None for yes in wanted]


def _derivatives(
    row: Primitive, out: Value, operands: Sequence[Operand], wanted: list[bool], symbol: Any
) -> list[Any]:
    given = [symbol(each) if each.name is not None else each.number for each in operands]
    try:
        return row.derivatives(out, given, wanted)
    except ArithmeticError:  # of a constant's / or **: a Value's have an answer
        return row.derivatives(out, [*map(symbol, operands)], wanted)


def _written(slope: Any, symbols: dict[Any, _Text], style: Style) -> str:
    if not isinstance(slope, Value):
        return number_text(float(slope), style)
    texts = dict(symbols)

    def parts(operands: Sequence[Any]) -> list[_Text]:
        return [texts[x] if isinstance(x, Value) else _number(x, style) for x in operands]

    for node in topological_order(slope):
        if node in texts:
            continue
        if left_out := _left_out(node):
            share = _applied("softmax", parts(left_out), style)
            texts[node] = _applied("-", [_ONE, share], style)
        else:
            texts[node] = _combined(node, parts(node.operands), style)
    return str(texts[slope].text)


def _left_out(total: Value) -> Sequence[Any]:
    """The operands of the first share, where all others of a softmax are added up.

    Adding them keeps the digits; a textbook subtracts that share from 1.
    """
    shares = [x.operands for x in total.parents if x.op == "softmax"]
    count = len(total.operands)
    if total.op != "sum" or not shares or not count == len(shares) == len(shares[0]) - 1:
        return ()
    second, first, *rest = shares[0]
    others = [second, *rest]
    pairs = zip(shares, others, strict=True)
    is_rest = all(share[0] is x and share[1] is first for share, x in pairs)
    return (first, *others) if is_rest else ()


def _combined(node: Value, parts: list[_Text], style: Style) -> _Text:
    """The text of an operation, without what does not change it: factors and exponents of 1."""
    if node.op == "where":
        return parts[1] if node.operands[0] > 0 else parts[2]
    if all(part.number is not None for part in parts):
        return _number(node.data, style)
    if node.op == "*" and parts[0].number == 1:
        return parts[1]
    if node.op in ("*", "/", "**") and parts[1].number == 1:
        return parts[0]
    if node.op == "**" and parts[1].number == 0:
        return _number(1.0, style)
    return _applied(node.op, parts, style)


def _operand(operand: Operand, style: Style) -> _Text:
    if operand.name is None:
        return _number(operand.number, style)
    name = latex_name(operand.name) if style == "latex" else operand.name
    return _Text(name, ATOM)


def _number(number: float, style: Style) -> _Text:
    text = number_text(number, style)
    return _Text(text, SIGN if text.startswith("-") else ATOM, float(number))


def _applied(op: str, parts: Sequence[_Text], style: Style) -> _Text:
    if op in _TEXTBOOK:
        return _TEXTBOOK[op](lambda op, *parts: _applied(op, parts, style), *parts)
    row = TABLE.get(op)
    if row is not None and row.pack is primitives.pairs:
        return _sum_of_products(parts, style)
    template = "" if row is None else row.latex if style == "latex" and row.latex else row.python
    if row is not None and template.count("%s") == len(parts) and row.arity is not None:
        return _filled(row, template, parts, style)
    inner = ", ".join(_elided([part.text for part in parts], style))
    if row is not None and template.count("%s") == 1:
        return _Text(template % inner, ATOM)
    return _Text(f"{_function(op, style)}({inner})", ATOM)


def _filled(row: Primitive, template: str, parts: Sequence[_Text], style: Style) -> _Text:
    """A template with its operands, in parentheses where they bind more loosely than they must."""
    pieces = template.split("%s")
    loosest = [row.precedence + (row.name == "**"), row.precedence + (row.name not in ("+", "neg"))]
    texts, bare = [], False
    for part, (before, after), bound in zip(parts, pairwise(pieces), loosest, strict=False):
        enclosed = before.endswith(("{", "(", "|")) and after.startswith(("}", ")", "|"))
        bare |= not enclosed
        around = not enclosed and (row.precedence == ATOM or part.binds < min(bound, ATOM))
        texts.append(_parenthesised(part.text, style) if around else part.text)
    binds = row.precedence if bare else max(row.precedence, POWER if "^" in template else SIGN)
    return _Text(template % tuple(texts), POWER if "^" in template else binds)


def _sum_of_products(parts: Sequence[_Text], style: Style) -> _Text:
    half = len(parts) // 2
    times = r" \cdot " if style == "latex" else " * "
    factors = [[_tight(x, PRODUCT + i, style) for i, x in enumerate(pair)]
               for pair in zip(parts[:half], parts[half:], strict=True)]  # fmt: skip
    products = [times.join(pair) for pair in factors] or ["0"]
    return _Text(" + ".join(_elided(products, style)), SUM if half > 1 else PRODUCT)


def _tight(part: _Text, bound: int, style: Style) -> str:
    return _parenthesised(part.text, style) if part.binds < bound else part.text


def _parenthesised(text: str, style: Style) -> str:
    return rf"\left({text}\right)" if style == "latex" else f"({text})"


def _elided(texts: list[str], style: Style) -> list[str]:
    dots = r"\dots" if style == "latex" else "…"
    return texts if len(texts) <= SHOWN else [*texts[: SHOWN - 2], dots, texts[-1]]


def _function(op: str, style: Style) -> str:
    if style == "text":
        return op
    if op in _COMMANDS:
        return rf"\{op}"
    plain = re.fullmatch(r"\w+", op, re.ASCII)
    return rf"\operatorname{{{op.replace('_', chr(92) + '_') if plain else latex_name(op)}}}"
