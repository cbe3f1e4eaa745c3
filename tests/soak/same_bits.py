"""Print a digest of what programs, graphs and a training compute: the same in every process."""

import hashlib
from random import Random

from autograd_mini import Value, grad, hessian, jvp
from autograd_mini.primitives import TABLE
from autograd_mini.story import tell
from autograd_mini.testing.programs import random_program
from nn import MLP, SGD, fit


def everything():
    """Lines that hold every bit of every number, and the order of whatever has one."""
    for seed in range(30):
        program = random_program(Random(seed), TABLE.keys(), edges=seed % 3 == 0)
        yield repr(program)
        everywhere, point = range(len(program.inputs)), program.point
        leaves = [Value(x) for x in point]
        out = program(*leaves)
        out.backward()
        yield repr(tell(out))
        yield repr([grad(program, everywhere)(*point), jvp(program, point, point)])
        yield repr(hessian(program, everywhere)(*point))
        yield repr(grad(program, everywhere)(*leaves))
    model = MLP(2, [3, 1], seed=1)
    X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    fit(model, X, y, loss="mse", optimizer=SGD(model.parameters(), lr=0.5), batch_size=2, epochs=5)
    yield repr([parameter.data for parameter in model.parameters()])


if __name__ == "__main__":
    print(hashlib.sha256("\n".join(everything()).encode()).hexdigest())
