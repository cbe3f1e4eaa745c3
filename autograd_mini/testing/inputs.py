"""What a function is derived in: the numbers of its arguments as Values, each with a name."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import index
from typing import Any

from autograd_mini.trees import map_leaves, named_leaves
from autograd_mini.value import Value


class Inputs(dict[Value, str]):
    """The Values to derive in and their names, in order; `arguments` is what `f` is called with.

    Every number in `args`, also inside lists, tuples, dicts and NumPy arrays, is an input; so is
    every parameter of a module among them, and of `parameters`: a module, or Values that `f` reads
    from around it. Where none are given and `f` is a module, or a method of one, its own are. A
    Value has its label for a name, or its place where others have that label too.
    ValueError if there is no input, TypeError for what is no Value.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], parameters: Any = None) -> None:
        super().__init__()
        self.f = f
        self.arguments = [map_leaves(_as_input, arg) for arg in args]
        owner = getattr(f, "__self__", f)
        if parameters is None and hasattr(owner, "named_parameters"):
            parameters = owner
        trees = dict(zip(argument_names(f, args), self.arguments, strict=True))
        if parameters is not None:
            trees["f.parameters" if "parameters" in trees else "parameters"] = parameters
        found: dict[Value, tuple[str, str]] = {}
        for name, tree in trees.items():
            for value, label, place in _labelled(tree, name):
                found.setdefault(value, (label, place))
        uses = Counter(name for names in found.values() for name in {*names})
        for value, (label, place) in found.items():
            self[value] = label if uses[label] == 1 else place
        if not self:
            raise ValueError(
                "nothing to check: pass the numbers to derive in, check_gradients(f, 2.0), or the "
                "Values that f reads, check_gradients(f, parameters=model.parameters())"
            )

    def run(self) -> Any:
        """What `f` returns. TypeError if that is nothing."""
        returned = self.f(*self.arguments)
        if returned is None:
            raise TypeError("f returned None: does it end without `return`?")
        return returned


def _labelled(tree: Any, name: str) -> Iterator[tuple[Value, str, str]]:
    """Every Value, its label or else its place, and its place from `name` on."""
    for place, leaf in named_leaves(map_leaves(listed, opened(tree)), name):
        if hasattr(leaf, "named_parameters"):
            for label, value in leaf.named_parameters():
                yield value, label, f"{place}.{label}"
        elif isinstance(leaf, Value):
            yield leaf, leaf.label or place, place
        else:
            raise TypeError(
                f"{place} is {leaf!r} ({type(leaf).__name__}), but only a Value can be moved "
                f"while f runs: pass the Values that f reads, or let f take its numbers as "
                f"arguments"
            )


def repeated(run: Callable[[], list[float]]) -> list[float]:
    """What `run` returns. ValueError if that is something else the next time."""
    first = run()
    if repr(again := run()) != repr(first):  # as numbers, nan would differ from itself
        raise ValueError(
            f"f returned {first}, then {again} for the same input: finite differences need a "
            f"function that repeats itself. Seed its randomness, or call model.eval()"
        )
    return first


def takes_arguments(f: Callable[..., Any]) -> bool:
    """Whether `f` can be called with an argument."""
    try:
        return bool(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        return True


def argument_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What `f` calls its positional arguments, args[i] where it does not tell."""
    numbered = [f"args[{i}]" for i in range(len(args))]
    try:
        names = [
            parameter.name
            for parameter in inspect.signature(f).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # a function written in C may not tell
        return numbered
    return [*names[: len(args)], *numbered[len(names) :]]


def _as_input(leaf: Any) -> Any:
    if isinstance(leaf, Value) or hasattr(leaf, "parameters"):
        return leaf
    if getattr(leaf, "ndim", 0):  # an array of numbers becomes one of Values
        import numpy as np

        values = [x if isinstance(x, Value) else Value(x) for x in leaf.ravel()]
        fresh = np.empty(len(values), dtype=object)
        fresh[:] = values
        return fresh.reshape(leaf.shape)
    return Value(leaf)


def opened(tree: Any) -> Any:
    """Parameters, with what a module of another make or any iterable holds as a list."""

    def inside(leaf: Any) -> Any:
        if isinstance(leaf, Value | str) or any(
            hasattr(leaf, name) for name in ("named_parameters", "tolist")
        ):
            return leaf
        values = leaf.parameters() if hasattr(leaf, "parameters") else leaf
        return opened(list(values)) if isinstance(values, Iterable) else leaf

    return map_leaves(inside, tree)


def whole(name: str, number: Any, meaning: str) -> int:
    """A whole number from 1 on. TypeError if it is none, ValueError if it is less."""
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        kind = type(number).__name__
        raise TypeError(f"{name} is {meaning}, got {number!r} ({kind}): write an int, {name}=2")
    if number < 1:
        raise ValueError(f"{name} is {meaning}, got {number}: write at least {name}=1")
    return index(number)


def listed(leaf: Any) -> Any:
    """An array as nested lists, anything else as it is."""
    return leaf.tolist() if hasattr(leaf, "tolist") else leaf
