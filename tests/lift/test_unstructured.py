"""Random programs in which nothing repeats still run, and equal eager."""

import math
import random

import numpy as np
import pytest

from autograd_mini import Value
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift import lift
from autograd_mini.primitives import TABLE

# not atan2, on whose cut the sign of a zero decides: a sum of products keeps no sign of a zero
ROWS = [row for row in TABLE.values() if row.name != "atan2"]
BY_ARITY = {n: [row for row in ROWS if row.arity == n] for n in (1, 2, 3, None)}
ARITHMETIC = [TABLE[name] for name in ("+", "-", "*", "/")]


def random_program(rng):
    """Any rows on any operands: leaves, constants, results, recent ones more often."""
    parameters, inputs, others = (
        [Value(rng.uniform(-1.5, 1.5)) for _ in range(rng.randint(*counts))]
        for counts in ((1, 6), (0, 4), (2, 2))
    )
    given = [*parameters, *inputs, *others, 0.0, 1.0, 2.0, rng.uniform(-2, 2)]
    nodes = [parameters[0] * 1.5]
    for _ in range(rng.randint(1, 25)):
        arity = rng.choices([1, 2, 3, None], weights=[35, 45, 5, 15])[0]
        pool = ARITHMETIC if arity == 2 and rng.random() < 0.6 else BY_ARITY[arity]
        row = rng.choice(pool)
        count = arity or rng.randint(1, 4) * (2 if row.name == "dot" else 1)
        operands = [
            rng.choice(nodes[-6:] if rng.random() < 0.5 else given + nodes) for _ in range(count)
        ]
        if any(isinstance(x, Value) for x in operands):
            nodes.append(Value.apply_primitive(row, operands))
    return nodes[-1], parameters, inputs


def close(found, expected, scale):
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return True
    return abs(found - expected) <= 1e-12 * max(abs(expected), scale)


@pytest.mark.parametrize("block", range(10))
def test_random_programs(block):
    for seed in range(1000 * block, 1000 * block + 1000):
        root, parameters, inputs = random_program(random.Random(seed))
        program = lift(root, wrt=parameters, inputs=inputs)
        p, x = [v.data for v in parameters], [v.data for v in inputs]
        runs = [program.value_and_grad(p, x)]
        if inputs and seed % 4 == 0:  # a batch runs on arrays, one example on floats
            runs.append(program.value_and_grad(p, [x, x]))
        totals = reverse_sweep(root, 1.0)
        expected = np.array([totals.get(v, 0.0) for v in parameters])
        # a sum of 1 and -1 that is 0 here and 1e-16 there is rounding, not a wrong slope
        scale = max(np.abs(expected[np.isfinite(expected)]).max(initial=0.0), 1e-3)
        for value, gradient in runs:
            assert close(value, root.data, 1e-3), seed
            assert all(close(g, e, scale) for g, e in zip(gradient, expected, strict=True)), seed
