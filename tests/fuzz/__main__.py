"""`make fuzz`: a million hostile inputs without a crash, a hang or code run.

    python -m tests.fuzz [--count 200_000] [--seed 0] [target ...]

An input is wrong if the package takes longer than 5 s for it, raises what it does not promise or
what is not its own words, or lets it out as code. What is wrong is shrunk by Hypothesis, which also
makes the choices of which an input is made, and printed; the status is then 1.
"""

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from contextlib import suppress
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import randoms
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.guard import Escaped, install, is_ours, watched
from tests.fuzz.targets import FILE, TARGETS

CHUNK = 500
SHOWN = 10
WARM_UP = 300


def main() -> None:
    """Fuzz, and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200_000, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=0, help="others give other inputs")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all if none is given")
    arguments = parser.parse_args()
    wrong = 0
    for name in arguments.targets or TARGETS:
        start = time.monotonic()
        outcomes, found = fuzzed(name, arguments.count, arguments.seed)
        rate = outcomes.total() / (time.monotonic() - start)
        print(
            f"{name}: {outcomes.total():,} inputs, {outcomes['taken']:,} taken, "
            f"{outcomes['refused']:,} refused, {outcomes['wrong']:,} wrong; {rate:,.0f} a second"
        )
        print(*found[:SHOWN], sep="\n", end="\n" * bool(found))
        wrong += outcomes["wrong"]
    sys.exit(wrong > 0)


def fuzzed(name: str, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """What became of the inputs, and a description of those that are wrong."""
    chunks = [
        (name, f"{name} {seed} {start}", min(CHUNK, count - start))
        for start in range(0, count, CHUNK)
    ]
    outcomes: Counter[str] = Counter()
    found: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        multiprocessing.get_context("fork").Pool(initializer=_prepare, initargs=(name,)) as pool,
        Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task(name, total=count)
        for counted, wrong in pool.imap_unordered(_chunk, chunks):
            outcomes += counted
            found += wrong
            progress.advance(task, counted.total())
    return outcomes, found


def _prepare(name: str) -> None:
    target = TARGETS[name]
    for seed in range(WARM_UP):  # imports what is imported late
        given = target.make(Random(seed))
        with suppress(Exception):
            target.take(given)
    install(f"{FILE.name}.{os.getpid()}")


def _chunk(job: tuple[str, str, int]) -> tuple[Counter[str], list[str]]:
    name, start, count = job
    make, take, allowed = TARGETS[name]
    outcomes: Counter[str] = Counter()
    told = ""

    @seeded(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[*HealthCheck],
        report_multiple_bugs=False,
    )
    @given(randoms(use_true_random=False))
    def examine(random: Random) -> None:
        nonlocal told
        hostile = make(random)
        outcome = "taken"
        try:
            with watched():
                take(hostile)
        except (Exception, Escaped) as error:
            outcome = "refused"
            if not (isinstance(error, allowed) and is_ours(error)):
                trace = "".join(traceback.format_exception(error)[-4:])
                told = f"{start!r}: {ascii(hostile)[:2000]}\n{trace}"
                raise AssertionError from error
        finally:
            outcomes[outcome] += not told  # what is shrunk is no further input

    with suppress(AssertionError):
        examine()
    if told:
        outcomes["wrong"] += 1
    return outcomes, [told] * bool(told)


if __name__ == "__main__":
    main()
