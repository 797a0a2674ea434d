"""Temporary files, which libraries make and forget."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

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
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        if before[1] is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before[1]
        shutil.rmtree(folder, ignore_errors=True)
