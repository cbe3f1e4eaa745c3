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


class RandomProgram:
    """Any rows on any operands: leaves, constants, results, recent ones more often.

    It is drawn at some numbers, and few of its results are not finite there; it can then be
    recorded at others.
    """

    def __init__(self, rng):
        self.parameters, self.inputs = (
            [rng.uniform(-1.5, 1.5) for _ in range(rng.randint(*counts))]
            for counts in ((1, 6), (0, 4))
        )
        constants = [Value(rng.uniform(-1.5, 1.5)) for _ in range(2)]
        self.constants = [*constants, 0.0, 1.0, 2.0, rng.uniform(-2, 2)]
        self.steps = []
        scalars = self.leaves(self.parameters, self.inputs)
        given = len(scalars)
        self.take(scalars, TABLE["*"], (0, given - 1))
        for _ in range(rng.randint(1, 18)):
            arity = rng.choices([1, 2, 3, None], weights=[35, 45, 5, 15])[0]
            pool = ARITHMETIC if arity == 2 and rng.random() < 0.6 else BY_ARITY[arity]
            row = rng.choice(pool)
            count = arity or rng.randint(1, 4) * (2 if row.name == "dot" else 1)
            recent = max(given, len(scalars) - 6)
            operands = tuple(
                rng.randrange(recent if rng.random() < 0.5 else 0, len(scalars))
                for _ in range(count)
            )
            wild = rng.random() < 0.1
            if any(isinstance(scalars[i], Value) for i in operands):
                self.take(scalars, row, operands)
                if not (wild or math.isfinite(scalars[-1].data)):
                    scalars.pop()
                    self.steps.pop()
        self.take(scalars, TABLE["+"], (len(scalars) - 1, rng.randrange(given, len(scalars))))

    def leaves(self, parameters, inputs):
        return [*map(Value, parameters), *map(Value, inputs), *self.constants]

    def take(self, scalars, row, operands):
        self.steps.append((row, operands))
        scalars.append(Value.apply_primitive(row, [scalars[i] for i in operands]))

    def recorded(self, parameters, inputs):
        scalars = self.leaves(parameters, inputs)
        for row, operands in self.steps:
            scalars.append(Value.apply_primitive(row, [scalars[i] for i in operands]))
        split = len(parameters)
        return scalars[-1], scalars[:split], scalars[split : split + len(inputs)]


def close(found, expected, scale):
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return True
    return abs(found - expected) <= 1e-12 * max(abs(expected), scale)


@pytest.mark.parametrize("block", range(10))
def test_random_programs(block):
    telling = 0
    for seed in range(1000 * block, 1000 * block + 1000):
        rng = random.Random(seed)
        drawn = RandomProgram(rng)
        root, parameters, inputs = drawn.recorded(drawn.parameters, drawn.inputs)
        program = lift(root, wrt=parameters, inputs=inputs)
        p, x = ([n * rng.uniform(0.9, 1.1) for n in ns] for ns in (drawn.parameters, drawn.inputs))
        runs = [program.value_and_grad(p, x)]
        if x and seed % 4 == 0:  # a batch runs on arrays, one example on floats
            runs.append(program.value_and_grad(p, [x, x]))
        root, parameters, _ = drawn.recorded(p, x)
        totals = reverse_sweep(root, 1.0)
        expected = np.array([totals.get(v, 0.0) for v in parameters])
        # a sum of 1 and -1 that is 0 here and 1e-16 there is rounding, not a wrong slope
        scale = max(np.abs(expected[np.isfinite(expected)]).max(initial=0.0), 1e-3)
        telling += bool(np.isfinite([root.data, *expected]).all() and expected.any())
        for value, gradient in runs:
            assert close(value, root.data, 1e-3), seed
            assert all(close(g, e, scale) for g, e in zip(gradient, expected, strict=True)), seed
    assert telling > 800  # the others have no slope, or one that is not finite
