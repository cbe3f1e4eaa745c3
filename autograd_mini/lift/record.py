"""Running a function once, on Values, to record it."""

from typing import Any


def recorded(f: Any, example: Any, reduction: str) -> Any:
    raise NotImplementedError
