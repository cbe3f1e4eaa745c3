"""Views of a story. Each reads only the story, never the Values behind it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from math import inf
from operator import index
from typing import TYPE_CHECKING, Any, overload

from autograd_mini.show.collapse import Sketch, sketch
from autograd_mini.show.notebook import COLLAPSE, shown
from autograd_mini.show.theme import THEMES
from autograd_mini.story import place_in, tell
from autograd_mini.value import Value, add_method

if TYPE_CHECKING:
    from autograd_mini.show.explanation import Explanation
    from autograd_mini.show.explorer import Page
    from autograd_mini.show.ledger import Ledger
    from autograd_mini.show.picture import Picture
    from autograd_mini.show.training import Training

__all__ = ["draw", "explain", "explore"]

DIGITS = "how many digits to show, at least 1"
NODES = "how many Values and constants the graph may have"


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

    TypeError if `value` is not a Value, or for an option of another type; ValueError if there is
    more to draw than `limit`, or for an option that is not known; ModuleNotFoundError without the
    graphviz package.
    """
    if direction not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f'direction is {direction!r}: write "LR", "TB", "RL" or "BT"')
    if theme not in THEMES:
        raise ValueError(f'theme is {theme!r}: write "light" or "dark"')
    precision = _whole("precision", precision, 1, DIGITS)
    limit = _whole("limit", limit, 1, "how many boxes a picture may have")
    if depth is not None:
        depth = _whole("depth", depth, 0, "how many levels to open, 0 for none")
    story = tell(value, inf if depth is not None else limit, f"{COLLAPSE}; ")
    drawn = sketch(story, depth)
    if depth is not None and len(drawn) > limit:
        fewer = "open fewer levels, or " if depth else ""
        raise ValueError(
            f"with depth={depth} there are {len(drawn):,} boxes to draw, more than the limit of "
            f"{limit:,}: {fewer}name more parts of the program with scope()"
        )
    return pictured(drawn, direction, precision, theme)


def pictured(
    drawn: Sketch, direction: str = "LR", precision: int = 4, theme: str = "light"
) -> Picture:
    """The picture of a sketch; ModuleNotFoundError without the graphviz package."""
    with _needed("graphviz", "draw"):
        from autograd_mini.show.picture import picture_of
    return picture_of(drawn, direction, precision, THEMES[theme])


@overload
def explain(
    value: Value, wrt: None = None, *, lang: str = ..., precision: int = ..., limit: int = ...
) -> Explanation: ...
@overload
def explain(
    value: Value, wrt: Value, *, lang: str = ..., precision: int = ..., paths: int = ...
) -> Ledger: ...
def explain(
    value: Value,
    wrt: Value | None = None,
    *,
    lang: str = "en",
    precision: int = 4,
    paths: int = 10,
    limit: int = 300,
) -> Explanation | Ledger:
    """The chain rule on the graph behind `value`, step by step; prints itself, in colour.

    First every operation, with its formula and its numbers; then every push of the backward pass,
    upstream times local derivative, with the running total; then each gradient as the sum of its
    contributions. With `wrt`, a Value that `value` was computed from, instead the paths between
    the two: each a product of local derivatives, and their sum beside the gradient by reverse mode
    and a finite difference with the bound of its error. `.latex()` is either as mathematics.

    Args:
        value: the result to explain.
        wrt: with respect to what, for the paths.
        lang: "en" or "ja".
        precision: the number of significant digits.
        paths: how many paths are listed, those with the largest products; all are counted.
        limit: how many Values and constants are told step by step at most; paths have no limit.

    TypeError if `value` or `wrt` is not a Value, or for an option of another type; ValueError if
    the graph has more than `limit` nodes, if `value` was not computed from `wrt`, or for another
    language or precision; ModuleNotFoundError without the rich package.

    >>> x = Value(3.0, "x")
    >>> explain(x * x, wrt=x)
    Paths from x to v1: 2
       path       product of the derivatives along it
    1  x →[1] v1  3.000                                3.000
    2  x →[2] v1  3.000                                3.000
    <BLANKLINE>
    sum over all paths              6
    reverse mode, as in backward()  6
    finite difference               6 ± ...e-1...
    """
    precision = _whole("precision", precision, 1, DIGITS)
    if wrt is None:
        limit = _whole("limit", limit, 1, NODES)
        story = tell(value, limit, "explain(value, wrt=x) follows the paths from one x only; ")
        with _needed("rich", "explain"):
            from autograd_mini.show.explanation import Explanation
        return Explanation(story, lang, precision)
    paths = _whole("paths", paths, 1, "how many to list, at least 1")
    story = tell(value)
    start = place_in(story, value, wrt)
    with _needed("rich", "explain"):
        from autograd_mini.show.ledger import Ledger
    from autograd_mini.show.paths import paths_from

    return Ledger(paths_from(story, start, paths), lang, precision)


def explore(
    value: Value, *, lang: str = "en", training: Training | None = None, limit: int = 2000
) -> Page:
    """A page that steps through the graph behind `value`, forward and backward, and recomputes it.

    It shows itself in a notebook, and `explore(value).save("lesson.html")` writes one HTML file
    that needs neither a server nor a network. On it a leaf can be edited or dragged, and every
    value, gradient and finite difference follows; one predicts gradients, and wrong answers are
    diagnosed; the same graph runs on broken engines, up to the first fault. It computes with the
    table's own rules; an operation of your own it cannot run, and shows the numbers recorded.

    Args:
        value: the result whose graph is explored.
        lang: "en" or "ja"; the page has a switch.
        training: what was recorded of a network's training, as `nn.Recorder` does it, where
            `value` is the network's answer to one point: the page has a slider over time too.
        limit: how many Values and constants the graph may have.

    TypeError if `value` is not a Value; ValueError if the graph has more than `limit` nodes, for
    another language, or for a training that is of another graph or has an operation of your own.
    """
    from autograd_mini.show.explorer import Page
    from autograd_mini.show.phrases import Phrasebook
    from autograd_mini.show.training import recorded

    limit = _whole("limit", limit, 1, NODES)
    story = tell(value, limit, "explore a part of the program, such as one neuron; ")
    return Page(
        story, Phrasebook(lang).lang, recorded(training, value, story) if training else None
    )


def _whole(option: str, number: Any, least: int, what: str) -> int:
    """The whole number that an option is. TypeError if it is none, ValueError if too small."""
    try:
        found = index(number)
    except TypeError:
        kind = type(number).__name__
        raise TypeError(f"{option} is {number!r}, a {kind}: write {what}, as an int") from None
    if found < least:
        raise ValueError(f"{option} is {number}: write {what}")
    return found


@contextmanager
def _needed(package: str, view: str) -> Generator[None]:
    """Around the import of a view: say how to install the package that it needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        message = f"{view} needs the {package} package: pip install {package}"
        raise ModuleNotFoundError(message, name=package) from None


add_method("_repr_mimebundle_", shown)
