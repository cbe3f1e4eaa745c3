"""The judge of the tests is itself judged: it sees a fault, and no fault where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.__main__ import EQUIVALENT, equivalents
from tests.mutants.mutants import changed_lines, mutants_of


def run(*lines):
    """In a process that has not imported the package yet."""
    imports = ("from pathlib import Path", "from tests.mutants.mutants import noticed")
    program = "\n".join([*imports, "path = Path('autograd_mini/graph.py')", *lines])
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("part", "verdict"), [("no such", False), ("upstream * local", True)])
def test_a_module_is_replaced_for_the_tests_and_for_nobody_else(part, verdict):
    before = Path("autograd_mini/graph.py").read_bytes()
    source = f"path.read_text('utf-8').replace({part!r}, 'order')"
    done = run(f"print(noticed(path, {source}, ['tests/test_graph.py', '-k', 'twice']))")
    assert done.stdout == f"{verdict}\n", done.stderr
    assert Path("autograd_mini/graph.py").read_bytes() == before


def test_tests_that_are_not_there_are_an_error_and_not_a_fault_noticed():
    done = run("noticed(path, '', ['tests/no_such_test.py'])")
    assert "RuntimeError: pytest could not run" in done.stderr


def test_what_nobody_runs_and_what_fails_at_once_is_no_mutant(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def f(x: int | None = 0) -> int | None:\n    return x + 1\n", "utf-8")
    operators = [item.mutations[0].operator_name for item in mutants_of(path)]
    assert len([name for name in operators if "Add_" in name]) == 6
    assert not [name for name in operators if "Bit" in name]


def test_changed_lines_are_those_that_differ():
    assert changed_lines("a\n  b\nc", "a\n  d\nc") == "- b\n+ d"


def test_each_equivalent_mutant_has_two_sides_and_a_reason():
    text = EQUIVALENT.read_text("utf-8")
    assert text.startswith("# ")
    for module, lines in equivalents(text):
        assert Path("autograd_mini", module).is_file()
        assert {line[:2] for line in lines.splitlines()} == {"- ", "+ "}
