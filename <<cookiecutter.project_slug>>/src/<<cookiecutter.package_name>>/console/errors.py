"""What ends the program with a message instead of a traceback."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .causes import chain, in_a_line, missing_environment
from .records import LOGGER

# As the system, and SQLite, say that a disk is full.
FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")
# As Python and TensorFlow name the error that the memory is.
NO_MEMORY = ("MemoryError", "ResourceExhaustedError")


class UserError(Exception):
    """Something that the user can fix; the message says what, where and how.

    Args:
        message: all that it and those below are made of.

    Attributes:
        exit_code: what the command that it ends gives; of this class, that of a wrong use:
            arguments, settings, files, the schema.
    """

    exit_code = 2

    def retold(self, message: str) -> UserError:
        """Return an error of the same kind that says something else."""
        return type(self)(message)


class UnexpectedError(UserError):
    """Something that nobody foresaw, or that the project's own code has raised."""

    exit_code = 1


class NotPushedError(UserError):
    """The model is not good enough, or for another reason not pushed."""

    exit_code = 3


class BadDataError(UserError):
    """The data do not fit the schema, or nothing can be learned from them."""

    exit_code = 4


class TryAgainError(UserError):
    """Something is away, in use, full or was killed: the same command may end well later."""

    exit_code = os.EX_TEMPFAIL


class DivergenceError(BadDataError):
    """The loss became infinite or not a number."""

    @classmethod
    def at(cls, step: int) -> DivergenceError:
        """Name the last step after which that could be seen."""
        return cls(
            f"the training diverged: the loss was not a finite number at step {step}; lower "
            "learning_rate in settings.py or schema/dataset.yaml"
        )


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


def in_other_words(error: BaseException, places: Iterable[Path]) -> UserError:
    """Return the UserError that an exception was raised from, or else one that tells of it.

    Args:
        error: any.
        places: what was written to.
    """
    for cause in chain(error):
        if isinstance(cause, UserError):
            # Beam adds the transform in which it was raised.
            return cause.retold(str(cause).partition(" [while running ")[0])
        if reason := missing_environment(cause):
            return UserError(reason)
    if reason := no_room(error, places):
        return TryAgainError(reason)
    words = in_a_line(error)
    kinds = {kind.__name__ for each in chain(error) for kind in type(each).__mro__}
    return UnexpectedError(words) if kinds.isdisjoint(NO_MEMORY) else TryAgainError(words)


@contextlib.contextmanager
def in_words(log: Path) -> Iterator[None]:
    """Make every exception a UserError, and log it with its traceback.

    Args:
        log: the file; it may be none, os.devnull.

    Raises:
        UserError: the one that was raised, or that another was raised from.
        TryAgainError: a disk or the memory is full.
        UnexpectedError: instead of another exception; the message names the log.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        told = in_other_words(error, [log.parent])
        LOGGER.exception(told)
        more = f"\nsee {log}" if told.exit_code == UnexpectedError.exit_code else ""
        raise told.retold(f"{told}{more}") from error
    except BaseException as error:
        LOGGER.error("ended by %s", type(error).__name__)
        raise
