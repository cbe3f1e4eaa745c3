"""How a Value shows itself as the last line of a notebook's cell."""

import html
from typing import Any

from autograd_mini.show.collapse import Sketch, sketch
from autograd_mini.show.text import text_tree
from autograd_mini.story import Story, tell
from autograd_mini.value import Value

#: A cell does not ask before it draws: of more nodes than this no story is told ...
NODES = 200_000
#: ... and no more boxes than this are laid out.
BOXES = 100
#: What to write where that is not enough.
COLLAPSE = "name its parts with scope(), as modules are, and close them, draw(value, depth=0)"
#: More operations than this are no equation any more.
LINES = 20


def shown(value: Value, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
    """The Value as text, as LaTeX and as the picture of its graph, opened as far as it is small.

    Whatever goes wrong with one of them, the others are shown: a cell ends without an exception.
    """
    bundle: dict[str, Any] = {"text/plain": repr(value)}
    try:
        story = tell(value, NODES, f"{COLLAPSE}; ")
        drawn = _small(story)
        try:
            bundle |= _picture(drawn)
        except Exception as error:  # no layout, most likely: the graph as text instead
            bundle |= _text(f"{value!r}\n{text_tree(story)}\n({error})")
        bundle |= _equation(story)
    except Exception as error:
        bundle["text/plain"] += f"\n({error})"
    return asked_for(bundle, include, exclude)


def asked_for(bundle: dict[str, Any], include: Any, exclude: Any) -> dict[str, Any]:
    """What a notebook wants of a bundle: the kinds it includes, or all, without the excluded."""
    kept = [kind for kind in bundle if not include or kind in include]
    return {kind: bundle[kind] for kind in kept if kind not in (exclude or ())}


def _small(story: Story) -> Sketch:
    """The story with as many levels of scopes opened as a cell has room for."""
    deepest = max(len(node.scope) for node in story.nodes)
    for depth in (None, *range(deepest - 1, -1, -1)):
        drawn = sketch(story, depth)
        if len(drawn) <= BOXES:
            return drawn
    raise ValueError(f"too large to be drawn in a cell: {COLLAPSE}")


def _picture(drawn: Sketch) -> dict[str, str]:
    """The SVG; as HTML too, for JupyterLab prefers LaTeX to an SVG, and HTML to both."""
    from autograd_mini.show import pictured

    svg = pictured(drawn).pipe("svg", encoding="utf-8")
    return {"image/svg+xml": svg, "text/html": svg[svg.index("<svg") :]}


def _text(text: str) -> dict[str, str]:
    return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def _equation(story: Story) -> dict[str, str]:
    from autograd_mini.show.explanation import Explanation

    if sum(bool(node.op) for node in story.nodes) > LINES:
        return {}
    return {"text/latex": f"${Explanation(story).latex()}$"}
