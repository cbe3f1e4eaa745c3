"""What is fuzzed: each target makes an input, and gives it to the part of the package it is for.

A target raises what the package raises, and AssertionError where it took in what it should not
have, or let something out.
"""

import json
import os
import re
import tempfile
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pygraphviz

import nn
from autograd_mini import Value, draw, explain, explore, scope, sin
from autograd_mini.expression import ExpressionError, parse
from autograd_mini.primitives import TABLE
from autograd_mini.show.explanation import Explanation
from autograd_mini.show.printed import Printed
from autograd_mini.story import Story, tell
from tests.fuzz import inputs


class Target(NamedTuple):
    """`make` an input, `take` it; the only errors allowed are of these kinds."""

    make: Callable[[Random], Any]
    take: Callable[[Any], None]
    allowed: tuple[type[Exception], ...]


# ---- the expression parser


def take_expression(text: str) -> None:
    compute = parse(text)
    leaves = {name: Value(0.5, name) for name in compute.variables}
    out = compute(**leaves)
    if isinstance(out, Value):
        out.backward()
    assert isinstance(float(out), float)


# ---- files of weights, and of a training


def _model() -> nn.Module:
    return nn.MLP(2, [2, 1], seed=0)


FILE = Path(tempfile.gettempdir()) / "autograd_mini_fuzz"  # and the number of the process
ROWS, GOALS = [[0.0, 1.0], [1.0, 0.5], [0.5, 0.0]], [0.0, 1.0, 0.5]


def _file() -> Path:
    return FILE.with_name(f"{FILE.name}.{os.getpid()}")


def _written(write: Callable[[Path], object]) -> str:
    path = _file()
    path.unlink(missing_ok=True)
    write(path)
    return path.read_text("utf-8")


MODEL = _model()
WEIGHTS = _written(lambda path: nn.save(MODEL, path))


def take_weights(content: bytes) -> None:
    path = _file()
    path.write_bytes(content)
    before = [each.data for each in MODEL.parameters()]
    try:
        nn.load(MODEL, path)
    except ValueError:
        assert [each.data for each in MODEL.parameters()] == before
        raise
    finally:
        after = [each.data for each in MODEL.parameters()]
        for each, number in zip(MODEL.parameters(), before, strict=True):
            each.data = number
    assert all(type(number) is float for number in after)


def _fit(path: Path, steps: int) -> nn.Module:
    model = _model()
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    nn.fit(
        *(model, ROWS, GOALS),
        loss="mse",
        optimizer=optimizer,
        batch_size=2,
        steps=steps,
        checkpoint=path,
        progress=False,
        engine="eager",
    )
    return model


CHECKPOINT = _written(lambda path: _fit(path, steps=3))


def take_checkpoint(content: bytes) -> None:
    path = _file()
    path.write_bytes(content)
    model = _fit(path, steps=4)
    assert all(type(each.data) is float for each in model.parameters())


# ---- files of stories


def _story() -> Story:
    x, y = Value(2.0, "x"), Value(3.0, "layer.y")
    with scope("s"):
        out = sin(x * y + x**2) * 0.5
    out.backward()
    return tell(out)


STORY = _story().to_json()
Explanation(tell(Value(1.0, "\u8a9e"))).text()  # rich imports its widths of characters late


def take_story(content: bytes) -> None:
    story = Story.from_json(content.decode("utf-8", "replace"))
    again = Story.from_json(story.to_json())
    assert repr(again.nodes) == repr(story.nodes)
    assert repr(again.edges) == repr(story.edges)
    if _at_times(content):
        assert_explained(Explanation(story))


# ---- labels, which go into other languages


def labels(random: Random) -> list[str]:
    return [*(inputs.label(random) for _ in range(3)), "block" + inputs.label(random)]


def take_labels(given: list[str]) -> None:
    *names, block = given
    x, y = Value(2.0, names[0]), Value(3.0, names[1])
    with scope(block):
        out = x * y + x
    out.label = names[2]
    out.backward()
    graph = pygraphviz.AGraph(string=draw(out).source)
    assert len(graph.nodes()) == 6, "a name opened or closed something in DOT"
    shown = [_words(node.attr["label"]) for node in graph.nodes()]
    for name in filter(str.isprintable, names):
        assert any(name.replace("\\", r"\\") in each for each in shown), "a name is not shown"
    assert_latex(explain(out).latex())
    if _at_times(repr(given).encode("utf-8", "surrogatepass")):
        assert_explained(explain(out))
        assert_explained(explain(out, wrt=x))
        assert_a_page(explore(out).html, names)


def assert_explained(told: Printed) -> None:
    """What is told can be printed, and shown in a notebook."""
    assert told.text()
    assert_escaped(told.html())
    assert_latex(told.latex())


def _words(label: str) -> str:
    """What a reader sees of one of Graphviz's HTML-like labels."""
    return "".join(ElementTree.fromstring(f"<all>{label}</all>").itertext())


# ---- what is let out


def _at_times(given: bytes) -> bool:
    """For one input in 50: printing takes as long as all the rest of 50."""
    return zlib.crc32(given) % 50 == 0


class _Tags(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("div", "table", "tr", "td"), f"a name became a tag: {tag}"
        assert {name for name, _ in attrs} <= {"style"}

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a name became a declaration: {data}")

    handle_comment = handle_pi = handle_decl = unknown_decl


def assert_escaped(page: str) -> None:
    """Nothing in an HTML page is a tag but what the package itself writes."""
    tags = _Tags()
    tags.feed(page)
    tags.close()


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags.count("script") == 1 and not self.data:
            self.data = data


PLAIN = _Page(explore(Value(1.0, "x") * 2.0).html)


def assert_a_page(page: str, names: list[str]) -> None:
    """The explorer's page: it can be written, has its own tags only, and holds the names."""
    page.encode("utf-8")
    found = _Page(page)
    assert found.tags == PLAIN.tags, "a name became a tag"
    held = [node[0] for node in json.loads(found.data)["nodes"]]
    as_typed = {name for name in names if name.isprintable() and not name.isspace()}
    assert as_typed - {""} <= {*held}, "a name is not held as it was typed"


_LATEX = re.compile(r"\\([A-Za-z]+)|\\.|[{}$%#~]", re.DOTALL)
COMMANDS = {
    *("begin", "end", "text", "frac", "partial", "cdot", "left", "right", "backslash", "wedge"),
    *("sim", "quad", "dots", "times", "infty", "mathrm", "operatorname", "sin", "cos", "tan"),
    *("sinh", "cosh", "tanh", "exp"),
    *(found for row in TABLE.values() for found in re.findall(r"\\([A-Za-z]+)", row.latex or "")),
}


def assert_latex(text: str) -> None:
    """An aligned equation: braces in pairs, and no command but the package's own."""
    depth = 0
    for found in _LATEX.finditer(text):
        assert found[1] is None or found[1] in COMMANDS, f"a name became a command: {found[0]}"
        assert found[0] not in tuple("$%#~"), f"a name became an instruction: {found[0]}"
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        assert depth >= 0, "a name closes a brace"
    assert depth == 0, "a name opens a brace"
    assert len(re.findall(r"\\(?:begin|end){", text)) == 2


def _document(text: str) -> Callable[[Random], bytes]:
    return lambda random: inputs.document(random, text)


TARGETS = {
    "expressions": Target(inputs.expression, take_expression, (ExpressionError,)),
    "weights": Target(_document(WEIGHTS), take_weights, (ValueError,)),
    "checkpoints": Target(_document(CHECKPOINT), take_checkpoint, (ValueError,)),
    "stories": Target(_document(STORY), take_story, (ValueError,)),
    "labels": Target(labels, take_labels, ()),
}
