"""Numbers by name: set all at once, and held against the names they are meant for."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_mini import Value


def set_all(objects: Sequence[Any], attributes: Iterable[str], values: Iterable[Any]) -> None:
    """Set an attribute of each object: of all of them or, interrupted, of none.

    It is a single call into C, and no interrupt can come between two of its assignments.
    """
    deque(map(setattr, objects, attributes, values), maxlen=0)


def numbers_for(names: Sequence[str], given: Mapping[str, Any], owner: str) -> list[float]:
    """The numbers given for these names, in their order.

    ValueError that lists what is missing, unexpected or of another length; TypeError for what is
    not a number.
    """
    if set(names) != set(given):
        complaints = "; ".join(_complaints(names, given))
        raise ValueError(f"these numbers are not those of {owner}: {complaints}")
    numbers = []
    for name in names:
        try:
            if isinstance(given[name], bool):  # JSON has both, and true is not 1
                raise TypeError(f"expected one real number, got {given[name]}")
            numbers.append(Value(given[name]).data)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
    return numbers


def _complaints(names: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    own, found = Counter(map(_array, names)), Counter(map(_array, given))
    missing = [_counted(array, own[array]) for array in own if array not in found]
    unexpected = [_counted(array, found[array]) for array in found if array not in own]
    differing = [
        f"{array} has {found[array]} numbers, not {own[array]}"
        for array in own
        if array in found and own[array] != found[array]
    ]
    kinds = {"missing": missing, "unexpected": unexpected, "wrong length": differing}
    if not any(kinds.values()):  # as many of each, but numbered otherwise
        wanted = set(names)
        kinds["missing"] = [name for name in names if name not in given]
        kinds["unexpected"] = [name for name in given if name not in wanted]
    return [f"{kind}: {_beginning(items)}" for kind, items in kinds.items() if items]


def _array(name: str) -> str:
    """What a name names an entry of: "layers.0.weights" for "layers.0.weights.3"."""
    array, _, entry = name.rpartition(".")
    return array if array and entry.isdecimal() else name


def _counted(array: str, count: int) -> str:
    return array if count == 1 else f"{array} ({count} numbers)"


def _beginning(items: Sequence[str], shown: int = 3) -> str:
    rest = f" and {len(items) - shown} more" if len(items) > shown else ""
    return ", ".join(items[:shown]) + rest
