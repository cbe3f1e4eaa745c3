"""Hypothesis strategies: random programs, Values and networks, shrunk to the smallest that fails.

An operation of your own, put into programs with others and held against finite differences:

>>> from hypothesis import find, given
>>> from autograd_mini import check_gradients, define_primitive
>>> square = define_primitive("square", lambda x: x * x, lambda out, x: x, check=False)
>>> @given(programs([square, "sin", "*", "sum"]))
... def test_square(program):
...     report = check_gradients(program, *program.point, order=1)
...     assert not any(row.verdict == "FAIL" for row in report), report

The rule is wrong: it should be `2 * x`. The test fails and prints the smallest program that shows
it, with the table of `check_gradients`; `find` gives the program itself:

>>> def is_wrong(program):
...     report = check_gradients(program, *program.point, order=1)
...     return any(row.verdict == "FAIL" for row in report)
>>> find(programs([square, "sin", "*", "sum"]), is_wrong)
def f(x=1.0):
    return square(x)
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from autograd_mini.primitives import REAL, Primitive
from autograd_mini.testing.inputs import whole
from autograd_mini.testing.programs import (
    STEPS,
    NoProgramError,
    Program,
    chosen_rows,
    random_program,
)
from autograd_mini.value import Value

try:
    from hypothesis import reject
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as error:
    if error.name != "hypothesis":
        raise
    raise ModuleNotFoundError(
        "autograd_mini.testing.strategies needs hypothesis: pip install hypothesis",
        name="hypothesis",
    ) from None

SMOOTH = ("tanh", "sigmoid", "softplus", "sin")


def programs(
    rows: Iterable[Primitive | str] | None = None, *, max_steps: int = 8, edges: bool = False
) -> SearchStrategy[Program]:
    """Programs of 1 to `max_steps` operations, as `random_program` draws them.

    `rows` are primitives or their names, your own too; by default all that have a public name when
    an example is drawn. The results of a program are finite and its derivatives can be measured,
    unless `edges` puts its point on the ends of domains, on kinks and on ties.
    ValueError for a name that is not in the table, TypeError for what is no row.
    """
    given = None if rows is None else chosen_rows(rows)
    max_steps = whole("max_steps", max_steps, STEPS)

    def drawn(random: Random) -> Program:
        try:
            return random_program(random, given, max_steps=max_steps, edges=edges)
        except NoProgramError:
            reject()

    return st.builds(drawn, st.randoms(use_true_random=False))


def values(low: float = REAL[0], high: float = REAL[1]) -> SearchStrategy[Value]:
    """Leaves, with a number between `low` and `high`: `values(-inf, inf)` has infinities too.

    Next to zero it is 0 or at least 1e-3 (in a narrow interval, a thousandth of it): between, a
    second derivative may be as small as the rounding of the first, and nothing confirms it.
    """
    return _numbers(low, high).map(Value)


def _numbers(low: float, high: float) -> SearchStrategy[float]:
    least = 1e-3 * min(1.0, max(abs(low), abs(high))) if low <= 0 <= high else 0.0
    return st.floats(low, high, allow_nan=False).map(lambda x: x if abs(x) >= least else 0.0)


def mlps(
    mlp: Callable[..., Any], *, activations: Iterable[str] = SMOOTH, max_size: int = 3
) -> SearchStrategy[tuple[Any, list[float]]]:
    """A small network and inputs for it: `mlps(nn.MLP)` draws `(model, x)`, to call as `model(x)`.

    `mlp` is called as `nn.MLP` is, with up to `max_size` inputs, neurons in a layer and layers. The
    activations are by default those without a kink; the inputs are as those of `values`.

    >>> from hypothesis import find
    >>> import nn
    >>> model, x = find(mlps(nn.MLP), lambda drawn: len(drawn[1]) == 2)
    >>> print(model, x)
    MLP(2 -> 1): 3 parameters
      layers.0: Layer(2 -> 1, tanh): 3 parameters
        neurons.0: Neuron(2 -> 1, tanh): 3 parameters [0.0, 0.0]
    """
    sizes = st.integers(1, max_size)
    names = st.sampled_from([*activations])

    @st.composite
    def drawn(draw: Callable[..., Any]) -> tuple[Any, list[float]]:
        n_in = draw(sizes)
        layers = draw(st.lists(sizes, min_size=1, max_size=max_size))
        seed = draw(st.integers(0, 999))
        model = mlp(n_in, layers, activation=draw(names), output=draw(names), seed=seed)
        return model, draw(st.lists(_numbers(*REAL), min_size=n_in, max_size=n_in))

    return drawn()
