"""What ends the program with a message instead of a traceback."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path


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


@contextlib.contextmanager
def in_words(log: Path) -> Iterator[None]:
    """Make every exception a UserError, and print its traceback.

    Args:
        log: where standard error goes.

    Raises:
        UnexpectedError: instead of another exception; the message names the log.
    """
    try:
        yield
    except UserError:
        traceback.print_exc()
        raise
    except Exception as error:
        traceback.print_exc()
        raise UnexpectedError(f"{type(error).__name__}: {error}\nsee {log}") from error
