"""Numbers in files: JSON that people can read, and that is exact to the last bit.

A float is written with the digits that name it and no other, so it is read back as it was; inf and
nan, which JSON does not have, are the strings "inf", "-inf" and "nan". Reading runs no code.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite, isinf
from pathlib import Path
from typing import Any

from nn.module import Module

AnyPath = str | os.PathLike[str]

WEIGHTS, CHECKPOINT = "autograd_mini weights", "autograd_mini checkpoint"
VERSION = 1

_WORDS = {"inf": float("inf"), "-inf": -float("inf"), "nan": float("nan")}


def save(model: Module, path: AnyPath) -> None:
    """Write the model's parameters, by their dotted names, to a JSON file.

    The file is there as a whole or not at all: until all of it is on the disk, a file of that name
    stays as it was. OSError if it cannot be written.
    """
    write(path, WEIGHTS, {"parameters": model.state_dict()})


def load(model: Module, path: AnyPath) -> None:
    """Give the model the parameters in a file written by `save`, or by `fit(checkpoint=...)`.

    ValueError if the file is something else, cut short, or of another model, and the model stays
    as it was.
    """
    content = read(path, WEIGHTS, CHECKPOINT)
    if not isinstance(content.get("parameters"), dict):
        raise ValueError(f"{path} holds no parameters")
    try:
        model.load_state_dict(content["parameters"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def write(path: AnyPath, kind: str, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one piece: beside its place, to the disk, then into its place.

    FileNotFoundError if the directory is not there.
    """
    target = Path(path).resolve()
    check_place(path)
    beside = target.with_name(target.name + ".part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(_text({"format": kind, "version": VERSION, **content}))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def check_place(path: AnyPath) -> None:
    """FileNotFoundError if there is no directory to write this file in."""
    directory = Path(path).resolve().parent
    if not directory.is_dir():
        raise FileNotFoundError(f"there is no directory {directory} to write {path} in")


def read(path: AnyPath, *kinds: str) -> dict[str, Any]:
    """What `write` wrote as one of these kinds; ValueError, saying why, for any other file."""
    try:
        content = json.loads(
            Path(path).read_text("utf-8"),
            parse_constant=_refuse,
            parse_float=partial(_finite, float),
            parse_int=partial(_finite, int),
        )
        decoded: dict[str, Any] = _decoded(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON file, or not all of it: {error}") from error
    kind = content.get("format") if isinstance(content, dict) else None
    if kind not in kinds:
        raise ValueError(f"{path} is no file of {' or '.join(kinds)}, its format is {kind!r}")
    if content.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {content.get('version')!r} of its format, and this is a program "
            f"for version {VERSION}"
        )
    return decoded


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(kind: Callable[[str], Any], digits: str) -> Any:
    """The number these digits write; ValueError if no finite float is near it."""
    number = kind(digits)
    if isinf(float(digits)):
        raise ValueError(f"{digits[:20]} is beyond the largest float")
    return number


def _text(content: Mapping[str, Any]) -> str:
    """A line for each entry and, where an entry is a dict, for each of its own."""
    return "{\n" + ",\n".join(_entry(key, part) for key, part in content.items()) + "\n}\n"


def _entry(key: str, part: Any) -> str:
    flat = isinstance(part, dict) and not any(isinstance(x, dict | list) for x in part.values())
    separators = (",\n  ", ": ") if flat else None
    text = json.dumps(_encoded(part), allow_nan=False, separators=separators)
    return f"{json.dumps(key)}: " + (f"{{\n  {text[1:-1]}\n}}" if flat and part else text)


def _encoded(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _encoded(branch) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        return [_encoded(branch) for branch in tree]
    return str(tree) if isinstance(tree, float) and not isfinite(tree) else tree


def _decoded(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _decoded(branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [_decoded(branch) for branch in tree]
    return _WORDS.get(tree, tree) if isinstance(tree, str) else tree
