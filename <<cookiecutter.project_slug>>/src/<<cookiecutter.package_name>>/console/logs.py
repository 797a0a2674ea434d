"""Where the thousands of lines go that TFX, Beam and TensorFlow log."""

from __future__ import annotations

import contextlib
import datetime
import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from . import records
from .errors import TryAgainError, UserError

# Of a log: the group may read what others may not.
MODE = 0o640


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
        with _nothing_lost():
            return os.write(self.fileno(), data)


class Lines(io.RawIOBase):
    """Makes each line that is written to it one of a log.

    Args:
        stands_for: the descriptor of a file.
        files: what get the lines of the log.
        logger: whom the lines are of.
        shown: what is given all that is written as it is, at once.
    """

    def __init__(
        self,
        stands_for: int,
        *files: Patient,
        logger: str = records.PACKAGE,
        shown: Patient | None = None,
    ) -> None:
        self._stands_for = stands_for
        self._files = files
        self._logger = logger
        self._shown = shown
        self._begun = b""

    def fileno(self) -> int:
        """Return the descriptor of the file that it stands for."""
        return self._stands_for

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes; return how many are dealt with."""
        written = bytes(data)
        if self._shown:
            self._shown.write(written)
        *lines, self._begun = (self._begun + written).split(b"\n")
        for line in lines:
            self._log(line.decode(errors="backslashreplace").rstrip("\r"))
        return len(written)

    def _log(self, message: str) -> None:
        line = f"{records.line(message, logger=self._logger)}\n"
        for file in self._files:
            file.write(line.encode(errors="backslashreplace"))

    def end(self) -> None:
        """Log the line that was begun, if any was."""
        self._shown = None
        if self._begun:
            self.write(b"\n")


@contextlib.contextmanager
def redirected(folder: Path, required: bool = True) -> Iterator[tuple[TextIO, Path]]:
    """Send standard output and standard error, of C++ code too, to a new file in a folder.

    There each line of Python has its time, in UTC, its level and its component: what is printed,
    the warnings, what is logged, and what the terminal is given. What C++ writes stands as it is.

    Args:
        folder: is made if it is not there; where no log is required, those above it are not.
        required: whether there must be a log; otherwise, where none can be written, nothing is.

    Yields:
        The terminal, and the file. What the terminal does not take any more stands in the file, and
        what does not fit there is lost: neither stops what is done meanwhile.

    Raises:
        UserError: the folder cannot be written to.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    file = folder / f"{now:%Y-%m-%dT%H-%M-%S-%f}Z.log"
    try:
        folder.mkdir(parents=required, exist_ok=True)
        log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, MODE)
    except OSError as error:
        if required:
            raise UserError(f"no log can be written to {folder}: {error.strerror}") from error
        file = Path(os.devnull)
        log = os.open(file, os.O_WRONLY)
    else:
        # Whatever the umask is; some mounts know no modes.
        with contextlib.suppress(OSError):
            os.fchmod(log, MODE)
    streams = sys.stdout, sys.stderr
    saved = {stream: os.dup(stream.fileno()) for stream in streams}
    terminal = _terminal(saved[sys.stdout], log)
    printed = [
        Lines(stream.fileno(), Patient(stream.fileno()), logger=name)
        for name, stream in zip(("stdout", "stderr"), streams)
    ]
    try:
        for stream in streams:
            flush(stream)
            os.dup2(log, stream.fileno())
        sys.stdout, sys.stderr = map(_text, printed)
        with _logging_to(sys.stderr.fileno()):
            yield _text(terminal), file
    finally:
        for each in (sys.stdout, sys.stderr):
            flush(each)
        for lines in (terminal, *printed):
            lines.end()
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


@contextlib.contextmanager
def standard_output() -> Iterator[None]:
    """Let what is printed be written at the end of the block.

    Raises:
        TryAgainError: it is lost, since it cannot be written.
    """
    with _nothing_lost():
        try:
            yield
        finally:
            sys.stdout.flush()


@contextlib.contextmanager
def _nothing_lost() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TryAgainError(f"standard output takes no more: {error.strerror}") from error


def tell(message: object, level: int = logging.WARNING) -> None:
    """Print a message on standard error, if that takes it."""
    text = records.line(str(message), level) if records.origin.as_json else message
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


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


def _terminal(screen: int, log: int) -> Lines:
    """Make what shows lines on the screen, and repeats them in the log."""
    if records.origin.as_json:
        return Lines(screen, Patient(screen), Patient(log))
    return Lines(screen, Patient(log), shown=Patient(screen))


@contextlib.contextmanager
def _logging_to(file: int) -> Iterator[None]:
    """Write what Python's logging gets to a file, and the warnings."""
    handler = logging.StreamHandler(_text(Patient(file)))
    handler.setFormatter(records.formatter())
    records.LOGGER.setLevel(logging.INFO)
    # Libraries find a handler, and so make none of their own.
    root = logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers = before


def _text(raw: io.RawIOBase) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(raw), errors="backslashreplace", line_buffering=True)
