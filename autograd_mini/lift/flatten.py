"""Values -> a flat program: a list of operations on numbered scalars, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_mini.graph import topological_order
from autograd_mini.lift.collector import collector_paused
from autograd_mini.lift.forms import ARRAY_FORMS
from autograd_mini.primitives import TABLE, Primitive


@dataclass
class Flat:
    """A program of scalars in topological order.

    Scalar i is parameter i, then come the inputs, then the results of `ops`. `operands` of an
    operation are numbers of earlier scalars; a negative one, ~k, is constant k. What depends on
    neither a parameter nor an input is a constant: the number it had when it was recorded.
    """

    parameters: list[str]  # their labels
    inputs: list[str]
    constants: list[float]
    ops: list[str]
    operands: list[tuple[int, ...]]
    roots: list[int]
    is_list: bool  # of roots; if not, there is one
    contributions: set[int]  # products that are 0 where a factor is, though the other be infinite
    own: dict[str, Primitive]  # those of the user's own primitives that `ops` names

    @property
    def leaves(self) -> int:
        """How many scalars are given; the first operation computes the next one."""
        return len(self.parameters) + len(self.inputs)

    def check_own(self) -> None:
        """RuntimeError if a name now stands for another primitive than when it was recorded."""
        for name, row in self.own.items():
            if TABLE.get(name) is not row:
                raise RuntimeError(
                    f"{name} was defined again after this program was recorded: lift what calls "
                    f"the new one"
                )

    def __eq__(self, other: object) -> bool:
        """The same operations, and the same constants to the bit: nan is nan, -0.0 is not 0.0."""
        if not isinstance(other, Flat):
            return NotImplemented
        mine, theirs = [
            {**vars(flat), "constants": [*map(float.hex, flat.constants)]} for flat in (self, other)
        ]
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __str__(self) -> str:
        lines = []
        for i, (op, operands) in enumerate(zip(self.ops, self.operands, strict=True), self.leaves):
            shown = [f"s{j}" if j >= 0 else repr(self.constants[~j]) for j in operands]
            lines.append(f"s{i} = {op}({', '.join(shown)})")
        return "\n".join(lines)


@collector_paused()
def flatten(root: Any, parameters: Sequence[Any], inputs: Sequence[Any]) -> Flat:
    """The program that computes `root`, a Value or a list of them, from the given leaves."""
    roots = root if isinstance(root, list) else [root]
    number: dict[Any, int] = {leaf: i for i, leaf in enumerate((*parameters, *inputs))}
    names = [leaf.label for leaf in number]
    # constants are told apart by identity: two pixels may be equal and still lie in two places
    place: dict[int, int] = {}
    constants: list[float] = []
    ops: list[str] = []
    program: list[tuple[int, ...]] = []
    contributions: set[int] = set()
    for node in topological_order(*roots, boundary=frozenset(number)):
        if node in number or not any(parent in number for parent in node.parents):
            continue
        operands = []
        for x in node.operands:
            i = number.get(x)
            if i is None:
                i = place.setdefault(id(x), ~len(constants))
                if ~i == len(constants):
                    constants.append(float(x))
            operands.append(i)
        number[node] = len(number)
        if node.op == "contribution":  # of a derivative: `functional` says when
            contributions.add(number[node])
        ops.append("*" if node.op == "contribution" else node.op)
        program.append(tuple(operands))
    for each in roots:
        if each not in number:
            number[each] = ~len(constants)
            constants.append(each.data)
    found, split = [number[each] for each in roots], len(parameters)
    own = {op: TABLE[op] for op in dict.fromkeys(ops) if op not in ARRAY_FORMS}
    return Flat(
        *(names[:split], names[split:], constants, ops, program, found),
        is_list=roots is root,
        contributions=contributions,
        own=own,
    )


def check_repeated(first: Flat, again: Flat) -> None:
    """RuntimeError if two runs of one function differ: a program would hold one of them."""
    first.check_own()
    if first == again:
        return
    pairs = zip(first.constants, again.constants, strict=False)
    found = next((f"{x!r} became {y!r}" for x, y in pairs if x.hex() != y.hex()), "")
    raise RuntimeError(
        f"lift() records one run for all numbers, and two runs on the same arguments were not the "
        f"same: {found or f'{len(first.ops)} operations became {len(again.ops)}'}. Draw random "
        f"numbers, and read what changes, before; pass them as arguments"
    )


def listed(leaves: Any, name: str) -> list[Any]:
    """The Values that `lift` was given as `wrt` or `inputs`. TypeError for a single one."""
    if not isinstance(leaves, Iterable):
        raise TypeError(
            f"{name}= of lift() is a list of Values, but got one {type(leaves).__name__}: write "
            f"{name}=[a], or {name}=[a, *b]"
        )
    return list(leaves)


def check_leaves(parameters: Sequence[Any], inputs: Sequence[Any]) -> None:
    """ValueError if a Value is named twice: one number cannot stand in two places.

    TypeError if a leaf is no Value.
    """
    seen = set()
    for leaf in (*parameters, *inputs):
        if not hasattr(leaf, "parents"):
            raise TypeError(
                f"parameters and inputs of lift() are Values, but got a {type(leaf).__name__}: "
                f"write them out, as in inputs=[*x, *y]"
            )
        if leaf in seen:
            raise ValueError(f"{leaf!r} is named twice among the parameters and inputs of lift()")
        seen.add(leaf)
