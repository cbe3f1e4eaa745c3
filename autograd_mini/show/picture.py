"""A story as a picture: a `graphviz.Digraph`, and the bytes of an SVG, a PNG or a PDF."""

import html
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import graphviz

from autograd_mini.scopes import Scope
from autograd_mini.show.collapse import Box, Range, Sketch
from autograd_mini.show.layout import laid_out
from autograd_mini.show.phrases import Phrasebook
from autograd_mini.show.text import number, text_tree
from autograd_mini.show.theme import Theme
from autograd_mini.story import Node

SYMBOLS = {"*": "×", "-": "−", "neg": "−"}
MANY = 100  # edges, from where the finest layout takes minutes
WAY_OUT = {"LR": "e", "TB": "s", "RL": "w", "BT": "n"}
WAY_IN = {"LR": "w", "TB": "n", "RL": "e", "BT": "s"}
PICTURES = (".svg", ".png", ".pdf")
FONT = "Helvetica"

_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that needs no `dot` program: pygraphviz brings a layout of its own."""

    #: what a notebook shows where there is neither
    text = ""

    def save(
        self, filename: Any = None, directory: Any = None, *, skip_existing: bool | None = False
    ) -> str:
        """Write a .svg, .png or .pdf picture; or, as any Digraph does, the DOT source (.gv, .dot).

        Returns the path. ModuleNotFoundError where nothing can lay out the picture.
        """
        suffix = Path(filename or "").suffix.lower()
        if suffix in ("", ".gv", ".dot"):
            return str(super().save(filename, directory=directory, skip_existing=skip_existing))
        if suffix not in PICTURES:
            raise ValueError(
                f"cannot save {str(filename)!r}: write a name ending in .svg, .png or .pdf for a "
                f"picture, or in .gv for its source"
            )
        path = Path(directory or "") / filename
        if not (skip_existing and path.exists()):
            content = self.pipe(suffix[1:])
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
        *,
        quiet: bool = False,  # noqa: ARG002 (a layout is)
        quiet_view: bool = False,
    ) -> str:
        """Write the source and, beside it, the picture; there are none of `dot`'s own options."""
        source = super().save(filename, directory=directory)
        target = self.save(f"{source}.{format or self.format}")
        if cleanup:
            Path(source).unlink()
        if view or quiet_view:
            graphviz.view(target, quiet=quiet_view)
        return target

    def pipe(self, format: str | None = None, *, encoding: str | None = None) -> Any:  # noqa: A002
        """The picture as bytes, or as a str if an `encoding` is given."""
        content = laid_out(self.source, format or self.format)
        return content.decode(encoding) if encoding else content

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> Any:
        """The SVG for a notebook or, if it cannot be made, the graph as text and the reason."""
        try:
            return super()._repr_mimebundle_(include, exclude)
        except Exception as error:  # whatever it is, a traceback is not what a cell should show
            return {"text/plain": f"{self.text}\n({error})"}


def picture_of(drawn: Sketch, direction: str, precision: int, theme: Theme) -> Picture:
    """The picture of a sketch, laid out in `direction`, numbers with `precision` digits."""
    picture = Picture(
        graph_attr={"rankdir": direction, "nodesep": "0.15", "ranksep": "0.4"},
        node_attr={"fontname": FONT, "fontsize": "12", "fontcolor": theme.text},
        edge_attr={"fontname": FONT, "fontsize": "11", "fontcolor": theme.text},
    )
    frames = {"fontname": FONT, "fontsize": "12", "fontcolor": theme.quiet, "color": theme.frame}
    picture.attr("graph", bgcolor=theme.paper, **frames)
    picture.attr("edge", color=theme.quiet, arrowsize="0.6", tailport=WAY_OUT[direction])
    picture.text = text_tree(drawn.story, precision)
    if drawn.story.is_outdated:
        picture.attr(label=Phrasebook("en")("outdated"), labelloc="t")
    if len(drawn.edges) + len(drawn.arrows) > MANY:
        picture.attr(nslimit="2", nslimit1="2", splines="line", ranksep="0.8")
    _Drawing(drawn, picture, direction, precision, theme).run()
    return picture


class _Drawing:
    """A sketch on its way into a picture."""

    def __init__(
        self, drawn: Sketch, picture: Picture, direction: str, precision: int, theme: Theme
    ) -> None:
        self.drawn, self.picture, self.theme = drawn, picture, theme
        self.in_a_row, self.precision = direction in ("LR", "RL"), precision
        self.way_in = WAY_IN[direction]

    def run(self) -> None:
        self.frames()
        for source, target, edge in self.drawn.edges:
            self.picture.edge(source, f"op{target[1:]}", self.local(edge))
        for (source, target), count in self.drawn.arrows.items():
            label = f"{count:,} ×" if count > 1 else ""
            if target in self.drawn.nodes:
                self.picture.edge(source, f"op{target[1:]}", label)
            else:
                self.picture.edge(source, target, label, headport=self.way_in)

    def frames(self) -> None:
        """Every node and box, inside a frame for each open scope around it."""
        contents: dict[Scope, list[str]] = defaultdict(list)
        inner: dict[Scope, dict[Scope, None]] = defaultdict(dict)
        for key, around in self.drawn.scopes.items():
            contents[around].append(key)
            for depth in range(len(around)):
                inner[around[:depth]][around[: depth + 1]] = None
        stack: list[Scope | None] = [()]
        while stack:
            if (scope := stack.pop()) is None:  # all that is inside has been placed
                self.picture.body.append("\t}\n")
                continue
            if scope:
                title = f"label=<{as_typed(scope[-1])}> style=rounded labeljust=l"
                frame = f"subgraph cluster_{len(self.picture.body)}"
                self.picture.body.append(f"\t{frame} {{ {title}\n")
                stack.append(None)
            for key in contents[scope]:
                self.place(key)
            stack += reversed(inner[scope])

    def place(self, key: str) -> None:
        if key in self.drawn.boxes:
            box = self.drawn.boxes[key]
            self.picture.node(key, self.summary(box), shape="plain")
            return
        node = self.drawn.nodes[key]
        self.picture.node(key, self.box(node), shape="plain")
        if node.op:
            self.picture.node(f"op{key[1:]}", self.operation(node.op), **self.shape(node.op))
            self.picture.edge(f"op{key[1:]}", key)

    def shape(self, op: str) -> dict[str, str]:
        line = {"fillcolor": self.theme.paper, "color": self.theme.line, "penwidth": "1.5"}
        if op.isidentifier():
            around = {"shape": "box", "style": "rounded,filled", "height": "0.35"}
            return line | around | {"margin": "0.06,0.02"}
        return line | {"shape": "circle", "style": "filled", "width": "0.4", "fixedsize": "true"}

    def box(self, node: Node) -> str:
        if node.is_constant:
            return self.table([self.cell(f"{node.value:.{self.precision}g}", self.theme.leaf)])
        return self.table(self.cells(node))

    def cells(self, node: Node) -> list[str]:
        """The name of a Value, its number and its gradient."""
        theme = self.theme
        gradient = f"grad {number(node.gradient, self.precision)}"
        if node.gradient is None:
            shown = self.cell(self.quiet(gradient), theme.paper)
        else:
            shown = self.cell(gradient, theme.backward)
        name = f"<b>{as_typed(node.label)}</b>" if node.label else f"<i>{node.name}</i>"
        value = f"value {number(node.value, self.precision)}"
        return [
            self.cell(name, theme.paper if node.op else theme.leaf),
            self.cell(value, theme.forward),
            shown,
        ]

    def summary(self, box: Box) -> str:
        """A closed scope, or many leaves: how much is inside, and between what the numbers lie.

        The root is shown as it is: it is what the whole graph is about.
        """
        operations = f"{box.operations:,} operation{'s' * (box.operations != 1)}"
        leaves = f"{box.leaves:,} {'leaves' if box.leaves != 1 else 'leaf'}"
        counts = ", ".join([operations] * bool(box.operations) + [leaves] * bool(box.leaves))
        colour = self.theme.paper if box.operations else self.theme.leaf
        name = f"<b>{as_typed(box.name)}</b>" if box.name else "<i>no label</i>"
        cells = [
            self.cell(f"{name}<br/>{self.quiet(counts)}", colour),
            self.cell(f"values<br/>{self.range(box.values)}", self.theme.forward),
        ]
        if box.gradients:
            cells.append(self.cell(f"grads<br/>{self.range(box.gradients)}", self.theme.backward))
        else:
            cells.append(self.cell(self.quiet("grads<br/>not computed"), self.theme.paper))
        if box.root:
            cells += self.cells(box.root)
        return self.table(cells, border=2)

    def range(self, found: Range | None) -> str:
        if found is None:
            return "none"
        least, greatest = (number(each, self.precision) for each in found)
        return least if least == greatest else f"{least} … {greatest}"

    def table(self, cells: list[str], border: int = 1) -> str:
        rows = cells if self.in_a_row else ["</tr><tr>".join(cells)]
        colour = self.theme.line if border > 1 else self.theme.quiet
        start = (
            f'<table border="{border - 1}" cellborder="1" cellspacing="0" cellpadding="4" '
            f'color="{colour}">'
        )
        return f"<{start}<tr>{''.join(rows)}</tr></table>>"

    def cell(self, text: str, colour: str) -> str:
        return f'<td bgcolor="{colour}">{text}</td>'

    def quiet(self, text: str) -> str:
        return f'<font color="{self.theme.quiet}">{text}</font>'

    def operation(self, op: str) -> str:
        return f"<{as_typed(SYMBOLS.get(op, op))}>"

    def local(self, edge: int) -> str:
        story = self.drawn.story
        source, _, _, derivative = story.edges[edge]
        if derivative is None:
            return ""
        name = story.nodes[source].name.replace("\n", " ")
        short = name if len(name) <= 12 else "…" + name[-11:]  # a dotted name ends in what it is
        operand = as_typed(short) + story.which(edge)
        slope = f"∂/∂{operand} = {number(derivative, self.precision)}"
        table = '<table border="0" cellborder="0" cellpadding="1">'
        return f'<{table}<tr><td bgcolor="{self.theme.backward}">{slope}</td></tr></table>>'


def as_typed(text: str) -> str:
    """Text for an HTML-like label that shows every character; escaped if XML cannot hold it."""
    shown = _NOT_IN_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    # even in an HTML-like label Graphviz reads \N as the name of the node
    return html.escape(shown.expandtabs(4)).replace("\\", r"\\").replace("\n", "<br/>")
