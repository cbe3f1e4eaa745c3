"""Array expressions: what a group of scalars computes, and operands for the table's rules.

An `Array` is symbolic. It lives in a frame: axis 0 is the batch, the others are the group's own;
an axis along which nothing changes has size 1. Python's operators and every row of the table make
new ones, so a partial derivative from the table, called with Arrays, writes the derivative of a
whole group. What is n operands to the rule of an n-ary row is one operand `Along` an axis here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from operator import mul
from typing import Any

import numpy as np

from autograd_mini.primitives import TABLE, Primitive

BATCH = -1  # the size of axis 0 where it is the batch
Shape = tuple[int, ...]


def _operator(name: str, reflected: bool = False) -> Callable[..., Any]:
    row = TABLE[name]

    def method(*operands: Any) -> Any:
        return row(*operands[::-1]) if reflected else row(*operands)

    return method


class Arithmetic:
    """Python's operators, as rows of the table."""

    __slots__ = ()
    __add__, __radd__ = _operator("+"), _operator("+", reflected=True)
    __sub__, __rsub__ = _operator("-"), _operator("-", reflected=True)
    __mul__, __rmul__ = _operator("*"), _operator("*", reflected=True)
    __truediv__, __rtruediv__ = _operator("/"), _operator("/", reflected=True)
    __pow__, __rpow__ = _operator("**"), _operator("**", reflected=True)
    __neg__, __pos__, __abs__ = map(_operator, ("neg", "pos", "abs"))

    def _looked_at(self, *_: Any) -> Any:
        raise TypeError(
            "a derivative is lifted by calling its rule with arrays: write the rule with functions "
            "of autograd_mini, cos(x) for math.cos(x) and where(x, a, b) for `a if x > 0 else b`"
        )

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _looked_at


class Array(Arithmetic):
    """`op` of `args`, a node of an array program; equal ones are the same object.

    `detail` is what the operation needs besides: the axes of a sum, the strides of a view.
    """

    __slots__ = ("args", "detail", "graph", "number", "op", "shape")

    def __init__(
        self, graph: Graph, op: str, args: tuple[Any, ...], shape: Shape, detail: Any
    ) -> None:
        self.graph, self.op, self.args, self.shape, self.detail = graph, op, args, shape, detail
        self.number = len(graph.nodes)

    @staticmethod
    def apply_primitive(row: Primitive, operands: Sequence[Any]) -> Any:
        """One element-wise step."""
        if any(isinstance(x, Along) for x in operands):
            return Along.apply_primitive(row, operands)
        graph = next(x.graph for x in operands if isinstance(x, Array))
        return graph.elementwise(row, tuple(operands))

    __float__ = Arithmetic._looked_at

    def __repr__(self) -> str:
        args = [f"a{x.number}" if isinstance(x, Array) else repr(x) for x in self.args]
        return f"a{self.number} = {self.op}({', '.join(args)}) {self.detail or ''} {self.shape}"


class Along(Arithmetic):
    """n operands of an n-ary row, as one array: operand i is its slice i along `axes`.

    With a `mask` only those slices are operands where it is 1.
    """

    __slots__ = ("array", "axes", "mask")

    def __init__(self, array: Array, axes: tuple[int, ...], mask: Array | None = None) -> None:
        self.array, self.axes, self.mask = array, axes, mask

    @staticmethod
    def apply_primitive(row: Primitive, operands: Sequence[Any]) -> Any:
        """A sum runs along the axes, a softmax gives the share of every slice."""
        x = next(x for x in operands if isinstance(x, Along))
        graph = x.array.graph
        if row is TABLE["sum"]:
            array = x.array if x.mask is None else x.array * x.mask
            return graph.total(array, x.axes, x.array.shape)
        if row is TABLE["softmax"]:  # with a mask the slice it hides is the other operand
            return Along(graph.fold("softmax", x.array, x.axes), x.axes, x.mask)
        plain = [y.array if isinstance(y, Along) else y for y in operands]
        return Along(row(*plain), x.axes, x.mask)


class Graph:
    """The nodes of an array program, each made once, each after those it reads."""

    def __init__(self) -> None:
        self.nodes: list[Array] = []
        self.tables: list[Any] = []  # arrays known when lifting: constants and indices
        self.called: dict[int, str] = {}  # tables with a name
        self._known: dict[Any, Array] = {}
        self._numbered: dict[Any, int] = {}

    def make(self, op: str, args: tuple[Any, ...], shape: Shape, detail: Any = None) -> Array:
        """A node; if there is an equal one, that."""
        key = (op, *[x if isinstance(x, Array) else repr(x) for x in args], shape, detail)
        if key not in self._known:
            self._known[key] = Array(self, op, args, shape, detail)
            self.nodes.append(self._known[key])
        return self._known[key]

    def table(self, values: Any) -> int:
        """The number of an array known now."""
        key = values.shape, values.dtype.str, values.tobytes()
        number = self._numbered.setdefault(key, len(self.tables))
        if number == len(self.tables):
            self.tables.append(values)
        return number

    def constant(self, values: Any) -> Array | float:
        """Numbers in a frame; a float if they are all one number."""
        if values.size == 1:
            return float(values.flat[0])
        return self.make("constant", (), (1, *values.shape), self.table(values))

    def boxed(self, x: Any, frame: Shape) -> Array:
        """A float as an array."""
        if isinstance(x, Array):
            return x
        return self.make("constant", (), (1,) * len(frame), self.table(np.array(float(x))))

    @property
    def batch(self) -> Array:
        """The number of examples."""
        return self.make("batch", (), ())

    def elementwise(self, row: Primitive, operands: tuple[Any, ...]) -> Any:  # noqa: PLR0911
        """A row on each element, with what is known about 0 and 1 already applied."""
        name = row.name
        if row.array:
            return self.make("own", operands, common_shape(operands), name)
        match name, operands:
            case ("*", (float(c), x)) | ("*", (x, float(c))) if c in (1.0, -1.0):
                return -x if c < 0 else x
            case ("+", (0.0, x)) | ("+", (x, 0.0)) | ("-", (x, 0.0)) | ("/" | "**", (x, 1.0)):
                return x
            case "-", (0.0, x):
                return -x
            case "neg", (Array(op="neg", args=(x,)),):
                return x
            case "*", (x, Array(op="neg", args=(y,))) if not is_scalar(y):
                return -(x * y)
            case "*", (Array(op="neg", args=(x,)), y) if not is_scalar(x):
                return -(x * y)
            case "+", (x, Array(op="neg", args=(y,))):
                return x - y
            case "**", (x, 2.0):
                return x * x
            case "**", (_, 0.0):
                return 1.0
            case "where", (float(c), x, y):
                return x if c > 0 else y
            case (
                "*",
                (x, Array(op="where", args=(c, 1.0, 0.0)))
                | (Array(op="where", args=(c, 1.0, 0.0)), x),
            ):
                return self.gated(c, x)
        return self.make(name, operands, common_shape(operands))

    def gated(self, c: Any, x: Any) -> Any:
        """`x` where c > 0, else 0; a product, that is, of x and a slope that is 1 or 0."""
        return self.make("where", (c, x, 0.0), common_shape((c, x)), "product")

    def contribution(self, upstream: Any, local: Any) -> Any:
        """Upstream * local derivative: exactly 0 where a factor is known to be."""
        if 0.0 in [x for x in (upstream, local) if not isinstance(x, Array)]:
            return 0.0
        return upstream * local

    def spread(self, x: Any, shape: Shape) -> Array:
        """Every element of a shape there in memory, equal ones too."""
        x = self.boxed(x, shape)
        full = (x.shape[0], *shape[1:])
        return x if x.shape == full else self.make("broadcast", (x,), full)

    def reframe(self, x: Array, shape: Shape) -> Array:
        """The same elements in another frame: axes of size 1 come and go."""
        if x.op == "reframe":
            (x,) = x.args
        if x.op == "neg":
            return self.make("neg", (self.reframe(x.args[0], shape),), shape)
        return x if x.shape == shape else self.make("reframe", (x,), shape)

    def fold(self, row: str, x: Array, axes: tuple[int, ...]) -> Array:
        """An n-ary row along axes; its result has size 1 there, a softmax keeps them."""
        keeps = row in ("softmax", "log_softmax")
        axes = tuple([axis for axis in axes if x.shape[axis] != 1])
        if x.op == "reframe":  # what is equal but for its frame is computed once
            shape = x.shape if keeps else without(x.shape, axes)
            return self.reframe(self.fold(row, x.args[0], _same_axes(x, axes)), shape)
        log_shares = self._known.get(("log_softmax[]", x, x.shape, axes))
        if row == "softmax" and log_shares is not None:
            return self.make("exp", (log_shares,), x.shape)
        return self.make(row + "[]", (x,), x.shape if keeps else without(x.shape, axes), axes)

    def total(self, x: Any, axes: Sequence[int], frame: Shape) -> Any:  # noqa: PLR0911
        """The sum along axes of a frame; where nothing changes along one, that many times."""
        if not isinstance(x, Array):
            return self._repeated(x, axes, frame)
        live = tuple([axis for axis in axes if x.shape and x.shape[axis] != 1])
        still = [axis for axis in axes if axis not in live]
        if still:
            return self.total(self._repeated(x, still, frame), live, frame)
        if not live:
            return x
        if x.op == "reframe":
            inner = x.args[0]
            return self.reframe(
                self.total(inner, _same_axes(x, live), inner.shape), without(x.shape, live)
            )
        if x.op == "contract":
            return self.contract(x.args[0], x.args[1], sorted((*x.detail, *live)))
        if x.op in ("*", "neg"):
            factors = _factors(x)
            inside = [f for f in factors if any(_moves(f, axis) for axis in live)]
            outside = [f for f in factors if not any(_moves(f, axis) for axis in live)]
            if outside:
                return self.total(_times(inside), live, frame) * _times(outside)
            alike: dict[Shape, list[Any]] = {}
            for f in factors:
                alike.setdefault(f.shape, []).append(f)
            if len(alike) > 1:
                *rest, last = map(_times, alike.values())
                return self.contract(_times(rest), last, live)
            if len(factors) == 2:
                return self.contract(factors[0], factors[1], live)
        return self.make("total", (x,), without(x.shape, live), live)

    def contract(self, a: Any, b: Any, axes: Sequence[int]) -> Any:
        """The sum of a * b along axes: a matrix product, if each has one that the other lacks."""
        only_a = [i for i in axes if b.shape[i] == 1]
        only_b = [i for i in axes if a.shape[i] == 1]
        both = tuple([i for i in axes if a.shape[i] != 1 != b.shape[i]])
        if only_a or only_b:
            a, b = self.total(a, only_a, a.shape), self.total(b, only_b, b.shape)
            return self.contract(a, b, both) if both else a * b
        return self.make("contract", (a, b), without(common_shape((a, b)), both), both)

    def _repeated(self, x: Any, axes: Sequence[int], frame: Shape) -> Any:
        count = float(prod(frame[axis] for axis in axes if frame[axis] != BATCH))
        x = x * count
        return x * self.batch if any(frame[axis] == BATCH for axis in axes) else x


def _same_axes(reframed: Array, axes: Sequence[int]) -> tuple[int, ...]:
    """Axes of a reframed array in the frame it had before."""
    now = [axis for axis, size in enumerate(reframed.shape) if size != 1]
    before = [axis for axis, size in enumerate(reframed.args[0].shape) if size != 1]
    return tuple([before[now.index(axis)] for axis in axes])


def _factors(x: Any, depth: int = 4) -> list[Any]:
    """What a product is made of, looking no deeper than one derivative can be nested."""
    if isinstance(x, Array) and x.op == "*" and depth:
        return _factors(x.args[0], depth - 1) + _factors(x.args[1], depth - 1)
    if isinstance(x, Array) and x.op == "neg" and depth:
        return [-1.0, *_factors(x.args[0], depth - 1)]
    return [x]


def _times(factors: Sequence[Any]) -> Any:
    return reduce(mul, factors)


def _moves(x: Any, axis: int) -> bool:
    return isinstance(x, Array) and bool(x.shape) and x.shape[axis] != 1


def is_scalar(x: Any) -> bool:
    """A float, or an array of one element."""
    return not isinstance(x, Array) or all(size == 1 for size in x.shape)


def common_shape(operands: Sequence[Any]) -> Shape:
    """The shape that operands in one frame have together."""
    shapes = [x.shape for x in operands if isinstance(x, Array) and x.shape]
    return tuple([next((s for s in sizes if s != 1), 1) for sizes in zip(*shapes, strict=True)])


def without(shape: Shape, axes: Sequence[int]) -> Shape:
    """The shape after a sum along axes."""
    return tuple([1 if axis in axes else size for axis, size in enumerate(shape)])
