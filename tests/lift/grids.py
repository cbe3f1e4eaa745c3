"""Programs on grids with a boundary: kinds would multiply with every sweep."""

from itertools import pairwise

from autograd_mini import dot, logsumexp, sum, tanh  # noqa: A004
from tests.lift.networks import flat, values


def relaxation(rng, rows=12, columns=13, sweeps=4, boundary="inputs"):
    """Jacobi's method: inside, the mean of the four neighbours; the boundary stays."""
    grid = values(rng, rows, columns)
    inner = [(i, j) for i in range(1, rows - 1) for j in range(1, columns - 1)]
    start = [grid[i][j] for i, j in inner]
    edge = [x for i, row in enumerate(grid) for j, x in enumerate(row) if (i, j) not in inner]
    if boundary == "zeros":
        grid = [
            [x if (i, j) in inner else 0.0 for j, x in enumerate(row)] for i, row in enumerate(grid)
        ]
    for _ in range(sweeps):
        now = [row[:] for row in grid]
        for i, j in inner:
            now[i][j] = (grid[i - 1][j] + grid[i + 1][j] + grid[i][j - 1] + grid[i][j + 1]) / 4
        grid = now
    loss = sum([grid[i][j] ** 2 for i, j in inner])
    if boundary == "parameters":
        return loss, [*start, *edge], []
    return loss, start, edge if boundary == "inputs" else []


def relaxation_between_constants(rng):
    return relaxation(rng, boundary="constants")


def relaxation_between_zeros(rng):
    return relaxation(rng, boundary="zeros")


def relaxation_between_parameters(rng):
    return relaxation(rng, boundary="parameters")


def padded_convolutions(rng, size=9, layers=4):
    """Images that keep their size, for there are zeros around them."""
    kernels, image = values(rng, layers, 9), values(rng, size, size)
    window = [(u, v) for u in range(3) for v in range(3)]
    maps = image
    for kernel in kernels:
        line = [0.0] * (size + 2)
        padded = [line, *[[0.0, *row, 0.0] for row in maps], line]
        maps = [
            [tanh(dot(kernel, [padded[i + u][j + v] for u, v in window])) for j in range(size)]
            for i in range(size)
        ]
    return sum(flat(maps)), flat(kernels), flat(image)


def upwind(rng, length=24, steps=20):
    """A wave that comes in at the left: what flows in is an input of every step."""
    u, inflow, speed = values(rng, length), values(rng, steps), values(rng)
    start = u
    for left in inflow:
        u = [left, *[b - speed * (b.sin() - a.sin()) for a, b in pairwise(u)]]
    return sum([x * x for x in u]), [speed, *start], inflow


def time_warping(rng, length=20):
    """The soft minimum over all alignments of two series; an anti-diagonal of the table is one."""
    x, y = values(rng, 2, length)
    table = [[0.0 if i == j == 0 else 1e3 for j in range(length + 1)] for i in range(length + 1)]
    for i, a in enumerate(x, 1):
        for j, b in enumerate(y, 1):
            before = table[i - 1][j - 1], table[i - 1][j], table[i][j - 1]
            table[i][j] = (a - b) ** 2 - logsumexp([-z for z in before])
    return table[-1][-1], x, y


GRIDS = [
    *(relaxation, relaxation_between_constants, relaxation_between_zeros),
    *(relaxation_between_parameters, padded_convolutions, upwind, time_warping),
]
