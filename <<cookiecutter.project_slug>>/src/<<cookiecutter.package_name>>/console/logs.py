"""Where the thousands of lines go that TFX, Beam and TensorFlow log."""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .errors import TryAgainError, UserError


class Patient(io.RawIOBase):
    """Writes to the first of some files that takes it: readers go away, and disks get full.

    Args:
        files: their descriptors, which stay open; if none takes it, it is lost.
    """

    def __init__(self, *files: int) -> None:
        self._files = files

    def fileno(self) -> int:
        """Return the first one's descriptor."""
        return self._files[0]

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes; return how many are dealt with."""
        for file in self._files:
            with contextlib.suppress(OSError):
                return os.write(file, data)
        return len(data)


class Strict(Patient):
    """Writes to a file, and ends the command with a message if that does not take it."""

    def write(self, data: Any) -> int:
        """Write bytes; return how many were taken.

        Raises:
            TryAgainError: not any.
        """
        try:
            return os.write(self.fileno(), data)
        except OSError as error:
            raise TryAgainError(f"standard output takes no more: {error.strerror}") from error


@contextlib.contextmanager
def redirected(folder: Path, required: bool = True) -> Iterator[tuple[TextIO, Path]]:
    """Send standard output and standard error, of C++ code too, to a new file in a folder.

    Args:
        folder: is made if it is not there.
        required: whether there must be a log; otherwise, where none can be written, nothing is.

    Yields:
        The terminal, and the file. What the terminal does not take any more goes to the file, and
        what does not fit there is lost: neither stops what is done meanwhile.

    Raises:
        UserError: the folder cannot be written to.
    """
    file = folder / f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S-%f}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        if required:
            raise UserError(f"no log can be written to {folder}: {error.strerror}") from error
        file = Path(os.devnull)
        log = os.open(file, os.O_WRONLY)
    streams = sys.stdout, sys.stderr
    saved = {stream: os.dup(stream.fileno()) for stream in streams}
    terminal = _text(Patient(saved[sys.stdout], log))
    try:
        for stream in streams:
            flush(stream)
            os.dup2(log, stream.fileno())
        sys.stdout, sys.stderr = (_text(Patient(stream.fileno())) for stream in streams)
        yield terminal, file
    finally:
        for each in (terminal, sys.stdout, sys.stderr):
            flush(each)
        sys.stdout, sys.stderr = streams
        for stream, original in saved.items():
            os.dup2(original, stream.fileno())
            os.close(original)
        os.close(log)


@contextlib.contextmanager
def answer() -> Iterator[TextIO]:
    """Yield standard output for what a command is asked for, which nothing redirects.

    Raises:
        TryAgainError: it is lost, since it cannot be written.
    """
    output = os.dup(sys.stdout.fileno())
    try:
        with _text(Strict(output)) as lines:
            yield lines
    finally:
        os.close(output)


def tell(message: object) -> None:
    """Print a message on standard error, if that takes it."""
    with contextlib.suppress(OSError):
        print(message, file=sys.stderr)


def flush(stream: TextIO) -> None:
    """Write what a stream still has, if anything takes it."""
    with contextlib.suppress(OSError):
        stream.flush()


def reopen_standard_streams() -> None:
    """Make of each standard stream that is closed one that nobody reads.

    Otherwise the next file that is opened, whatever it is, would get its number.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            ends = os.pipe()
            os.dup2(ends[mode == "w"], number)
            for end in {*ends} - {number}:
                os.close(end)
            setattr(sys, name, os.fdopen(number, mode))


def shown(path: Path) -> Path:
    """Shorten a path below the working directory."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _text(raw: io.RawIOBase) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(raw), errors="backslashreplace", line_buffering=True)
