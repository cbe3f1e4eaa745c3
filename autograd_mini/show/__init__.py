"""Views of a story. Each reads only the story, never the Values behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_mini.story import tell
from autograd_mini.value import Value

if TYPE_CHECKING:
    from autograd_mini.show.picture import Picture

__all__ = ["draw"]


def draw(value: Value, *, direction: str = "LR", precision: int = 4, limit: int = 2000) -> Picture:
    """A picture of the graph behind `value`: a `graphviz.Digraph` that shows itself in a notebook.

    Each Value is a box with its value and gradient, each operation a circle; the edge into an
    operation carries its local derivative. `direction` is Graphviz's: "LR" from left to right,
    "TB" from top to bottom, "RL" or "BT". `precision` is the number of significant digits.
    `draw(value).save("graph.svg")` writes a file; .png and .pdf too.

    TypeError if `value` is not a Value; ValueError if its graph has more than `limit` Values, or
    for another direction or precision; ModuleNotFoundError without the graphviz package.
    """
    if direction not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f'direction is {direction!r}: write "LR", "TB", "RL" or "BT"')
    if precision < 1:
        raise ValueError(f"precision is {precision}: write how many digits to show, at least 1")
    story = tell(value, limit)
    try:
        from autograd_mini.show.picture import picture_of
    except ModuleNotFoundError as error:
        if error.name != "graphviz":
            raise
        raise ModuleNotFoundError(
            "draw needs the graphviz package: pip install graphviz", name="graphviz"
        ) from None
    return picture_of(story, direction, precision)
