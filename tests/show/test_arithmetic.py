"""A page computes what Python computes: every row of the table, and graphs of all of them."""

import itertools
import json
import math
import random

import pytest

from autograd_mini import Value, define_primitive, primitives
from autograd_mini.primitives import TABLE
from autograd_mini.show import arithmetic, explorer
from autograd_mini.story import tell
from tests.show.javascript import SAY, needs_node, on_page, run

ROWS = [name for name in TABLE if arithmetic.can_compute(name)]
BOUND = 1e-12
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.5, 1000.0, -1000.0, math.inf, -math.inf, math.nan]


def in_json(numbers):
    return (
        json.dumps(numbers)
        .replace("NaN", '"nan"')
        .replace("Infinity", '"inf"')
        .replace('-"inf"', '"-inf"')
    )


def gap(found, wanted):
    """The relative difference; 0 for two nans, and for the same infinity."""
    found = float(found)
    if found == wanted or (math.isnan(found) and math.isnan(wanted)):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(wanted)):
        return math.inf
    return abs(found - wanted) / max(abs(found), abs(wanted))


def samples(row):
    rng = random.Random(row.name)
    for _ in range(200):
        count = row.arity or rng.choice([2, 4, 6])
        domain = row.domain if row.arity else row.domain * count
        yield [rng.uniform(*interval) for interval in domain]
    count = row.arity or 2
    yield from map(list, itertools.product(SPECIAL, repeat=min(count, 3)))


OWN = [row for row in vars(primitives).values() if isinstance(row, primitives.Primitive)]


def test_the_page_knows_every_row():
    assert [name for name, row in TABLE.items() if row in OWN] == ROWS


@needs_node
def test_every_row():
    cases = []
    for name in ROWS:
        for operands in samples(TABLE[name]):
            out = Value.apply_primitive(TABLE[name], [Value(x) for x in operands])
            cases.append([name, operands, [out.data, *out.local_derivatives]])
    local = arithmetic.local_derivatives((name, len(operands)) for name, operands, _ in cases)
    found = run(
        arithmetic.FORWARD.read_text("utf-8")
        + f"const f = forward; const local = {local};{SAY}"
        + f"const cases = heard({in_json([case[:2] for case in cases])});"
        + """say(cases.map(([op, xs]) => {
            const out = forward[op](...xs);
            return [out, ...local[`${op}/${xs.length}`](out, ...xs)];
          }));"""
    )
    wrong = [
        (name, operands, numbers, wanted)
        for (name, operands, wanted), numbers in zip(cases, found, strict=True)
        if max(map(gap, numbers, wanted)) > BOUND
    ]
    assert not wrong, wrong[:20]
    assert len({name for name, _, _ in cases}) == len(ROWS)


def graph(numbers, seed):
    """Every row once, in a random order, of any earlier operands brought into its domain."""
    rng = random.Random(seed)
    leaves = [Value(x, f"x{i}") for i, x in enumerate(numbers)]
    made = list(leaves)
    for name in rng.sample(ROWS, len(ROWS)):
        row = TABLE[name]
        count = row.arity or rng.choice([2, 4])
        operands = []
        for low, high in row.domain if row.arity else row.domain * count:
            middle, half = (low + high) / 2, (high - low) / 2
            operands.append(middle + half * primitives.tanh(rng.choice(made)))
        made.append(Value.apply_primitive(row, operands))
    out = primitives.mean([primitives.tanh(x) for x in made])
    return out, leaves


def computed(page, leaves):
    """The values and gradients of a page's nodes, with these numbers in some of them."""
    values, gradients = on_page(
        page,
        f"for (const [id, x] of heard({in_json(leaves)})) model.leaves[id] = x;"
        "model.compute(); say([model.values, model.gradients]);",
    )
    return values, gradients


@needs_node
@pytest.mark.parametrize("seed", range(10))
def test_random_graphs_with_other_numbers_than_recorded(seed):
    rng = random.Random(seed)
    recorded, edited = ([rng.uniform(-2, 2) for _ in range(5)] for _ in range(2))
    page = explorer.Page(tell(graph(recorded, seed)[0]), "en")
    out, leaves = graph(edited, seed)
    out.backward()
    nodes = tell(out).nodes
    changed = [[node.id, node.value] for node in nodes if node.label]
    values, gradients = computed(page, changed)
    assert len(leaves) == len(changed) == 5
    assert max(map(gap, values, [node.value for node in nodes])) <= BOUND
    pairs = [
        (found, node.gradient)
        for found, node in zip(gradients, nodes, strict=True)
        if not node.is_constant
    ]
    largest = max(abs(wanted) for _, wanted in pairs)
    assert max(abs(found - wanted) for found, wanted in pairs) <= BOUND * largest
    assert largest > 0.01


@needs_node
def test_a_zero_stops_an_infinity_and_nan_goes_on():
    x, y = Value(0.0, "x"), Value(-1.0, "y")
    out = primitives.maximum(primitives.sqrt(x), 1.0) + primitives.log(y)
    out.backward()
    gradients = computed(explorer.Page(tell(out), "en"), [])[1]
    found = {node.label: gradients[node.id] for node in tell(out).nodes}
    assert (found["x"], found["y"]) == (0, "nan")
    assert x.grad == 0
    assert math.isnan(y.grad)


def test_an_operation_of_the_users_own_is_not_known(monkeypatch):
    monkeypatch.setitem(TABLE, "cube of the page", None)  # removed again afterwards
    define_primitive("cube of the page", lambda x: x**3, lambda out, x: 3 * x**2)
    assert not arithmetic.can_compute("cube of the page")
    with pytest.raises(ValueError, match="cubed is no row of the table"):
        arithmetic.derivatives("cubed", 1)
