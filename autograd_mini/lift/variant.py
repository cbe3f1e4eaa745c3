"""The source of a program and what runs of it, for inputs with or without a batch axis."""

from collections.abc import Callable, Sequence
from math import nan
from typing import Any

import numpy as np

from autograd_mini.lift.arrays import BATCH, Array
from autograd_mini.lift.backends import NUMPY, Backend
from autograd_mini.lift.buffers import BufferedEmitter, Buffers
from autograd_mini.lift.build import Forward, build
from autograd_mini.lift.differentiate import differentiate
from autograd_mini.lift.emit import Emitter
from autograd_mini.lift.fuse import INPUT, PARAMETER
from autograd_mini.lift.group import Groups


class Variant:
    """A program without a batch axis, or one with it."""

    def __init__(self, groups: Groups, batched: bool, reduction: str, wrt: str) -> None:
        self._flat = groups.kinds.flat
        self._flat.check_own()  # rules are the table's
        forward = build(groups, batched)
        value = _reduced(forward, reduction) if batched else forward.value
        forward.length = len(forward.graph.nodes)
        self._forward = forward
        if self._flat.is_list:
            self._outputs: dict[str, Sequence[Any]] = {"value": [value]}
        else:
            seed = _seed(forward, reduction) if batched else 1.0
            gradient = self._derived(seed, wrt, per_example=batched and reduction == "none")
            self._outputs = {"value": [value], "value_and_grad": [value, gradient]}
        name = list(self._outputs)[-1]
        emitter = Emitter(forward)
        self.source = emitter.function(name, *self._outputs[name])
        self.is_scalar = emitter.is_scalar and not batched and len(self._outputs) > 1
        work = emitter.work
        self.named = work.named
        self.counts = {
            "array_steps": work.steps,
            "flops": work.flops,
            "bytes": 8 * work.numbers,
        }

    def _derived(self, seed: Any, wrt: str, per_example: bool) -> Array:
        """The gradient, as an array of the shape of the leaves it is taken in."""
        forward, graph = self._forward, self._forward.graph
        leaf = PARAMETER if wrt == "parameters" else INPUT
        gradient = differentiate(forward, seed, leaf, per_example)
        shape = forward.results[leaf].shape
        if per_example:
            shape = (BATCH, *shape[1:])
        if not isinstance(gradient, Array) or gradient.op != "assemble" or gradient.shape != shape:
            gradient = graph.make("assemble", (gradient,), shape, (("whole", ()),))
        forward.wrt = wrt
        return gradient

    def in_buffers(self, dtype: Any) -> Callable[..., Any]:
        """`value_and_grad` for large batches on NumPy, with memory that it keeps."""
        emitter = BufferedEmitter(self._forward)
        source = emitter.function("value_and_grad", *self._outputs["value_and_grad"])
        space = self._space(NUMPY, dtype)
        exec(source, space)
        return self._guarded(Buffers(emitter.shapes, dtype).lent_to(space["value_and_grad"]))

    def functions(self, backend: Backend, dtype: Any) -> dict[str, Callable[..., Any]]:
        """The compiled functions, with their constants as `dtype`."""
        sources = [
            Emitter(self._forward, backend.source).function(name, *outputs)
            for name, outputs in self._outputs.items()
        ]
        space = self._space(backend, dtype)
        for source in sources:
            exec(source, space)
        return {name: self._guarded(space[name]) for name in self._outputs}

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, until a primitive that it calls is defined again: then an error."""
        if not self._flat.own:
            return function

        def guarded(parameters: Any, inputs: Any) -> Any:
            self._flat.check_own()
            return function(parameters, inputs)

        return guarded

    def _space(self, backend: Backend, dtype: Any) -> dict[str, Any]:
        """The names that a source reads: functions and constants."""
        space = backend.names(dtype)
        graph = self._forward.graph
        for i, table in enumerate(graph.tables):
            lean = table.reshape([n for n in table.shape if n != 1])
            space[f"index_{i}"] = lean
            if table.dtype == float:
                space[graph.called.get(i, f"constant_{i}")] = backend.array(lean, dtype)
        return space


def _reduced(forward: Forward, reduction: str) -> Any:
    """The value of a batch: its examples' sum or mean, or one for each."""
    graph, value = forward.graph, forward.value
    if reduction == "none" and not _varies(value):
        value = graph.boxed(value, (1,))
        return graph.make("broadcast", (value,), (BATCH, *value.shape[1:]))
    if reduction == "none":
        return value
    if not _varies(value):
        return value if reduction == "mean" else value * graph.batch
    total = graph.total(value, (0,), value.shape)
    return total / graph.batch if reduction == "mean" else total


def _seed(forward: Forward, reduction: str) -> Any:
    """The derivative of that in the value of an example or, if all have one, in that one."""
    if _varies(forward.value):
        return 1.0 / forward.graph.batch if reduction == "mean" else 1.0
    return forward.graph.batch if reduction == "sum" else 1.0


def _varies(value: Any) -> bool:
    return isinstance(value, Array) and value.shape[0] == BATCH


def on_floats(functions: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The same functions, from arrays to arrays. What raises for a float is nan: see `_careful`."""

    def value(p: Any, x: Any) -> float:
        try:
            return float(functions["value"](p.tolist(), x.tolist()))
        except (ArithmeticError, ValueError):
            return nan

    def value_and_grad(p: Any, x: Any) -> tuple[float, Any]:
        try:
            out, gradient = functions["value_and_grad"](p.tolist(), x.tolist())
            return float(out), np.array(gradient)
        except (ArithmeticError, ValueError):
            return nan, np.zeros(0)

    return {"value": value, "value_and_grad": value_and_grad}
