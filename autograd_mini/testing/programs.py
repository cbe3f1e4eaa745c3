"""Random programs: short functions of scalars as plain data, for any reader to run.

Only what lies in a slot's interval becomes an operand there, else a new input or a number is drawn
from the interval. So the numbers inside a program stay where its rows are meant to be used, however
they are composed, and are of moderate size.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10, nan
from typing import TYPE_CHECKING, Any

from autograd_mini.modes import changed_mode
from autograd_mini.primitives import ATOM, TABLE, Interval, Primitive, pairs
from autograd_mini.testing.compare import OUTSIDE
from autograd_mini.testing.inputs import whole
from autograd_mini.value import Value

if TYPE_CHECKING:
    from random import Random

INPUTS = ("x", "y", "z", "w")

#: How far from a kink operands stay, and what gives one away: a slope that changes over this
#: distance by more than this part of itself.
MARGIN, JUMP = 1e-6, 1e-5

#: Rows that other rows' rules are written in: they have no public name for a printed program.
UNNAMED = frozenset(["exp_product", "normal_cdf", "one_minus_square", "direction"])

#: How many numbers of a slot there are to draw from.
PLACES = 1000

_TRIES = 20

#: What the number of steps is.
STEPS = "how many operations a program may have"


@dataclass(frozen=True)
class Step:
    """`name = row(operands)`; an operand is a number or the name of an input or earlier step."""

    name: str
    row: Primitive
    operands: tuple[str | float, ...]


@dataclass(frozen=True)
class Program:
    """A function of scalars: `program(*xs)`, or `program()` at its example point.

    Floats in, a float out; Values in, a Value out; so with the operands of any reader of the table.
    It prints as a Python function whose defaults are the point.
    """

    inputs: tuple[str, ...]
    point: tuple[float, ...]
    steps: tuple[Step, ...]

    def __call__(self, *xs: Any) -> Any:
        """The result of the last step; TypeError for another number of inputs."""
        if xs and len(xs) != len(self.inputs):
            raise TypeError(f"the program takes {len(self.inputs)} inputs, but was given {len(xs)}")
        values: dict[str | float, Any] = dict(zip(self.inputs, xs or self.point, strict=True))
        for step in self.steps:
            operands = [values.get(x, x) for x in step.operands]
            values[step.name] = called(step.row, operands)
        return values[self.steps[-1].name]

    @property
    def __signature__(self) -> inspect.Signature:
        """So that a report of `check_gradients` calls the inputs by their names."""
        kind = inspect.Parameter.POSITIONAL_ONLY
        named = zip(self.inputs, self.point, strict=True)
        return inspect.Signature([inspect.Parameter(name, kind, default=x) for name, x in named])

    def __repr__(self) -> str:
        named = zip(self.inputs, self.point, strict=True)
        lines = [f"def f({', '.join(f'{name}={x!r}' for name, x in named)}):"]
        lines += [f"    {step.name} = {_spelled(step)}" for step in self.steps[:-1]]
        return "\n".join([*lines, f"    return {_spelled(self.steps[-1])}"])


def called(row: Primitive, operands: list[Any]) -> Any:
    """`row` of its operands, however it wants to be called."""
    if row.pack is pairs:
        return row(operands[: len(operands) // 2], operands[len(operands) // 2 :])
    return row(*operands)


def _spelled(step: Step) -> str:
    row = step.row
    is_operator = row.precedence < ATOM
    texts = [
        f"({x!r})" if is_operator and not isinstance(x, str) and x < 0 else str(x)
        for x in step.operands
    ]
    if row.python and row.arity:
        return row.python % tuple(texts)
    name = row.name if row.name.isidentifier() else f"TABLE[{row.name!r}]"
    if row.pack is pairs:
        half = len(texts) // 2
        return f"{name}([{', '.join(texts[:half])}], [{', '.join(texts[half:])}])"
    first_of_all = "[0]" if row.name in ("softmax", "log_softmax") else ""
    return f"{name}({', '.join(texts)}){first_of_all}"


class NoProgramError(ValueError):
    """No step could be drawn."""


def random_program(
    random: Random,
    rows: Iterable[Primitive | str] | None = None,
    *,
    max_steps: int = 8,
    edges: bool = False,
) -> Program:
    """A program of 1 to `max_steps` steps, each one of `rows`: by default, all but `UNNAMED`.

    Every step leads to the result. The point is drawn inside the domains and away from kinks of
    rows that declare one, where a derivative can be measured; with `edges` it is put on the ends of
    the domains, on 0, 1 and -1 and on ties, and any result may become any operand: there values
    may be inf or nan.

    ValueError for a row that is not in the table, or if nothing can be drawn because the rows are
    not finite inside their domains. TypeError for what is no row.

    >>> from random import Random
    >>> program = random_program(Random(4), ["sin", "*"], max_steps=3)
    >>> program
    def f(x=2.52, y=-2.0):
        t1 = sin(x)
        return t1 * y
    >>> program(0.0, 2.0)
    0.0
    """
    table, max_steps = chosen_rows(rows), whole("max_steps", max_steps, STEPS)
    draft = _Draft(random, edges)
    for _ in range(_TRIES):
        draft.add_step(table)
        if draft.steps:
            break
    else:
        raise NoProgramError(
            f"found no operands for {', '.join(row.name for row in table)}: their results are "
            f"not finite, or their slopes jump, everywhere in their domains"
        )
    while len(draft.steps) < max_steps and random.random() > 0.1:
        draft.add_step(table)
    return draft.finished()


def chosen_rows(rows: Iterable[Primitive | str] | None) -> list[Primitive]:
    """Rows of the table, also by name; None for all but `UNNAMED`."""
    if rows is None:
        return [row for name, row in TABLE.items() if name not in UNNAMED]
    if isinstance(rows, str | Primitive) or not isinstance(rows, Iterable):
        raise TypeError(
            f"rows are a list of primitives or their names, got {getattr(rows, 'name', rows)!r}: "
            f"write ['sin', '*'], or leave rows out for all of them"
        )
    rows = [*rows]
    for row in rows:
        if not isinstance(row, str | Primitive):
            raise TypeError(
                f"{row!r} ({type(row).__name__}) is neither a primitive nor the name of one: write "
                f"'sin', or what define_primitive returned"
            )
    names = [row if isinstance(row, str) else row.name for row in rows]
    for name in names:
        if name not in TABLE:
            raise ValueError(f"{name!r} is not in the table: define_primitive({name!r}, ...) first")
    if not names:
        raise ValueError("programs need at least one row to be made of")
    return [TABLE[name] for name in names]


class _Draft:
    """A program that grows: `values` are the numbers at the point, inputs and results alike."""

    def __init__(self, random: Random, edges: bool) -> None:
        self.random, self.edges = random, edges
        self.point: dict[str, float] = {}
        self.values: dict[str, float] = {}
        self.steps: list[Step] = []
        self.latest = nan  # the last step's result

    def add_step(self, table: list[Primitive]) -> None:
        """A step more, if its result will do. It reads the latest one, if any row takes that."""
        row = self.random.choice([row for row in table if self.reads_latest(row)] or table)
        count = 1 if row.arity else self.random.randint(1, 4)
        slots = row.domain * (2 * count if row.pack is pairs else count)
        before = dict(self.point)
        reading = [i for i, slot in enumerate(slots) if self.steps and self.fits(self.latest, slot)]
        dependent = self.random.choice(reading or range(len(slots)))
        operands = tuple(self.operand(slot, i == dependent) for i, slot in enumerate(slots))
        numbers = [self.values[x] if isinstance(x, str) else x for x in operands]
        try:
            out, *_ = _value_and_slopes(row, numbers)
            usable = self.edges or (isfinite(out) and not near_kink(row, numbers, slots))
        except OUTSIDE:  # nor could the program be run
            out, usable = nan, False
        if usable and isinstance(operands[dependent], str):
            self.steps.append(Step(f"t{len(self.steps)}", row, operands))
            self.values[self.steps[-1].name] = self.latest = out
        else:
            for name in self.point.keys() - before.keys():
                del self.point[name], self.values[name]

    def reads_latest(self, row: Primitive) -> bool:
        latest = self.latest
        return any(low <= latest <= high for low, high in row.domain) or self.edges

    def fits(self, x: float, slot: Interval) -> bool:
        return self.edges or slot[0] <= x <= slot[1]

    def operand(self, slot: Interval, dependent: bool) -> str | float:
        """What fits: a new input (8 times in 20), an earlier result (10) or a number (2).

        If `dependent`, it is the latest result wherever that fits, and no number.
        All is decided by one draw: Hypothesis can then take out a whole step, and it shrinks the
        draw towards 0, a new input, which may leave the steps so far without use.
        """
        kind, place = divmod(self.random.randrange(20 * PLACES), PLACES)
        if dependent and kind > 0 and self.steps and self.fits(self.latest, slot):
            return self.steps[-1].name
        names = [name for name, x in self.values.items() if self.fits(x, slot)]
        if len(self.point) < len(INPUTS) and (kind < 8 or (dependent and not names)):
            name = INPUTS[len(self.point)]
            self.values[name] = self.point[name] = self.number(slot, place)
            return name
        if names and (kind < 18 or dependent):
            return names[place % len(names)]
        return self.number(slot, place)

    def number(self, slot: Interval, place: int) -> float:
        """One of a thousand short numbers of the slot, but not 0: there are most kinks.

        They are counted upwards from 1, where there is one, for that is what Hypothesis then
        shrinks to. On both sides of 0 they go in pairs, 1 and -1 first.
        """
        low, high = slot
        if self.edges:
            ties = (x for x in self.values.values() if isfinite(x))
            choices = [low, high, 0.0, -0.0, 1.0, -1.0, *ties]
            return choices[place % len(choices)]
        sign = 1.0
        if low == -high:
            sign, place, low = (-1.0) ** place, place // 2 * 2, 0.0
        center = next((x for x in (1.0, 0.5, 2.0) if low <= x <= high), (low + high) / 2)
        width = high - low
        number = low + (center - low + place / PLACES * width) % width
        number = round(number, (0 if place % 10 > 7 else 3) - floor(log10(width)))
        return sign * (number if number and low <= number <= high else center)

    def finished(self) -> Program:
        """What the last step needs, its steps and inputs numbered without gaps."""
        needed = {self.steps[-1].name}
        for step in reversed(self.steps):
            if step.name in needed:
                needed.update(x for x in step.operands if isinstance(x, str))
        point = [x for name, x in self.point.items() if name in needed]
        inputs = INPUTS[: len(point)]
        kept = [step for step in self.steps if step.name in needed]
        new = dict(zip((name for name in self.point if name in needed), inputs, strict=True))
        new |= {step.name: f"t{i}" for i, step in enumerate(kept, 1)}
        steps = [
            Step(new[s.name], s.row, tuple(new[x] if isinstance(x, str) else x for x in s.operands))
            for s in kept
        ]
        return Program(inputs, tuple(point), tuple(steps))


def near_kink(row: Primitive, operands: Sequence[float], slots: Iterable[Interval]) -> bool:
    """Whether the value or a slope of a row that declares a kink jumps near its operands."""
    if not row.kink:
        return False
    here = _value_and_slopes(row, operands)
    for i, (x, (low, high)) in enumerate(zip(operands, slots, strict=True)):
        for moved in (max(x - MARGIN, low), min(x + MARGIN, high)):
            there = _value_and_slopes(row, [*operands[:i], moved, *operands[i + 1 :]])
            for before, after in zip(here, there, strict=True):
                if abs(before - after) > JUMP * max(1.0, abs(before), abs(after)):
                    return True
    return False


def _value_and_slopes(row: Primitive, operands: Sequence[float]) -> list[float]:
    """As recorded: where a rule on floats would raise, as 1 / x at 0, the engine gives inf."""
    values = [Value(x) for x in operands]
    with changed_mode(recording=True):
        node = values[0].apply_primitive(row, values)
    return [node.data, *node.local_derivatives]
