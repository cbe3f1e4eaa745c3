"""One node of an array program -> the Python expression that computes it."""

from collections.abc import Sequence
from math import isfinite, prod
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.arrays import BATCH, Array, Graph, Shape
from autograd_mini.lift.views import View, slicing
from autograd_mini.primitives import ATOM, PRODUCT, SUM, TABLE

#: An expression and how tightly it binds.
Text = tuple[str, int]
#: "printed" to be read; "in place" for NumPy, matrix products written to where they belong; "pure"
#: without assignment to parts of arrays, for JAX and PyTorch; "scalar" for Python's floats.
Style = Literal["printed", "in place", "pure", "scalar"]
#: What an operation of an array program is called, where it is not the row's own name.
CALLED = {"total": "sum", "maximum[]": "max", "minimum[]": "min", "sum": "total", "**": "pow"}


def varying(shape: Shape) -> list[int]:
    """The axes that an array in memory has: those of its frame along which something changes."""
    return [axis for axis, size in enumerate(shape) if size != 1]


def is_array(x: Any) -> bool:
    """Whether an operand is neither a float nor an array of no axes."""
    return isinstance(x, Array) and bool(varying(x.shape))


def column_and_row(args: Sequence[Any]) -> list[Array] | None:
    """Two operands of one axis each, the one before the other's; None if they are not that."""
    own = [varying(x.shape) for x in args if isinstance(x, Array)]
    if list(map(len, own)) != [1, 1] or own[0] == own[1]:
        return None
    return list(args) if own[0] < own[1] else list(args[::-1])


def lean(shape: Shape) -> Shape:
    """The sizes of one example of an array in memory."""
    return tuple([n for n in shape[1:] if n != 1])


def _left_and_right(node: Array) -> tuple[Array, Array] | None:
    """The operands of a contraction, first the one whose own axes come first; None if neither."""
    a, b = node.args
    x, y = varying(a.shape), varying(b.shape)
    only_x, only_y = [i for i in x if i not in y], [i for i in y if i not in x]
    if any(i in y and i not in node.detail for i in x):  # as of the rows of a batch, each by each
        return None
    if max(only_x, default=-1) < min(only_y, default=99):
        return a, b
    return (b, a) if max(only_y, default=-1) < min(only_x, default=99) else None


class Expressions:
    """Texts of nodes, given the texts of what they read."""

    def __init__(self, graph: Graph, style: Style) -> None:
        self.graph, self.style = graph, style
        self.text: dict[Array, Text] = {}
        self.blocks: dict[Any, list[int]] = {}  # where cuts through the parameters should start

    def show(self, x: Any, at_least: int = 0) -> str:
        """The text of an operand, in parentheses if it binds more loosely than it must."""
        if isinstance(x, Array):
            text, binds = self.text[x]
        elif isfinite(x):
            text, binds = repr(float(x)), ATOM if x >= 0 else 0
        else:
            text, binds = f"float('{x}')", ATOM
        return f"({text})" if binds < at_least else text

    def aligned(self, x: Any, axes: list[int], at_least: int = 0) -> str:
        """An operand with its axes where broadcasting expects them."""
        own = varying(x.shape) if isinstance(x, Array) else []
        if not own or axes[-len(own) :] == own:
            return self.show(x, at_least)
        slices = [":" if axis in own else "None" for axis in axes[axes.index(own[0]) :]]
        return f"{self.show(x, ATOM)}[{', '.join(slices)}]"

    def expression(self, node: Array) -> Text:  # noqa: PLR0911
        """The text of a node."""
        axes = varying(node.shape)
        match node.op:
            case "parameters" | "inputs":
                first = "[0]" if self.style == "scalar" else "[..., 0]"
                return node.op + first * (node.shape[1] == 1), ATOM
            case "batch":
                return "inputs.shape[0]", ATOM
            case "constant":
                return self.graph.called.get(node.detail, f"constant_{node.detail}"), ATOM
            case "view":
                return self._view(node.args[0], *node.detail), ATOM
            case "gather":
                return f"take({self.flat(node.args[0])}, index_{node.detail}, axis=-1)", ATOM
            case "reshape":
                return f"reshape({self.show(node.args[0])}, {self.sizes(node.shape)})", ATOM
            case "broadcast":
                inner = self.aligned(node.args[0], axes)
                return f"broadcast_to({inner}, {self.sizes(node.shape, 'inputs.shape[0]')})", ATOM
            case "contract":
                return self._contract(node)
            case "total":
                return self._fold(node), ATOM
            case "own":
                texts = [self.aligned(x, axes) for x in node.args]
                return f"own.{node.detail}({', '.join(texts)})", ATOM
            case op if op.endswith("[]"):
                return self._fold(node), ATOM
        return self._elementwise(node, axes)

    def _elementwise(self, node: Array, axes: list[int]) -> Text:
        row, args = TABLE[node.op], node.args
        if node.detail == "product" and is_array(args[1]):  # as it is always written
            c, x = self.aligned(args[0], axes, SUM), self.aligned(args[1], axes, PRODUCT)
            return f"{x} * ({c} > 0)", PRODUCT
        if node.op == "*" and self.style == "in place" and (pair := column_and_row(args)):
            return f"outer({self.show(pair[0])}, {self.show(pair[1])})", ATOM
        infix = "%" in row.python and row.precedence < ATOM
        if infix and not (self.style == "scalar" and node.op == "**"):
            if node.op == "+" and isinstance(args[0], Array) and self._is_plainer(*args):
                args = args[::-1]  # z = W @ x + b, as it is always written; + commutes exactly
            # the right operand keeps its parentheses: a + (b - c) is rounded in another way
            first = row.precedence + (node.op == "**")
            bounds = [first, row.precedence + 1] if len(args) == 2 else [row.precedence]
            texts = [self.aligned(x, axes, b) for x, b in zip(args, bounds, strict=True)]
            return row.python % tuple(texts), row.precedence
        texts = [self.aligned(x, axes) for x in args]
        return f"{CALLED.get(node.op, node.op)}({', '.join(texts)})", ATOM

    def _is_plainer(self, x: Array, y: Any) -> bool:
        return self.text[x][1] == ATOM and isinstance(y, Array) and self.text[y][1] == PRODUCT

    def _fold(self, node: Array) -> str:
        own = varying(node.args[0].shape)
        places = [own.index(axis) for axis in node.detail]
        name = CALLED.get(node.op, node.op.removesuffix("[]"))
        where = (
            "" if len(places) == len(own) and node.op in CALLED else f", axis={axis_text(places)}"
        )
        return f"{name}({self.show(node.args[0])}{where})"

    # ---- sums of products

    def _contract(self, node: Array) -> Text:
        a, b = node.args
        x, y = varying(a.shape), varying(b.shape)
        if x == y and len(x) == len(node.detail) > 1:
            if self.style == "in place":
                return f"vdot({self.show(a)}, {self.show(b)})", ATOM
            return f"sum({self.show(a, PRODUCT)} * {self.show(b, PRODUCT + 1)})", ATOM
        if factors := self.factors(node):
            return " @ ".join(factors), PRODUCT
        if pair := _left_and_right(node):
            texts = [self.show(arg) for arg in pair]
            places = [[varying(arg.shape).index(i) for i in node.detail] for arg in pair]
            return f"tensordot({', '.join(texts)}, axes=({places[0]}, {places[1]}))", ATOM
        axes = sorted({*x, *y})
        if axes in (x, y):
            texts = [self.aligned(arg, axes, PRODUCT) for arg in node.args]
            places_of_both = [axes.index(i) for i in node.detail]
            return f"sum({texts[0]} * {texts[1]}, axis={axis_text(places_of_both)})", ATOM
        letters = "bijklmnopqrstuvw"
        terms = ["".join(letters[i] for i in axes) for axes in (x, y, varying(node.shape))]
        return f'einsum("{terms[0]},{terms[1]}->{terms[2]}", {self.show(a)}, {self.show(b)})', ATOM

    def factors(self, node: Array) -> list[str] | None:
        """The texts of the matrices of which a node is the product; None if it is none.

        They are transposed where the summed axis is not where `@` sums.
        """
        pair = _left_and_right(node)
        if not pair or len(node.detail) != 1:
            return None
        (summed,) = node.detail
        a, b = pair
        x, y = varying(a.shape), varying(b.shape)
        if len(x) > 2 or len(y) > 2:
            return None
        if len(x) == 1 and len(y) == 2 and y[1] == summed:
            a, b, x, y = b, a, y, x
        left = self.show(a, ATOM) + ("" if x[-1] == summed else ".T")
        symmetric = b.op == "constant" and b.detail in self.graph.called
        right = self.show(b, ATOM) + ("" if y[0] == summed or symmetric else ".T")
        return [left, right]

    # ---- parts of an array

    def sizes(self, shape: Shape, batch: str = "-1") -> str:
        """A shape in memory, as a tuple."""
        texts = [batch if n == BATCH else str(n) for n in shape if n != 1]
        return f"({', '.join(texts)},)" if len(texts) == 1 else f"({', '.join(texts)})"

    def flat(self, source: Array) -> str:
        """All elements of each example in one row."""
        if len(lean(source.shape)) == 1:
            return self.show(source)
        return (
            f"reshape({self.show(source)}, {self.sizes((source.shape[0], prod(source.shape[1:])))})"
        )

    def _view(self, source: Array, offset: int, moving: Sequence[tuple[int, int]]) -> str:
        if (how := self.how(source, offset, moving)) is not None:
            return self.sliced(self.show(source, ATOM), source.shape, how)
        return f"take({self.flat(source)}, index_{self.graph.table(walk(offset, moving))}, axis=-1)"

    def how(self, source: Array, offset: int, moving: Sequence[tuple[int, int]]) -> View | None:
        """A walk over one example as reshape and slices, if it is one."""
        bases = self.blocks.get(moving[0] if moving else None, ())
        return slicing(prod(source.shape[1:]), offset, moving, bases)

    def sliced(self, text: str, shape: Shape, how: View) -> str:
        """The text of a walk."""
        cut, parts, slices, order = how
        batched = shape[0] == BATCH
        if cut is not None:
            if len(lean(shape)) > 1:
                text += f".reshape({'-1, ' * batched}{prod(shape[1:])})"
            text += f"[{':, ' * batched}{cut[0] or ''}:{cut[1]}]"
        now = (cut[1] - cut[0],) if cut is not None else lean(shape)
        if parts != now:
            text = f"{text}.reshape({', '.join(['-1'] * batched + [str(n) for n in parts])})"
        if any(part != ":" for part in slices):
            text += f"[{', '.join([':'] * batched + slices)}]"
        if order == [1, 0] and not batched:
            text += ".T"
        elif order != sorted(order):
            text = f"permute_dims({text}, {(*[0] * batched, *[i + batched for i in order])})"
        return text


def walk(offset: int, moving: Sequence[tuple[int, int]]) -> Any:
    """The positions of a strided walk."""
    index = np.array(offset)
    for size, stride in moving:
        index = index[..., None] + stride * np.arange(size)
    return index


def axis_text(places: Sequence[int]) -> str:
    """The `axis=` of a reduction."""
    return str(places[0]) if len(places) == 1 else str(tuple(places))
