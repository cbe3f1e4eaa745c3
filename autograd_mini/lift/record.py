"""Running a function once on Values, and noticing if what it did depended on their numbers.

A recording holds one path. A comparison, `float(v)`, `v.data` and the like let a function choose
its path by a number, or carry a number past the recording; the program would be silently wrong
for the next number. So while a function is recorded, looking at the number of a Value that depends
on its inputs is an error that shows the line.
"""

import linecache
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_mini.graph import topological_order
from autograd_mini.modes import changed_mode, user_line
from autograd_mini.value import Value

LOOKS = {
    **{
        f"__{name}__": f"compared ({sign})"
        for name, sign in zip(("lt", "le", "gt", "ge"), ("<", "<=", ">", ">="), strict=True)
    },
    "__bool__": "used as a truth value",
    "__float__": "converted with float()",
    "__round__": "rounded",
}

_one_at_a_time = threading.RLock()


def record_run(f: Callable[..., Any], arguments: Sequence[Any], inputs: Sequence[Value]) -> Value:
    """`f(*arguments)` as one Value that depends on `inputs` through operations only.

    RuntimeError, with the line, where f looks at a number; TypeError if it returns anything but
    one number.
    """
    with _one_at_a_time, changed_mode(recording=True), _watched(inputs):
        out = f(*arguments)
    if isinstance(out, Value):
        return out
    if isinstance(out, list | tuple | dict):
        raise TypeError(
            f"lift() needs a function that returns one number, but this one returned a "
            f"{type(out).__name__}: lift each entry, or return their sum"
        )
    return Value(out)


@contextmanager
def _watched(inputs: Sequence[Value]) -> Generator[None]:
    """Inside the block, looking at a Value that depends on the inputs raises, in this thread."""
    thread, chosen = threading.get_ident(), frozenset(inputs)

    def check(node: Any, look: str) -> None:
        own = sys._getframe(2).f_globals.get("__name__", "").partition(".")[0] == "autograd_mini"
        if threading.get_ident() == thread and not own and _depends(node, chosen):
            raise RuntimeError(_message(look))

    originals = {name: vars(Value)[name] for name in (*LOOKS, "data")}

    def watching(name: str, look: str) -> Callable[..., Any]:
        original = originals[name]

        def method(x: Any, *others: Any) -> Any:
            for operand in (x, *others):
                check(operand, look)
            return original(x, *others)

        return method

    def read(x: Value) -> float:
        check(x, "read as .data")
        number: float = originals["data"].__get__(x)
        return number

    for name, look in LOOKS.items():
        setattr(Value, name, watching(name, look))
    setattr(Value, "data", property(read, originals["data"].__set__))  # noqa: B010 (a slot to mypy)
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(Value, name, original)


def _depends(node: Any, inputs: frozenset[Value]) -> bool:
    if not isinstance(node, Value):
        return False
    return not inputs.isdisjoint(topological_order(node, boundary=inputs))


def _message(look: str) -> str:
    line = user_line()
    file, _, number = line.rpartition(":")
    source = linecache.getline(file, int(number)).strip()
    return (
        f"lift() records one run, and here a number that depends on the inputs is {look}, so the "
        f"program would be right for this number only:\n  {line}\n    {source}\n"
        f"Keep the choice in the graph: relu(x), maximum(a, b), minimum(a, b), abs(x), or "
        f"where(c, a, b) for `a if c > 0 else b`."
    )
