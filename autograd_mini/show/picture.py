"""A story as a picture: a `graphviz.Digraph`, and the bytes of an SVG, a PNG or a PDF.

Blue is what the forward pass computed, orange what the backward pass did. The two differ for
colour-blind readers too; they and the black of the text are Okabe and Ito's.
"""

import html
import re
from pathlib import Path
from typing import Any

import graphviz

from autograd_mini.show.layout import laid_out
from autograd_mini.show.text import number, text_tree
from autograd_mini.story import Edge, Node, Story

FORWARD, BACKWARD, LEAF, QUIET = "#cfe8f7", "#fbe0bf", "#f5f5f5", "#666666"
FORWARD_LINE = "#0072B2"
SYMBOLS = {"*": "×", "-": "−", "neg": "−"}
MANY = 100  # edges, from where the finest layout takes minutes
WAY_OUT = {"LR": "e", "TB": "s", "RL": "w", "BT": "n"}
PICTURES = (".svg", ".png", ".pdf")

_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that needs no `dot` program: pygraphviz brings a layout of its own."""

    #: what a notebook shows where there is neither
    text = ""

    def save(self, filename: Any = None, directory: Any = None, **options: Any) -> str:
        """Write a .svg, .png or .pdf picture; or, as any Digraph does, the DOT source (.gv, .dot).

        Returns the path. ModuleNotFoundError where nothing can lay out the picture.
        """
        suffix = Path(filename or "").suffix.lower()
        if suffix in ("", ".gv", ".dot"):
            return str(super().save(filename, directory=directory, **options))
        if suffix not in PICTURES:
            raise ValueError(
                f"cannot save {str(filename)!r}: write a name ending in .svg, .png or .pdf for a "
                f"picture, or in .gv for its source"
            )
        content = self.pipe(suffix[1:])
        path = Path(directory or "") / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,  # noqa: A002 (the name Digraph gives it)
        **_: Any,
    ) -> str:
        """Write the source and, beside it, the picture; the options of `dot` itself are ignored."""
        source = super().save(filename, directory=directory)
        target = self.save(f"{source}.{format or self.format}")
        if cleanup:
            Path(source).unlink()
        if view:
            graphviz.view(target)
        return target

    def pipe(self, format: str | None = None, **options: Any) -> Any:  # noqa: A002
        """The picture as bytes, or as a str if an `encoding` is given."""
        content = laid_out(self.source, format or "svg")
        encoding = options.get("encoding")
        return content.decode(encoding) if encoding else content

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> Any:
        """The SVG for a notebook or, if it cannot be made, the graph as text and the reason."""
        try:
            return super()._repr_mimebundle_(include, exclude)
        except Exception as error:  # whatever it is, a traceback is not what a cell should show
            return {"text/plain": f"{self.text}\n({error})"}


def picture_of(story: Story, direction: str, precision: int) -> Picture:
    """The picture of a story, laid out in `direction`, numbers with `precision` digits."""
    picture = Picture(
        graph_attr={"rankdir": direction, "nodesep": "0.15", "ranksep": "0.4"},
        node_attr={"fontname": "Helvetica", "fontsize": "12"},
        edge_attr={
            "fontname": "Helvetica",
            "fontsize": "11",
            "arrowsize": "0.6",
            "tailport": WAY_OUT[direction],
        },
    )
    picture.text = text_tree(story, precision)
    in_a_row = direction in ("LR", "RL")
    if len(story.edges) > MANY:
        picture.attr(nslimit="2", nslimit1="2", splines="line")
    for node in story.nodes:
        picture.node(f"n{node.id}", _box(node, in_a_row, precision), shape="plain")
        if node.op:
            picture.node(f"op{node.id}", _operation(node.op), **_shape(node.op))
            picture.edge(f"op{node.id}", f"n{node.id}")
    for edge in story.edges:
        source = story.nodes[edge.source]
        picture.edge(f"n{edge.source}", f"op{edge.target}", _local(source, edge, precision))
    return picture


def _shape(op: str) -> dict[str, str]:
    line = {"fillcolor": "white", "color": FORWARD_LINE, "penwidth": "1.5", "margin": "0.06,0.02"}
    if op.isidentifier():
        return line | {"shape": "box", "style": "rounded,filled", "height": "0.35"}
    return line | {"shape": "circle", "style": "filled", "width": "0.4", "fixedsize": "true"}


def _box(node: Node, in_a_row: bool, precision: int) -> str:
    if node.is_constant:
        return _table([_cell(f"{node.value:.{precision}g}", LEAF)])
    gradient = f"grad {number(node.gradient, precision)}"
    computed = node.gradient is not None
    name = f"<b>{as_typed(node.label)}</b>" if node.label else f"<i>{node.name}</i>"
    cells = [
        _cell(name, "white" if node.op else LEAF),
        _cell(f"value {number(node.value, precision)}", FORWARD),
        _cell(gradient, BACKWARD) if computed else _cell(_quiet(gradient), "white"),
    ]
    return _table(cells if in_a_row else ["</tr><tr>".join(cells)])


def _table(cells: list[str]) -> str:
    start = f'<table border="0" cellborder="1" cellspacing="0" cellpadding="4" color="{QUIET}">'
    return f"<{start}<tr>{''.join(cells)}</tr></table>>"


def _cell(text: str, colour: str) -> str:
    return f'<td bgcolor="{colour}">{text}</td>'


def _quiet(text: str) -> str:
    return f'<font color="{QUIET}">{text}</font>'


def _operation(op: str) -> str:
    return f"<{as_typed(SYMBOLS.get(op, op))}>"


def _local(source: Node, edge: Edge, precision: int) -> str:
    if edge.local_derivative is None:
        return ""
    name = source.name.replace("\n", " ")
    short = name if len(name) <= 12 else "…" + name[-11:]  # a dotted name ends in what it is
    slope = number(edge.local_derivative, precision)
    table = '<table border="0" cellborder="0" cellpadding="1">'
    return f'<{table}<tr><td bgcolor="{BACKWARD}">∂/∂{as_typed(short)} = {slope}</td></tr></table>>'


def as_typed(text: str) -> str:
    """Text for an HTML-like label that shows every character; escaped if XML cannot hold it."""
    shown = _NOT_IN_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    # even in an HTML-like label Graphviz reads \N as the name of the node
    return html.escape(shown.expandtabs(4)).replace("\\", r"\\").replace("\n", "<br/>")
