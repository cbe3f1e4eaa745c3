"""What the tests of check_claimed share."""

import inspect
import math
from pathlib import Path


def found(report):
    """Of each block the kind of mistake, how many entries are wrong, and of how many."""
    return {each.block: (each.kind, each.wrong, each.size) for each in report.diagnoses}


def line(function, offset):
    """A line of a function, as a diagnosis names it."""
    return f"{Path(inspect.getfile(function)).name}:{inspect.getsourcelines(function)[1] + offset}"


def squash(z):
    """The sigmoid, as it is written by hand."""
    return 1 / (1 + math.exp(-z))
