"""Random programs: how they are called, printed and drawn."""

import inspect
import math
from collections import Counter
from dataclasses import FrozenInstanceError
from functools import cache
from random import Random

import pytest

from autograd_mini import Value, check_gradients, define_primitive
from autograd_mini.primitives import REAL, TABLE
from autograd_mini.testing.programs import (
    INPUTS,
    PLACES,
    UNNAMED,
    Program,
    Step,
    chosen_rows,
    near_kink,
    random_program,
)
from tests.soak.random_programs import ROWS, as_printed


@cache
def drawn(**options):
    return [random_program(Random(seed), ROWS, **options) for seed in range(1000)]


def numbers_inside(program):
    """(row, operands, slots) of every step at the point of a program."""
    values = dict(zip(program.inputs, program.point, strict=True))
    for step in program.steps:
        operands = [values[x] if isinstance(x, str) else x for x in step.operands]
        values[step.name] = step.row.forward(*operands)
        slots = step.row.domain if step.row.arity else step.row.domain * len(operands)
        yield step.row, operands, slots


# ---- how it is called and printed ---------------------------------------------------------------


def program(*steps, point=(0.5, -2.0)):
    return Program(
        INPUTS[: len(point)],
        point,
        tuple(Step(name, TABLE[row], operands) for name, row, operands in steps),
    )


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (("+", ("x", "y")), "x + y"),
        (("**", (-2.0, "y")), "(-2.0) ** y"),
        (("**", ("x", -0.5)), "x ** (-0.5)"),
        (("*", ("x", 2.0)), "x * 2.0"),
        (("*", ("x", 0.0)), "x * 0.0"),
        (("neg", ("x",)), "-x"),
        (("abs", ("x",)), "abs(x)"),
        (("leaky_relu", ("x", 0.1)), "leaky_relu(x, 0.1)"),
        (("dot", ("x", "y", 1.0, -2.0)), "dot([x, y], [1.0, -2.0])"),
        (("sum", ("x", "x", "y")), "sum(x, x, y)"),
        (("softmax", ("x", "y")), "softmax(x, y)[0]"),
    ],
)
def test_a_step_as_it_is_written(step, text):
    f = program(("t1", *step))
    assert repr(f) == f"def f(x=0.5, y=-2.0):\n    return {text}"
    assert as_printed(f)(*map(Value, f.point)).data == f()


def test_a_program_as_it_is_written():
    f = program(("t1", "sin", ("x",)), ("t2", "*", ("t1", "y")))
    assert repr(f) == "def f(x=0.5, y=-2.0):\n    t1 = sin(x)\n    return t1 * y"
    assert str(inspect.signature(f)) == "(x=0.5, y=-2.0, /)"
    assert f() == f(*f.point) == math.sin(0.5) * -2
    assert f(0.0, 7.0) == 0.0
    assert [row.input for row in check_gradients(f, *f.point, order=1)] == ["y", "x"]
    with pytest.raises(TypeError, match="takes 2 inputs, but was given 1"):
        f(1.0)
    with pytest.raises(TypeError, match="takes 2 inputs, but was given 3"):
        f(1.0, 2.0, 3.0)
    with pytest.raises(FrozenInstanceError):
        f.point = (1.0, 2.0)
    with pytest.raises(FrozenInstanceError):
        f.steps[0].name = "t3"


def test_a_program_can_be_pasted_where_the_package_is_imported():
    assert not UNNAMED & {row.name for row in chosen_rows(None)}
    rows = [row for row in ROWS if row not in UNNAMED]  # that of a docstring may be there, too
    for seed in range(1000):
        f, found = random_program(Random(seed), rows), {}
        exec(f"from autograd_mini import *\n{f!r}", found)
        assert found["f"]() == f()


def test_a_row_whose_name_is_no_word():
    define_primitive("x squared", lambda x: x * x, lambda out, x: 2 * x)
    f = program(("t1", "x squared", ("x",)))
    assert repr(f).endswith("return TABLE['x squared'](x)")
    define_primitive("third power", lambda x: x**3, lambda out, x: 3 * x**2, python="%s³")
    assert repr(program(("t1", "third power", ("x",)))).endswith("return x³")


# ---- how each draw is used ----------------------------------------------------------------------


class Told:
    """In the place of a Random: draws what it is told, and then 0; chooses the first of all.

    A float is a part of the whole range.
    """

    def __init__(self, *draws, steps=1):
        self.draws, self.ends = iter(draws), iter([1.0] * (steps - 1))

    def randrange(self, stop):
        drawn = next(self.draws, 0)
        return int(drawn * stop) if isinstance(drawn, float) else drawn

    def choice(self, several):
        return several[0]

    def randint(self, low, _):
        return low

    def random(self):
        return next(self.ends, 0.0)


def numbers_of(slot):
    define_primitive("own", lambda x: x, lambda out, x: 1.0, domain=[slot], check=False)
    programs = [random_program(Told(place), ["own"]) for place in range(PLACES)]
    return [number for program in programs for number in program.point]


@pytest.mark.parametrize(
    ("slot", "simplest"),
    [
        ((-4.0, 4.0), [1.0, -1.0]),
        ((-0.95, 0.95), [0.5, -0.5]),
        ((-0.9, 8.0), [1.0]),
        ((0.0, 1.0), [1.0]),
        ((1.0, 9.0), [1.0]),
        ((0.0, 0.7), [0.5]),
        ((1.4, 7.6), [2.0]),
        ((100.0, 401.0), [250.5]),
        ((-3e-9, -1e-9), [-2e-9]),
    ],
)
def test_numbers_are_short_and_from_all_of_a_slot_and_begin_with_the_simplest(slot, simplest):
    numbers = numbers_of(slot)
    assert numbers[: len(simplest)] == simplest
    low, high = slot
    assert numbers[0] == high or numbers[0] == min(numbers[:100:2]) < max(numbers[:100:2])
    assert all(low <= x <= high and x != 0 and x == float(f"{x:.4g}") for x in numbers)
    parts = Counter(int((x - low) / (high - low) * 4) for x in numbers)
    assert all(0.15 < parts[i] / len(numbers) < 0.4 for i in range(4)), parts
    assert len({*numbers}) > 400
    assert 0.19 < sum(x == float(f"{x:.1g}") for x in numbers) / len(numbers) < 0.23


@pytest.mark.parametrize("slot", [REAL, (-1.0, 8.0)])
def test_the_ends_of_a_slot_belong_to_it(slot):
    assert {*slot} < {*numbers_of(slot)}


def test_edges_of_a_slot():
    define_primitive("own", lambda x: x, lambda out, x: 1.0, domain=[(0.5, 8.0)], check=False)
    programs = [random_program(Told(place), ["own"], edges=True) for place in range(PLACES)]
    points = Counter(repr(program.point[0]) for program in programs)
    assert points.keys() == {"0.5", "8.0", "0.0", "-0.0", "1.0", "-1.0"}
    assert min(points.values()) > 100


def test_the_least_draws_give_the_simplest_program():
    assert repr(random_program(Told(), ["sin"])) == "def f(x=1.0):\n    return sin(x)"
    assert repr(random_program(Told(), ["+"])) == "def f(x=1.0, y=1.0):\n    return x + y"
    assert random_program(Told(steps=2), ["+"]) == random_program(Told(), ["+"])


def test_operands_are_new_inputs_earlier_results_and_now_and_then_numbers():
    kinds = Counter()
    for i in range(3000):
        program = random_program(Told(0, 0, 0.1, i / 3000, steps=2), ["+"])
        operands = program.steps[-1].operands
        assert operands[0] == "t1"
        kinds[operands[1] if isinstance(operands[1], str) else float] += 1
    in_twenty = {kind: 20 * count / 3000 for kind, count in kinds.items()}
    assert in_twenty == pytest.approx({"z": 8, "x": 3.3, "y": 3.3, "t1": 3.3, float: 2}, rel=0.04)


def test_the_latest_result_is_read_nearly_always():
    programs = [random_program(Told(0, 0, i / 100, 0.5, steps=2), ["+"]) for i in range(100)]
    assert sum(program.steps[-1].operands[0] == "t1" for program in programs) == 95


def test_the_latest_result_is_read_where_it_fits():
    domain = [(5.0, 6.0), (0.0, 1.0)]
    define_primitive("own", lambda x, y: x + y, 1.0, 1.0, domain=domain, check=False)
    program = random_program(Told(0, 0.1, 0.1, steps=2), ["log", "own"])
    assert program.steps[-1].operands == ("y", "t1")


def test_where_the_latest_result_does_not_fit_an_earlier_one_may():
    program = random_program(Told(0, 10 * PLACES + 300, steps=2), ["log"])
    assert repr(program) == "def f(x=1.0):\n    return log(x)"  # and not of a new input


@pytest.mark.parametrize("slot", [(0.0, 1.0), (-1.0, 0.0)])
def test_a_step_is_of_a_row_that_takes_the_latest_result(slot):
    define_primitive("own", lambda x: x, lambda out, x: 1.0, domain=[slot], check=False)
    program = random_program(Told(0, 0.1, steps=2), ["log", "own"])
    assert repr(program) == "def f(x=1.0):\n    t1 = log(x)\n    return own(t1)"


@pytest.mark.parametrize("step", [3.0, -3.0])
def test_no_step_is_of_a_row_for_which_the_latest_result_is_too_large_or_too_small(step):
    row = define_primitive(
        "own", lambda x: x + step, lambda _, x: 1.0, domain=[(0, 1)], check=False
    )
    program = random_program(Told(0, 0.1, steps=2), [row, "exp"])
    assert repr(program) == "def f(x=1.0):\n    t1 = own(x)\n    return exp(t1)"


# ---- what is drawn ------------------------------------------------------------------------------


def test_every_operand_lies_in_the_domain_of_its_row():
    for program in drawn():
        for _, operands, slots in numbers_inside(program):
            for x, (low, high) in zip(operands, slots, strict=True):
                assert low <= x <= high, program
        assert math.isfinite(program())


def test_no_step_is_in_vain_and_each_depends_on_an_input():
    for program in drawn():
        read = {x for step in program.steps for x in step.operands}
        assert {*program.inputs, *(step.name for step in program.steps[:-1])} <= read
        assert all(any(isinstance(x, str) for x in step.operands) for step in program.steps)
        assert 1 <= len(program.inputs) == len(program.point) <= len(INPUTS)


def test_all_that_programs_are_made_of_is_common():
    steps = [step for program in drawn() for step in program.steps]
    assert {step.row.name for step in steps} == {*ROWS}
    repeated = [step for step in steps if len({*step.operands}) < len(step.operands)]
    n_ary = [step for step in steps if step.row.arity is None and len(step.operands) > 2]
    mixed = [step for step in steps if any(isinstance(x, float) for x in step.operands)]
    shared = [
        program
        for program in drawn()
        if max(Counter(x for s in program.steps for x in {*s.operands}).values()) > 1
    ]
    assert {len(s.operands) for s in steps if s.row.name == "sum"} == {1, 2, 3, 4}
    assert {len(s.operands) for s in steps if s.row.name == "dot"} == {2, 4, 6, 8}
    counts = [len(some) for some in (repeated, n_ary, mixed, shared)]
    assert min(counts) > 150, counts
    assert Counter(len(program.steps) for program in drawn()).keys() == {*range(1, 9)}


def test_points_at_edges_are_ends_kinks_and_ties():
    programs = drawn(edges=True)
    ends = {end for row in TABLE.values() for slot in row.domain for end in slot}
    points = [x for program in programs for x in program.point]
    assert {*REAL, 0.0, 1.0, -1.0} < {*points}
    assert 0.8 < sum(x in {*ends, 0.0, 1.0, -1.0} for x in points) / len(points) < 1
    assert any(math.copysign(1, x) < 0 for program in programs for x in program.point if x == 0)
    assert any(len({*program.point}) < len(program.point) for program in programs)
    assert 0 < sum(not math.isfinite(program()) for program in programs) < 500


def test_a_subset_of_rows_and_the_number_of_steps():
    for seed in range(200):
        program = random_program(Random(seed), ["sin", TABLE["*"]], max_steps=2)
        assert {step.row.name for step in program.steps} <= {"sin", "*"}
        assert len(program.steps) <= 2


def test_rows_of_ones_own():
    clip = define_primitive(
        "clip",
        lambda x: min(max(x, -1.0), 1.0),
        lambda out, x: float(-1 < x < 1),
        kink="the slope at 1 and -1 is 0",
        check=False,
    )
    programs = [random_program(Random(seed), [clip, "*"]) for seed in range(300)]
    for program in programs:
        for row, operands, _ in numbers_inside(program):
            if row is clip:
                assert not math.isclose(abs(operands[0]), 1, abs_tol=1e-6)  # it declares its kinks
        assert all(
            row.verdict == "pass" for row in check_gradients(program, *program.point, order=1)
        )
    assert any("clip(t" in repr(program) for program in programs)
    assert any(s.row is clip for seed in range(300) for s in random_program(Random(seed)).steps)


@pytest.mark.parametrize("slot", [(-1e-3, 1e-3), (100.0, 200.0)])
def test_slopes_that_change_smoothly_are_no_kink_however_small_or_large(slot):
    row = define_primitive(
        "ninth",
        lambda x: x**9,
        lambda out, x: 9 * x**8,
        domain=[slot],
        kink="somewhere else",
        check=False,
    )
    assert random_program(Told(), [row]).steps[0].row is row


@pytest.mark.parametrize("edges", [False, True])
@pytest.mark.parametrize(
    ("name", "forward", "partial", "domain"),
    [
        ("inv", lambda x: 1 / x, lambda out, x: -1 / x**2, [REAL]),
        ("root", math.sqrt, lambda out, x: 0.5 / out, [(0.1, 10)]),
        ("root_from_0", math.sqrt, lambda out, x: 0.5 / out, [(0, 10)]),
    ],
)
def test_where_a_row_raises_is_outside_its_domain(name, forward, partial, domain, edges):
    row = define_primitive(name, forward, partial, domain=domain, check=False)
    for seed in range(300):
        program = random_program(Random(seed), [row, "-"], edges=edges)
        program(*map(Value, program.point))
    define_primitive("refusing", lambda x: math.sqrt(-1), lambda out, x: 1.0, check=False)
    with pytest.raises(ValueError, match="found no operands for refusing"):
        random_program(Random(0), ["refusing"], edges=edges)


def test_a_row_that_is_finite_in_half_of_its_domain():
    half = define_primitive(
        "half", lambda x: math.nan if x > 0 else x, lambda _, x: 1.0, check=False
    )
    assert all(random_program(Random(seed), [half]).point[0] < 0 for seed in range(100))


def test_a_row_that_is_seldom_finite_is_tried_more_than_once():
    calls = []
    row = define_primitive(
        "seldom",
        lambda x: calls.append(x) or (x if len(calls) > 15 else math.nan),
        lambda _, x: 1.0,
        check=False,
    )
    assert random_program(Random(0), [row]).steps[0].row is row


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional argument"):
        random_program(Random(0), ["sin"], 3)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"'squre' is not in the table: define_primitive\('squre'"):
        random_program(Random(0), ["sin", "squre"])
    with pytest.raises(ValueError, match="at least one row"):
        random_program(Random(0), [])
    with pytest.raises(ValueError, match=r"got -3: write at least max_steps=1"):
        random_program(Random(0), max_steps=-3)
    with pytest.raises(TypeError, match=r"got 1\.5 \(float\): write an int, max_steps=2"):
        random_program(Random(0), max_steps=1.5)
    define_primitive("lost", lambda x: math.nan, lambda out, x: 1.0, check=False)
    with pytest.raises(
        ValueError, match="found no operands for lost: their results are not finite"
    ):
        random_program(Random(0), ["lost"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([3], r"3 \(int\) is neither a primitive nor the name of one: write 'sin', or what"),
        (["sin", math.sin], r"<built-in function sin> \(builtin_function_or_method\) is neither"),
        ("sin", r"a list of primitives or their names, got 'sin': write \['sin', '\*'\], or leave"),
        (TABLE["sin"], r"a list of primitives or their names, got 'sin': write"),
        (3, r"a list of primitives or their names, got 3: write"),
    ],
)
def test_what_is_no_row(rows, message):
    with pytest.raises(TypeError, match=message):
        random_program(Random(0), rows)


@pytest.mark.parametrize(
    ("name", "edge"),
    [("log", 0), ("sqrt", 0), ("/", 0), ("asin", 1), ("atanh", -1), ("acosh", 1), ("log1p", -1)],
)
def test_edges_are_where_slopes_are_infinite(name, edge):
    programs = [random_program(Random(n), [name], max_steps=1, edges=True) for n in range(200)]
    assert any(float(edge) in program.point for program in programs)


@pytest.mark.parametrize(("alpha", "kink"), [(0.5, True), (0.99993, True), (1.0, False)])
def test_a_flat_corner_is_a_kink_too(alpha, kink):
    elu = TABLE["elu"]
    assert near_kink(elu, (0.0, alpha), elu.domain) == kink
