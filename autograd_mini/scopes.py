"""Which scope each node of a graph belongs to: where it was made, and whose parameters it reads.

An operation belongs to the module or the block that ran it. Two things are told by the dotted names
of parameters, and cost nothing while a graph is recorded: which neuron of a layer an operation
belongs to, and in which module a parameter lives. One whose name has no dot lives in the outermost
module, which left its name and key with it.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from autograd_mini.modes import Place
from autograd_mini.value import Value

#: Names of modules and blocks, the outermost first.
Scope = tuple[str, ...]


def scopes_of(order: Sequence[Value]) -> dict[Value, Scope]:
    """The scope of each Value of a graph, given in topological order."""
    made_in: dict[int, Scope] = {}  # by the identity of a place, which many nodes share
    known: dict[str, list[int]] = defaultdict(list)
    scopes: dict[Value, Scope] = {}
    readers: dict[Value, list[Value]] = defaultdict(list)
    owners = {value: owner(value.label) for value in order if not value.parents and value.label}
    for value in order:
        place = value.place
        is_parameter = place.key and not value.parents  # whose readers know where it is
        scope = () if is_parameter else made_in.get(id(place))
        if scope is None:
            scope = made_in[id(place)] = _numbered(place, known)
        if scope and value.parents:
            scope = _inner(value, scope, scopes, owners)
        scopes[value] = scope
        for parent in value.parents:
            if not scopes[parent] and (owners.get(parent) or parent.place.key):
                readers[parent].append(value)
    for leaf, found in readers.items():
        if names := owners.get(leaf):
            homes = [_home(scopes[value], names) for value in found]
        else:
            homes = [_numbered(_called(value.place, leaf.place.name), known) for value in found]
        if homes := [home for home in homes if home]:
            scopes[leaf] = _shared(*homes)
    return scopes


def _numbered(place: Place | None, known: dict[str, list[int]]) -> Scope:
    """The scope of a place, where a second scope of one name that has another key is "MLP 2"."""
    names = []
    for block in place.blocks if place else ():
        keys = known[block.name]
        if block.key and block.key not in keys:
            keys.append(block.key)
        number = keys.index(block.key) + 1 if block.key else 1
        names.append(block.name if number == 1 else f"{block.name} {number}")
    return tuple(names)


def _called(place: Place | None, name: str) -> Place | None:
    """The innermost scope of this name around a place."""
    while place and place.name != name:
        place = place.outer
    return place


def owner(label: str) -> Scope:
    """The modules in the dotted name of a parameter, which ends in its own name and indices.

    >>> owner("layers.0.neurons.3.weights.1")
    ('layers.0', 'neurons.3')
    """
    if "." not in label:
        return ()
    groups: list[str] = []
    for part in label.split("."):
        if part.isdigit() and groups:
            groups[-1] += f".{part}"
        else:
            groups.append(part)
    return tuple(groups[:-1])


def _inner(
    value: Value, scope: Scope, scopes: dict[Value, Scope], owners: dict[Value, Scope]
) -> Scope:
    """The module inside `scope` to which all operands of an operation belong, or else `scope`.

    A parameter belongs to its owner, a result of the same call to the module found for it; what
    comes from elsewhere, the inputs of the call or its result the last time, says nothing.
    """
    found = set()
    for parent in value.parents:
        if not parent.parents:
            if names := owners.get(parent):
                found.add(_continued(scope, names))
        elif _block(parent) is _block(value):
            found.add(scopes[parent])
    return found.pop() if len(found) == 1 else scope


def _block(value: Value) -> Place | None:
    place: Place = value.place
    return place.outer if place.line else place


@lru_cache
def _continued(scope: Scope, names: Scope) -> Scope:
    """`scope` and those modules of a parameter's name that lie inside it.

    A name begins inside the outermost module, whose own scope is called as its class is.
    """
    known, longest = 0 if scope[-1][0].isupper() else len(names), 0
    for end in range(1, len(names) + 1):
        run = len(_shared(scope[::-1], names[:end][::-1]))
        if run > longest:
            known, longest = end, run
    return scope + names[known:]


def _home(reader: Scope, names: Scope) -> Scope:
    """The part of the reader's scope that ends in the module which owns the parameter."""
    if names[-1] not in reader:
        return ()
    return reader[: len(reader) - reader[::-1].index(names[-1])]


def _shared(*scopes: Scope) -> Scope:
    """What all of them begin with."""
    levels = zip(*scopes, strict=False)
    return tuple([level[0] for level in takewhile(lambda level: len({*level}) == 1, levels)])
