"""Imports in half of the time: the garbage collector would look at each of a million objects."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def frozen_gc() -> Iterator[None]:
    """Keep what is created in the block for good, and collect less often afterwards.

    It halves the time that TensorFlow's imports take, and spares seconds of a run.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)
        gc.enable()
