"""Temporary files, which libraries make and forget."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from .environment import variables
from .records import PACKAGE


@contextlib.contextmanager
def own_folder() -> Iterator[None]:
    """Let temporary files, of processes that are started meanwhile too, go in the end.

    TensorFlow removes the code that AutoGraph makes only where Python ends in peace. Where no
    folder is writable there are no files, but what is imported may ask for their place.
    """
    try:
        folder = tempfile.mkdtemp(prefix=f"{PACKAGE}-")
    except FileNotFoundError:
        tempfile.tempdir = os.curdir
        yield
        return
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        with variables({"TMPDIR": folder}):
            yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
