"""From DOT source to the bytes of a picture, with or without Graphviz's `dot` program."""

import shutil
import subprocess
import sys

PATIENCE = 60.0

# pygraphviz's wheels carry Graphviz as a library. It runs in a process of its own, so that a
# long layout can be interrupted and a crash in C cannot take the notebook with it.
LIBRARY = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


def laid_out(source: str, kind: str) -> bytes:
    """The picture that `source` describes, as "svg", "png" or "pdf".

    ModuleNotFoundError where there is neither dot nor pygraphviz, TimeoutError after a minute,
    RuntimeError with Graphviz's own words if it fails otherwise.
    """
    dot = shutil.which("dot")
    command = [dot, f"-T{kind}"] if dot else [sys.executable, "-c", LIBRARY, kind]
    try:
        run = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"Graphviz did not lay out this graph in {PATIENCE:.0f} s: draw a smaller part of it"
        ) from None
    words = run.stderr.decode(errors="replace").strip().partition("\nTraceback")[0]
    if run.returncode == 0 and run.stdout:
        return run.stdout
    if not dot and "No module named 'pygraphviz'" in words:
        raise ModuleNotFoundError(
            "a picture needs a layout, and there is neither the dot program nor pygraphviz, "
            "whose wheels bring one: pip install pygraphviz",
            name="pygraphviz",
        )
    raise RuntimeError(f"Graphviz made no {kind}: {words or 'no message'}")
