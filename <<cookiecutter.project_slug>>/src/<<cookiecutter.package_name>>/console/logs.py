"""Where the thousands of lines go that TFX, Beam and TensorFlow log."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from .errors import UserError


@contextlib.contextmanager
def redirected(folder: Path) -> Iterator[tuple[TextIO, Path]]:
    """Send standard output and standard error, of C++ code too, to a new file in a folder.

    Yields:
        The terminal, and the file.

    Raises:
        UserError: the folder cannot be written to.
    """
    file = folder / f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S-%f}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        raise UserError(f"no log can be written to {folder}: {error.strerror}") from error
    saved = {stream: os.dup(stream.fileno()) for stream in (sys.stdout, sys.stderr)}
    with os.fdopen(os.dup(saved[sys.stdout]), "w", buffering=1) as terminal:
        try:
            for stream in saved:
                stream.flush()
                os.dup2(log, stream.fileno())
            yield terminal, file
        finally:
            for stream, original in saved.items():
                stream.flush()
                os.dup2(original, stream.fileno())
                os.close(original)
            os.close(log)


def shown(path: Path) -> Path:
    """Shorten a path below the working directory."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
