"""
Keep Python's cyclic garbage collector out of a judgement.

Judging makes many things that live until its end and no cycles, so every pass of the collector walks over all of them
and finds nothing: with a million events that costs as much again as the judgement.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Run a block without the collector, and leave it as it was; for code that awaits nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
