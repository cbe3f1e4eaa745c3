"""The chain rule as a sum over paths: how many there are, the largest, and what they add up to."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import isnan
from typing import NamedTuple

from autograd_mini.primitives import TABLE
from autograd_mini.story import Story
from autograd_mini.testing.differences import best_slopes
from autograd_mini.testing.stencils import Slope


class Path(NamedTuple):
    """A way from a node to the root: the numbers of its edges, and their derivatives' product."""

    edges: tuple[int, ...]
    product: float


@dataclass(frozen=True)
class Paths:
    """All ways from a node to the root of a story.

    `count` is exact. `largest` are those with the largest products, by size. `total` is the sum
    over all paths, added up from the node towards the root; `gradient` is what reverse mode finds,
    from the root towards the node; `measured` is a finite difference, None where nothing could be
    measured, or where numbers were changed since the derivatives were recorded.
    """

    story: Story
    start: int
    count: int
    largest: list[Path]
    total: float
    gradient: float
    measured: Slope | None


def paths_from(story: Story, start: int, shown: int) -> Paths:
    """The paths from node `start` to the root, of which the `shown` largest are kept.

    Nothing is listed that is not kept: counts, sums and the best so far are passed on from node to
    node, in one walk over the edges.
    """
    counts, totals = {start: 1}, {start: 1.0}
    best: dict[int, list[_Way]] = {start: [(1.0, -1, 0)]}
    for node in story.nodes[start + 1 :]:
        steps = [(number, *story.edges[number]) for number in story.slots(node.id)]
        inward = [(number, source, local or 0.0) for number, source, _, _, local in steps
                  if source in counts]  # fmt: skip
        if inward:
            counts[node.id] = sum(counts[source] for _, source, _ in inward)
            totals[node.id] = sum(_times(totals[source], local) for _, source, local in inward)
            ways = chain.from_iterable(
                _extended(best[source], number, local) for number, source, local in inward
            )
            best[node.id] = sorted(ways, key=_size, reverse=True)[:shown]
    root = story.root.id
    gradient = 1.0 if start == root else 0.0
    for push in story.pushes():
        if story.edges[push.edge].source == start:
            gradient = push.total
    return Paths(
        story,
        start,
        counts.get(root, 0),
        [_path(story, best, way) for way in best.get(root, [])],
        totals.get(root, 0.0),
        gradient,
        None if story.is_outdated else _measured(story, start),
    )


#: A path so far: its product, its last edge, and which of the ways to that edge's source.
_Way = tuple[float, int, int]


def _extended(ways: list[_Way], edge: int, local: float) -> Iterator[_Way]:
    return ((_times(product, local), edge, rank) for rank, (product, _, _) in enumerate(ways))


def _size(way: _Way) -> float:
    return -1.0 if isnan(way[0]) else abs(way[0])


def _times(x: float, y: float) -> float:
    return x * y if x and y else 0.0  # a factor of exactly 0 makes 0, as in the reverse sweep


def _path(story: Story, best: dict[int, list[_Way]], way: _Way) -> Path:
    edges = []
    product, edge, rank = way
    while edge >= 0:
        edges.append(edge)
        _, edge, rank = best[story.edges[edge].source][rank]
    return Path(tuple(reversed(edges)), product)


def _measured(story: Story, start: int) -> Slope | None:
    """The slope of the root in a node by finite differences: what follows is computed again."""
    moving = {start}
    program = []
    for node in story.nodes[start + 1 :]:
        sources = [story.edges[number].source for number in story.slots(node.id)]
        if not moving.isdisjoint(sources):
            if node.op not in TABLE:
                return None
            moving.add(node.id)
            program.append((node.id, TABLE[node.op].forward, sources))
    values = [node.value for node in story.nodes]

    def sample(x: float) -> list[float]:
        values[start] = x
        for number, forward, sources in program:
            values[number] = forward(*[values[source] for source in sources])
        return [values[story.root.id]]

    point = story.nodes[start].value
    try:
        return best_slopes(sample, point, sample(point))[0]
    except (ArithmeticError, ValueError):  # a primitive of the user's own, outside its domain
        return None
