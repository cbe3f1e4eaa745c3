"""Lifting makes many small objects and no cycles of them: there is nothing to collect meanwhile."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Generator[None]:
    """No cyclic garbage collection inside the block, in which each would walk the whole process."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:  # and if not, another thread's block will see to it
            gc.enable()
