"""What mistake explains claimed gradients that are wrong, array by array."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import sub
from typing import NamedTuple

from autograd_mini.testing.blocks import Block, transposed
from autograd_mini.testing.mistakes import Mistake, known_mistakes
from autograd_mini.testing.roles import Graph
from autograd_mini.value import Value

#: Two hand-written formulas that mean the same differ by rounding, and no more.
_SAME = 1e-9

#: Beyond this nobody counts: of one entry, any factor would come close to a whole number.
_COUNTED = 1e6

#: To how many digits, or decimals, books round.
_PRINTED = (3, 4, 5)

#: A diagnosis names no more entries than this.
_SHOWN = 4

#: The true gradient of each parameter.
Slopes = Mapping[Value, float]


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with the claimed gradients of one block of parameters.

    `kind` names the mistake: "sign", "factor", "transpose", "sum missing", "gradient left out",
    ...; `factor` is what the true gradients were multiplied by, if it is the same for all.
    """

    block: str
    wrong: int
    size: int
    kind: str
    text: str
    factor: float | None = None

    def __str__(self) -> str:
        which = "all" if self.wrong == self.size else f"{self.wrong} of"
        wrong = f"{which} {self.size} entries wrong" if self.size > 1 else "wrong"
        return f"{self.block}: {wrong}: {self.text}"


class _Explanation(NamedTuple):
    kind: str
    text: str
    factor: float | None = None


def diagnosed(
    blocks: Sequence[Block], wrong: Sequence[Sequence[int]], graph: Graph
) -> list[Diagnosis]:
    """A diagnosis of each block of which some entries are wrong: those at these positions."""
    if not any(wrong):
        return []
    true = graph.swept()
    mistakes = known_mistakes(graph, [(block.name, block.mirrored()) for block in blocks])
    diagnoses = []
    for block, positions in zip(blocks, wrong, strict=True):
        if positions:
            found = (
                _of_another(block, blocks, true)
                or _explained(block, true, mistakes)
                or _explained_in_part(block, positions, true, mistakes)
                or _Explanation(
                    "unexplained",
                    f"no single mistake known here explains {_entries(block, positions)}: try one "
                    f"example and one layer at a time",
                )
            )
            diagnoses.append(Diagnosis(block.name, len(positions), len(block.values), *found))
    return diagnoses


def _explained(block: Block, slopes: Slopes, mistakes: Sequence[Mistake]) -> _Explanation | None:
    """What explains the claims of a block, the simplest first."""
    claims, true = block.in_place(), [slopes[value] for value in block.values]
    return (
        _by_shape(block, claims, true)
        or _at_a_glance(block, claims, true)
        or _by_a_mistake(block, claims, true, mistakes)
        or _by_digits(claims, true)
        or _by_factor(claims, true, counted=True)
        or _by_a_mistake(block, claims, true, mistakes, sign="-")
        or _by_factor(claims, true, counted=False)
        or _by_decay(block, claims, true)
    )


def _explained_in_part(
    block: Block, wrong: Sequence[int], slopes: Slopes, mistakes: Sequence[Mistake]
) -> _Explanation | None:
    """What explains the wrong entries of a block, if the others are right."""
    claims, shape = block.in_place(), (len(wrong),)
    part = Block(
        block.name, shape, [block.values[i] for i in wrong], [claims[i] for i in wrong], shape
    )
    found = _explained(part, slopes, mistakes)
    return found and found._replace(text=f"at {_entries(block, wrong)}: {found.text}")


def _of_another(block: Block, blocks: Sequence[Block], slopes: Slopes) -> _Explanation | None:
    for other in blocks:
        if other is not block and other.shape == block.claimed_shape:
            true = [slopes[value] for value in other.values]
            if len(true) > 1 and _same(block.claims, true):
                return _Explanation("swapped", f"it is the gradient of {other.name}")
    return None


def _entries(block: Block, positions: Sequence[int]) -> str:
    """The entries at these positions as they are indexed: "[0][2] and [1][2]"."""
    if len(positions) == len(block.values):
        return "it"
    indices = [*product(*map(range, block.shape))]
    names = ["".join(f"[{i}]" for i in indices[position]) for position in positions]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 1], f"{len(names) - _SHOWN + 1} others"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _by_shape(block: Block, claims: Sequence[float], true: Sequence[float]) -> _Explanation | None:
    if block.claimed_shape == block.shape:
        return None
    shapes = f"its shape is {block.claimed_shape}, that of {block.name} is {block.shape}"
    if block.claimed_shape[1:] == block.shape:
        count = block.claimed_shape[0]
        for word, whole in (("sum", true), ("mean", [count * slope for slope in true])):
            if _same(claims, whole):
                text = f"{shapes}: take the {word} over the first axis, the {count} examples"
                return _Explanation(f"{word} missing", text)
    elif _same(claims, true):
        return _Explanation("transpose", f"{shapes}: it is the transpose")
    return _Explanation("shape", shapes)


def _at_a_glance(
    block: Block, claims: Sequence[float], true: Sequence[float]
) -> _Explanation | None:
    if not all(map(math.isfinite, claims)):
        return _Explanation("not finite", "some entries are inf or nan")
    if not any(claims):
        return _Explanation("zero", f"{_all(claims)} is 0: no gradient arrives", 0.0)
    if _same(claims, [-slope for slope in true]):
        return _Explanation("sign", f"{_all(claims)} has the wrong sign", -1.0)
    if len(block.shape) == 2 and _same(claims, transposed(true, block.shape)):
        return _Explanation("transpose", "it is the transpose of the gradient")
    return None


def _by_a_mistake(
    block: Block,
    claims: Sequence[float],
    true: Sequence[float],
    mistakes: Sequence[Mistake],
    sign: str = "",
) -> _Explanation | None:
    turned = [-claim for claim in claims] if sign else claims
    also = ", and the sign is turned" if sign else ""
    factor = _ratio(claims, true)
    for mistake in mistakes:
        made = [mistake.gradients[value] for value in block.values]
        if _same(turned, made) and not _same(made, true):
            if factor and mistake.lacks:
                size = f"{_all(claims)} is off by exactly {sign}1/{mistake.lacks:.6g}: "
            else:
                size = f"{_all(claims)} is {_times(factor)} the true one: " if factor else ""
            varies = not factor and "left out" in mistake.kind
            lacks = _lacks(claims, true) if varies else ""
            return _Explanation(mistake.kind, f"{size}{mistake.text}{also}{lacks}", factor)
    return None


def _lacks(claims: Sequence[float], true: Sequence[float]) -> str:
    """By what the first wrong entry is to be multiplied."""
    i, claim = next((i, x) for i, x in enumerate(claims) if not _same([x], [true[i]]))
    which = "first wrong" if i else "first"
    return f"; the {which} entry lacks {true[i] / claim:.6g}" if claim else ""


def _all(claims: Sequence[float]) -> str:
    return "every entry" if len(claims) > 1 else "it"


def _by_digits(claims: Sequence[float], true: Sequence[float]) -> _Explanation | None:
    for digits in _PRINTED:
        rounded = {
            "digits": [float(f"{slope:.{digits}g}") for slope in true],
            "decimals": [round(slope, digits) for slope in true],
        }
        for unit, slopes in rounded.items():
            if _same(claims, slopes):
                text = (
                    f"{_all(claims)} is the true one rounded to {digits} {unit}: claim all digits"
                )
                return _Explanation("digits", text)
    least = 1e-5 * max(map(abs, true))
    if all(abs(error) < least for error in map(sub, claims, true)):
        return _Explanation("digits", "right to five digits, not more: is it single precision?")
    return None


def _by_factor(
    claims: Sequence[float], true: Sequence[float], counted: bool
) -> _Explanation | None:
    factor = _ratio(claims, true)
    alone = len(true) - true.count(0.0) == 1  # one number always has a ratio to another
    if factor and (_is_counted(factor) if counted else not alone):
        return _Explanation("factor", f"{_all(claims)} is {_times(factor)} the true one", factor)
    return None


def _by_decay(block: Block, claims: Sequence[float], true: Sequence[float]) -> _Explanation | None:
    values = [value.data for value in block.values]
    rate = _ratio([*map(sub, claims, true)], values)
    if not rate or len({*values} - {0.0}) < 2:  # of one number, any difference is a multiple
        return None
    return _Explanation(
        "weight decay",
        f"every entry is the true one {'plus' if rate > 0 else 'minus'} {abs(rate):.6g} times its "
        f"parameter: is there a weight decay in one of the two, and not in the other?",
    )


def _times(factor: float) -> str:
    if not _is_counted(factor):
        return f"{factor:.10g} times"
    if abs(factor) >= 1:
        return f"{round(factor)} times"
    return f"{math.copysign(1, factor):.0f}/{round(1 / abs(factor))} of"


def _is_counted(factor: float) -> bool:
    """Whether it is a whole number, or one divided by one."""
    larger = max(factor, 1 / factor, key=abs)
    return abs(larger) < _COUNTED and abs(math.remainder(larger, 1)) < 1 / _COUNTED


def _ratio(claims: Sequence[float], true: Sequence[float]) -> float | None:
    """claim / true, if it is the same for all entries."""
    ratios = [claim / slope for claim, slope in zip(claims, true, strict=True) if slope]
    if ratios and _same(claims, [ratios[0] * slope for slope in true]):
        return ratios[0]
    return None


def _same(some: Sequence[float], others: Sequence[float]) -> bool:
    least = 1e-3 * _SAME * max(map(abs, others))
    return math.isfinite(least) and all(
        abs(x - y) <= _SAME * max(abs(x), abs(y)) + least for x, y in zip(some, others, strict=True)
    )
