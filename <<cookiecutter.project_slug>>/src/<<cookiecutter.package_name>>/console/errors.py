"""What ends the program with a message instead of a traceback."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

# As the system, and SQLite, say that a disk is full.
FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")


class UserError(Exception):
    """Something that the user can fix; the message says what, where and how."""


class UnexpectedError(UserError):
    """Something else that went wrong; another try may end well."""


class BadDataError(UserError):
    """The data do not fit the schema, or nothing can be learned from them."""


class DivergenceError(UserError):
    """The loss became infinite or not a number.

    Args:
        step: the last one after which that could be seen.
    """

    def __init__(self, step: int) -> None:
        super().__init__(
            f"the training diverged: the loss was not a finite number at step {step}; lower "
            "learning_rate in settings.py or schema/dataset.yaml"
        )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what it was raised from, or while it was handled."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def no_room(error: BaseException, places: Iterable[Path]) -> str:
    """Say which disk is full, if that is what an error comes from; else nothing.

    Args:
        error: of Python, TensorFlow, Beam or SQLite.
        places: what is written to, besides the folder for temporary files.
    """
    told = [said for each in chain(error) for said in FULL if said in str(each)]
    if not told:
        return ""
    there = [place for place in (*places, Path(tempfile.gettempdir())) if place.exists()]
    fullest = min(there, key=lambda place: shutil.disk_usage(place).free)
    return f"{told[0]}: make room where {fullest} is"


@contextlib.contextmanager
def in_words(log: Path) -> Iterator[None]:
    """Make every exception a UserError, and print its traceback.

    Args:
        log: where standard error goes; it may be none, os.devnull.

    Raises:
        UserError: a disk is full.
        UnexpectedError: instead of another exception; the message names the log.
    """
    try:
        yield
    except UserError:
        traceback.print_exc()
        raise
    except Exception as error:
        traceback.print_exc()
        if reason := no_room(error, [log.parent]):
            raise UserError(reason) from error
        more = "" if log == Path(os.devnull) else f"\nsee {log}"
        raise UnexpectedError(f"{type(error).__name__}: {error}{more}") from error
