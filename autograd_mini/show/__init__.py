"""Views of a story. Each reads only the story, never the Values behind it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from autograd_mini.story import tell
from autograd_mini.value import Value

if TYPE_CHECKING:
    from autograd_mini.show.picture import Picture

__all__ = ["draw"]

#: What to do with a graph that is too large to be drawn node by node.
COLLAPSE = "draw a box for each scope, a module or a block of scope(), with depth=0 or 1; "


def draw(
    value: Value,
    *,
    direction: str = "LR",
    depth: int | None = None,
    precision: int = 4,
    theme: str = "light",
    limit: int = 2000,
) -> Picture:
    """A picture of the graph behind `value`: a `graphviz.Digraph` that shows itself in a notebook.

    Each Value is a box with its value and gradient, each operation a circle; the edge into an
    operation carries its local derivative. `draw(value).save("graph.svg")` writes a file; .png and
    .pdf too.

    Args:
        value: the result whose graph is drawn.
        direction: Graphviz's "LR" from left to right, "TB" from top to bottom, "RL" or "BT".
        depth: how many levels of scopes (modules, blocks of `scope()`) are opened; what lies
            deeper is one box per scope. 0 closes all, None opens all.
        precision: the number of significant digits.
        theme: "light" or "dark".
        limit: how many boxes a picture may have.

    TypeError if `value` is not a Value; ValueError if there is more to draw than `limit`, or for
    an option that is not known; ModuleNotFoundError without the graphviz package.
    """
    from autograd_mini.show.collapse import sketch
    from autograd_mini.show.text import text_tree
    from autograd_mini.show.theme import THEMES

    if direction not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f'direction is {direction!r}: write "LR", "TB", "RL" or "BT"')
    if theme not in THEMES:
        raise ValueError(f"theme is {theme!r}: write one of {', '.join(THEMES)}")
    if precision < 1:
        raise ValueError(f"precision is {precision}: write how many digits to show, at least 1")
    if depth is not None and depth < 0:
        raise ValueError(f"depth is {depth}: write how many levels to open, 0 for none")
    story = tell(value, inf if depth is not None else limit, COLLAPSE)
    drawn = sketch(story, depth)
    if depth is not None and len(drawn) > limit:
        raise ValueError(
            f"with depth={depth} there are {len(drawn):,} boxes to draw, more than the limit of "
            f"{limit:,}: open fewer levels, or name more parts of the program with scope()"
        )
    try:
        from autograd_mini.show.picture import picture_of
    except ModuleNotFoundError as error:
        if error.name != "graphviz":
            raise
        raise ModuleNotFoundError(
            "draw needs the graphviz package: pip install graphviz", name="graphviz"
        ) from None
    return picture_of(drawn, text_tree(story, precision), direction, precision, THEMES[theme])
