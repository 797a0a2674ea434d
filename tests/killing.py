"""Kills an upgrade just before one of the things that it does to files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from journal import Journal

KILLED = 9
WATCHED = {"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "shutil.copyfile"}


class Watch:
    """Counts down what is done to files, and ends the process as a kill does.

    Args:
        number: of the thing that is not done any more.
    """

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take note of an audit event of Python."""
        writes = event == "open" and arguments[1] in {"w", "wb", "x"}
        updates = event == "subprocess.Popen" and "update-index" in arguments[1]
        if event in WATCHED or writes or updates:
            self._left -= 1
            if not self._left:
                os._exit(KILLED)


def killed(number: int, begin: str, upgrade: Callable[[], int]) -> int:
    """Upgrade in a process of its own, which is killed.

    Args:
        number: of the thing that is not done any more.
        begin: the name of the Journal's method with which the counting begins.
        upgrade: does it.

    Returns:
        KILLED, or the exit code if there were fewer things to do.
    """
    method = getattr(Journal, begin)

    def watched(self: Journal, *arguments: object) -> None:
        sys.addaudithook(Watch(number))
        method(self, *arguments)

    return _aside(begin, watched, upgrade)


def killed_at(place: Path, upgrade: Callable[[], int]) -> int:
    """Upgrade in a process of its own, which is killed just before a file is written."""
    put = Journal._put

    def killing(self: Journal, source: Path, target: Path) -> None:
        if target == place:
            os._exit(KILLED)
        put(self, source, target)

    return _aside("_put", killing, upgrade)


def _aside(name: str, method: Callable[..., None], upgrade: Callable[[], int]) -> int:
    """Upgrade in a process of its own, with another method of the Journal's."""
    child = os.fork()
    if not child:
        setattr(Journal, name, method)
        os._exit(upgrade())
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
