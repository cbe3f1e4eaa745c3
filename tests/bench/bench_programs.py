"""`make bench`: lifted programs that are no networks, beside NumPy, heyoka, CasADi and JAX.

A book of options, in which everything repeats, and random programs, in which nothing does. All run
on one thread.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import math
import operator
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from contest import Run, compare, optional

import autograd_mini
from autograd_mini import Value, erf, exp, lift, log, sqrt

Array = Any
#: An operation and where its operands are: the result takes the place of the first.
Program = list[tuple[str, int, int]]

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
UNARY = ("exp", "log", "sin", "cos", "tanh", "sqrt")
LEAVES, PLACES = 10, 50


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 15
    black_scholes(1_000 if quick else 100_000, rounds)
    # JAX compiles 2,000 operations for minutes: it takes part in a program a tenth as long
    unstructured(60 if quick else 200, 100 if quick else 1_000, rounds, with_jax=True)
    if not quick:
        unstructured(2_000, 1_000, rounds)
        unstructured(10_000, 1, rounds)


def price(spot: Any, strike: Any, rate: Any, sigma: Any, time: Any) -> Any:
    """Black and Scholes' price of one call option."""
    d1 = (log(spot / strike) + (rate + sigma * sigma / 2) * time) / (sigma * sqrt(time))
    d2 = d1 - sigma * sqrt(time)
    inside, paid = 0.5 * (1 + erf(d1 / 2**0.5)), 0.5 * (1 + erf(d2 / 2**0.5))
    return spot * inside - strike * exp(-rate * time) * paid


def black_scholes(count: int, rounds: int) -> None:
    """Prices and five Greeks of many options: recorded from one, or derived by hand."""
    rng = np.random.default_rng(0)
    bounds = ((80, 120), (80, 120), (0.01, 0.05), (0.1, 0.5), (0.5, 2))
    market = [rng.uniform(*bound, count) for bound in bounds]
    spot, strike, rate, sigma, time = market

    def by_hand(erf: Callable[[Array], Array]) -> Run:
        def run() -> Array:
            root = np.sqrt(time)
            d1 = (np.log(spot / strike) + (rate + sigma * sigma / 2) * time) / (sigma * root)
            d2 = d1 - sigma * root
            inside, paid = 0.5 * (1 + erf(d1 / 2**0.5)), 0.5 * (1 + erf(d2 / 2**0.5))
            discount = np.exp(-rate * time)
            later = strike * discount * paid
            vega = spot * np.exp(-d1 * d1 / 2) * root / math.sqrt(2 * math.pi)
            theta = vega * sigma / (2 * time) + rate * later
            return spot * inside - later, inside, -discount * paid, time * later, vega, theta

        return run

    program: Any = lift(price, 100.0, 95.0, 0.03, 0.2, 1.0, wrt=range(5), reduction="none")

    def lifted() -> Array:
        prices, greeks = program.value_and_grad(*market)
        return prices, *greeks

    exact = np.frompyfunc(math.erf, 1, 1)
    by_math = {"NumPy by hand, math.erf": by_hand(lambda x: exact(x).astype(float))}
    if special := optional("scipy.special"):  # which the lifted program then calls
        by_scipy = {"NumPy by hand, SciPy's erf": by_hand(special.erf)}
        contestants = by_scipy | {"lifted": lifted} | by_math
    else:
        contestants = by_math | {"lifted": lifted}
    compare(f"Black-Scholes: {count:,} options and five Greeks of each", contestants, rounds)


def random_program(length: int) -> Program:
    """Random operations on 50 places, ten leaves in them first; all results lead to the last one.

    An operation is taken if it keeps the numbers at many points near 1: then the slopes are known
    to more digits than the contestants are asked for.
    """
    draw, program = random.Random(0), []
    points = near_one(1_000)
    places = [points[:, i % LEAVES] for i in range(PLACES)]
    while len(program) < length - PLACES + 1:
        name = draw.choice([*BINARY, *BINARY, *UNARY])
        i, j = draw.sample(range(PLACES), 2)
        with np.errstate(invalid="ignore"):
            result = operation(name, places[i], places[j], np)
        if np.abs(result).min() > 0.1 and np.abs(result).max() < 4:
            places[i] = result
            program.append((name, i, j))
    return program + [("+", 0, j) for j in range(1, PLACES)]


def near_one(count: int) -> Array:
    """Points at which a random program is run."""
    return np.random.default_rng(0).uniform(0.5, 1.5, (count, LEAVES))


def operation(name: str, a: Any, b: Any, library: Any) -> Any:
    """One operation, with the functions of a library."""
    return BINARY[name](a, b) if name in BINARY else getattr(library, name)(a)


def run(program: Program, leaves: Sequence[Any], library: Any) -> Any:
    """The program on whatever numbers the library works with."""
    places = [leaves[i % LEAVES] for i in range(PLACES)]
    for name, i, j in program:
        places[i] = operation(name, places[i], places[j], library)
    return places[0]


def unstructured(length: int, count: int, rounds: int, with_jax: bool = False) -> None:
    """A random program and its ten slopes, at many points and at one."""
    program = random_program(length)
    points = near_one(count)
    makers = {"heyoka": compiled_by_heyoka, "lifted": lifted, "CasADi": on_casadis_machine}
    if with_jax:
        makers["JAX, jit"] = compiled_by_jax
    title = f"{length:,} random operations and ten slopes"
    print(f"{title}: to prepare them takes")
    many, one = {}, {}
    for name, maker in makers.items():
        start = time.perf_counter()
        if runs := maker(program, points):
            many[name], one[name] = runs
            many[name]()
            print(f"  {name:30}{time.perf_counter() - start:12.2f} s")
    if count > 1:
        compare(f"{title}, at {count:,} points", many, rounds)
    compare(
        f"{title}, at one point",
        {"lifted": one.pop("lifted"), "recorded anew": recorded_anew(program, points[0]), **one},
        rounds,
    )


def recorded_anew(program: Program, point: Array) -> Run:
    """One point, recorded and walked backwards every time."""

    def anew() -> Array:
        leaves = [Value(x) for x in point]
        out = run(program, leaves, autograd_mini)
        out.backward()
        return np.array([out.data, *(leaf.grad for leaf in leaves)])

    return anew


def lifted(program: Program, points: Array) -> tuple[Run, Run]:
    """All points, and the first alone, through a lifted program."""
    leaves = [Value(x) for x in points[0]]
    root = run(program, leaves, autograd_mini)
    alone: Any = lift(root, wrt=leaves)
    batch: Any = lift(lambda x: run(program, x, autograd_mini), [1.0] * LEAVES, reduction="none")

    def joined(value: Any, slopes: Array) -> Array:
        return np.concatenate([np.expand_dims(value, -1), slopes], axis=-1)

    return (
        lambda: joined(*batch.value_and_grad(points)),
        lambda: joined(*alone.value_and_grad(points[0])),
    )


def compiled_by_heyoka(program: Program, points: Array) -> tuple[Run, Run] | None:
    """The same by LLVM, for vectors of points."""
    if not (heyoka := optional("heyoka")):
        return None
    leaves = heyoka.make_vars(*[f"x{i}" for i in range(LEAVES)])
    out = run(program, leaves, heyoka)
    slopes = heyoka.diff_tensors([out], diff_args=leaves).gradient
    # not compact: several times as long to compile, and the faster code
    function = heyoka.cfunc([out, *slopes], vars=leaves, compact_mode=len(program) > 2_000)
    columns, first = np.ascontiguousarray(points.T), points[0].copy()
    results = np.empty((LEAVES + 1, len(points)))
    return lambda: function(columns, outputs=results).T, lambda: function(first)


def on_casadis_machine(program: Program, points: Array) -> tuple[Run, Run] | None:
    """The same on CasADi's virtual machine, its buffers kept."""
    if not (casadi := optional("casadi")):
        return None
    x = casadi.SX.sym("x", LEAVES)
    out = run(program, [x[i] for i in range(LEAVES)], casadi)
    function = casadi.Function("f", [x], [casadi.vertcat(out, casadi.gradient(out, x))])

    def through(function: Any, given: Array) -> Run:
        numbers, results = given.copy(), np.empty((len(given), LEAVES + 1))
        buffer, trigger = function.buffer()
        buffer.set_arg(0, memoryview(numbers))
        buffer.set_res(0, memoryview(results))

        kept = function, buffer, numbers, results  # CasADi holds their addresses only

        def evaluated() -> Array:
            trigger()
            return kept[-1]

        return evaluated

    alone = through(function, points[:1])
    return through(function.map(len(points)), points), lambda: alone()[0]


def compiled_by_jax(program: Program, points: Array) -> tuple[Run, Run] | None:
    """The same by XLA."""
    if not (jax := optional("jax")):
        return None
    jax.config.update("jax_enable_x64", True)

    def traced(x: Any) -> Any:
        value, slopes = jax.value_and_grad(
            lambda x: run(program, [x[i] for i in range(LEAVES)], jax.numpy)
        )(x)
        return jax.numpy.concatenate([value[None], slopes])

    alone, batch = jax.jit(traced), jax.jit(jax.vmap(traced))
    alone(points[0])
    return lambda: np.asarray(batch(points)), lambda: np.asarray(alone(points[0]))


if __name__ == "__main__":
    main()
