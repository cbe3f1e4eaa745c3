"""Source in which results of a batch are written into memory that is kept between calls.

Where results are many or large, fresh memory costs more than the arithmetic. Each goes into a
buffer that no later line reads as what it was; the buffers of a call are kept for the next one.
What is returned never lies in a buffer.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.lift.arrays import BATCH, Array, Shape
from autograd_mini.lift.build import Forward
from autograd_mini.lift.emit import Emitter, unframed
from autograd_mini.lift.express import lean, varying
from autograd_mini.lift.forms import words

#: NumPy's functions for what the printed program writes with operators.
UFUNCS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "neg": "negative"}
#: The rows whose array forms take `out=`.
WITH_OUT = {*UFUNCS, "relu", "sigmoid"} | words("""
    exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh tanh
    asinh acosh atanh atan2 hypot logaddexp abs sign
""")
#: What never lies in the memory of its operands. A view does, and `maximum` of one operand.
FRESH = {*WITH_OUT, "assemble", "contract", "total"}
OUT = "out=_"


class BufferedEmitter(Emitter):
    """Writes `def name(parameters, inputs, buffers)`; `shapes` are the buffers', per example."""

    signature = "parameters, inputs, buffers"

    def __init__(self, forward: Forward) -> None:
        super().__init__(forward, "in place")
        self.shapes: list[Shape] = []
        self.wanted: dict[int, Shape] = {}  # lines that want a buffer, of this shape
        self.returned: set[Array] = set()  # and what it may lie in

    def function(self, name: str, *outputs: Any) -> str:
        """The source of the function."""
        stack = [*outputs]
        while stack:
            node = stack.pop()
            if isinstance(node, Array) and node not in self.returned:
                self.returned.add(node)
                stack += () if node.op in FRESH else node.args
        return super().function(name, *outputs)

    def named(self, node: Array, name: str, text: str) -> str:
        """The line that computes a node."""
        if node.shape[:1] == (BATCH,) and node not in self.returned and (call := self._into(node)):
            line = len(self.lines) + (self.heading != self.heading_of(node))
            self.wanted[line] = lean(node.shape)
            text = call
        return super().named(node, name, text)

    def _into(self, node: Array) -> str:
        """A call that leaves a node in the line's buffer, and on the way what it is made of."""
        if node.op == "contract":
            factors = self.factors(node)
            return f"matmul({', '.join(factors)}, {OUT})" if factors else ""
        if node.op not in WITH_OUT:
            return ""
        texts = [self.aligned(x, varying(node.shape)) for x in node.args]
        for i, x in enumerate(node.args):  # one operand at most can lie there as well
            if x in self.inlined and x.shape == node.shape and (call := self._into(unframed(x))):
                texts[i] = call
                break
        return f"{UFUNCS.get(node.op, node.op)}({', '.join(texts)}, {OUT})"

    def body(self, lines: list[str]) -> list[str]:
        """The lines, with a buffer for each that wants one."""
        lines, self.shapes = shared(lines, self.wanted)
        names = "".join(f"buffer_{i}, " for i in range(len(self.shapes)))
        return [f"{names}= buffers", *lines] if names else lines


def shared(lines: list[str], wanted: dict[int, Shape]) -> tuple[list[str], list[Shape]]:
    """The lines with buffers that nobody reads any more, and the shapes of these."""
    read = [re.findall(r"\w+", line) for line in lines]
    last = {word: i for i, line in enumerate(read) for word in line}
    for i in reversed(range(len(lines))):
        if i not in wanted and re.match(r"\w+ = ", lines[i]):  # it may show what it reads
            for word in read[i][1:]:
                last[word] = max(last[word], last[read[i][0]])
    shapes: list[Shape] = []
    free: dict[Shape, list[int]] = defaultdict(list)
    ends: dict[int, list[int]] = defaultdict(list)  # buffers by the line that reads them last
    out = list(lines)
    for i, line in enumerate(lines):
        if i in wanted:
            if not free[wanted[i]]:
                free[wanted[i]].append(len(shapes))
                shapes.append(wanted[i])
            buffer = free[wanted[i]].pop()
            ends[last[read[i][0]]].append(buffer)
            out[i] = line.replace(OUT, f"out=buffer_{buffer}")
        for buffer in ends.pop(i, ()):
            free[shapes[buffer]].append(buffer)
    return out, shapes


class Buffers:
    """Sets of buffers, each lent to one call at a time: calls may overlap, in any threads.

    Those for the last two batch sizes are kept; a batch in blocks ends with a smaller one.
    """

    def __init__(self, shapes: list[Shape], dtype: Any) -> None:
        self.shapes, self.dtype = shapes, dtype
        self.idle: dict[int, list[list[Any]]] = {}  # by batch size; replaced, never changed

    def lend(self, size: int) -> list[Any]:
        """A set that no other call has."""
        idle = self.idle
        if size not in idle:
            self.idle = idle = dict([*idle.items()][-1:]) | {size: []}
        try:
            return idle[size].pop()
        except IndexError:
            return [np.empty((size, *shape), self.dtype) for shape in self.shapes]

    def give_back(self, size: int, buffers: list[Any]) -> None:
        """For the next call of this size."""
        self.idle.get(size, []).append(buffers)

    def lent_to(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of parameters, inputs and buffers, as one of parameters and inputs."""

        def call(parameters: Any, inputs: Any) -> Any:
            buffers = self.lend(len(inputs))
            out = function(parameters, inputs, buffers)
            self.give_back(len(inputs), buffers)
            return out

        return call
