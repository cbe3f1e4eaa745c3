"""The explorer: a story as one HTML file that steps, computes, asks and breaks."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograd_mini import formulas
from autograd_mini.show.arithmetic import can_compute, local_derivatives
from autograd_mini.show.text import in_a_line
from autograd_mini.story import Node, Story, without_infinities

PAGE = Path(__file__).parent / "page"
#: In the order in which a page reads them.
SCRIPTS = (
    *("dom.js", "forward.js", "engine.js", "measure.js", "model.js", "phrases.js"),
    *("scopes.js", "layout.js", "lines.js", "graph.js", "drag.js", "light.js", "table.js"),
    *("steps.js", "quiz.js", "breaks.js", "training.js", "main.js"),
)

#: With more nodes than this a page begins with its scopes closed.
OPEN = 60
#: So many letters are a title still.
TITLE = 60


class Page:
    """One HTML file; shows itself in a notebook, and `save` writes it. `html` is its text."""

    def __init__(self, story: Story, lang: str, training: Mapping[str, Any] | None = None) -> None:
        self.html = _html(_visible(story), lang, training)

    def save(self, path: str | Path) -> Path:
        """Write the file, its folder too if there is none, and return where it is."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html, encoding="utf-8")
        return path

    def __repr__(self) -> str:
        return f'<a page of {len(self.html.encode()) // 1000} kB: .save("lesson.html") writes it>'

    def _repr_html_(self) -> str:
        """For a notebook: in a frame of its own, so that neither styles the other."""
        inside = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{inside}" width="100%" height="760" style="border:0"></iframe>'


def _visible(story: Story) -> Story:
    """The story with names of which every character is seen where a page writes them."""
    nodes = [
        node._replace(
            label=_seen(node.label), name=_seen(node.name), scope=tuple(map(_seen, node.scope))
        )
        for node in story.nodes
    ]
    return replace(story, nodes=nodes)


def _seen(text: str) -> str:
    line = in_a_line(text)
    return line if line.strip() else "␣" * len(line)


def _html(story: Story, lang: str, training: Mapping[str, Any] | None) -> str:
    operations = dict.fromkeys((n.op, len(story.slots(n.id))) for n in story.nodes if n.op)
    missing = next((op for op, _ in operations if not can_compute(op)), "")
    if missing and training:
        raise ValueError(
            f"a page cannot run {missing}, an operation of your own, and so cannot show a training"
        )
    data = _graph(story, bool(missing)) | {
        "title": _title(story),
        "language": lang,
        "missing": missing,
        "outdated": story.is_outdated,
        "open": _open(story, training is not None),
        "training": training,
    }
    scripts = {name: _read(name) for name in SCRIPTS}
    local = "{}" if missing else local_derivatives(operations)
    scripts["engine.js"] = f"const f = forward;\nconst LOCAL = {local};\n{scripts['engine.js']}"
    frame = _read("page.html")
    for place, text in (
        ("/* STYLE */", _read("page.css")),
        ("/* SCRIPT */", "\n".join(scripts.values())),
        ("/* DATA */", _embedded(data)),  # the last, for it may hold any text
    ):
        frame = frame.replace(place, text)
    return frame


def _graph(story: Story, with_slopes: bool) -> dict[str, Any]:
    """What the page cannot compute itself, in rows that `model.js` unpacks."""
    scopes = sorted({node.scope for node in story.nodes})
    place = {scope: number for number, scope in enumerate(scopes)}
    nodes = [
        [node.name, node.op, node.value, _formula(story, node), place[node.scope]]
        for node in story.nodes
    ]
    partials = [partial for node in story.nodes for partial in story.partials(node.id)]
    edges: list[list[Any]] = [
        [edge.source, edge.target, partial or ""]
        for edge, partial in zip(story.edges, partials, strict=True)
    ]
    if with_slopes:
        for row, edge in zip(edges, story.edges, strict=True):
            row.append(edge.local_derivative)
    return {"nodes": nodes, "edges": edges, "scopes": scopes}


def _formula(story: Story, node: Node) -> str:
    return story.formula(node.id) if node.op else ""


def _title(story: Story) -> str:
    """What was computed, as one expression as far as it fits into a line, or by its module."""
    parts: list[Any] = []
    is_told: list[bool] = []  # whether nothing in it is a result that has no label
    for node in story.nodes:
        sources = [story.edges[number].source for number in story.slots(node.id)]
        found = formulas.nested(node.op, [parts[i] for i in sources]) if node.op else None
        is_named = node.label and node != story.root
        fits = found is not None and len(found.text) <= TITLE
        named = formulas.Operand(node.value, node.name or None)
        parts.append(found if fits and not is_named else named)
        is_told.append(bool(is_named or not node.op or (fits and all(is_told[i] for i in sources))))
    root = story.root
    if root.scope and not is_told[-1]:
        return f"{root.label} = {_call(story)}" if root.label else _call(story)
    if isinstance(parts[-1], formulas.Operand):
        return f"{root.name} = {story.formula(root.id)}" if root.op else root.name
    text: str = parts[-1].text
    return f"{root.label} = {text}" if root.label else text


def _call(story: Story) -> str:
    """The root's outermost scope and what comes into it: MLP(x1, x2)."""
    scope = story.root.scope[0]
    inputs: dict[str, None] = {}
    for edge in story.edges:
        source = story.nodes[edge.source]
        if scope in story.nodes[edge.target].scope[:1] and scope not in source.scope[:1]:
            # a result without a label is known by the module that it comes from
            of_module = source.op and not source.label and source.scope
            inputs[source.scope[0] if of_module else source.name] = None
    shown = [name for name in inputs if name]  # a number has none
    while len(", ".join(shown)) > TITLE:
        shown = [*shown[: -2 if shown[-1] == "…" else -1], "…"]
    return f"{scope}({', '.join(shown)})" if shown else scope


def _open(story: Story, is_training: bool) -> list[list[str]]:
    """Every scope if the graph is small; else the outermost, where there is only one.

    A network in training is open down to its neurons, whose boxes show their weights.
    """
    scopes = {node.scope[:depth] for node in story.nodes for depth in range(1, len(node.scope) + 1)}
    outermost = {scope for scope in scopes if len(scope) == 1}
    if is_training:
        return sorted(list(scope) for scope in scopes if len(scope) <= 2)
    shown = scopes if len(story.nodes) <= OPEN else outermost if len(outermost) == 1 else set()
    return sorted(map(list, shown))


def _embedded(data: Any) -> str:
    """JSON that cannot end the script that it is in."""
    text = json.dumps(without_infinities(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8").rstrip("\n")
