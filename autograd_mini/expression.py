"""`x*y + tanh(x)` as a function of its variables: arithmetic and the table's functions, no `eval`.

A shunting-yard parser (Dijkstra, 1961): one pass over the tokens with a stack of its own, so that
no nesting can exhaust Python's. Whatever else is written is an ExpressionError at its column.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import e, pi
from typing import Any

from autograd_mini import primitives
from autograd_mini.primitives import Primitive

#: Longer texts are refused unread.
LIMIT = 10_000

CONSTANTS = {"pi": pi, "e": e}
BINARY = {
    "+": primitives.add,
    "-": primitives.sub,
    "*": primitives.mul,
    "/": primitives.div,
    "**": primitives.pow,
}
UNARY = {"-": primitives.neg, "+": primitives.pos}
FUNCTIONS = {
    name: row
    for name, row in vars(primitives).items()
    if isinstance(row, Primitive)
    and not name.startswith("_")
    and name not in ("add", "sub", "mul", "div", "neg", "pos", "dot")
}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<call>[^\W\d]\w*)\s*\("
    r"|(?P<name>[^\W\d]\w*)|(?P<symbol>\*\*|[-+*/(),])|(?P<end>\Z)|(?P<unknown>.))",
    re.DOTALL,
)


class ExpressionError(ValueError):
    """What is wrong with an expression, and a caret under the place."""

    def __init__(self, message: str, text: str, column: int) -> None:
        start = max(0, column - 50)
        shown = "".join(c if c.isprintable() else "\ufffd" for c in text[start : column + 25])
        super().__init__(f"{message} (column {column + 1})\n  {shown}\n  {' ' * (column - start)}^")


@dataclass(frozen=True)
class Token:
    """A number, a name, a call `name(`, a symbol or the end, and the column where it begins."""

    kind: str
    text: str
    column: int


@dataclass(frozen=True)
class Apply:
    """A step that takes the last `count` results and gives one."""

    row: Primitive
    count: int


@dataclass(frozen=True)
class Expression:
    """A parsed expression: `steps` in postfix order, and the names it needs a number for."""

    steps: tuple[float | str | Apply, ...]

    @property
    def variables(self) -> list[str]:
        """The names in the order of their first use."""
        return list(dict.fromkeys(step for step in self.steps if isinstance(step, str)))

    def __call__(self, /, **values: Any) -> Any:
        """The result for these values of the variables; a Value if one of them is."""
        results: list[Any] = []
        for step in self.steps:
            if isinstance(step, Apply):
                first = len(results) - step.count
                results[first:] = [step.row(*results[first:])]
            else:
                results.append(values[step] if isinstance(step, str) else step)
        return results.pop()


def parse(text: str) -> Expression:
    """The expression that `text` spells. ExpressionError if it is none.

    >>> parse("x*y + tanh(x)").variables
    ['x', 'y']
    >>> parse("-x**2")(x=3.0)
    -9.0
    """
    if len(text) > LIMIT:
        raise ExpressionError(f"an expression has at most {LIMIT:,} characters", text, LIMIT)
    parser = _Parser(text)
    parser.run()
    return Expression(tuple(parser.steps))


@dataclass
class _Pending:
    """An operator, a call or a parenthesis that waits for the rest of its operands."""

    token: Token
    row: Primitive | None = None
    operands: int = 1
    is_open: bool = False  # until its closing parenthesis


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[float | str | Apply] = []
        self.pending: list[_Pending] = []

    def run(self) -> None:
        value_is_due = True
        for token in self.tokens():
            value_is_due = self.value(token) if value_is_due else self.after_value(token)

    def tokens(self) -> Iterator[Token]:
        for match in _TOKEN.finditer(self.text):
            kind = str(match.lastgroup)
            token = Token(kind, match[kind], match.start(kind))
            if kind == "unknown":
                fix = "a power is **" if token.text == "^" else "write arithmetic and functions"
                raise self.error(f"{token.text!r} means nothing here: {fix}", token)
            yield token
            if kind == "end":
                return

    def value(self, token: Token) -> bool:
        """Take a token where a value is due; returns whether one is due still."""
        text = token.text
        if token.kind == "number":
            self.steps.append(float(text))
        elif token.kind == "name":
            if text in FUNCTIONS:
                raise self.error(f"{text} is a function: write {text}(...)", token)
            self.steps.append(CONSTANTS.get(text, text))
        elif token.kind == "call":
            if text not in FUNCTIONS:
                raise self.error(f"there is no function {text}{_similar(text)}", token)
            self.pending.append(_Pending(token, FUNCTIONS[text], is_open=True))
        elif text == "(":
            self.pending.append(_Pending(token, is_open=True))
        elif text in UNARY:
            self.pending.append(_Pending(token, UNARY[text]))
        else:
            raise self.error(f"a value is missing {_before(token)}", token)
        return token.kind not in ("number", "name")

    def after_value(self, token: Token) -> bool:
        """Take a token behind a value; returns whether another value is due."""
        text = token.text
        if text in BINARY:
            row = BINARY[text]
            while self.pending and _binds_first(self.pending[-1], row):
                self.apply(self.pending.pop())
            self.pending.append(_Pending(token, row, operands=2))
            return True
        if text in (",", ")") or token.kind == "end":
            opened = self.close(token)
            if text == ",":
                opened.operands += 1
                self.pending.append(opened)
            return text == ","
        raise self.error(f"an operator is missing {_before(token)}: a product is written *", token)

    def close(self, token: Token) -> _Pending:
        """Apply what waits since the innermost open parenthesis, and take that off the stack."""
        while self.pending and not self.pending[-1].is_open:
            self.apply(self.pending.pop())
        if token.kind == "end":
            if self.pending:
                raise self.error("this parenthesis is never closed", self.pending[-1].token)
            return _Pending(token)
        if not self.pending:
            raise self.error(f"{token.text!r} stands outside of all parentheses", token)
        opened = self.pending.pop()
        if token.text == ",":
            if opened.row is None:
                raise self.error("',' separates the arguments of a function only", token)
        elif opened.row is not None:
            self.apply(opened)
        return opened

    def apply(self, complete: _Pending) -> None:
        row, count = complete.row, complete.operands
        if row is None:
            return
        try:
            row.operands(*[0.0] * count)  # the row knows how many it takes
        except TypeError as error:
            raise self.error(str(error), complete.token) from None
        self.steps.append(Apply(row, count))

    def error(self, message: str, token: Token) -> ExpressionError:
        return ExpressionError(message, self.text, token.column)


def _binds_first(waiting: _Pending, row: Primitive) -> bool:
    """Whether `waiting` takes the value between it and the operator `row`: ** is from the right."""
    if waiting.is_open or waiting.row is None:
        return False
    left, right = waiting.row.precedence, row.precedence
    return left > right or (left == right and row is not primitives.pow)


def _before(token: Token) -> str:
    return f"before {token.text!r}" if token.text else "at the end"


def _similar(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, FUNCTIONS, n=1)
    return f": did you mean {close[0]}?" if close else f"; there are {', '.join(FUNCTIONS)}"
