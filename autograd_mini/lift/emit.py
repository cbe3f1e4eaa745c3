"""Array program -> readable source of one Python function, with names from the labels."""

import keyword
from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.lift.arrays import BATCH, Array, Shape
from autograd_mini.lift.backends import CALLABLE
from autograd_mini.lift.build import Forward
from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.express import Expressions, Style, lean, varying, walk
from autograd_mini.lift.forms import ARRAY_FORMS
from autograd_mini.lift.names import Names
from autograd_mini.lift.work import Work, elements
from autograd_mini.primitives import ATOM

LONGEST_INLINE = 60
#: What a label may not be called: Python's words, and the functions that the source calls.
RESERVED = {*keyword.kwlist, *ARRAY_FORMS, *CALLABLE, "parameters", "inputs", "value"}
LEAVES = ("parameters", "inputs", "batch", "constant")
UNNAMED = ("view", "reshape")
LINEAR = ("dot", "+", "-", "sum")


class Part(NamedTuple):
    """What goes to one place of a whole, perhaps a matrix product: its text, index and target."""

    text: str
    index: Any
    target: str
    factors: list[str] | None


class Emitter(Expressions):
    """Writes a function line by line: forward, then backward, in the order of the graph."""

    signature = "parameters, inputs"

    def __init__(self, forward: Forward, style: Style = "printed") -> None:
        super().__init__(forward.graph, style)
        self.forward = forward
        self.head: list[str] = []
        self.lines: list[str] = []
        self.names = Names(forward, RESERVED)
        self.uses: Counter[Array] = Counter()
        self.gradient: Array | None = None  # in the parameters
        self.work = Work()
        self.heading = ""
        self.inlined: set[Any] = set()  # what is written where it is read
        self.is_scalar = False  # whether no array is made but the gradient

    @collector_paused()
    def function(self, name: str, *outputs: Any) -> str:
        """The source of `def name(parameters, inputs)` that returns the outputs."""
        live = self._live(outputs)
        self.is_scalar = all(_is_float(node) for node in live)
        self.blocks = _starts(live)
        names = self._names(outputs)
        for node in live:
            if node.op == "constant" and node.detail in self.graph.called:
                self.head.append(f"# {self.graph.called[node.detail]}: 0 on the diagonal, else 1")
            self._statement(node, names)
        body = self.body([*self.lines, f"return {', '.join(map(self.show, outputs))}"])
        return "\n    ".join([f"def {name}({self.signature}):", *self.head, *body])

    def body(self, lines: list[str]) -> list[str]:
        """The lines after the head."""
        return lines

    def _live(self, outputs: Iterable[Any]) -> list[Array]:
        stack = [x for x in outputs if isinstance(x, Array)]
        self.uses.update(stack)
        seen: set[Array] = set()
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                args = [x for x in node.args if isinstance(x, Array)]
                stack += args
                self.uses.update(args)
        for node in reversed(self.graph.nodes):  # an alias is used as often as what it shows
            if node in seen and node.op == "reframe":
                self.uses[node.args[0]] += self.uses[node] - 1
        return [node for node in self.graph.nodes if node in seen]

    # ---- names

    def _names(self, outputs: Sequence[Any]) -> dict[Array, str]:
        """z for what is linear, h for what a function made of it, d_ for a gradient in it."""
        names: dict[Array, str] = {}
        numbered: Counter[str] = Counter()
        results = self.forward.results
        upstreams = {kind: unframed(x) for x, kind in self.forward.upstreams.items()}
        for step in self.forward.steps:
            kind = step.group.kind
            node = unframed(results[kind])
            below = upstreams.get(kind)
            seen_below = below is not None and self.uses[below] > 1 and step.group.op in LINEAR
            if self.uses[node] > 1 or (self.uses[node] and seen_below):
                letter = "z" if step.group.op in LINEAR else "h"
                numbered[letter] += 1
                names.setdefault(node, f"{letter}{numbered[letter]}")
        for kind, node in upstreams.items():
            if self.uses[node] > 1 and node.op not in UNNAMED:
                names.setdefault(node, f"d_{names.get(unframed(results[kind]), 'z')}")
        if isinstance(outputs[0], Array) and outputs[0].op == "assemble":
            names[outputs[0]] = "outputs"
        for node in outputs[1:]:
            names[node] = f"d_{self.forward.wrt}"
            self.gradient = node if self.forward.wrt == "parameters" else None
        return names

    def _statement(self, node: Array, names: dict[Array, str]) -> None:
        if node.op == "reframe":
            self.text[node] = self.text[node.args[0]]
            if node.args[0] in self.inlined:
                self.inlined.add(node)
            return
        if node.op == "assemble":
            name = "d" if node.number >= self.forward.length else "t"
            self._assemble(node, self.names.free(names.get(node, name)))
            return
        text, binds = self.expression(node)
        of_leaf = node.op in UNNAMED and node.args[0].op in ("parameters", "inputs")
        if node.op not in (*UNNAMED, *LEAVES):
            self.work.add(node)
        inlined = self.uses[node] == 1 and len(text) <= LONGEST_INLINE and node not in names
        if node.op in LEAVES or (inlined and not (of_leaf and node.args[0].op == "parameters")):
            self.text[node] = text, binds
            self.inlined.add(node)
            return
        if of_leaf:
            plain = (
                "x" if node.args[0].op == "inputs" else "W" if len(lean(node.shape)) > 1 else "b"
            )
            name = self.names.free(self.names.of_part(node) or plain)
            self.head.append(f"{name} = {text}{comment(node.shape)}")
        else:
            name = self.names.free(names.get(node, "t"))
            self._write(node, self.named(node, name, text))
        self.text[node] = name, ATOM

    def named(self, node: Array, name: str, text: str) -> str:
        """The line that computes a node."""
        self.work.named += elements(node.shape) if node.shape[:1] == (BATCH,) else 0
        return f"{name} = {text}{comment(node.shape)}"

    def _write(self, node: Any, line: str) -> None:
        heading = self.heading_of(node)
        if heading != self.heading:
            self.lines.append(heading)
        self.heading = heading
        self.lines.append(line)

    def heading_of(self, node: Array) -> str:
        """Under which a node stands."""
        return "# backward" if node.number >= self.forward.length else "# forward"

    # ---- gradients that arrive in parts

    def _assemble(self, node: Array, name: str) -> None:
        """Parts of a gradient go each to their place; the first one there need not add."""
        places = [self._places(node, *part) for part in node.detail]
        arrivals = np.bincount(np.concatenate([index.ravel() for index in places]))
        parts = []
        for x, (kind, detail), index in zip(node.args, node.detail, places, strict=True):
            self.work.add_part(x)
            axes = varying((node.shape[0], *index.shape))
            target, value, factors = f"{name}[...]", self.aligned(x, axes), None
            if kind != "whole":
                factors = self._product_along(x, axes) if self.style == "in place" else None
                if node is self.gradient and not factors and (arrivals[index] == 1).all():
                    value = self._named_part(x, index, value)
                target = self._target(node, name, kind, detail)
            parts.append(Part(value, index, target, factors))
        if self.style == "pure":
            self._write(node, f"{name} = {self._placed(node, parts)}")
        else:
            self._assign(node, name, parts)
        self.text[node] = name, ATOM

    def _assign(self, node: Array, name: str, parts: list[Part]) -> None:
        filled = np.zeros(prod(node.shape[1:]), dtype=bool)
        statements, adds = [], False
        for value, index, target, factors in parts:
            fresh = not filled[index].any()
            adds |= not target or not (fresh or filled[index].all())
            filled[index] = True
            if not target:
                flat = self._flat_view(name, node)
                statements.append(f"add_at({flat}, index_{self.graph.table(index)}, {value})")
            elif fresh and factors and index.ndim == 2:
                statements.append(f"matmul({', '.join(factors)}, out={target})")
            else:
                statements.append(f"{target} {'=' if fresh else '+='} {value}")
        made = "empty" if filled.all() and not adds else "zeros"
        if self.style == "in place" and all(part.index.ndim == 0 for part in parts):
            table = node.shape[0] == BATCH and len(lean(node.shape)) == 1
            made = "columns" if table and len(parts) > 1 else made
        self._write(node, f"{name} = {made}({self.sizes(node.shape, 'inputs.shape[0]')})")
        self.lines += statements

    def _placed(self, node: Array, parts: list[Part]) -> str:
        """The parts end to end, and for every element of the whole the one that belongs there.

        A second layer takes the parts for which some place is taken. What adds up within itself
        is a layer that is scattered.
        """
        total = prod(node.shape[1:])
        batch = "(inputs.shape[0],)" if node.shape[0] == BATCH else "()"
        layers: list[tuple[list[str], Any, int]] = []
        texts = []
        for value, index, _, _ in parts:
            flat = index.ravel()
            piece = f"spread({value}, {batch}, {tuple([n for n in index.shape if n != 1])})"
            if len(np.unique(flat)) < len(flat):
                texts.append(f"scattered({piece}, index_{self.graph.table(flat)}, {total})")
                continue
            free = (i for i, (_, taken, _) in enumerate(layers) if (taken[flat] < 0).all())
            which = next(free, len(layers))
            if which == len(layers):
                layers.append(([], np.full(total, -1), 0))
            pieces, taken, length = layers[which]
            taken[flat] = length + np.arange(len(flat))
            layers[which] = ([*pieces, piece], taken, length + len(flat))
        for pieces, taken, _ in layers:  # -1, the last, is the 0 that `placed` puts at the end
            texts.append(f"placed([{', '.join(pieces)}], index_{self.graph.table(taken)})")
        return f"reshape({' + '.join(texts)}, {self.sizes(node.shape)})"

    def _target(self, node: Array, name: str, kind: str, detail: Any) -> str:
        how = self.how(node, *detail) if kind == "view" else None
        if how is None:
            return ""
        text = self.sliced(name, node.shape, how)
        return text if text.endswith("]") else f"{text}[...]"

    def _named_part(self, x: Any, index: Any, text: str) -> str:
        """All that arrives in some of the parameters, under their name if they have one."""
        called = ""
        if index.size < len(self.forward.groups.kinds.flat.parameters):
            called = self.names.called(index)
        if not called or not isinstance(x, Array):
            return text
        name = self.names.free(f"d_{called}")
        self._write(self.gradient, f"{name} = {text}{comment(x.shape)}")
        return name

    def _places(self, node: Array, kind: str, detail: Any) -> Any:
        """Where in one example of a whole a part goes."""
        if kind == "whole":
            return np.arange(prod(node.shape[1:])).reshape(node.shape[1:])
        return self.graph.tables[detail[0]] if kind == "gather" else walk(*detail)

    def _product_along(self, x: Any, axes: list[int]) -> list[str] | None:
        """The factors of an operand that is written as a matrix product along these axes."""
        if x not in self.inlined or varying(x.shape) != axes or unframed(x).op != "contract":
            return None
        return self.factors(unframed(x))

    def _flat_view(self, name: str, node: Array) -> str:
        if len(lean(node.shape)) == 1:
            return name
        return f"{name}.reshape{self.sizes((node.shape[0], prod(node.shape[1:])))}"


def unframed(node: Any) -> Any:
    """What an alias shows."""
    while isinstance(node, Array) and node.op == "reframe":
        node = node.args[0]
    return node


def comment(shape: Shape) -> str:
    """The sizes of an array, for the reader."""
    sizes = ["B" if n == BATCH else str(n) for n in shape if n != 1]
    return f"  # {' x '.join(sizes)}" if sizes else ""


def _starts(live: Iterable[Array]) -> dict[Any, list[int]]:
    """Where the views of the parameters start: cuts there serve all views of a layer."""
    starts: dict[Any, set[int]] = {}
    for node in live:
        if node.op == "view" and node.args[0].op == "parameters" and node.detail[1]:
            starts.setdefault(node.detail[1][0], set()).add(node.detail[0])
    return {key: sorted(found) for key, found in starts.items()}


def _is_float(node: Array) -> bool:
    if node.op == "assemble":
        return node.shape != (1, 1) and all(k == "view" and not how[1] for k, how in node.detail)
    if node.op in ("parameters", "inputs"):
        return True
    if node.op != "view" and any(isinstance(x, Array) and varying(x.shape) for x in node.args):
        return False
    return not varying(node.shape) and node.op not in ("gather", "broadcast")
