"""The slopes that a page measures: of smooth functions, at corners, at jumps and beside them."""

import math
import random

import pytest

from autograd_mini import Value, primitives, where
from autograd_mini.show import explorer
from autograd_mini.story import tell
from tests.show.javascript import needs_node, on_page
from tests.show.test_arithmetic import graph

pytestmark = needs_node


def measured(out):
    """What is measured for each node, by its place, and the gradients beside."""
    page = explorer.Page(tell(out), "en")
    return on_page(
        page,
        """model.compute();
        const texts = (x) => x && Object.fromEntries(Object.entries(x)
          .map(([key, y]) => [key, written(y)]));
        const all = valueNodes.map(({ id }) =>
          [texts(measured(model, id)) ?? null, model.gradients[id]]);
        console.log(JSON.stringify(all));""",
    )


def at(f, x):
    return measured(f(Value(x, "x")))[0][0]


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (lambda x: x.relu(), 0.0, 0, 1),
        (lambda x: -x.relu(), 0.0, 0, -1),
        (lambda x: abs(x) + 3 * x, 0.0, 2, 4),
        (lambda x: primitives.maximum(x, 2 * x - 1) * 1e-6, 1.0, 1e-6, 2e-6),
        (lambda x: (x * x - 4).relu(), 2.0, 0, 4),
        (lambda x: abs(x.sin()) + 100.0, 0.0, -1, 1),
        (lambda x: x.exp() + 1e-3 * abs(x - 1), 1.0, math.e - 1e-3, math.e + 1e-3),
    ],
)
def test_a_corner_has_two_slopes(f, x, left, right):
    assert at(f, x)["sides"] == pytest.approx([left, right], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x.sign(), 0.0),
        (lambda x: where(x, x + 1, x), 0.0),
        (lambda x: 1 / x, 0.0),
    ],
)
def test_a_jump_has_none(f, x):
    found = at(f, x)
    assert found is None or found["isJump"]


def test_beyond_a_domain_nothing_is_measured():
    assert at(lambda x: x.sqrt(), 0.0) is None
    assert at(lambda x: x + 1, math.inf) is None


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: x.relu(), 1e-7, 1),
        (lambda x: (x - 0.9999999).relu(), 1.0, 1),
        (lambda x: x**8, 0.0, 0),
        (lambda x: x**9, 0.0, 0),
        (lambda x: x * abs(x), 0.0, 0),
        (lambda x: (1000 * x).sin(), 1.0, 1000 * math.cos(1000)),
        (lambda x: x.log(), 1e-12, 1e12),
        (lambda x: (x + 1e8) - 1e8, 1.0, 1),
        (lambda x: x.sin() ** 2 + x.cos() ** 2, 0.5, 0),
        (lambda x: 0 * x, 1e300, 0),
        (lambda x: x * 1e-8, 1e308, 1e-8),
    ],
)
def test_what_is_smooth_is_no_corner(f, x, slope):
    found = at(f, x)
    assert found["slope"] == pytest.approx(slope, rel=1e-5, abs=1e-6)
    assert abs(found["slope"] - slope) <= found["bound"] <= 1e-3 * abs(slope) + 1e-4


@pytest.mark.parametrize("seed", range(10))
def test_the_bound_holds_on_random_graphs(seed):
    rng = random.Random(seed)
    out, _ = graph([rng.uniform(-2, 2) for _ in range(5)], seed)
    out.backward()
    seen = 0
    for found, gradient in measured(out):
        if "slope" in found:
            seen += 1
            assert abs(found["slope"] - gradient) <= 2 * found["bound"], (found, gradient)
            assert found["bound"] <= 1e-6
    assert seen > 100
