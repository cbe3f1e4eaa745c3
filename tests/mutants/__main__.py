"""`make mutants`: are there faults in the engine that the tests would not see?

    python -m tests.mutants [--sample 40] [--seed 0] [module ...]

Interrupted, it goes on where it stopped; of a module that was changed it begins anew. A mutant that
was noticed once is not tried again; one that was not is tried in every run, unless `equivalent.txt`
says why nobody can notice it. Ends with status 1 if there is another.
"""

import argparse
import hashlib
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import WorkItem, WorkResult
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.mutants.mutants import judged, mutants_of, noticed

EQUIVALENT = Path(__file__).with_name("equivalent.txt")
SESSIONS = Path("out/mutants")

# Left out are tests of size and of speed, which would take most of the time and notice little.
QUICK = "not (million or deep_graph or bytes_of or threads)"

#: The tests that look at a module, those first that notice most in the least time.
TESTS = {
    "graph.py": "test_graph.py test_value.py test_functional.py",
    "value.py": "test_value.py test_graph.py test_modes.py test_define.py test_scopes.py "
    "primitives/test_edges.py primitives/test_refusals.py primitives/test_table.py",
    "functional.py": "test_functional.py test_modes.py test_trees.py test_ladder.py "
    "testing/test_check_gradients.py",
    "numerics.py": "test_numerics.py primitives/test_edges.py primitives/test_refusals.py "
    "primitives/test_accuracy.py primitives/test_table.py primitives/test_exactness.py",
    "primitives.py": "primitives/test_edges.py primitives/test_table.py "
    "primitives/test_refusals.py test_formulas.py test_value.py primitives/test_accuracy.py "
    "test_functional.py test_define.py primitives/test_exactness.py",
    **{
        f"testing/{name}.py": f"testing/test_{name}.py testing/test_zoo.py "
        "testing/test_check_gradients.py"
        for name in ("stencils", "differences", "judge")
    },
    "testing/compare.py": "testing/test_check_gradients.py testing/test_inputs.py "
    "testing/test_blame.py testing/test_claimed.py testing/test_zoo.py",
    "testing/check.py": "testing/test_inputs.py testing/test_report.py testing/test_blame.py "
    "testing/test_check_gradients.py",
    "testing/inputs.py": "testing/test_inputs.py testing/test_claimed.py",
    "testing/report.py": "testing/test_report.py testing/test_blame.py testing/test_claimed.py",
    "testing/blame.py": "testing/test_blame.py testing/test_report.py testing/test_zoo.py "
    "testing/test_claimed.py testing/test_check_gradients.py",
    **{
        f"testing/{name}.py": "testing/test_claimed.py testing/test_diagnosis.py "
        "testing/test_mistakes.py"
        for name in ("blocks", "claimed", "roles")
    },
    "testing/diagnosis.py": "testing/test_diagnosis.py testing/test_mistakes.py "
    "testing/test_report.py",
    "testing/mistakes.py": "testing/test_mistakes.py testing/test_diagnosis.py",
    "testing/programs.py": "testing/test_programs.py",
    "testing/strategies.py": "testing/test_strategies.py",
}

#: Mutants that are as good as the original: (module, changed lines).
Known = set[tuple[str, str]]


@dataclass
class Tally:
    """How the mutants of a module fared, and the changed lines of those that were not noticed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    equivalent: set[str] = field(default_factory=set)
    alive: list[str] = field(default_factory=list)

    def add(self, module: str, result: WorkResult, known: Known) -> None:
        """Count one mutant."""
        if result.is_killed:
            self.outcomes["killed"] += 1
        elif (module, result.diff) in known:
            self.outcomes["equivalent"] += 1
            self.equivalent.add(str(result.diff))
        else:
            self.outcomes["alive"] += 1
            self.alive.append(str(result.diff))


def main() -> None:
    """Make mutants, run the tests, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="try so many, drawn at random, and keep nothing")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(TESTS)}; all if none is given")
    arguments = parser.parse_args()
    modules = arguments.modules or list(TESTS)
    known = equivalents(EQUIVALENT.read_text("utf-8"))
    for module in modules:
        if noticed(path_of(module), path_of(module).read_text("utf-8"), tests_of(module)):
            sys.exit(f"the tests of {module} fail as it is: mend that first")
    if arguments.sample is None:
        tallies = {module: tried(module, known) for module in modules}
    else:
        tallies = sampled(modules, known, arguments.sample, arguments.seed)
    Console().print(as_table(tallies))
    alive = [f"{module}\n{diff}" for module, tally in tallies.items() for diff in tally.alive]
    print(*alive, sep="\n\n")
    stale = {(module, diff) for module, diff in known if module in tallies}
    stale -= {(module, diff) for module, tally in tallies.items() for diff in tally.equivalent}
    if arguments.sample is None and stale:
        print(f"in {EQUIVALENT.name}, but no mutant that survives:", *sorted(stale), sep="\n")
    sys.exit(bool(alive) or (arguments.sample is None and bool(stale)))


def path_of(module: str) -> Path:
    """Where a module is."""
    return Path("autograd_mini") / module


def tests_of(module: str) -> list[str]:
    """What pytest is given for a module."""
    return [*(f"tests/{name}" for name in TESTS[module].split()), "-k", QUICK]


def equivalents(text: str) -> Known:
    """What a text says of mutants that are as good as the original.

    A paragraph for each: the module's name and the changed lines. `# reason` stands above, and
    holds for the paragraphs below it up to the next.
    """
    found = set()
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.strip().splitlines() if not line.startswith("#")]
        found.add((lines[0], "\n".join(lines[1:])))
    return found


def tried(module: str, known: Known) -> Tally:
    """All mutants of a module, those that a session remembers as noticed by memory."""
    path, tally = path_of(module), Tally()
    name = module.replace("/", ".").removesuffix(".py")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    SESSIONS.mkdir(parents=True, exist_ok=True)
    with use_db(str(SESSIONS / f"{name}-{digest}.sqlite")) as session:  # `cr-html` reads it too
        if not session.num_work_items:
            session.add_work_items(mutants_of(path))
        settled = {
            job
            for job, result in session.results
            if result.is_killed or (module, result.diff) in known
        }
        items = [item for item in session.work_items if item.job_id not in settled]
        Random(0).shuffle(items)  # what is done, if it is interrupted, is a fair sample
        for item, result in judgements([(module, item) for item in items], module):
            session.set_result(item.job_id, result)
        for _, result in session.results:
            tally.add(module, result, known)
    return tally


def sampled(modules: list[str], known: Known, size: int, seed: int) -> dict[str, Tally]:
    """Some of the mutants of all modules."""
    everything = [(module, item) for module in modules for item in mutants_of(path_of(module))]
    jobs = Random(seed).sample(everything, min(size, len(everything)))
    module_of = {item.job_id: module for module, item in jobs}
    tallies = {module: Tally() for module in modules}
    for item, result in judgements(jobs, "sample"):
        module = module_of[item.job_id]
        tallies[module].add(module, result, known)
    return tallies


def judgements(
    jobs: list[tuple[str, WorkItem]], title: str
) -> Iterator[tuple[WorkItem, WorkResult]]:
    """Judge on all processors; yield in the order of completion."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        multiprocessing.get_context("fork").Pool() as pool,
        Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task(title, total=len(jobs))
        for done in pool.imap_unordered(_judgement, jobs):
            progress.advance(task)
            yield done


def _judgement(job: tuple[str, WorkItem]) -> tuple[WorkItem, WorkResult]:
    module, item = job
    return item, judged(item, tests_of(module))


def as_table(tallies: dict[str, Tally]) -> Table:
    """The counts of each module and of all."""
    table = Table("module", "mutants", "killed", "equivalent", "alive", "score")
    rows = {module: tally.outcomes for module, tally in tallies.items()}
    rows["all"] = sum(rows.values(), Counter())
    for module, outcomes in rows.items():
        counts = [outcomes[kind] for kind in ("killed", "equivalent", "alive")]
        score = outcomes["killed"] / max(outcomes.total(), 1)
        table.add_row(module, *map(str, (outcomes.total(), *counts)), f"{score:.1%}")
    return table


if __name__ == "__main__":
    main()
