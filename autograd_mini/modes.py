"""What the surrounding `with` blocks ask of recording, or name. Knows nothing of Values.

Mode and place live in a `ContextVar` each, so threads never see each other's.
"""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, NamedTuple

#: One entry per open block in any thread. While it is empty, as in ordinary use, an operation
#: need not look up its context: the fast path pays for one truth test.
open_blocks: list[None] = []


@dataclass(frozen=True)
class Mode:
    """`recording`: results remember their parents; `lines`: and the user's line that ran them.

    `anomaly`: raise where a nan or inf is born. `instead(row, operands)` gives the result of every
    operation, if somebody else is to give it.
    """

    recording: bool = True
    lines: bool = False
    anomaly: bool = False
    instead: Callable[..., Any] | None = None


_mode: ContextVar[Mode] = ContextVar("mode", default=Mode())  # noqa: B039 (a Mode is frozen)


def current_mode() -> Mode:
    """The mode of this thread and task."""
    return _mode.get()


@contextmanager
def changed_mode(**changes: Any) -> Generator[None]:
    """Change fields of the current mode inside the block; restore them however it ends."""
    token = _mode.set(replace(_mode.get(), **changes))
    open_blocks.append(None)
    try:
        yield
    finally:
        open_blocks.pop()
        _mode.reset(token)


@contextmanager
def no_grad() -> Generator[None]:
    """Compute without recording: results inside the block are Values without parents.

    >>> from autograd_mini import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """
    with changed_mode(recording=False):
        yield


@contextmanager
def detect_anomaly() -> Generator[None]:
    """Raise FloatingPointError where the first nan or inf is born, forward or backward.

    The error names the operation, its operands and the line of your program that ran it. Slow:
    use it to look for a fault, not to train.
    """
    with changed_mode(lines=True, anomaly=True):
        yield


class Place(NamedTuple):
    """Where a node was made: in the scope `name`, itself in `outer`, at `line` if that is known.

    A chain and not a path, so that all nodes made in one block share one small object. `key` tells
    apart scopes of one name.
    """

    outer: "Place | None" = None
    name: str = ""
    line: str = ""
    key: int = 0

    @property
    def blocks(self) -> list["Place"]:
        """The surrounding scopes, the outermost first."""
        found: list[Place] = []
        place: Place | None = self
        while place:
            found += [place] if place.name else []
            place = place.outer
        return found[::-1]

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the surrounding scopes, the outermost first."""
        return tuple([block.name for block in self.blocks])


_place: ContextVar[Place] = ContextVar("place", default=Place())  # noqa: B039 (immutable)

#: The place of a node made now. Every operation asks, so it is the bare call into C.
current_place = _place.get


class scope:  # noqa: N801 (read as a statement: with scope("encoder"))
    """Name a part of a computation for pictures; blocks nest, and modules open their own.

    Blocks of one name are drawn as one, unless their keys differ: two models of one class are two.
    ValueError for a name that is empty or no text.

    >>> from autograd_mini import Value, scope
    >>> with scope("encoder"), scope("first"):
    ...     y = Value(3.0) * 2
    >>> y.scope
    ('encoder', 'first')
    """

    __slots__ = ("_key", "_name", "_outer")

    def __init__(self, name: str, key: int = 0) -> None:
        if type(name) is not str or not name:
            raise ValueError(f'a scope needs a name, got {name!r}: write scope("encoder")')
        self._name, self._key = name, key
        self._outer: list[Token[Place]] = []

    def __enter__(self) -> Place:
        here = Place(_place.get(), self._name, key=self._key)
        self._outer.append(_place.set(here))
        return here

    def __exit__(self, *_: object) -> None:
        _place.reset(self._outer.pop())


_OURS = ("autograd_mini", "nn", "numpy")
_STANDARD_LIBRARY = os.__file__.removesuffix("os.py")


def user_line() -> str:
    """`file:line` of the innermost running code that is no library's."""
    frame = sys._getframe(1)
    while _is_library(frame) and frame.f_back is not None:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _is_library(frame: FrameType) -> bool:
    """Whether code calls the methods of a Value in somebody else's name, as copy and numpy do."""
    file = frame.f_code.co_filename
    in_standard_library = file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file
    return in_standard_library or frame.f_globals.get("__name__", "").split(".")[0] in _OURS
