"""Of all processes that run nodes and write to an output, only one may be at work."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..console.errors import TryAgainError
from ..console.records import utc

if TYPE_CHECKING:
    from ..settings import Settings


@contextlib.contextmanager
def held(settings: Settings, run_id: str) -> Iterator[None]:
    """Keep others off the output, be it another run or the task of this run that is being ended.

    The kernel gives the lock away with the last process that holds it, however it ends, so that
    there are no stale ones; the processes that a run forks hold it too.

    Raises:
        TryAgainError: another is at work there.
    """
    with contextlib.ExitStack() as stack:
        # One process at a time looks at it.
        with settings.run_lock.with_suffix(".guard").open("wb") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            lock = stack.enter_context(settings.run_lock.open("a+", encoding="utf-8"))
            _take(lock, settings.output, run_id)
        yield


def _take(lock: TextIO, output: Path, run_id: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise TryAgainError(_refusal(output, json.loads(lock.read()), run_id)) from None
    lock.truncate(0)
    json.dump(
        {
            "run": run_id,
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": utc(datetime.datetime.now(datetime.timezone.utc), "seconds"),
        },
        lock,
    )
    lock.flush()


def _refusal(output: Path, holder: dict[str, str], run_id: str) -> str:
    who = "this run is already" if holder["run"] == run_id else "another run is"
    return (
        f"{who} at work in {output}, since {holder['since']}: process {holder['process']} "
        f"on {holder['host']}; wait for its end, or give this one an --output of its own"
    )
