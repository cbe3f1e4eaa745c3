"""The equality ladder: what must be the same, is, bit for bit, on random programs."""

import copy
import math
import operator
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from autograd_mini import (
    Value,
    check_gradients,
    draw,
    grad,
    hessian,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
)
from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE
from autograd_mini.story import tell
from autograd_mini.testing.programs import random_program
from tests.soak.random_programs import reach, rounding

ROWS = [*TABLE]
EDGES = pytest.mark.parametrize("edges", [False, True], ids=["inside", "edges"])


def programs(count, edges=False, **options):
    return (random_program(Random(seed), ROWS, edges=edges, **options) for seed in range(count))


def bits(numbers):
    """Floats as they are, nan equal to nan; but the sign of a 0 is nobody's promise."""
    return [(float(number) + 0.0).hex() for number in numbers]


def run(program):
    """The leaves and the result of a program on Values, after the backward pass."""
    leaves = [Value(x, label) for x, label in zip(program.point, program.inputs, strict=True)]
    out = program(*leaves)
    out.backward()
    return leaves, out


@EDGES
def test_a_value_is_the_float_is_the_no_grad_value(edges):
    for program in programs(1000, edges):
        recorded = program(*map(Value, program.point))
        with no_grad():
            silent = program(*map(Value, program.point))
        assert silent.parents == ()
        both, _ = value_and_grad(program)(*program.point)
        assert len({*bits([recorded, silent, program(), both])}) == 1, program


@EDGES
def test_grad_is_backward(edges):
    for program in programs(1000, edges):
        everywhere = range(len(program.inputs))
        leaves, _ = run(program)
        eager = bits(leaf.grad for leaf in leaves)
        assert bits(grad(program, everywhere)(*program.point)) == eager, program
        one_by_one = [grad(program, i)(*program.point) for i in everywhere]
        assert bits(one_by_one) == eager, program


@EDGES
def test_derivatives_that_are_values_have_the_numbers_of_those_that_are_not(edges):
    for program in programs(1000, edges):
        everywhere = range(len(program.inputs))
        numbers = grad(program, everywhere)(*program.point)
        kept = grad(program, everywhere)(*map(Value, program.point))
        assert bits(kept) == bits(numbers), program


def test_a_hessian_is_the_jacobian_of_the_gradient():
    for program in programs(300):
        everywhere = range(len(program.inputs))
        lines = hessian(program, everywhere)(*program.point)
        by_jacobian = jacobian(grad(program, everywhere), everywhere)(*program.point)
        assert [*map(bits, lines)] == [*map(bits, by_jacobian)], program


def test_forward_over_reverse_is_reverse_over_forward_is_the_hessian():
    for program in programs(1000, max_steps=5):
        everywhere = range(len(program.inputs))
        direction = [1 - 0.4 * i for i in everywhere]
        _, forward_over_reverse = jvp(grad(program, everywhere), program.point, direction)
        leaves, out = run(program)
        _, tangent = jvp(program, leaves, direction)
        reverse_over_forward = grad(
            lambda *xs, direction=direction, program=program: jvp(program, xs, direction)[1],
            everywhere,
        )(*program.point)
        lines = hessian(program, everywhere)(*program.point)
        for i in everywhere:
            pieces = [*map(operator.mul, lines[i], direction)]
            of_i = [float(i == j) for j in everywhere]
            size = math.fsum(map(abs, pieces)) + reach(tangent, leaves, of_i)
            bound = rounding(tangent) * (size + reach(out, leaves, of_i))
            want = math.fsum(pieces)
            assert abs(forward_over_reverse[i] - want) <= bound, program
            assert abs(reverse_over_forward[i] - want) <= bound, program


# ---- a graph that was drawn, pickled or copied is itself ----------------------------------------


def outline(root):
    """Everything a graph consists of: the fields of its nodes, and who read whom."""
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    return [
        (
            *(node.op, node.label, node.line),
            *bits([node.data, node.grad, *node.local_derivatives]),
            *(place.get(x) if isinstance(x, Value) else x.hex() for x in node.operands),
            *map(place.get, node.parents),
        )
        for node in order
    ]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@EDGES
def test_a_copy_is_the_graph(duplicate, edges):
    for program in programs(300, edges):
        _, out = run(program)
        before = outline(out)
        twin = duplicate(out)
        assert outline(twin) == before, program
        twin.backward()
        assert outline(out) == before
        out.backward()
        assert outline(twin) == outline(out)


@EDGES
def test_a_graph_that_is_told_and_drawn_is_itself(edges):
    for program in programs(100, edges):
        _, out = run(program)
        before, source = outline(out), draw(out).source
        assert outline(out) == before
        assert draw(copy.deepcopy(out)).source == source
        story = tell(out)
        nodes = [node for node in story.nodes if not node.is_constant]
        values = topological_order(out)
        assert bits(node.value for node in nodes) == bits(value.data for value in values)
        assert [node.op for node in nodes] == [value.op for value in values]
        told = [edge.local_derivative for edge in story.edges if edge.local_derivative is not None]
        assert bits(told) == bits(slope for value in values for slope in value.local_derivatives)


# ---- threads ------------------------------------------------------------------------------------


def results(programs, quiet):
    """Values, gradients, second derivatives and, in figures, the checks of some programs."""
    found = []
    for program in programs:
        everywhere = range(len(program.inputs))
        if quiet:
            with no_grad():
                out = program(*map(Value, program.point))
                assert out.parents == ()
                found.append(bits([out]))
        leaves, out = run(program)
        found.append(bits([out, *(leaf.grad for leaf in leaves)]))
        found += map(bits, hessian(program, everywhere)(*program.point))
        found.append(repr(check_gradients(program, *program.point, order=1)))
    return found


def test_eight_threads_have_the_results_of_one():
    shares = [[*programs(8 * 40)][i::8] for i in range(8)]
    serial = [results(share, quiet=i % 2) for i, share in enumerate(shares)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # another thread's turn after a few operations
    try:
        with ThreadPoolExecutor(8) as threads:
            parallel = [*threads.map(results, shares, [i % 2 for i in range(8)])]
    finally:
        sys.setswitchinterval(interval)
    assert parallel == serial
