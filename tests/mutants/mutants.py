"""Mutants of a module, made by cosmic-ray, and whether the tests notice them.

The tests of a mutant run in a fork of this process, which has imported pytest and what else is slow
to import, but not yet the package. The mutant is compiled in the fork: no file is changed.
"""

import ast
import difflib
import os
import resource
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy  # noqa: F401 (imported once, for all forks)
import mpmath  # noqa: F401
import pytest
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

#: Seconds of processor time and bytes: who needs more runs for ever, and is noticed by that.
PATIENCE, MEMORY = 120, 4 << 30

# A float has no shifts and no bits: these fail at the first call, and would only raise the score.
_TRIVIAL = ("LShift", "RShift", "BitAnd", "BitOr", "BitXor")

# Nobody reads why a test fails.
_QUICKLY = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain"]
#: pytest's words for a wrong call and for no tests, and this module's for an error of its own
_BROKEN = (4, 5, 70)


def mutants_of(path: Path) -> Iterator[WorkItem]:
    """All mutants of a module, but for those of its annotations, which nobody runs."""
    typed = list(_annotations(path.read_text("utf-8")))
    for item in _all_work_items([path], {}):
        (spec,) = item.mutations
        inside = any(start <= spec.start_pos and spec.end_pos <= end for start, end in typed)
        if not inside and not spec.operator_name.endswith(_TRIVIAL):
            yield item


def _annotations(source: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for node in ast.walk(ast.parse(source)):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if found is not None:
                end = (found.end_lineno, found.end_col_offset)
                yield (found.lineno, found.col_offset), end


def judged(item: WorkItem, tests: list[str]) -> WorkResult:
    """Whether these tests notice a mutant, and the lines in which it differs."""
    (spec,) = item.mutations
    source, mutated = _sources(spec)
    status = _run_apart(spec.module_path, mutated, tests)
    outcome = TestOutcome.KILLED if status else TestOutcome.SURVIVED
    return WorkResult(
        WorkerOutcome.NORMAL, test_outcome=outcome, diff=changed_lines(source, mutated)
    )


def noticed(path: Path, source: str, tests: list[str]) -> bool:
    """Whether the tests fail with this text in the place of a module."""
    return _run_apart(path, source, tests) != 0


def changed_lines(source: str, mutated: str) -> str:
    """`- old` and `+ new` for the lines that differ, without their indentation."""
    diff = difflib.ndiff(source.splitlines(), mutated.splitlines())
    return "\n".join(f"{line[0]} {line[2:].strip()}" for line in diff if line[0] in "+-")


def _sources(spec: MutationSpec) -> tuple[str, str]:
    source = Path(spec.module_path).read_text("utf-8")
    operator = get_operator(spec.operator_name)(**spec.operator_args)
    mutated = mutate_code(source, operator, spec.occurrence)
    assert mutated is not None, f"{spec} is no mutation of this source"
    return source, mutated


def _run_apart(path: Path, source: str, tests: list[str]) -> int:
    """Run the tests with `source` in the place of the file; 0 if they pass."""
    child = os.fork()
    if child == 0:
        status = _BROKEN[-1]
        try:
            status = int(_run_here(path, source, tests))
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) in _BROKEN:
        raise RuntimeError(f"pytest could not run {tests}: status {os.WEXITSTATUS(status)}")
    return status


def _run_here(path: Path, source: str, tests: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    sys.meta_path.insert(0, _Finder(path, source))
    return pytest.main([*_QUICKLY, *tests])


class _Finder:
    """Finds one module, with a text of our own."""

    def __init__(self, path: Path, source: str) -> None:
        self.path, self.source = path, source
        self.name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")

    def find_spec(self, name: str, *_: Any) -> Any:
        """The spec of that module, which is loaded from the text."""
        if name != self.name:
            return None
        loader = _Loader(name, str(self.path.resolve()))
        loader.source = self.source
        return spec_from_file_location(name, loader.path, loader=loader)


class _Loader(SourceFileLoader):
    source: str

    def get_code(self, _: str) -> Any:
        return compile(self.source, self.path, "exec", dont_inherit=True)
