"""A derivative is the sum over all paths: counts are exact, and three ways lead to one number."""

import itertools
import math
from random import Random

import pytest

import nn
from autograd_mini import Value, exp, explain, no_grad, relu, sin, sqrt, tanh
from autograd_mini.show.paths import paths_from
from autograd_mini.story import place_in, tell


def paths(out, start, shown=10):
    story = tell(out)
    return paths_from(story, place_in(story, out, start), shown)


def listed(story, node, root):
    """Every path by plain enumeration, as tuples of edges."""
    if node == root:
        return [()]
    return [
        (number, *rest)
        for number, edge in enumerate(story.edges)
        if edge.source == node
        for rest in listed(story, edge.target, root)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_counts_products_and_sums_are_those_of_a_full_list(seed):
    draw = Random(seed)
    x = Value(draw.uniform(-1, 1), "x")
    nodes = [x, Value(draw.uniform(-1, 1), "y")]
    for _ in range(8):
        a, b = draw.choices(nodes, k=2)
        nodes.append(draw.choice([a * b, a + b, a - 2 * b, tanh(a), sin(a)]))
    out = nodes[-1] * nodes[-2] + nodes[-3] + x
    found = paths(out, x, shown=4)
    story = found.story
    full = listed(story, found.start, story.root.id)
    products = {path: math.prod(story.edges[e].local_derivative for e in path) for path in full}
    assert found.count == len(full)
    assert found.total == pytest.approx(math.fsum(products.values()), rel=1e-12)
    sizes = sorted(map(abs, products.values()), reverse=True)[:4]
    assert [abs(path.product) for path in found.largest] == pytest.approx(sizes, rel=1e-12)
    assert len({path.edges for path in found.largest}) == min(4, len(full))
    for path in found.largest:
        assert path.product == pytest.approx(products[path.edges], rel=1e-12)
    out.backward()
    assert found.gradient == x.grad
    assert found.measured.admits(x.grad)


def test_counts_are_exact_beyond_any_float():
    x = y = Value(1.0, "x")
    for _ in range(200):
        y = y + y * 0.01
    found = paths(y, x, shown=3)
    assert found.count == 2**200
    assert [path.product for path in found.largest] == [1.0, 0.01, 0.01]
    assert found.total == pytest.approx(1.01**200, rel=1e-12)


def test_a_long_chain():
    x = y = Value(1.0, "x")
    for _ in range(20_000):
        y = +y
    found = paths(y, x)
    assert (found.count, len(found.largest[0].edges)) == (1, 20_000)


def test_from_a_result_in_the_middle():
    x = Value(0.5, "x")
    middle = exp(x)
    out = middle * middle
    found = paths(out, middle)
    assert (found.count, found.total, found.gradient) == (2, 2 * middle.data, 2 * middle.data)
    assert found.measured.admits(2 * middle.data)


def test_from_the_root_itself():
    x = Value(0.5, "x")
    found = paths(x, x)
    assert (found.count, found.total, found.gradient) == (1, 1.0, 1.0)
    assert found.largest[0].edges == ()


def test_a_wrong_derivative_would_be_seen():
    x = Value(3.0, "x")
    out = x * x
    out.local_derivatives = (3.0, 4.0)  # as a faulty rule would record
    found = paths(out, x)
    assert found.total == found.gradient == 7.0
    assert not found.measured.admits(7.0)
    assert found.measured.admits(6.0)


def test_an_infinite_edge_times_zero_is_zero():
    x = Value(0.0, "x")
    found = paths(sqrt(x) * 0.0, x)
    assert (found.total, found.largest[0].product, found.gradient) == (0.0, 0.0, 0.0)


def test_places():
    x, y = Value(1.0, "x"), Value(1.0, "y")
    with pytest.raises(ValueError, match=r"was not computed from Value.*'y'.*no path"):
        explain(x * 2, wrt=y)
    with no_grad():
        cut = x * 2
    with pytest.raises(ValueError, match="no path"):
        explain(cut, wrt=x)


# --- as it is told -------------------------------------------------------------------------------


def test_the_ledger():
    b = Value(0.1, "b")
    out = tanh(b + 1) * b
    out.label = "y"
    out.backward()
    lines = [" ".join(line.split()) for line in str(explain(out, wrt=b)).splitlines()]
    assert lines[0] == "Paths from b to y: 2"
    assert lines[2] == "1 b → y 0.8005 0.8005"
    assert lines[3] == "2 b → v1 → v2 → y 1.000 × 0.3592 × 0.1000 0.03592"
    assert lines[5] == f"sum over all paths {b.grad:.12g}"
    assert lines[6] == f"reverse mode, as in backward() {b.grad:.12g}"
    assert lines[7].startswith("finite difference 0.836419153")
    assert " ± " in lines[7]


def test_the_ledger_in_japanese_and_cut_short():
    x = y = Value(1.0, "x")
    for _ in range(30):
        y = y + y * 0.01
    told = str(explain(y, wrt=x, paths=2, lang="ja"))
    assert told.startswith("x から v60 への経路：1,073,741,824 本\n積の大きい 2 本")
    assert "残り 1,073,741,822 本の和" in told
    assert "… ほか 23 個 …" in told
    with pytest.raises(ValueError, match="paths is 0"):
        explain(y, wrt=x, paths=0)
    with pytest.raises(TypeError, match=r"paths is 2\.5, a float: write how many to list"):
        explain(y, wrt=x, paths=2.5)


def test_edges_between_the_same_two_are_told_apart():
    x = Value(3.0, "x")
    told = str(explain(x * x, wrt=x))
    assert "x →[1] v1" in told
    assert "x →[2] v1" in told


def test_where_there_is_no_slope_to_measure():
    assert "a corner, a jump or noise" in str(explain(relu(x := Value(0.0, "x")), wrt=x))
    assert "角、不連続、またはノイズ" in str(explain(relu(x := Value(0.0, "x")), wrt=x, lang="ja"))
    assert "not finite on both sides" in str(explain(sqrt(x := Value(0.0, "x")), wrt=x))


def test_nothing_is_measured_at_numbers_that_were_changed_after_the_recording():
    x = Value(3.0, "x")
    out = x * x
    x.data = 4.0
    assert paths(out, x).measured is None
    assert "Numbers were changed after the recording" in str(explain(out, wrt=x))
    assert "Numbers were changed after the recording" in explain(out, wrt=x).latex()
    assert "記録の後に数値が変更されています" in str(explain(out, wrt=x, lang="ja"))


def test_latex_is_the_sum_over_paths():
    x = Value(-3.0, "x")
    assert explain(x * x * 2, wrt=x).latex().splitlines() == [
        r"\begin{aligned}",
        r"\frac{\partial v_{2}}{\partial x} &= \frac{\partial v_{1}}{\partial x[1]} "
        r"\frac{\partial v_{2}}{\partial v_{1}} + \frac{\partial v_{1}}{\partial x[2]} "
        r"\frac{\partial v_{2}}{\partial v_{1}} \\",
        r"&= \left(-3\right) \cdot 2 + \left(-3\right) \cdot 2 \\",
        r"&= -12",
        r"\end{aligned}",
    ]
    assert r" + \cdots \\" in explain(x * x, wrt=x, paths=1).latex()


def test_every_weight_of_a_network():
    model = nn.MLP(2, [3, 3, 1], seed=2)
    out = model([0.3, -0.8])
    out.backward()
    for weight, _ in zip(model.parameters(), itertools.count()):
        found = paths(out, weight)
        assert found.gradient == weight.grad
        assert found.total == pytest.approx(weight.grad, rel=1e-12)
        assert found.measured.admits(weight.grad)
