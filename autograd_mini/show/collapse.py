"""What of a story is drawn: its nodes one by one or, for scopes that stay closed, a box each."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import NamedTuple

from autograd_mini.scopes import Scope
from autograd_mini.story import Node, Story

#: From how many alike leaves on a closed scope is drawn with one box for all of them.
MANY_LEAVES = 5


class Range(NamedTuple):
    """The least and the greatest of some numbers."""

    least: float
    greatest: float


class Box(NamedTuple):
    """Nodes drawn as one: those of a closed scope, or (no `operations`) leaves that feed one.

    `root` is the root of the story if it is among them.
    """

    name: str
    scope: Scope
    operations: int
    leaves: int
    values: Range | None
    gradients: Range | None
    root: Node | None = None


@dataclass
class Sketch:
    """What to draw of a story: nodes and boxes by key, and arrows between keys.

    `edges`, by their number in the story, are drawn with their local derivative; `arrows` lead from
    or to a box, and say how many edges they stand for.
    """

    story: Story
    nodes: dict[str, Node] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    edges: list[tuple[str, str, int]] = field(default_factory=list)
    arrows: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.nodes) + len(self.boxes)

    @property
    def scopes(self) -> dict[str, Scope]:
        """The open scope in which each node and box lies."""
        inside = {key: node.scope for key, node in self.nodes.items()}
        return inside | {key: box.scope for key, box in self.boxes.items()}


def sketch(story: Story, depth: int | None) -> Sketch:
    """The story with `depth` levels of scopes opened, or all of them; each deeper one is a box."""
    drawn = Sketch(story)
    key_of: list[str] = []
    members: dict[str, list[Node]] = defaultdict(list)
    keys: dict[Scope, str] = {}
    for node in story.nodes:
        if depth is None or len(node.scope) <= depth:
            key_of.append(f"n{node.id}")
        else:
            scope = node.scope[: depth + 1]
            key_of.append(keys.setdefault(scope, f"s{len(keys)}"))
            members[key_of[-1]].append(node)
    for scope, key in keys.items():
        drawn.boxes[key] = _box(scope[-1], scope[:-1], members[key])
    if (last := key_of[-1]) in drawn.boxes:
        drawn.boxes[last] = drawn.boxes[last]._replace(root=story.root)
    if keys:
        _gather_leaves(story, key_of, drawn)
    for node, key in zip(story.nodes, key_of, strict=True):
        if key not in drawn.boxes:
            drawn.nodes[key] = node
    for number, edge in enumerate(story.edges):
        source, target = key_of[edge.source], key_of[edge.target]
        if source in drawn.nodes and target in drawn.nodes:
            drawn.edges.append((source, target, number))
        elif source != target or not story.nodes[edge.source].scope:
            drawn.arrows[source, target] += 1
    return drawn


def _gather_leaves(story: Story, key_of: list[str], drawn: Sketch) -> None:
    """Draw leaves of one kind that are read by the same boxes, and by nothing else, as one."""
    readers: dict[int, set[str]] = defaultdict(set)
    for edge in story.edges:
        source = story.nodes[edge.source]
        if not source.op and key_of[edge.source] == f"n{edge.source}":
            readers[edge.source].add(key_of[edge.target])
    alike: dict[tuple[str, Scope, frozenset[str]], list[Node]] = defaultdict(list)
    for number, targets in readers.items():
        if targets <= drawn.boxes.keys():
            leaf = story.nodes[number]
            stem = re.sub(r"[._]?\d+$", "", leaf.label)
            alike[stem, leaf.scope, frozenset(targets)].append(leaf)
    for number, ((stem, scope, _), leaves) in enumerate(alike.items()):
        if len(leaves) >= MANY_LEAVES:
            drawn.boxes[f"l{number}"] = _box(stem, scope, leaves)
            for leaf in leaves:
                key_of[leaf.id] = f"l{number}"


def _box(name: str, scope: Scope, nodes: Sequence[Node]) -> Box:
    operations = [node for node in nodes if node.op]
    leaves = [node for node in nodes if not node.op and not node.is_constant]
    told = operations or nodes
    return Box(
        name,
        scope,
        len(operations),
        len(leaves) if operations else len(nodes),
        _range(node.value for node in told),
        _range(node.gradient for node in nodes if node.gradient is not None),
    )


def _range(numbers: Iterable[float]) -> Range | None:
    found = list(numbers)
    if any(map(isnan, found)):
        return Range(float("nan"), float("nan"))
    return Range(min(found), max(found)) if found else None
