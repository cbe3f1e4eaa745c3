"""How a Value shows itself as the last line of a notebook's cell."""

from typing import Any

from autograd_mini.show.collapse import sketch
from autograd_mini.story import tell
from autograd_mini.value import Value

#: A cell does not ask before it draws: of more Values than this no story is told ...
VALUES = 20_000
#: ... and no more boxes than this are laid out.
BOXES = 100
#: What to write where that is not enough.
COLLAPSE = "name its parts with scope() and close them, draw(value, depth=0)"
#: More operations than this are no equation any more.
LINES = 20


def shown(value: Value, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
    """The Value as text, as LaTeX and as the picture of its graph, opened as far as it is small.

    Whatever goes wrong with one of them, the others are shown: a cell ends without an exception.
    """
    bundle: dict[str, Any] = {"text/plain": repr(value)}
    reasons: list[str] = []
    for part in (_picture, _equation):
        try:
            bundle |= part(value)
        except Exception as error:
            reasons.append(f"\n({error})")
    bundle["text/plain"] += "".join(reasons[:1])
    kept = [kind for kind in bundle if not include or kind in include]
    return {kind: bundle[kind] for kind in kept if kind not in (exclude or ())}


def _picture(value: Value) -> dict[str, str]:
    """The SVG; as HTML too, for JupyterLab prefers LaTeX to an SVG, and HTML to both."""
    from autograd_mini.show import draw

    story = tell(value, VALUES, f"{COLLAPSE}; ")
    deepest = max(len(node.scope) for node in story.nodes)
    for depth in (None, *range(deepest - 1, -1, -1)):
        if len(sketch(story, depth)) <= BOXES:
            svg = draw(value, depth=depth).pipe("svg", encoding="utf-8")
            return {"image/svg+xml": svg, "text/html": svg[svg.index("<svg") :]}
    raise ValueError(f"too large to be drawn in a cell: {COLLAPSE}")


def _equation(value: Value) -> dict[str, str]:
    from autograd_mini.show.explanation import Explanation

    story = tell(value, VALUES)
    if sum(bool(node.op) for node in story.nodes) > LINES:
        return {}
    return {"text/latex": f"${Explanation(story).latex()}$"}
