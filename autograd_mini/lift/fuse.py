"""Flat program -> kinds: sums of products become `dot`, and equal computations get one kind.

`acc = acc + w * x` and `dot(ws, xs)` are the same sum of products and leave here as the same
node. The kind of a scalar is how it was computed: the operation and the kinds of its operands.
All neurons of a layer, over all points of a batch, are of one kind.

On a grid whose boundary is given, a point beside it is computed from other kinds than one inside,
after two sweeps also a point two away, and so on: kinds multiply. The kind of a scalar is then the
operation, how many operands it has and how deep it lies; the operands may be of any kinds.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import reduce

from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.flatten import Flat
from autograd_mini.lift.forms import ARRAY_FORMS
from autograd_mini.primitives import TABLE

PARAMETER, INPUT, CONSTANT = 0, 1, 2
COMMUTES = {"+", "*"}
SUMS = {"+", "sum", "mean"}
FOLDS = {"maximum", "minimum", "logsumexp"}
#: Rows whose first operand is one of a set, and the rest the others.
SIBLINGS = {"softmax", "log_softmax"}

#: The same rows, of operands of one kind that are read as one array along an axis.
SHARES = {f"{row}[]" for row in SIBLINGS}
STACKED = {"sum", *SHARES, *[f"{row}[]" for row in FOLDS]}

#: Kinds multiply if one operation at one depth has on average more than this many: not only one on
#: parameters, one on inputs and one on constants.
SPREAD = 3

#: With fewer operands than this, on average, one operation at one depth is not worth an array.
CROWD = 20

#: A kind: the operation, the kinds of its operands (one for the whole of a sum), how many.
#: Where kinds are told by depth, it is in their place, negative.
Key = tuple[str, tuple[int, ...], int]

#: An addend, or the two factors of a product.
Term = int | tuple[int, int]


@dataclass
class Kinds:
    """A program of scalars, each of a kind. Constants are negative, as in `Flat`."""

    flat: Flat
    kind: list[int]
    operands: list[tuple[int, ...]]
    by_depth: bool = False
    keys: list[Key] = field(default_factory=lambda: [("", (), 0)] * 3)
    members: list[list[int]] = field(default_factory=lambda: [[], [], []])
    roots: list[int] = field(default_factory=list)
    known: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)
    number: dict[Key, int] = field(default_factory=dict)

    def add(self, op: str, operands: tuple[int, ...]) -> int:
        """The scalar that is `op` of operands; what was computed before is not computed again."""
        if (seen := self.known.get((op, operands))) is not None:
            return seen
        kind = self.kind
        told = operands  # by which operands the kinds are told
        if op == "dot":
            told = operands[0], operands[len(operands) // 2]
        elif op in STACKED:
            told = operands[:1]
        kinds = tuple([kind[i] if i >= 0 else CONSTANT for i in told])
        if op in COMMUTES and kinds[0] > kinds[1]:
            kinds, operands = kinds[::-1], operands[::-1]
        if self.by_depth:
            below = max(map(self.depth, {*map(self.kind_of, operands)}))
            kinds = (-1 - below,) * len(kinds)
        key = (op, kinds, len(operands))
        which = self.number.setdefault(key, len(self.keys))
        if which == len(self.keys):
            self.keys.append(key)
            self.members.append([])
        self.known[op, operands] = out = len(kind)
        self.members[which].append(out)
        kind.append(which)
        self.operands.append(operands)
        return out

    def add_shares(self, op: str, operands: tuple[int, ...]) -> int:
        """The share of each operand among all, one after the other; the number of the first."""
        first = self.add(op, operands)
        if self.members[self.kind[first]][-1] == first:  # new: the others are its neighbours
            for _ in operands[1:]:
                self.members[self.kind[first]].append(len(self.kind))
                self.kind.append(self.kind[first])
                self.operands.append(operands)
        return first

    def kind_of(self, i: int) -> int:
        """The kind of a scalar or constant."""
        return self.kind[i] if i >= 0 else CONSTANT

    def depth(self, kind: int) -> int:
        """How many operations deep a kind lies, where that tells it; else 0."""
        return -min((0, *self.keys[kind][1]))


@collector_paused()
def fuse(flat: Flat) -> Kinds:
    """Collect trees of + and * into sums of products and give every scalar its kind.

    The kinds are told by depth if there are then far fewer: see `SPREAD`.

    NotImplementedError for a primitive without an array form, RuntimeError for one that was
    defined again.
    """
    flat.check_own()
    for op in flat.ops:
        if op not in ARRAY_FORMS and TABLE[op].array is None:
            raise NotImplementedError(
                f"lift() has no array form of the primitive {op!r}: define it with one, as in "
                f"define_primitive({op!r}, ..., array=lambda xp, x: xp.exp(x)), where xp is numpy "
                f"or another array library, or leave this program to eager evaluation"
            )
    kinds = _fused(flat, by_depth=False)
    return _fused(flat, by_depth=True) if _multiply(kinds) else kinds


def _multiply(kinds: Kinds) -> bool:
    """Whether there are many kinds where one, told by depth, would be large."""
    depths, alike = [0, 0, 0], set()
    for op, sources, count in kinds.keys[3:]:
        depths.append(1 + max(depths[source] for source in sources))
        alike.add((op, depths[-1], count))
    if len(kinds.keys) <= SPREAD * len(alike):
        return False
    return sum(map(len, kinds.flat.operands)) > CROWD * len(alike)


def _fused(flat: Flat, by_depth: bool) -> Kinds:
    flat = replace(flat, constants=[*flat.constants])  # means add theirs
    n_parameters, n_inputs = len(flat.parameters), len(flat.inputs)
    out = Kinds(flat, [PARAMETER] * n_parameters + [INPUT] * n_inputs, [()] * flat.leaves, by_depth)
    uses = Counter(i for operands in flat.operands for i in operands)
    uses.update(flat.roots)
    in_sum = bytearray(flat.leaves + len(flat.ops))  # whether some sum reads it
    for op, operands in zip(flat.ops, flat.operands, strict=True):
        if op in SUMS:
            for i in operands:
                if i >= 0:
                    in_sum[i] = 1
    new: list[int | list[Term] | tuple[int, int]] = [*range(flat.leaves)]

    def settled(i: int) -> int:
        found = new[i] if i >= 0 else i
        assert isinstance(found, int)
        return found

    for i, (op, operands) in enumerate(zip(flat.ops, flat.operands, strict=True), flat.leaves):
        absorbed = in_sum[i] and uses[i] == 1
        if op in SUMS:
            terms = _spliced([new[j] if j >= 0 else j for j in operands])
            if op == "mean":
                count = ~len(flat.constants)
                flat.constants.append(float(len(operands)))
                new.append(out.add("/", (_total(out, terms), count)))
            else:
                new.append(terms if absorbed else _total(out, terms))
            continue
        now = tuple([settled(j) for j in operands])
        new.append((now[0], now[1]) if op == "*" and absorbed else _simplified(out, op, now))
    out.roots = [settled(root) for root in flat.roots]
    return out


def scattered(flat: Flat) -> Kinds:
    """Every scalar as a kind of its own: where nothing repeats, floats are faster than arrays."""
    n_parameters, n_inputs = len(flat.parameters), len(flat.inputs)
    out = Kinds(flat, [PARAMETER] * n_parameters + [INPUT] * n_inputs, [()] * flat.leaves)
    for i, (op, operands) in enumerate(zip(flat.ops, flat.operands, strict=True), flat.leaves):
        out.keys.append((op, tuple(map(out.kind_of, operands)), len(operands)))
        out.members.append([i])
        out.kind.append(len(out.keys) - 1)
        out.operands.append(operands)
    out.roots = flat.roots
    return out


def _spliced(parts: list[int | list[Term] | tuple[int, int]]) -> list[Term]:
    """The terms of a sum whose parts may be sums themselves."""
    terms: list[Term] = []
    for part in parts:
        if not isinstance(part, list):
            terms.append(part)
        elif terms:
            terms += part
        else:
            terms = part  # taken over, not copied: a chain of n sums takes n steps
    return terms


def _simplified(out: Kinds, op: str, operands: tuple[int, ...]) -> int:
    """An operation in the rows that the later stages know."""
    if op == "dot":
        half = len(operands) // 2
        return _total(out, list(zip(operands[:half], operands[half:], strict=True)))
    if op == "pos":
        return operands[0]
    if op == "prod":
        return _product(out, list(operands))
    if op in SIBLINGS:
        return _sibling(out, op, operands)
    if op in FOLDS and len(operands) > 2 and len({*map(out.kind_of, operands)}) == 1:
        return out.add(op + "[]", operands)
    return out.add(op, operands)


def _total(out: Kinds, terms: list[Term]) -> int:
    """A sum of addends and products, as one `dot` or `sum` per kind of them, added up."""
    products: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    addends: dict[int, list[int]] = defaultdict(list)
    for term in terms:
        if isinstance(term, int):
            if out.by_depth or term >= 0 or out.flat.constants[~term]:
                addends[0 if out.by_depth else out.kind_of(term)].append(term)
        else:
            x, y = term
            a, b = out.kind_of(x), out.kind_of(y)
            which = (0, 0) if out.by_depth else (min(a, b), max(a, b))
            products[which].append((x, y) if a <= b else (y, x))
    sums = []
    for pairs in products.values():
        if len(pairs) == 1:
            sums.append(out.add("*", pairs[0]))
        else:
            sums.append(out.add("dot", tuple([x for x, _ in pairs] + [y for _, y in pairs])))
    for alike in addends.values():
        if len(alike) <= 2 - bool(sums):
            sums += alike
        else:
            sums.append(out.add("sum", tuple(alike)))
    if not sums:
        out.flat.constants.append(0.0)
        return ~(len(out.flat.constants) - 1)
    return reduce(lambda x, y: out.add("+", (x, y)), sums)


def _product(out: Kinds, factors: list[int]) -> int:
    """A tree of products, balanced: its depth is the logarithm of its width."""
    while len(factors) > 1:
        paired = [out.add("*", (x, y)) for x, y in zip(factors[::2], factors[1::2], strict=False)]
        factors = paired + factors[len(factors) // 2 * 2 :]
    return factors[0]


def _sibling(out: Kinds, op: str, operands: tuple[int, ...]) -> int:
    """One share of a softmax; all other shares of the set enter with it, for they cost nothing."""
    alike = len({*map(out.kind_of, operands)}) == 1 and len({*operands}) == len(operands)
    if not alike or operands[0] < 0 or len(operands) < 2:
        return out.add(op, operands)
    ordered = tuple(sorted(operands))
    return out.add_shares(op + "[]", ordered) + ordered.index(operands[0])
