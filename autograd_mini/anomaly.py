"""The errors of `detect_anomaly()`: where the first nan or inf was born, and from what."""

from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any

from autograd_mini.modes import Place, current_mode, current_place, user_line

#: An error names no more operands than this.
_SHOWN = 8


def place_of(op: str, data: float, operands: Sequence[Any]) -> Place:
    """Where the user's program runs an operation.

    Under `detect_anomaly()`, FloatingPointError if it makes a nan or inf: a nan of operands none of
    which is nan, an inf of operands that are finite.
    """
    line = user_line()
    born = current_mode().anomaly and not isfinite(data)
    if born and not any(map(isnan if isnan(data) else _not_finite, operands)):
        raise FloatingPointError(
            f"{call_text(op, operands)} = {data}: the first {data} is born at {line}"
        )
    return Place(current_place(), line=line)


def check_backward(totals: dict[Any, float]) -> None:
    """FloatingPointError at the first contribution or sum of a backward pass that is not finite.

    Only under `detect_anomaly()`.
    """
    if not current_mode().anomaly:
        return
    (_, seed), *_ = sweep = list(reversed(totals.items()))
    for node, upstream in sweep:
        if not isfinite(upstream) and isfinite(seed):
            raise FloatingPointError(
                f"the gradient of {_name(node)} is {upstream}: each contribution to it is finite, "
                f"their sum is not"
            )
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            if upstream and local and isfinite(upstream) and not isfinite(upstream * local):
                raise FloatingPointError(
                    f"the gradient of {call_text(node.op, node.operands)} in {_name(parent)} is "
                    f"{upstream} * {local} = {upstream * local}: the first {upstream * local} of "
                    f"the backward pass, from the operation at {node.line or 'an unknown line'}"
                )


def _not_finite(number: float) -> bool:
    return not isfinite(number)


def call_text(op: str, operands: Sequence[Any]) -> str:
    """An operation and what it read, labelled where there is a label: "log(x=-1.0)"."""
    shown = [_name(operand) for operand in operands[:_SHOWN]]
    return f"{op}({', '.join(shown)}{', ...' if len(operands) > _SHOWN else ''})"


def _name(operand: Any) -> str:
    label = getattr(operand, "label", "")
    return f"{label}={float(operand)}" if label else repr(float(operand))
