"""The progress bar of `fit`: on a terminal, and nowhere else."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def progress_bar(steps: int, shown: bool) -> Generator[Callable[[str], None]]:
    """Yield a function to call after each step with what to show beside the bar.

    Draws on stderr if that is a terminal, and does nothing otherwise. ImportError, with the line
    that installs it, if the bar is drawn and rich is missing.
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError as error:
        raise ImportError(
            "the progress bar needs rich: python -m pip install rich, or fit(..., progress=False)"
        ) from error
    columns = (
        *(BarColumn(), TextColumn("{task.completed}/{task.total} steps")),
        *(TextColumn("{task.fields[text]}"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=steps, text="")
        yield lambda text: progress.update(task, advance=1, text=text)
