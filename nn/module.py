"""Module: an object that owns parameters, directly or in modules of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, repeat
from random import Random
from typing import Any

from autograd_mini import Value, scope
from nn.state import numbers_for, set_all


class Module:
    """A function with parameters. A subclass defines `forward`; calling the module runs it.

    The leaf Values and the Modules in its attributes, also inside lists, tuples and dicts, belong
    to it, in the order in which the attributes were first set. What is shared counts once, under
    the first name it is found by. A Value that was computed (one with parents) is a result that
    somebody kept, not a parameter; under `no_grad()` it has no parents, so keep its `data` instead.
    There is no `super().__init__()` to call.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data
    7.0
    >>> [name for name, _ in line.named_parameters()]
    ['slope', 'offset']
    """

    #: What `train()` and `eval()` set, for modules that behave differently in training.
    training: bool = True

    #: What pictures call this module inside the one around it; `label_parameters()` sets it.
    scope_name: str | None = None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module computes."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes: define forward(self, x)"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, in a scope of this module's name."""
        if self.scope_name is None:
            self.label_parameters()
        name = self.scope_name
        with scope(name) if name else scope(type(self).__name__, id(self)):
            return self.forward(*args, **kwargs)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(dotted name, parameter) pairs: ("layers.0.neurons.3.weights.1", Value(...))."""
        return [(name, part) for name, part in _walk(self) if isinstance(part, Value)]

    def parameters(self) -> list[Value]:
        """Every parameter once, in the order of definition."""
        return [parameter for _, parameter in self.named_parameters()]

    def modules(self) -> list[Module]:
        """This module and every module inside it, each once."""
        return [part for _, part in _walk(self) if isinstance(part, Module)]

    def generators(self) -> list[Random]:
        """Every `random.Random` in the attributes of this module and those inside it, each once."""
        found = [
            leaf
            for module in self.modules()
            for attribute, tree in vars(module).items()
            for _, leaf in _leaves(attribute, tree)
            if isinstance(leaf, Random)
        ]
        return list({id(generator): generator for generator in found}.values())

    def state_dict(self) -> dict[str, float]:
        """Every parameter's number by its dotted name, in the order of `named_parameters()`."""
        return {name: parameter.data for name, parameter in self._by_name().items()}

    def load_state_dict(self, numbers: Mapping[str, float]) -> None:
        """Give the parameters the numbers of a `state_dict()`: all of them or, failing, none.

        ValueError that says which names are missing or unexpected and which lengths differ.
        """
        own = self._by_name()
        floats = numbers_for(list(own), numbers, _title(self))
        set_all(list(own.values()), repeat("data"), floats)

    def _by_name(self) -> dict[str, Value]:
        pairs = self.named_parameters()
        by_name = dict(pairs)
        if len(by_name) < len(pairs):
            twice = next(name for name, parameter in pairs if by_name[name] is not parameter)
            raise ValueError(
                f"two parameters have the name {twice!r}: keep dots out of dicts' keys"
            )
        return by_name

    def label_parameters(self) -> None:
        """Make each parameter's dotted name its label, so that pictures show it, and name modules.

        The modules of this package do it when they are made, others when they are first called; a
        module around them renames what they named. A label of your own is kept.
        """
        self.scope_name = self.scope_name or ""
        for module in self.modules():
            for name, part in _parts(module, {id(module)}):
                if isinstance(part, Module):
                    part.scope_name = name
        with scope(type(self).__name__, id(self)) as here:
            for name, parameter in self.named_parameters():
                parameter.place = here
                if name.endswith(parameter.label):
                    parameter.label = name

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Module:
        """Set `training`, here and in every module inside; returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """The same as `train(False)`."""
        return self.train(False)

    def extra_repr(self) -> str:
        """What the repr says between parentheses; a subclass may define it."""
        return ""

    def __repr__(self) -> str:
        return "\n".join(_tree(self, {id(self)}))


def _walk(
    module: Module, prefix: str = "", seen: set[int] | None = None
) -> Iterator[tuple[str, Value | Module]]:
    """The module and all that belongs to it, each once, with its dotted name."""
    seen = {id(module)} if seen is None else seen
    yield prefix, module
    for name, part in _parts(module, seen):
        dotted = f"{prefix}.{name}" if prefix else name
        if isinstance(part, Module):
            yield from _walk(part, dotted, seen)
        else:
            yield dotted, part


def _parts(module: Module, seen: set[int]) -> Iterator[tuple[str, Value | Module]]:
    """The Values and Modules in the module's own attributes, unless they were seen before."""
    for attribute, tree in vars(module).items():
        for name, part in _leaves(attribute, tree):
            owned = isinstance(part, Module) or (isinstance(part, Value) and not part.parents)
            if owned and id(part) not in seen:
                seen.add(id(part))
                yield name, part


def _leaves(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, list | tuple | dict):
        for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _leaves(f"{name}.{key}", branch)
    else:
        yield name, tree


def _tree(module: Module, seen: set[int]) -> list[str]:
    """A line for the module and, indented, the trees of its modules; equal neighbours share one."""
    count = len(module.parameters())
    lines = [f"{_title(module)}: {count:,} parameter{'' if count == 1 else 's'}"]
    children = [(name, part) for name, part in _parts(module, seen) if isinstance(part, Module)]
    trees = [(name, _tree(child, seen)) for name, child in children]
    for (first, *rest), neighbours in groupby(trees, key=lambda pair: pair[1]):
        names = [name for name, _ in neighbours]
        several = f" ... {names[-1]}" if len(names) > 1 else ""
        each = " each" if len(names) > 1 else ""
        lines.append(f"  {names[0]}{several}: {first}{each}")
        lines += ["  " + line for line in rest]
    return lines


def _title(module: Module) -> str:
    details = module.extra_repr()
    return f"{type(module).__name__}({details})" if details else type(module).__name__
