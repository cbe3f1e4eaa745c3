"""A flat program on ordinary Values, one operation at a time: slow, and eager to the last bit.

Array code multiplies before it knows that a factor is 0, and 0 * inf is nan. Where a fast result
is not finite, this one is the answer.
"""

from collections.abc import Sequence
from typing import Any

from autograd_mini.functional import contribution
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift.flatten import Flat
from autograd_mini.modes import changed_mode
from autograd_mini.primitives import TABLE
from autograd_mini.value import Value


def replay(
    flat: Flat, parameters: Sequence[float], inputs: Sequence[float]
) -> tuple[Any, list[float]]:
    """The value, and its derivative in every parameter and then every input; 0 for a list."""
    leaves = [Value(x) for x in (*parameters, *inputs)]
    scalars: list[Any] = list(leaves)
    with changed_mode(recording=True):
        for op, operands in zip(flat.ops, flat.operands, strict=True):
            read = [scalars[i] if i >= 0 else flat.constants[~i] for i in operands]
            if len(scalars) in flat.contributions:
                scalars.append(contribution(*read))
            else:
                scalars.append(Value.apply_primitive(TABLE[op], read))
    found = [scalars[i] if i >= 0 else flat.constants[~i] for i in flat.roots]
    roots = [x if isinstance(x, Value) else Value(x) for x in found]
    if flat.is_list:
        return [root.data for root in roots], [0.0] * len(leaves)
    totals = reverse_sweep(roots[0], 1.0)
    return roots[0].data, [totals.get(leaf, 0.0) for leaf in leaves]
