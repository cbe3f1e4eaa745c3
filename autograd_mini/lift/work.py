"""How much an array program does: what `stats` says."""

from dataclasses import dataclass
from math import prod

from autograd_mini.lift.arrays import BATCH, Array, Shape, common_shape


@dataclass
class Work:
    """Array steps; and per example flops, numbers read and written, numbers with a name."""

    steps: int = 0
    flops: int = 0
    numbers: int = 0
    named: int = 0

    def add(self, node: Array) -> None:
        """A node that is computed, not a view of another."""
        args = [x.shape for x in node.args if isinstance(x, Array) and x.shape]
        self.steps += 1
        self.numbers += sum(map(elements, (node.shape, *args)))
        if node.op == "contract":
            self.flops += 2 * elements(common_shape(node.args))
        elif node.op not in ("gather", "broadcast"):
            self.flops += max(map(elements, (node.shape, *args)))

    def add_part(self, x: object) -> None:
        """A part of a gradient that is written to its place."""
        self.steps += 1
        self.numbers += 2 * elements(x.shape) if isinstance(x, Array) else 1


def elements(shape: Shape) -> int:
    """How many numbers an array has, per example."""
    return prod(n for n in shape if n != BATCH)
