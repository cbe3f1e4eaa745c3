"""The house plan, asserted: the engine's size, who imports whom, what lies at the top."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up: a room imports only from floors below its own. `__init__` is a package's
# face, so what asks for `from autograd_mini import ...` stands above all that the face shows.
HOUSE = {
    "autograd_mini": [
        *(
            {"modes", "graph", "numerics", "trees"},
            {"primitives"},
            {"anomaly", "copying"},
            {"value"},
        ),
        *({"functional"}, {"formulas", "scopes"}, {"story"}, {"testing"}, {"show"}, {"lift"}),
        *({"define"}, {"__init__"}, {"expression", "lessons"}, {"cli"}, {"__main__"}),
    ],
    "nn": [
        *({"state", "schedules", "init", "history", "metrics", "progress"}, {"module", "optim"}),
        {"layers", "losses", "files", "callbacks", "trials"},
        *({"data", "checkpoint"}, {"engines"}),
        *({"loop", "recorder"}, {"training"}, {"__init__"}),
    ],
}
OPEN_TO_NN = {"__init__", "testing", "lift"}

TOP_LEVEL = {
    *("pyproject.toml", "README.md", "autograd_mini", "nn", "tests", "demos"),
    *("Makefile", "LICENSE", "constraints.txt", ".ci", ".gitignore", ".pre-commit-config.yaml"),
}

# Slow to import, and nothing that recording a graph needs.
HEAVY = {
    *("argparse", "asyncio", "concurrent", "decimal", "doctest", "email", "http", "logging"),
    *("multiprocessing", "pickle", "random", "socket", "ssl", "statistics", "subprocess"),
    *("tempfile", "unittest", "urllib", "xml"),
}


# --- how long the engine is ----------------------------------------------------------------------


def code_lines(source):
    """How many lines hold code: more than blanks, comments and docstrings."""
    docstrings = {
        (node.body[0].lineno, node.body[0].col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node) is not None
    }
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in {*layout, tokenize.ENDMARKER} and token.start not in docstrings:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines)


def test_code_lines_counts_code_only():
    source = '''"""A docstring
of two lines."""

# a comment
x = """a text
of two lines"""  # counts as two


def f(a,
      b):
    """A docstring."""; return a


def g(): "a docstring beside code"
'''
    assert code_lines(source) == 6


@pytest.mark.parametrize(
    ("files", "limit"), [(("graph.py", "value.py"), 150), (("primitives.py",), 250)]
)
def test_engine_is_read_in_one_sitting(files, limit):
    sizes = {name: code_lines((ROOT / "autograd_mini" / name).read_text("utf-8")) for name in files}
    assert sum(sizes.values()) <= limit, sizes


# --- who imports whom ----------------------------------------------------------------------------


def imported_names(parts, source):
    """Yield (line, dotted name) for every import, at the top, in a function or for types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parts[: -node.level] if node.level else ()
            base += (node.module,) if node.module else ()
            yield from ((node.lineno, ".".join((*base, alias.name))) for alias in node.names)


def wrong_imports(path, source):
    """What the file at `path` imports against the plan, as readable lines."""
    parts = Path(path).with_suffix("").parts
    package, room = parts[0], parts[1]
    floor = {room: number for number, rooms in enumerate(HOUSE[package]) for room in rooms}
    if room not in floor:
        return [f"{path} stands on no floor: give it one in HOUSE"]
    wrong = []
    for line, name in imported_names(parts, source):
        target, *rest = name.split(".")
        if target not in HOUSE:
            continue
        other = rest[0] if rest and any(rest[0] in rooms for rooms in HOUSE[target]) else "__init__"
        if target == package:
            allowed = other == room or floor[other] < floor[room]
        else:
            public = not any(part.startswith("_") for part in rest)
            public &= len(rest) <= 1 or not (ROOT / target / rest[0] / f"{rest[1]}.py").is_file()
            allowed = package == "nn" and other in OPEN_TO_NN and public
        if not allowed:
            wrong.append(f"{path}:{line} imports {name}")
    return wrong


@pytest.mark.parametrize("package", HOUSE)
def test_rooms_import_from_below(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = [
        line
        for file in files
        for line in wrong_imports(file.relative_to(ROOT), file.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("autograd_mini/value.py", "from .graph import order"),
        ("autograd_mini/value.py", "import numpy, math"),
        ("autograd_mini/show/text.py", "from ..story import Story; from .colour import red"),
        ("autograd_mini/__init__.py", "from . import functional; from .show import draw"),
        ("autograd_mini/cli.py", "from autograd_mini import grad"),
        ("nn/layers.py", "from autograd_mini import Value, tanh; from .module import Module"),
        ("nn/training.py", "from autograd_mini.lift import lift; from nn import losses"),
    ],
)
def test_wrong_imports_passes(path, source):
    assert wrong_imports(path, source) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("autograd_mini/graph.py", "def f():\n    from .value import Value"),
        ("autograd_mini/graph.py", "from . import value"),
        ("autograd_mini/graph.py", "import autograd_mini.value as v"),
        ("autograd_mini/graph.py", "from autograd_mini import Value"),
        ("autograd_mini/story.py", "from .show.text import tree"),
        ("autograd_mini/show/text.py", "from ..lift import lift"),
        ("autograd_mini/lift/plan.py", "from nn import Module"),
        ("autograd_mini/helpers.py", ""),
        ("nn/optim.py", "from .losses import mse"),
        ("nn/module.py", "from nn.layers import Layer"),
        ("nn/module.py", "from autograd_mini.value import Value"),
        ("nn/module.py", "from autograd_mini import _secret"),
        ("nn/module.py", "from autograd_mini.lift._plan import Plan"),
        ("nn/engines.py", "from autograd_mini.lift.flatten import flatten"),
        ("nn/engines.py", "from autograd_mini.lift import flatten"),
    ],
)
def test_wrong_imports_objects(path, source):
    assert len(wrong_imports(path, source)) == 1


def test_import_takes_little_of_the_standard_library_and_nothing_else():
    script = "import sys; old = {*sys.modules}; import autograd_mini; print(*{*sys.modules} - old)"
    run = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    taken = {name.split(".")[0] for name in run.stdout.split()}
    assert "autograd_mini" in taken
    assert taken - {"autograd_mini"} <= sys.stdlib_module_names
    assert not taken & HEAVY


# --- what lies where -----------------------------------------------------------------------------


def test_top_level_holds_the_plan_only():
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    top = {name.split("/")[0] for name in run.stdout.splitlines()}
    assert "pyproject.toml" in top
    assert top - TOP_LEVEL == set()


@pytest.mark.parametrize("package", HOUSE)
def test_packages_are_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_every_target_of_make_does_something():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    for target in targets.split():
        assert re.search(rf"^{target}:.* ## .+\n\t", makefile, re.MULTILINE), target
