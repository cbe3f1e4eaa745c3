"""A story in a file: how its JSON begins, and everything that may be wrong with it."""

import json
from collections import Counter
from math import isfinite
from typing import Any

from autograd_mini.primitives import TABLE, pairs
from autograd_mini.story.parts import Edge, Node

#: The first words of a file that holds a story, and how it is written.
FORMAT, VERSION = "autograd_mini story", 1


def read(text: str) -> tuple[list[Node], list[Edge]]:
    """The nodes and edges of a story's JSON. ValueError for anything else, with the reason."""
    try:
        whole = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"this is no story, or a part of one: {error}") from None
    found = whole.get("format") if isinstance(whole, dict) else type(whole).__name__
    if found != FORMAT:
        raise ValueError(f"this is no story: its format is {found!r}, not {FORMAT!r}")
    if whole.get("version") != VERSION:
        raise ValueError(
            f"this story is of version {whole.get('version')!r}, and version {VERSION} can be "
            f"read here: write it again with to_json(), or use the package that wrote it"
        )
    try:
        nodes = [_node(number, fields) for number, fields in enumerate(whole["nodes"])]
        edges = [_edge(nodes, fields) for fields in whole["edges"]]
        if not nodes or not _in_order(edges):
            raise ValueError("it has no nodes, or its edges are not in order")
        _check_operands(nodes, edges)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this story is damaged: {error!r}") from None
    return nodes, edges


def without_infinities(tree: Any) -> Any:
    """What JSON can say: lists, dicts, and the text "nan", "inf" or "-inf" for such a number."""
    if isinstance(tree, dict):
        return {key: without_infinities(branch) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        return [without_infinities(branch) for branch in tree]
    return str(tree) if isinstance(tree, float) and not isfinite(tree) else tree


def _node(number: int, fields: dict[str, Any]) -> Node:
    label, name, op = (_typed(fields[key], str) for key in ("label", "name", "op"))
    scope = tuple(_typed(each, str) for each in _typed(fields["scope"], list))
    if fields["id"] != number:
        raise ValueError(f"node {number} says that it is node {fields['id']}")
    gradient = None if fields["gradient"] is None else float(fields["gradient"])
    is_constant = _typed(fields["is_constant"], bool)
    return Node(number, label, name, op, float(fields["value"]), gradient, is_constant, scope)


def _edge(nodes: list[Node], fields: dict[str, Any]) -> Edge:
    source, target, slot = (_typed(fields[key], int) for key in ("source", "target", "slot"))
    if not 0 <= source < target < len(nodes):
        raise ValueError(f"an edge from node {source} to node {target}, of {len(nodes)}")
    local = fields["local_derivative"]
    return Edge(source, target, slot, None if local is None else float(local))


def _in_order(edges: list[Edge]) -> bool:
    """Whether the edges come target by target, and the slots of each target from 0 on."""
    counts = sorted(Counter(edge.target for edge in edges).items())
    places = [(target, slot) for target, count in counts for slot in range(count)]
    return places == [(edge.target, edge.slot) for edge in edges]


def _check_operands(nodes: list[Node], edges: list[Edge]) -> None:
    """ValueError unless each operation has as many operands as it takes, and a leaf none."""
    counts = Counter(edge.target for edge in edges)
    for node in nodes:
        row, count = TABLE.get(node.op), counts[node.id]
        known = row.arity if row else None
        takes_so_many = count == known if known else bool(count) == bool(node.op)
        in_pairs = row is None or row.pack is not pairs or count % 2 == 0
        if not takes_so_many or not in_pairs:
            what = f"computed by {node.op}" if node.op else "a leaf"
            raise ValueError(f"node {node.id} is {what}, and has {count} operand(s)")


def _typed(found: Any, kind: type) -> Any:
    if type(found) is not kind:
        raise TypeError(f"{found!r} is no {kind.__name__}")
    return found
