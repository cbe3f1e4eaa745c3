"""Random programs beside PyTorch in float64; mpmath decides where the two differ."""

import math

import torch

from autograd_mini import Value
from tests.crosscheck.test_primitives import PEER
from tests.soak.random_programs import TINY, is_exact, program_of, reach, rounding

COUNT = 5000


class Tensor:
    """One more reader of the table: PyTorch's functions on PyTorch's scalars."""

    def __init__(self, number):
        self.tensor = torch.as_tensor(number, dtype=torch.float64)

    @staticmethod
    def apply_primitive(row, operands):
        tensors = [(x if isinstance(x, Tensor) else Tensor(x)).tensor for x in operands]
        out = Tensor(0.0)
        out.tensor = PEER[row.name](*tensors)
        return out


def theirs(program):
    """The value of a program and its gradient, by PyTorch alone."""
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.point]
    out = program(*map(Tensor, xs)).tensor
    if out.requires_grad:  # not if `where` chose a number
        out.backward()
    return out.item(), [0.0 if x.grad is None else x.grad.item() for x in xs]


def test_values_and_gradients_are_those_of_pytorch():
    """Either both differ by roundings only, or mpmath finds this project's slope."""
    slopes = decided = 0
    for seed in range(COUNT):
        program = program_of(seed)
        leaves = [Value(x) for x in program.point]
        out = program(*leaves)
        out.backward()
        peer, gradient = theirs(program)
        assert math.isclose(out.data, peer, rel_tol=1e-12, abs_tol=1e-15), program
        for i, (leaf, slope) in enumerate(zip(leaves, gradient, strict=True)):
            size = reach(out, leaves, [float(leaf is other) for other in leaves])
            slopes += 1
            if not abs(leaf.grad - slope) <= 16 * rounding(out) * size + TINY:
                decided += 1
                assert is_exact(program, i, leaf.grad, size), (program, leaf.grad, slope)
    assert slopes > 2 * COUNT
    assert 0 < decided < slopes / 100  # tanh' from 3 on, above all, where PyTorch's digits go
