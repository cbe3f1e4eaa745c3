"""Running a function without numbers: what it would compute is written down.

A recording holds one path. A comparison, `float(v)`, `v.data` and the like let a function choose
its path by a number, or carry a number past the recording; the program would be silently wrong
for the next number. So while a function is recorded, what depends on its inputs has no number to
look at, and asking for it is an error that shows the line.
"""

import linecache
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import repeat
from typing import Any

from autograd_mini.graph import topological_order
from autograd_mini.modes import changed_mode, current_mode, user_line
from autograd_mini.primitives import TABLE, Primitive, to_float
from autograd_mini.value import Value

_number = vars(Value)["data"]  # the slot

#: What the recording of this thread and task has refused so far.
_refusals: ContextVar[list[RuntimeError]] = ContextVar("refusals")

#: What a function may not do with a Value that depends on its inputs, and what to do instead.
_LOOKED_AT = (
    "its number is looked at, by a comparison, max(), sorted(), if, float(), round(), .data or the "
    "like",
    "Keep the choice in the graph: relu(x), maximum(a, b), minimum(a, b), abs(x), or "
    "where(c, a, b) for `a if c > 0 else b`",
)
_DERIVED = ("its gradient is looked at", "Call grad(f): a derivative is recorded as f is")
_ASSIGNED = ("its number is assigned", "Assign before, or name a new Value for the result")
_NOT_RECORDED = (
    "it is computed under no_grad(), which makes it a constant",
    "Compute constants before, from numbers",
)


class Unknown(Value):
    """A Value whose number will be given when the program runs: no slot for a number is filled.

    RuntimeError, with the line, where a number is looked at.
    """

    __slots__ = ()

    def __init__(self, label: str = "", op: str = "", operands: Sequence[Any] = ()) -> None:
        self.label, self.op, self.operands = label, op, tuple(operands)
        self.parents = tuple([x for x in self.operands if isinstance(x, Value)])

    @property
    def data(self) -> float:
        """The number of a leaf, for those who are not recording."""
        if current_mode().instead:
            raise _refused(_LOOKED_AT)
        return float(_number.__get__(self))

    @data.setter
    def data(self, number: float) -> None:
        if current_mode().instead:
            raise _refused(_ASSIGNED)
        _number.__set__(self, number)

    def _looked_at(self, *_: Any) -> Any:
        raise _refused(_LOOKED_AT)

    __int__ = __index__ = __divmod__ = __rdivmod__ = _looked_at
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _looked_at

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there: an empty slot."""
        if name not in Value.__slots__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if current_mode().instead:
            raise _refused(_LOOKED_AT if name == "data" else _DERIVED)
        raise RuntimeError(f"{self!r} was recorded by lift() and never computed: it has no {name}")

    def __repr__(self) -> str:
        return f"Unknown(label={self.label!r})" if self.label else f"Unknown(op={self.op!r})"


# what copying goes by: a leaf keeps its fields
Unknown.__slots__ = Value.__slots__  # type: ignore[assignment]


def recorded(f: Callable[..., Any], arguments: Sequence[Any], leaves: Sequence[Value] = ()) -> Any:
    """What `f(*arguments)` returns, recorded for any numbers in the Unknowns among the arguments.

    `leaves` are Values that `f` meets in its own way, as a model does its parameters, and that may
    be any numbers too. RuntimeError, with the line, where f looks at a number that depends on
    Unknowns or leaves; TypeError if it returns neither a number nor a list of numbers.
    """
    instead = partial(_written, frozenset(leaves))
    refusals: list[RuntimeError] = []
    token = _refusals.set(refusals)
    try:
        with changed_mode(recording=True, instead=instead), _without_numbers(leaves):
            out = f(*arguments)
    finally:
        _refusals.reset(token)
    if refusals:  # f caught the error and went on
        raise refusals[0]
    root = as_root(out)
    _check_recorded(root, leaves)
    return root


def _check_recorded(root: Any, leaves: Sequence[Value]) -> None:
    """RuntimeError for what depends on a leaf and was computed with numbers: there f could look."""
    given = frozenset(leaves)
    dependent = set(leaves)
    roots = root if isinstance(root, list) else [root]
    for node in topological_order(*roots, boundary=given):
        if node in given or dependent.isdisjoint(node.parents):
            continue
        dependent.add(node)
        if type(node) is not Unknown:
            raise RuntimeError(
                f"lift() records one run for all numbers, and here {node.op!r} of a leaf was "
                f"computed before that run or in another thread, where its number can be looked "
                f"at: compute it inside the function, in the thread that calls lift()"
            )


def as_root(out: Any) -> Any:
    """A Value, or a list of Values. TypeError for what is neither a number nor a list of them."""
    if not isinstance(out, list | tuple) and not getattr(out, "ndim", 0):
        return _scalar(out)
    if len(out) == 0:
        raise ValueError("lift() was given an empty list: there is nothing to compute")
    return [_scalar(each) for each in out]


def _scalar(out: Any) -> Value:
    if getattr(out, "ndim", None) == 0:  # an array of no axis, as numpy.array(x) is
        out = out.item()
    if hasattr(out, "__len__"):
        raise TypeError(
            f"lift() takes one number or a list of numbers, but here is a {type(out).__name__} of "
            f"{len(out)}: lay all numbers end to end in one list"
        )
    return out if isinstance(out, Value) else Value(out)


def _written(leaves: frozenset[Value], row: Primitive, operands: Sequence[Any]) -> Value:
    """An operation on an Unknown is an Unknown; any other is what it always is."""
    read = [x for x in operands if isinstance(x, Value)]
    if not any(type(x) is Unknown or x in leaves for x in read):
        with changed_mode(instead=None):
            return Value.apply_primitive(row, operands)
    if not current_mode().recording:
        raise _refused(_NOT_RECORDED)
    if TABLE.get(row.name, row) is not row:  # its forward would say so, and is not run
        raise RuntimeError(f"{row.name} was defined again: call the new one")
    return Unknown("", row.name, [x if isinstance(x, Value) else to_float(x) for x in operands])


@contextmanager
def _without_numbers(leaves: Sequence[Value]) -> Generator[None]:
    """Inside the block, looking at the number of a leaf is an error where f is recorded.

    The leaves keep their numbers, and whoever is not recording, as in another thread, sees them.
    """
    changed = [leaf for leaf in leaves if type(leaf) is Value]
    try:
        _set_class(changed, Unknown)
        yield
    finally:
        _set_class(changed, Value)


def _set_class(nodes: Sequence[Value], kind: type[Value]) -> None:
    # a single call into C: no interrupt can come between two of these assignments
    deque(map(setattr, nodes, repeat("__class__"), repeat(kind)), maxlen=0)


def _refused(fault: tuple[str, str]) -> RuntimeError:
    """The error to raise. It is kept, in case f catches it: the recording is wrong all the same."""
    error = RuntimeError(_refusal(fault))
    _refusals.get().append(error)
    return error


def _refusal(fault: tuple[str, str]) -> str:
    line = user_line()
    file, _, number = line.rpartition(":")
    source = linecache.getline(file, int(number)).strip()
    return (
        f"lift() records one run for all numbers, and here is a Value that depends on the inputs: "
        f"{fault[0]}, so the program would be right for one number only.\n"
        f"  {line}\n    {source}\n{fault[1]}."
    )
