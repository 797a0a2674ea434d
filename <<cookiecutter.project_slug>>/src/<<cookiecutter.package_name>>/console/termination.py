"""How a command ends when the system asks it to, which a container's first process must itself."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

# From an engine, `docker stop` or `kill`, and from a terminal that is closed. Unless they are
# handled, the kernel ends any process at them but the first one of a container, which ignores them.
SIGNALS = (signal.SIGHUP, signal.SIGTERM)
# So many seconds the command has to put away what is half done. Docker kills it after ten.
PATIENCE = 5.0
TOLD = "terminated; the next run skips what is done already"
# Of the wakeup descriptor, where each signal is a byte.
NO_MORE = b"\0"


class Terminated(BaseException):
    """The system has asked the command to end.

    Args:
        number: of the signal.

    Attributes:
        exit_code: the one by which shells, too, name a signal that has ended a process.
    """

    def __init__(self, number: int) -> None:
        super().__init__(TOLD)
        self.exit_code = 128 + number


@contextlib.contextmanager
def heeded() -> Iterator[None]:
    """Heed the signals that ask the command to end, unless they are ignored, as by nohup.

    If the command goes on for PATIENCE seconds, in code that is not Python's or that swallows
    exceptions, or is asked once more, it ends all the same, without a word of its own.

    Raises:
        Terminated: in the main thread, wherever that is, and in any case in the end.
    """
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            raise Terminated(number)

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handled = [each for each in SIGNALS if signal.getsignal(each) == signal.SIG_DFL]
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader, os.dup(2)), daemon=True).start()
    try:
        for each in handled:
            signal.signal(each, ask)
        yield
    finally:
        for each in handled:
            signal.signal(each, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.write(writer, NO_MORE)
        os.close(writer)
        if asked:
            _kill_children()
            raise Terminated(asked[0])


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let the signals wait while a process is forked, and in that process until `unheeded`.

    It shares the wakeup descriptor, so that its own signals would be taken for the command's.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def unheeded() -> None:
    """Let a process that was forked from the command end at once, as the kernel does it."""
    signal.set_wakeup_fd(-1)
    for each in SIGNALS:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _watch(reader: int, terminal: int) -> None:
    """Wait for the first signal, and then for the end of the command.

    Python tells its main thread of a signal only between two steps of Python's own.
    """
    try:
        while (told := os.read(reader, 1)) != NO_MORE:
            if told[0] in SIGNALS:
                ready, _, _ = select.select([reader], [], [], PATIENCE)
                if not ready or os.read(reader, 1) != NO_MORE:
                    _end(told[0], terminal)
                return
    finally:
        os.close(reader)
        os.close(terminal)


def _end(number: int, terminal: int) -> NoReturn:
    _kill_children()
    with contextlib.suppress(OSError):
        os.write(terminal, f"{TOLD}\n".encode())
    os._exit(128 + number)


def _kill_children() -> None:
    for process in multiprocessing.active_children():
        process.kill()
