"""Where emitted source runs: the names it calls, on NumPy, JAX and PyTorch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.forms import STANDARD, Forms, names_of
from autograd_mini.primitives import TABLE


@dataclass(frozen=True)
class Backend:
    """`names(dtype)` is what source of the kind `source` calls; `array` brings a table over."""

    source: Literal["in place", "pure", "scalar"]
    names: Callable[[Any], dict[str, Any]]
    array: Callable[[Any, Any], Any]


# ---- NumPy

# np.sum and np.max spend longer on preliminaries than on a small array
_sum: Any = np.add.reduce
_max: Any = np.maximum.reduce
#: Up to this length of an axis NumPy's sum along it takes ten times as long as a product with ones.
SHORT = 16


@lru_cache
def _special(name: str) -> Any:
    """What NumPy lacks: SciPy's function where SciPy is installed, else the row's, one by one."""
    try:
        return getattr(import_module("scipy.special"), name)
    except ModuleNotFoundError:
        return np.frompyfunc(TABLE[name].forward, 1, 1)


class _NumpyForms(Forms):
    """NumPy, by the shortest way where arrays are small."""

    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    negative, vdot = np.negative, staticmethod(np.vdot)

    def __init__(self, dtype: Any) -> None:
        super().__init__(np)
        self._dtype = dtype
        self._ones = lru_cache(8)(lambda shape: np.ones(shape, dtype))

    def erf(self, x: Any) -> Any:
        return np.asarray(_special("erf")(x), self._dtype)[()]

    def erfc(self, x: Any) -> Any:
        return np.asarray(_special("erfc")(x), self._dtype)[()]

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if x.ndim == 2 and axis == 0 and not keepdims:
            return self._ones(len(x)) @ x  # takes half the time of a sum
        if axis == x.ndim - 1 and x.shape[-1] <= SHORT and not keepdims:
            return x @ self._ones(x.shape[-1])  # takes a tenth of it
        return _sum(x, axis, keepdims=keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return _max(x, axis, keepdims=keepdims)

    def _largest(self, x: Any) -> tuple[Any, Any, Any]:
        """As on any library, in half the time: one of the largest is found, and taken out."""
        places = x.argmax(axis=-1, keepdims=True)
        places += np.arange(0, x.size, x.shape[-1]).reshape(places.shape)
        top = x.take(places)
        above = x - top
        terms = np.exp(above)
        terms.put(places, 0.0)
        return top, above, terms @ self._ones((x.shape[-1], 1))

    def outer(self, column: Any, row: Any) -> Any:
        """Broadcasting takes three times as long."""
        return np.dot(column[:, None], row[None, :])

    def relu(self, x: Any, out: Any = None) -> Any:
        return np.maximum(x, 0.0, out=out)

    def sigmoid(self, x: Any, out: Any = None) -> Any:
        if out is None:
            return super().sigmoid(x)
        np.exp(np.negative(x, out), out)
        out += 1.0
        return np.divide(1.0, out, out)

    # ---- gradients

    def zeros(self, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape, self._dtype)

    def empty(self, shape: tuple[int, ...]) -> Any:
        return np.empty(shape, self._dtype)

    def columns(self, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape[::-1], self._dtype).T  # each contiguous

    def add_at(self, total: Any, index: Any, values: Any) -> None:
        """Add values to the places of an index, to places that occur twice twice, per example."""
        places = index.ravel()
        if total.ndim > 1:
            places = (np.arange(len(total))[:, None] * total.shape[-1] + places).ravel()
        values = np.broadcast_to(values, (*total.shape[:-1], *index.shape)).ravel()
        total += np.bincount(places, values, total.size).reshape(total.shape)


def _numpy_array(table: Any, dtype: Any) -> Any:
    return table.astype(dtype)


# ---- Python's floats, for a program without a single array


def _scalar_names(_: Any) -> dict[str, Any]:
    # math's own functions raise where a row has an IEEE 754 answer; `Program` then asks the rows
    rows = {row.name: row.forward for row in TABLE.values()}
    quick = {
        name: getattr(math, name) for name in rows if TABLE[name].arity == 1 and hasattr(math, name)
    }
    return (
        rows
        | quick
        | {
            "pow": math.pow,
            "own": SimpleNamespace(**rows),
            "total": lambda *xs: sum(xs),
            "zeros": lambda shape: [0.0] * shape[0],
            "empty": lambda shape: [0.0] * shape[0],
        }
    )


# ---- libraries without assignment to parts of arrays


class _PureForms(Forms):
    def spread(self, x: Any, batch: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        """A part of a gradient, every element there, in one row per example."""
        xp = self._xp
        return xp.reshape(xp.broadcast_to(x, (*batch, *shape)), (*batch, -1))

    def placed(self, parts: list[Any], index: Any) -> Any:
        """For every place the element of the parts, end to end, that belongs there, or 0."""
        nothing = self._xp.zeros_like(parts[0][..., :1])
        return self._xp.take(self._xp.concat([*parts, nothing], axis=-1), index, axis=-1)


class _JaxForms(_PureForms):
    def __init__(self, _: Any) -> None:
        super().__init__(_library("jax.numpy", "jax"))
        special = _library("jax.scipy.special", "jax")
        self.erf, self.erfc = special.erf, special.erfc

    def scattered(self, part: Any, index: Any, total: int) -> Any:
        return self._xp.zeros((*part.shape[:-1], total), part.dtype).at[..., index].add(part)


# ---- PyTorch


class _Torch:
    """PyTorch under the array API's names, taking numbers where it wants tensors."""

    def __init__(self, torch: Any, dtype: Any) -> None:
        self._torch, self._dtype = torch, dtype

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._torch, "permute" if name == "permute_dims" else name)
        if not callable(function):
            return function  # pi

        def call(*operands: Any, **options: Any) -> Any:
            return function(*map(self._tensor, operands), **options)

        return call

    def _tensor(self, x: Any) -> Any:
        return self._torch.tensor(x, dtype=self._dtype) if isinstance(x, float) else x

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._torch.amax(x, dim=() if axis is None else axis, keepdim=keepdims)

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._torch.sum(x, dim=axis, keepdim=keepdims)

    def tensordot(self, a: Any, b: Any, axes: Any) -> Any:
        return self._torch.tensordot(a, b, dims=axes)

    def take(self, x: Any, index: Any, axis: int) -> Any:
        del axis  # always the last
        return x[..., self._torch.as_tensor(index)]

    def concat(self, parts: list[Any], axis: int) -> Any:
        return self._torch.cat(parts, dim=axis)

    def einsum(self, formula: str, *operands: Any) -> Any:
        return self._torch.einsum(formula, *operands)

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        return self._torch.broadcast_to(self._torch.as_tensor(x, dtype=self._dtype), shape)


class _TorchForms(_PureForms):
    def __init__(self, dtype: Any) -> None:
        self._torch = _library("torch", "torch")
        super().__init__(_Torch(self._torch, dtype))
        self.erf, self.erfc = self._torch.erf, self._torch.erfc

    def scattered(self, part: Any, index: Any, total: int) -> Any:
        zeros = self._torch.zeros((*part.shape[:-1], total), dtype=part.dtype)
        return zeros.index_add(-1, self._torch.as_tensor(index), part)


def _torch_array(table: Any, dtype: Any) -> Any:
    return _library("torch", "torch").as_tensor(table, dtype=dtype)


def _library(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise ImportError(
            f"this runs on {package}, which is not installed: pip install {package}"
        ) from None


SCALAR = Backend("scalar", _scalar_names, lambda table, _: table.item())
NUMPY = Backend("in place", lambda dtype: names_of(_NumpyForms(dtype)), _numpy_array)
JAX = Backend("pure", lambda dtype: names_of(_JaxForms(dtype)), _numpy_array)
TORCH = Backend("pure", lambda dtype: names_of(_TorchForms(dtype)), _torch_array)

#: All that source may call, on one library or another.
CALLABLE = {*STANDARD}.union(*map(names_of, (_NumpyForms, _JaxForms, _TorchForms)))
