"""Random programs, a million of them: every way to a derivative, held against every other.

    python -m tests.soak.random_programs [--quick] [--count 1_000_000] [--state out/soak.json]

Interrupted, it goes on where it stopped; with another version of the package it begins anew.
"""

import argparse
import hashlib
import json
import multiprocessing
import operator
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from mpmath import mp, mpf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import autograd_mini
from autograd_mini import Value, check_gradients, grad, jvp, no_grad
from autograd_mini.graph import topological_order
from autograd_mini.primitives import TABLE
from autograd_mini.testing.programs import Program, random_program
from tests.accuracy.reference import EXACT

#: The package's own rows; a test may have defined others, that are not meant to be right.
ROWS = [*TABLE]
CHUNK = 500
TINY = sys.float_info.min  # below it floats have fewer digits
SHOWN = 20

#: What a printed program may call: the public functions, and the rows that serve others' rules.
_NAMES = TABLE | {name: getattr(autograd_mini, name) for name in autograd_mini.__all__}


def program_of(seed):
    return random_program(Random(seed), ROWS)


def as_printed(program):
    """The program, from its own text: operators and functions, as a user would write them."""
    found = {}
    exec(repr(program), _NAMES, found)
    return found["f"]


def reach(out, leaves, direction):
    """The sum over all paths of the size of the product of the local derivatives on it.

    The derivative in the direction is the same sum, with signs: what it is rounded by is
    measured in units of this.
    """
    sizes = dict(zip(leaves, map(abs, direction), strict=True))
    for node in topological_order(out):
        if node.parents:
            edges = zip(node.parents, node.local_derivatives, strict=True)
            sizes[node] = sum(sizes.get(parent, 0.0) * abs(local) for parent, local in edges)
    return sizes.get(out, 0.0)


def rounding(out):
    """How far apart, in parts of their reach, two orders of the same operations can be."""
    operations = sum(1 + len(node.parents) for node in topological_order(out))
    return 2 * operations * sys.float_info.epsilon


def judged(program: Program):
    """The complaints about a program, and the verdicts on its slopes."""
    complaints = []
    inputs, point = range(len(program.inputs)), program.point
    leaves = [Value(x) for x in point]
    out = as_printed(program)(*leaves)
    out.backward()
    eager = tuple(leaf.grad for leaf in leaves)
    with no_grad():
        silent = program(*map(Value, point))
    if not out.data == silent.data == program(*point):
        complaints.append(f"values: {out.data!r} {silent.data!r} {program(*point)!r}")
    functional = grad(program, inputs)(*point)
    if functional != eager:
        complaints.append(f"functional {functional} is not eager {eager}")
    direction = [(-1.0) ** i * (1 + 0.3 * i) for i in inputs]
    value, forward = jvp(program, point, direction)
    along = sum(map(operator.mul, eager, direction))
    bound = rounding(out) * reach(out, leaves, direction) + TINY
    if value != out.data or not abs(forward - along) <= bound:
        complaints.append(f"jvp {value, forward} is not {out.data, along}")
    report = check_gradients(program, *point, order=1)
    for row in report:
        i = program.inputs.index(row.input)
        size = reach(out, leaves, [float(i == j) for j in inputs])
        if row.verdict == "FAIL":
            complaints.append(f"finite differences refuse this slope\n{report}")
        elif row.verdict != "pass" and not is_exact(program, i, eager[i], size):
            complaints.append(f"neither finite differences nor mpmath find this slope\n{report}")
    return complaints, Counter(row.verdict for row in report)


class Dual:
    """A float and, to a hundred digits, its derivative: forward mode, with mpmath for the rules.

    The slopes are taken at the recorded floats, as those of the package are. An exact function of
    the inputs may be another one: sin(acos(0)) is as flat as can be, but acos(0) is rounded.
    """

    def __init__(self, number, tangent):
        self.number, self.tangent = number, tangent

    @staticmethod
    def apply_primitive(row, operands):
        of_sequence = {"maximum": max, "minimum": min}  # which Python's are not of a single one
        function = of_sequence.get(row.name) or (lambda xs: EXACT[row.name](*xs))
        numbers = [x.number if isinstance(x, Dual) else x for x in operands]
        tangent, step = mpf(0), mpf(10) ** -30
        for i, x in enumerate(operands):
            if isinstance(x, Dual) and x.tangent:
                below, above = ([*map(mpf, numbers)] for _ in range(2))
                below[i], above[i] = below[i] - step, above[i] + step
                tangent += (function(above) - function(below)) / (2 * step) * x.tangent
        return Dual(row.forward(*numbers), tangent)


def is_exact(program, i, claimed, size):
    """What mpmath says where finite differences do not: near kinks, or where floats look flat.

    `size` is the reach of input `i`.
    """
    with mp.workdps(100):
        xs = [Dual(x, mpf(i == j)) for j, x in enumerate(program.point)]
        return abs(claimed - program(*xs).tangent) <= 1e-12 * size + 1e-40


def judged_chunk(first):
    """What is wrong with the programs of CHUNK seeds, and all their verdicts."""
    found, verdicts = [], Counter()
    for seed in range(first, first + CHUNK):
        program = program_of(seed)
        complaints, more = judged(program)
        verdicts += more
        found += [f"seed {seed}: {complaint}\n{program}" for complaint in complaints]
    return found, verdicts


# ---- a long run, kept on disk


def version():
    """What the results depend on: the package's source and this file's."""
    files = sorted(Path(autograd_mini.__file__).parent.rglob("*.py"))
    texts = (file.read_bytes() for file in [*files, Path(__file__)])
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def load(path):
    """The state of a run of this version, or a new one."""
    new = {"version": version(), "done": 0, "seconds": 0.0, "verdicts": {}, "mismatches": []}
    old = json.loads(path.read_text("utf-8")) if path.exists() else new
    return old if old["version"] == new["version"] else new


def save(path, state):
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(path)  # at once: an interrupt leaves the old file or the new one


def summary(state):
    verdicts = Counter(state["verdicts"])
    beyond = verdicts.total() - verdicts["pass"]
    return (
        f"{state['done']:,} random programs in {state['seconds']:,.0f} s: "
        f"{len(state['mismatches'])} mismatches; {verdicts.total():,} slopes, {beyond:,} of them "
        f"beyond finite differences and decided by mpmath"
    )


def soak(count, path, workers):
    """Judge programs until `count` are done; the state they ended in."""
    state = load(path)
    console = Console(stderr=True)
    bar = Progress(
        *(BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    start = time.perf_counter() - state["seconds"]
    ignore_ctrl_c = (signal.signal, (signal.SIGINT, signal.SIG_IGN))  # the parent hears it
    with multiprocessing.Pool(workers, *ignore_ctrl_c) as pool, bar:
        task = bar.add_task("", total=count)
        for found, verdicts in pool.imap(judged_chunk, range(state["done"], count, CHUNK)):
            state["done"] += CHUNK
            state["seconds"] = time.perf_counter() - start
            state["verdicts"] = Counter(state["verdicts"]) + verdicts
            state["mismatches"] += found
            save(path, state)
            text = f"{len(state['mismatches'])} mismatches"
            bar.update(task, completed=state["done"], description=text)
    return state


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the programs")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--state", type=Path, default=Path("out/soak.json"))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    try:
        count = options.count // 50 if options.quick else options.count
        state = soak(count, options.state, options.workers)
    except KeyboardInterrupt:
        sys.exit("interrupted: run it again to go on")
    for mismatch in state["mismatches"][:SHOWN]:
        print(mismatch, end="\n\n")
    print(summary(state))
    sys.exit(1 if state["mismatches"] else 0)


if __name__ == "__main__":
    main()
