"""Value: a float that remembers how it was computed.

Ordinary arithmetic on Values records a graph. Each new Value keeps the operation, the Values it
read and, already as numbers, the derivative of the operation in each of them; `backward()` only
has to multiply and add along the graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partialmethod
from itertools import compress
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, cast

from autograd_mini import anomaly, copying, primitives
from autograd_mini.graph import reverse_sweep
from autograd_mini.modes import changed_mode, current_mode, current_place, open_blocks
from autograd_mini.primitives import Primitive, to_float, to_label


def record(row: Primitive, operands: Sequence[Any]) -> Value:
    """Run a primitive on Values and numbers; the result remembers it unless under `no_grad()`."""
    mode = current_mode()
    if mode.instead:
        return cast(Value, mode.instead(row, operands))
    is_value = [isinstance(x, Value) for x in operands]
    if all(is_value):
        read, numbers = tuple(operands), [x.data for x in operands]
    else:  # a constant is kept as the float it becomes
        numbers = [x.data if yes else to_float(x) for x, yes in zip(operands, is_value)]
        read = tuple([x if yes else y for x, y, yes in zip(operands, numbers, is_value)])
    out = float(row.forward(*numbers))
    place = anomaly.place_of(row.name, out, read) if mode.lines else current_place()
    if not mode.recording:
        return _node(out, "", (), ())
    try:
        slopes = row.derivatives(out, numbers, is_value)
    except ArithmeticError:  # a float's / or ** raises; a Value's has the answer of IEEE 754
        with changed_mode(recording=False, anomaly=False):
            slopes = [*map(float, row.derivatives(Value(out), [*map(Value, numbers)], is_value))]
    node = _node(out, row.name, read, tuple(slopes))
    node.parents = read if all(is_value) else tuple(compress(read, is_value))
    node.place = place
    return node


def _node(data: float, op: str, operands: tuple[Any, ...], slopes: tuple[float, ...]) -> Value:
    node = object.__new__(Value)
    node.data = data
    node.grad, node.label = 0.0, ""
    node.place = current_place()
    node.op = op
    node.operands = node.parents = operands
    node.local_derivatives = slopes
    return node


# ---- operators and methods, made once from the rows


def _is_foreign(y: Any) -> bool:
    """Whether an operator leaves `y` to the other side: not a number, or an array of them."""
    return not hasattr(y, "__float__") or getattr(y, "ndim", 0) > 0


def _unary(row: Any) -> Callable[[Value], Value]:
    name, forward, (partial,) = row.name, row.forward, row.partials

    def method(x: Value) -> Value:
        if open_blocks:
            return record(row, (x,))
        out = forward(x.data)
        try:
            slopes = (partial(out, x.data),)
        except ArithmeticError:
            return record(row, (x,))
        return _node(out, name, (x,), slopes)

    return method


def _binary(row: Primitive) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    """The operator and its reflected form."""
    name, forward, (partial_x, partial_y) = row.name, row.forward, row.partials
    constant = row.constant_slopes

    def method(x: Value, y: Any) -> Value:
        if open_blocks or type(y) is not Value:
            return NotImplemented if _is_foreign(y) else record(row, (x, y))
        out = forward(a := x.data, b := y.data)
        try:
            slopes = constant or (partial_x(out, a, b), partial_y(out, a, b))
        except ArithmeticError:
            return record(row, (x, y))
        return _node(out, name, (x, y), slopes)

    def reflected(y: Value, x: Any) -> Value:
        return NotImplemented if _is_foreign(x) else record(row, (x, y))

    return method, reflected


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    return lambda x, y: NotImplemented if _is_foreign(y) else compare(x.data, y)


def add_method(name: str, function: Callable[..., Any]) -> None:
    """Let `x.name(...)` mean `function(x, ...)`."""
    fast = isinstance(function, Primitive) and function.arity == 1
    setattr(Value, name, _unary(function) if fast else partialmethod(function))


class Value:
    """One real number and, if it was computed from other Values, how.

    `data` is the number. `grad` is what `backward()` has added up, 0.0 at first. `op` names the
    row of the table that made it ("" for a leaf); `operands` are what the operation read, Values
    and constants; `parents` are the Values among them, in order, repeated when used twice;
    `local_derivatives[i]` is d self / d parents[i]; `scope` names the modules and the blocks of
    `scope()` in which it was made; `line` is where your program ran the operation, known under
    `detect_anomaly()`. TypeError if `data` is not one real number, or `label` is no text.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    __slots__ = ("data", "grad", "label", "op", "operands", "parents", "local_derivatives", "place")

    def __init__(self, data: Any, label: str = "") -> None:
        if isinstance(data, Value):
            raise TypeError(f"got {data!r}: write +v for a new node, or v.data for its number")
        self.data, self.grad, self.op = to_float(data), 0.0, ""
        self.label = label if type(label) is str else to_label(label)
        self.place = current_place()
        self.operands: tuple[Value | float, ...] = ()
        self.parents: tuple[Value, ...] = ()
        self.local_derivatives: tuple[float, ...] = ()

    scope, line = map(property, map(attrgetter, ("place.scope", "place.line")))

    def backward(self, seed: float = 1.0) -> None:
        """Add seed * d self / d node to the `grad` of this node and of every node it came from.

        All or nothing: if it fails or is interrupted, no `grad` has changed. Called twice it adds
        twice; start again with `v.grad = 0.0`, or a module's `zero_grad()`.
        """
        totals = reverse_sweep(self, to_float(seed))
        anomaly.check_backward(totals)
        gradients = [node.grad + total for node, total in totals.items()]
        # a single call into C: no interrupt can come between two of these assignments
        deque(map(_set_grad, totals, gradients), maxlen=0)

    __add__, __radd__ = _binary(primitives.add)
    __sub__, __rsub__ = _binary(primitives.sub)
    __mul__, __rmul__ = _binary(primitives.mul)
    __truediv__, __rtruediv__ = _binary(primitives.div)
    __pow__, __rpow__ = _binary(primitives.pow)
    __neg__, __pos__, __abs__ = map(_unary, (primitives.neg, primitives.pos, primitives.abs))
    __lt__, __le__, __gt__, __ge__ = map(_comparison, (lt, le, gt, ge))
    __copy__, __deepcopy__, __reduce__ = copying.shallow_copy, copying.deep_copy, copying.reduce
    apply_primitive = staticmethod(record)

    def __float__(self) -> float:
        return self.data

    def __bool__(self) -> bool:
        return self.data != 0

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    if TYPE_CHECKING:  # every function of the table is a method, set below

        def __getattr__(self, name: str) -> Callable[..., Any]: ...


_set_grad = vars(Value)["grad"].__set__  # the descriptor of the slot

for _name, _function in vars(primitives).items():
    if isinstance(_function, Primitive) or _name in ("softmax", "log_softmax"):
        add_method(_name, _function)
for _name in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2"):  # as NumPy calls them
    add_method(_name.replace("a", "arc", 1), getattr(primitives, _name))
