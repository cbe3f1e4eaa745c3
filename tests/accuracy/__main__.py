"""`make accuracy`: every row of the table against mpmath, the worst errors row by row.

Ends with status 1 if a row is worse than promised, or than its entry in `exceptions.py`.
"""

import argparse
import sys
from multiprocessing import Pool

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from autograd_mini.primitives import TABLE
from tests.accuracy.exceptions import EXCEPTIONS, is_excused
from tests.accuracy.measure import PROMISED, Measured, measure
from tests.accuracy.points import REGIONS, points

#: So many points at a time go to a process.
PORTION = 1000


def main() -> None:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000, help="how many points a row")
    parser.add_argument("rows", nargs="*", help="names of rows; all if none is given")
    arguments = parser.parse_args()
    names = arguments.rows or list(TABLE)
    console = Console(width=None if sys.stdout.isatty() else 160)
    found = measured(names, arguments.points, Console(stderr=True))
    console.print(as_table(found, arguments.points))
    wrong = 0
    for name, row in found.items():
        for (quantity, region), worst in row.worst.items():
            if not worst.error <= PROMISED[quantity]:
                is_news = not is_excused(name, quantity, region, worst)
                wrong += is_news
                known = EXCEPTIONS.get((name, quantity))
                why = known.why if known and not is_news else "NOT IN exceptions.py"
                place = f"{name}, {quantity}, {region}"
                share = f"{worst.broken / worst.count:.2%} of points"
                text = f"{place}: {worst.error:.3g} {worst.where}, {share}: {why}"
                console.print(text, highlight=False)
    sys.exit(wrong > 0)


def measured(names: list[str], count: int, console: Console) -> dict[str, Measured]:
    """What all processors together find."""
    portions = [
        (name, min(PORTION, count - start), start)
        for start in range(0, count, PORTION)
        for name in names
    ]
    found = {name: Measured() for name in names}
    columns = (*Progress.get_default_columns()[:-1], MofNCompleteColumn(), TimeRemainingColumn())
    with Pool() as pool, Progress(*columns, console=console) as progress:
        task = progress.add_task("thousands of points", total=len(portions))
        for name, part in pool.imap_unordered(_portion, portions):
            found[name].add(part)
            progress.advance(task)
    return found


def _portion(job: tuple[str, int, int]) -> tuple[str, Measured]:
    name, count, seed = job
    return name, measure(TABLE[name], points(TABLE[name], count, seed))


def as_table(found: dict[str, Measured], count: int) -> Table:
    """The worst errors of every row."""
    table = Table(title=f"The worst of {count:,} points a row; * is more than promised")
    table.add_column("row")
    for quantity, unit in (("forward", "ulp"), ("slope", "ulp"), ("second", "relative")):
        for region in REGIONS:
            head = f"{quantity}, {unit}" if region == REGIONS[0] else ""
            table.add_column(f"{head}\n{region}", justify="right")
    for name, row in found.items():
        errors = [shown(worst.error, PROMISED[key[0]]) for key, worst in row.worst.items()]
        table.add_row(name, *errors)
    return table


def shown(error: float, promised: float) -> str:
    """An error to three digits, marked if it is larger than promised."""
    return f"{error:.3g}" if error <= promised else f"[bold]{error:.3g}*[/bold]"


if __name__ == "__main__":
    main()
