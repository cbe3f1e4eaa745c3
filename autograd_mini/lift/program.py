"""A lifted program: what `lift` returns."""

from collections.abc import Callable, Sequence
from functools import cached_property
from math import isfinite, nan, prod
from operator import mul
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.arguments import as_array
from autograd_mini.lift.backends import JAX, NUMPY, SCALAR, TORCH, Backend
from autograd_mini.lift.careful import replay
from autograd_mini.lift.flatten import Flat
from autograd_mini.lift.fuse import fuse, scattered
from autograd_mini.lift.group import Groups, group
from autograd_mini.lift.variant import Variant, on_floats

#: How many numbers of a batch are worked on at a time where examples are independent: what a
#: cache holds, with the intermediate arrays.
BLOCK = 2**15

#: From how many numbers in named results of a batch on memory is kept between calls.
LARGE = 2**17

#: With fewer operands per group than this a program has no structure worth an array.
FEW = 4

Reduction = Literal["mean", "sum", "none"]


class Program:
    """A recorded scalar computation as array code, forward and backward.

    `parameters` and `inputs` are numbers in the order in which they were named to `lift`. Inputs
    with a leading axis are a batch: every row is one example of what was recorded, and
    `reduction` says what becomes of their values.

    If a list of scalars was recorded, so is the value: an array with a number for each, and in a
    batch without a reduction a row of them per example. Such a program has no gradient.

    `print(program)` shows the source that runs.
    """

    def __init__(
        self, groups: Groups, reduction: Reduction, wrt: Literal["parameters", "inputs"]
    ) -> None:
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f'reduction is "mean", "sum" or "none", not {reduction!r}')
        self._groups, self._flat = groups, groups.kinds.flat
        self._reduction, self._wrt = reduction, wrt
        self._variants: dict[bool, Variant] = {}
        self._last = False
        self._run: dict[Any, Callable[..., Any]] = {}

    def value(self, parameters: Any = (), inputs: Any = ()) -> Any:
        """The value: a float or, of a list, an array; with `reduction="none"` one per example."""
        p, x = self._arrays(parameters, inputs)
        return self._valued(p, x)[0]

    def value_and_grad(self, parameters: Any = (), inputs: Any = ()) -> tuple[Any, Any]:
        """The value, and an array of its derivatives in all parameters (or what `wrt` named).

        With `reduction="none"` both have a row per example.
        """
        self._check_single()
        p, x = self._arrays(parameters, inputs)
        if self._reduction != "none" or x.ndim < 2 or x.size <= BLOCK:
            return self._evaluated(p, x)
        count = -(-x.size // BLOCK)
        blocks = [self._evaluated(p, part) for part in np.array_split(x, count)]
        values, gradients = zip(*blocks, strict=True)
        return np.concatenate(values), np.concatenate(gradients)

    @np.errstate(all="ignore")
    def _valued(self, p: Any, x: Any) -> tuple[Any, None]:
        if not len(x) and x.ndim > 1:
            return self._replayed(p, x)[0], None
        out = _owned(self._function("value", p, x)(p, x), p, x)
        if not np.isfinite(out).all():
            return self._careful(self._valued, p, x)[0], None
        if self._flat.is_list:
            rows = out.shape[: self._reduction == "none" and x.ndim > 1]
            out = np.reshape(out, (*rows, -1))
        return (out if getattr(out, "ndim", 0) else float(out)), None

    @np.errstate(all="ignore")
    def _evaluated(self, p: Any, x: Any) -> tuple[Any, Any]:
        if not len(x) and x.ndim > 1:
            return self._replayed(p, x)
        out, gradient = self._function("value_and_grad", p, x)(p, x)
        out, gradient = _owned(out, p, x), _owned(gradient, p, x)
        if gradient.size and gradient.shape != (shape := self._shape(p, x, x.ndim > 1)):
            gradient = gradient.reshape(shape)
        if not isfinite(_squares(gradient) + _squares(out)):
            return self._careful(self._evaluated, p, x)
        return (out if getattr(out, "ndim", 0) else float(out)), gradient

    def _careful(self, run: Callable[..., Any], p: Any, x: Any) -> tuple[Any, Any]:
        """Where something is not finite: each example with it is replayed, found by halving."""
        if x.ndim < 2 or len(x) < 2:
            return self._replayed(p, x)
        parts = [x[: len(x) // 2], x[len(x) // 2 :]]
        values, gradients = zip(*[run(p, part) for part in parts], strict=True)
        shares = [1.0 if self._reduction == "sum" else len(part) / len(x) for part in parts]
        each = self._reduction == "none"
        value = np.concatenate(values) if each else _weighted(values, shares)
        if gradients[0] is None:
            return value, None
        if each:
            return value, np.concatenate(gradients)
        if self._wrt == "parameters":
            return value, _weighted(gradients, shares)
        return value, np.concatenate([*map(mul, gradients, shares)])

    def to_jax(self) -> Callable[..., Any]:
        """The same program for JAX: a pure `(parameters, inputs) -> (value, gradient)`.

        It can be jitted and its inputs sharded. An upstream of 0 that meets an infinite slope is
        nan, as everywhere in JAX: only `value_and_grad` can look and run such an example again.

        TypeError and ValueError for arrays that are not floating or of another shape. ImportError
        with the install line without JAX.
        """
        return self._on(JAX)

    def to_torch(self) -> Callable[..., Any]:
        """The same program for PyTorch: `(parameters, inputs) -> (value, gradient)` on tensors.

        An upstream of 0 that meets an infinite slope is nan, as everywhere in PyTorch.

        TypeError and ValueError for tensors that are not floating or of another shape.
        ImportError with the install line without PyTorch.
        """
        return self._on(TORCH)

    def _on(self, backend: Backend) -> Callable[..., Any]:
        self._check_single()
        backend.names(None)  # now, not at the first call, is the time to miss a library
        compiled: dict[Any, Any] = {}

        def value_and_grad(parameters: Any, inputs: Any = None) -> Any:
            if inputs is None:
                inputs = parameters[:0]
            for given, name in ((parameters, "parameters"), (inputs, "inputs")):
                _check_floating(given, name)
            self._check_shapes(parameters, inputs)
            batched = inputs.ndim > 1
            if batched and not inputs.shape[0]:
                raise ValueError("inputs are a batch of no examples: pass at least one row")
            if inputs.ndim > 2:
                inputs = inputs.reshape(inputs.shape[0], -1)
            key = batched, str(parameters.dtype)
            if key not in compiled:
                functions = self._variant(batched).functions(backend, parameters.dtype)
                compiled[key] = functions["value_and_grad"]
            value, gradient = compiled[key](parameters, inputs)
            return value, gradient.reshape(self._shape(parameters, inputs, batched))

        return value_and_grad

    def stats(self) -> dict[str, int]:
        """Scalar nodes in, array steps out; their flops and bytes in float64, per example."""
        return {"nodes": len(self._flat.ops), **self._variant(self._last).counts}

    def __str__(self) -> str:
        return self._variant(self._last).source

    def _variant(self, batched: bool) -> Variant:
        if batched not in self._variants:
            self._variants[batched] = Variant(self._groups, batched, self._reduction, self._wrt)
        return self._variants[batched]

    @cached_property
    def _scalars(self) -> Variant:
        """One example of a program in which next to nothing repeats, as scalars."""
        edges = sum(map(len, self._flat.operands))
        if edges > FEW * len(self._groups.groups):
            return self._variant(batched=False)
        return Variant(group(scattered(self._flat)), False, self._reduction, self._wrt)

    def _function(self, name: str, p: Any, x: Any) -> Callable[..., Any]:
        batched = self._last = x.ndim > 1
        large = batched and len(x) * self._variant(batched).named > LARGE
        in_buffers = large and name == "value_and_grad"
        key = name, x.ndim, p.dtype.char, in_buffers
        if key not in self._run:
            if in_buffers:
                functions = {name: self._variant(batched).in_buffers(p.dtype)}
            elif not batched and p.dtype == float and self._scalars.is_scalar:
                functions = on_floats(self._scalars.functions(SCALAR, float))
            else:
                functions = self._variant(batched).functions(NUMPY, p.dtype)
            for each in {"value", "value_and_grad"} & functions.keys():
                self._run[each, *key[1:]] = functions[each]
        return self._run[key]

    def _arrays(self, parameters: Any, inputs: Any) -> tuple[Any, Any]:
        p, x = _numbers(parameters, "parameters"), _numbers(inputs, "inputs")
        self._check_shapes(p, x)
        if x.ndim > 2:
            x = x.reshape(len(x), prod(x.shape[1:]))
        if p.dtype != x.dtype and p.size and x.size:
            p, x = p.astype(float), x.astype(float)
        return p, x

    def _check_shapes(self, p: Any, x: Any) -> None:
        if tuple(p.shape) != (len(self._flat.parameters),):
            raise ValueError(
                f"this program has {len(self._flat.parameters)} parameters, but parameters of "
                f"shape {tuple(p.shape)} were given: pass one number for each, in the order of wrt"
            )
        count, shape = len(self._flat.inputs), tuple(x.shape)
        if shape != (count,) and (x.ndim < 2 or prod(shape[1:]) != count):
            raise ValueError(
                f"this program has {count} inputs, but inputs of shape {shape} were given: pass "
                f"shape ({count},) for one example or (n, {count}) for a batch of n"
            )

    def _shape(self, p: Any, x: Any, batched: bool) -> tuple[int, ...]:
        """The shape of the gradient."""
        if self._wrt == "inputs":
            return tuple(x.shape)
        return (*x.shape[: batched and self._reduction == "none"], *p.shape)

    def _replayed(self, p: Any, x: Any) -> tuple[Any, Any]:
        """One example as scalars, or a batch of one or none."""
        rows = [replay(self._flat, p.tolist(), row) for row in np.atleast_2d(x).tolist()]
        dtype = (p if p.size else x).dtype
        shape = (len(rows), len(self._flat.roots)) if self._flat.is_list else (len(rows),)
        values = np.array([value for value, _ in rows], dtype).reshape(shape)
        split = slice(None, p.size) if self._wrt == "parameters" else slice(p.size, None)
        slopes = np.array([slope[split] for _, slope in rows], dtype)
        slopes = slopes.reshape(len(rows), (p.shape if self._wrt == "parameters" else x.shape)[-1])
        if x.ndim < 2:
            return (float(values[0]) if values.ndim == 1 else values[0]), slopes[0]
        if self._reduction == "none":
            return values, slopes
        scale = nan if self._reduction == "mean" and not rows else 1.0  # as numpy.mean of nothing
        shared = slopes.sum(axis=0) * scale if self._wrt == "parameters" else slopes * scale
        value = values.sum(axis=0) * scale
        return (value if value.ndim else float(value)), shared

    def _check_single(self) -> None:
        if self._flat.is_list:
            raise ValueError(
                f"a list of {len(self._flat.roots)} scalars was recorded, which has a value but no "
                f"gradient: lift each scalar, or their sum"
            )


def _weighted(parts: Sequence[Any], weights: Sequence[float]) -> Any:
    first, second = map(mul, parts, weights)
    return first + second


def _squares(x: Any) -> Any:
    """The sum of the squares: finite, if all are and none is beyond all measure."""
    if not getattr(x, "ndim", 0):
        return x * x
    flat = x if x.ndim == 1 else x.reshape(-1, order="A")
    return flat.dot(flat)


def _owned(out: Any, *given: Any) -> Any:
    """A result that does not change with the arguments, as a view of them would."""
    is_view = getattr(out, "base", None) is not None  # asked first, for it costs next to nothing
    shared = any(out is x or (is_view and np.may_share_memory(out, x)) for x in given)
    return out.copy() if shared else out


def _check_floating(given: Any, name: str) -> None:
    dtype = getattr(given, "dtype", type(given).__name__)
    if "float" not in str(dtype) or not hasattr(given, "ndim"):
        raise TypeError(
            f"{name} must be an array of floats, but here is {dtype}: make it floating first, for "
            f"the constants of the program take its dtype"
        )


def _numbers(given: Any, name: str) -> Any:
    array = as_array(given, name)
    if array.dtype.char in "fd":
        return array
    if array.dtype.kind not in "fiub" or array.dtype == np.float16:
        raise TypeError(
            f"{name} must be real numbers, but have dtype {array.dtype}: make them float first"
        )
    return array.astype(float)


def lifted(
    flat: Flat, reduction: Reduction, wrt: Literal["parameters", "inputs"] = "parameters"
) -> Program:
    """The pipeline from a recording to its program."""
    return Program(group(fuse(flat)), reduction, wrt)
