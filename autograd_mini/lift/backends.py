"""Where emitted source runs: the names it calls, on NumPy, JAX and PyTorch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from autograd_mini.lift.forms import forms
from autograd_mini.primitives import TABLE


@dataclass(frozen=True)
class Backend:
    """`names(dtype)` is what source of the kind `source` calls; `array` brings a table over."""

    source: Literal["in place", "pure", "scalar"]
    names: Callable[[Any], dict[str, Any]]
    array: Callable[[Any, Any], Any]


# ---- NumPy


def _numpy_names(dtype: Any) -> dict[str, Any]:
    def exact(name: str) -> Callable[[Any], Any]:  # NumPy has no erf
        function = np.frompyfunc(TABLE[name].forward, 1, 1)
        return lambda x: np.asarray(function(x), dtype=dtype)[()]

    return forms(np, erf=exact("erf"), erfc=exact("erfc")) | {
        "zeros": lambda shape: np.zeros(shape, dtype),
        "empty": lambda shape: np.empty(shape, dtype),
        "columns": lambda shape: np.zeros(shape[::-1], dtype).T,  # each contiguous
        "add_at": _add_at,
    }


def _add_at(total: Any, index: Any, values: Any) -> None:
    """Add values to the places of an index, to places that occur twice twice, per example."""
    size, examples = total.shape[-1], np.arange(total.size // total.shape[-1])
    places = (examples[:, None] * size + index.ravel()).ravel()
    values = np.broadcast_to(values, (*total.shape[:-1], *index.shape)).ravel()
    total += np.bincount(places, values, total.size).reshape(total.shape)


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


# ---- JAX


def _jax_names(_: Any) -> dict[str, Any]:
    jnp, special = _library("jax.numpy", "jax"), _library("jax.scipy.special", "jax")

    def scattered(piece: Any, index: Any, total: int) -> Any:
        return jnp.zeros((*piece.shape[:-1], total), piece.dtype).at[..., index].add(piece)

    return forms(jnp, erf=special.erf, erfc=special.erfc) | _placing(jnp) | {"scattered": scattered}


# ---- PyTorch


class _Torch:
    """PyTorch under the array API's names, taking numbers where it wants tensors."""

    __name__ = "torch"

    def __init__(self, torch: Any, dtype: Any) -> None:
        self._torch, self._dtype = torch, dtype
        self.inf = torch.inf

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


def _torch_names(dtype: Any) -> dict[str, Any]:
    torch = _library("torch", "torch")
    xp = _Torch(torch, dtype)

    def scattered(piece: Any, index: Any, total: int) -> Any:
        zeros = torch.zeros((*piece.shape[:-1], total), dtype=piece.dtype)
        return zeros.index_add(-1, torch.as_tensor(index), piece)

    return forms(xp, erf=torch.erf, erfc=torch.erfc) | _placing(xp) | {"scattered": scattered}


def _torch_array(table: Any, dtype: Any) -> Any:
    return _library("torch", "torch").as_tensor(table, dtype=dtype)


# ---- what both need


def _placing(xp: Any) -> dict[str, Any]:
    def spread(x: Any, batch: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        return xp.broadcast_to(x, (*batch, *shape)).reshape((*batch, -1))

    def placed(pieces: list[Any], index: Any) -> Any:
        return xp.take(
            xp.concat([*pieces, xp.zeros_like(pieces[0][..., :1])], axis=-1), index, axis=-1
        )

    return {"spread": spread, "placed": placed}


def _library(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise ImportError(
            f"this runs on {package}, which is not installed: pip install {package}"
        ) from None


SCALAR = Backend("scalar", _scalar_names, lambda table, _: table.item())
NUMPY = Backend("in place", _numpy_names, lambda table, dtype: table.astype(dtype))
JAX = Backend("pure", _jax_names, lambda table, dtype: table.astype(dtype))
TORCH = Backend("pure", _torch_names, _torch_array)
